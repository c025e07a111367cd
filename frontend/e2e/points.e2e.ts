import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasBrowser, readQr, signIn, startBrowser } from './browser'
import { startServer, type Server } from './server'

describe.skipIf(!hasBrowser)('service points', () => {
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

  /** A page of a browser of its own, signed in, at an address of the administration. */
  async function signedIn(path: string): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
    await page.goto(server.url + path)
    await signIn(page)
    return page
  }

  it('are created, shown with a readable code, and not overwritten by the slower of two people', async () => {
    const first = await signedIn('/admin/points/new')

    // Everything that is wrong is said at once, and the summary has the focus.
    await first.locator('form button[type=submit]').click()
    await first.locator('.summary:focus').waitFor()
    expect(await first.locator('.summary li').count()).toBe(2)

    await first.locator('#point-agency').fill('xa')
    await first.keyboard.press('Enter')
    await first.locator('#point-name-vi').fill('Quầy thử nghiệm')
    await first.locator('#point-opens').fill('1/2/2099')
    await first.locator('form button[type=submit]').click()
    await first.waitForURL(/\/admin\/points\/[0-9A-Z]{10}$/)
    const code = first.url().split('/').at(-1)!

    await first.locator('.qr img').waitFor()
    await expect.poll(() => first.locator('.qr img').evaluate((img) => (img as HTMLImageElement).complete)).toBe(true)
    expect(readQr(await first.locator('.qr img').screenshot())).toContain(`${server.url}/s/${code}`)

    // A colleague stores a change while the page is open.
    const second = await signedIn(`/admin/points/${code}`)
    await second.locator('#point-name-vi').fill('Quầy của đồng nghiệp')
    await second.locator('form button[type=submit]').click()
    await second.locator('.notice.shown').waitFor()
    expect(await second.locator('#point-name-vi').inputValue()).toBe('Quầy của đồng nghiệp')

    // What was saved is not said beside what is wrong afterwards.
    await second.locator('#point-hours-1').fill('25:00-26:00')
    await second.locator('form button[type=submit]').click()
    await second.locator('.summary:focus').waitFor()
    expect(await second.locator('.notice.shown').count()).toBe(0)

    await first.locator('#point-name-vi').fill('Quầy của tôi')
    await first.locator('form button[type=submit]').click()
    const dialog = first.getByRole('dialog')
    await dialog.waitFor()
    expect(await dialog.locator('tbody tr').count()).toBe(1)
    expect(await dialog.locator('tbody').textContent()).toContain('Quầy của đồng nghiệp')
    await dialog.locator('button.primary').click()
    expect(await first.locator('#point-name-vi').inputValue()).toBe('Quầy của đồng nghiệp')

    // Found again without diacritics.
    await first.goto(`${server.url}/admin/points?q=dong nghiep`)
    await first.locator(`tr[data-id="${code}"]`, { hasText: 'Mở từ 01/02/2099' }).waitFor()
  })
})
