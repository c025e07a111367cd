/** The answers of /api/v1/results, as the server sends them. Percentages are 0–100, unrounded. */
import type { Comparator } from './catalogue'
import type { Text } from './language'
import type { PeriodKind } from './period'

export interface Interval {
  lower: number
  upper: number
  method: string
  conf: number
}

export interface Target {
  id: string
  percent: number
  comparator: Comparator
  deadline: number
  name: Text
  why: 'agency' | 'sector' | 'field' | 'procedure' | 'delivery'
}

export type Plan = 'met' | 'notMet'
export type BoundVerdict = 'above' | 'below' | 'open'
export type BoundReason = 'periodOpen' | 'customPeriod' | 'noTarget' | 'withheld' | 'tooFew' | 'notEstimated'

export interface Bound {
  verdict: BoundVerdict | null
  basis: 'probability' | 'selfSelected'
  method: string | null
  side: 'lower' | 'upper' | null
  value: number | null
  conf: number | null
  answersNeeded: number | null
  reason: BoundReason | null
}

/** One figure. A withheld cell has null for every number, n included. */
/** The publication rule that keeps a figure back. */
export type Withheld = 'minimumN' | 'secondary' | 'differencing'

export interface Cell {
  measure: string
  n: number | null
  satisfied: number | null
  answered: number | null
  index: number | null
  mean: number | null
  interval: Interval | null
  target: Target | null
  milestone: Target | null
  plan: Plan | null
  bound: Bound
  coverage: Coverage | null
  withheld: Withheld | null
  ruleVersion: string
}

/**
 * Respondents set against the files handled, percent. `share` is null where no files are
 * counted at all; `impossible` marks more respondents than files: one of the two counts is wrong.
 */
export interface Coverage {
  volume: number
  share: number | null
  impossible: boolean
}

export interface AgencyRow {
  id: string
  name: Text
  kind: string
  level: string
  parent: string
  depth: number
  cell: Cell
}

export interface FieldRow {
  id: string | null
  name: Text
  cell: Cell
}

export interface PairRow {
  agency: string
  field: string | null
  cell: Cell
}

export interface MeasureRow {
  measure: string
  name: Text
  cell: Cell
}

export type Levels = Record<'1' | '2' | '3' | '4' | '5', number>

export interface AgencyInfo {
  id: string
  name: Text
  kind: string
}

export interface PointInfo {
  code: string
  name: Text
  agency: AgencyInfo
}

export interface Board {
  synthetic: boolean
  ruleVersion: string
  measure: string
  questionnaires: string[]
  updatedAt: string | null
  period: { name: string; kind: PeriodKind; from: string; to: string; closed: boolean; provisional: boolean }
  agency: AgencyInfo
  /** The only point the figures are of; null: all of the agency. */
  point: PointInfo | null
  total: Cell
  agencies: AgencyRow[]
  fields: FieldRow[]
  agencyFields: PairRow[]
  measures: MeasureRow[]
  levels: Levels | null
  flagged: { excluded: number | null; with: Cell | null }
}

/** How far an estimate may be off by the chance of who was drawn. Percentage points, but for the interval. */
export interface Precision {
  se: number
  /** Null where all answers agree, which is no certainty. */
  margin: number | null
  interval: Interval
  effectiveN: number
  designEffect: number | null
  df: number
}

/** An estimate for the whole frame of a sample, or of a stratum. */
export interface SampleFigure {
  n: number | null
  index: number | null
  precision: Precision | null
  unweighted: { index: number; precision: Precision | null } | null
  target: Target | null
  milestone: Target | null
  plan: Plan | null
  bound: Bound
  withheld: Withheld | null
  /** Why there is no index or else no precision, and the strata it is about. */
  reason: 'withheld' | 'noAnswers' | 'moreThanFrame' | 'loneCluster' | 'clustersWithheld' | null
  strata: string[]
}

export interface SampleStratum {
  id: string
  name: Text
  population: number
  planned: number
  clusters: number | null
  drawn: number | null
  share: number
  weight: number | null
  fraction: number | null
  response: number | null
  figure: SampleFigure
}

/** What a sampled campaign says of everybody in its frame. */
export interface Sample {
  ruleVersion: string
  measure: string
  summary: Text
  campaign: { id: string; population: number; planned: number; response: number | null }
  total: SampleFigure
  strata: SampleStratum[]
  measures: { measure: string; name: Text; figure: SampleFigure }[]
}

/** One question for reasons; a withheld one has null for every number. */
export interface ReasonQuestion {
  id: 'reasons_unhappy' | 'reasons_happy'
  text: Text
  levels: number[]
  /** Respondents to whom it was shown, whether or not they ticked anything. */
  n: number | null
  withheld: Withheld | null
  /** The most often ticked first, withheld ones last. */
  reasons: {
    id: string
    name: Text
    count: number | null
    share: number | null
    interval: Interval | null
    withheld: Withheld | null
  }[]
}

export interface Reasons {
  ruleVersion: string
  questions: ReasonQuestion[]
}

export interface TrendMonth {
  month: string
  cell: Cell
  provisional: boolean
  /** Null where the month is not judged. */
  limits: { lower: number; upper: number } | null
}

export type ControlChart = 'p' | 'laney' | 'runs' | 'ewma' | 'cusum'

/** Months that are not as usual, with the chart and the rule that say so. */
export interface Signal {
  chart: ControlChart
  rule: 'outsideLimits' | 'decisionInterval' | 'longRun' | 'fewCrossings'
  side: 'high' | 'low' | null
  month: string
  to: string
  acrossBreak: boolean
}

/** The first month that is measured otherwise than those before. */
export interface SeriesBreak {
  month: string
  kind: 'questionnaire' | 'capture' | 'delivery' | 'points' | 'agencies'
  /** Shares in percent of the month's ratings; null where no board shows them. */
  changes: { id: string; name: Text; from: number | null; to: number | null }[]
}

export interface Trend {
  synthetic: boolean
  ruleVersion: string
  measure: string
  agency: { id: string; name: Text; kind: string }
  from: string
  to: string
  months: TrendMonth[]
  watch: { chart: ControlChart; center: number; baselineFrom: string; baselineTo: string; complete: boolean } | null
  signals: Signal[]
  breaks: SeriesBreak[]
}

/**
 * How a cell reads: a number, withheld ("chưa đủ mẫu"), or nothing asked yet ("—").
 * No answers give no index, never 0 %.
 */
export type Reading =
  | { kind: 'number'; satisfied: number; answered: number; index: number }
  | { kind: 'withheld'; rule: Withheld }
  | { kind: 'empty' }

export function readingOf(cell: Cell): Reading {
  if (cell.withheld !== null) return { kind: 'withheld', rule: cell.withheld }
  if (!cell.answered || cell.satisfied === null) return { kind: 'empty' }
  return {
    kind: 'number',
    satisfied: cell.satisfied,
    answered: cell.answered,
    index: (100 * cell.satisfied) / cell.answered,
  }
}
