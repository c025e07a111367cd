import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromium, type Browser } from 'playwright-core'
import { PNG } from 'pngjs'
import type { Kiosk, Listing, Point } from '../lib/catalogue'
import { executablePath, hasBrowser, sandbox, signIn } from './browser'
import { type Api, type Server, signedIn, startServer } from './server'

/** The size of the camera's picture. */
const [width, height] = [640, 480]

/** A film of one picture, as a camera that looks at a screen takes it: YUV4MPEG2, grey. */
function film(screenshot: Buffer): Buffer {
  const { data, width: columns, height: rows } = PNG.sync.read(screenshot)
  const luma = Buffer.alloc(width * height, 160)
  const [left, top] = [(width - columns) >> 1, (height - rows) >> 1]
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) luma[(y + top) * width + x + left] = 16 + data[4 * (y * columns + x)]! * 0.86
  }
  const chroma = Buffer.alloc((width * height) / 2, 128)
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\nFRAME\n`), luma, chroma])
}

describe.skipIf(!hasBrowser)('a camera', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sipas-camera-'))
    server = await startServer()
    browser = await chromium.launch({
      executablePath,
      args: [...sandbox, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${join(folder, 'film.y4m')}`],
    })
    api = await signedIn(server)
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('that looks at the code on the screen of the administration enrols the tablet', async () => {
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    const point = items.find(({ questionnaire, closed, fields }) => questionnaire === 'quick' && closed === '' && fields.length <= 1)!
    const kiosk = await api<Kiosk>('POST', '/kiosks', { name: 'Kiosk có máy ảnh', point: point.code })
    const desk = await (await browser.newContext({ viewport: { width: 1280, height: 1600 } })).newPage()
    await desk.goto(`${server.url}/admin/kiosks/${kiosk.id}`)
    await signIn(desk)
    await desk.locator('aside .button.primary').click()
    await writeFile(join(folder, 'film.y4m'), film(await desk.getByTestId('enrolment-qr').screenshot()))

    const page = await (await browser.newContext()).newPage()
    page.setDefaultTimeout(30_000)
    await page.goto(`${server.url}/kiosk`)
    await page.getByRole('button', { name: 'Quét mã QR' }).click()
    expect(await page.getByTestId('enrol-point').textContent()).toBe(point.name.vi)
    expect(await page.locator('video').count(), 'the camera is let go').toBe(0)
    await page.locator('form .primary').click()
    await page.locator('[data-screen=rate]').waitFor()
    await expect.poll(async () => (await api<Kiosk>('GET', `/kiosks/${kiosk.id}`)).state).toBe('enrolled')
  })
})
