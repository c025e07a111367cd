import { describe, expect, it } from 'vitest'
import {
  dayFault,
  formatCountdown,
  formatDay,
  formatInstant,
  formatInteger,
  formatMean,
  formatPercent,
  formatPercentInput,
  formatRange,
  formatShare,
  formatSize,
  formatTarget,
  parseCount,
  parseDay,
  parsePercent,
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

describe('numbers that people type', () => {
  it.each([
    ['0', 0],
    ['1250', 1250],
    [' 1.250 ', 1250],
    ['1,250,000', 1250000],
    ['1 250', 1250],
    ['', null],
    ['1.25', null],
    ['-1', null],
    ['1e3', null],
    ['99999999999999999999', null],
  ])('%j as a count is %s', (text, value) => {
    expect(parseCount(text)).toBe(value)
  })

  it.each([
    ['90', 90],
    ['92,5', 92.5],
    ['92.55', 92.55],
    ['84,07 %', 84.07],
    ['0,01', 0.01],
    ['', null],
    ['92,555', null],
    ['chín mươi', null],
  ])('%j as a percentage is %s', (text, value) => {
    expect(parsePercent(text)).toBe(value)
  })

  it.each([
    ['vi', 92.5, '92,5'],
    ['en', 84.07, '84.07'],
    ['vi', 90, '90'],
  ] as const)('a percentage in a form (%s): %s', (language, percent, text) => {
    expect(formatPercentInput(language, percent)).toBe(text)
    expect(parsePercent(text)).toBe(percent)
  })
})

it.each([
  [600, '10:00'],
  [64.2, '1:05'],
  [0.4, '0:01'],
  [-3, '0:00'],
])('%s seconds are left as %s', (seconds, text) => {
  expect(formatCountdown(seconds)).toBe(text)
})

it.each([
  [512, '512 B'],
  [34 * 1024, '34 KB'],
  [12.5 * 1024 * 1024, '12,5 MB'],
])('a file of %s bytes is %s', (bytes, text) => {
  expect(formatSize('vi', bytes)).toBe(text)
})

describe('what is wrong with a day', () => {
  it.each([
    ['31/02/2026', 'noSuchDay'],
    ['1/13/2026', 'noSuchDay'],
    ['2026-02-01', 'format'],
    ['', 'format'],
    ['28/02/2026', null],
  ])('%j', (text, fault) => {
    expect(dayFault(text)).toBe(fault)
  })
})
