// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoff, Outbox, retryAfter, type Authority, type OutboxOptions, type OutboxState } from './outbox'
import { OutboxStore, type Submission } from './outboxStore'

/** Locks as navigator.locks gives them, as far as the outbox uses them. */
function lockManager(): LockManager {
  let last: Promise<unknown> = Promise.resolve()
  let held = 0
  return {
    request(_name: string, _options: LockOptions, work: () => Promise<unknown>) {
      const turn = last.then(async () => {
        expect(++held).toBe(1)
        return work().finally(() => held--)
      })
      last = turn.catch(() => {})
      return turn
    },
  } as unknown as LockManager
}

let number = 0
function rating(overall = 5): Submission {
  number++
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    point: 'K7QX2M9A4T',
    questionnaire: 'quick',
    version: 1,
    language: 'vi',
    capture: 'kiosk',
    field: null,
    startedAt: '2026-11-23T07:33:40.000Z',
    answeredAt: new Date(Date.UTC(2026, 10, 23, 7, 33) + number * 1000).toISOString(),
    clockOffset: 12,
    partial: false,
    answers: { overall },
  }
}

interface Request {
  token: string
  ids: string[]
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  })

const results = (ids: string[], outcome: (id: string, index: number) => string = () => 'stored') =>
  json(200, {
    results: ids.map((id, index) => ({ id, outcome: outcome(id, index), problem: null })),
    serverTime: '2026-11-23T08:00:00.000Z',
  })

const html = (status: number) =>
  new Response('<html><title>Đăng nhập Wi-Fi</title></html>', { status, headers: { 'Content-Type': 'text/html' } })

/** A server of one answer after the other; the last one is repeated. */
function server(...answers: ((ids: string[], request: Request) => Response | Promise<Response>)[]) {
  const requests: Request[] = []
  const fetch = (async (_url: string, init: RequestInit) => {
    const { responses } = JSON.parse(String(init.body)) as { responses: Submission[] }
    const request = {
      token: String((init.headers as Record<string, string>)['Authorization']),
      ids: responses.map((item) => item.id),
    }
    requests.push(request)
    const answer = answers[Math.min(requests.length, answers.length) - 1]!
    return answer(request.ids, request)
  }) as typeof globalThis.fetch
  return { requests, fetch }
}

const authority: Authority = {
  token: async () => 'K.one',
  accepted: async () => {},
  refused: async () => false,
}

