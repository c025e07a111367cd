import { formatHundredths, formatPercent } from '../../lib/format'
import type { Index, Quarantine } from '../../lib/flags'
import { hundredthsOfPercent } from '../../lib/rounding'
import { language, t } from '../state/language.svelte'

/** The index of some ratings, "—" where there are none, "chưa đủ mẫu" where they are kept back. */
export function indexOf(figure: Index | null): string {
  if (figure === null) return t('value.withheld.minimumN')
  return figure.index === null ? t('value.none') : formatPercent(language.current, figure.index)
}

/** How much higher the index is with suspicious ratings: "+3,52 điểm %"; "—" where it is not known. */
export function difference({ difference: points }: Quarantine): string {
  if (points === null) return t('value.none')
  const hundredths = hundredthsOfPercent(points)
  return t('flags.points', { points: (hundredths > 0 ? '+' : '') + formatHundredths(language.current, hundredths) })
}
