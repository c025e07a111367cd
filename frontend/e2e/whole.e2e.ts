import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import type { Listing, Point } from '../lib/catalogue'
import { vietnamDay } from '../lib/format'
import type { Board } from '../lib/results'
import { hasBrowser, readQr, signIn, startBrowser } from './browser'
import { rate } from './phone'
import { admin, startServer, until, type Server } from './server'

/** The quarter that is running now, by its name in a query. */
function runningQuarter(): string {
  const day = vietnamDay(new Date())
  return `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`
}

/** What the board shows: the numbers of its headline. */
interface Headline {
  n: number
  satisfied: number
}

describe.skipIf(!hasBrowser)('a rating from the poster to the board', () => {
  let server: Server
  let browser: Browser

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function api<T>(path: string, token: string): Promise<T> {
    const response = await fetch(server.url + path, { headers: { Authorization: `Bearer ${token}` } })
    expect(response.status, path).toBe(200)
    return (await response.json()) as T
  }

  async function accessToken(): Promise<string> {
    const response = await fetch(server.url + '/api/v1/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(admin),
    })
    expect(response.status).toBe(200)
    return ((await response.json()) as { accessToken: string }).accessToken
  }

  async function headlineOf(page: Page): Promise<Headline> {
    const n = await page.getByTestId('headline-n').getAttribute('data-n')
    const satisfied = await page.getByTestId('headline-satisfied').getAttribute('data-satisfied')
    return { n: Number(n), satisfied: Number(satisfied) }
  }

  it('moves the running quarter by exactly one, and nothing else', async () => {
    const token = await accessToken()
    const quarter = runningQuarter()
    const boardPath = `/api/v1/results/board?period=${quarter}`
    const { items } = await api<Listing<Point>>('/api/v1/points?size=200', token)
    const point = items.find((candidate) => candidate.questionnaire === 'quick' && candidate.closed === '')
    expect(point, 'a point that is open and asks the quick form').toBeDefined()
    // Once the night's judgement of the demo ratings is through, nothing moves by itself.
    await until(async () => server.said('ratings look stuffed and were flagged'), 'nothing of the demo province was flagged')
    const before = await api<Board>(boardPath, token)

    // The manager has the board open.
    const manager = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    const faults: string[] = []
    manager.on('pageerror', (error) => faults.push(String(error)))
    await manager.goto(`${server.url}/admin?period=${quarter}`)
    await signIn(manager)
    await manager.locator(`[data-testid=board][data-period="${quarter}"]`).waitFor()
    const shownBefore = await headlineOf(manager)
    expect(shownBefore).toEqual({ n: before.total.n, satisfied: before.total.satisfied })

    // The poster hangs on the wall; a phone reads its QR code.
    const wall = await (await browser.newContext({ viewport: { width: 900, height: 1270 } })).newPage()
    const poster = await wall.goto(`${server.url}/poster/${point!.code}`)
    expect(poster?.status()).toBe(200)
    const address = readQr(await wall.screenshot({ fullPage: true }))
    expect(address, 'a QR code on the poster').not.toBeNull()
    // Its parameters only tell that the address came from a QR code.
    expect(address!.split('?')[0], 'the address in the QR code').toBe(point!.formUrl)

    await rate(browser, address!, 2)

    // One rating more, none of them satisfied: by the API, then on the manager's screen.
    await until(async () => {
      const now = await api<Board>(boardPath, token)
      return now.total.n !== before.total.n
    }, 'the rating did not reach the board')
    const after = await api<Board>(boardPath, token)
    expect(after.total.n).toBe(before.total.n! + 1)
    expect(after.total.answered).toBe(before.total.answered! + 1)
    expect(after.total.satisfied).toBe(before.total.satisfied)
    expect(after.levels?.['2']).toBe(before.levels!['2'] + 1)

    await manager.reload()
    await manager.locator(`[data-testid=board][data-period="${quarter}"]`).waitFor()
    expect(await headlineOf(manager)).toEqual({ n: shownBefore.n + 1, satisfied: shownBefore.satisfied })
    expect(faults).toEqual([])
  })
})
