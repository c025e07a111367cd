import type { Agency, Field, Listing, Me, Point, PointDraft, Questionnaire } from './catalogue'
import type { Language } from './language'
import type { Board, Trend } from './results'

/** What is wrong with one part of what was sent. The message is in the user's language. */
export interface FieldProblem {
  path: string
  reason: string
  message: string
}

/** Codes of the server, and two of ours: no answer came, or one that is not the server's. */
export type ProblemCode =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'closed'
  | 'unauthorized'
  | 'forbidden'
  | 'throttled'
  | 'unavailable'
  | 'internal'
  | 'network'
  | 'unexpected'

/**
 * A request that was not answered as wished. `detail` is the server's sentence in
 * the user's language, empty when there is none (network, unexpected); `current`
 * is the stored document of a revision conflict.
 */
export class Problem extends Error {
  readonly status: number
  readonly code: ProblemCode
  readonly reason: string
  readonly detail: string
  readonly fields: FieldProblem[]
  readonly requestId: string
  readonly current: unknown

  constructor(part: Partial<Omit<Problem, keyof Error>> & { code: ProblemCode }) {
    super(part.detail || part.code)
    this.name = 'Problem'
    this.status = part.status ?? 0
    this.code = part.code
    this.reason = part.reason ?? ''
    this.detail = part.detail ?? ''
    this.fields = part.fields ?? []
    this.requestId = part.requestId ?? ''
    this.current = part.current
  }
}

interface SessionAnswer {
  accessToken: string
  expiresAt: string
  user: Me
}

export interface ApiOptions {
  /** Language of the sentences in problems. */
  language: () => Language
  /** Called once when the session is over and cannot be renewed. */
  onSignedOut: () => void
  /** Stands in for fetch in tests. */
  fetch?: typeof fetch
}

interface Call {
  method?: string
  query?: Record<string, string | number | undefined>
  body?: unknown
  signal?: AbortSignal | undefined
}

/**
 * The client of /api/v1. The access token lives in memory only; the refresh token
 * is a cookie that scripts cannot read. A 401 renews the session once, however many
 * requests meet it together, and repeats the request; where that fails, it signs out.
 * Every method throws a Problem; an aborted request throws the abort's reason.
 */
export class Api {
  #options: ApiOptions
  #fetch: typeof fetch
  #token: string | null = null
  #renewal: Promise<Me | null> | null = null

  constructor(options: ApiOptions) {
    this.#options = options
    this.#fetch = options.fetch ?? ((...request) => fetch(...request))
  }

  /** Signs in. A wrong name or password is a Problem with code unauthorized, too many attempts throttled. */
  async login(name: string, password: string): Promise<Me> {
    const session = await this.#json<SessionAnswer>('/session', { method: 'POST', body: { name, password } })
    this.#token = session.accessToken
    return session.user
  }

