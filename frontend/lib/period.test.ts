import { describe, expect, it } from 'vitest'
import { customDays, formatMonthShort, formatPeriod, lastClosedQuarter, lastMonths, periodChoices, shiftMonth } from './period'

describe('the name of a period', () => {
  it.each([
    ['2026-Q4', 'Quý IV/2026', 'Q4 2026'],
    ['2026-Q1', 'Quý I/2026', 'Q1 2026'],
    ['2026-09', 'Tháng 9/2026', 'September 2026'],
    ['2026-12', 'Tháng 12/2026', 'December 2026'],
    ['2026', 'Năm 2026', '2026'],
    ['2026-H1', '6 tháng đầu năm 2026', 'First half of 2026'],
    ['2026-H2', '6 tháng cuối năm 2026', 'Second half of 2026'],
    ['2026-01-05..2026-02-03', '05/01/2026 – 03/02/2026', '05/01/2026 – 03/02/2026'],
    ['whatever', 'whatever', 'whatever'],
  ])('%s', (name, vi, en) => {
    expect(formatPeriod('vi', name)).toBe(vi)
    expect(formatPeriod('en', name)).toBe(en)
  })

  it('is short on an axis', () => {
    expect(formatMonthShort('vi', '2026-09')).toBe('9/2026')
    expect(formatMonthShort('en', '2026-09')).toBe('Sep 2026')
  })

  it('gives the days of a custom period only', () => {
    expect(customDays('2026-01-05..2026-02-03')).toEqual({ from: '2026-01-05', to: '2026-02-03' })
    expect(customDays('2026-Q1')).toBeNull()
  })
})

describe('the periods on offer', () => {
  it.each([
    ['2026-11-23T00:00:00Z', '2026-Q3'],
    ['2026-12-31T16:59:59Z', '2026-Q3'],
    ['2026-12-31T17:00:00Z', '2026-Q4'],
    ['2027-03-31T10:00:00Z', '2026-Q4'],
  ])('at %s the last closed quarter is %s', (now, quarter) => {
    expect(lastClosedQuarter(new Date(now))).toBe(quarter)
  })

  it('go back in time from the running one, across years', () => {
    const { quarters, months, halfYears, years } = periodChoices(new Date('2026-02-10T00:00:00Z'))
    expect(quarters.slice(0, 3)).toEqual([
      { name: '2026-Q1', open: true },
      { name: '2025-Q4', open: false },
      { name: '2025-Q3', open: false },
    ])
    expect(months.slice(0, 3).map((m) => m.name)).toEqual(['2026-02', '2026-01', '2025-12'])
    expect(halfYears.slice(0, 3)).toEqual([
      { name: '2026-H1', open: true },
      { name: '2025-H2', open: false },
      { name: '2025-H1', open: false },
    ])
    expect(years.map((y) => y.name)).toEqual(['2026', '2025', '2024'])
  })

  it('leave out what ended before the first ratings', () => {
    const { quarters, months, halfYears, years } = periodChoices(new Date('2026-02-10T00:00:00Z'), '2025-08')
    const names = (choices: { name: string }[]) => choices.map(({ name }) => name)
    expect(names(quarters)).toEqual(['2026-Q1', '2025-Q4', '2025-Q3'])
    expect(names(months)).toEqual(['2026-02', '2026-01', '2025-12', '2025-11', '2025-10', '2025-09', '2025-08'])
    expect(names(halfYears)).toEqual(['2026-H1', '2025-H2'])
    expect(names(years)).toEqual(['2026', '2025'])
  })

  it('always have the running ones', () => {
    const { quarters, years } = periodChoices(new Date('2026-02-10T00:00:00Z'), '2026-05')
    expect([...quarters, ...years].map(({ name }) => name)).toEqual(['2026-Q1', '2026'])
  })

  it.each([
    ['2026-06-30T16:59:59Z', '2026-H1'],
    ['2026-06-30T17:00:00Z', '2026-H2'],
  ])('at %s the running half-year is %s', (now, half) => {
    expect(periodChoices(new Date(now)).halfYears[0]).toEqual({ name: half, open: true })
  })
})

describe('months', () => {
  it('go back across years, in Vietnam time', () => {
    expect(lastMonths(new Date('2026-12-31T17:00:00Z'), 3)).toEqual(['2027-01', '2026-12', '2026-11'])
  })

  it.each([
    ['2026-12', 1, '2027-01'],
    ['2026-01', -1, '2025-12'],
    ['2026-05', 0, '2026-05'],
  ])('%s and %s is %s', (month, by, other) => {
    expect(shiftMonth(month, by)).toBe(other)
  })
})
