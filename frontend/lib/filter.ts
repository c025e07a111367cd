/** What the overview shows, as it stands in the address: an empty string is "not chosen". */
export interface Filter {
  period: string
  agency: string
  field: string
  point: string
  measure: string
  delivery: string
  capture: string
  flags: string
  /** Id of a campaign; "": the ratings of none. */
  campaign: string
}

const names = ['period', 'agency', 'field', 'point', 'measure', 'delivery', 'capture', 'flags', 'campaign'] as const

/** What the server takes when nothing is said; these never stand in the address. */
const defaults: Partial<Filter> = { measure: 'overall', flags: 'exclude' }

/** Reads the filter from an address' search part; the server checks the values. */
export function readFilter(search: string): Filter {
  const params = new URLSearchParams(search)
  const filter = {} as Filter
  for (const name of names) filter[name] = params.get(name) ?? defaults[name] ?? ''
  return filter
}

/** The search part for a filter, "" when nothing is chosen. The order is fixed, so equal filters have equal addresses. */
export function writeFilter(filter: Filter): string {
  return writeSearch(Object.fromEntries(names.map((name) => [name, filter[name] === defaults[name] ? '' : filter[name]])))
}

/** A search part of the parameters that are not empty, with its question mark; "" without any. */
export function writeSearch(values: Record<string, string>): string {
  const search = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== '')).toString()
  return search === '' ? '' : '?' + search
}
