import { afterEach, describe as group, expect, it } from 'vitest'
import { language } from '../state/language.svelte'
import { cell, emptyCell, withheldCell } from './fixture'
import { boundWord, describe, figure, shortBound } from './words'

afterEach(() => {
  language.current = 'vi'
})

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

group('a small cell in words', () => {
  it('has the figure, its ratings, its variation, the promise and both verdicts', () => {
    expect(plain(describe(cell()))).toBe(
      '90,63 %; 32 phiếu; Dao động ngẫu nhiên 95 %: 75,78 – 96,76 %; Chỉ tiêu: tối thiểu 90 %; Đạt; ' +
        'Còn dao động quanh chỉ tiêu; Cận dưới một phía 95 %: 77,44 %',
    )
  })

  it('says why the data carry no verdict', () => {
    const bound = { ...cell().bound, verdict: null, side: null, value: null, reason: 'tooFew' as const }
    expect(describe(cell({ bound, n: 12 }))).toMatch(/Quá ít phiếu để kết luận$/)
  })

  it('gives no number of a withheld cell', () => {
    expect(describe(withheldCell())).toBe('Số phiếu chưa đủ để công bố (quy tắc 2026.1)')
    expect(figure(withheldCell())).toBe('chưa đủ mẫu')
  })

  it('says by which rule a figure of enough ratings is withheld', () => {
    for (const withheld of ['secondary', 'differencing'] as const) {
      expect(figure({ ...withheldCell(), withheld })).toBe('không nêu')
      expect(describe({ ...withheldCell(), withheld })).toMatch(/^Không nêu: .*quá ít phiếu \(quy tắc 2026\.1\)$/)
    }
  })

  it('tells no ratings from too few', () => {
    expect(describe(emptyCell())).toBe('Chưa có đánh giá nào')
  })

  it('speaks English when asked', () => {
    language.current = 'en'
    expect(plain(describe(cell({ plan: 'notMet' })))).toContain('Not met; Still wavering around target; One-sided 95% lower bound: 77.44%')
  })
})

group('the bound', () => {
  it('has its value where there is one', () => {
    expect(plain(shortBound(cell()))).toBe('cận dưới 77,44 %')
    expect(plain(shortBound(cell({ bound: { ...cell().bound, side: 'upper', value: 88 } })))).toBe('cận trên 88,00 %')
    expect(shortBound(withheldCell())).toBe('')
  })

  it('never says "proven" of self-selected ratings', () => {
    expect(boundWord(cell({ bound: { ...cell().bound, verdict: 'above' } }))).toBe('Ổn định trên chỉ tiêu')
  })
})
