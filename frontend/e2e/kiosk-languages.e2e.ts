import axe from 'axe-core'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import type { Kiosk, Listing, Point } from '../lib/catalogue'
import type { Submission } from '../lib/outboxStore'
import { hasBrowser, signIn, startBrowser } from './browser'
import { type Api, type Server, signedIn, startServer } from './server'

/** A further language, of which a translator has done the beginning. */
const khmer = {
  name: 'ភាសាខ្មែរ',
  texts: { 'kiosk.invite': 'សូមវាយតម្លៃ', 'kiosk.send': 'ផ្ញើ', 'kiosk.tools.listen': 'ស្តាប់', 'level.4': 'ពេញចិត្ត' },
  questionnaires: { 'quick/1': { 'items/overall': 'តើអ្នកពេញចិត្តទេ?', 'items/reasons_happy/options/fast': 'លឿន' } },
}

describe.skipIf(!hasBrowser)('further languages of the kiosk', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let folder: string
  let kiosk: Kiosk

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sipas-languages-'))
    await writeFile(join(folder, 'km.json'), JSON.stringify(khmer))
    server = await startServer('--languages-dir', folder)
    browser = await startBrowser()
    api = await signedIn(server)
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    const point = items.find(({ questionnaire, closed, fields }) => questionnaire === 'quick' && closed === '' && fields.length <= 1)!
    kiosk = await api<Kiosk>('POST', '/kiosks', { name: 'Kiosk nhiều thứ tiếng', point: point.code })
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** A device with voices for Vietnamese and Khmer, which writes down what it read out. */
  const ears = (page: Page) =>
    page.addInitScript(() => {
      const heard: string[] = []
      Object.assign(globalThis, { heard })
      const voices = ['vi-VN', 'km-KH'].map((lang) => ({ lang, localService: true, name: lang }))
      const synthesis = Object.assign(new EventTarget(), {
        getVoices: () => voices,
        speak: ({ text, lang }: { text: string; lang: string }) => heard.push(`${lang}: ${text}`),
        cancel: () => {},
      })
      Object.defineProperty(globalThis, 'speechSynthesis', { value: synthesis })
      Object.assign(globalThis, {
        SpeechSynthesisUtterance: function (this: { text: string }, text: string) {
          this.text = text
        },
      })
    })

  it('are chosen in the administration, which says what they lack', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${server.url}/admin/kiosks/${kiosk.id}`)
    await signIn(page)
    const choice = page.locator('.language:has(input[value=km])')
    await choice.locator('input').check()
    expect(await choice.textContent()).toMatch(/ភាសាខ្មែរ\s+thiếu \d+ câu/)
    await page.locator('#kiosk-settings-voice').check()
    await page.locator('form:has(#kiosk-settings-theme) button[type=submit]').press('Enter')
    await expect.poll(async () => (await api<Kiosk>('GET', `/kiosks/${kiosk.id}`)).settings).toMatchObject({ languages: ['vi', 'en', 'km'], voice: true })

    await choice.locator('a').click()
    const listed = page.getByTestId('language-km')
    await listed.locator('summary').click()
    const rows = await listed.locator('tbody').textContent()
    expect(rows).toContain('kiosk.thanks.next')
    expect(rows).not.toContain('kiosk.send')
    expect(rows).not.toContain('staff.')
    await page.context().close()
  })

  it('stand on the screen without a network, in Vietnamese where they lack words, and say so', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    const first = await context.newPage()
    await first.goto(`${server.url}/kiosk`)
    const { shownCode } = await api<{ shownCode: string }>('POST', `/kiosks/${kiosk.id}/enrolment`)
    await first.locator('#enrol-code').fill(shownCode)
    await first.locator('form .primary').press('Enter')
    await first.locator('[data-screen=rate]').waitFor()
    await first.evaluate(() => navigator.serviceWorker.ready.then(() => {}))
    await first.close()

    await context.setOffline(true)
    const page = await context.newPage()
    await ears(page)
    await page.goto(`${server.url}/kiosk`)
    await page.locator('[data-screen=rate]').waitFor()
    expect(await page.locator('main p').first().locator('span').allTextContents()).toEqual(['Xin mời Ông/Bà đánh giá', 'Please rate our service', khmer.texts['kiosk.invite']])
    await page.locator('button[lang=km]').press('Enter')
    await page.locator('html[lang=km]').waitFor()

    expect(await page.locator('h1').innerHTML()).not.toContain('lang=')
    expect(await page.locator('h1').textContent()).toContain('តើអ្នកពេញចិត្តទេ?')
    expect(await page.locator('[data-level="4"]').textContent()).toContain('ពេញចិត្ត')
    expect(await page.locator('[data-level="5"] [lang=vi]').textContent()).toBe('Rất hài lòng')
    expect(await page.locator('.hint [lang=vi]').textContent()).toContain('Xin chạm')
    expect(await page.locator('#kiosk').textContent(), 'no key is shown').not.toMatch(/\b(kiosk|level|tools|rate|items)\.\w/)

    await page.locator('.listen').press('Enter')
    const heard = await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)
    expect(heard[0]).toBe('km-KH: តើអ្នកពេញចិត្តទេ?')
    expect(heard).toContain('km-KH: ពេញចិត្ត')
    expect(heard.filter((each) => each.includes('Rất hài lòng'))).toEqual(['vi-VN: Rất hài lòng'])

    const axeFindings = async () => {
      await page.evaluate(axe.source)
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
    }
    expect(await axeFindings()).toEqual([])
    await page.locator('[data-level="4"]').press('Enter')
    await page.locator('.options').waitFor()
    expect(await page.locator('label:has(input[value=fast])').textContent()).toContain('លឿន')
    await page.locator('input[value=fast]').press('Space')
    expect(await axeFindings()).toEqual([])
    const sent = page.waitForRequest('**/api/v1/responses')
    await page.locator('.actions .primary').press('Enter')
    await context.setOffline(false)
    const { responses } = (await sent).postDataJSON() as { responses: Submission[] }
    expect(responses[0]).toMatchObject({ language: 'km', answers: { overall: 4, reasons_happy: ['fast'] } })
    await page.locator('footer[data-waiting="0"][data-aside="0"]').waitFor()
    await page.locator('html[lang=vi]').waitFor()

    // What staff read is in a language of the program.
    await page.locator('button[lang=km]').press('Enter')
    await page.locator('html[lang=km]').waitFor()
    await page.keyboard.press('Control+Alt+S')
    expect(await page.locator('[role=dialog]').getAttribute('lang')).toBe('vi')
    expect(await page.locator('[role=dialog] h1').textContent()).toBe('Dành cho nhân viên')
    await context.close()
  })
})
