// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutboxStore } from '../lib/outboxStore'
import { DeviceClient, DeviceError, readEnrolmentCode, rotateAfter, type Device } from './device'

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
  serverTime: '2026-11-23T08:00:00.000Z',
}

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
        const path = url.replace('/api/v1/device', '')
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
    answer = () => json(200, { ...device, point: { ...device.point, code: '1T431FK6P4' } })
    expect((await made.read()).point.code).toBe('1T431FK6P4')
    answer = () => json(401, { code: 'unauthorized', reason: 'device.revoked' })
    await expect(made.read()).rejects.toMatchObject({ problem: 'refused', reason: 'device.revoked' })
    answer = () => json(401, { code: 'unauthorized', reason: 'kiosk.closed' })
    await expect(made.read()).rejects.toMatchObject({ problem: 'refused', reason: 'kiosk.closed' })
    answer = () => html(401)
    await expect(made.read()).rejects.toMatchObject({ problem: 'unexpected' })
    expect((await client().load())?.point.code).toBe('1T431FK6P4')
  })

  describe('rotation', () => {
    it('is not due for some days', async () => {
      const made = await enrolled()
      now += rotateAfter - 1
      answer = () => json(200, device)
      await made.read()
      expect(tokens()).toEqual(['/ Kiosk one'])
    })

    it('keeps the old token until the new one has worked', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => json(200, path === '/rotate' ? { token: 'two' } : device)
      await made.read()
      expect(tokens()).toEqual(['/ Kiosk one', '/rotate Kiosk one'])
      expect(await made.token()).toBe('two')
      expect(await store.get('credentials')).toMatchObject({ token: 'one', next: 'two' })

      await made.accepted('two')
      expect(await store.get('credentials')).toEqual({ token: 'two', since: now })
    })

    it('falls back to the old token when the new one is refused', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => json(200, path === '/rotate' ? { token: 'two' } : device)
      await made.read()
      requests = []
      answer = (path, token) =>
        token === 'two' && path === '' ? json(401, { code: 'unauthorized', reason: 'device.unknown' }) : json(200, path === '' ? device : { token: 'three' })
      await made.read()
      expect(tokens()).toEqual(['/ Kiosk two', '/ Kiosk one', '/rotate Kiosk one'])
      expect(await store.get('credentials')).toMatchObject({ token: 'one', next: 'three' })
    })

    it('that fails changes nothing', async () => {
      const made = await enrolled()
      now += rotateAfter
      answer = (path) => (path === '/rotate' ? html(200) : json(200, device))
      await made.read()
      expect(await made.token()).toBe('one')
    })
  })

  it('of two tokens both refused, none is left to try', async () => {
    const made = await enrolled()
    expect(await made.refused('one')).toBe(false)
    expect(await made.refused('older')).toBe(true)
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
