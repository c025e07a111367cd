import { expect, it } from 'vitest'
import { fold, matches } from './fold'

it.each([
  ['Đất đai', 'dat dai'],
  ['Phường  Ưng Hoà', 'phuong ung hoa'],
  ['SỞ NỘI VỤ', 'so noi vu'],
  ['Sở Nội vụ'.normalize('NFD'), 'so noi vu'],
])('%j folds to %j', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

it('finds words in any order, with or without diacritics', () => {
  expect(matches('Phường Ưng Hoà', 'hoa ung')).toBe(true)
  expect(matches('Phường Ưng Hoà', 'Ưng')).toBe(true)
  expect(matches('Phường Ưng Hoà', '')).toBe(true)
  expect(matches('Phường Ưng Hoà', 'xa')).toBe(false)
})
