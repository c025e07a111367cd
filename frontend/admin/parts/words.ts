import { formatInteger, formatPercent, formatRange, formatShare, formatTarget } from '../../lib/format'
import { readingOf, type Board, type Cell, type Target } from '../../lib/results'
import { language, name, t } from '../state/language.svelte'

/** Whose figures an answer gives: an agency's, or of one of its points alone. */
export function place({ agency, point }: Pick<Board, 'agency' | 'point'>): string {
  return point ? `${name(point.name)}, ${name(point.agency.name)}` : name(agency.name)
}

/** What is promised: a share of satisfied people, at least or above. */
type Level = Pick<Target, 'comparator' | 'percent'>

/** A promise in words: "tối thiểu 90 %", "trên 90 %". */
export function promise(target: Level): string {
  return t(`target.${target.comparator}`, { percent: formatTarget(language.current, target.percent) })
}

/** A promise as a table has room for it: "≥ 90 %", "> 90 %". */
export function shortPromise({ comparator, percent }: Level): string {
  return `${comparator === 'ge' ? '≥' : '>'}\u00a0${formatTarget(language.current, percent)}`
}

/** A promise with what it is about and why it holds: "tối thiểu 85 % – Đất đai, xây dựng, đầu tư (theo lĩnh vực)". */
export function fullPromise(target: Target): string {
  return `${promise(target)} – ${name(target.name)} (${t(`target.why.${target.why}`)})`
}

/** The figure of a cell: a percentage, "chưa đủ mẫu" or "—". */
export function figure(cell: Cell): string {
  const reading = readingOf(cell)
  if (reading.kind === 'number') return formatShare(language.current, reading.satisfied, reading.answered)
  return t(reading.kind === 'withheld' ? `value.withheld.${reading.rule}` : 'value.none')
}

/** The number of ratings of a cell, "—" where it is withheld. */
export function count(cell: Cell): string {
  return cell.n === null ? t('value.none') : formatInteger(language.current, cell.n)
}

/** Ratings set against files, "120 / 1.250"; "—" where the files are not known. */
export function coverage(cell: Cell): string {
  if (cell.coverage === null || cell.n === null) return t('value.none')
  return `${count(cell)}\u00a0/\u00a0${formatInteger(language.current, cell.coverage.volume)}`
}

/** The random variation of a cell, "—" without one. */
export function range(cell: Cell): string {
  return cell.interval ? formatRange(language.current, cell.interval.lower, cell.interval.upper) : t('value.none')
}

/** A level of confidence between 0 and 1: "95 %". */
export function confidence(conf: number): string {
  return formatTarget(language.current, conf * 100)
}

/** The end of a one-sided bound: "Cận dưới một phía 95 %: 86,91 %"; empty where there is none. */
export function boundValue({ bound }: Cell): string {
  if (bound.side === null || bound.value === null || bound.conf === null) return ''
  return t(`bound.value.${bound.side}`, {
    conf: confidence(bound.conf),
    value: formatPercent(language.current, bound.value),
  })
}

/** The bound as a table has room for it: "cận dưới 86,91 %"; empty where there is none. */
export function shortBound({ bound }: Cell): string {
  if (bound.side === null || bound.value === null) return ''
  return t(`bound.short.${bound.side}`, { value: formatPercent(language.current, bound.value) })
}

/** What the data carry, in words: the verdict, or why there is none. */
export function boundWord({ bound }: Cell): string {
  if (bound.verdict !== null) return t(`bound.${bound.basis}.${bound.verdict}`)
  return t(bound.reason ? `bound.reason.${bound.reason}` : 'bound.reason.short')
}

/** Why a cell shows no number: nobody answered, or the rule that keeps it back; empty where it shows one. */
export function nothing(cell: Cell): string {
  const reading = readingOf(cell)
  if (reading.kind === 'withheld') return t(`withheld.${reading.rule}`, { rule: cell.ruleVersion })
  return reading.kind === 'empty' ? t('value.none.long') : ''
}

/** Everything a small cell has no room for: figure, ratings, random variation and both verdicts. */
export function describe(cell: Cell): string {
  const none = nothing(cell)
  if (none !== '') return none
  const parts = [figure(cell), t('headline.n', { n: count(cell) })]
  if (cell.interval) parts.push(`${t('headline.interval', { conf: confidence(cell.interval.conf) })}: ${range(cell)}`)
  if (cell.target) parts.push(t('target.promise', { promise: promise(cell.target) }))
  if (cell.plan !== null) parts.push(t(`plan.${cell.plan}`))
  parts.push(boundWord(cell), boundValue(cell))
  return parts.filter((part) => part !== '').join('; ')
}
