import type { Browser } from 'playwright-core'

/** Whoever answers sooner is flagged as too fast to have read the form, and left out of results. */
const readingTime = 2_500

/**
 * One citizen with a phone whose scripts are off: opens the form at an address, reads
 * it, chooses a level of satisfaction and sends. Fails when the form has something chosen already.
 */
export async function rate(browser: Browser, address: string, level: number): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    javaScriptEnabled: false,
    isMobile: true,
  })
  try {
    const phone = await context.newPage()
    await phone.goto(address)
    if ((await phone.locator('input[type=radio]:checked').count()) > 0) throw new Error('something is preselected')
    await phone.locator(`label:has(input[name=overall][value="${level}"])`).click()
    await phone.waitForTimeout(readingTime)
    await phone.locator('button[name=send]').click()
    await phone.waitForURL(/\/thanks/)
  } finally {
    await context.close()
  }
}
