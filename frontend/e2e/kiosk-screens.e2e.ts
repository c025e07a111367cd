import axe from 'axe-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContextOptions, Page, Route } from 'playwright-core'
import type { Kiosk, KioskSettings, Listing, Point } from '../lib/catalogue'
import { vietnamDay } from '../lib/format'
import type { Span } from '../lib/hours'
import type { Submission } from '../lib/outboxStore'
import { hasBrowser, signIn, startBrowser } from './browser'
import { type Pair, unseenFocus, weakest } from './sight'
import { type Api, type Server, signedIn, startServer } from './server'

/** What a finger needs, in CSS pixels. */
const target = 60

const settings: KioskSettings = { theme: 'light', languages: ['vi', 'en'], voice: false, sound: false, volume: 60, brightness: 100 }

describe.skipIf(!hasBrowser)('screens of the kiosk', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let like: Point

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    api = await signedIn(server)
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    like = items.find((point) => point.questionnaire === 'quick' && point.closed === '' && point.fields.length >= 3)!
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  /** A tablet enrolled at a point of its own; gives the page that shows its first screen. */
  async function tablet(
    kiosk: { fields?: number; questionnaire?: string; opens?: string; hours?: Span[]; settings?: Partial<KioskSettings>; pin?: string } = {},
    options: BrowserContextOptions = {},
    prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Page> {
    const { agency, fields } = like
    const point = await api<Point>('POST', '/points', {
      agency,
      name: { vi: 'Quầy của kiosk', en: 'Kiosk counter' },
      fields: fields.slice(0, kiosk.fields ?? 0),
      delivery: 'counter',
      questionnaire: kiosk.questionnaire ?? 'quick',
      opens: kiosk.opens ?? '',
      hours: kiosk.hours ?? [],
    })
    const { id } = await api<Kiosk>('POST', '/kiosks', {
      name: 'Kiosk thử nghiệm',
      point: point.code,
      settings: { ...settings, ...kiosk.settings },
    })
    if (kiosk.pin) await api('PUT', `/kiosks/${id}/staff-pin`, { pin: kiosk.pin })
    const { shownCode } = await api<{ shownCode: string }>('POST', `/kiosks/${id}/enrolment`)
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: 'block', ...options })
    context.setDefaultTimeout(30_000)
    const page = await context.newPage()
    await prepare(page)
    await page.goto(`${server.url}/kiosk`)
    await page.locator('#enrol-code').fill(shownCode)
    await page.locator('form .primary').press('Enter')
    await screen(page, 'rate, field, hours, early')
    return page
  }

  const heartbeat = '**/api/v1/device/heartbeat'
  /** Sends a heartbeat on as that of a device that knows nothing yet: the answer holds the whole document. */
  const whole = (route: Route) =>
    route.fetch({ postData: JSON.stringify({ ...(route.request().postDataJSON() as object), settings: '' }) })

  const screen = (page: Page, names: string) =>
    page.locator(names.split(', ').map((name) => `[data-screen=${name}]`).join()).waitFor()

  /** Until nothing that ends moves any more. */
  const settled = (page: Page) =>
    page.evaluate(async () => {
      const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
      await Promise.all(ending.map((each) => each.finished.catch(() => null)))
    })

  async function findings(page: Page, where: string): Promise<string[]> {
    await settled(page)
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({ rules: { 'label-content-name-mismatch': { enabled: true } } }),
    )
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${where}: ${id}: ${html.slice(0, 160)}`))
  }

  /** Everything to touch that is too small, by what it says. */
  const tooSmall = (page: Page, least: number) =>
    page.locator('.stage :is(button, input:not([type=checkbox]), label:has(input)):visible').evaluateAll(
      (controls, least) =>
        controls
          .map((each) => ({ text: each.textContent.trim(), box: each.getBoundingClientRect() }))
          .filter(({ box }) => box.width < least || box.height < least)
          .map(({ text, box }) => `${text} ${Math.round(box.width)}×${Math.round(box.height)}`),
      least,
    )

  /** A day of the week that is not today. */
  const otherDay = () => {
    const today = new Date(`${vietnamDay(new Date())}T00:00:00Z`).getUTCDay() || 7
    return ((today + 2) % 7) + 1
  }

  function record(page: Page): Submission[] {
    const sent: Submission[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/api/v1/responses')) sent.push(...(request.postDataJSON() as { responses: Submission[] }).responses)
    })
    return sent
  }

  it.each([
    ['light', 'vi'],
    ['light', 'en'],
    ['contrast', 'vi'],
    ['contrast', 'en'],
  ] as const)('have no finding of axe and no small target: %s, %s', async (theme, language) => {
    const found: string[] = []
    const page = await tablet(
      { fields: 3, hours: [{ day: otherDay(), from: '07:30', to: '11:30' }], settings: { theme } },
      { reducedMotion: 'reduce', viewport: { width: 1024, height: 768 } },
      async (page) => {
        await page.clock.install()
        await page.goto(`${server.url}/kiosk`)
        await screen(page, 'enrol')
        if (theme === 'light') found.push(...(await findings(page, 'enrol')))
      },
    )
    const look = async (where: string) => {
      found.push(...(await findings(page, where)))
      for (const small of await tooSmall(page, target)) found.push(`${where}: small: ${small}`)
    }
    if (language === 'en') await page.locator('button[lang=en]').press('Enter')
    await look('hours')
    await page.locator('main .button').press('Enter')
    await screen(page, 'field')
    await look('field')
    await page.locator('[data-choice]').first().press('Enter')
    await screen(page, 'rate')
    expect(await page.locator('html').getAttribute('data-theme')).toBe(theme)
    await look('rate')
    await page.locator('[data-level="2"]').press('Enter')
    await page.locator('.options input').first().press('Space')
    await look('question')
    await page.clock.fastForward(21_000)
    await page.locator('[role=alertdialog]').waitFor()
    await look('idle')
    await page.locator('[role=alertdialog] .primary').press('Enter')
    await page.evaluate(() => {
      const { add, put } = IDBObjectStore.prototype
      const full = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
      Object.assign(IDBObjectStore.prototype, { add: full, put: full })
      Object.assign(globalThis, { mend: () => Object.assign(IDBObjectStore.prototype, { add, put }) })
    })
    await page.locator('.actions .primary').press('Enter')
    await screen(page, 'unsaved')
    await look('unsaved')
    await page.evaluate(() => (globalThis as unknown as { mend: () => void }).mend())
    await page.locator('main .primary').press('Enter')
    await screen(page, 'thanks')
    await look('thanks')

    await page.route(heartbeat, async (route) => {
      const response = await whole(route)
      const { device, serverTime } = (await response.json()) as { device: { point: object }; serverTime: string }
      await route.fulfill({ response, json: { device: { ...device, revision: 'closed', point: { ...device.point, closed: true } }, serverTime } })
    })
    await page.reload()
    await screen(page, 'closed')
    if (language === 'en') await page.locator('button[lang=en]').press('Enter')
    await look('closed')
    expect(found).toEqual([])
    await page.unrouteAll({ behavior: 'ignoreErrors' }) // a heartbeat may be on its way
    await page.context().close()
  })

  it.each([
    ['light', 'vi'],
    ['contrast', 'en'],
  ] as const)('for staff have no finding of axe and no small target: %s, %s', async (theme, language) => {
    const found: string[] = []
    const page = await tablet({ settings: { theme }, pin: '246810' }, { reducedMotion: 'reduce', viewport: { width: 1024, height: 768 } })
    const look = async (where: string) => {
      found.push(...(await findings(page, where)))
      for (const small of await tooSmall(page, target)) found.push(`${where}: small: ${small}`)
    }
    if (language === 'en') await page.locator('button[lang=en]').press('Enter')
    // One rating that waits and one that was refused: the panel shows all it has.
    await page.route('**/api/v1/responses', async (route) => {
      const { responses } = route.request().postDataJSON() as { responses: Submission[] }
      await route.fulfill({ json: { results: responses.map(({ id }) => ({ id, outcome: 'closed', problem: null })), serverTime: new Date().toISOString() } })
    })
    await page.locator('[data-level="4"]').press('Enter')
    await page.locator('.actions .button').press('Enter')
    await page.locator('footer[data-aside="1"]').waitFor()
    await page.unroute('**/api/v1/responses')
    await screen(page, 'rate')
    if (language === 'en') await page.locator('button[lang=en]').press('Enter')

    const dialog = page.locator('[role=dialog]')
    await page.keyboard.press('Control+Alt+S')
    await look('PIN')
    await dialog.locator('#staff-pin').fill('111111')
    await dialog.locator('.primary').press('Enter')
    await dialog.locator('#staff-pin-error').waitFor()
    await look('wrong PIN')
    await dialog.locator('#staff-pin').fill('246810')
    await dialog.locator('.primary').press('Enter')
    await page.getByTestId('staff-aside').waitFor()
    await look('panel')
    await dialog.locator('.more .button').first().press('Enter')
    await expect.poll(() => dialog.locator('.said').textContent()).not.toBe('')
    await look('exported')
    await dialog.locator('.more .button').last().press('Enter')
    await dialog.locator('.connection.troubled').waitFor()
    await look('unenrol')
    await dialog.locator('.primary').press('Enter')
    await page.getByTestId('staff-enrol').press('Enter')
    await dialog.locator('#enrol-code').waitFor()
    await look('enrol again')
    await dialog.locator('#enrol-code').fill('K7')
    await dialog.locator('.primary').press('Enter')
    await dialog.locator('#enrol-error').waitFor()
    await look('enrol again, wrong')
    expect(found).toEqual([])
    await page.context().close()
  })

  it.each([
    [768, 1024],
    [1024, 768],
    [1280, 800],
    [1080, 1920],
    [1920, 1080],
  ])('fit %d × %d, lowered too', async (width, height) => {
    const page = await tablet({ fields: 3 }, { viewport: { width, height } })
    await page.locator('[data-choice]').first().press('Enter')
    await screen(page, 'rate')
    const overflow = async () => {
      await settled(page)
      return page.locator('main').evaluate((main) => main.scrollHeight - main.clientHeight)
    }
    expect(await overflow(), 'of five faces').toBe(0)
    const upright = height > width
    expect(await page.locator('.lower').isVisible()).toBe(upright)
    if (upright) {
      await page.locator('.lower').press('Enter')
      const tops = await page
        .locator('.stage :is(button, label):visible')
        .evaluateAll((controls) => controls.map((each) => each.getBoundingClientRect().top))
      expect(Math.min(...tops) / height, 'the highest of what is to touch').toBeGreaterThan(0.3)
      expect(await overflow(), 'of five faces, lowered').toBe(0)
    }
    expect(await tooSmall(page, target)).toEqual([])
    await page.locator('[data-level="5"]').press('Enter')
    await page.locator('.options').waitFor()
    expect(await overflow(), 'of the reasons').toBe(0)
    expect(await tooSmall(page, target)).toEqual([])
    await page.context().close()
  })

  it.each([
    [768, 1024, ['quick', 'full']],
    [1024, 768, ['quick', 'short']],
    [1280, 800, ['quick', 'short']],
    [1080, 1920, ['quick', 'full']],
    [1920, 1080, ['quick', 'short']],
  ])('cut nothing off at %d × %d, upright lowered, too: %s', { timeout: 180_000 }, async (width, height, forms) => {
    const cut: string[] = []
    for (const questionnaire of forms) {
      const page = await tablet({ fields: 3, questionnaire }, { viewport: { width, height }, reducedMotion: 'reduce' })
      for (const lowered of height > width ? [false, true] : [false]) {
        const look = async (where: string) => {
          await settled(page)
          const over = await page.locator('main').evaluate((main) => [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth])
          if (Math.max(...over) > 0) cut.push(`${questionnaire}${lowered ? ', lowered' : ''}: ${where}: ${over.join(', ')}`)
        }
        if (lowered) await page.locator('.lower').press('Enter')
        await look('fields')
        await page.locator('[data-choice]').first().press('Enter')
        await screen(page, 'rate')
        await look('faces')
        await page.locator('[data-level="2"]').press('Enter')
        for (let n = 1; ; n++) {
          await screen(page, 'question, thanks')
          if ((await page.locator('[data-screen=thanks]').count()) > 0) break
          const title = (await page.locator('h1').textContent())!
          await look(title)
          if (n === 2) {
            await page.locator('.back').press('Enter')
            await look('one question back')
            await page.locator('.actions .primary').press('Enter')
          }
          await page.locator('main :is([data-level], [data-choice], input)').first().press('Space')
          if ((await page.locator('.options').count()) > 0) {
            await look(`${title}, chosen`)
            await page.locator('.actions .primary').press('Enter')
          }
          await page.locator('main[data-screen=question] h1, main[data-screen=thanks] h1').filter({ hasNotText: title }).waitFor()
        }
        await look('thanks')
        await screen(page, 'field')
      }
      await page.context().close()
    }
    expect(cut).toEqual([])
  })

  it('lead back to a question that was answered, and keep every answer', async () => {
    const page = await tablet({ questionnaire: 'short' })
    const sent = record(page)
    const press = async (selector: string, leadsTo: string) => {
      await page.locator(selector).press('Enter')
      await expect.poll(() => page.locator('.progress, [data-screen=rate] h1').textContent()).toContain(leadsTo)
    }
    await press('[data-level="3"]', '1 / 5')
    expect(await page.locator('.back').count()).toBe(0)
    await press('[data-level="2"]', '2 / 5')
    await press('[data-level="4"]', '3 / 5')
    await press('.back', '2 / 5')
    expect(await page.locator('[data-level="4"]').getAttribute('aria-pressed')).toBe('true')
    await press('.back', '1 / 5')
    await press('[data-level="1"]', '2 / 5')
    await press('.actions .primary', '3 / 5')
    const no = page.locator('.actions .button', { hasText: 'Không có ý kiến' })
    expect(await page.locator('.actions .button').allTextContents(), 'one way to pass a question over').toHaveLength(3)
    await no.press('Enter')
    await press('.back', '3 / 5')
    expect(await no.getAttribute('aria-pressed')).toBe('true')
    await page.locator('.line .button').press('Enter')
    await press('[data-screen=rate] [data-level="5"]', '3 / 5')
    await page.locator('.actions .button', { hasText: 'Gửi luôn' }).press('Enter')
    await expect.poll(() => sent.length).toBe(1)
    expect(sent[0]).toMatchObject({ partial: false })
    expect(sent[0]!.answers).toEqual({ overall: 5, tc: 1, tt: 4, cc: 'na' })
    await page.context().close()
  })

  it('follow a touch at once, and take two of a shaking finger for one', async () => {
    const page = await tablet()
    const sent = record(page)
    await settled(page)
    await page.evaluate(() => {
      const seen = ((globalThis as unknown as { taps: number[] }).taps = [])
      new PerformanceObserver((list) => {
        for (const { name, duration } of list.getEntries()) if (/^(pointerup|click)$/.test(name)) seen.push(duration as never)
      }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
    })
    const face = (await page.locator('[data-level="4"]').boundingBox())!
    await page.mouse.dblclick(face.x + face.width / 2, face.y + face.height / 2, { delay: 20 })
    await page.locator('.options').waitFor()
    expect(await page.locator('input:checked').count(), 'the second touch falls on nothing').toBe(0)

    await settled(page)
    const option = page.locator('.options label').first()
    await option.dblclick()
    expect(await option.locator('input').isChecked()).toBe(true)
    await page.locator('.actions .primary').click()
    await screen(page, 'thanks')
    await expect.poll(() => sent.length).toBe(1)
    expect(sent[0]).toMatchObject({ partial: false, answers: { overall: 4 } })

    // Shorter ones than the threshold are not listed.
    const taps = await page.evaluate(() => (globalThis as unknown as { taps: number[] }).taps)
    const slowest = Math.max(16, ...taps)
    process.stdout.write(`slowest touch to next paint: ${slowest} ms of at most 100 on a tablet\n`)
    expect(slowest).toBeLessThan(200)
    await page.context().close()
  })

  it('keep nothing of a citizen', async () => {
    const page = await tablet({ fields: 3 }, { viewport: { width: 768, height: 1024 } })
    const sent = record(page)
    const stored = () =>
      page.evaluate(async () => {
        const stored: string[] = []
        for (const { name } of await indexedDB.databases()) {
          const open = indexedDB.open(name!)
          const database = await new Promise<IDBDatabase>((done) => (open.onsuccess = () => done(open.result)))
          for (const store of Array.from(database.objectStoreNames)) {
            const all = database.transaction(store).objectStore(store).getAll()
            stored.push(JSON.stringify(await new Promise((done) => (all.onsuccess = () => done(all.result)))))
          }
          database.close()
        }
        return stored.join()
      })
    const state = () =>
      page.evaluate(async () => ({
        screen: document.querySelector('#kiosk')!.innerHTML,
        html: document.documentElement.outerHTML.match(/^<html[^>]*>/)![0],
        focus: document.activeElement?.id,
        scroll: document.querySelector('main')!.scrollTop + scrollY,
        history: history.length,
        state: history.state as unknown,
        storage: localStorage.length + sessionStorage.length,
        cookie: document.cookie,
        caches: (await caches.keys()).length,
      }))
    const fresh = await state()
    expect(fresh).toMatchObject({ focus: 'question', scroll: 0, storage: 0, cookie: '' })

    await page.locator('button[lang=en]').press('Enter')
    await page.locator('.contrast').press('Enter')
    await page.locator('.lower').press('Enter')
    await page.locator('[data-choice]').last().press('Enter')
    await page.locator('[data-level="1"]').press('Enter')
    await page.locator('.options input').last().press('Space')
    await page.setViewportSize({ width: 768, height: 560 })
    await page.locator('main').evaluate((main) => (main.scrollTop = 40))
    expect((await state()).html).toContain('contrast')
    await page.locator('.actions .primary').press('Enter')
    await screen(page, 'thanks')
    await page.setViewportSize({ width: 768, height: 1024 })
    await screen(page, 'field')
    await page.locator('footer[data-waiting="0"][data-phase=idle]').waitFor()
    expect(await state()).toEqual(fresh)
    expect(sent).toHaveLength(1)
    expect(await stored()).not.toContain(sent[0]!.id)
    expect(await page.locator('form, input, textarea').count(), 'nothing for a browser to fill in').toBe(0)
    await page.context().close()
  })

  it('outside the opening hours say when it opens, and take a rating all the same', async () => {
    const page = await tablet({ hours: [{ day: otherDay(), from: '07:30', to: '11:30' }] })
    await page.clock.install()
    const sent = record(page)
    await screen(page, 'hours')
    expect(await page.locator('main table').textContent()).toContain('07:30–11:30')
    expect(await page.locator('main .hint').textContent()).toContain('07:30')
    await page.locator('button[lang=en]').press('Enter')
    await screen(page, 'hours')
    await page.locator('main .button').press('Enter')
    await page.locator('[data-level="3"]').press('Enter')
    await page.locator('.actions .button').press('Enter')
    await expect.poll(() => sent.length).toBe(1)
    await screen(page, 'hours')
    expect(await page.locator('html').getAttribute('lang')).toBe('vi')
    await page.context().close()
  })

  it('before the first day say when it is, and see it come without a network', async () => {
    const day = 24 * 3600_000
    const opens = vietnamDay(new Date(Date.now() + day))
    const page = await tablet({ opens }, {}, (page) => page.clock.install())
    await screen(page, 'early')
    expect(await page.locator('main').textContent()).toContain(opens.split('-').reverse().join('/'))
    expect(await findings(page, 'early')).toEqual([])
    expect(await page.locator('main button').count()).toBe(0)
    await page.context().setOffline(true)
    await page.clock.setSystemTime(Date.now() + day)
    await page.clock.fastForward(11_000)
    await screen(page, 'rate')
    await page.context().close()
  })

  it('are as the settings want them, and make no sound without', async () => {
    const ears = (page: Page) =>
      page.addInitScript(() => {
        const heard: string[] = []
        Object.assign(globalThis, { heard })
        const synthesis = Object.assign(new EventTarget(), {
          getVoices: () => [{ lang: 'vi-VN', localService: true, name: 'Linh' }],
          speak: ({ text }: { text: string }) => heard.push(text),
          cancel: () => heard.push('hush'),
        })
        Object.defineProperty(globalThis, 'speechSynthesis', { value: synthesis })
        Object.assign(globalThis, {
          SpeechSynthesisUtterance: function (this: { text: string }, text: string) {
            this.text = text
          },
          AudioContext: function () {
            heard.push('tone')
            throw new Error('no ears')
          },
        })
      })
    const heard = (page: Page) => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)

    const silent = await tablet({}, {}, ears)
    expect(await silent.locator('.listen').count()).toBe(0)
    await silent.locator('[data-level="3"]').click()
    expect(await heard(silent)).toEqual([])
    await silent.context().close()

    const page = await tablet({ settings: { theme: 'contrast', languages: ['vi'], voice: true, sound: true, brightness: 60 } }, {}, ears)
    expect(await page.locator('html').getAttribute('data-theme')).toBe('contrast')
    expect(await page.locator('.languages').count()).toBe(0)
    expect(await page.locator('main p').first().getAttribute('style')).toContain('60%')
    expect(await heard(page), 'nothing unasked').toEqual([])
    await page.locator('.listen').click()
    expect(await page.locator('.listen').textContent()).toContain('Dừng đọc')
    const [read] = await heard(page)
    expect(read).toContain((await page.locator('h1').textContent())!)
    expect(read).toContain('Rất hài lòng')
    await page.locator('[data-level="3"]').click()
    await page.locator('.options').waitFor()
    expect(await heard(page), 'a new screen ends it').toEqual([read, 'tone', 'hush'])
    await page.context().close()
  })

  it('are set by an administrator: the hours at the point, the rest at the kiosk', async () => {
    const tabletPage = await tablet()
    let told: { kiosk: { id: string }; point: { code: string } } | null = null
    await tabletPage.route(
      heartbeat,
      async (route) => {
        const response = await whole(route)
        told = ((await response.json()) as { device: NonNullable<typeof told> }).device
        await route.fulfill({ response })
      },
      { times: 1 },
    )
    await tabletPage.reload()
    await expect.poll(() => told).not.toBeNull()
    const { kiosk, point } = told!

    const page = await (await browser.newContext()).newPage()
    await page.goto(`${server.url}/admin/points/${point.code}`)
    await signIn(page)
    await page.locator('#point-hours button').click()
    await page.locator('#point-hours-6').fill('8-12, 11-13')
    await page.locator('button[type=submit]').click()
    await page.locator('#point-hours-6-error').waitFor()
    await page.locator('#point-hours-6').fill('7h30-11h30')
    await page.locator('button[type=submit]').press('Enter')
    await expect.poll(async () => (await api<Point>('GET', `/points/${point.code}`)).hours.length).toBe(11)

    await page.goto(`${server.url}/admin/kiosks/${kiosk.id}`)
    await page.locator('#kiosk-settings-theme').selectOption('contrast')
    await page.locator('#kiosk-settings-sound').check()
    await page.locator('form:has(#kiosk-settings-theme) button[type=submit]').press('Enter')
    await expect.poll(async () => (await api<Kiosk>('GET', `/kiosks/${kiosk.id}`)).settings).toEqual({ ...settings, theme: 'contrast', sound: true })

    await tabletPage.reload()
    await expect.poll(() => tabletPage.locator('html').getAttribute('data-theme')).toBe('contrast')
    await page.context().close()
    await tabletPage.context().close()
  })

  it('can be used with the keyboard alone', async () => {
    const page = await tablet({ fields: 3 })
    const sent = record(page)
    const walkTo = async (selector: string) => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab')
        expect(await unseenFocus(page)).toBe('')
        if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return
      }
      throw new Error(`the keyboard does not come to ${selector}`)
    }
    await walkTo('[data-choice]')
    await page.keyboard.press('Enter')
    await screen(page, 'rate')
    await walkTo('[data-level="5"]')
    await page.keyboard.press('Space')
    await page.locator('.options').waitFor()
    await walkTo('input[value=fast]')
    await page.keyboard.press('Space')
    await walkTo('.actions .primary')
    await page.keyboard.press('Enter')
    await expect.poll(() => sent.length).toBe(1)
    expect(sent[0]).toMatchObject({ field: like.fields[0], answers: { overall: 5, reasons_happy: ['fast'] } })
    await page.context().close()
  })

  it.each(['light', 'contrast'] as const)('choose nothing when a finger slides away, and stand out: %s', async (theme) => {
    const page = await tablet({ settings: { theme } })
    const box = (await page.locator('[data-level="2"]').boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2, 20)
    await page.mouse.up()
    expect(await page.locator('[data-screen=rate]').count()).toBe(1)
    expect(await weakest(page, ['.level .line', 'stroke', '.level .skin', 'fill'])).toBeGreaterThanOrEqual(3)
    await page.locator('[data-level="2"]').press('Enter')
    await page.locator('.options input').first().press('Space')
    await settled(page)
    const boxes: Pair[] = [
      ['.options label:not(:has(:checked)) rect', 'stroke', '.options label:not(:has(:checked))', 'backgroundColor'],
      ['.options :checked + svg rect', 'fill', '.options label:has(:checked)', 'backgroundColor'],
      ['.options :checked + svg path', 'stroke', '.options :checked + svg rect', 'fill'],
      ['.options label:has(:focus-visible)', 'outlineColor', 'body', 'backgroundColor'],
    ]
    for (const pair of boxes) expect(await weakest(page, pair), pair[0]).toBeGreaterThanOrEqual(3)
    await page.context().close()
  })

  it('keep still and keep their edges where the system asks for that', async () => {
    const page = await tablet({}, { forcedColors: 'active', reducedMotion: 'reduce' })
    expect(await page.evaluate(() => document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime === Infinity).length)).toBe(0)
    const edges = await page.locator('[data-level]').evaluateAll((faces) =>
      faces.map((face) => ({ style: getComputedStyle(face).borderTopStyle, width: parseFloat(getComputedStyle(face).borderTopWidth) })),
    )
    expect(edges).toEqual(Array(5).fill({ style: 'solid', width: 2 }))
    const ground = (pressed: boolean) =>
      page.locator(`.languages button[aria-pressed=${pressed}]`).evaluate((button) => getComputedStyle(button).backgroundColor)
    expect(await ground(true)).not.toBe(await ground(false))
    expect(await findings(page, 'forced colours')).toEqual([])
    await page.context().close()
  })
})
