import { describe, expect, it } from 'vitest'
import { instantOf, parseTime, qualityRows, wholeDay, type Quarantine } from './flags'

const part = (flagged: Quarantine['flagged'], more: Partial<Quarantine> = {}): Quarantine => ({
  flagged,
  excluded: 0,
  share: 0,
  without: { n: 20, index: 90 },
  with: { n: 20, index: 90 },
  difference: 0,
  withheld: null,
  ...more,
})
const withheld = part(null, { without: null, with: null, withheld: 'minimumN' })
const few = part(null, { excluded: null, with: null })

describe('the rows of agencies and points', () => {
  it('are those with flagged ratings, each agency before its own points', () => {
    const rows = qualityRows({
      agency: { id: 'tinh', name: { vi: 'Tỉnh' }, kind: 'province' },
      agencies: [
        { id: 'so', name: { vi: 'Sở' }, depth: 1, ...part({ burst: 12 }) },
        { id: 'phong', name: { vi: 'Phòng' }, depth: 2, ...part({ burst: 12 }) },
        { id: 'xa', name: { vi: 'Xã' }, depth: 1, ...part({}) },
        { id: 'phuong', name: { vi: 'Phường' }, depth: 1, ...withheld },
      ],
      points: [
        { code: 'P1', name: { vi: 'Quầy 1' }, agency: 'phong', ...part({ burst: 12 }) },
        { code: 'P2', name: { vi: 'Quầy 2' }, agency: 'phong', ...few },
        { code: 'P3', name: { vi: 'Quầy 3' }, agency: 'so', ...part({}) },
        { code: 'P4', name: { vi: 'Quầy 4' }, agency: 'tinh', ...part({ clock: 1 }) },
        { code: 'P5', name: { vi: 'Quầy 5' }, agency: 'phuong', ...withheld },
      ],
    })
    expect(rows.map(({ id, kind, depth }) => `${id} ${kind} ${depth}`)).toEqual([
      'P4 point 1',
      'so agency 1',
      'phong agency 2',
      'P1 point 3',
    ])
  })
})

describe('times', () => {
  it.each([
    ['8:30', 510],
    ['08.30', 510],
    ['8h30', 510],
    [' 8h ', 480],
    ['00:00', 0],
    ['24:00', 1440],
    ['24:01', null],
    ['8:60', null],
    ['8:3', null],
    ['8', null],
    ['', null],
    ['-1:00', null],
  ])('%j is %j minutes', (text, minutes) => expect(parseTime(text)).toBe(minutes))

  it('are those of Vietnam, wherever the browser is', () => {
    expect(instantOf('2026-09-07', 510)).toBe('2026-09-07T01:30:00.000Z')
    expect(wholeDay('2026-09-07')).toEqual({ from: '2026-09-06T17:00:00.000Z', to: '2026-09-07T17:00:00.000Z' })
  })
})
