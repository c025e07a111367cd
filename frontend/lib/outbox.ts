import { finalRefusals, type Aside, type Entry, type FinalRefusal, type OutboxStore, type Submission } from './outboxStore'

/** Who the kiosk is to the server. */
export interface Authority {
  /** The token to send with; null: the device is not enrolled. */
  token: () => Promise<string | null>
  /** The server took a request made with this token. */
  accepted: (token: string) => Promise<void>
  /** The server refused this token, with its reason. True when there is another one to try at once. */
  refused: (token: string, reason: string) => Promise<boolean>
}

/** Why nothing is sent at the moment. */
export type Obstacle =
  | 'network' // no answer came
  | 'foreign' // something answered that is not our server, for instance a captive portal
  | 'busy' // the server asked to come again later, or failed
  | 'items' // the server read the batch but has not stored all of it yet

export interface OutboxState {
  /** Ratings on this device that the server has not confirmed. */
  waiting: number
  /** Ratings that the server will not take as they are; kept. */
  aside: number
  phase: 'idle' | 'sending' | 'backoff' | 'stopped'
  /** Set in phase backoff. */
  obstacle: Obstacle | null
  /** Set in phase stopped: the server's reason, for instance device.revoked. */
  refusal: string | null
  /** When the server last confirmed a rating, ISO 8601; null: not yet. */
  lastSent: string | null
}

export interface OutboxOptions {
  store: OutboxStore
  authority: Authority
  onchange?: (state: OutboxState) => void
  /** Told the server's time with every answer, and when (device clock) it was asked and answered. */
  onservertime?: (serverTime: string, asked: number, answered: number) => void
  fetch?: typeof fetch
  locks?: LockManager
  now?: () => number
  random?: () => number
  /** Most items of one request. */
  batch?: number
}

/** Where every kiosk page of a device agrees who sends. */
const lockName = 'sipas-kiosk-outbox'
const timeout = 30_000
const shortest = 2_000
const longest = 5 * 60_000
/** A server that names a later time is asked at this one: a tablet's clock may be years off, and a timer holds 24 days. */
const longestAsked = 3600_000

/** How long to wait after so many failures in a row, in milliseconds: doubling, with jitter, at most five minutes. */
export function backoff(failures: number, random: number): number {
  const ceiling = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 20))
  return ceiling / 2 + (random * ceiling) / 2
}

/** Retry-After in milliseconds: seconds or a date, at most an hour; 0 when it is missing or unreadable. */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0
  const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return wait > 0 ? Math.min(wait, longestAsked) : 0
}

type Verdict =
  | { kind: 'read'; unsettled: boolean; moved: boolean }
  | { kind: 'unreadable' } // the server would not read this batch; a smaller one may do
  | { kind: 'backoff'; obstacle: Obstacle; wait: number }
  | { kind: 'stopped'; refusal: string }

type PassEnd = { kind: 'done' } | Extract<Verdict, { kind: 'backoff' | 'stopped' }>

/**
 * The only way a kiosk sends. A rating waits in IndexedDB until the server says,
 * in a body that is ours and by its id, that it is stored (or was before).
 *
 *   - stored, duplicate: it leaves.
 *   - invalid, conflict, closed: it is set aside, kept and counted.
 *   - retry, or not named: it stays; the rest goes on, and it is sent again after a pause.
 *   - 401, 403 of our server: everything stops until resume, nothing is removed.
 *   - 400, 413, 415, 422 of our server: the batch is halved, so that one bad item holds up no other.
 *   - 408, 425, 429 (Retry-After, an hour at most), 5xx, no answer, any other answer: a pause with jitter.
 *
 * Batches go one after the other in the order of the ratings. Of several pages only one sends at a time.
 */
