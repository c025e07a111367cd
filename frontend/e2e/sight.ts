import type { Page } from 'playwright-core'

/** Two colours that lie against each other: selector and CSS property of each. */
export type Pair = [front: string, property: string, back: string, property: string]

/** The lowest contrast ratio of a pair, of every element of the one with the first of the other; 0 where there is none. */
export function weakest(page: Page, pair: Pair): Promise<number> {
  return page.evaluate(([front, own, back, other]) => {
    const luminance = (colour: string) => {
      const [r, g, b] = colour.match(/[\d.]+/g)!.map((part) => {
        const share = Number(part) / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
    }
    const colours = (selector: string, property: string) =>
      Array.from(document.querySelectorAll(selector), (each) => getComputedStyle(each)[property as 'color'])
    const ratios = colours(front, own).map((colour) => {
      const [darker, lighter] = [luminance(colour), luminance(colours(back, other)[0]!)].sort((a, b) => a - b)
      return (lighter! + 0.05) / (darker! + 0.05)
    })
    return ratios.length === 0 ? 0 : Math.min(...ratios)
  }, pair)
}

/** What cannot be seen of the element that has the focus: that it has it, or the element itself; empty: nothing. */
export function unseenFocus(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement!
    if (element === document.body) return '' // on its way around
    // A control that is drawn by its label has the outline there.
    const shown = getComputedStyle(element).opacity === '0' ? element.closest('label')! : element
    const { outlineStyle, outlineWidth } = getComputedStyle(shown)
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return `no outline: ${element.outerHTML.slice(0, 120)}`
    const box = shown.getBoundingClientRect()
    const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
    return above !== null && (shown.contains(above) || above.contains(shown)) ? '' : `covered: ${element.outerHTML.slice(0, 120)}`
  })
}
