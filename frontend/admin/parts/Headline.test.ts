import { flushSync, mount, unmount } from 'svelte'
import { afterEach, describe, expect, it } from 'vitest'
import { readFilter } from '../../lib/filter'
import type { Board } from '../../lib/results'
import { language } from '../state/language.svelte'
import { board, cell, emptyCell, withheldCell } from './fixture'
import Headline from './Headline.svelte'

let shown: Record<string, unknown> | undefined

function text(of: Board, search = ''): string {
  document.body.innerHTML = ''
  shown = mount(Headline, { target: document.body, props: { board: of, filter: readFilter(search) } })
  flushSync()
  return document.body.textContent.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ')
}

afterEach(() => {
  if (shown) void unmount(shown)
  language.current = 'vi'
})

const caveat = 'Người dân tự nguyện đánh giá; sai lệch do tự chọn không nằm trong con số này.'

describe('the headline', () => {
  it('shows the figure from its counts, both verdicts and what would decide', () => {
    const got = text(board(cell()))
    expect(got).toContain('90,63 %')
    expect(got).toContain('32 phiếu')
    expect(got).toContain('Dao động ngẫu nhiên 95 %: 75,78 – 96,76 %')
    expect(got).toContain('Đạt')
    expect(got).toContain('Còn dao động quanh chỉ tiêu')
    expect(got).toContain('Cận dưới một phía 95 %: 77,44 %')
    expect(got).toContain('Cần thêm 1.234 phiếu để ngã ngũ, nếu tỷ lệ giữ nguyên.')
  })

  it.each(['above', 'below', 'open'] as const)('never says "proven" of self-selected ratings (%s)', (verdict) => {
    const got = text(board(cell({ bound: { ...cell().bound, verdict } })))
    expect(got).toContain(caveat)
    expect(got).not.toContain('chứng minh')
  })

  it('says "proven" of a probability sample, without the caveat', () => {
    const got = text(board(cell({ bound: { ...cell().bound, basis: 'probability', verdict: 'above' } })))
    expect(got).toContain('Đã chứng minh đạt')
    expect(got).not.toContain(caveat)
  })

  it('asks for no more ratings once the bound has decided', () => {
    expect(text(board(cell({ bound: { ...cell().bound, verdict: 'above', answersNeeded: 0 } })))).not.toContain('Cần thêm')
  })

  it('gives no verdict of the data while the period runs', () => {
    const bound = { ...cell().bound, verdict: null, reason: 'periodOpen' as const }
    expect(text(board(cell({ bound })))).toContain('Kỳ chưa kết thúc nên chưa kết luận')
  })

  it('withholds every number of a withheld cell', () => {
    const got = text(board(withheldCell(), { flagged: { excluded: null, with: null } }))
    expect(got).toContain('chưa đủ mẫu')
    expect(got).not.toMatch(/\d phiếu/)
  })

  it('shows no answers as "—", never as 0 %', () => {
    const got = text(board(emptyCell(), { flagged: { excluded: null, with: null } }))
    expect(got).toContain('—')
    expect(got).toContain('Chưa có đánh giá nào')
    expect(got).not.toContain('0,00')
    expect(got).not.toContain('đủ mẫu')
  })

  it('shows what flagged ratings would change', () => {
    const flagged = { excluded: 3, with: cell({ satisfied: 32, answered: 35 }) }
    expect(text(board(cell(), { flagged }))).toContain('Đã để riêng 3 phiếu; nếu tính cả: 91,43 %')
    expect(text(board(cell(), { flagged }), '?flags=include')).toContain('Đang tính cả phiếu nghi vấn')
  })

  it('sets ratings against files, and marks more ratings than files', () => {
    const known = cell({ coverage: { volume: 1250, share: 2.56, impossible: false } })
    expect(text(board(known))).toContain('32 phiếu / 1.250 hồ sơ đã trả kết quả (2,56 %)')
    expect(document.querySelector('.tip-mark')).toBeNull()
    const got = text(board(cell({ coverage: { volume: 0, share: null, impossible: true } })))
    expect(got).toContain('32 phiếu / 0 hồ sơ')
    expect(got).not.toContain('null')
    expect(document.querySelector('.tip-mark')?.getAttribute('aria-label')).toContain('nhiều phiếu hơn hồ sơ')
  })

  it('speaks English when asked', () => {
    language.current = 'en'
    const got = text(board(cell()))
    expect(got).toContain('90.63%')
    expect(got).toContain('Still wavering around target')
    expect(got).toContain('at least 90% – Service (for agencies)')
  })

  it('names what narrows the figure, so that a part never passes for the whole', () => {
    const scope = (of: Board, search: string) => {
      text(of, search)
      return document.querySelector('[data-testid=headline-scope]')?.textContent
    }
    const agency = { id: 'so-a', name: { vi: 'Sở A', en: 'Department A' }, kind: 'department' }
    const point = { code: 'F3XB34PDC1', name: { vi: 'Bộ phận Một cửa', en: 'One-stop desk' }, agency }
    expect(scope(board(cell()), '')).toBe('Tỉnh')
    expect(scope(board(cell(), { point }), '?point=F3XB34PDC1')).toBe('Bộ phận Một cửa, Sở A')
    expect(scope(board(cell()), '?field=dat-dai&delivery=online&capture=qr')).toBe('Tỉnh · dat-dai · Trực tuyến · Mã QR')
    expect(document.querySelector('a.flags')?.getAttribute('href')).not.toContain('point')
    language.current = 'en'
    expect(scope(board(cell(), { point }), '')).toBe('One-stop desk, Department A')
    expect(document.querySelector('a.flags')?.getAttribute('href')).toContain('&point=F3XB34PDC1')
  })

  it('leads to the suspicious ratings of the same period and agency', () => {
    text(board(cell()))
    const { period, agency } = board(cell())
    expect(document.querySelector('a.flags')?.getAttribute('href')).toBe(`/admin/flags?period=${period.name}&agency=${agency.id}`)
  })
})
