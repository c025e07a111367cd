/** A span of opening hours: weekday 1 (Monday) to 7 (Sunday), times "07:30" in Vietnam, the end not included. */
export interface Span {
  day: number
  from: string
  to: string
}

const vietnam = 7 * 3600_000
const dayLength = 24 * 3600_000

/** Whether the instant (milliseconds) comes before a day in Vietnam. */
export function isBefore(instant: number, day: string): boolean {
  return new Date(instant + vietnam).toISOString().slice(0, 10) < day
}

/** Whether the table has the instant (milliseconds) in it. An empty table is not known hours: open. */
export function isOpen(hours: readonly Span[], instant: number): boolean {
  if (hours.length === 0) return true
  const local = new Date(instant + vietnam)
  const day = local.getUTCDay() || 7
  const time = local.toISOString().slice(11, 16)
  return hours.some((span) => span.day === day && span.from <= time && time < span.to)
}

/** The next opening after an instant outside the hours; null where the table is empty. */
export function nextOpening(hours: readonly Span[], instant: number): { day: number; from: string; today: boolean } | null {
  const local = new Date(instant + vietnam)
  const time = local.toISOString().slice(11, 16)
  for (let ahead = 0; ahead <= 7; ahead++) {
    const day = new Date(local.getTime() + ahead * dayLength).getUTCDay() || 7
    const spans = hours.filter((span) => span.day === day && (ahead > 0 || span.from > time))
    const from = spans.map((span) => span.from).sort()[0]
    if (from !== undefined) return { day, from, today: ahead === 0 }
  }
  return null
}

/** Days in a row with the same spans, for a short table; a day without any is closed. */
export interface DayRow {
  first: number
  last: number
  spans: { from: string; to: string }[]
}

/** The week as rows, Monday first. */
export function weekRows(hours: readonly Span[]): DayRow[] {
  const rows: DayRow[] = []
  for (let day = 1; day <= 7; day++) {
    const spans = hours
      .filter((span) => span.day === day)
      .map(({ from, to }) => ({ from, to }))
      .sort((a, b) => a.from.localeCompare(b.from))
    const before = rows.at(-1)
    if (before !== undefined && JSON.stringify(before.spans) === JSON.stringify(spans)) before.last = day
    else rows.push({ first: day, last: day, spans })
  }
  return rows
}

/** Why a typed row of spans is none. */
export type SpanFault = 'format' | 'order' | 'overlap'

const typedSpan = /^(\d{1,2})(?:[:.hg](\d{2})?)?\s*[-–—]\s*(\d{1,2})(?:[:.hg](\d{2})?)?$/i

/** The spans of a day as people type them: "7:30-11:30, 13h30–17h"; nothing is a day off. */
export function readSpans(typed: string): DayRow['spans'] | SpanFault {
  const spans: DayRow['spans'] = []
  for (const part of typed.split(/[,;]/).map((each) => each.trim())) {
    if (part === '') continue
    const [, fromHour, fromMinute = '00', toHour, toMinute = '00'] = typedSpan.exec(part) ?? []
    const from = `${fromHour?.padStart(2, '0')}:${fromMinute}`
    const to = `${toHour?.padStart(2, '0')}:${toMinute}`
    if (fromHour === undefined || from > '24:00' || to > '24:00' || fromMinute > '59' || toMinute > '59') return 'format'
    if (to <= from) return 'order'
    if (spans.some((span) => span.from < to && from < span.to)) return 'overlap'
    spans.push({ from, to })
  }
  return spans
}

/** The spans of one day as people read them: "07:30–11:30, 13:30–17:00". */
export function showSpans(hours: readonly Span[], day: number): string {
  return hours
    .filter((span) => span.day === day)
    .sort((a, b) => a.from.localeCompare(b.from))
    .map(({ from, to }) => `${from}–${to}`)
    .join(', ')
}
