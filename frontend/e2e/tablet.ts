import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { executablePath, sandbox } from './browser'

/** What the page under `rateMany` told of the ratings it gave. */
export interface Given {
  /** Ids of the ratings that were begun, in order. */
  begun: string[]
  /** Ids of those the citizen was thanked for, in order. */
  thanked: string[]
}

/** A tablet: a browser with storage of its own that can be killed and started again. */
export class Tablet {
  readonly given: Given = { begun: [], thanked: [] }
  #folder: string
  #child: ReturnType<typeof spawn> | null = null
  #browser: Browser | null = null

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<Tablet> {
    return new Tablet(await mkdtemp(join(tmpdir(), 'sipas-tablet-')))
  }

  /** Starts the browser; it finds what its storage held before. */
  async start(): Promise<BrowserContext> {
    const child = spawn(
      executablePath,
      ['--headless=new', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--remote-debugging-port=0',
        `--user-data-dir=${this.#folder}`, ...sandbox, 'about:blank'],
      { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#child = child
    const address = await new Promise<string>((done, fail) => {
      let output = ''
      child.stderr.on('data', (chunk) => {
        output += String(chunk)
        const found = /DevTools listening on (ws:\S+)/.exec(output)
        if (found) done(found[1]!)
      })
      child.once('close', () => fail(new Error(`the browser ended:\n${output}`)))
    })
    this.#browser = await chromium.connectOverCDP(address)
    const context = this.#browser.contexts()[0]!
    context.setDefaultTimeout(30_000)
    return context
  }

  /** Ends the browser at once, as a flat battery does; nothing is written any more. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === null) return
    this.#child = null
    const ended = new Promise((done) => child.once('close', done))
    process.kill(-child.pid!, 'SIGKILL')
    await ended
    await this.#browser?.close().catch(() => {})
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Makes a page rate by itself and tell which ratings it gave; call before it goes to the kiosk. */
export async function automate(page: Page, given: Given): Promise<void> {
  await page.exposeFunction('tell', (what: keyof Given, id: string) => given[what].push(id))
  await page.addInitScript(() => {
    const draw = crypto.randomUUID.bind(crypto)
    const { tell } = window as unknown as { tell: (what: string, id: string) => Promise<void> }
    let last: ReturnType<typeof draw>
    crypto.randomUUID = () => (last = draw())
    const appears = (selector: string) =>
      new Promise<HTMLElement>((done) => {
        const observer = new MutationObserver(look)
        function look() {
          const found = document.querySelector<HTMLElement>(selector)
          if (found === null) return
          observer.disconnect()
          done(found)
        }
        observer.observe(document, { subtree: true, childList: true, attributes: true })
        look()
      })
    Object.assign(window, {
      rateMany: async (count: number) => {
        for (let i = 0; i < count; i++) {
          ;(await appears(`[data-screen=rate] [data-level="${(i % 5) + 1}"]`)).click()
          await tell('begun', last)
          ;(await appears('[data-screen=question] .actions .button')).click()
          await appears('[data-screen=thanks]')
          await tell('thanked', last) // heard before the next is begun: a kill cuts off one at the most
          ;(await appears('[data-screen=thanks] .button')).click()
        }
      },
    })
  })
}

/** So many citizens one after the other, faster than people are: a face, no reasons, the thanks. */
export function rateMany(page: Page, count: number): Promise<void> {
  return page.evaluate((n) => (window as unknown as { rateMany: (n: number) => Promise<void> }).rateMany(n), count)
}
