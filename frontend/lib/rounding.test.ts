import { describe, expect, it } from 'vitest'
import { formatHundredths } from './format'
import { hundredthsOfPercent, hundredthsOfShare } from './rounding'
import vectors from './rounding.vectors.json'

describe('two decimals, half up, from integers', () => {
  for (const v of vectors.shares) {
    it(`${v.satisfied} of ${v.answered} is ${v.vi}`, () => {
      const got = hundredthsOfShare(v.satisfied, v.answered)
      expect(got).toBe(v.hundredths)
      expect(formatHundredths('vi', got)).toBe(v.vi)
      expect(formatHundredths('en', got)).toBe(v.en)
    })
  }
  for (const v of vectors.percents) {
    it(`${v.percent} percent is ${v.vi}`, () => {
      expect(hundredthsOfPercent(v.percent)).toBe(v.hundredths)
      expect(formatHundredths('vi', hundredthsOfPercent(v.percent))).toBe(v.vi)
    })
  }
})
