import { describe, expect, it } from 'vitest'
import { cell, emptyCell, withheldCell } from '../admin/parts/fixture'
import type { SeriesBreak, Signal, Trend, TrendMonth } from './results'
import { breakSentence, shownMonths, signalSentence, trendOption } from './trend'

const month = (name: string, of = cell(), provisional = false): TrendMonth => ({
  month: name,
  cell: of,
  provisional,
  limits: null,
})

const low: Signal = { chart: 'p', rule: 'outsideLimits', side: 'low', month: '2026-08', to: '2026-08', acrossBreak: false }

const trend = (months: TrendMonth[], part: Partial<Trend> = {}) => ({ months, signals: [], breaks: [], watch: null, ...part }) as unknown as Trend

interface Drawn {
  tooltip: { formatter: (items: { dataIndex: number }[]) => string }
  series: { name: string; data: unknown[] }[]
}

const draw = (months: TrendMonth[], part: Partial<Trend> = {}) => trendOption('vi', trend(months, part), false) as unknown as Drawn

describe('the trend', () => {
  it('begins with the first month that has ratings', () => {
    const months = [month('2026-06', emptyCell()), month('2026-07', withheldCell()), month('2026-08', emptyCell())]
    expect(shownMonths({ months } as Trend).map((m) => m.month)).toEqual(['2026-07', '2026-08'])
    expect(shownMonths({ months: [month('2026-06', emptyCell())] } as Trend)).toEqual([])
  })

  it('leaves a gap where a month is withheld or empty, in line and band alike', () => {
    const { series } = draw([month('2026-07'), month('2026-08', withheldCell()), month('2026-09', emptyCell())])
    const data = (name: string) => series.find((s) => s.name === name)!.data
    expect(data('index').map((d) => (d as { value: unknown }).value)).toEqual([90.625, null, null])
    expect(data('lower')).toEqual([75.78, null, null])
  })

  it('tells the same numbers in words, with what is provisional', () => {
    const { tooltip } = draw([month('2026-07'), month('2026-08', cell(), true), month('2026-09', withheldCell())])
    const say = (dataIndex: number) => tooltip.formatter([{ dataIndex }]).replaceAll('\u00a0', ' ')
    expect(say(0)).toContain('90,63 %')
    expect(say(0)).toContain('75,78 – 96,76 %')
    expect(say(1)).toContain('tạm tính')
    expect(say(2)).toContain('chưa đủ mẫu')
    expect(say(2)).not.toContain('90,63')
  })

  it('marks what is out of the usual, and nothing else', () => {
    const { series, tooltip } = draw([{ ...month('2026-07'), limits: { lower: 80, upper: 95 } }, month('2026-08'), month('2026-09')], {
      signals: [low, { ...low, chart: 'runs', rule: 'fewCrossings', side: null, month: '2026-07', to: '2026-09' }],
    })
    const index = series.find((s) => s.name === 'index')!
    expect(index.data.map((d) => (d as { symbol?: string }).symbol)).toEqual([undefined, 'diamond', undefined])
    expect(series.find((s) => s.name === 'lower limit')!.data).toEqual([80, null, null])
    expect(tooltip.formatter([{ dataIndex: 0 }]).replaceAll('\u00a0', ' ')).toContain('80,00 – 95,00 %')
    expect(tooltip.formatter([{ dataIndex: 1 }])).toContain('thấp hơn mức thường lệ (biểu đồ p)')
    expect(tooltip.formatter([{ dataIndex: 2 }])).not.toContain('thường lệ')
  })

  it('draws one line where it is measured otherwise, whatever changed', () => {
    const changes: SeriesBreak['changes'] = []
    const { series } = draw([month('2026-07'), month('2026-08')], {
      breaks: [
        { month: '2026-08', kind: 'capture', changes },
        { month: '2026-08', kind: 'points', changes },
      ],
    })
    const lines = series.find((s) => s.name === 'index') as unknown as { markLine: { data: { xAxis: string }[] } }
    expect(lines.markLine.data).toEqual([{ xAxis: '8/2026' }])
  })

  it('says which chart and which rule, and which shares may be shown', () => {
    expect(signalSentence('vi', low)).toBe('Tháng 8/2026: thấp hơn mức thường lệ (biểu đồ p: ra ngoài giới hạn).')
    expect(signalSentence('en', { ...low, to: '2026-09', acrossBreak: true })).toContain('the way of measuring changed')
    const changed: SeriesBreak = {
      month: '2026-08',
      kind: 'capture',
      changes: [
        { id: 'kiosk', name: { vi: 'kiosk', en: 'kiosk' }, from: 60, to: 40 },
        { id: 'paper', name: { vi: 'phiếu giấy', en: 'paper' }, from: 30, to: null },
      ],
    }
    expect(breakSentence('en', changed).replaceAll('\u00a0', ' ')).toContain('(kiosk from 60.00% to 40.00%; paper)')
  })
})
