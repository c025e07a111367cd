import { describe, expect, it, vi } from 'vitest'
import { Api, Problem } from './api'

interface Seen {
  method: string
  path: string
  headers: Record<string, string>
  body: unknown
}

/** An Api whose server answers with `answer` and remembers what it was asked. */
function open(answer: (seen: Seen, nth: number) => Response | Promise<Response>) {
  const seen: Seen[] = []
  const onSignedOut = vi.fn()
  const api = new Api({
    language: () => 'en',
    onSignedOut,
    fetch: async (input, init) => {
      const url = new URL(String(input))
      const request: Seen = {
        method: init?.method ?? 'GET',
        path: url.pathname + url.search,
        headers: { ...(init?.headers as Record<string, string>) },
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : null,
      }
      seen.push(request)
      init?.signal?.throwIfAborted()
      return answer(request, seen.length)
    },
  })
  return { api, seen, onSignedOut }
}

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' },
  })

const me = { id: 'admin', name: 'A', grants: [], rights: [], synthetic: true, version: '1' }
const session = (token: string) => json(200, { accessToken: token, expiresAt: '2026-11-23T07:00:00Z', user: me })
const unauthorized = () => json(401, { code: 'unauthorized', status: 401, detail: 'Sign in again', requestId: 'r1' })

describe('problems', () => {
  it('carry the code, the fields, the request id and the stored document', async () => {
    const { api } = open(() =>
      json(409, {
        code: 'conflict',
        reason: 'rev',
        detail: 'Changed by someone else',
        errors: [{ path: 'name.vi', reason: 'required', message: 'Enter a name' }],
        requestId: 'abc',
        current: { rev: 4 },
      }),
    )
    const error = await api.login('a', 'b').catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({
      status: 409,
      code: 'conflict',
      reason: 'rev',
      detail: 'Changed by someone else',
      fields: [{ path: 'name.vi', message: 'Enter a name' }],
      requestId: 'abc',
      current: { rev: 4 },
    })
  })

  it.each([
    ['a page of a gateway', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 'unavailable', 502],
    ['a page that is not ours', () => new Response('hm', { status: 418 }), 'unexpected', 418],
    ['broken JSON', () => new Response('{', { status: 500, headers: { 'Content-Type': 'application/json' } }), 'unexpected', 500],
    ['a 200 that is not JSON', () => new Response('<html>', { status: 200 }), 'unexpected', 200],
  ])('%s is %s', async (_name, answer, code, status) => {
    const { api } = open(answer)
    await expect(api.login('a', 'b')).rejects.toMatchObject({ code, status })
  })

  it('no connection is "network"', async () => {
    const { api } = open(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(api.login('a', 'b')).rejects.toMatchObject({ code: 'network', status: 0 })
  })

  it('an aborted request is not a problem', async () => {
    const { api } = open(() => json(200, {}))
    const error = await api.board({}, AbortSignal.abort()).catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'AbortError' })
  })
})

describe('requests', () => {
  it('name the language and leave empty parameters out', async () => {
    const { api, seen } = open(() => json(200, {}))
    await api.board({ period: '2026-Q3', agency: undefined, field: '' })
    expect(seen[0]).toMatchObject({
      path: '/api/v1/results/board?period=2026-Q3',
      headers: { 'Accept-Language': 'en' },
    })
  })

  it('judge suspicious ratings, and say how many', async () => {
    const { api, seen } = open(() => json(200, { judged: 20 }))
    const review = { point: 'K7QX2M9A4T', from: 'a', to: 'b', flag: 'burst', set: false, reason: 'Đoàn khách' } as const
    expect(await api.reviewFlags(review)).toBe(20)
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/flags', body: review })
  })

  it('read long lists to their end', async () => {
    const { api, seen } = open((request) => {
      const page = Number(new URLSearchParams(request.path.split('?')[1]).get('page'))
      const count = page === 1 ? 200 : 3
      return json(200, { items: Array.from({ length: count }, (_, i) => ({ id: `${page}-${i}` })), total: 203 })
    })
    expect(await api.agencies.all()).toHaveLength(203)
    expect(seen).toHaveLength(2)
  })
})