describe('outbox', () => {
  let store: OutboxStore
  const open: Outbox[] = []

  beforeEach(() => {
    number = 0
    store = new OutboxStore(`outbox-${Math.random()}`)
    // IndexedDB stand-ins run on immediates; only the pauses are ours to turn.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: new Date('2026-11-23T08:00:00Z') })
  })

  afterEach(async () => {
    await Promise.all(open.splice(0).map((outbox) => outbox.close()))
    await store.close()
    vi.useRealTimers()
  })

  function outbox(options: Partial<OutboxOptions> & Pick<OutboxOptions, 'fetch'>): Outbox {
    const made = new Outbox({ store, authority, locks: lockManager(), random: () => 0, ...options })
    open.push(made)
    return made
  }

  const waiting = async () => (await store.next(0, 1000)).map((entry) => entry.id)

  async function fill(count: number): Promise<string[]> {
    const ids: string[] = []
    for (let i = 0; i < count; i++) {
      const item = rating()
      await store.add(item)
      ids.push(item.id)
    }
    return ids
  }

  describe('an entry stays', () => {
    const body = (contentType: string, text: string) => () =>
      new Response(text, { status: 200, headers: { 'Content-Type': contentType } })
    const cases: [string, () => Response | Promise<Response>, OutboxState['obstacle']][] = [
      ['without a connection', () => Promise.reject(new TypeError('Failed to fetch')), 'network'],
      ['when a captive portal answers 200 with its page', () => html(200), 'foreign'],
      ['when 200 is called JSON but is a page', body('application/json', '<html></html>'), 'foreign'],
      ['when 200 is our words but not called JSON', body('text/html', '{"results":[]}'), 'foreign'],
      ['when 200 is other JSON', () => json(200, { ok: true }), 'foreign'],
      ['when 200 has no results', () => json(200, { results: [] }), 'foreign'],
      ['when 200 names other ids', () => results(['11111111-0000-4000-8000-000000000000']), 'foreign'],
      ['when the body breaks off', () => new Response(new ReadableStream({ start: (c) => c.error(new Error('reset')) })), 'network'],
      ['on 408', () => json(408, { code: 'invalid' }), 'busy'],
      ['on 425', () => json(425, { code: 'invalid' }), 'busy'],
      ['on 429', () => json(429, { code: 'throttled' }), 'busy'],
      ['on 500', () => json(500, { code: 'internal' }), 'busy'],
      ['on 502 of a proxy', () => html(502), 'busy'],
      ['on 503', () => json(503, { code: 'unavailable' }), 'busy'],
      ['on 504', () => html(504), 'busy'],
      ['on 404', () => html(404), 'foreign'],
      ['on 401 of somebody else', () => html(401), 'foreign'],
      ['on 403 of somebody else', () => html(403), 'foreign'],
      ['on 511 of a portal', () => html(511), 'busy'],
      ['on 400', () => json(400, { code: 'invalid' }), 'items'],
      ['on 413', () => json(413, { code: 'invalid' }), 'items'],
      ['on 415', () => json(415, { code: 'invalid' }), 'items'],
      ['on 422', () => json(422, { code: 'invalid' }), 'items'],
      ['on 413 of a proxy', () => html(413), 'foreign'],
      ['on outcome retry', () => results(['00000000-0000-4000-8000-000000000001'], () => 'retry'), 'items'],
      ['on an outcome nobody knows', () => results(['00000000-0000-4000-8000-000000000001'], () => 'later'), 'items'],
    ]
    it.each(cases)('%s, and is sent after a pause', async (_name, answer, obstacle) => {
      const ids = await fill(1)
      const { fetch, requests } = server(answer, (sent) => results(sent))
      const box = outbox({ fetch })
      await box.drain()
      expect(await waiting()).toEqual(ids)
      expect(box.state).toMatchObject({ phase: 'backoff', obstacle, waiting: 1, aside: 0, lastSent: null })

      await box.drain() // a pause is a pause
      expect(requests).toHaveLength(1)

      vi.advanceTimersByTime(5 * 60_000)
      await vi.waitFor(() => expect(box.state).toMatchObject({ phase: 'idle', waiting: 0 }))
      expect(await waiting()).toEqual([])
    })

    it('however old it is', async () => {
      const ids = await fill(1)
      vi.setSystemTime(new Date('2031-01-01T00:00:00Z'))
      const { fetch } = server(() => json(503, { code: 'unavailable' }))
      await outbox({ fetch }).drain()
      expect(await waiting()).toEqual(ids)
    })
  })

  describe('a refusal of the device', () => {
    it.each([401, 403])('by %i stops everything until it is enrolled again', async (status) => {
      const ids = await fill(120)
      const { fetch, requests } = server(
        () => json(status, { code: 'unauthorized', reason: 'device.revoked' }),
        (sent) => results(sent),
      )
      const box = outbox({ fetch })
      await box.drain()
      expect(box.state).toMatchObject({ phase: 'stopped', refusal: 'device.revoked', waiting: 120, aside: 0 })

      await box.add(rating())
      await box.drain()
      await box.hurry()
      vi.advanceTimersByTime(24 * 3600_000)
      expect(requests).toHaveLength(1)

      await box.resume()
      expect(box.state).toMatchObject({ phase: 'idle', refusal: null, waiting: 0 })
      expect(requests.slice(1).flatMap((request) => request.ids).slice(0, 120)).toEqual(ids)
      expect(requests.map((request) => request.ids.length)).toEqual([50, 50, 50, 21])
    })

    it('tries the other token at once where there is one', async () => {
      await fill(1)
      let token = 'K.new'
      const { fetch, requests } = server(
        () => json(401, { code: 'unauthorized', reason: 'device.unknown' }),
        (sent) => results(sent),
      )
      const accepted: string[] = []
      const refused: string[] = []
      const box = outbox({
        fetch,
        authority: {
          token: async () => token,
          accepted: async (used) => void accepted.push(used),
          refused: async (used, reason) => {
            refused.push(`${used} ${reason}`)
            token = 'K.old'
            return true
          },
        },
      })
      await box.drain()
      expect(requests.map((request) => request.token)).toEqual(['Kiosk K.new', 'Kiosk K.old'])
      expect(accepted).toEqual(['K.old'])
      expect(refused).toEqual(['K.new device.unknown'])
      expect(box.state.waiting).toBe(0)
    })

    it('without a token nothing is asked', async () => {
      await fill(1)
      const { fetch, requests } = server((sent) => results(sent))
      const box = outbox({ fetch, authority: { ...authority, token: async () => null } })
      await box.drain()
      expect(requests).toEqual([])
      expect(box.state).toMatchObject({ phase: 'stopped', refusal: 'device.none', waiting: 1 })
    })
  })

  describe('an item the server will not take', () => {
    it.each(['invalid', 'conflict', 'closed'])('outcome %s sets it aside and holds up no other', async (outcome) => {
      const ids = await fill(3)
      const { fetch } = server((sent) => results(sent, (id) => (id === ids[1] ? outcome : 'stored')))
      const box = outbox({ fetch })
      await box.drain()
      expect(box.state).toMatchObject({ phase: 'idle', waiting: 0, aside: 1 })
      expect(await store.aside()).toMatchObject([{ id: ids[1], outcome, item: { id: ids[1], answers: { overall: 5 } } }])
    })

    it('is kept with the reasons and can be sent again by staff', async () => {
      const ids = await fill(1)
      const { fetch } = server(
        (sent) =>
          json(200, {
            results: [{ id: sent[0], outcome: 'invalid', problem: { code: 'invalid', errors: [{ path: 'point', reason: 'notOfKiosk' }] } }],
          }),
        (sent) => results(sent),
      )
      const box = outbox({ fetch })
      await box.drain()
      expect(await store.aside()).toMatchObject([{ id: ids[0], reason: 'point notOfKiosk' }])
      await box.requeueAside()
      expect(box.state).toMatchObject({ waiting: 0, aside: 0, phase: 'idle' })
    })

    it('a batch that cannot be read is halved until the one bad item stands alone', async () => {
      const ids = await fill(5)
      const bad = ids[3]!
      const stored: string[] = []
      const { fetch } = server((sent) => {
        if (sent.includes(bad)) return json(422, { code: 'invalid' })
        stored.push(...sent)
        return results(sent)
      })
      const box = outbox({ fetch })
      await box.drain()
      expect(stored).toEqual(ids.filter((id) => id !== bad))
      expect(await waiting()).toEqual([bad])
      expect(box.state).toMatchObject({ phase: 'backoff', obstacle: 'items', aside: 0 })
    })
  })

  it('sends in order, fifty at a time, and duplicates leave like stored ones', async () => {
    const ids = await fill(123)
    const { fetch, requests } = server((sent) => results(sent, (_id, index) => (index % 2 === 0 ? 'stored' : 'duplicate')))
    const box = outbox({ fetch })
    await box.drain()
    expect(requests.map((request) => request.ids.length)).toEqual([50, 50, 23])
    expect(requests.flatMap((request) => request.ids)).toEqual(ids)
    expect(box.state).toMatchObject({ waiting: 0, aside: 0, phase: 'idle', lastSent: '2026-11-23T08:00:00.000Z' })
  })

  it('items to retry stay, and those behind them go on', async () => {
    const ids = await fill(60)
    const stubborn = new Set(ids.slice(0, 50))
    const { fetch, requests } = server((sent) => results(sent, (id) => (stubborn.has(id) ? 'retry' : 'stored')))
    const box = outbox({ fetch })
    await box.drain()
    expect(requests).toHaveLength(2)
    expect(await waiting()).toEqual([...stubborn])
    expect(box.state).toMatchObject({ phase: 'backoff', obstacle: 'items' })
  })

  it('an answer that names only some ids lets only those leave', async () => {
    const ids = await fill(3)
    const { fetch } = server((sent) => results(sent.slice(0, 1)))
    const box = outbox({ fetch })
    await box.drain()
    expect(await waiting()).toEqual(ids.slice(1))
    expect(box.state.phase).toBe('backoff')
  })

  it('waits as long as Retry-After says, even when the connection comes back meanwhile', async () => {
    await fill(1)
    const { fetch, requests } = server(
      () => json(429, { code: 'throttled' }, { 'Retry-After': '600' }),
      (sent) => results(sent),
    )
    const box = outbox({ fetch })
    await box.drain()
    vi.advanceTimersByTime(599_000)
    await box.hurry()
    expect(requests).toHaveLength(1)
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(() => expect(box.state.waiting).toBe(0))
  })

  it.each([
    ['a date, read by a tablet whose clock is years behind', 'Sun, 23 Nov 2031 08:00:00 GMT'],
    ['more than a timer can hold', '99999999999'],
    ['a number beyond numbers', '9'.repeat(400)],
  ])('waits an hour at most: %s', async (_name, header) => {
    await fill(1)
    const { fetch, requests } = server(
      () => json(503, { code: 'unavailable' }, { 'Retry-After': header }),
      (sent) => results(sent),
    )
    const box = outbox({ fetch })
    await box.drain()
    vi.advanceTimersByTime(3599_000)
    await box.hurry()
    expect(requests).toHaveLength(1)
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(() => expect(box.state.waiting).toBe(0))
    expect(requests).toHaveLength(2)
  })

  it('tries at once when the connection is back', async () => {
    await fill(1)
    const { fetch } = server(
      () => Promise.reject(new TypeError('Failed to fetch')),
      (sent) => results(sent),
    )
    const box = outbox({ fetch })
    await box.drain()
    expect(box.state).toMatchObject({ phase: 'backoff', obstacle: 'network' })
    await box.hurry()
    expect(box.state).toMatchObject({ phase: 'idle', waiting: 0 })
  })

  it('a batch that went through ends the row of failures: a poor line is not asked ever more rarely', async () => {
    await fill(100)
    const failed = () => json(503, { code: 'unavailable' })
    const { fetch, requests } = server(failed, failed, failed, (sent) => results(sent), failed, (sent) => results(sent))
    const box = outbox({ fetch })
    await box.drain()
    for (const wait of [1_000, 2_000, 4_000, 1_000]) {
      expect(box.state.phase).toBe('backoff')
      await vi.advanceTimersByTimeAsync(wait - 1)
      const before = requests.length
      await vi.advanceTimersByTimeAsync(1)
      await vi.waitFor(() => expect(requests.length).toBeGreaterThan(before))
      await vi.waitFor(() => expect(box.state.phase).not.toBe('sending'))
    }
    expect(box.state).toMatchObject({ phase: 'idle', waiting: 0 })
  })

  it('keeps what it was given across the end of the page', async () => {
    const { fetch } = server(() => Promise.reject(new TypeError('Failed to fetch')))
    const first = outbox({ fetch })
    const item = rating(2)
    await first.add(item)
    await first.close()
    const second = outbox({ fetch: server((sent) => results(sent)).fetch })
    await second.refresh()
    expect(second.state.waiting).toBe(1)
    expect((await store.next(0, 1))[0]?.item).toEqual(item)
    await second.drain()
    expect(second.state.waiting).toBe(0)
  })

  it('sends again what was sent when the page ended before the answer', async () => {
    const ids = await fill(2)
    const stored = new Set<string>()
    const never = outbox({
      fetch: ((_url: string, init: RequestInit) => {
        for (const { id } of (JSON.parse(String(init.body)) as { responses: Submission[] }).responses) stored.add(id)
        return new Promise((_, fail) => init.signal!.addEventListener('abort', () => fail(new Error('aborted'))))
      }) as typeof fetch,
    })
    const drain = never.drain()
    await vi.waitFor(() => expect(stored.size).toBe(2))
    await never.close()
    await drain
    expect(await waiting()).toEqual(ids)
    const box = outbox({ fetch: server((sent) => results(sent, (id) => (stored.has(id) ? 'duplicate' : 'stored'))).fetch })
    await box.drain()
    expect(box.state).toMatchObject({ waiting: 0, aside: 0 })
  })

  it('two pages never send at once, and nothing is sent twice', async () => {
    const ids = await fill(80)
    const locks = lockManager()
    let under = 0
    const sent: string[] = []
    const fetch = server(async (batch) => {
      expect(++under).toBe(1)
      await new Promise((turn) => setImmediate(turn))
      under--
      sent.push(...batch)
      return results(batch)
    }).fetch
    const one = outbox({ fetch, locks })
    const two = outbox({ fetch, locks })
    await Promise.all([one.drain(), two.drain()])
    expect(sent).toEqual(ids)
    expect(one.state.waiting + two.state.waiting).toBe(0)
  })

  it('what is added while sending goes with the same attempt', async () => {
    await fill(1)
    const late = rating()
    const { fetch, requests } = server(
      async (sent) => {
        await store.add(late)
        return results(sent)
      },
      (sent) => results(sent),
    )
    await outbox({ fetch }).drain()
    expect(requests.map((request) => request.ids.length)).toEqual([1, 1])
    expect(requests[1]?.ids).toEqual([late.id])
  })

  it('the same rating is queued once', async () => {
    const item = rating()
    await store.add(item)
    await store.add({ ...item, answers: { overall: 1 } })
    expect((await store.next(0, 10)).map((entry) => entry.item.answers['overall'])).toEqual([5])
  })

  it('tells the server time with the moments of asking and answering', async () => {
    await fill(1)
    const told: unknown[] = []
    const { fetch } = server((sent) => {
      vi.setSystemTime(new Date('2026-11-23T08:00:02Z'))
      return results(sent)
    })
    await outbox({ fetch, onservertime: (...time) => told.push(time) }).drain()
    const asked = Date.parse('2026-11-23T08:00:00Z')
    expect(told).toEqual([['2026-11-23T08:00:00.000Z', asked, asked + 2000]])
  })
})

