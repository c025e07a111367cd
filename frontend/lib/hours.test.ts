import { describe, expect, it } from 'vitest'
import { isBefore, isOpen, nextOpening, readSpans, showSpans, weekRows, type Span } from './hours'

const week: Span[] = [
  ...[1, 2, 3, 4, 5].flatMap((day) => [
    { day, from: '07:30', to: '11:30' },
    { day, from: '13:30', to: '17:00' },
  ]),
  { day: 6, from: '07:30', to: '11:30' },
]

/** An instant of Vietnam's clock; 23 November 2026 is a Monday. */
const at = (day: number, time: string) => Date.parse(`2026-11-${22 + day}T${time}+07:00`)

describe('opening hours', () => {
  it.each([
    ['before the first', 1, '07:29:59', false],
    ['from the first minute', 1, '07:30:00', true],
    ['to the last', 1, '11:29:59', true],
    ['not at the end', 1, '11:30:00', false],
    ['in the second span', 5, '16:59:00', true],
    ['on the short day', 6, '14:00:00', false],
    ['on a day without', 7, '09:00:00', false],
    ['of the Vietnamese day, still Sunday in UTC', 8, '06:59:59', false],
  ])('%s', (_name, day, time, open) => {
    expect(isOpen(week, at(day, time))).toBe(open)
  })

  it('that are not known are always', () => {
    expect(isOpen([], at(7, '03:00:00'))).toBe(true)
    expect(nextOpening([], at(7, '03:00:00'))).toBeNull()
  })

  it.each([
    ['at noon', 1, '12:00:00', { day: 1, from: '13:30', today: true }],
    ['in the evening', 1, '18:00:00', { day: 2, from: '07:30', today: false }],
    ['at the weekend', 6, '12:00:00', { day: 1, from: '07:30', today: false }],
  ])('come next %s', (_name, day, time, next) => {
    expect(nextOpening(week, at(day, time))).toEqual(next)
  })

  it('of one day a week come again after a week', () => {
    expect(nextOpening([{ day: 2, from: '08:00', to: '09:00' }], at(2, '10:00:00'))).toEqual({ day: 2, from: '08:00', today: false })
  })

  it('are told in rows of days alike', () => {
    expect(weekRows(week).map(({ first, last, spans }) => [first, last, spans.length])).toEqual([
      [1, 5, 2],
      [6, 6, 1],
      [7, 7, 0],
    ])
  })
})

describe('spans as people type them', () => {
  it.each([
    ['', []],
    ['7:30-11:30, 13h30 – 17h', [{ from: '07:30', to: '11:30' }, { from: '13:30', to: '17:00' }]],
    ['8-12;', [{ from: '08:00', to: '12:00' }]],
    ['0:00–24:00', [{ from: '00:00', to: '24:00' }]],
    ['sáng', 'format'],
    ['7:60-8:00', 'format'],
    ['7:30-25:00', 'format'],
    ['24:30-25:00', 'format'],
    ['17:00-8:00', 'order'],
    ['8-8', 'order'],
    ['8-12, 11:30-13', 'overlap'],
    ['8-12, 12-13', [{ from: '08:00', to: '12:00' }, { from: '12:00', to: '13:00' }]],
  ])('%s', (typed, expected) => {
    expect(readSpans(typed)).toEqual(expected)
  })

  it.each([
    ['the last moment of the day before', '2026-11-23T16:59:59.999Z', true],
    ['the first moment of the day', '2026-11-23T17:00:00Z', false],
  ])('%s', (_, instant, before) => {
    expect(isBefore(Date.parse(instant), '2026-11-24')).toBe(before)
    expect(isBefore(Date.parse(instant), '')).toBe(false)
  })

  it('are shown so that they can be read again', () => {
    expect(showSpans(week, 1)).toBe('07:30–11:30, 13:30–17:00')
    expect(showSpans(week, 7)).toBe('')
    expect(readSpans(showSpans(week, 1))).toHaveLength(2)
  })
})