describe('documents', () => {
  const draft = { name: { vi: 'Đất đai' }, order: 1, closed: false }

  it('are replaced at their revision, with every key', async () => {
    const { api, seen } = open(() => json(200, {}))
    await api.fields.update('dat-dai', 3, draft)
    expect(seen[0]).toMatchObject({ method: 'PUT', path: '/api/v1/fields/dat-dai', body: { rev: 3, ...draft } })
  })

  it('have their ids percent-encoded', async () => {
    const { api, seen } = open(() => json(200, {}))
    await api.users.find('le van/a@tinh')
    expect(seen[0]!.path).toBe('/api/v1/users/le%20van%2Fa%40tinh')
  })

  it('a point sends neither its agency again nor a closing day at first', async () => {
    const { api, seen } = open(() => json(200, {}))
    const point = {
      agency: 'a',
      name: { vi: 'Quầy' },
      fields: [],
      delivery: 'counter',
      questionnaire: 'quick',
      opens: '2027-01-01',
      closed: '',
    } as const
    await api.points.create({ ...point, fields: [], receiptCode: 'optional', hours: [] })
    await api.points.update('K', 2, { ...point, fields: [], receiptCode: 'required', hours: [] })
    expect(seen[0]!.body).toHaveProperty('opens', '2027-01-01')
    expect(seen[0]!.body).not.toHaveProperty('closed')
    expect(seen[1]!.body).not.toHaveProperty('agency')
    expect(seen[1]!.body).toMatchObject({ rev: 2, opens: '2027-01-01', closed: '', receiptCode: 'required', hours: [] })
  })

  it('a month without a sheet is null, any other refusal a problem', async () => {
    expect(await open(() => json(404, { code: 'not_found' })).api.volume('a', '2026-09')).toBeNull()
    await expect(open(() => json(403, { code: 'forbidden' })).api.volume('a', '2026-09')).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('what is answered with nothing is done', async () => {
    const { api } = open(() => new Response(null, { status: 204 }))
    expect(await api.setPassword('a', 'long enough')).toBeUndefined()
  })
})

describe('a part of a file', () => {
  it('is sent as it is', async () => {
    const { api, seen } = open(() => json(200, {}))
    await api.sendImportPart('i', 2, new Blob(['abc']))
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      path: '/api/v1/imports/i/parts/2',
      headers: { 'Content-Type': 'application/octet-stream' },
    })
  })
})

describe('the session', () => {
  it('keeps the access token for later requests', async () => {
    const { api, seen } = open((r) => (r.path === '/api/v1/session' ? session('t1') : json(200, {})))
    expect(await api.login('admin', 'secret')).toEqual(me)
    await api.board({})
    expect(seen[0]!.body).toEqual({ name: 'admin', password: 'secret' })
    expect(seen[0]!.headers['Authorization']).toBeUndefined()
    expect(seen[1]!.headers['Authorization']).toBe('Bearer t1')
  })

  it('a wrong password does not try to renew', async () => {
    const { api, seen, onSignedOut } = open(unauthorized)
    await expect(api.login('admin', 'wrong')).rejects.toMatchObject({ code: 'unauthorized' })
    expect(seen).toHaveLength(1)
    expect(onSignedOut).not.toHaveBeenCalled()
  })

  it('is renewed once for many requests that expired together, and they are repeated', async () => {
    const { api, seen, onSignedOut } = open((r) => {
      if (r.path === '/api/v1/session/refresh') return session('t2')
      return r.headers['Authorization'] === 'Bearer t2' ? json(200, { ok: true }) : unauthorized()
    })
    await Promise.all([api.board({}), api.trend({}), api.board({ measure: 'tc' })])
    expect(seen.filter((r) => r.path === '/api/v1/session/refresh')).toHaveLength(1)
    expect(seen).toHaveLength(7)
    expect(onSignedOut).not.toHaveBeenCalled()
  })

  it('that cannot be renewed signs out', async () => {
    const { api, onSignedOut } = open(unauthorized)
    await expect(api.board({})).rejects.toMatchObject({ code: 'unauthorized' })
    expect(onSignedOut).toHaveBeenCalledOnce()
  })

  it('a request refused after renewal is not repeated again', async () => {
    const { api, seen } = open((r) => (r.path === '/api/v1/session/refresh' ? session('t2') : unauthorized()))
    await expect(api.board({})).rejects.toMatchObject({ code: 'unauthorized' })
    expect(seen.map((r) => r.path)).toEqual([
      '/api/v1/results/board',
      '/api/v1/session/refresh',
      '/api/v1/results/board',
    ])
  })

  it('survives a lost connection while renewing', async () => {
    const { api, onSignedOut } = open((r) =>
      r.path === '/api/v1/session/refresh' ? Promise.reject(new TypeError('offline')) : unauthorized(),
    )
    await expect(api.board({})).rejects.toMatchObject({ code: 'network' })
    expect(onSignedOut).not.toHaveBeenCalled()
  })

  it('resumes, or says that there is none', async () => {
    expect(await open(() => session('t')).api.resume()).toEqual(me)
    expect(await open(unauthorized).api.resume()).toBeNull()
    await expect(open(() => json(503, { code: 'unavailable' })).api.resume()).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('is forgotten on logout', async () => {
    const { api, seen } = open((r) => (r.method === 'DELETE' ? new Response(null, { status: 204 }) : session('t1')))
    await api.login('admin', 'secret')
    await api.logout()
    expect(seen[1]).toMatchObject({ method: 'DELETE', path: '/api/v1/session' })
    expect(seen[1]!.headers['Authorization']).toBe('Bearer t1')
    await api.board({}).catch(() => undefined)
    expect(seen[2]!.headers['Authorization']).toBeUndefined()
  })
})
