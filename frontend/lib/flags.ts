/** Suspicious ratings: the answers of /api/v1/results/quality and /api/v1/flags, as the server sends them. */
import type { Text } from './language'
import type { Board, Withheld } from './results'

export const flags = ['clock', 'stalePage', 'fast', 'burst', 'run', 'straightLine', 'duplicate', 'impossible', 'marked', 'trap', 'outOfHours'] as const
export type Flag = (typeof flags)[number]

export interface FlagInfo {
  id: Flag
  name: Text
  /** Ratings with it stay in the results. */
  informative: boolean
}

export interface Index {
  n: number
  index: number | null
}

/** The figure without suspicious ratings beside that with them. Where a publication rule keeps something back, it is null. */
export interface Quarantine {
  flagged: Partial<Record<Flag, number>> | null
  excluded: number | null
  share: number | null
  without: Index | null
  with: Index | null
  difference: number | null
  withheld: Withheld | null
}

export interface AgencyQuality extends Quarantine {
  id: string
  name: Text
  depth: number
}

export interface PointQuality extends Quarantine {
  code: string
  name: Text
  agency: string
}

export interface Quality extends Pick<Board, 'synthetic' | 'ruleVersion' | 'period' | 'agency' | 'point'> {
  flags: FlagInfo[]
  total: Quarantine
  agencies: AgencyQuality[]
  points: PointQuality[]
}

/** The ratings of a point and a day that bear a flag, or bore it until a person took it away. */
export interface Finding {
  day: string
  point: string
  pointName: Text
  agency: string
  agencyName: Text
  flag: Flag
  set: number
  cleared: number
  signal: string
  score: number | null
  judged: { by: string; at: string; set: boolean; reason: string } | null
}

/** A person's judgement on one flag of the ratings of a point, given from one instant on and before another. */
export interface Review {
  point: string
  from: string
  to: string
  flag: Flag
  set: boolean
  reason: string
}

/** A row of the table of agencies and points. */
export interface QualityRow {
  /** Of an agency, or the code of a point. */
  id: string
  kind: 'agency' | 'point'
  name: Text
  depth: number
  figures: Quarantine
}

/** Whether it may be told that a part has flagged ratings. */
const bearing = ({ flagged }: Quarantine) => flagged !== null && Object.keys(flagged).length > 0

/** The agencies that are known to have flagged ratings in tree order, each followed by its own such points. */
export function qualityRows({ agency, agencies, points }: Pick<Quality, 'agency' | 'agencies' | 'points'>): QualityRow[] {
  const own = (id: string, depth: number): QualityRow[] =>
    points
      .filter((point) => point.agency === id && bearing(point))
      .map((point) => ({ id: point.code, kind: 'point', name: point.name, depth, figures: point }))
  return [
    ...own(agency.id, 1),
    ...agencies.filter(bearing).flatMap((row): QualityRow[] => [
      { id: row.id, kind: 'agency', name: row.name, depth: row.depth, figures: row },
      ...own(row.id, row.depth + 1),
    ]),
  ]
}

const minute = 60_000

/** A time of day as a person types it, in minutes: 8:30, 08:30, 8h30, 8h; 24:00 is the end of the day. null when it is none. */
export function parseTime(text: string): number | null {
  const match = /^\s*(\d{1,2})\s*(?:[:.h]\s*(\d{2})?)\s*$/i.exec(text)
  if (match === null) return null
  const [hours, minutes] = [Number(match[1]), Number(match[2] ?? '0')]
  const total = hours * 60 + minutes
  return minutes < 60 && total <= 24 * 60 ? total : null
}

/** The instant so many minutes into a day of Vietnam, as the server reads it. */
export function instantOf(day: string, minutes: number): string {
  return new Date(Date.parse(`${day}T00:00:00+07:00`) + minutes * minute).toISOString()
}

/** The whole of a day of Vietnam. */
export function wholeDay(day: string): Pick<Review, 'from' | 'to'> {
  return { from: instantOf(day, 0), to: instantOf(day, 24 * 60) }
}
