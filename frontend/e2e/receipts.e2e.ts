import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Listing, Point } from '../lib/catalogue'
import { hasBrowser, signIn, startBrowser } from './browser'
import { signedIn, startServer, type Api, type Server } from './server'

/** The most that may be loaded before the first question can be answered, as form.e2e.ts has it. */
const firstView = 14_600

describe.skipIf(!hasBrowser)('receipt codes', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let point: Point
  let codes: string[]
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    api = await signedIn(server)
    const { items } = await api<Listing<Point>>('GET', '/points?size=200')
    point = items.find((one) => one.questionnaire === 'quick' && one.fields.length === 1 && one.closed === '')!
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function opened(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 360, height: 780 }, locale: 'vi-VN', ...options })
    contexts.push(context)
    const page = await context.newPage()
    await page.goto(server.url + path)
    return page
  }

  const rate = async (page: Page, level: number) => {
    await page.locator(`label:has(input[name=overall][value="${level}"])`).click()
    await page.locator('button[name=send]').click()
  }

  it('are asked for, made, counted and revoked on the page of the point', async () => {
    const page = await opened(`/admin/points/${point.code}`, { viewport: { width: 1280, height: 900 } })
    await signIn(page)
    await page.locator('#point-receiptCode').selectOption('required')
    await page.locator('form button[type=submit]').first().click()
    await page.locator('.notice.shown').waitFor()

    const make = async (count: string) => {
      await page.locator('aside[aria-labelledby=receipts-title] > button').click()
      await page.locator('#receipts-count').fill(count)
      await page.getByRole('dialog').locator('button[type=submit]').click()
    }
    await make('0')
    await expect.poll(() => page.locator('#receipts-count-error').textContent()).not.toBe('')
    await page.locator('#receipts-count').fill('12')
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').locator('button[type=submit]').click()])
    const rows = (await readFile(await file.path(), 'utf8')).trim().split('\n')
    expect(rows[0]).toBe('code,link,last_day')
    codes = rows.slice(1).map((row) => row.split(',')[0]!)
    expect(codes).toHaveLength(12)
    const batches = page.getByTestId('receipt-batches').locator('li')
    await expect.poll(() => batches.count()).toBe(1)
    expect(await batches.first().textContent()).toContain('còn 12')

    const [second] = await Promise.all([page.waitForEvent('download'), make('11')])
    await second.delete()
    await expect.poll(() => batches.count()).toBe(2)
    await batches.filter({ hasText: '11 mã' }).locator('button').click()
    await page.getByRole('dialog').locator('button.primary').click()
    await expect.poll(() => batches.filter({ hasText: 'Đã thu hồi' }).count()).toBe(1)
  })

  it('rate once, also without scripts, and a mistake keeps the answers', async () => {
    const page = await opened(`/s/${point.code}`, { javaScriptEnabled: false })
    await page.locator('#receipt').fill('0000 0000 000q')
    await page.locator('textarea').fill('Chờ lâu')
    await rate(page, 2)
    const line = page.locator('[role=alert] li a')
    expect(await line.getAttribute('href')).toBe('#receipt')
    expect(await line.textContent()).toContain('không đúng')
    expect(await page.locator('textarea').inputValue()).toBe('Chờ lâu')
    await page.locator('#receipt').fill(codes[0]!.toLowerCase().replaceAll('-', ' '))
    await page.locator('button[name=send]').click()
    await page.waitForURL(/\/thanks/)

    const again = await opened(`/s/${point.code}?r=${codes[0]!}`)
    expect(await again.locator('#receipt').inputValue()).toBe(codes[0])
    await rate(again, 5)
    await again.locator('[role=alert]:focus').waitFor()
    expect(await again.locator('#e-receipt').textContent()).toContain('đã được dùng')
    await again.locator('#receipt').fill(codes[1]!)
    expect(await again.locator('#e-receipt').count()).toBe(0)
    await again.locator('button[name=send]').click()
    await again.locator('dl').waitFor()
  })

  it('go with a form that is kept until there is a network', async () => {
    const page = await opened(`/s/${point.code}?r=${codes[2]!}`)
    await page.context().setOffline(true)
    await rate(page, 4)
    await page.locator('h1:focus').waitFor()
    expect(await page.locator('h1').textContent()).toContain('Đã lưu trên máy này')
    await page.context().setOffline(false)
    await expect.poll(() => page.locator('h1').textContent()).toContain('đã được gửi')
    await expect
      .poll(async () => (await api<Listing<{ used: number | null }>>('GET', `/points/${point.code}/receipts`)).items.map(({ used }) => used).sort())
      .toEqual([0, 3])
  })

  it('leave the form light', async () => {
    const page = await opened('/healthz')
    const session = await page.context().newCDPSession(page)
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength))
    await session.send('Network.enable')
    await page.goto(`${server.url}/s/${point.code}?r=${codes[3]!}`, { waitUntil: 'networkidle' })
    expect(await page.locator('#receipt').count()).toBe(1)
    process.stdout.write(`with a receipt: ${bytes} bytes of ${firstView}\n`)
    expect(bytes).toBeGreaterThan(1000)
    expect(bytes).toBeLessThanOrEqual(firstView)
  })
})
