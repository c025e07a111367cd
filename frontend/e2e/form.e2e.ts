import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Listing, Point } from '../lib/catalogue'
import { hasBrowser, signIn, startBrowser } from './browser'
import { admin, startServer, type Server } from './server'

/** The most that may be loaded before the first question can be answered: ten packets of a fresh connection. */
const firstView = 14_600

/** The page that says how accessible the others are. */
const about = '/tro-nang'

/** A further language, of which a translator has done the beginning. */
const khmer = {
  name: 'ភាសាខ្មែរ',
  texts: { 'form.send': 'ផ្ញើ', 'level.4': 'ពេញចិត្ត' },
  questionnaires: { 'quick/1': { 'items/overall': 'តើអ្នកពេញចិត្តទេ?' } },
}

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[]
}

describe.skipIf(!hasBrowser)('the phone form', () => {
  let server: Server
  let browser: Browser
  let axe: string
  let folder: string
  const points: Record<string, string> = {}
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sipas-languages-'))
    await writeFile(join(folder, 'km.json'), JSON.stringify(khmer))
    server = await startServer('--languages-dir', folder)
    browser = await startBrowser()
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const session = await fetch(server.url + '/api/v1/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(admin),
    })
    const { accessToken } = (await session.json()) as { accessToken: string }
    const headers = { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' }
    const { items } = (await (await fetch(server.url + '/api/v1/points?size=200', { headers })).json()) as Listing<Point>
    for (const form of ['quick', 'short', 'full']) {
      points[form] = items.find((point) => point.questionnaire === form && point.fields.length > 1 && point.closed === '')!.code
    }
    const { code, rev, name, fields, delivery, questionnaire } = items.find((point) => point.questionnaire === 'quick' && point.fields.length === 1)!
    const closing = { rev, name, fields, delivery, questionnaire, closed: '2026-01-01' }
    const closed = await fetch(`${server.url}/api/v1/points/${code}`, { method: 'PUT', headers, body: JSON.stringify(closing) })
    expect(closed.status, await closed.text()).toBe(200)
    points['closed'] = code
    const { agency } = items[0]!
    const early = { agency, name, fields, delivery, questionnaire, opens: '2099-02-01' }
    const created = await fetch(`${server.url}/api/v1/points`, { method: 'POST', headers, body: JSON.stringify(early) })
    points['early'] = ((await created.json()) as Point).code
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const address = (form: string, query = '') => `${server.url}/s/${points[form]}${query}`

  /** A phone of its own; whatever its pages complain of fails the test. */
  async function phone(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'vi-VN', ...options })
    contexts.push(context)
    return context.newPage()
  }

  const face = (page: Page, level: number) => page.locator(`label:has(input[name=overall][value="${level}"])`)
  const send = (page: Page) => page.locator('button[name=send]').click()
  const kept = (page: Page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('sipas.kept.')).length)

  describe('with scripts', () => {
    it('branches at once where :has() is unknown, and is confirmed without loading anything anew', async () => {
      const page = await phone()
      // As in a browser that knows no :has(): its rules do nothing.
      await page.route('**/s/*', async (route) => {
        const response = await route.fetch()
        const body = (await response.text()).replace(/@supports selector\(:has\(a\)\)\{.*?\}\}/, '')
        const headers = response.headers()
        delete headers['content-security-policy']
        await route.fulfill({ response, body, headers })
      })
      await page.goto(address('quick'))
      expect(await page.locator('.when').count()).toBe(0)
      expect(await page.locator('#w-reasons_unhappy').isVisible()).toBe(false)
      await face(page, 2).click()
      await page.locator('#w-reasons_unhappy').waitFor()
      await face(page, 5).click()
      await page.locator('#w-reasons_happy').waitFor()
      expect(await page.locator('#w-reasons_unhappy').isVisible()).toBe(false)
      await page.unroute('**/s/*')

      let loads = 0
      page.on('load', () => loads++)
      await send(page)
      await page.locator('h1:focus').waitFor()
      expect(new URL(page.url()).pathname).toBe(`/s/${points['quick']}/thanks`)
      expect(await page.title()).toContain('Cảm ơn')
      expect(loads).toBe(0)
      expect(await kept(page)).toBe(0)
      await page.reload()
      expect(await page.locator('dl').textContent()).toContain('Rất hài lòng')
    })

    it('says what is missing with the focus on it, and keeps the answers in another language', async () => {
      const page = await phone()
      await page.goto(address('quick'))
      await page.locator('textarea').fill('Chờ lâu')
      await send(page)
      await page.locator('[role=alert]:focus').waitFor()
      expect(await page.title()).toMatch(/^Lỗi: /)
      await page.locator('button[lang=en]').click()
      await page.locator('html[lang=en]').waitFor()
      expect(await page.locator('textarea').inputValue()).toBe('Chờ lâu')
      await face(page, 4).click()
      await send(page)
      await page.locator('dl').waitFor()
      expect(await page.locator('dl').textContent()).toContain('Satisfied')
    })

    it('outlasts a page that is loaded anew, and goes on where it was in another language; another visit begins anew', async () => {
      const page = await phone()
      await page.goto(address('full', '?k=qr'))
      const token = await page.locator('[name=".page"]').inputValue()
      await page.locator('label:has([name=pa3][value="4"])').click()
      await page.locator('textarea').fill('Chờ lâu')
      await page.locator('label:has([name=kq2][value="1"])').click()
      await page.locator('button[lang=en]').click()
      await page.locator('html[lang=en]').waitFor()
      const question = await page.locator('#w-kq2').boundingBox()
      expect(question!.y).toBeGreaterThan(0)
      expect(question!.y + question!.height).toBeLessThan(740)
      expect(await page.evaluate(() => document.activeElement!.id)).toBe('kq2-1')

      await page.reload()
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      expect(await page.locator('[name=".page"]').inputValue()).toBe(token)
      expect(await page.locator('input:checked').evaluateAll((inputs) => inputs.map((input) => input.id))).toEqual(['kq2-1', 'pa3-4'])
      expect(await page.locator('textarea').inputValue()).toBe('Chờ lâu')

      // Scanned again, in the language that was chosen.
      await page.goto(address('full', '?k=qr'))
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      expect(await page.locator('input:checked').count()).toBe(0)
    })

    it('is kept without a network, shown to nobody, and sent once there is one', async () => {
      const page = await phone()
      await page.goto(address('quick'))
      await face(page, 2).click()
      await page.locator('textarea').fill('Một lời nhắn riêng')
      await page.context().setOffline(true)
      await send(page)
      await page.locator('h1:focus').waitFor()
      expect(await page.locator('h1').textContent()).toContain('Đã lưu trên máy này, sẽ gửi khi có mạng')
      expect(await page.locator('header').isVisible()).toBe(true)
      expect(await page.locator('main').innerText()).toContain('Bộ phận Một cửa')
      expect(await page.locator('body').innerText()).not.toMatch(/riêng|Không hài lòng/)
      expect(await kept(page)).toBe(1)

      // The next person opens another form on the same phone.
      const context = page.context()
      await page.close()
      await context.setOffline(false)
      const next = await context.newPage()
      await next.goto(address('short'))
      await expect.poll(() => next.getByRole('status').textContent()).toContain('đã được gửi')
      expect(await kept(next)).toBe(0)
      expect(await next.locator('body').innerText()).not.toContain('riêng')
      expect(await next.locator('input:checked').count()).toBe(0)
    })

    it('is not taken as sent by a captive portal', async () => {
      const page = await phone()
      await page.goto(address('quick'))
      await face(page, 5).click()
      await page.route('**/s/*', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Cảm ơn! Đăng nhập Wi-Fi</h1>' }))
      await send(page)
      await page.locator('.waits').first().waitFor()
      expect(await kept(page)).toBe(1)
      await page.unroute('**/s/*')
      await page.evaluate(() => dispatchEvent(new Event('online')))
      await expect.poll(() => page.locator('h1').textContent()).toContain('đã được gửi')
      expect(await kept(page)).toBe(0)
      // Rated is rated, at once or later.
      await page.goto(address('quick'))
      expect(await page.locator('h1').textContent()).toBe('Ông/Bà đã gửi đánh giá này')
    })

    it('leads through a long form by its parts', async () => {
      const page = await phone()
      await page.goto(address('full'))
      const bar = page.locator('#progress')
      expect(await bar.locator('progress').getAttribute('value')).toBe('0')
      await page.locator('summary').click()
      await page.locator('.parts a').nth(1).click()
      const heading = page.locator('#s-2')
      expect(await heading.textContent()).toContain('Phần 2 trên 8')
      // The bar stays in sight and covers nothing that was asked for.
      const [barBox, headingBox] = [await bar.boundingBox(), await heading.boundingBox()]
      expect(headingBox!.y).toBeGreaterThanOrEqual(barBox!.y + barBox!.height)
      await page.locator('#w-tt1 label', { hasText: 'Không áp dụng' }).click()
      expect(await bar.textContent()).toContain('Đã trả lời 1 trên')
    })
  })

  describe('weighs little', () => {
    it.each(['quick', 'short'])('%s: one request, nothing from elsewhere', async (form) => {
      const page = await phone()
      const session = await page.context().newCDPSession(page)
      const requests: string[] = []
      let bytes = 0
      session.on('Network.requestWillBeSent', ({ request }) => void (request.url.startsWith('data:') || requests.push(request.url)))
      session.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength))
      await session.send('Network.enable')
      await session.send('Network.setCacheDisabled', { cacheDisabled: true })
      await page.goto(address(form, '?k=qr'), { waitUntil: 'networkidle' })
      process.stdout.write(`${form}: ${bytes} bytes of ${firstView}\n`)
      expect(requests).toEqual([address(form, '?k=qr')])
      expect(bytes).toBeGreaterThan(1000)
      expect(bytes).toBeLessThanOrEqual(firstView)
    })

    it('can be used soon on a slow line', async () => {
      const page = await phone()
      const session = await page.context().newCDPSession(page)
      await session.send('Network.enable')
      await session.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 })
      const begun = Date.now()
      await page.goto(address('quick'), { waitUntil: 'commit' })
      await face(page, 4).click()
      const milliseconds = Date.now() - begun
      process.stdout.write(`the first question is answered after ${milliseconds} ms at 400 ms and 400 kbit/s\n`)
      expect(milliseconds).toBeLessThan(2000)
    })
  })

  it('speaks a further language, and the administration says what it lacks', async () => {
    const page = await phone()
    await page.goto(address('quick'))
    await page.locator('button[lang=km]').click()
    await page.locator('html[lang=km]').waitFor()
    expect(await page.locator('#w-overall legend').textContent()).toContain('តើអ្នកពេញចិត្តទេ?')
    expect(await face(page, 4).textContent()).toContain('ពេញចិត្ត')
    expect(await face(page, 5).textContent()).toContain('Rất hài lòng')
    expect(await page.locator('button[name=send]').textContent()).toBe('ផ្ញើ')

    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(server.url + '/admin/languages')
    await signIn(page)
    const listed = page.getByTestId('language-km')
    await listed.locator('summary').click()
    expect(await listed.locator('tbody').textContent()).toContain('items/reasons_happy')
    expect(await listed.locator('tbody').textContent()).not.toContain('level.4')
    expect(await page.getByTestId('language-en').locator('summary').count()).toBe(0)
  })

  /** Every state a citizen can come to, and how. */
  const states: [string, (page: Page, lang: string) => Promise<unknown>][] = [
    ['the home page', (page, lang) => page.goto(`${server.url}/?lang=${lang}`)],
    ['a search', (page, lang) => page.goto(`${server.url}/?lang=${lang}&q=xa`)],
    ['a search that finds nothing', (page, lang) => page.goto(`${server.url}/?lang=${lang}&q=zzzz`)],
    ['a code that is wrong', (page, lang) => page.goto(`${server.url}/?lang=${lang}&code=abc`)],
    ['the quick form', (page, lang) => page.goto(address('quick', `?lang=${lang}`))],
    [
      'the quick form, answered',
      async (page, lang) => {
        await page.goto(address('quick', `?lang=${lang}`))
        await face(page, 1).click()
        await page.locator('#w-reasons_unhappy').waitFor()
      },
    ],
    ['the short form', (page, lang) => page.goto(address('short', `?lang=${lang}`))],
    [
      'the full form',
      async (page, lang) => {
        await page.goto(address('full', `?lang=${lang}`))
        await page.locator('summary').click()
      },
    ],
    [
      'a form with errors',
      async (page, lang) => {
        await page.goto(address('quick', `?lang=${lang}`))
        await send(page)
        await page.locator('[role=alert]').waitFor()
      },
    ],
    [
      'a form that cannot be sent yet',
      async (page, lang) => {
        await page.goto(address('quick', `?lang=${lang}`))
        await page.context().setOffline(true)
        await send(page)
        await page.locator('#kept .note').waitFor()
      },
    ],
    [
      'a form that is kept',
      async (page, lang) => {
        await page.goto(address('quick', `?lang=${lang}`))
        await face(page, 3).click()
        await page.context().setOffline(true)
        await send(page)
        await page.locator('.waits').first().waitFor()
      },
    ],
    [
      'the thanks',
      async (page, lang) => {
        await page.goto(address('quick', `?lang=${lang}`))
        await face(page, 3).click()
        await send(page)
        await page.locator('dl').waitFor()
      },
    ],
    [
      'a point that was rated already',
      async (page, lang) => {
        await page.goto(address('quick', `?lang=${lang}`))
        await face(page, 3).click()
        await send(page)
        await page.locator('dl').waitFor()
        await page.goto(address('quick', `?lang=${lang}`))
        await page.locator('.go').waitFor()
      },
    ],
    ['a closed point', (page, lang) => page.goto(address('closed', `?lang=${lang}`)).then((response) => expect(response?.status()).toBe(410))],
    ['a point not open yet', (page, lang) => page.goto(address('early', `?lang=${lang}`)).then(() => page.getByText('01/02/2099').waitFor())],
    ['an unknown code', (page, lang) => page.goto(`${server.url}/s/0000000000?lang=${lang}`)],
    ['a page that does not exist', (page, lang) => page.goto(`${server.url}/khong-co?lang=${lang}`)],
    ['the page about accessibility', (page, lang) => page.goto(`${server.url}${about}?lang=${lang}`)],
  ]

  describe('can be used by everybody', () => {
    it.each(states)('%s: no finding of axe, large targets, no sideways scrolling', async (_, reach) => {
      for (const lang of ['vi', 'en']) {
        // 1280 × 1024 at 400 %
        const page = await phone({ viewport: { width: 320, height: 256 }, colorScheme: lang === 'vi' ? 'light' : 'dark' })
        await reach(page, lang)
        expect(await page.evaluate(() => document.documentElement.scrollWidth), lang).toBeLessThanOrEqual(320)
        await page.context().setOffline(false)
        await page.evaluate(axe)
        const result = (await page.evaluate(() =>
          (window as unknown as { axe: { run: (context: Document, options: object) => Promise<unknown> } }).axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
            rules: { 'label-content-name-mismatch': { enabled: true } },
          }),
        )) as AxeResult
        expect(result.violations.map(({ id, help, nodes }) => [id, help, nodes.map((node) => node.target)]), lang).toEqual([])
        const small = await page.evaluate(() =>
          Array.from(document.querySelectorAll<HTMLElement>('a,button,select,textarea,summary,input:not([type=hidden])'))
            .map((element) => ({ what: element.outerHTML.slice(0, 90), box: (element.closest('label') ?? element).getBoundingClientRect(), element }))
            .filter(({ element, box }) => element.getAttribute('aria-hidden') !== 'true' && box.height > 0 && (box.height < 44 || box.width < 44))
            .map(({ what, box }) => `${Math.round(box.width)} × ${Math.round(box.height)} ${what}`),
        )
        expect(small, lang).toEqual([])
        if (new URL(page.url()).pathname !== about) expect(await page.locator(`footer a[href^="${about}"]`).count(), lang).toBe(1)
      }
    })

    it('by the keyboard alone', async () => {
      const page = await phone({ viewport: { width: 1280, height: 800 } })
      await page.goto(address('quick'))
      const reach = async (selector: string) => {
        for (let presses = 0; presses < 40; presses++) {
          await page.keyboard.press('Tab')
          if (await page.evaluate((wanted) => document.activeElement!.matches(wanted), selector)) return
        }
        throw new Error(`${selector} is not reached`)
      }
      await reach('[name=overall]')
      await page.keyboard.press('Space')
      for (let steps = 0; steps < 3; steps++) await page.keyboard.press('ArrowDown')
      expect(await page.locator('[name=overall]:checked').getAttribute('value')).toBe('4')
      await page.keyboard.press('Enter') // chooses what is chosen, and sends nothing
      await reach('[name=reasons_happy]')
      await page.keyboard.press('Enter')
      expect(await page.locator('[name=reasons_happy]:checked').count()).toBe(1)
      await reach('[name=send]')
      await page.keyboard.press('Enter')
      await page.locator('h1:focus').waitFor()
      expect(await page.locator('dl').textContent()).toContain('Hài lòng')
    })

    it('by a screen reader: each face has one name', async () => {
      const page = await phone()
      await page.goto(address('quick'))
      const tree = await page.locator('#w-overall').ariaSnapshot()
      for (const name of ['Rất không hài lòng', 'Không hài lòng', 'Bình thường', 'Hài lòng', 'Rất hài lòng']) {
        expect(tree.split(`radio "${name}"`).length, tree).toBe(2)
      }
      expect(tree).toMatch(/group "Nhìn chung/)
    })

    it.each([
      [360, 'vi', 'tc'],
      [360, 'en', 'tc'],
      [1280, 'en', 'tc'],
      [1280, 'en', 'overall'],
    ])('%i pixels wide, %s: the circles of a row stand in one line (%s)', async (width, lang, item) => {
      const page = await phone({ viewport: { width, height: 800 } })
      await page.goto(address('short', `?lang=${lang}`))
      const tops = await page.locator(`#w-${item} .o[class*=" l"] input`).evaluateAll((circles) => circles.map((circle) => Math.round(circle.getBoundingClientRect().top)))
      expect(tops.length).toBe(5)
      expect(new Set(tops).size, String(tops)).toBe(1)
    })

    it('with forced colours and without motion', async () => {
      const page = await phone({ forcedColors: 'active', reducedMotion: 'reduce' })
      await page.goto(address('quick'))
      await face(page, 2).click()
      const shown = await face(page, 2).evaluate((label) => {
        const style = getComputedStyle(label)
        return { outline: style.outlineStyle, width: style.outlineWidth, transition: style.transitionDuration }
      })
      expect(shown).toEqual({ outline: 'solid', width: '3px', transition: '0s' })
      const mouth = await page.locator('#f2 .m').evaluate((path) => getComputedStyle(path).stroke)
      expect(mouth).not.toBe(await face(page, 2).locator('svg').evaluate((svg) => getComputedStyle(svg).color))
    })
  })
})
