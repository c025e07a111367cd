import { existsSync } from 'node:fs'
import jsQR from 'jsqr'
import { chromium, type Browser, type Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { admin } from './server'

/** The machine's own Chromium. */
export const executablePath = process.env['SIPAS_CHROMIUM'] ?? '/usr/bin/chromium'

/** Whether this machine has a browser; without one the browser tests are skipped by name. */
export const hasBrowser = existsSync(executablePath)

/** In containers the tests often run as root, where Chromium's sandbox does not start. */
export const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** Starts the machine's own Chromium, headless. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: sandbox })
}

/** Reads a QR code off the pixels of a screenshot, as a phone's camera would; null when there is none. */
export function readQr(screenshot: Buffer): string | null {
  const { data, width, height } = PNG.sync.read(screenshot)
  return jsQR(new Uint8ClampedArray(data), width, height)?.data ?? null
}

/** Signs the administrator in on a page that asks for it. */
export async function signIn(page: Page): Promise<void> {
  await page.locator('#login-name').fill(admin.name)
  await page.locator('#login-password').fill(admin.password)
  await page.locator('button[type=submit]').click()
}
