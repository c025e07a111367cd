/** Text as search sees it: lower case, without diacritics, đ as d, single spaces. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/đ/g, 'd')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Whether every word of the query is found in the text, diacritics aside. */
export function matches(text: string, query: string): boolean {
  const folded = fold(text)
  return fold(query)
    .split(' ')
    .every((word) => folded.includes(word))
}

/** How well a text fits: it begins with the word, with the letters, some word does, they stand inside; null is not found. */
function rank(text: string, query: string): 0 | 1 | 2 | 3 | null {
  if (!matches(text, query)) return null
  const folded = fold(text)
  const asked = fold(query)
  if (`${folded} `.startsWith(`${asked} `)) return 0
  if (folded.startsWith(asked)) return 1
  const words = folded.split(/[^\p{L}\p{N}]+/u)
  return asked.split(' ').every((part) => words.some((word) => word.startsWith(part))) ? 2 : 3
}

/**
 * The items whose text has every word of the query, the best fit first: names that begin with the
 * words, names that begin with the letters, words that do, then the rest. Equal fits keep their order.
 */
export function ranked<T>(items: readonly T[], query: string, textOf: (item: T) => string): T[] {
  if (fold(query) === '') return [...items]
  return items
    .map((item) => ({ item, rank: rank(textOf(item), query) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => a.rank! - b.rank!)
    .map(({ item }) => item)
}

/** An id made of a name: "Đất đai, xây dựng" gives dat-dai-xay-dung. */
export function slug(text: string): string {
  return fold(text)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80)
    .replace(/-$/, '')
}
