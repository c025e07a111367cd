import { describe, expect, it } from 'vitest'
import {
  formatDay,
  formatInstant,
  formatInteger,
  formatMean,
  formatPercent,
  formatRange,
  formatShare,
  formatTarget,
  parseDay,
  vietnamDay,
} from './format'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('numbers', () => {
  it.each([
    [0, '0', '0'],
    [999, '999', '999'],
    [1000, '1.000', '1,000'],
    [36525, '36.525', '36,525'],
    [1234567, '1.234.567', '1,234,567'],
    [-1234, '−1.234', '−1,234'],
  ])('%d has its thousands marked', (value, vi, en) => {
    expect(formatInteger('vi', value)).toBe(vi)
    expect(formatInteger('en', value)).toBe(en)
  })

  it('writes percentages as the language does', () => {
    expect(plain(formatShare('vi', 29, 32))).toBe('90,63 %')
    expect(formatShare('en', 29, 32)).toBe('90.63%')
    expect(plain(formatPercent('vi', 89.995))).toBe('90,00 %')
    expect(plain(formatRange('vi', 83.1234, 88.45))).toBe('83,12 – 88,45 %')
    expect(formatMean('vi', 4.3251)).toBe('4,33')
  })

  it.each([
    [90, '90 %', '90%'],
    [92.5, '92,5 %', '92.5%'],
    [92.25, '92,25 %', '92.25%'],
    [100, '100 %', '100%'],
  ])('the promise of %d has no idle decimals', (percent, vi, en) => {
    expect(plain(formatTarget('vi', percent))).toBe(vi)
    expect(formatTarget('en', percent)).toBe(en)
  })
})

describe('days', () => {
  it('are written dd/mm/yyyy', () => {
    expect(formatDay('2026-09-30')).toBe('30/09/2026')
  })

  it('are cut in Vietnam, not in UTC', () => {
    expect(vietnamDay(new Date('2026-09-30T16:59:59Z'))).toBe('2026-09-30')
    expect(vietnamDay(new Date('2026-09-30T17:00:00Z'))).toBe('2026-10-01')
    expect(formatInstant('2026-12-31T17:00:00Z')).toBe('00:00 01/01/2027')
  })

  it.each([
    ['05/01/2026', '2026-01-05'],
    ['5/1/2026', '2026-01-05'],
    [' 29.02.2024 ', '2024-02-29'],
    ['29/02/2026', null],
    ['31/04/2026', null],
    ['2026-01-05', null],
    ['01/13/2026', null],
    ['', null],
  ])('%j is read as %j', (text, day) => {
    expect(parseDay(text)).toBe(day)
  })
})
