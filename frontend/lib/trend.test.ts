import { describe, expect, it } from 'vitest'
import { cell, emptyCell, withheldCell } from '../admin/parts/fixture'
import type { Trend, TrendMonth } from './results'
import { shownMonths, trendOption } from './trend'

const month = (name: string, of = cell(), provisional = false): TrendMonth => ({ month: name, cell: of, provisional })

interface Drawn {
  tooltip: { formatter: (items: { dataIndex: number }[]) => string }
  series: { name: string; data: unknown[] }[]
}

const draw = (months: TrendMonth[]) => trendOption('vi', months, false) as unknown as Drawn

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
})