export class Outbox {
  #options: Required<Omit<OutboxOptions, 'onchange' | 'onservertime'>> & OutboxOptions
  #state: OutboxState = {
    waiting: 0,
    aside: 0,
    phase: 'idle',
    obstacle: null,
    refusal: null,
    lastSent: null,
  }
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Until then not even a new connection is reason enough to ask: the server named the time. */
  #notBefore = 0
  #running: Promise<void> | null = null
  #again = false
  #closed = new AbortController()

  constructor(options: OutboxOptions) {
    this.#options = {
      fetch: (...request) => fetch(...request),
      now: () => Date.now(),
      random: () => Math.random(),
      batch: 50,
      ...options,
      locks: options.locks ?? navigator.locks,
    }
  }

  get state(): OutboxState {
    return this.#state
  }

  /** Keeps a rating. Resolves when it is durable on this device; sending follows by itself. */
  async add(item: Submission): Promise<void> {
    await this.#options.store.add(item)
    await this.refresh().catch(() => {}) // it is kept, whatever can be counted now
    void this.drain()
  }

  /** Counts anew; other pages of the device may have added or sent. */
  async refresh(): Promise<void> {
    const [count, lastSent] = await Promise.all([
      this.#options.store.count(),
      this.#options.store.get<string>('lastSent'),
    ])
    this.#show({ ...count, lastSent: lastSent ?? null })
  }

  /**
   * Sends what waits, unless the queue is stopped or pauses. Resolves when this
   * attempt is over, whatever its end; it never rejects.
   */
  drain(): Promise<void> {
    if (this.#closed.signal.aborted || this.#state.phase === 'stopped' || this.#state.phase === 'backoff') return Promise.resolve()
    if (this.#running !== null) {
      this.#again = true
      return this.#running
    }
    this.#running = this.#run().finally(() => {
      this.#running = null
      const again = this.#again
      this.#again = false
      if (again) void this.drain()
    })
    return this.#running
  }

  /** Tries now instead of at the end of a pause, for instance when the connection is back. A time the server named is kept. */
  hurry(): Promise<void> {
    if (this.#state.phase !== 'backoff' || this.#options.now() < this.#notBefore) return this.drain()
    return this.#endPause()
  }

  /** Takes up sending after a stop: the device was enrolled again, or the server takes its token again. */
  async resume(): Promise<void> {
    await this.#running
    clearTimeout(this.#timer)
    this.#failures = 0
    this.#notBefore = 0
    this.#show({ phase: 'idle', refusal: null, obstacle: null })
    await this.drain()
  }

  /** Puts what was set aside back into the queue and sends it; for staff, after the cause was mended. */
  async requeueAside(): Promise<void> {
    await this.#options.store.requeueAside()
    await this.refresh()
    await this.drain()
  }

  /** Stops sending; what waits stays. */
  async close(): Promise<void> {
    this.#closed.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  #show(change: Partial<OutboxState>) {
    this.#state = { ...this.#state, ...change }
    this.#options.onchange?.(this.#state)
  }

  async #run(): Promise<void> {
    let end: PassEnd
    try {
      end = await this.#options.locks.request(lockName, { signal: this.#closed.signal }, () => this.#pass())
      await this.refresh()
    } catch {
      if (this.#closed.signal.aborted) return
      // The device's own storage failed; nothing was removed.
      end = { kind: 'backoff', obstacle: 'items', wait: 0 }
    }
    switch (end.kind) {
      case 'done':
        this.#failures = 0
        this.#show({ phase: 'idle', obstacle: null })
        break
      case 'stopped':
        this.#show({ phase: 'stopped', refusal: end.refusal, obstacle: null })
        break
      case 'backoff': {
        this.#failures++
        const now = this.#options.now()
        this.#notBefore = now + end.wait
        const wait = Math.max(end.wait, backoff(this.#failures, this.#options.random()))
        this.#show({ phase: 'backoff', obstacle: end.obstacle })
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => void this.#endPause(), wait)
      }
    }
  }

  #endPause(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#state.phase === 'backoff') this.#show({ phase: 'idle', obstacle: null })
    return this.drain()
  }

  /** Goes through the queue once from its head, until nothing is left behind the last entry seen. */
  async #pass(): Promise<PassEnd> {
    const { store, batch } = this.#options
    let after = 0
    let size = batch
    let unsettled = false
    while (!this.#closed.signal.aborted) {
      const entries = await store.next(after, size)
      const last = entries.at(-1)
      if (last === undefined) break
      if (this.#state.phase !== 'sending') this.#show({ phase: 'sending', obstacle: null })
      const verdict = await this.#send(entries)
      if (verdict.kind === 'backoff' || verdict.kind === 'stopped') return verdict
      if (verdict.kind === 'unreadable' && entries.length > 1) {
        size = Math.ceil(entries.length / 2)
        continue
      }
      unsettled ||= verdict.kind === 'unreadable' || verdict.unsettled
      // A poor line that carries one batch now and then is not one that fails ever longer.
      if (verdict.kind === 'read' && verdict.moved) this.#failures = 0
      after = last.seq
      size = batch
      await this.refresh()
    }
    return unsettled ? { kind: 'backoff', obstacle: 'items', wait: 0 } : { kind: 'done' }
  }

  async #send(entries: Entry[]): Promise<Verdict> {
    const { authority, now } = this.#options
    const token = await authority.token()
    if (token === null) return { kind: 'stopped', refusal: 'device.none' }

    const asked = now()
    let response: Response
    let body: unknown
    try {
      response = await this.#options.fetch('/api/v1/responses', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', Authorization: `Kiosk ${token}` },
        body: JSON.stringify({ responses: entries.map((entry) => entry.item) }),
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(timeout), this.#closed.signal]),
      })
      body = await jsonOf(response)
    } catch {
      return { kind: 'backoff', obstacle: 'network', wait: 0 }
    }
    const answered = now()

    if (response.ok) {
      const outcomes = outcomesOf(body, entries)
      if (outcomes === null) return { kind: 'backoff', obstacle: 'foreign', wait: 0 }
      const { serverTime } = body as { serverTime?: unknown }
      if (typeof serverTime === 'string') this.#options.onservertime?.(serverTime, asked, answered)
      await authority.accepted(token)
      return this.#settle(entries, outcomes)
    }

    const problem = problemOf(body)
    switch (response.status) {
      case 401:
      case 403:
        if (problem === null) return { kind: 'backoff', obstacle: 'foreign', wait: 0 }
        if (await authority.refused(token, problem.reason)) return this.#send(entries)
        return { kind: 'stopped', refusal: problem.reason }
      case 400:
      case 413:
      case 415:
      case 422:
        return problem === null ? { kind: 'backoff', obstacle: 'foreign', wait: 0 } : { kind: 'unreadable' }
      case 408:
      case 425:
      case 429:
        return { kind: 'backoff', obstacle: 'busy', wait: retryAfter(response.headers.get('Retry-After'), answered) }
      default:
        return {
          kind: 'backoff',
          obstacle: response.status >= 500 ? 'busy' : 'foreign',
          wait: retryAfter(response.headers.get('Retry-After'), answered),
        }
    }
  }

  async #settle(entries: Entry[], outcomes: Map<string, Outcome>): Promise<Verdict> {
    const at = new Date(this.#options.now()).toISOString()
    const sent: Entry[] = []
    const aside: Aside[] = []
    for (const entry of entries) {
      const outcome = outcomes.get(entry.id)
      if (outcome === undefined) continue
      if (outcome.name === 'stored' || outcome.name === 'duplicate') sent.push(entry)
      else if (isFinal(outcome.name)) aside.push({ id: entry.id, item: entry.item, outcome: outcome.name, reason: outcome.reason, at })
    }
    await this.#options.store.settle({ sent, aside, at })
    const settled = sent.length + aside.length
    return { kind: 'read', unsettled: settled < entries.length, moved: settled > 0 }
  }
}

