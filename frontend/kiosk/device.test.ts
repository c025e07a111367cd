// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OutboxStore } from '../lib/outboxStore'
import { DeviceClient, DeviceError, readEnrolmentCode, readScanned, rotateAfter, type Device, type Report } from './device'

const device: Device = {
  kiosk: { id: 'J4NP8J3F', name: 'Kiosk sảnh chính' },
  point: {
    code: 'K7QX2M9A4T',
    name: { vi: 'Quầy 1' },
    agencyName: { vi: 'Phường Đông' },
    fields: [],
    closed: false,
  },
  questionnaire: { id: 'quick', version: 1, title: { vi: 'Phiếu' }, items: [] },
  province: { vi: 'Tỉnh' },
  synthetic: true,
  version: '1.0.0',
  revision: 'r1',
  serverTime: '2026-11-23T08:00:00.000Z',
}

const report: Report = {
  waiting: 3,
  aside: 0,
  oldest: '2026-11-01T08:00:00.000Z',
  lastRating: '2026-11-22T08:00:00.000Z',
  build: 'kiosk-abc',
  clockOffset: 12,
  storageKept: true,
  settings: 'r0',
}

/** The answer to a heartbeat. */
const told = { device, serverTime: device.serverTime }

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  })

const html = (status: number) => new Response('<html></html>', { status, headers: { 'Content-Type': 'text/html' } })

