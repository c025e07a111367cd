import { expect, it } from 'vitest'
import type { Cell } from './results'
import { place, scaleOf } from './scale'

const cell = (index: number | null, lower = 0, upper = 0, target = 90) =>
  ({ index, interval: { lower, upper }, target: { percent: target } }) as unknown as Cell

it.each([
  ['wide cells', [cell(60, 41, 79), cell(95, 93, 97)], { from: 40, to: 100 }],
  ['narrow cells', [cell(91, 90.5, 91.5)], { from: 70, to: 100 }],
  ['low cells', [cell(5, 1, 9, 4)], { from: 0, to: 10 }],
  ['nothing to show', [cell(null)], { from: 70, to: 100 }],
  ['a full house', [cell(100, 96.3, 100)], { from: 70, to: 100 }],
])('%s', (_name, cells, scale) => {
  expect(scaleOf(cells)).toEqual(scale)
})

it('is finer where the cells lie close together', () => {
  expect(scaleOf([cell(89.9, 89.4, 90.4)], 5, 2)).toEqual({ from: 85, to: 95 })
})

it('places a percentage on the scale and never beside it', () => {
  const scale = { from: 60, to: 100 }
  expect(place(scale, 80)).toBe(50)
  expect(place(scale, 10)).toBe(0)
  expect(place(scale, 101)).toBe(100)
})
