import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OutboxStore, type Submission } from '../../lib/outboxStore'

const draft: Submission = {
  id: '3f0d9c1e-6f0a-4a53-9d7e-0d6f5b8a2c11',
  point: 'K7QX2M9A4T',
  questionnaire: 'quick',
  version: 1,
  language: 'vi',
  capture: 'kiosk',
  field: null,
  startedAt: '2026-11-23T08:00:00.000Z',
  answeredAt: '2026-11-23T08:00:05.000Z',
  clockOffset: null,
  partial: true,
  answers: { overall: 4 },
}

describe('a page that starts', () => {
  const store = new OutboxStore()
  let screen: Promise<unknown> | undefined

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    Object.defineProperty(navigator, 'locks', {
      configurable: true,
      value: {
        request(name: string, ...rest: unknown[]) {
          const held = (rest.at(-1) as () => Promise<unknown>)()
          if (name === 'sipas-kiosk-screen') screen = held
          return held
        },
      },
    })
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    vi.useRealTimers()
    await store.close()
  })

  it('holds the screen and tries again when what an ended page left behind cannot be queued yet', async () => {
    await store.keepDraft(draft)
    const rescue = vi
      .spyOn(OutboxStore.prototype, 'rescueDrafts')
      .mockRejectedValueOnce(new Error('the disk is busy'))
      .mockRejectedValueOnce(new Error('the disk is busy'))
    const { machine } = await import('./machine.svelte')
    await machine.start(() => undefined)
    let over = false
    const end = () => {
      over = true
    }
    void screen!.then(end, end)
    await vi.waitFor(() => expect(rescue).toHaveBeenCalledTimes(1))
    expect(machine.outbox.waiting).toBe(0)

    for (const calls of [2, 3]) {
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(5 * 60_000)
        expect(rescue.mock.calls.length).toBeGreaterThanOrEqual(calls)
      })
    }
    await vi.waitFor(() => expect(machine.outbox.waiting).toBe(1))
    expect((await store.next(0, 10)).map(({ item }) => item)).toEqual([draft])
    expect(rescue).toHaveBeenCalledTimes(3)
    expect(over, 'the screen is let go').toBe(false)
  })
})
