import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Listing, Point } from '../lib/catalogue'
import { vietnamDay } from '../lib/format'
import type { Submission } from '../lib/outboxStore'
import type { Board } from '../lib/results'
import { hasBrowser, startBrowser } from './browser'
import { type Api, type Server, signedIn, startServer, until } from './server'

interface Kiosk {
  id: string
  point: string
}

/** What a page sent, and what the server said about it. */
interface Sent {
  item: Submission
  outcome: string
}

describe.skipIf(!hasBrowser)('kiosk', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let kiosks = 0

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    api = await signedIn(server)
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  /**
   * A kiosk at a point of an agency of its own: every rating of the point is its, and no
   * other point of the agency has so few that figures beside it must be withheld.
   */
  async function newKiosk(fields = 0): Promise<Kiosk> {
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    const like = items.find((point) => point.questionnaire === 'quick' && point.closed === '' && point.fields.length >= fields)!
    const { items: agencies } = await api<Listing<{ id: string; parent: string }>>('GET', '/agencies?size=200')
    const agency = `xa-kiosk-${++kiosks}`
    await api('POST', '/agencies', {
      id: agency,
      parent: agencies.find(({ parent }) => parent === '')!.id,
      kind: 'commune',
      level: 'commune',
      name: { vi: `Xã Kiosk ${kiosks}`, en: `Kiosk Commune ${kiosks}` },
      sector: '',
      validFrom: '2025-07-01',
      validTo: '',
      successors: [],
    })
    const point = await api<Point>('POST', '/points', {
      agency,
      name: { vi: 'Quầy của kiosk', en: 'Kiosk counter' },
      fields: like.fields.slice(0, fields),
      delivery: 'counter',
      questionnaire: 'quick',
    })
    const kiosk = await api<{ id: string }>('POST', '/kiosks', { name: 'Kiosk thử nghiệm', point: point.code })
    return { id: kiosk.id, point: point.code }
  }

  async function code(kiosk: Kiosk): Promise<string> {
    return (await api<{ shownCode: string }>('POST', `/kiosks/${kiosk.id}/enrolment`)).shownCode
  }

  /** How many ratings of the point count in the running quarter; a board shows ten and more. */
  async function ratings(kiosk: Kiosk): Promise<Pick<Board, 'total' | 'levels'>> {
    const day = vietnamDay(new Date())
    const quarter = `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`
    return api<Board>('GET', `/results/board?period=${quarter}&point=${kiosk.point}&capture=kiosk`)
  }

  async function tablet(options: { worker?: boolean } = {}): Promise<BrowserContext> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      // Routes of a test see only requests that no worker looked at first.
      serviceWorkers: options.worker ? 'allow' : 'block',
    })
    context.setDefaultTimeout(30_000)
    return context
  }

  async function enrol(page: Page, kiosk: Kiosk) {
    await page.goto(`${server.url}/kiosk`)
    await page.locator('#enrol-code').fill(await code(kiosk))
    await page.locator('form .primary').press('Enter')
    await page.locator('[data-screen=rate], [data-screen=field]').waitFor()
  }

  /** The thanks stand for three seconds; a citizen who comes before that presses "Next person". */
  async function nextCitizen(page: Page) {
    await page.locator('[data-screen=thanks]').waitFor()
    await page.evaluate(() => document.querySelector<HTMLElement>('[data-screen=thanks] .button')?.click())
    await page.locator('[data-screen=rate], [data-screen=field]').waitFor()
  }

  /** One citizen after the other, by keyboard: a face, no reasons, the thanks. Levels go 1, 2, 3, 4, 5, 1 … */
  async function rate(page: Page, count: number) {
    for (let i = 0; i < count; i++) {
      await page.locator(`button[data-level="${(i % 5) + 1}"]`).press('Enter')
      await page.locator('.options').waitFor()
      await page.locator('.actions .button').press('Enter')
      await nextCitizen(page)
    }
  }

  const footer = (page: Page, state: Record<string, string | number>) =>
    page.locator(`footer${Object.entries(state).map(([name, value]) => `[data-${name}="${value}"]`).join('')}`).waitFor()

  /** Everything the context's pages send from now on, in order. */
  function record(context: BrowserContext): Sent[] {
    const sent: Sent[] = []
    context.on('response', async (response) => {
      if (!response.url().endsWith('/api/v1/responses') || !response.ok()) return
      const { responses } = response.request().postDataJSON() as { responses: Submission[] }
      const { results } = (await response.json()) as { results: { id: string; outcome: string }[] }
      for (const item of responses) sent.push({ item, outcome: results.find(({ id }) => id === item.id)!.outcome })
    })
    return sent
  }

  async function openStaff(page: Page) {
    const corner = page.locator('footer .corner')
    await corner.focus()
    await page.keyboard.down('Enter')
    await page.locator('[role=dialog]').waitFor()
    await page.keyboard.up('Enter')
  }

  it('is enrolled with the keys on the screen, and says that a code was replaced', async () => {
    const kiosk = await newKiosk()
    const [replaced, good] = [await code(kiosk), await code(kiosk)]
    const context = await tablet()
    const page = await context.newPage()
    await page.goto(`${server.url}/kiosk`)
    const type = async (code: string) => {
      for (const character of code.replace('-', '')) await page.locator('.keypad').getByRole('button', { name: character, exact: true }).click()
      expect(await page.locator('#enrol-code').inputValue()).toBe(code.replace('-', ''))
      await page.locator('form .primary').press('Enter')
    }
    await type(replaced)
    await page.locator('#enrol-error', { hasText: 'đã được thay bằng mã khác' }).waitFor()
    for (let i = 0; i < 8; i++) await page.locator('.typed button').press('Enter')
    await type(good)
    await page.locator('[data-screen=rate]').waitFor()
    await context.close()
  })

  it('refuses wrong codes, keeps what was typed, and takes a code however it is typed', async () => {
    const kiosk = await newKiosk()
    const page = await (await tablet()).newPage()
    await page.goto(`${server.url}/kiosk`)
    const send = page.locator('form .primary')

    await send.press('Enter')
    await page.locator('#enrol-error').waitFor()
    for (const wrong of ['K7QX', 'ZZZZ-ZZZZ']) {
      const before = await page.locator('#enrol-error').textContent()
      await page.locator('#enrol-code').fill(wrong)
      await send.press('Enter')
      await expect.poll(() => page.locator('#enrol-error').textContent()).not.toBe(before)
      expect(await page.locator('#enrol-code').inputValue()).toBe(wrong)
    }
    const typed = (await code(kiosk)).toLowerCase().replace('-', '  ').replaceAll('1', 'l').replaceAll('0', 'o')
    await page.locator('#enrol-code').fill(` ${typed} `)
    await send.press('Enter')
    await page.locator('[data-screen=rate]').waitFor()
    expect(await page.locator('header').textContent()).toContain('Quầy của kiosk')
    expect(await page.locator('.band').isVisible(), 'the demo says that it is one').toBe(true)
    await page.context().close()
  })

  it('rated twenty times offline after a cold start, sends exactly twenty in order', async () => {
    const kiosk = await newKiosk()
    const context = await tablet({ worker: true })
    const first = await context.newPage()
    await enrol(first, kiosk)
    await first.evaluate(async () => {
      await navigator.serviceWorker.ready
    })
    await first.close()

    await context.setOffline(true)
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(String(error)))
    await page.goto(`${server.url}/kiosk`)
    await page.locator('[data-screen=rate]').waitFor()
    await rate(page, 20)
    await footer(page, { waiting: 20 })
    expect(await page.locator('.backlog').textContent()).toContain('20')

    const sent = record(context)
    await context.setOffline(false)
    await footer(page, { waiting: 0, aside: 0, phase: 'idle' })
    await until(async () => (await ratings(kiosk)).total.n === 20, 'the board does not show twenty ratings')
    expect((await ratings(kiosk)).levels).toEqual({ 1: 4, 2: 4, 3: 4, 4: 4, 5: 4 })
    await expect.poll(() => sent.length).toBe(20)
    expect(sent.map(({ outcome }) => outcome)).toEqual(Array(20).fill('stored'))
    expect(sent.map(({ item }) => item.answers['overall'])).toEqual(Array.from({ length: 20 }, (_, i) => (i % 5) + 1))
    expect(sent.map(({ item }) => item.answeredAt)).toEqual(sent.map(({ item }) => item.answeredAt).sort())
    expect(sent.every(({ item }) => item.clockOffset !== null && !item.partial && item.point === kiosk.point)).toBe(true)
    expect(faults).toEqual([])
    await context.close()
  })

  it('with fifty waiting and its token revoked loses none, and sends them after re-enrolment', async () => {
    const kiosk = await newKiosk()
    const context = await tablet()
    const page = await context.newPage()
    await enrol(page, kiosk)
    await context.setOffline(true)
    await rate(page, 50)
    await api('POST', `/kiosks/${kiosk.id}/revoke`)
    await context.setOffline(false)
    await footer(page, { waiting: 50, aside: 0, phase: 'stopped' })
    await page.locator('.backlog.stopped').waitFor()

    // The next citizen is not turned away, and the page may even end.
    await rate(page, 1)
    await page.reload()
    await footer(page, { waiting: 51, aside: 0, phase: 'stopped' })

    await openStaff(page)
    expect(await page.getByTestId('staff-waiting').textContent()).toBe('51')
    await page.getByTestId('staff-enrol').click()
    await page.locator('#enrol-code').fill(await code(kiosk))
    await page.locator('form .primary').press('Enter')
    await footer(page, { waiting: 0, aside: 0, phase: 'idle' })
    await until(async () => (await ratings(kiosk)).total.n === 51, 'the board does not show 51 ratings')
    await context.close()
  })

  it('killed in the middle of a drain and opened again, sends everything exactly once', async () => {
    const kiosk = await newKiosk()
    const context = await tablet()
    const page = await context.newPage()
    await enrol(page, kiosk)
    await context.setOffline(true)
    await rate(page, 60)

    // The server stores the first batch; the page ends before it hears of it.
    const killed = new Promise<void>((done) => {
      void page.route('**/api/v1/responses', async (route) => {
        expect((await route.fetch()).status()).toBe(200)
        await page.close()
        done()
      })
    })
    await context.setOffline(false)
    await killed

    const sent = record(context)
    const again = await context.newPage()
    await again.goto(`${server.url}/kiosk`)
    await footer(again, { waiting: 0, aside: 0, phase: 'idle' })
    // The page knows before the test has read the answers.
    await expect.poll(() => sent.length).toBe(60)
    expect(sent.map(({ outcome }) => outcome)).toEqual([...Array(50).fill('duplicate'), ...Array(10).fill('stored')])
    await until(async () => (await ratings(kiosk)).total.n === 60, 'the board does not show sixty ratings')
    await context.close()
  })

  it('behind a captive portal that answers 200 with its page loses nothing', async () => {
    const kiosk = await newKiosk()
    const context = await tablet()
    const page = await context.newPage()
    await enrol(page, kiosk)
    await page.route('**/api/**', (route) =>
      route.fulfill({ status: 200, contentType: 'text/html', body: '<html><title>Wi-Fi</title>Xin đăng nhập</html>' }),
    )
    await rate(page, 12)
    await footer(page, { waiting: 12, aside: 0, phase: 'backoff' })
    await openStaff(page)
    expect(await page.locator('.connection').textContent()).toContain('Wi-Fi')
    await page.unroute('**/api/**')
    await page.locator('.actions .primary').click()
    await footer(page, { waiting: 0, aside: 0, phase: 'idle' })
    await until(async () => (await ratings(kiosk)).total.n === 12, 'the board does not show twelve ratings')
    await context.close()
  })

  it('open twice on one tablet, sends once', async () => {
    const kiosk = await newKiosk()
    const context = await tablet()
    const page = await context.newPage()
    await enrol(page, kiosk)
    const second = await context.newPage()
    await second.goto(`${server.url}/kiosk`)
    await second.locator('[data-screen=rate]').waitFor()
    await context.setOffline(true)
    await rate(page, 6)
    await rate(second, 6)
    const sent = record(context)
    await context.setOffline(false)
    await until(async () => (await ratings(kiosk)).total.n === 12, 'the board does not show twelve ratings')
    await footer(page, { aside: 0, phase: 'idle' })
    await footer(second, { aside: 0, phase: 'idle' })
    await expect.poll(() => sent.length).toBe(12)
    expect(sent.map(({ outcome }) => outcome)).toEqual(Array(12).fill('stored'))
    await context.close()
  })

  it('asks a point with several fields for the field and the reasons, and shows the next citizen nothing of it', async () => {
    const kiosk = await newKiosk(3)
    const context = await tablet()
    const page = await context.newPage()
    await enrol(page, kiosk)
    const fresh = await page.locator('main').innerHTML()
    const sent = record(context)

    await page.locator('button[lang=en]').click()
    const field = page.locator('[data-choice]').nth(1)
    const chosen = await field.getAttribute('data-choice')
    await field.click()
    await page.locator('button[data-level="2"]').click()
    await page.locator('input[value=attitude]').press('Space')
    await page.locator('input[value=late]').press('Space')
    await page.locator('.actions .primary').click()
    await nextCitizen(page)
    await expect.poll(() => sent.length).toBe(1)
    expect(sent[0]).toMatchObject({
      outcome: 'stored',
      item: { language: 'en', field: chosen, partial: false, answers: { overall: 2, reasons_unhappy: ['late', 'attitude'] } },
    })

    expect(await page.locator('main').innerHTML(), 'as for the first citizen').toBe(fresh)
    expect(await page.locator('html').getAttribute('lang')).toBe('vi')
    await page.goBack().catch(() => null)
    await page.goto(`${server.url}/kiosk`)
    await page.locator('[data-screen=field]').waitFor()
    expect(await page.locator('[aria-pressed=true][data-level], input:checked').count()).toBe(0)
    await context.close()
  })

  it('keeps the rating of a citizen who walks away, after a warning, and a mended one only once', async () => {
    const kiosk = await newKiosk(3)
    const context = await tablet()
    const page = await context.newPage()
    await page.clock.install()
    await enrol(page, kiosk)
    const sent = record(context)

    await page.locator('[data-choice]').first().press('Enter')
    await page.locator('button[data-level="1"]').press('Enter')
    await page.locator('.line .button').press('Enter')
    await page.locator('button[data-level="4"]').press('Enter')
    await page.locator('input[value=fast]').press('Space')
    await page.clock.fastForward(21_000)
    const warning = page.locator('[role=alertdialog]')
    await warning.waitFor()
    await warning.locator('.primary').press('Enter')
    expect(await page.locator('input[value=fast]').isChecked(), 'who is still there goes on').toBe(true)

    await page.clock.fastForward(21_000)
    await warning.waitFor()
    await page.clock.fastForward(10_000)
    await page.locator('[data-screen=field]').waitFor()
    expect(await warning.count()).toBe(0)
    await expect.poll(() => sent.length).toBe(1)
    expect(sent[0]).toMatchObject({
      outcome: 'stored',
      item: { partial: true, answers: { overall: 4, reasons_happy: ['fast'] } },
    })

    // A page that ends with a rating under way leaves it behind, too.
    await page.locator('[data-choice]').first().press('Enter')
    await page.locator('button[data-level="5"]').press('Enter')
    await page.locator('.options').waitFor()
    await page.reload()
    await page.locator('[data-screen=field]').waitFor()
    await expect.poll(() => sent.length).toBe(2)
    expect(sent[1]).toMatchObject({ outcome: 'stored', item: { partial: true, answers: { overall: 5 } } })

    // Who chose only the language has not rated: the next citizen finds Vietnamese again, and nothing is sent.
    await page.locator('button[lang=en]').press('Enter')
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en')
    await page.clock.fastForward(21_000)
    await warning.waitFor()
    await page.clock.fastForward(10_000)
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('vi')
    expect(sent).toHaveLength(2)
    await context.close()
  })
})
