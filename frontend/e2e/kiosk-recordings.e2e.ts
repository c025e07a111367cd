import axe from 'axe-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Kiosk, Listing, Point } from '../lib/catalogue'
import { hasBrowser, signIn, startBrowser } from './browser'
import { type Api, type Server, signedIn, startServer } from './server'

/** A tone as a WAV file: 8,000 samples a second, 8 bits each. */
function wav(milliseconds: number, wave: number): Buffer {
  const samples = Buffer.from(Array.from({ length: 8 * milliseconds }, (_, i) => 128 + 60 * Math.sign((i % wave) - wave / 2)))
  const header = Buffer.alloc(44)
  header.write('RIFF')
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // plain samples
  header.writeUInt16LE(1, 22) // one channel
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

describe.skipIf(!hasBrowser)('recordings', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let kiosk: Kiosk
  let desk: Page
  let context: BrowserContext

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    api = await signedIn(server)
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    const point = items.find(({ questionnaire, closed, fields }) => questionnaire === 'quick' && closed === '' && fields.length <= 1)!
    const settings = { theme: 'light', languages: ['vi', 'en'], voice: true, sound: false, volume: 60, brightness: 100 }
    kiosk = await api<Kiosk>('POST', '/kiosks', { name: 'Kiosk biết nói', point: point.code, settings })
    desk = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    context.setDefaultTimeout(30_000)
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const upload = async (prompt: string, name: string, buffer: Buffer) => {
    const answer = desk.waitForResponse((response) => response.url().includes(`/recordings/vi/${prompt}`))
    await desk.locator(`[data-prompt="${prompt}"] input[type=file]`).setInputFiles({ name, mimeType: 'audio/mpeg', buffer })
    return (await answer).status()
  }

  /** A page of the kiosk that writes down what it plays; nothing on this device has a voice. */
  async function tablet(): Promise<Page> {
    const page = await context.newPage()
    await page.addInitScript(() => {
      const played: { seconds: number; volume: number; error: string }[] = []
      Object.assign(globalThis, { played })
      const play = HTMLMediaElement.prototype.play
      HTMLMediaElement.prototype.play = async function () {
        const error = await play.call(this).then(() => '', String)
        played.push({ seconds: this.duration, volume: this.volume, error })
      }
      Object.defineProperty(globalThis, 'speechSynthesis', { value: Object.assign(new EventTarget(), { getVoices: () => [] }) })
    })
    await page.goto(`${server.url}/kiosk`)
    return page
  }
  const played = (page: Page) => page.evaluate(() => (globalThis as unknown as { played: { seconds: number; volume: number; error: string }[] }).played)

  it('are uploaded, heard, replaced and deleted in the administration', async () => {
    await desk.goto(`${server.url}/admin/recordings`)
    await signIn(desk)
    await desk.locator('[data-prompt=thanks]').waitFor()
    expect(await upload('thanks', 'cam-on.mp3', Buffer.from('<html>no audio</html>'))).toBe(422)
    await desk.locator('[data-prompt=thanks] [role=alert]').waitFor()
    expect(await upload('invite', 'moi.wav', wav(200, 20))).toBe(200)
    expect(await upload('quick.1.overall', 'cau-hoi.wav', wav(400, 30))).toBe(200)
    const invite = desk.locator('[data-prompt=invite]')
    await invite.locator('button').first().click()
    await invite.locator('audio').waitFor()
    await expect.poll(() => invite.locator('audio').evaluate((audio: HTMLAudioElement) => audio.duration)).toBeCloseTo(0.2)
    expect(await upload('invite', 'moi.wav', wav(300, 20))).toBe(200)
    await expect.poll(() => desk.locator('.page [role=status]').first().textContent()).toMatch(/^2 \//)
    await desk.evaluate(axe.source)
    const { violations } = await desk.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run('.page'))
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })

  it('are played by the kiosk instead of a voice, in the order of the screen', async () => {
    const page = await tablet()
    const { shownCode } = await api<{ shownCode: string }>('POST', `/kiosks/${kiosk.id}/enrolment`)
    await page.locator('#enrol-code').fill(shownCode)
    await page.locator('form .primary').press('Enter')
    await page.locator('[data-screen=rate]').waitFor()
    await page.locator('.listen').press('Enter')
    await expect.poll(() => played(page)).toHaveLength(2)
    const [first, second] = await played(page)
    expect(first).toMatchObject({ volume: 0.6, error: '' })
    expect(first!.seconds).toBeCloseTo(0.3)
    expect(second!.seconds).toBeCloseTo(0.4)
    await page.locator('.listen', { hasText: 'Nghe câu hỏi' }).waitFor()

    // In English nothing was recorded, and the device has no voice.
    await page.locator('button[lang=en]').press('Enter')
    await page.locator('html[lang=en]').waitFor()
    expect(await page.locator('.listen').count()).toBe(0)
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}))
    await page.close()
  })

  it('are played after a cold start without a connection, and are gone once they are deleted', async () => {
    await context.setOffline(true)
    const page = await tablet()
    await page.locator('[data-screen=rate]').waitFor()
    await page.locator('.listen').press('Enter')
    await expect.poll(() => played(page)).toHaveLength(2)
    expect((await played(page)).map(({ error }) => error)).toEqual(['', ''])
    // A citizen who goes on hears no more of the screen before.
    await page.locator('[data-level="4"]').press('Enter')
    await page.locator('.options').waitFor()
    expect(await page.locator('.listen').count(), 'of this question there is no recording').toBe(0)
    await page.locator('.actions .button').press('Enter')
    await page.locator('[data-screen=thanks] .button').press('Enter')
    await page.locator('[data-screen=rate]').waitFor()

    for (const prompt of ['invite', 'quick.1.overall']) {
      await desk.locator(`[data-prompt="${prompt}"] .danger`).click()
      await desk.locator('.modal .primary').click()
      await desk.locator(`[data-prompt="${prompt}"] .danger`).waitFor({ state: 'detached' })
    }
    await context.setOffline(false)
    await page.locator('.listen').waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate(async () => (await (await caches.open('sipas-recordings')).keys()).length)).toBe(0)
    await page.close()
  })
})
