import type { EChartsCoreOption } from 'echarts/core'
import { formatHundredths, formatInteger, formatPercent, formatRange, formatShare, formatTarget } from './format'
import { translate } from './i18n'
import type { Language } from './language'
import { formatMonthShort, formatPeriod } from './period'
import { readingOf, type Trend, type TrendMonth } from './results'
import { hundredthsOfShare } from './rounding'
import { scaleOf } from './scale'

const colours = { index: '#0b4f63', band: 'rgba(11, 79, 99, 0.16)', target: '#9a5b00', text: '#45555e', line: '#d9e0e4' }

/**
 * The months from the first that has ratings; what lies before the survey began is
 * no gap. Empty when no month has any.
 */
export function shownMonths(trend: Trend): TrendMonth[] {
  const first = trend.months.findIndex((month) => readingOf(month.cell).kind !== 'empty')
  return first < 0 ? [] : trend.months.slice(first)
}

/** The picture of a trend: the index, its interval as a band, the target as a stepped line. */
export function trendOption(language: Language, months: TrendMonth[], narrow: boolean): EChartsCoreOption {
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
  const band = { type: 'line', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 } }
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif' },
    grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
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
      formatter: (items: { dataIndex: number }[]) => tooltip(language, months[items[0]?.dataIndex ?? 0]!),
    },
    series: [
      { ...band, name: 'lower', data: lower, stackStrategy: 'all' },
      { ...band, name: 'band', data: width, stackStrategy: 'all', areaStyle: { color: colours.band } },
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
        data: numbers.map((value, i) => ({
          value,
          // A month that still runs is drawn hollow, so it does not pass for a settled one.
          itemStyle: months[i]?.provisional
            ? { color: '#fff', borderColor: colours.index, borderWidth: 2 }
            : { color: colours.index },
        })),
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

/** Numbers and fixed words only: nothing in it comes from a person. */
function tooltip(language: Language, { month, cell, provisional }: TrendMonth): string {
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
  return lines.join('<br>')
}
