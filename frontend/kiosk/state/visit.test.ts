import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Submission } from '../../lib/outboxStore'
import type { Measurement } from '../clock'
import type { Device } from '../device'
import { display } from './display.svelte'
import { language } from './language.svelte'
import { sound } from './sound.svelte'
import { visits } from './visit.svelte'

const tablet = vi.hoisted(() => ({
  phase: 'ready',
  device: null as Device | null,
  clock: null as Measurement | null,
  added: [] as Submission[],
  add: () => Promise.resolve(),
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
      return tablet.add()
    },
  },
}))

const start = Date.parse('2026-11-23T08:00:00Z')
const iso = (time: number) => new Date(time).toISOString()

/** A comparison of the clocks at a moment of the device's clock, which is a minute behind. */
const compared = (at: number): Measurement => ({ offset: 60_000, serverTime: at + 60_000 })

const broken = () => Promise.reject(new Error('the disk is full'))
const fine = () => Promise.resolve()

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
      revision: '',
      serverTime: iso(start),
    }
    tablet.clock = compared(start - 1000)
    tablet.added = []
    tablet.add = fine
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

  it('goes on while somebody listens, but no sound keeps a screen for ever', async () => {
    vi.spyOn(sound, 'playing', 'get').mockReturnValue(true)
    visits.rate(5)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(tablet.added).toEqual([])
    expect(visits.secondsLeft).toBeNull()
    await vi.advanceTimersByTimeAsync(31_000)
    expect(tablet.added).toMatchObject([{ partial: true, answers: { overall: 5 } }])
    vi.restoreAllMocks()
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

  it('that could not be kept is tried again as it was, whatever was compared or chosen since', async () => {
    tablet.add = broken
    visits.rate(2)
    visits.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(visits.screen).toBe('unsaved')

    tablet.clock = compared(Date.now() + 5000)
    language.current = 'en'
    tablet.add = fine
    await visits.retry()
    expect(visits.screen).toBe('thanks')
    expect(tablet.added).toHaveLength(2)
    expect(tablet.added[1]).toEqual(tablet.added[0])
  })

  it('that could not be kept and whose citizen then leaves is tried again as it was, without thanks', async () => {
    tablet.add = broken
    visits.rate(2)
    visits.finish()
    await vi.advanceTimersByTimeAsync(0)
    tablet.add = fine
    await visits.leave()
    expect(visits.screen).toBe('rate')
    expect(visits.hasRating).toBe(false)
    expect(tablet.added.map(({ partial }) => partial)).toEqual([false, false])
  })

  it('goes back question by question to the faces, and every answer stands until it is given anew', async () => {
    const { items } = tablet.device!.questionnaire
    tablet.device!.questionnaire.items = [
      ...items,
      { id: 'staff', type: 'rating', text: { vi: 'Nhân viên' }, na: true },
      { id: 'sorry', type: 'yesno', text: { vi: 'Lời xin lỗi' }, showWhen: { item: 'overall', in: [1] } },
    ]
    visits.rate(1)
    visits.answer('again', true)
    visits.next()
    visits.answer('staff', 4)
    visits.next()
    visits.answer('sorry', false)
    visits.back()
    expect([visits.question?.id, visits.answerOf('staff')]).toEqual(['staff', 4])
    visits.answer('staff', 2)
    visits.back()
    expect([visits.question?.id, visits.answerOf('again')]).toEqual(['again', true])
    visits.next()
    visits.change()
    visits.rate(5)
    expect(visits.question?.id, 'where the citizen was').toBe('staff')
    visits.back()
    visits.back()
    expect(visits.screen).toBe('rate')
    visits.rate(4)
    expect(visits.question?.id).toBe('again')
    visits.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(tablet.added).toMatchObject([{ partial: false }])
    expect(tablet.added[0]!.answers, 'without that to a question that is not asked any more').toEqual({ overall: 4, again: true, staff: 2 })
  })

  it('begins with the first question again where that of the moment is not asked any more', () => {
    tablet.device!.questionnaire.items.push({ id: 'sorry', type: 'yesno', text: { vi: 'Lời xin lỗi' }, showWhen: { item: 'overall', in: [1] } })
    visits.rate(1)
    visits.next()
    expect(visits.question?.id).toBe('sorry')
    visits.change()
    visits.rate(5)
    expect(visits.question?.id).toBe('again')
  })

  describe('at a point with several fields', () => {
    beforeEach(() => {
      const fields = ['dat-dai', 'ho-tich'].map((id) => ({ id, name: { vi: id } }))
      tablet.device = { ...tablet.device!, point: { ...tablet.device!.point, fields } }
    })

    it('asks for the field first, and takes a rating only then', () => {
      expect(visits.screen).toBe('field')
      visits.rate(5)
      expect(visits.hasRating).toBe(false)
      visits.chooseField('ho-tich')
      expect(visits.screen).toBe('rate')
      visits.rate(5)
      expect(visits.question?.id).toBe('again')
    })

    it.each([
      ['chosen', 'ho-tich'],
      ['not known', null],
    ])('sends the field %s', async (_name, field) => {
      visits.chooseField(field)
      visits.rate(5)
      visits.finish()
      await vi.advanceTimersByTimeAsync(0)
      expect(tablet.added).toMatchObject([{ field, partial: false }])
    })

    it('mends the field of the same rating', async () => {
      visits.chooseField('ho-tich')
      visits.rate(5)
      visits.change()
      visits.changeField()
      expect(visits.screen).toBe('field')
      visits.chooseField('dat-dai')
      expect(visits.level).toBe(5)
      await visits.leave()
      expect(tablet.added).toMatchObject([{ field: 'dat-dai', partial: true, answers: { overall: 5 } }])
    })

    it('leaves nothing behind a citizen who chose only the field', async () => {
      visits.chooseField('ho-tich')
      await vi.advanceTimersByTimeAsync(20_000)
      expect(visits.secondsLeft).toBe(10)
      await vi.advanceTimersByTimeAsync(10_000)
      expect(visits.screen).toBe('field')
      expect(visits.fresh).toBe(true)
      expect(tablet.added).toEqual([])
    })
  })

  it('warns after twenty seconds, counts down, and keeps a rating as a partial one after thirty', async () => {
    visits.rate(3)
    await vi.advanceTimersByTimeAsync(19_500)
    expect(visits.secondsLeft).toBeNull()
    await vi.advanceTimersByTimeAsync(500)
    expect(visits.secondsLeft).toBe(10)
    await vi.advanceTimersByTimeAsync(7000)
    expect(visits.secondsLeft).toBe(3)
    expect(tablet.added).toEqual([])
    await vi.advanceTimersByTimeAsync(3000)
    expect(tablet.added).toMatchObject([{ partial: true, answers: { overall: 3 } }])
    expect(visits.fresh).toBe(true)
  })

  it('ends three seconds after the thanks, and with it every choice of the display', async () => {
    visits.speak('en')
    visits.switchTheme()
    visits.switchHeight()
    visits.insist()
    visits.rate(4)
    visits.finish()
    await vi.advanceTimersByTimeAsync(2900)
    expect(visits.screen).toBe('thanks')
    expect([language.current, display.theme, display.low]).toEqual(['en', 'contrast', true])
    await vi.advanceTimersByTimeAsync(200)
    expect(visits.screen).toBe('rate')
    expect([language.current, display.theme, display.low, visits.insisted]).toEqual(['vi', 'light', false, false])
  })

  it.each([
    ['light', 'contrast'],
    ['contrast', 'light'],
  ] as const)('finds the theme of the settings (%s) and may switch to the other', (theme, other) => {
    tablet.device = { ...tablet.device!, settings: { theme } }
    expect(display.theme).toBe(theme)
    visits.switchTheme()
    expect(display.theme).toBe(other)
    visits.reset()
    expect(display.theme).toBe(theme)
  })

  it('of somebody who walked away stays partial when it is tried again', async () => {
    tablet.add = broken
    visits.rate(2)
    await visits.leave()
    expect(visits.screen).toBe('unsaved')
    await visits.retry()
    expect(visits.screen).toBe('unsaved')

    tablet.add = fine
    await visits.retry()
    expect(visits.screen).toBe('rate')
    expect(tablet.added.map(({ partial }) => partial)).toEqual([true, true, true])

    visits.rate(4)
    visits.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(tablet.added.at(-1)).toMatchObject({ partial: false, answers: { overall: 4 } })
  })
})
