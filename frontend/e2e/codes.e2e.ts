import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasBrowser, readQr, signIn, startBrowser } from './browser'
import { rate } from './phone'
import { signedIn, startServer, type Server } from './server'

describe.skipIf(!hasBrowser)('codes, sheets and invitations', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let code: string

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'vi' })).newPage()
    await page.goto(server.url + '/admin/points')
    await signIn(page)
    const first = page.locator('tr[data-id]').first()
    await first.waitFor()
    code = (await first.getAttribute('data-id'))!
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  /** What the QR code says that a picture shows, once it is there. */
  async function scanned(picture: string): Promise<string | null> {
    const image = page.locator(picture)
    await image.waitFor()
    await expect
      .poll(() => image.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0))
      .toBe(true)
    return readQr(await image.screenshot())
  }

  it('replaces a code, keeps the old one for its days, and lists what has to be printed again', async () => {
    await page.goto(`${server.url}/admin/points/${code}`)
    await page.getByRole('button', { name: 'Đổi mã' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('#grace').fill('400')
    await dialog.getByRole('button', { name: 'Đổi mã' }).click()
    await dialog.locator('.error').waitFor()
    await dialog.locator('#grace').fill('14')
    await dialog.getByRole('button', { name: 'Đổi mã' }).click()
    await page.locator('.former li').waitFor()

    const fresh = (await page.locator('.now').textContent())!.replace('-', '')
    expect(fresh).not.toBe(code)
    await expect.poll(() => scanned('.qr img')).toBe(`${server.url}/s/${fresh}?k=qr`)
    expect((await fetch(`${server.url}/s/${code}`)).status).toBe(200)
    expect((await fetch(`${server.url}/s/${fresh}`)).status).toBe(200)

    // Both sheets of the list: the file of all that wait, and the point's own.
    await page.goto(`${server.url}/admin/points?reprint=true`)
    await page.locator(`tr[data-id="${code}"] .chip.warn`).waitFor()
    expect(await page.locator('tr[data-id]').count()).toBe(1)
    await page.getByRole('button', { name: 'In hàng loạt' }).click()
    const coming = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Tải PDF' }).click()
    const file = await readFile(await (await coming).path())
    expect(file.subarray(0, 5).toString()).toBe('%PDF-')
    expect(file.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(2)

    await page.goto(`${server.url}/admin/points/${code}`)
    await page.locator('#sheet-format').selectOption('stickers')
    const sheet = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Tải PDF' }).click()
    expect((await sheet).suggestedFilename()).toMatch(new RegExp(`^[a-z0-9-]{8,}-${fresh.slice(0, 5)}-${fresh.slice(5)}-stickers\\.pdf$`))

    await page.getByRole('button', { name: 'Đã thay tờ dán' }).click()
    await page.locator('.wait').waitFor({ state: 'detached' })
  })

  it('invites to a campaign by a link of its own', async () => {
    const api = await signedIn(server)
    const { agency } = await api<{ agency: string }>('GET', `/points/${code}`)
    await api('POST', '/campaigns', {
      id: 'quy-4-2026',
      name: { vi: 'Quý IV' },
      kind: 'continuous',
      agency,
      questionnaire: 'quick',
      from: '2025-07-01',
      to: '2099-12-31',
      unit: '',
      strata: [],
    })
    await page.goto(`${server.url}/admin/points/${code}`)
    await page.locator('#invite-campaign').waitFor()
    await page.getByRole('button', { name: 'Tạo liên kết' }).click()
    await page.locator('aside .error').waitFor()
    await page.locator('#invite-campaign').selectOption('quy-4-2026')
    await page.locator('#invite-language').selectOption('en')
    await page.getByRole('button', { name: 'Tạo liên kết' }).click()

    const url = await page.locator('[data-testid=invitation] .link a').getAttribute('href')
    const address = await scanned('[data-testid=invitation] img')
    expect(address).toContain('c=quy-4-2026.')
    expect(url).toBe(address!.replace('&k=qr', ''))
    await rate(browser, url!, 4)
  })
})
