import type { Language } from './language'
import { hundredthsOfPercent, hundredthsOfShare } from './rounding'

/** No-break space: between a number and its percent sign, as Vietnamese writes it. */
const nbsp = '\u00a0'

const marks = {
  vi: { decimal: ',', thousands: '.' },
  en: { decimal: '.', thousands: ',' },
} as const

/** A whole number with its thousands marked: 36.525 (vi), 36,525 (en). */
export function formatInteger(language: Language, value: number): string {
  const sign = value < 0 ? '−' : ''
  const digits = String(Math.abs(Math.trunc(value)))
  return sign + digits.replace(/\B(?=(\d{3})+$)/g, marks[language].thousands)
}

/** A number given in hundredths, with two decimals: 9063 → 90,63. */
export function formatHundredths(language: Language, value: number): string {
  const sign = value < 0 ? '−' : ''
  const abs = Math.abs(value)
  const whole = formatInteger(language, Math.floor(abs / 100))
  return sign + whole + marks[language].decimal + String(abs % 100).padStart(2, '0')
}

function withSign(language: Language, number: string): string {
  return language === 'vi' ? `${number}${nbsp}%` : `${number}%`
}

/** A percentage 0–100 that is not a share of counts, two decimals: 86,91 %. */
export function formatPercent(language: Language, percent: number): string {
  return withSign(language, formatHundredths(language, hundredthsOfPercent(percent)))
}

/** The figure of a result cell, always from its counts: 29 of 32 is 90,63 %. */
export function formatShare(language: Language, satisfied: number, answered: number): string {
  return withSign(language, formatHundredths(language, hundredthsOfShare(satisfied, answered)))
}

/** A promised percentage, without decimals that say nothing: 90 %, 92,5 %. */
export function formatTarget(language: Language, percent: number): string {
  const hundredths = hundredthsOfPercent(percent)
  const text = formatHundredths(language, hundredths)
  const short = hundredths % 100 === 0 ? text.slice(0, -3) : text.replace(/0$/, '')
  return withSign(language, short)
}

/** The two ends of an interval: 83,12 – 88,45 %. */
export function formatRange(language: Language, lower: number, upper: number): string {
  const low = formatHundredths(language, hundredthsOfPercent(lower))
  return `${low}${nbsp}–${nbsp}${formatPercent(language, upper)}`
}

/** A mean of the scale 1–5, two decimals. */
export function formatMean(language: Language, mean: number): string {
  return formatHundredths(language, hundredthsOfPercent(mean))
}

/** A calendar day "2026-09-30" as 30/09/2026, in both languages. */
export function formatDay(day: string): string {
  const [year, month, date] = day.split('-')
  return `${date}/${month}/${year}`
}

const dayShape = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/

/**
 * What a person typed as dd/mm/yyyy (also d/m/yyyy, with / . or -), as
 * "yyyy-mm-dd"; null when it is no day of the calendar.
 */
export function parseDay(text: string): string | null {
  const match = dayShape.exec(text)
  if (match === null) return null
  const [day, month, year] = match.slice(1).map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1 || year < 2000) return null
  return date.toISOString().slice(0, 10)
}

/** What is wrong with what was typed as a day: not written as one, or no day of the calendar (31/02). */
export function dayFault(text: string): 'format' | 'noSuchDay' | null {
  if (parseDay(text) !== null) return null
  return dayShape.test(text) ? 'noSuchDay' : 'format'
}

/** A whole number as a person types it, thousands marked or not: 1250, 1.250, 1,250; null when it is none. */
export function parseCount(text: string): number | null {
  const digits = text.trim()
  if (!/^(\d+|\d{1,3}([.,\s]\d{3})+)$/.test(digits)) return null
  const value = Number(digits.replace(/\D/g, ''))
  return Number.isSafeInteger(value) ? value : null
}

/** A percentage as a person types it, with comma or point and at most two decimals: 92,5; null when it is none. */
export function parsePercent(text: string): number | null {
  const match = /^(\d{1,3})(?:[.,](\d{1,2}))?\s*%?$/.exec(text.trim())
  if (match === null) return null
  // From integers, so that the number is the nearest to what was typed.
  return (Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))) / 100
}

/** A promised percentage as it stands in a form: 92,5 (vi), 92.5 (en). */
export function formatPercentInput(language: Language, percent: number): string {
  return formatTarget(language, percent).replace(/[^\d.,]/g, '')
}

/** Minutes and seconds left of a number of seconds: 9:05. */
export function formatCountdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds))
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

const vietnamOffset = 7 * 60 * 60 * 1000

/** The calendar day in Vietnam at an instant, "yyyy-mm-dd". */
export function vietnamDay(at: Date): string {
  return new Date(at.getTime() + vietnamOffset).toISOString().slice(0, 10)
}

/** An instant as people in Vietnam read it: 14:00 23/11/2026. */
export function formatInstant(instant: string): string {
  const local = new Date(new Date(instant).getTime() + vietnamOffset).toISOString()
  return `${local.slice(11, 16)} ${formatDay(local.slice(0, 10))}`
}

/** The size of a file: 512 B, 34 KB, 12,5 MB. */
export function formatSize(language: Language, bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${formatInteger(language, Math.round(bytes / 1024))} KB`
  return `${formatHundredths(language, Math.round((bytes * 10) / (1024 * 1024)) * 10).slice(0, -1)} MB`
}
