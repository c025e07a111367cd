import { Problem, type FieldProblem } from '../../lib/api'

/** One item of a form: what the server calls it, what people call it, and what is wrong with it. */
export interface Item<D> {
  /** The path of the server's errors; its control's id is made of it. */
  path: string
  label: () => string
  /** What is wrong before anything is sent. */
  own?: (draft: D) => string | undefined
  /** The value in words, for comparing two versions; what does not say it is not compared. */
  say?: (draft: D) => string
}

export interface FormError {
  /** Id of the control; empty where no item of the form is meant. */
  id: string
  label: string
  text: string
}

/** What the parts of a form ask of it. */
export type FormErrors = Pick<Form<{ rev: number }, object>, 'id' | 'errorOf'>

interface Options<R, D> {
  /** Starts the ids of the controls. */
  name: string
  empty: D
  /** What stands in the form for a stored record. */
  read: (record: R) => D
  items: (draft: D) => Item<D>[]
  /** Stores the draft: rev 0 makes a new record. */
  send: (draft: D, rev: number) => Promise<R>
  /** Called with what was stored, and whether it is new. */
  stored: (record: R, created: boolean) => void
}

/**
 * A form over one document of the server. Every error is kept beside its item, the
 * form's own after the first sending and the server's as they come; when someone else stored
 * a newer version, `theirs` holds it and the draft stays.
 */
export class Form<R extends { rev: number }, D extends object> {
  draft = $state() as D
  /** The record as last stored or read; null for a new one. */
  record = $state.raw<R | null>(null)
  saving = $state(false)
  problem = $state.raw<unknown>(null)
  theirs = $state.raw<R | null>(null)
  /** Whether the draft differs from what was shown at first. */
  readonly changed = $derived.by(() => JSON.stringify(this.draft) !== this.#shown)
  readonly errors = $derived.by(() => this.#errors())

  #checked = $state(false)
  #shown = $state('')
  #options: Options<R, D>

  constructor(options: Options<R, D>) {
    this.#options = options
    this.#put(options.empty)
  }

  /** Fills in what is only a proposal: an untouched form stays so. */
  propose(part: Partial<D>): void {
    const untouched = !this.changed
    Object.assign(this.draft, part)
    if (untouched) this.#shown = JSON.stringify(this.draft)
  }

  get isNew(): boolean {
    return this.record === null
  }

  /** Takes a stored record into the form. */
  show(record: R): void {
    this.record = record
    this.#put(this.#options.read(record))
  }

  /** The id of an item's control. */
  id(path: string): string {
    return `${this.#options.name}-${path.replaceAll('.', '-')}`
  }

  errorOf(path: string): string | undefined {
    const id = this.id(path)
    return this.errors.find((error) => error.id === id)?.text
  }

  /** Sends the draft unless the form itself finds errors; true when it was stored. */
  async submit(): Promise<boolean> {
    this.#checked = true
    this.problem = null
    return this.errors.length === 0 && this.#save(this.record?.rev ?? 0)
  }

  /** Gives the draft up for the version someone else stored. */
  takeTheirs(): void {
    if (this.theirs !== null) this.show(this.theirs)
    this.theirs = null
  }

  /** Stores the draft over the version someone else stored. */
  async keepMine(): Promise<boolean> {
    const rev = this.theirs?.rev ?? 0
    this.theirs = null
    return this.#save(rev)
  }

  /** The items in which the draft and the newer version differ, in words. */
  differences(): { label: string; mine: string; theirs: string }[] {
    if (this.theirs === null) return []
    const theirs = this.#options.read(this.theirs)
    return this.#options
      .items(this.draft)
      .flatMap(({ label, say }) => (say ? [{ label: label(), mine: say(this.draft), theirs: say(theirs) }] : []))
      .filter((row) => row.mine !== row.theirs)
  }

  #put(draft: D): void {
    const shown = JSON.stringify(draft)
    this.#shown = shown
    this.draft = JSON.parse(shown) as D
    this.#checked = false
    this.problem = null
  }

  async #save(rev: number): Promise<boolean> {
    this.saving = true
    this.problem = null
    const created = rev === 0
    try {
      const record = await this.#options.send($state.snapshot(this.draft) as D, rev)
      this.show(record)
      this.#options.stored(record, created)
      return true
    } catch (error) {
      if (this.#isNewer(error)) this.theirs = error.current as R
      else this.problem = error
      return false
    } finally {
      this.saving = false
    }
  }

  /** Whether another version was stored; an id that is taken is a mistake of the form's id instead. */
  #isNewer(error: unknown): error is Problem {
    if (!(error instanceof Problem) || error.code !== 'conflict' || !error.current) return false
    return error.reason === 'rev' || !this.#options.items(this.draft).some((item) => item.path === 'id')
  }

  #errors(): FormError[] {
    const items = this.#options.items(this.draft)
    const told = this.problem instanceof Problem ? this.problem.fields : []
    const placed = told.map((field) => ({ path: closest(items, field), text: field.message }))
    const found = items.flatMap(({ path, label, own }) => {
      const text = (this.#checked ? own?.(this.draft) : undefined) ?? placed.find((field) => field.path === path)?.text
      return text === undefined ? [] : [{ id: this.id(path), label: label(), text }]
    })
    const homeless = placed.filter((field) => field.path === undefined)
    return [...found, ...homeless.map(({ text }) => ({ id: '', label: '', text }))]
  }
}

/** The item an error belongs to: the one whose path is the error's or the nearest above it. */
function closest<D>(items: Item<D>[], { path }: FieldProblem): string | undefined {
  return items
    .map((item) => item.path)
    .filter((own) => path === own || path.startsWith(own + '.'))
    .sort((a, b) => b.length - a.length)[0]
}