  /**
   * Takes up the session of an earlier visit: the user, or null when there is none.
   * Concurrent calls share one request. Without a connection it throws.
   */
  resume(): Promise<Me | null> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null
    })
    return this.#renewal
  }

  /** Ends the session; the server may be out of reach, the token is forgotten in any case. */
  async logout(): Promise<void> {
    const token = this.#token
    this.#token = null
    await this.#send('/session', { method: 'DELETE' }, token)
  }

  board(query: Record<string, string | undefined>, signal?: AbortSignal): Promise<Board> {
    return this.#authorized('/results/board', { query, signal })
  }

  trend(query: Record<string, string | undefined>, signal?: AbortSignal): Promise<Trend> {
    return this.#authorized('/results/trend', { query, signal })
  }

  /** Every agency the user may see, in tree order. */
  agencies(): Promise<Agency[]> {
    return this.#all<Agency>('/agencies')
  }

  fields(): Promise<Field[]> {
    return this.#all<Field>('/fields')
  }

  questionnaires(): Promise<Questionnaire[]> {
    return this.#all<Questionnaire>('/questionnaires')
  }

  points(
    query: { q?: string | undefined; agency?: string | undefined; page: number; size: number },
    signal?: AbortSignal,
  ): Promise<Listing<Point>> {
    return this.#authorized('/points', { query, signal })
  }

  point(code: string, signal?: AbortSignal): Promise<Point> {
    return this.#authorized(`/points/${encodeURIComponent(code)}`, { signal })
  }

  /** Makes a point; the server draws its code. A new point is open, so `closed` is not sent. */
  createPoint({ agency, name, fields, delivery, questionnaire }: PointDraft): Promise<Point> {
    const body = { agency, name, fields, delivery, questionnaire }
    return this.#authorized('/points', { method: 'POST', body })
  }

  /**
   * Stores a point's new state; a Problem with code conflict carries the stored one in
   * `current`. A point never changes its agency, so that is not sent.
   */
  updatePoint(code: string, rev: number, draft: PointDraft): Promise<Point> {
    const { name, fields, delivery, questionnaire, closed } = draft
    const body = { rev, name, fields, delivery, questionnaire, closed }
    return this.#authorized(`/points/${encodeURIComponent(code)}`, { method: 'PUT', body })
  }

  async #all<T>(path: string): Promise<T[]> {
    const size = 200
    const items: T[] = []
    for (let page = 1; ; page++) {
      const listing = await this.#authorized<Listing<T>>(path, { query: { page, size } })
      items.push(...listing.items)
      if (listing.items.length < size || items.length >= listing.total) return items
    }
  }

  async #renew(): Promise<Me | null> {
    try {
      const session = await this.#json<SessionAnswer>('/session/refresh', { method: 'POST' })
      this.#token = session.accessToken
      return session.user
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
        this.#token = null
        return null
      }
      throw error
    }
  }

  async #authorized<T>(path: string, call: Call): Promise<T> {
    try {
      return await this.#json<T>(path, call, this.#token)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      if ((await this.resume()) === null) {
        this.#options.onSignedOut()
        throw error
      }
      return this.#json<T>(path, call, this.#token)
    }
  }

  async #json<T>(path: string, call: Call, token: string | null = null): Promise<T> {
    const response = await this.#send(path, call, token)
    try {
      return (await response.json()) as T
    } catch {
      call.signal?.throwIfAborted()
      throw new Problem({ code: 'unexpected', status: response.status })
    }
  }

  async #send(path: string, call: Call, token: string | null): Promise<Response> {
    const url = new URL('/api/v1' + path, location.origin)
    for (const [key, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined && value !== '') url.searchParams.set(key, String(value))
    }
    const headers: Record<string, string> = {
      Accept: 'application/json, application/problem+json',
      'Accept-Language': this.#options.language(),
    }
    if (token !== null) headers['Authorization'] = `Bearer ${token}`
    if (call.body !== undefined) headers['Content-Type'] = 'application/json'
    let response: Response
    try {
      response = await this.#fetch(url, {
        method: call.method ?? 'GET',
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: call.signal ?? null,
      })
    } catch {
      call.signal?.throwIfAborted()
      throw new Problem({ code: 'network' })
    }
    if (!response.ok) throw await problemOf(response)
    return response
  }
}

/** Reads a problem document; anything else that failed is "unexpected", from 502 to 504 "unavailable". */
async function problemOf(response: Response): Promise<Problem> {
  const gateway = response.status >= 502 && response.status <= 504
  const fallback = { status: response.status, code: gateway ? 'unavailable' : 'unexpected' } as const
  if (!response.headers.get('Content-Type')?.includes('json')) return new Problem(fallback)
  try {
    const document = await response.json()
    return new Problem({
      status: response.status,
      code: document.code ?? fallback.code,
      reason: document.reason,
      detail: document.detail,
      fields: document.errors ?? [],
      requestId: document.requestId,
      current: document.current,
    })
  } catch {
    return new Problem(fallback)
  }
}
