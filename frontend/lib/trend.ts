import type { EChartsCoreOption } from 'echarts/core'
import { formatHundredths, formatInteger, formatPercent, formatRange, formatShare, formatTarget } from './format'
import { translate } from './i18n'
import type { Language } from './language'
import { formatMonthShort, formatPeriod } from './period'
import { readingOf, type SeriesBreak, type Signal, type Trend, type TrendMonth } from './results'
import { hundredthsOfShare } from './rounding'
import { scaleOf } from './scale'

const colours = { index: '#0b4f63', band: 'rgba(11, 79, 99, 0.16)', target: '#9a5b00', signal: '#a3201d', text: '#45555e', line: '#d9e0e4' }

/**
 * The months from the first that has ratings; what lies before the survey began is
 * no gap. Empty when no month has any.
 */
export function shownMonths(trend: Trend): TrendMonth[] {
  const first = trend.months.findIndex((month) => readingOf(month.cell).kind !== 'empty')
  return first < 0 ? [] : trend.months.slice(first)
}

/** What a signal says of its months. */
export function signalSentence(language: Language, signal: Signal): string {
  const month = (name: string) => formatMonthShort(language, name)
  const when =
    signal.month === signal.to
      ? translate(language, 'trend.in', { from: month(signal.month) })
      : translate(language, 'trend.from', { from: month(signal.month), to: month(signal.to) })
  return translate(language, signal.acrossBreak ? 'trend.signal.across' : 'trend.signal.sentence', {
    when,
    what: translate(language, `trend.signal.${signal.side ?? 'none'}`),
    chart: translate(language, `trend.chart.${signal.chart}`),
    rule: translate(language, `trend.rule.${signal.rule}`),
  })
}

/** What changed in how the months are measured, with the shares that may be shown. */
export function breakSentence(language: Language, mark: SeriesBreak): string {
  const changes = mark.changes.map(({ id, name, from, to }) => {
    const named = name[language] ?? name.vi ?? id
    return from === null || to === null
      ? named
      : translate(language, 'trend.break.change', {
          name: named,
          from: formatPercent(language, from),
          to: formatPercent(language, to),
        })
  })
  return translate(language, 'trend.break.sentence', {
    month: formatMonthShort(language, mark.month),
    what: translate(language, `trend.break.${mark.kind}`),
    changes: changes.join('; '),
  })
}

/** The signals that show in a month; one without a side is about the whole series and shows in none. */
export function signalsOf(trend: Trend, month: string): Signal[] {
  return trend.signals.filter((signal) => signal.side !== null && signal.month <= month && month <= signal.to)
}

/**
 * The picture of a trend: the index, its interval as a band, the target as a stepped
 * line, the limits of the usual as thin ones; a diamond is out of the usual, a
 * vertical line a change in how it is measured.
 */
