import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { formatInteger, vietnamDay } from '../lib/format'
import { lastMonths } from '../lib/period'
import { hasBrowser, signIn, startBrowser } from './browser'
import { rate } from './phone'
import { startServer, type Server } from './server'

const agencies = [
  { name: 'Tỉnh Thử Nghiệm', id: 'tinh-thu-nghiem' },
  { name: 'Sở Đất đai', id: 'so-dat-dai', kind: 'department', parent: 'thu nghiem' },
  { name: 'Phường Ưng Hoà', id: 'phuong-ung-hoa', kind: 'commune', parent: 'thu nghiem' },
] as const

const fields = [
  { name: 'Đất đai', id: 'dat-dai' },
  { name: 'Xây dựng', id: 'xay-dung' },
  { name: 'Hộ tịch', id: 'ho-tich' },
  { name: 'Chứng thực', id: 'chung-thuc' },
  { name: 'Đầu tư', id: 'dau-tu' },
] as const

const points = [
  { name: 'Quầy đất đai', agency: 'so dat dai', fields: ['dat-dai'] },
  { name: 'Quầy xây dựng', agency: 'so dat dai', fields: ['xay-dung'] },
  { name: 'Bộ phận Một cửa', agency: 'ung hoa', fields: ['ho-tich', 'chung-thuc'] },
  { name: 'Bàn hướng dẫn', agency: 'ung hoa', fields: [] },
] as const

const [running = '', last = ''] = lastMonths(new Date(), 2)

/** Files of both months, so that the running one has a coverage too; one line names a field that is not there. */
function sheet(): string {
  const rows = [last, running].flatMap((month) => [
    ['so-dat-dai', 'dat-dai', month, '10'],
    ['so-dat-dai', 'xay-dung', month, '1090'],
    ['phuong-ung-hoa', 'ho-tich', month, '100'],
    ['phuong-ung-hoa', 'chung-thuc', month, '50'],
  ])
  const months = (name: string) => name.split('-').reverse().join('/')
  const lines = rows.map(([agency, field, month, files]) => [agency, field, months(month!), files].join(','))
  return ['agency,field,month,files', ...lines, `so-dat-dai,khong-co,${months(last)},5`].join('\n')
}

