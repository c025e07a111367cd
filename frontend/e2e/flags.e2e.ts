import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { vietnamDay } from '../lib/format'
import { hasBrowser, signIn, startBrowser } from './browser'
import { startServer, until, type Server } from './server'

// From the demo's first day on, whatever day it is.
const period = `2025-07-01..${vietnamDay(new Date())}`

describe.skipIf(!hasBrowser)('suspicious ratings', () => {
  let server: Server
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
    // What the system looks for is flagged a moment after the start.
    await until(async () => server.said('were flagged'), 'nothing was flagged')
    await page.goto(server.url + '/admin')
    await signIn(page)
    await page.locator('.user-trigger').waitFor()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const excluded = async () => Number(await page.getByTestId('excluded').getAttribute('data-n'))
  const onOverview = async () => {
    await page.goto(`${server.url}/admin?period=${period}`)
    const counted = page.locator('[data-testid=headline-n]:not([data-n=""])')
    await counted.waitFor()
    return { n: Number(await counted.getAttribute('data-n')), flags: await page.getByTestId('headline-flags').textContent() }
  }

  it('are cleared by a person with a reason, and count on the overview', async () => {
    const before = await onOverview()
    await page.getByTestId('headline-flags').locator('a').click()
    await page.waitForURL(/\/admin\/flags\?/)
    await page.getByTestId('excluded').waitFor()
    const apart = await excluded()

    await page.locator('#list-flag').selectOption('burst')
    await page.waitForURL(/flag=burst/)
    const row = page.locator('[data-testid=findings][aria-busy=false] tr[data-id$="/burst"]').first()
    const id = await row.getAttribute('data-id')
    const set = Number(await row.getAttribute('data-set'))
    expect(set).toBeGreaterThan(0)

    // Nobody judges without a reason: the item has the focus and says so.
    await row.getByRole('button').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('button[type=submit]').click()
    await dialog.locator('#review-reason:focus[aria-invalid=true]').waitFor()
    await dialog.locator('#review-reason-error').waitFor()
    await page.keyboard.type('Đoàn khách của xã bên')
    await dialog.locator('button[type=submit]').click()
    await page.locator('.notice.shown').waitFor()

    const cleared = page.locator(`[data-testid=findings] tr[data-id="${id}"][data-set="0"]`)
    await cleared.waitFor()
    expect(await cleared.textContent()).toContain('Đoàn khách của xã bên')
    await expect.poll(excluded).toBe(apart - set)

    const after = await onOverview()
    expect(after.n).toBe(before.n + set)
    expect(after.flags).not.toBe(before.flags)
  })

  it('are set aside by a person: those of a point in a span of time', async () => {
    await page.goto(`${server.url}/admin/flags?period=${period}&flag=burst`)
    const row = page.locator('tr[data-set="0"]').first()
    const day = (await row.getAttribute('data-id'))!.split('/')[0]!
    await row.locator('th a').click()
    await page.waitForURL(/point=/)
    await page.locator('button.point').waitFor()

    await page.locator('button.mark').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('button[type=submit]').click()
    await expect.poll(() => dialog.locator('[aria-invalid=true]').count()).toBe(4) // all but the point, which is proposed
    await dialog.locator('#review-day').fill(day.split('-').reverse().join('/'))
    await dialog.locator('#review-from').fill('0:00')
    await dialog.locator('#review-to').fill('24h00')
    await dialog.locator('#review-reason').fill('Thử máy cả ngày')
    await dialog.locator('button[type=submit]').click()
    await page.locator('.notice.shown').waitFor()

    await page.locator('#list-flag').selectOption('marked')
    const marked = page.locator(`tr[data-id^="${day}/"][data-id$="/marked"]`)
    await marked.waitFor()
    expect(Number(await marked.getAttribute('data-set'))).toBeGreaterThan(0)
  })
})