describe('device', () => {
  let store: OutboxStore
  let now: number
  let requests: { path: string; authorization: string | undefined; body: unknown }[]
  let answer: (path: string, token: string) => Response | Promise<Response>

  const client = () =>
    new DeviceClient({
      store,
      language: () => 'vi',
      now: () => now,
      fetch: (async (url: string, init: RequestInit) => {
        const authorization = (init.headers as Record<string, string>)['Authorization']
        const path = url.replace('/api/v1/device', '').replace('/heartbeat', '')
        requests.push({ path, authorization, body: init.body ? JSON.parse(String(init.body)) : undefined })
        return answer(path, authorization?.replace('Kiosk ', '') ?? '')
      }) as typeof fetch,
    })

  const tokens = () => requests.map(({ path, authorization }) => `${path || '/'} ${authorization ?? '-'}`)

  async function enrolled(): Promise<DeviceClient> {
    const made = client()
    answer = () => json(200, { token: 'one', device })
    await made.enrol('K7QX2M9A')
    requests = []
    return made
  }

  beforeEach(() => {
    store = new OutboxStore(`device-${Math.random()}`)
    now = Date.parse('2026-11-23T08:00:00Z')
    requests = []
  })

  afterEach(() => store.close())

  const refusals: [string, () => Response | Promise<Response>, Partial<DeviceError>][] = [
    ['a code of the wrong form', () => json(422, { code: 'invalid', errors: [{ path: 'code', reason: 'enrolment.format' }] }), { problem: 'format' }],
    ['an unknown code', () => json(401, { code: 'unauthorized', reason: 'enrolment.unknown' }), { problem: 'unknown' }],
    ['a replaced code', () => json(401, { code: 'unauthorized', reason: 'enrolment.replaced' }), { problem: 'replaced' }],
    ['a used code', () => json(401, { code: 'unauthorized', reason: 'enrolment.used' }), { problem: 'used' }],
    ['an expired code', () => json(401, { code: 'unauthorized', reason: 'enrolment.expired' }), { problem: 'expired' }],
    ['too many attempts', () => json(429, { code: 'throttled', reason: 'enrolment.throttled' }, { 'Retry-After': '42' }), { problem: 'throttled', seconds: 42 }],
    ['a kiosk out of service', () => json(409, { code: 'closed', reason: 'kiosk.closed' }), { problem: 'closed' }],
    ['no connection', () => Promise.reject(new TypeError('Failed to fetch')), { problem: 'network' }],
    ['a gateway without a server', () => html(502), { problem: 'network' }],
    ['a server that is not ready', () => json(503, { code: 'unavailable' }), { problem: 'network' }],
    ['a captive portal', () => html(200), { problem: 'unexpected' }],
    ['somebody else’s JSON', () => json(200, { token: 'x', device: {} }), { problem: 'unexpected' }],
  ]
  it.each(refusals)('%s does not enrol, and what was before stays', async (_name, given, expected) => {
    const made = await enrolled()
    answer = given
    await expect(made.enrol('ZZZZZZZZ')).rejects.toMatchObject(expected)
    expect(await made.token()).toBe('one')
    const again = client()
    expect(await again.load()).toEqual(device)
    expect(await again.token()).toBe('one')
  })

  it('enrolment is remembered across the end of the page, with the clock', async () => {
    const made = client()
    answer = () => {
      now += 2000
      return json(200, { token: 'one', device: { ...device, serverTime: '2026-11-23T08:05:01.000Z' } })
    }
    expect(await made.load()).toBeNull()
    await made.enrol('K7QX2M9A')
    expect(requests[0]).toEqual({ path: '/enrol', authorization: undefined, body: { code: 'K7QX2M9A' } })
    const again = client()
    expect(await again.load()).toMatchObject({ point: { code: 'K7QX2M9A4T' } })
    expect(await again.token()).toBe('one')
    expect(again.clock).toEqual({ offset: 300_000, serverTime: Date.parse('2026-11-23T08:05:01Z') })
  })

  it('a reading takes up a new point, and a refused one keeps the old', async () => {
    const made = await enrolled()
    answer = () => json(200, { ...told, device: { ...device, point: { ...device.point, code: '1T431FK6P4' } } })
    expect((await made.beat(report))?.point.code).toBe('1T431FK6P4')
    expect(requests).toEqual([{ path: '', authorization: 'Kiosk one', body: report }])
    answer = () => json(200, { device: null, serverTime: device.serverTime })
    expect(await made.beat(report), 'nothing changed').toBeNull()
    answer = () => json(200, { results: [] })
    await expect(made.beat(report)).rejects.toMatchObject({ problem: 'unexpected' })
    answer = () => json(401, { code: 'unauthorized', reason: 'device.revoked' })
    await expect(made.beat(report)).rejects.toMatchObject({ problem: 'refused', reason: 'device.revoked' })
    answer = () => json(401, { code: 'unauthorized', reason: 'kiosk.closed' })
    await expect(made.beat(report)).rejects.toMatchObject({ problem: 'refused', reason: 'kiosk.closed' })
    answer = () => html(401)
    await expect(made.beat(report)).rejects.toMatchObject({ problem: 'unexpected' })
    expect((await client().load())?.point.code).toBe('1T431FK6P4')
  })

  it('an answer to the token of an enrolment that ended meanwhile changes nothing', async () => {
    const made = await enrolled()
    answer = async (path) => {
      if (path === '/unenrol') return new Response(null, { status: 204 })
      await made.unenrol()
      return json(200, told)
    }
    expect(await made.beat(report)).toBeNull()
    expect(await client().load()).toBeNull()
    expect(await made.token()).toBeNull()
  })

  it('the end of an enrolment needs no connection, and keeps what waits', async () => {
    const made = await enrolled()
    await store.put({ lastRating: '2026-11-22T08:00:00.000Z' })
    answer = () => Promise.reject(new TypeError('Failed to fetch'))
    await made.unenrol()
    expect(tokens()).toEqual(['/unenrol Kiosk one'])
    expect(await client().load()).toBeNull()
    expect(await store.get('lastRating')).toBe('2026-11-22T08:00:00.000Z')
  })

  it.each([
    ['takes it', () => new Response(null, { status: 204 }), true],
    ['knows the token no more', () => json(401, { code: 'unauthorized', reason: 'device.unknown' }), true],
    ['is a captive portal', () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }), false],
    ['is busy', () => json(503, { code: 'unavailable' }), false],
  ])('an end of enrolment without a connection is told later, by another page, once: what answers %s', async (_, reply, told) => {
    const made = await enrolled()
    answer = () => Promise.reject(new TypeError('Failed to fetch'))
    await made.unenrol()
    const next = client()
    await next.load()
    answer = async () => reply()
    await next.farewell()
    await next.farewell()
    expect(tokens()).toEqual(Array(told ? 2 : 3).fill('/unenrol Kiosk one'))
  })

  it('a code is shown before it is used, and another answer is none', async () => {
    const made = client()
    const place = { kiosk: device.kiosk, pointName: { vi: 'Quầy 1' }, agencyName: { vi: 'Phường Đông' } }
    answer = () => json(200, place)
    expect(await made.placeOf('K7QX2M9A')).toEqual(place)
    expect(requests).toEqual([{ path: '/enrolment', authorization: undefined, body: { code: 'K7QX2M9A' } }])
    answer = () => json(200, { portal: true })
    await expect(made.placeOf('K7QX2M9A')).rejects.toMatchObject({ problem: 'unexpected' })
    answer = () => json(401, { code: 'unauthorized', reason: 'enrolment.expired' })
    await expect(made.placeOf('K7QX2M9A')).rejects.toMatchObject({ problem: 'expired' })
  })

  describe('rotation', () => {
    it('is not due for some days', async () => {
      const made = await enrolled()
      now += rotateAfter - 1
      answer = () => json(200, told)
      await made.beat(report)
      expect(tokens()).toEqual(['/ Kiosk one'])
    })

    it('keeps the old token until the new one has worked', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => json(200, path === '/rotate' ? { token: 'two' } : told)
      await made.beat(report)
      expect(tokens()).toEqual(['/ Kiosk one', '/rotate Kiosk one'])
      expect(await made.token()).toBe('two')
      expect(await store.get('credentials')).toMatchObject({ token: 'one', next: 'two' })

      await made.accepted('two')
      expect(await store.get('credentials')).toEqual({ token: 'two', since: now })
    })

    it('falls back to the old token when the new one is refused', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => json(200, path === '/rotate' ? { token: 'two' } : told)
      await made.beat(report)
      requests = []
      answer = (path, token) =>
        token === 'two' && path === '' ? json(401, { code: 'unauthorized', reason: 'device.unknown' }) : json(200, path === '' ? told : { token: 'three' })
      await made.beat(report)
      expect(tokens()).toEqual(['/ Kiosk two', '/ Kiosk one', '/rotate Kiosk one'])
      expect(await store.get('credentials')).toMatchObject({ token: 'one', next: 'three' })
    })

    it('that fails changes nothing', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => (path === '/rotate' ? html(200) : json(200, told))
      await made.beat(report)
      expect(await made.token()).toBe('one')
    })
  })

  it('of two tokens both refused, none is left to try', async () => {
    const made = await enrolled()
    expect(await made.refused('one', 'device.unknown')).toBe(false)
    expect(await made.refused('older', 'device.unknown')).toBe(true)
  })

  describe('a refused token', () => {
    const unauthorized = (reason: string) => json(401, { code: 'unauthorized', reason })

    /** A server with the tokens of one device: the first use of `next` ends `token`. */
    function serve(kiosk: { token: string; next?: string; closed?: boolean }) {
      answer = (path, token) => {
        if (token !== kiosk.token && token !== kiosk.next) return unauthorized('device.unknown')
        if (kiosk.closed) return unauthorized('kiosk.closed')
        if (token === kiosk.next) Object.assign(kiosk, { token, next: undefined })
        return json(200, path === '/rotate' ? { token: (kiosk.next = `${token}+`) } : told)
      }
      return kiosk
    }

    async function rotated(): Promise<{ made: DeviceClient; kiosk: ReturnType<typeof serve> }> {
      const made = await enrolled()
      const kiosk = serve({ token: 'one' })
      now += rotateAfter
      await made.beat(report)
      expect(await store.get('credentials')).toMatchObject({ token: 'one', next: 'one+' })
      return { made, kiosk }
    }

    it('outlives the time its kiosk is out of service, even when the answer to its first use was lost', async () => {
      const { made, kiosk } = await rotated()
      const served = answer
      answer = (path, token) => {
        void served(path, token)
        return Promise.reject(new TypeError('Failed to fetch'))
      }
      await expect(made.beat(report)).rejects.toMatchObject({ problem: 'network' })
      expect(kiosk).toMatchObject({ token: 'one+', next: undefined })

      answer = served
      kiosk.closed = true
      for (let i = 0; i < 3; i++) await expect(made.beat(report)).rejects.toMatchObject({ reason: 'kiosk.closed' })
      kiosk.closed = false
      await made.beat(report)
      expect(await store.get('credentials')).toEqual({ token: 'one+', since: now })
    })

    it('is tried again later when the server knew neither it nor the other one', async () => {
      const { made } = await rotated()
      serve({ token: 'other' })
      requests = []
      for (let i = 0; i < 2; i++) await expect(made.beat(report)).rejects.toMatchObject({ reason: 'device.unknown' })
      expect(tokens()).toEqual(['/ Kiosk one+', '/ Kiosk one', '/ Kiosk one+', '/ Kiosk one'])
      serve({ token: 'one+' })
      await made.beat(report)
      expect(await store.get('credentials')).toEqual({ token: 'one+', since: now })
    })

    it('gives way to the one that another page of the tablet was given', async () => {
      const made = await enrolled()
      const other = client()
      await other.load()
      answer = () => json(200, { token: 'new', device })
      await other.enrol('K7QX2M9A')
      serve({ token: 'new' })
      requests = []
      await made.beat(report)
      expect(tokens()).toEqual(['/ Kiosk one', '/ Kiosk new'])
      expect(await made.token()).toBe('new')
    })
  })

  describe('what another page of the tablet was given', () => {
    it('is not overwritten by a rotation that ends later', async () => {
      const made = await enrolled()
      const other = client()
      await other.load()
      now += rotateAfter
      answer = async (path) => {
        if (path === '/enrol') return json(200, { token: 'new', device })
        if (path === '') return json(200, told)
        await other.enrol('K7QX2M9A')
        return json(200, { token: 'two' })
      }
      await made.beat(report)
      expect(await store.get('credentials')).toEqual({ token: 'new', since: now })
      expect(await made.token()).toBe('new')
    })

    it('is not overwritten by an answer to an older token', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => json(200, path === '/rotate' ? { token: 'two' } : told)
      await made.beat(report)
      const other = client()
      await other.load()
      answer = () => json(200, { token: 'new', device })
      await other.enrol('K7QX2M9A')
      await made.accepted('two')
      expect(await store.get('credentials')).toEqual({ token: 'new', since: now })
      expect(await made.token()).toBe('new')
    })
  })

  it('a token that the tablet could not store is not used', async () => {
    const made = await enrolled()
    now += rotateAfter
    answer = (path) => {
      if (path !== '/rotate') return json(200, told)
      vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
        throw new DOMException('the disk is full', 'QuotaExceededError')
      })
      return json(200, { token: 'two' })
    }
    await expect(made.beat(report)).rejects.toThrow('the disk is full')
    answer = () => json(200, { token: 'new', device })
    await expect(made.enrol('K7QX2M9A')).rejects.toThrow('the disk is full')
    vi.restoreAllMocks()
    expect(await made.token()).toBe('one')
  })
})

describe('enrolment codes', () => {
  it.each([
    ['', null],
    ['K7QX-2M9', null],
    ['K7QX-2M9AA', null],
    ['K7QX-2M9U', null],
    ['K7QX-2M9?', null],
    ['K7QX-2M9A', 'K7QX2M9A'],
    [' k7qx 2m9a ', 'K7QX2M9A'],
    ['K7QX–2M9A', 'K7QX2M9A'],
    ['kilo-0000', 'K1100000'],
  ])('%j reads %j', (typed, code) => {
    expect(readEnrolmentCode(typed)).toBe(code)
  })
})

it.each([
  ['https://hailong.example/kiosk#enrol=K7QX2M9A', 'K7QX2M9A'],
  ['#enrol=k7qx-2m9a', 'K7QX2M9A'],
  ['K7QX-2M9A', 'K7QX2M9A'],
  ['https://hailong.example/s/K7QX2M9A4T', null],
  ['https://hailong.example/kiosk?enrol=K7QX2M9A', null],
  ['', null],
])('a camera that read %s found %s', (text, code) => {
  expect(readScanned(text)).toBe(code)
})
