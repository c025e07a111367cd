import { flushSync, mount, unmount } from 'svelte'
import { afterEach, describe, expect, it } from 'vitest'
import type { ReasonQuestion } from '../../lib/results'
import { language } from '../state/language.svelte'
import ReasonTable from './ReasonTable.svelte'

let shown: Record<string, unknown> | undefined

function question(part: Partial<ReasonQuestion> = {}): ReasonQuestion {
  return {
    id: 'reasons_unhappy',
    text: { vi: 'Điều gì cần làm tốt hơn?', en: 'What should be done better?' },
    levels: [1, 2, 3],
    n: 1760,
    withheld: null,
    reasons: [
      {
        id: 'late',
        name: { vi: 'Trễ hẹn hoặc chờ lâu', en: 'Late or long wait' },
        count: 477,
        share: 27.102,
        interval: { lower: 25.077, upper: 29.227, method: 'wilson', conf: 0.95 },
        withheld: null,
      },
      { id: 'facilities', name: { vi: 'Cơ sở vật chất', en: 'Facilities' }, count: null, share: null, interval: null, withheld: 'minimumN' },
    ],
    ...part,
  }
}

function text(of: ReasonQuestion): string {
  document.body.innerHTML = ''
  shown = mount(ReasonTable, { target: document.body, props: { question: of, rule: '2026.1' } })
  flushSync()
  return document.body.textContent.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ')
}

afterEach(() => {
  if (shown) void unmount(shown)
  language.current = 'vi'
})

describe('the reasons of a question', () => {
  it('shows who was asked, who ticked each, and the share with its variation', () => {
    const got = text(question())
    expect(got).toContain('Điều gì cần làm tốt hơn?')
    expect(got).toContain('Hỏi người chưa hài lòng (mức 1–3): 1.760 người được hỏi')
    expect(got).toContain('Trễ hẹn hoặc chờ lâu 477 27,10 % 25,08 – 29,23 %')
  })

  it('says of a withheld reason why, and nothing more', () => {
    text(question())
    const rows = [...document.querySelectorAll('tbody tr')]
    expect(rows[1]!.textContent.trim().replace(/\s+/g, ' ')).toBe('Cơ sở vật chất chưa đủ mẫu')
    expect(rows[1]!.querySelector('td')!.title).toContain('2026.1')
    expect(rows[1]!.querySelector('.bar span')).toBeNull()
  })

  it('shows no table of a withheld question, nor of nobody', () => {
    const withheld = question().reasons.map((reason) => ({ ...reason, count: null, share: null, interval: null }))
    const got = text(question({ n: null, withheld: 'differencing', reasons: withheld }))
    expect(got).toContain('so với số của cách lọc khác')
    expect(got).not.toContain('người được hỏi')
    expect(document.querySelector('table')).toBeNull()
    expect(text(question({ n: 0 }))).toContain('Chưa có ai được hỏi câu này.')
    expect(document.querySelector('table')).toBeNull()
  })

  it('speaks English', () => {
    language.current = 'en'
    const got = text(question())
    expect(got).toContain('Asked of the dissatisfied (levels 1–3): 1,760 people asked')
    expect(got).toContain('Late or long wait 477 27.10% 25.08 – 29.23%')
  })
})
