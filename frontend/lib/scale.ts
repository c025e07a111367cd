import type { Cell } from './results'

/** The part of the percent scale that a set of bars shares. */
export interface Scale {
  from: number
  to: number
}

/**
 * A scale that holds every shown interval, index and target of the cells: its ends
 * are multiples of step, it is at least so many steps wide and never beyond 100.
 */
export function scaleOf(cells: Iterable<Cell>, step = 10, steps = 3): Scale {
  let lowest = 100
  let highest = 0
  for (const cell of cells) {
    const values = cell.index === null ? [] : [cell.index, cell.interval?.lower, cell.interval?.upper, cell.target?.percent]
    for (const value of values) {
      if (value === undefined) continue
      lowest = Math.min(lowest, value)
      highest = Math.max(highest, value)
    }
  }
  const to = highest === 0 ? 100 : Math.min(100, Math.ceil((highest + 0.001) / step) * step)
  const from = Math.max(0, Math.min(Math.floor(lowest / step) * step, to - steps * step))
  return { from, to }
}

/** Where a percentage lies on the scale, 0–100 from its left end. */
export function place(scale: Scale, percent: number): number {
  return Math.min(100, Math.max(0, (100 * (percent - scale.from)) / (scale.to - scale.from)))
}
