import { expect, it } from 'vitest'
import { readFilter, writeFilter } from './filter'

it('an empty address is the default view and stays empty', () => {
  expect(readFilter('')).toMatchObject({ period: '', measure: 'overall', flags: 'exclude' })
  expect(writeFilter(readFilter(''))).toBe('')
  expect(writeFilter(readFilter('?measure=overall&flags=exclude'))).toBe('')
})

it('survives the way to the address and back, in one order', () => {
  const search = '?period=2026-01-05..2026-02-03&agency=so-noi-vu&field=dat-dai&measure=tc&capture=qr&flags=include&campaign=quy-4-2026'
  expect(writeFilter(readFilter(search))).toBe(search)
  expect(writeFilter(readFilter('?flags=include&agency=so-noi-vu'))).toBe('?agency=so-noi-vu&flags=include')
})

it('drops what it does not know', () => {
  expect(writeFilter(readFilter('?utm=x&agency=a'))).toBe('?agency=a')
})
