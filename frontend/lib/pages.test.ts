import { expect, it } from 'vitest'
import { pageNumbers } from './pages'

it.each([
  [1, 1, '1'],
  [1, 3, '1 2 3'],
  [1, 9, '1 2 … 9'],
  [3, 9, '1 2 3 4 … 9'],
  [4, 9, '1 2 3 4 5 … 9'],
  [5, 9, '1 … 4 5 6 … 9'],
  [9, 9, '1 … 8 9'],
  [99, 9, '1 … 9'],
])('page %i of %i offers %s', (page, pages, offered) => {
  expect(pageNumbers(page, pages).map((number) => number ?? '…').join(' ')).toBe(offered)
})
