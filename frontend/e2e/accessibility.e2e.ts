import axe from 'axe-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Listing, Point } from '../lib/catalogue'
import { hasBrowser, startBrowser } from './browser'
import { type Server, signedIn, startServer } from './server'
import { type Pair, unseenFocus, weakest } from './sight'

/** What the page about accessibility claims and no other test shows; form.e2e.ts and kiosk-screens.e2e.ts show the rest. */
describe.skipIf(!hasBrowser)('the accessibility of the phone form', () => {
  let server: Server
  let browser: Browser
  let quick: string
  let full: string
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    const api = await signedIn(server)
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    const form = (questionnaire: string) =>
      `/s/${items.find((point) => point.questionnaire === questionnaire && point.closed === '' && point.fields.length > 1)!.code}`
    quick = form('quick')
    full = form('full')
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function phone(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'vi-VN', ...options })
    contexts.push(context)
    return context.newPage()
  }

  const face = (page: Page, level: number) => page.locator(`label:has(input[name=overall][value="${level}"])`)

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['forced colours', { forcedColors: 'active' }],
  ] as [string, BrowserContextOptions][])('is itself without a finding, in every language and display: %s', async (_, options) => {
    const page = await phone(options)
    for (const language of ['vi', 'en']) {
      for (const path of ['/tro-nang', quick]) {
        await page.goto(`${server.url}${path}?lang=${language}`)
        await page.evaluate(axe.source)
        const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), `${path} ${language}`).toEqual([])
      }
    }
  })

  /** What reaches over the sides of the screen or is cut off. */
  const lost = (page: Page) =>
    page.evaluate(() => {
      const lost: string[] = []
      for (const element of Array.from(document.querySelectorAll<HTMLElement>('body *'))) {
        const box = element.getBoundingClientRect()
        if (box.width === 0 || box.right < 0 || element.closest('[aria-hidden=true], thead') !== null) continue
        const cut = getComputedStyle(element).overflowX !== 'visible' && !element.matches('textarea, select, input') && element.scrollWidth > element.clientWidth + 1
        if (box.right > innerWidth + 1 || box.left < -1 || cut) lost.push(element.outerHTML.slice(0, 120))
      }
      return lost
    })

  it.each([
    ['loses nothing with text of twice the size', ':root{font-size:200%!important}'],
    [
      'loses nothing with wider spacing of text',
      '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}',
    ],
  ])('%s', async (_, css) => {
    const page = await phone()
    for (const path of ['/?q=xa&lang=en', `${quick}?lang=en`, `${full}?lang=vi`, '/tro-nang?lang=vi']) {
      await page.goto(server.url + path)
      // Not as an element: the page allows no styles but its own.
      await page.evaluate((css) => {
        const sheet = new CSSStyleSheet()
        sheet.replaceSync(css)
        document.adoptedStyleSheets = [sheet]
      }, css)
      expect(await lost(page), path).toEqual([])
    }
  })

  it('works on a phone that lies', async () => {
    const page = await phone({ viewport: { width: 740, height: 360 } })
    await page.goto(server.url + quick)
    expect(await lost(page)).toEqual([])
    await face(page, 4).click()
    await page.locator('button[name=send]').click()
    await page.locator('dl').waitFor()
  })

  it('chooses nothing when a finger slides away', async () => {
    const page = await phone()
    await page.goto(server.url + quick)
    const box = (await face(page, 2).boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(2, 200)
    await page.mouse.up()
    expect(await page.locator('input:checked').count()).toBe(0)
    await face(page, 2).click()
    expect(await page.locator('input:checked').count()).toBe(1)
  })

  it('shows where the keyboard is, and covers it by nothing', async () => {
    const page = await phone()
    await page.goto(server.url + full)
    for (const key of ['Tab', 'Shift+Tab']) {
      let stops = 0
      do {
        await page.keyboard.press(key)
        expect(await unseenFocus(page)).toBe('')
      } while (++stops < 200 && (await page.evaluate(() => document.activeElement !== document.body)))
      expect(stops).toBeGreaterThan(30)
      expect(stops).toBeLessThan(200)
    }
  })

  it.each(['light', 'dark'] as const)('has edges and faces that stand out: %s', async (colorScheme) => {
    const page = await phone({ colorScheme, reducedMotion: 'reduce' })
    await page.goto(server.url + quick)
    await face(page, 3).click()
    await page.locator('textarea').focus()
    const pairs: Pair[] = [
      ['.q :is(textarea, select)', 'borderTopColor', '.q', 'backgroundColor'],
      ['.big svg', 'color', '.q', 'backgroundColor'],
      ['#f2 .m', 'stroke', '.big .l2 svg', 'color'],
      ['.o.chosen', 'borderTopColor', '.q', 'backgroundColor'],
      ['.o.chosen svg', 'color', '.o.chosen', 'backgroundColor'],
      [':focus', 'outlineColor', '.q', 'backgroundColor'],
      [':focus', 'outlineColor', 'body', 'backgroundColor'],
    ]
    for (const pair of pairs) expect(await weakest(page, pair), pair.join(' ')).toBeGreaterThanOrEqual(3)
  })
})
