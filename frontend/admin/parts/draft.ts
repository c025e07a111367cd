/** What stands in a form for names and days, and the items both bring to it. */
import { dayFault, formatDay, parseDay } from '../../lib/format'
import type { Text } from '../../lib/language'
import type { Item } from '../state/form.svelte'
import { t } from '../state/language.svelte'

export interface NameDraft {
  vi: string
  en: string
}

export const noName: NameDraft = { vi: '', en: '' }

export function nameDraft(text: Text): NameDraft {
  return { vi: text.vi, en: text.en ?? '' }
}

/** The name as it is sent: without an empty English one. */
export function nameOf({ vi, en }: NameDraft): Text {
  return en.trim() === '' ? { vi: vi.trim() } : { vi: vi.trim(), en: en.trim() }
}

/** What is wrong with a text that must not be empty. */
export function missing(text: string): string | undefined {
  return text.trim() === '' ? t('form.required') : undefined
}

export function nameItems<D extends { name: NameDraft }>(): Item<D>[] {
  return [
    { path: 'name.vi', label: () => t('form.name.vi'), own: ({ name }) => missing(name.vi), say: ({ name }) => name.vi },
    { path: 'name.en', label: () => t('form.name.en'), say: ({ name }) => name.en },
  ]
}

/** A day of the server as people write it; empty stays empty. */
export function dayDraft(day: string): string {
  return day === '' ? '' : formatDay(day)
}

/** What a person typed as the server's day; empty when it is none. */
export function dayOf(text: string): string {
  return parseDay(text) ?? ''
}

/** What is wrong with a day that may be left empty. */
export function dayError(text: string): string | undefined {
  const fault = text.trim() === '' ? null : dayFault(text)
  return fault === null ? undefined : t(`filter.period.${fault}`)
}

/** The item "no longer in use" of records that are closed so. */
export function closedItem<D extends { closed: boolean }>(): Item<D> {
  return { path: 'closed', label: () => t('form.closed'), say: ({ closed }) => t(closed ? 'form.yes' : 'form.no') }
}