interface Outcome {
  name: string
  reason: string
}

function isFinal(name: string): name is FinalRefusal {
  return finalRefusals.some((refusal) => refusal === name)
}

/** The body where it is JSON by its type and its content, else null. */
async function jsonOf(response: Response): Promise<unknown> {
  const type = response.headers.get('Content-Type') ?? ''
  const text = await response.text()
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type.trim())) return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

/** The outcomes by id, or null when the body names none of the entries: then it is not our server's. */
function outcomesOf(body: unknown, entries: Entry[]): Map<string, Outcome> | null {
  const results = (body as { results?: unknown } | null)?.results
  if (!Array.isArray(results)) return null
  const ids = new Set(entries.map((entry) => entry.id))
  const outcomes = new Map<string, Outcome>()
  for (const result of results as unknown[]) {
    const { id, outcome, problem } = (result ?? {}) as { id?: unknown; outcome?: unknown; problem?: unknown }
    if (typeof id !== 'string' || typeof outcome !== 'string' || !ids.has(id)) continue
    outcomes.set(id, { name: outcome, reason: reasonsOf(problem) })
  }
  return outcomes.size > 0 ? outcomes : null
}

/** Why an item was refused, for staff: "point notOfKiosk, answers.overall level". */
function reasonsOf(problem: unknown): string {
  const { reason, errors } = (problem ?? {}) as { reason?: unknown; errors?: unknown }
  if (Array.isArray(errors) && errors.length > 0) {
    return (errors as { path?: unknown; reason?: unknown }[])
      .map((error) => `${String(error.path ?? '')} ${String(error.reason ?? '')}`.trim())
      .join(', ')
  }
  return typeof reason === 'string' ? reason : ''
}

/** The problem document of our server, or null. */
function problemOf(body: unknown): { reason: string } | null {
  const { code, reason } = (body ?? {}) as { code?: unknown; reason?: unknown }
  if (typeof code !== 'string') return null
  return { reason: typeof reason === 'string' && reason !== '' ? reason : code }
}