export function trendOption(language: Language, trend: Trend, narrow: boolean): EChartsCoreOption {
  const months = shownMonths(trend)
  const scale = scaleOf(months.map((month) => month.cell), 5, 2)
  const names = months.map((month) => formatMonthShort(language, month.month))
  const numbers = months.map(({ cell }) => {
    const reading = readingOf(cell)
    return reading.kind === 'number' ? reading.index : null
  })
  const lower = months.map(({ cell }) => (cell.withheld ? null : (cell.interval?.lower ?? null)))
  const width = months.map(({ cell }) =>
    cell.withheld || !cell.interval ? null : cell.interval.upper - cell.interval.lower,
  )
  const limit = (side: 'lower' | 'upper') => ({
    name: `${side} limit`,
    type: 'line',
    step: 'middle',
    symbol: 'none',
    silent: true,
    // A limit below the scale would only say that a month has few ratings.
    data: months.map(({ limits }) => (limits && limits[side] >= scale.from && limits[side] <= scale.to ? limits[side] : null)),
    lineStyle: { color: colours.text, width: 1, type: [2, 3] },
  })
  const breaks = [...new Set(trend.breaks.map((mark) => mark.month))]
  const band = { type: 'line', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 } }
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif' },
    grid: { left: 8, right: 16, top: breaks.length > 0 && !narrow ? 36 : 16, bottom: 4, containLabel: true },
    xAxis: {
      type: 'category',
      data: names,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.text, hideOverlap: true, fontSize: narrow ? 11 : 12 },
    },
    yAxis: {
      type: 'value',
      min: scale.from,
      max: scale.to,
      interval: scale.to - scale.from > 50 ? 20 : scale.to - scale.from > 25 ? 10 : 5,
      splitLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.text, fontSize: narrow ? 11 : 12, formatter: (value: number) => formatTarget(language, value) },
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      formatter: (items: { dataIndex: number }[]) => tooltip(language, trend, months[items[0]?.dataIndex ?? 0]!),
    },
    series: [
      { ...band, name: 'lower', data: lower, stackStrategy: 'all' },
      { ...band, name: 'band', data: width, stackStrategy: 'all', areaStyle: { color: colours.band } },
      limit('lower'),
      limit('upper'),
      {
        name: 'target',
        type: 'line',
        step: 'middle',
        symbol: 'none',
        silent: true,
        data: months.map(({ cell }) => cell.target?.percent ?? null),
        lineStyle: { color: colours.target, width: 1.5, type: [6, 4] },
        itemStyle: { color: colours.target },
      },
      {
        name: 'index',
        type: 'line',
        data: numbers.map((value, i) => ({ value, ...mark(trend, months[i]!) })),
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: colours.signal, width: 1.5, type: 'solid' },
          label: {
            show: !narrow,
            position: 'end',
            rotate: 0,
            color: colours.signal,
            fontSize: 11,
            formatter: translate(language, 'trend.break'),
          },
          data: breaks.map((month) => ({ xAxis: formatMonthShort(language, month) })),
        },
        symbol: 'circle',
        symbolSize: 8,
        showAllSymbol: true,
        lineStyle: { color: colours.index, width: 2.5 },
        label: {
          show: !narrow && months.length <= 16,
          position: 'top',
          color: colours.text,
          fontSize: 11,
          textBorderColor: '#fff',
          textBorderWidth: 3,
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const reading = readingOf(months[dataIndex]!.cell)
            return reading.kind === 'number'
              ? formatHundredths(language, hundredthsOfShare(reading.satisfied, reading.answered))
              : ''
          },
        },
      },
    ],
  }
}

/** How the point of a month is drawn. */
function mark(trend: Trend, { month, provisional }: TrendMonth) {
  if (signalsOf(trend, month).length > 0) return { symbol: 'diamond', symbolSize: 14, itemStyle: { color: colours.signal } }
  // A month that still runs is drawn hollow, so it does not pass for a settled one.
  if (provisional) return { itemStyle: { color: '#fff', borderColor: colours.index, borderWidth: 2 } }
  return { itemStyle: { color: colours.index } }
}

/** Numbers and fixed words only: nothing in it comes from a person. */
function tooltip(language: Language, trend: Trend, { month, cell, provisional, limits }: TrendMonth): string {
  const reading = readingOf(cell)
  const title = formatPeriod(language, month) + (provisional ? ` (${translate(language, 'trend.provisional')})` : '')
  if (reading.kind !== 'number') {
    return `<b>${title}</b><br>${translate(language, reading.kind === 'withheld' ? `value.withheld.${reading.rule}` : 'value.none.long')}`
  }
  const lines = [`<b>${title}</b>`, `<b>${formatShare(language, reading.satisfied, reading.answered)}</b>`]
  if (cell.n !== null) lines.push(translate(language, 'headline.n', { n: formatInteger(language, cell.n) }))
  if (cell.interval) {
    lines.push(`${translate(language, 'trend.band')}: ${formatRange(language, cell.interval.lower, cell.interval.upper)}`)
  }
  if (cell.target) lines.push(`${translate(language, 'trend.target')}: ${formatPercent(language, cell.target.percent)}`)
  if (limits) lines.push(`${translate(language, 'trend.limits')}: ${formatRange(language, limits.lower, limits.upper)}`)
  for (const signal of signalsOf(trend, month)) {
    const side = translate(language, `trend.signal.${signal.side ?? 'none'}`)
    lines.push(`◆ ${side} (${translate(language, `trend.chart.${signal.chart}`)})`)
  }
  for (const { month: since, kind } of trend.breaks) {
    if (since === month) lines.push(`│ ${translate(language, `trend.break.${kind}`)}`)
  }
  return lines.join('<br>')
}
