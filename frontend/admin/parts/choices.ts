import type { Agency, Field } from '../../lib/catalogue'
import { searchable, type Text } from '../../lib/language'
import { name } from '../state/language.svelte'
import type { Choice } from './Combobox.svelte'

/** Stands for "no limit" in lists of choices, where an empty value means nothing chosen. */
export const every = '*'

/** Agencies as choices, indented as the tree is. Their order is the server's: the tree's. */
export function agencyItems(agencies: Agency[]): Choice[] {
  const depths = new Map<string, number>()
  return agencies.map((agency) => {
    const depth = (depths.get(agency.parent) ?? -1) + 1
    depths.set(agency.id, depth)
    return { value: agency.id, label: name(agency.name), search: searchable(agency.name), depth }
  })
}

/** Fields as choices: those in use, and those chosen already. */
export function fieldItems(fields: Field[], chosen: string[] = []): Choice[] {
  return fields
    .filter((field) => !field.closed || chosen.includes(field.id))
    .map((field) => ({ value: field.id, label: name(field.name), search: searchable(field.name) }))
}

/** The name of the record with the id among all of its kind, or the id itself. */
export function nameOfId(all: { id: string; name: Text }[], id: string): string {
  const found = all.find((record) => record.id === id)
  return found ? name(found.name) : id
}
