import { describe, expect, it } from 'vitest'
import { fold, matches, ranked, slug } from './fold'

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

describe('the best fit comes first', () => {
  const names = ['Cơ sở Y tế', 'Phường Sông Đốc', 'Sông Hinh', 'Chi cục Hải sản Xá', 'Sở Nội vụ', 'Sở Y tế', 'Xã An Phú', 'Ban Soạn thảo']
  it.each([
    ['sở', ['Sở Nội vụ', 'Sở Y tế', 'Sông Hinh', 'Cơ sở Y tế', 'Phường Sông Đốc', 'Ban Soạn thảo']],
    ['xa', ['Xã An Phú', 'Chi cục Hải sản Xá']],
    ['sở y', ['Sở Y tế', 'Cơ sở Y tế']],
    ['te y', ['Cơ sở Y tế', 'Sở Y tế']],
    ['ai', ['Chi cục Hải sản Xá']],
    ['không có', []],
    [' ', names],
  ])('%j', (query, found) => {
    expect(ranked(names, query, (name) => name)).toEqual(found)
  })
})

describe('an id made of a name', () => {
  it.each([
    ['Đất đai', 'dat-dai'],
    ['Lao động - việc làm', 'lao-dong-viec-lam'],
    ['  Sở Y tế (cơ sở 2) ', 'so-y-te-co-so-2'],
    ['…', ''],
    ['a'.repeat(79) + ' b', 'a'.repeat(79)],
  ])('%s', (name, id) => {
    expect(slug(name)).toBe(id)
  })
})
