import { formatDay, vietnamDay } from './format'
import type { Language } from './language'

/** The kinds of period a query can name. */
export type PeriodKind = 'month' | 'quarter' | 'halfYear' | 'year' | 'custom'

const romans = ['I', 'II', 'III', 'IV'] as const

const englishMonths = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/**
 * A period as people say it: 2026-Q4 → "Quý IV/2026", 2026-09 → "Tháng 9/2026",
 * 2026-H1 → "6 tháng đầu năm 2026", 2026 → "Năm 2026", a range → "05/01/2026 – 03/02/2026".
 * A name in no known form is given back as it is.
 */
export function formatPeriod(language: Language, name: string): string {
  const vi = language === 'vi'
  let match = /^(\d{4})-Q([1-4])$/.exec(name)
  if (match) return vi ? `Quý ${romans[Number(match[2]) - 1]}/${match[1]}` : `Q${match[2]} ${match[1]}`
  match = /^(\d{4})-H([12])$/.exec(name)
  if (match) {
    if (vi) return `6 tháng ${match[2] === '1' ? 'đầu' : 'cuối'} năm ${match[1]}`
    return `${match[2] === '1' ? 'First' : 'Second'} half of ${match[1]}`
  }
  match = /^(\d{4})-(\d{2})$/.exec(name)
  if (match) return vi ? `Tháng ${Number(match[2])}/${match[1]}` : `${englishMonths[Number(match[2]) - 1]} ${match[1]}`
  if (/^\d{4}$/.test(name)) return vi ? `Năm ${name}` : name
  match = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(name)
  if (match) return `${formatDay(match[1]!)} – ${formatDay(match[2]!)}`
  return name
}

/** A month "2026-09" for the axis of a chart: 9/2026, Sep 2026. */
export function formatMonthShort(language: Language, month: string): string {
  const [year = '', number = ''] = month.split('-')
  return language === 'vi'
    ? `${Number(number)}/${year}`
    : `${englishMonths[Number(number) - 1]?.slice(0, 3)} ${year}`
}

/** The two days of a custom period, or null for any other. */
export function customDays(name: string): { from: string; to: string } | null {
  const [from, to] = name.split('..')
  return from && to ? { from, to } : null
}

const quarterOf = (day: string) => Math.ceil(Number(day.slice(5, 7)) / 3)

/** The last calendar quarter that is over at an instant: the period shown when none is chosen. */
export function lastClosedQuarter(now: Date): string {
  const day = vietnamDay(now)
  const year = Number(day.slice(0, 4))
  const quarter = quarterOf(day)
  return quarter === 1 ? `${year - 1}-Q4` : `${year}-Q${quarter - 1}`
}

/** Periods to choose from, newest first. `open` marks the ones that are not over yet. */
export interface PeriodChoice {
  name: string
  open: boolean
}

/** What may be chosen, kind by kind. */
export interface PeriodChoices {
  quarters: PeriodChoice[]
  months: PeriodChoice[]
  halfYears: PeriodChoice[]
  years: PeriodChoice[]
}

/** The last month of a quarter, month, half-year or year, by its name. */
function lastMonthOf(period: string): string {
  const [year = '', part = ''] = period.split('-')
  const number = Number(part.replace(/\D/g, ''))
  const month = part === '' ? 12 : part.startsWith('Q') ? 3 * number : part.startsWith('H') ? 6 * number : number
  return `${year}-${String(month).padStart(2, '0')}`
}

/**
 * The periods worth offering at an instant; the first of each kind is the running one.
 * `since` is the month of the first ratings, "" where it is not known: what ends before it has none.
 */
export function periodChoices(now: Date, since = ''): PeriodChoices {
  const day = vietnamDay(now)
  const year = Number(day.slice(0, 4))
  const quarters: PeriodChoice[] = []
  for (let i = 0, at = year * 4 + quarterOf(day) - 1; i < 9; i++, at--) {
    quarters.push({ name: `${Math.floor(at / 4)}-Q${(at % 4) + 1}`, open: i === 0 })
  }
  const months = lastMonths(now, 13).map((name, i) => ({ name, open: i === 0 }))
  const halfYears: PeriodChoice[] = []
  for (let i = 0, at = year * 2 + (quarterOf(day) > 2 ? 1 : 0); i < 5; i++, at--) {
    halfYears.push({ name: `${Math.floor(at / 2)}-H${(at % 2) + 1}`, open: i === 0 })
  }
  const years: PeriodChoice[] = []
  for (let i = 0; i < 3; i++) years.push({ name: String(year - i), open: i === 0 })
  const known = (all: PeriodChoice[]) => all.filter(({ name, open }) => open || lastMonthOf(name) >= since)
  return { quarters: known(quarters), months: known(months), halfYears: known(halfYears), years: known(years) }
}

/** The running month and those before it, newest first, by their names: 2026-11, 2026-10 … */
export function lastMonths(now: Date, count: number): string[] {
  const running = vietnamDay(now).slice(0, 7)
  return Array.from({ length: count }, (_, i) => shiftMonth(running, -i))
}

/** The month a number of months after another: 2026-12 and 1 give 2027-01. */
export function shiftMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const at = year * 12 + number - 1 + by
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`
}
