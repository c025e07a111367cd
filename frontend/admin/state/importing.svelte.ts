import { Problem, type Api } from '../../lib/api'
import { missingParts, type Import, type ImportKind } from '../../lib/imports'

/** What the importing asks of the server. */
export type ImportApi = Pick<Api, 'createImport' | 'sendImportPart' | 'runImport' | 'import' | 'removeImport'>

/** Where the id of the file is kept, so that a reloaded page finds it again. */
export interface Memory {
  read: () => string | null
  write: (id: string | null) => void
}

interface Options {
  api: ImportApi
  memory: Memory
  /** Called when records were stored. */
  onStored: () => void
  /** Milliseconds between two looks at a run. */
  interval?: number
}

/**
 * One file on its way through the server: sent in parts, tried, imported. It lives beside
 * the pages, so that one may go elsewhere and come back; after the page was reloaded `resume`
 * takes it up again. Every failure is in `problem`, and nothing is lost by trying again.
 */
export class Importing {
  /** The file as the server sees it; null before there is one. */
  file = $state.raw<Import | null>(null)
  /** Whether parts are being sent. */
  sending = $state(false)
  /** Whether a request that the person waits for is under way. */
  busy = $state(false)
  problem = $state.raw<unknown>(null)
  /** The server does not keep the file any more. */
  lost = $state(false)

  #options: Options
  #bytes: Blob | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #abort: AbortController | null = null

  constructor(options: Options) {
    this.#options = options
  }

  /** Whether the file lies only partly on the server and this page does not have the rest. */
  get paused(): boolean {
    return this.file?.state === 'receiving' && !this.sending && this.#bytes === null
  }

  /** Takes up the file of an earlier visit, where there is one. */
  async resume(): Promise<void> {
    const id = this.#options.memory.read()
    if (id === null || this.file !== null) return
    await this.#act(async () => {
      this.#take(await this.#options.api.import(id))
    })
  }

  /** Sends a new file and tries it. */
  async start(kind: ImportKind, bytes: File): Promise<void> {
    this.lost = false
    await this.#act(async () => {
      this.#bytes = bytes
      this.#take(await this.#options.api.createImport(kind, bytes.name, bytes.size))
      this.#options.memory.write(this.file!.id)
      await this.#send()
    })
  }

  /** Goes on sending a file that was broken off; false when it is another file. */
  async proceed(bytes: File): Promise<boolean> {
    if (this.file === null || bytes.name !== this.file.fileName || bytes.size !== this.file.size) return false
    this.#bytes = bytes
    await this.#act(() => this.#send())
    return true
  }

  /** Runs the file: a trial that stores nothing, or for real. */
  async run(dryRun: boolean): Promise<void> {
    await this.#act(async () => {
      // What did not arrive for want of a connection is sent first.
      if (this.file?.state === 'receiving' && this.#bytes !== null) return this.#send()
      this.#take(await this.#options.api.runImport(this.file!.id, dryRun))
    })
  }

  /** Lets go of the file when the person signs out; the server keeps it, and `resume` finds it again. */
  forget(): void {
    clearTimeout(this.#timer)
    this.#abort?.abort()
    this.file = null
    this.#bytes = null
    this.problem = null
    this.lost = false
  }

  /** Gives the file up: stops a run and removes the file; what was stored stays stored. */
  async discard(): Promise<void> {
    const id = this.file?.id
    this.forget()
    this.#options.memory.write(null)
    // If this fails, the server removes the file by itself after a day.
    if (id !== undefined) await this.#options.api.removeImport(id).catch(() => undefined)
  }

  async #send(): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    this.sending = true
    try {
      for (const { n, from, to } of missingParts(this.file!)) {
        const part = this.#bytes!.slice(from, to)
        this.#take(await this.#options.api.sendImportPart(this.file!.id, n, part, abort.signal))
      }
      this.#bytes = null
      this.#take(await this.#options.api.runImport(this.file!.id, true))
    } finally {
      this.sending = false
    }
  }

  #take(file: Import): void {
    const wasRunning = this.file?.state === 'running'
    this.file = file
    clearTimeout(this.#timer)
    if (file.state === 'running') this.#timer = setTimeout(() => void this.#look(), this.#options.interval ?? 1000)
    else if (wasRunning && !file.dryRun) this.#options.onStored()
  }

  async #look(): Promise<void> {
    const id = this.file?.id
    if (id === undefined) return
    try {
      const file = await this.#options.api.import(id)
      if (this.file?.id !== id) return
      this.problem = null
      this.#take(file)
    } catch (error) {
      if (this.file?.id !== id) return
      this.#fail(error)
      // The run goes on without us: look again until the server says that the file is gone.
      if (this.file !== null) this.#timer = setTimeout(() => void this.#look(), 3 * (this.#options.interval ?? 1000))
    }
  }

  async #act(act: () => Promise<void>): Promise<void> {
    this.busy = true
    this.problem = null
    try {
      await act()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.busy = false
    }
  }

  #fail(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return
    if (error instanceof Problem && error.code === 'not_found') {
      this.lost = true
      this.file = null
      this.#bytes = null
      this.#options.memory.write(null)
    } else {
      this.problem = error
    }
  }
}