describe.skipIf(!hasBrowser)('a new province', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    server = await startServer('--demo=false')
    browser = await startBrowser()
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
    page.on('pageerror', (error) => faults.push(String(error)))
    await page.goto(server.url + '/admin')
    await signIn(page)
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  /** Through the menu, as a person goes. */
  async function section(href: string) {
    await page.locator('.nav-trigger').click()
    await page.locator(`.menu a[href="${href}"]`).click()
    await page.waitForURL((url) => url.pathname === href)
  }

  /** Chooses in a list that is found by typing. */
  async function choose(id: string, typed: string) {
    await page.locator(id).fill(typed)
    await page.locator('.combobox-item[data-highlighted]').waitFor()
    await page.keyboard.press('Enter')
  }

  const send = () => page.locator('form button[type=submit]').click()

  it('says what to do first', async () => {
    await page.locator('ol a[href="/admin/agencies"]').waitFor()
    expect(await page.locator('[role=alert]').count()).toBe(0)
  })

  it('gets its agencies, the province first', async () => {
    await section('/admin/agencies')
    for (const agency of agencies) {
      await page.locator('a.button.primary[href="/admin/agencies/new"]').first().click()
      await page.locator('#agency-name-vi').fill(agency.name)
      // The id is made of the name.
      expect(await page.locator('#agency-id').inputValue()).toBe(agency.id)
      if ('parent' in agency) {
        await choose('#agency-parent', agency.parent)
        await page.locator('#agency-kind').selectOption(agency.kind)
      }
      await page.locator('#agency-validFrom').fill('1/7/2025')
      await send()
      await page.locator(`tr[data-id="${agency.id}"]`).waitFor()
    }
    // The tree: the province, then its parts in Vietnamese order. Found without accents.
    expect(await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset['id']))).toEqual([
      'tinh-thu-nghiem',
      'phuong-ung-hoa',
      'so-dat-dai',
    ])
    await page.locator('#list-q').fill('ung hoa')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  })

  it('gets its fields; a mistake is kept beside its item and loses nothing', async () => {
    await section('/admin/fields')
    for (const field of fields) {
      await page.locator('a.button.primary[href="/admin/fields/new"]').first().click()
      await page.locator('#field-name-vi').fill(field.name)
      await send()
      await page.locator(`tr[data-id="${field.id}"]`).waitFor()
    }
    await page.locator('a.button.primary[href="/admin/fields/new"]').first().click()
    await page.locator('#field-name-vi').fill('Đất đai khác')
    await page.locator('#field-id').fill('dat-dai')
    await send()
    await page.locator('.summary:focus').waitFor()
    await page.locator('#field-id-error').waitFor()
    expect(await page.locator('#field-name-vi').inputValue()).toBe('Đất đai khác')
    page.once('dialog', (dialog) => void dialog.accept())
    await page.locator('form a.plain').click()
    await page.waitForURL(/\/admin\/fields$/)
  })

  const codes: string[] = []

  it('gets its service points', async () => {
    for (const point of points) {
      await page.locator('nav a[href="/admin/points"]').click()
      await page.locator('a.button.primary[href="/admin/points/new"]').first().click()
      await choose('#point-agency', point.agency)
      await page.locator('#point-name-vi').fill(point.name)
      for (const field of point.fields) await page.locator(`#point-fields input[value="${field}"]`).check()
      await page.locator('#point-questionnaire').selectOption('quick')
      await send()
      await page.waitForURL(/\/admin\/points\/[0-9A-Z]{10}$/)
      await page.locator('.qr img').waitFor()
      codes.push(page.url().split('/').at(-1)!)
    }
    expect(new Set(codes).size).toBe(points.length)
  })

  it('gets a kiosk, and a code to enrol it with', async () => {
    await section('/admin/kiosks')
    await page.locator('a.button.primary[href="/admin/kiosks/new"]').first().click()
    await page.locator('#kiosk-name').fill('Máy ở sảnh')
    await choose('#kiosk-point', 'mot cua')
    await send()
    await page.waitForURL(/\/admin\/kiosks\/[0-9A-Z]{8}$/)
    await page.locator('aside button.primary').click()
    const code = page.getByTestId('enrolment-code')
    await code.waitFor()
    expect(await code.textContent()).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    expect(await page.locator('[role=timer]').textContent()).toMatch(/(10:00|9:\d\d)/)
  })

  it('gets the files of its months from a CSV file, tried before it is imported', async () => {
    await section('/admin/import')
    await page.locator('input[name=kind][value=volumes]').check()
    const file = { name: 'ho-so.csv', mimeType: 'text/csv', buffer: Buffer.from(sheet()) }
    await page.locator('#import-file').setInputFiles(file)
    await page.locator('.picker > button.primary').click()

    const report = page.getByTestId('report')
    await page.locator('[data-testid=report][data-dry=true]').waitFor()
    expect(await report.locator('[data-count=lines]').textContent()).toBe('9')
    expect(await report.locator('[data-count=rejected]').textContent()).toBe('1')
    expect(await report.locator('tbody tr').textContent()).toContain('field')
    const download = page.waitForEvent('download')
    await report.locator('.tools button').click()
    expect((await download).suggestedFilename()).toMatch(/\.csv$/)

    // Nothing was stored yet; then for real, and the page may be left and found again.
    await section('/admin/volumes')
    await page.locator('.card.empty').waitFor()
    await section('/admin/import')
    await page.locator('.run button.primary').click()
    await page.locator('[data-testid=report][data-dry=false]').waitFor()
    await section('/admin/volumes')
    await page.locator(`tr[data-id="so-dat-dai/${last}"]`).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(4)
    expect(await page.locator(`tr[data-id="so-dat-dai/${last}"] .end`).first().textContent()).toBe('1.100')
  })

  /** The board of the running month, read anew until its headline says how many ratings it has; null: withheld. */
  async function board(n: number | null) {
    const shown = n === null ? '' : String(n)
    await expect
      .poll(
        async () => {
          await page.goto(`${server.url}/admin?period=${running}`)
          await page.locator(`[data-testid=board][data-period="${running}"]`).waitFor()
          return page.getByTestId('headline-n').getAttribute('data-n')
        },
        { timeout: 20_000 },
      )
      .toBe(shown)
  }

  const form = () => `${server.url}/s/${codes[0]}`

  it('keeps a single rating to itself', async () => {
    await rate(browser, form(), 5)
    await board(null)
    expect(await page.getByTestId('headline-index').textContent()).toContain('chưa đủ mẫu')
    expect(await page.getByTestId('headline-coverage').count()).toBe(0)
  })

  it('shows twelve with their index and coverage, and marks what cannot be', async () => {
    // Nine more satisfied and two not: 10 of 12.
    await Promise.all([4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2].map((level) => rate(browser, form(), level)))
    await board(12)
    const text = async (id: string) => (await page.getByTestId(id).textContent())?.replaceAll('\u00a0', ' ')
    expect(await text('headline-index')).toContain('83,33 %')
    expect(await page.getByTestId('headline-satisfied').getAttribute('data-satisfied')).toBe('10')
    const files = 10 + 1090 + 100 + 50
    expect(await text('headline-coverage')).toContain(`12 phiếu / ${formatInteger('vi', files)} hồ sơ`)

    // Twelve ratings of ten files: marked in the field's row, and explained to whoever asks.
    const row = page.locator('section:has(> .head #fields-title) tbody tr', { hasText: 'Đất đai' })
    expect((await row.textContent())?.replaceAll('\u00a0', ' ')).toContain('12 / 10')
    await row.locator('.wide-only .tip-mark').focus()
    const tip = page.locator('.tip')
    await tip.waitFor()
    expect(await tip.textContent()).toContain('10')
    expect(vietnamDay(new Date()).startsWith(running), 'the month did not change meanwhile').toBe(true)
    expect(faults).toEqual([])
  })
})
