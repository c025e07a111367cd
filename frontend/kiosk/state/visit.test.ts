import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Submission } from '../../lib/outboxStore'
import type { Measurement } from '../clock'
import type { Device } from '../device'
import { visits } from './visit.svelte'

const tablet = vi.hoisted(() => ({
  phase: 'ready',
  device: null as Device | null,
  clock: null as Measurement | null,
  added: [] as Submission[],
}))

vi.mock('./machine.svelte', () => ({
  machine: {
    get phase() {
      return tablet.phase
    },
    get device() {
      return tablet.device
    },
    get clock() {
      return tablet.clock
    },
    keepDraft: () => {},
    add(item: Submission) {
      tablet.added.push(item)
      return Promise.resolve()
    },
  },
}))

const start = Date.parse('2026-11-23T08:00:00Z')
const iso = (time: number) => new Date(time).toISOString()

/** A comparison of the clocks at a moment of the device's clock, which is a minute behind. */
const compared = (at: number): Measurement => ({ offset: 60_000, serverTime: at + 60_000 })

describe('a visit', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: start })
    tablet.device = {
      kiosk: { id: 'J4NP8J3F', name: 'Kiosk' },
      point: { code: 'K7QX2M9A4T', name: { vi: 'Quầy' }, agencyName: { vi: 'Phường' }, fields: [], closed: false },
      questionnaire: {
        id: 'quick',
        version: 1,
        title: { vi: 'Phiếu' },
        items: [
          { id: 'overall', type: 'rating', text: { vi: 'Mức độ' } },
          { id: 'again', type: 'yesno', text: { vi: 'Quay lại' } },
        ],
      },
      province: { vi: 'Tỉnh' },
      synthetic: false,
      version: '1',
      serverTime: iso(start),
    }
    tablet.clock = compared(start - 1000)
    tablet.added = []
    visits.reset()
  })

  afterEach(() => {
    visits.reset()
    vi.useRealTimers()
  })

  it('during which the clocks are compared anew keeps its times and their offset', async () => {
    visits.rate(5)
    await vi.advanceTimersByTimeAsync(5000)
    tablet.clock = compared(Date.now())
    await vi.advanceTimersByTimeAsync(15_000)
    visits.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(tablet.added).toMatchObject([
      { startedAt: iso(start + 60_000), answeredAt: iso(start + 60_000), clockOffset: 60_000, partial: false },
    ])
  })

  it('that began before the clocks were compared keeps its beginning', async () => {
    visits.speak('en')
    await vi.advanceTimersByTimeAsync(5000)
    tablet.clock = compared(Date.now())
    await vi.advanceTimersByTimeAsync(1000)
    visits.rate(5)
    visits.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(tablet.added).toMatchObject([
      { startedAt: iso(start + 60_000), answeredAt: iso(start + 66_000), clockOffset: 60_000 },
    ])
  })
})
