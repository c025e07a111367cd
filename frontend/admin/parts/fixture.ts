import type { Board, Cell } from '../../lib/results'

/** A cell as the server sends it: 29 of 32, self-selected, still wavering around 90 %. */
export function cell(part: Partial<Cell> = {}): Cell {
  return {
    measure: 'overall',
    n: 32,
    satisfied: 29,
    answered: 32,
    index: 90.625,
    mean: 4.3,
    interval: { lower: 75.78, upper: 96.76, method: 'wilson', conf: 0.95 },
    target: {
      id: 'agency-2025',
      percent: 90,
      comparator: 'ge',
      deadline: 2025,
      name: { vi: 'Sự phục vụ', en: 'Service' },
      why: 'agency',
    },
    milestone: null,
    plan: 'met',
    bound: {
      verdict: 'open',
      basis: 'selfSelected',
      method: 'clopper_pearson',
      side: 'lower',
      value: 77.44,
      conf: 0.95,
      answersNeeded: 1234,
      reason: null,
    },
    coverage: null,
    withheld: null,
    ruleVersion: '2026.1',
    ...part,
  }
}

/** A withheld cell: null for every number, n included. */
export function withheldCell(): Cell {
  return cell({
    n: null,
    satisfied: null,
    answered: null,
    index: null,
    mean: null,
    interval: null,
    plan: null,
    withheld: 'minimumN',
    bound: { ...cell().bound, verdict: null, side: null, value: null, answersNeeded: null, reason: 'withheld' },
  })
}

/** A cell that nobody has answered yet. */
export function emptyCell(): Cell {
  return { ...withheldCell(), n: 0, satisfied: 0, answered: 0, withheld: null }
}

/** A board of one figure. */
export function board(total: Cell, part: Partial<Board> = {}): Board {
  return {
    synthetic: false,
    ruleVersion: '2026.1',
    measure: 'overall',
    questionnaires: ['quick/1'],
    updatedAt: null,
    period: { name: '2026-Q3', kind: 'quarter', from: '2026-07-01', to: '2026-09-30', closed: true, provisional: false },
    agency: { id: 'tinh', name: { vi: 'Tỉnh' }, kind: 'province' },
    point: null,
    total,
    agencies: [],
    fields: [],
    agencyFields: [],
    measures: [{ measure: 'overall', name: { vi: 'Hài lòng chung' }, cell: total }],
    levels: null,
    flagged: { excluded: 0, with: null },
    ...part,
  }
}
