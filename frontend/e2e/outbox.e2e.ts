import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Aside, Submission } from '../lib/outboxStore'
import { hasBrowser, readQr, signIn, startBrowser } from './browser'
import { openLine, type Fault, type Line } from './faults'
import { type Api, binary, type Server, signedIn, startServer, until } from './server'
import { automate, rateMany, Tablet, type Given } from './tablet'

/**
 * The long variants rate everything by touch, kill the browser more often and wait
 * for the time-out of a request that is never answered: SIPAS_E2E_LONG=1, some minutes.
 */
const long = process.env['SIPAS_E2E_LONG'] !== undefined
const weeks = 2000
const touched = long ? weeks : 60
const kills = long ? 12 : 3

const hour = 3600_000

interface Stored {
  id: string
  overall: string
  partial: boolean
  answeredAt: string
  flags: string
}

describe.skipIf(!hasBrowser)('outbox', { timeout: long ? 900_000 : 120_000 }, () => {
  let server: Server
  let browser: Browser
  let line: Line
  let given: Given
  let api: Api
  let kiosk: { id: string; point: string }
  const faults: string[] = []

  beforeAll(async () => {
    server = await startServer('--demo=false')
    browser = await startBrowser()
    api = await signedIn(server)
    await api('POST', '/agencies', {
      id: 'tinh',
      parent: '',
      kind: 'province',
      level: 'province',
      name: { vi: 'Tỉnh Thử Nghiệm' },
      sector: '',
      validFrom: '2025-07-01',
      validTo: '',
      successors: [],
    })
  })

  beforeEach(async () => {
    const name = { vi: 'Quầy của kiosk' }
    const point = await api<{ code: string }>('POST', '/points', { agency: 'tinh', name, fields: [], delivery: 'counter', questionnaire: 'quick' })
    kiosk = { point: point.code, ...(await api<{ id: string }>('POST', '/kiosks', { name: 'Kiosk', point: point.code })) }
    line = await openLine(server.url)
    given = { begun: [], thanked: [] }
    faults.length = 0
  })

  afterEach(() => line.close())

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  /** The ratings of the kiosk's point in the order of the ledger, as the export gives them. */
  function stored(): Stored[] {
    const csv = execFileSync(binary, ['export', 'responses', '--bom=false', '--data', server.data], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const [head = [], ...rows] = csv.trim().split('\n').map((row) => row.split(','))
    const cell = (row: string[], column: string) => row[head.indexOf(column)] ?? ''
    return rows
      .filter((row) => cell(row, 'point').replace('-', '') === kiosk.point)
      .map((row) => ({
        id: cell(row, 'id'),
        overall: cell(row, 'overall'),
        partial: cell(row, 'partial') === 'true',
        answeredAt: cell(row, 'answered_at'),
        flags: cell(row, 'flags'),
      }))
  }

  const ids = (ratings: { id: string }[]) => ratings.map(({ id }) => id)

  async function open(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.on('pageerror', (error) => faults.push(String(error)))
    await automate(page, given)
    await page.goto(`${line.url}/kiosk`)
    return page
  }

  async function tablet(): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    context.setDefaultTimeout(30_000)
    return context
  }

  async function enrol(page: Page) {
    const { code } = await api<{ code: string }>('POST', `/kiosks/${kiosk.id}/enrolment`)
    await page.locator('#enrol-code').fill(code)
    await page.locator('form .primary').press('Enter')
    await page.locator('[data-screen=rate]').waitFor()
  }

  const workerReady = (page: Page) => page.evaluate(async () => void (await navigator.serviceWorker.ready))

  const footer = (page: Page, state: Record<string, string | number>) =>
    page.locator(`footer${Object.entries(state).map(([name, value]) => `[data-${name}="${value}"]`).join('')}`).waitFor()

  /**
   * Until nothing waits, in the storage and by what the page shows (which learns a little
   * later of what was put there); a connection that comes back again and again ends the pauses.
   */
  async function drained(page: Page) {
    await until(async () => {
      await page.evaluate(() => dispatchEvent(new Event('online')))
      const waiting = await kept(page, 'entries')
      return waiting.length === 0 && (await page.locator('footer[data-waiting="0"][data-phase="idle"]').count()) === 1
    }, 'the queue was not drained')
  }

  /** Puts ratings into the tablet's storage as the outbox does, as if given over weeks; gives their ids. */
  function seed(page: Page, count: number): Promise<string[]> {
    return page.evaluate(
      async ({ count, point, week }) => {
        const database = await new Promise<IDBDatabase>((done, fail) => {
          const request = indexedDB.open('sipas-kiosk')
          request.onsuccess = () => done(request.result)
          request.onerror = () => fail(request.error!)
        })
        const tx = database.transaction('entries', 'readwrite', { durability: 'strict' })
        const begun = Date.now() - 3 * week
        const made: string[] = []
        for (let i = 0; i < count; i++) {
          const at = new Date(begun + i * 60_000).toISOString()
          const item: Submission = {
            id: crypto.randomUUID(),
            point,
            questionnaire: 'quick',
            version: 1,
            language: 'vi',
            capture: 'kiosk',
            field: null,
            startedAt: at,
            answeredAt: at,
            clockOffset: 12,
            partial: false,
            answers: { overall: (i % 5) + 1 },
          }
          tx.objectStore('entries').add({ id: item.id, item })
          made.push(item.id)
        }
        await new Promise<void>((done, fail) => {
          tx.oncomplete = () => done()
          tx.onabort = () => fail(tx.error!)
        })
        database.close()
        return made
      },
      { count, point: kiosk.point, week: 7 * 24 * hour },
    )
  }

  /** What the tablet's storage holds in one of its stores. */
  function kept<T>(page: Page, store: 'entries' | 'aside'): Promise<T[]> {
    return page.evaluate(
      (store) =>
        new Promise<T[]>((done, fail) => {
          const request = indexedDB.open('sipas-kiosk')
          request.onerror = () => fail(request.error!)
          request.onsuccess = () => {
            const all = request.result.transaction(store).objectStore(store).getAll() as IDBRequest<T[]>
            all.onsuccess = () => {
              request.result.close()
              done(all.result)
            }
          }
        }),
      store,
    )
  }

  const aside = (page: Page) => kept<Aside>(page, 'aside')

  it(`holds ${weeks} ratings of three weeks without a connection, and sends each once, in order`, async () => {
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    await workerReady(page)
    line.down = true
    const before = await seed(page, weeks - touched)
    await page.reload()
    await rateMany(page, touched)
    await footer(page, { waiting: weeks })

    // The tablet starts anew without a connection, too.
    await page.close()
    const again = await open(context)
    await footer(again, { waiting: weeks })
    line.down = false
    await drained(again)
    expect(given.thanked).toHaveLength(touched)
    expect(ids(stored())).toEqual([...before, ...given.thanked])
    expect(stored().map(({ overall }) => overall)).toEqual([...before, ...given.thanked].map((_, i) => String(((i < before.length ? i : i - before.length) % 5) + 1)))
    expect(await aside(again)).toEqual([])
    expect(line.together).toBe(1)
    expect(faults).toEqual([])
    await context.close()
  })

  it('whatever the line does, stores each rating once and in order', async () => {
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    const plan: (Fault | null)[] = [
      { status: 500 }, 'lost', null, 'portal', { status: 429, retryAfter: 1 }, null, 'reset', 'foreign', { status: 408 }, 'redirect', null,
      { status: 503, retryAfter: 1 }, 'lost', { status: 502 }, { status: 404 },
    ]
    if (long) plan.push('silent')
    line.fault = () => plan.shift() ?? null
    line.down = true
    const before = await seed(page, 160)
    await rateMany(page, 5)
    line.down = false
    await drained(page)
    expect(plan).toEqual([])
    expect(ids(stored())).toEqual([...before, ...given.thanked])
    expect(ids(line.sent.flat()).length, 'some were sent again').toBeGreaterThan(165)
    expect(line.together).toBe(1)
    await context.close()
  })

  it('comes back no earlier than the server asked for', async () => {
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    const asked: number[] = []
    line.fault = () => (asked.push(Date.now()) === 1 ? { status: 429, retryAfter: 3 } : null)
    await rateMany(page, 1)
    await drained(page)
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(2_900)
    expect(ids(stored())).toEqual(given.thanked)
    await context.close()
  })

  it('sets a rating aside that the server refuses, and nothing else waits for it', async () => {
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    const other = await api<{ code: string }>('POST', '/points', { agency: 'tinh', name: { vi: 'Quầy khác' }, fields: [], delivery: 'counter', questionnaire: 'quick' })
    line.down = true
    const own = kiosk.point
    const first = await seed(page, 20)
    kiosk.point = other.code
    const [foreign] = await seed(page, 1)
    kiosk.point = own
    const last = await seed(page, 20)
    line.down = false
    await drained(page)
    expect(ids(stored())).toEqual([...first, ...last])
    expect(await aside(page)).toMatchObject([{ id: foreign, outcome: 'invalid', reason: 'point notOfKiosk' }])
    await footer(page, { waiting: 0, aside: 1, phase: 'idle' })
    await context.close()
  })

  it('open twice, sends one request at a time and each rating once', async () => {
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    const second = await open(context)
    await second.locator('[data-screen=rate]').waitFor()
    line.down = true
    await Promise.all([rateMany(page, 15), rateMany(second, 15)])
    line.down = false
    await Promise.all([drained(page), drained(second)])
    expect(ids(line.sent.flat()).sort(), 'nothing twice').toEqual([...given.thanked].sort())
    expect(ids(stored()).sort()).toEqual([...given.thanked].sort())
    expect(line.together).toBe(1)
    await context.close()
  })

  it('with a clock that is a day wrong, rates at the right time and says that the clock is wrong', async () => {
    for (const days of [-1, 1]) {
      const context = await tablet()
      await context.clock.install({ time: Date.now() + days * 24 * hour })
      const page = await open(context)
      await enrol(page)
      line.down = true
      await rateMany(page, 3)
      const sent = Date.now()
      line.down = false
      await drained(page)
      const ratings = stored().slice(-3)
      expect(ids(ratings)).toEqual(given.thanked.slice(-3))
      for (const { answeredAt, flags } of ratings) {
        expect(flags).toBe('clock')
        // Exports are in Vietnam's time, cut to the hour.
        expect(Math.abs(Date.parse(answeredAt.replace(' ', 'T') + '+07:00') - sent), answeredAt).toBeLessThan(1.1 * hour)
      }
      expect(line.sent.flat().slice(-3).every(({ clockOffset }) => Math.abs(clockOffset! + days * 24 * hour) < 60_000)).toBe(true)
      await context.close()
    }
  })

  it(`killed ${kills} times at random moments, keeps every rating the citizen was thanked for`, async () => {
    const machine = await Tablet.make()
    try {
      let context = await machine.start()
      let page = await open(context)
      await enrol(page)
      await workerReady(page)
      for (let killed = 0; killed < kills; killed++) {
        // By turns while it only keeps, and while it sends what it kept.
        line.down = killed % 2 === 0
        const enough = given.thanked.length + 3 + Math.floor(Math.random() * 10)
        const rating = rateMany(page, 1000).catch(() => {})
        await until(async () => given.thanked.length >= enough, 'nobody rated')
        await machine.kill()
        await rating
        context = await machine.start()
        page = await open(context)
        await page.locator('[data-screen=rate]').waitFor()
      }
      line.down = false
      await drained(page)
      const ratings = stored()
      const whole = new Set(ids(ratings.filter(({ partial }) => !partial)))
      expect(given.thanked.filter((id) => !whole.has(id)), 'thanked and not kept').toEqual([])
      // Of a citizen whose visit the end of the browser cut off, the rating may be there, and it may be unfinished.
      expect(ratings.length - given.thanked.length).toBeLessThanOrEqual(kills)
      expect(new Set(ids(ratings)).size).toBe(ratings.length)
      const known = ids(ratings).filter((id) => given.begun.includes(id))
      expect(known).toEqual(given.begun.filter((id) => known.includes(id)))
      expect(line.together).toBe(1)
    } finally {
      await machine.remove()
    }
  })

  it('is updated when nobody stands before it, to files of one build', async () => {
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    await workerReady(page)
    await page.reload()
    await page.locator('[data-level="5"]').click()
    await page.locator('[data-screen=question]').waitFor()
    await page.evaluate(() => Object.assign(window, { old: true }))

    line.worker = (script) => script.replace(/"version":"[0-9a-f]{16}"/, '"version":"00000000000000ff"')
    await page.evaluate(async () => {
      const changed = new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done))
      await (await navigator.serviceWorker.getRegistration('/kiosk'))!.update()
      await changed
    })
    expect(await page.evaluate(() => 'old' in window), 'the citizen is not disturbed').toBe(true)
    await page.locator('[data-screen=question] .actions .button').click()
    await page.locator('[data-screen=thanks] .button').click()
    await until(() => page.evaluate(() => !('old' in window)).catch(() => false), 'the page was not loaded anew')
    await page.locator('[data-screen=rate]').waitFor()
    expect(await page.evaluate(() => caches.keys())).toEqual(['sipas-kiosk-00000000000000ff'])
    await drained(page)
    expect(stored()).toHaveLength(1)
    await context.close()
  })

  it('can be installed: full screen, any orientation, every icon of its size, and it starts without a connection', async () => {
    const manifest = (await (await fetch(`${server.url}/kiosk.webmanifest`)).json()) as Record<string, unknown> & {
      icons: { src: string; sizes: string; purpose: string }[]
    }
    expect(manifest).toMatchObject({ id: '/kiosk', start_url: '/kiosk', scope: '/kiosk', display: 'fullscreen', orientation: 'any' })
    const context = await tablet()
    const page = await open(context)
    for (const { src, sizes } of manifest.icons.filter(({ src }) => src.endsWith('.png'))) {
      const size = await page.evaluate(async (src) => {
        const image = await createImageBitmap(await (await fetch(src)).blob())
        return `${image.width}x${image.height}`
      }, src)
      expect(size).toBe(sizes)
    }
    expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true)
    const devtools = await context.newCDPSession(page)
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])

    await workerReady(page)
    line.down = true
    await page.goto(`${line.url}/kiosk/quay-1`)
    await page.locator('#enrol-code').waitFor()
    await context.close()
  })

  /** Staff hold the mark in the corner, or press its keys; the PIN follows where there is one. */
  async function openStaff(page: Page, pin?: string) {
    await page.keyboard.press('Control+Alt+S')
    await page.locator('[role=dialog]').waitFor()
    if (pin === undefined) return
    await page.locator('#staff-pin').fill(pin)
    await page.locator('form .primary').press('Enter')
  }

  it('has a staff screen behind a PIN, whose file is imported once, beside what is sent after all', async () => {
    await api('PUT', `/kiosks/${kiosk.id}/staff-pin`, { pin: '802641' })
    const context = await tablet()
    const page = await open(context)
    await enrol(page)
    line.down = true
    await rateMany(page, 12)

    await openStaff(page, '111111')
    for (let wrong = 1; wrong < 3; wrong++) {
      await page.locator('#staff-pin-error').waitFor()
      await page.locator('#staff-pin').fill('111111')
      await page.locator('form .primary').press('Enter')
      await expect.poll(() => page.locator('#staff-pin').inputValue()).toBe('')
    }
    await expect.poll(() => page.locator('#staff-pin-error').textContent(), { message: 'the third has to wait' }).toMatch(/\d giây/)
    await page.reload()
    await page.locator('[data-screen=rate]').waitFor()
    await openStaff(page, '802641')
    await expect.poll(() => page.locator('#staff-pin-error').textContent(), { message: 'after a new start, too' }).toMatch(/\d giây/)
    await until(() => page.locator('form .primary').isEnabled(), 'the wait never ends')
    for (const digit of '802641') await page.locator('.pad button', { hasText: digit }).press('Enter')
    await page.locator('form .primary').press('Enter')
    await page.getByTestId('staff-waiting').waitFor()
    expect(await page.getByTestId('staff-waiting').textContent()).toBe('12')

    const file = page.waitForEvent('download')
    await page.locator('.more button').first().click()
    const path = await (await file).path()
    await page.locator('.said').waitFor()
    const run = (...args: string[]) => execFileSync(binary, ['import', 'kiosk-queue', path, '--data', server.data, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    expect(run('--dry-run')).toContain('12 would be new')
    expect(stored()).toEqual([])
    expect(run()).toContain('12 were new')
    expect(run()).toContain('12 said what was stored already')
    expect(ids(stored())).toEqual(given.thanked)

    // Unenrolling warns of what waits, keeps it, and the same kiosk sends it later: each rating counts once.
    await page.locator('.more button').nth(1).click()
    expect(await page.locator('.connection.troubled').textContent()).toContain('12')
    await page.locator('.actions .button').nth(1).click()
    await page.locator('#enrol-code').waitFor()
    line.down = false
    await enrol(page)
    await drained(page)
    expect(ids(stored())).toEqual(given.thanked)
    await context.close()
  })

  it('is enrolled by a QR code once the point is confirmed, says how it is, and takes new settings when nobody rates', async () => {
    const desk = await (await browser.newContext({ viewport: { width: 1280, height: 1600 } })).newPage()
    await desk.goto(`${server.url}/admin/kiosks/${kiosk.id}`)
    await signIn(desk)
    await desk.locator('aside .button.primary').click()
    const picture = desk.getByTestId('enrolment-qr')
    await picture.waitFor()
    const address = readQr(await picture.screenshot())!
    expect(address).toMatch(/^http.*\/kiosk#enrol=[0-9A-Z]{8}$/)

    const context = await tablet()
    const page = await context.newPage()
    await page.addInitScript((found) => {
      // A camera that sees the code on the administrator's screen.
      Object.assign(navigator.mediaDevices, { getUserMedia: async () => new MediaStream() })
      HTMLMediaElement.prototype.play = async () => {}
      Object.assign(window, { BarcodeDetector: class { detect = async () => [{ rawValue: found }] } })
    }, address)
    await page.goto(`${line.url}/kiosk${new URL(address).hash}`)
    expect(await page.getByTestId('enrol-point').textContent()).toBe('Quầy của kiosk')
    expect(page.url(), 'the code is gone from the address').toBe(`${line.url}/kiosk`)
    await page.locator('form .actions .button').first().click()
    await page.locator('form .actions .button').first().click()
    await page.getByTestId('enrol-point').waitFor()
    await page.locator('form .primary').click()
    await page.locator('[data-screen=rate]').waitFor()
    await desk.locator('#pulse-title').waitFor()
    expect(await desk.getByTestId('pulse-waiting').textContent()).toMatch(/^\s*0/)

    // A new name of the point waits until the citizen has gone.
    await page.locator('[data-level="4"]').click()
    await page.locator('[data-screen=question]').waitFor()
    const point = await api<{ rev: number } & Record<string, unknown>>('GET', `/points/${kiosk.point}`)
    await api('PUT', `/points/${kiosk.point}`, { rev: point.rev, name: { vi: 'Quầy mới' }, fields: [], questionnaire: 'quick', delivery: 'counter', closed: '' })
    const told = page.waitForResponse((response) => response.url().endsWith('/heartbeat'))
    await page.evaluate(() => dispatchEvent(new Event('online')))
    expect(await (await told).json()).toMatchObject({ device: { point: { name: { vi: 'Quầy mới' } } } })
    const beats = async () => (await api<{ device: { heartbeat: { inForce: boolean } } }>('GET', `/kiosks/${kiosk.id}`)).device.heartbeat
    expect(await beats()).toMatchObject({ online: true, newest: true, inForce: false })
    expect(await page.locator('header strong').textContent()).toBe('Quầy của kiosk')
    await page.locator('[data-screen=question] .actions .button').click()
    await page.locator('[data-screen=thanks] .button').click()
    await expect.poll(() => page.locator('header strong').textContent()).toBe('Quầy mới')
    await until(async () => (await beats()).inForce, 'the kiosk does not say that the settings apply')
    await desk.context().close()
    await context.close()
  })
})
