import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasBrowser, signIn, startBrowser } from './browser'
import { rate } from './phone'
import { signedIn, startServer, until, type Api, type Server } from './server'

describe.skipIf(!hasBrowser)('campaigns', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let api: Api
  let code: string
  let agency: string

  /** A day so many from today, as people write it. */
  function day(offset: number): string {
    const at = new Date(Date.now() + (offset * 24 + 7) * 60 * 60 * 1000).toISOString().slice(0, 10)
    return at.split('-').reverse().join('/')
  }

  beforeAll(async () => {
    server = await startServer()
    api = await signedIn(server)
    const point = (await api<{ items: { code: string; agency: string }[] }>('GET', '/points?size=1')).items[0]!
    code = point.code
    agency = point.agency
    browser = await startBrowser()
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'vi' })).newPage()
    await page.goto(server.url + '/admin/campaigns/new')
    await signIn(page)
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  it('makes a sampled campaign with its strata', async () => {
    await page.locator('#campaign-name-vi').fill('Điều tra mẫu')
    await page.locator('#campaign-kind').selectOption('sampled')
    await page.locator('#campaign-from').fill(day(-7))
    await page.locator('#campaign-to').fill(day(7))
    await page.locator('#campaign-questionnaire').selectOption('quick')
    await page.locator('form .actions button[type=submit]').click()
    await page.locator('.summary').waitFor()
    await page.locator('#campaign-strata-0-name-vi').fill('Tầng một')
    expect(await page.locator('#campaign-strata-0-id').inputValue()).toBe('tang-mot')
    await page.locator('#campaign-strata-0-population').fill('5.200')
    await page.locator('#campaign-strata-0-planned').fill('12')
    await page.locator(`#campaign-strata-0-agencies input[value="${agency}"]`).check()
    await page.locator('form .actions button[type=submit]').click()
    await page.waitForURL(server.url + '/admin/campaigns')
    await page.locator('tr[data-id="dieu-tra-mau"] td .chip.good').waitFor()
  })

  it('invites to it and estimates from the answers', async () => {
    await page.goto(`${server.url}/admin/points/${code}`)
    await page.locator('#invite-campaign').selectOption({ label: 'Điều tra mẫu' })
    await page.getByRole('button', { name: 'Tạo liên kết' }).click()
    const url = (await page.locator('[data-testid=invitation] .link a').getAttribute('href'))!
    for (let i = 0; i < 10; i++) await rate(browser, url, i === 0 ? 2 : 5)
    await until(
      async () => (await api<{ total: { n: number | null } }>('GET', '/results/sample?campaign=dieu-tra-mau')).total.n === 10,
      'the answers were not counted',
    )
    await page.goto(`${server.url}/admin/campaigns/dieu-tra-mau`)
    const sample = page.locator('[data-testid=sample]')
    await sample.waitFor()
    const row = sample.locator('tr[data-id="tang-mot"]')
    expect(await row.textContent()).toContain('90,00')
    expect(await sample.locator('.summary').textContent()).toContain('Có 10 phiếu trên 12 phiếu theo kế hoạch')
  })

  it('is chosen on the overview, which else shows the continuous ratings', async () => {
    await page.getByRole('link', { name: 'Xem trên bảng tổng quan' }).click()
    await page.locator('[data-testid=board]').waitFor()
    expect(new URL(page.url()).search).toBe('?campaign=dieu-tra-mau')
    await page.locator('.more-toggle button').click()
    expect(await page.locator('#filter-campaign').inputValue()).toBe('dieu-tra-mau')
    await page.locator('#filter-campaign').selectOption('')
    await page.waitForURL(server.url + '/admin')
  })
})
