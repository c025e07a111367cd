import { formatHundredths, formatPercent } from '../../lib/format'
import type { Index, Quarantine } from '../../lib/flags'
import { hundredthsOfPercent } from '../../lib/rounding'
import { language, t } from '../state/language.svelte'

/**
 * One of the two indices of a part, "—" where there are no ratings. Kept back it says why: too few
 * of all, "chưa đủ mẫu", or so few flagged that the difference would give them away, "không nêu".
 */
export function indexOf({ withheld }: Quarantine, figure: Index | null): string {
  if (figure === null) return t(`value.withheld.${withheld ?? 'differencing'}`)
  return figure.index === null ? t('value.none') : formatPercent(language.current, figure.index)
}

/** How much higher the index is with suspicious ratings: "+3,52 điểm %"; "—" where it is not known. */
export function difference({ difference: points }: Quarantine): string {
  if (points === null) return t('value.none')
  const hundredths = hundredthsOfPercent(points)
  return t('flags.points', { points: (hundredths > 0 ? '+' : '') + formatHundredths(language.current, hundredths) })
}