describe('drafts', () => {
  it('of an ended page become partial ratings, in the order they were answered; finished ones do not', async () => {
    const store = new OutboxStore('drafts')
    const [first, second, third] = [rating(1), rating(2), rating(3)]
    await store.keepDraft(second)
    await store.keepDraft(first)
    await store.keepDraft(third)
    await store.add({ ...third, field: 'dat-dai' })
    const mine = rating(4)
    await store.keepDraft(mine)
    expect(await store.rescueDrafts(mine.id)).toBe(2)
    await store.add(mine)
    expect(await store.rescueDrafts()).toBe(0)
    expect((await store.next(0, 10)).map(({ item }) => [item.id, item.partial, item.field])).toEqual([
      [third.id, false, 'dat-dai'],
      [first.id, true, null],
      [second.id, true, null],
      [mine.id, false, null],
    ])
    await store.close()
  })
})

describe('pauses', () => {
  it('double up to five minutes, between half and all of it', () => {
    expect([1, 2, 3, 8, 9, 1000].map((failures) => backoff(failures, 1) / 1000)).toEqual([2, 4, 8, 256, 300, 300])
    expect(backoff(1, 0)).toBe(1000)
  })

  it('Retry-After is seconds or a date, an hour at most', () => {
    const now = Date.parse('2026-11-23T08:00:00Z')
    expect(retryAfter(null, now)).toBe(0)
    expect(retryAfter('soon', now)).toBe(0)
    expect(retryAfter('-5', now)).toBe(0)
    expect(retryAfter('120', now)).toBe(120_000)
    expect(retryAfter('Mon, 23 Nov 2026 08:01:00 GMT', now)).toBe(60_000)
    expect(retryAfter('Mon, 23 Nov 2026 07:00:00 GMT', now)).toBe(0)
    expect(retryAfter('Mon, 23 Nov 2026 10:00:00 GMT', now)).toBe(3600_000)
    expect(retryAfter('3601', now)).toBe(3600_000)
  })
})
