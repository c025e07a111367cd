/** What stands in a form for weekly opening hours: a line of spans for each day, Monday first. */
import { readSpans, showSpans, type Span } from '../../lib/hours'
import type { Item } from '../state/form.svelte'
import { t } from '../state/language.svelte'

export type HoursDraft = string[]

export const days = [1, 2, 3, 4, 5, 6, 7] as const

export function dayName(day: number): string {
  return t(`day.${day as (typeof days)[number]}`)
}

export const noHours: HoursDraft = days.map(() => '')

/** The hours most offices keep, as a proposal. */
export function officeHours(): HoursDraft {
  return days.map((day) => (day <= 5 ? '07:30–11:30, 13:30–17:00' : ''))
}

export function hoursDraft(hours: Span[]): HoursDraft {
  return days.map((day) => showSpans(hours, day))
}

/** The table as it is sent; a line that cannot be read has stopped the form before. */
export function hoursOf(draft: HoursDraft): Span[] {
  return draft.flatMap((line, i) => {
    const spans = readSpans(line)
    return typeof spans === 'string' ? [] : spans.map((span) => ({ day: i + 1, ...span }))
  })
}

export function hoursItems<D extends { hours: HoursDraft }>(): Item<D>[] {
  return [
    { path: 'hours', label: () => t('point.hours') },
    ...days.map((day): Item<D> => ({
      path: `hours-${day}`,
      label: () => dayName(day),
      own: ({ hours }) => {
        const spans = readSpans(hours[day - 1] ?? '')
        return typeof spans === 'string' ? t(`point.hours.${spans}`) : undefined
      },
      say: ({ hours }) => hours[day - 1] ?? '',
    })),
  ]
}
