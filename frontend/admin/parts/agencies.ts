import type { Agency } from '../../lib/catalogue'
import { searchable } from '../../lib/language'
import { name } from '../state/language.svelte'

/** Stands for "no limit" in lists of choices, where an empty value means nothing chosen. */
export const every = '*'

/** Agencies as choices, indented as the tree is. Their order is the server's: the tree's. */
export function agencyItems(agencies: Agency[]): { value: string; label: string; search: string; depth: number }[] {
  const depths = new Map<string, number>()
  return agencies.map((agency) => {
    const depth = (depths.get(agency.parent) ?? -1) + 1
    depths.set(agency.id, depth)
    return { value: agency.id, label: name(agency.name), search: searchable(agency.name), depth }
  })
}
