import type { Text } from '../lib/language'
import type { Authority } from '../lib/outbox'
import type { Answer, OutboxStore } from '../lib/outboxStore'
import { measure, type Measurement } from './clock'
import type { FurtherLanguage, Tag } from './messages'
import type { StaffPin } from './pin'
import type { Recording } from './recordings'
import type { Settings } from './settings'

export interface Option {
  id: string
  text: Text
}

export type ItemType = 'rating' | 'single' | 'multiple' | 'yesno' | 'number' | 'text' | 'info'

export interface Item {
  id: string
  type: ItemType
  text: Text
  hint?: Text
  required?: boolean
  na?: boolean
  options?: Option[]
  max?: number
  showWhen?: { item: string; in: Answer[] }
}

export interface Questionnaire {
  id: string
  version: number
  title: Text
  items: Item[]
}

/** What the server tells a kiosk about itself. */
export interface Device {
  kiosk: { id: string; name: string }
  /** Opens the staff screen; null or missing: none is set. */
  staffPin?: StaffPin | null
  point: {
    code: string
    name: Text
    agencyName: Text
    fields: { id: string; name: Text }[]
    closed: boolean
    /** The first day with ratings, where it was still to come; empty or missing: it was not. */
    opens?: string
  }
  questionnaire: Questionnaire
  /** Not there in what an older server told. */
  settings?: Partial<Settings>
  /** Those of the settings that are no part of the program; an older server knows none. */
  languages?: FurtherLanguage[]
  /** What was recorded of the screens. */
  recordings?: Recording[]
  province: Text
  synthetic: boolean
  /** Of the server's program. */
  version: string
  /** Changes with anything above. */
  revision: string
  serverTime: string
}

/** What an enrolment code would make of a tablet. */
export interface Place {
  kiosk: { id: string; name: string }
  pointName: Text
  agencyName: Text
}

/** What this tablet says of itself, once a minute. */
export interface Report {
  waiting: number
  aside: number
  /** When the first rating that waits was given; null: none waits. */
  oldest: string | null
  lastRating: string | null
  /** The build of the page that runs. */
  build: string
  clockOffset: number | null
  storageKept: boolean | null
  battery?: { percent: number; charging: boolean } | undefined
  /** Revision of what the server told, as it applies on the screen. */
  settings: string
}

/** Why a request about the device was not answered as wished. */
export type DeviceProblem =
  | 'format'
  | 'unknown'
  | 'used'
  | 'replaced'
  | 'expired'
  | 'throttled'
  | 'closed'
  | 'refused' // the device's token is not (or no longer) good
  | 'network'
  | 'unexpected'

export class DeviceError extends Error {
  constructor(
    readonly problem: DeviceProblem,
    /** The server's reason, for instance device.revoked. */
    readonly reason = '',
    /** When to try again; 0: not said. */
    readonly seconds = 0,
  ) {
    super(problem)
    this.name = 'DeviceError'
  }
}

/** A token older than this is exchanged, in milliseconds. */
export const rotateAfter = 3 * 24 * 3600_000

const timeout = 20_000

/** What the store keeps under the name "device". */
interface Credentials {
  token: string
  /**
   * Given by a rotation; the old one is good until this one is first used. The answer
   * to that use may be lost, so both are kept until the server took one of them.
   */
  next?: string | undefined
  /** Device time of the enrolment or the last rotation. */
  since: number
}

export interface DeviceOptions {
  store: OutboxStore
  language: () => Tag
  fetch?: typeof fetch
  now?: () => number
}

/**
 * This tablet's identity: its token, what the server last told about it, and its
 * clock. All of it is remembered, so that a cold start without a connection finds it.
 */
export class DeviceClient implements Authority {
  #options: Required<DeviceOptions>
  #credentials: Credentials | null = null
  #device: Device | null = null
  #clock: Measurement | null = null
  /** Tokens in hand that the server did not know when it was last asked. */
  #unknown = new Set<string>()

  constructor(options: DeviceOptions) {
    this.#options = { fetch: (...request) => fetch(...request), now: () => Date.now(), ...options }
  }

  /** What is remembered of the last visit; null when the tablet was never enrolled. */
  async load(): Promise<Device | null> {
    const { store } = this.#options
    const [credentials, device, clock] = await Promise.all([
      store.get<Credentials>('credentials'),
      store.get<Device>('device'),
      store.get<Measurement>('clock'),
    ])
    this.#credentials = credentials ?? null
    this.#device = device ?? null
    this.#clock = clock ?? null
    return this.#device
  }

  get clock(): Measurement | null {
    return this.#clock
  }

  /** Exchanges an enrolment code for the tablet's identity. Throws a DeviceError; what was before stays then. */
  async enrol(code: string): Promise<Device> {
    const asked = this.#options.now()
    const answer = await this.#ask('/enrol', { method: 'POST', body: JSON.stringify({ code }) })
    const { token, device } = answer as { token?: unknown; device?: unknown }
    if (typeof token !== 'string' || !isDevice(device)) throw new DeviceError('unexpected')
    this.observe(device.serverTime, asked, this.#options.now())
    const credentials = { token, since: this.#options.now() }
    await this.#options.store.put({ credentials, device, clock: this.#clock ?? undefined })
    this.#credentials = credentials
    this.#device = device
    return device
  }

  /** What a code would make of this tablet; the code stays good. Throws a DeviceError. */
  async placeOf(code: string): Promise<Place> {
    const place = (await this.#ask('/enrolment', { method: 'POST', body: JSON.stringify({ code }) })) as Partial<Place>
    if (typeof place.kiosk?.id !== 'string' || place.pointName === undefined || place.agencyName === undefined) throw new DeviceError('unexpected')
    return place as Place
  }

  /** The file of a recording. Throws a DeviceError. */
  async recording(digest: string): Promise<Blob> {
    const token = await this.token()
    if (token === null) throw new DeviceError('refused', 'device.none')
    let response: Response
    try {
      response = await this.#options.fetch(`/api/v1/device/recordings/${digest}`, {
        headers: { Authorization: `Kiosk ${token}` },
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(timeout),
      })
      if (response.ok) return await response.blob()
    } catch {
      throw new DeviceError('network')
    }
    throw new DeviceError('unexpected')
  }

  /** Forgets the tablet's identity, and tells the server now or, where it cannot be reached, with a later farewell. What waits is kept. */
  async unenrol(): Promise<void> {
    await this.#options.store.put({ credentials: undefined, device: undefined, farewell: (await this.token()) ?? undefined })
    this.#credentials = null
    this.#device = null
    await this.farewell()
  }

  /** Tells the server of an end of enrolment that it does not know of yet. Never throws; what fails for want of a network is tried again with the next one. */
  async farewell(): Promise<void> {
    const { store } = this.#options
    const token = await store.get<string>('farewell')
    if (token === undefined) return
    try {
      await this.#ask('/unenrol', { method: 'POST' }, token)
    } catch (error) {
      // The server's refusal is an answer, too: it does not take the token any more.
      if (!(error instanceof DeviceError && error.problem === 'refused')) return
    }
    await store.put({ farewell: undefined })
  }

  /**
   * Says how the tablet is and learns what this kiosk should be now; null: what applies. Exchanges a
   * token that has served for some days. Throws a DeviceError; "refused" means that the device is not to send.
   */
  async beat(report: Report): Promise<Device | null> {
    const device = await this.#beat(report)
    await this.#rotate()
    return device
  }

  async token(): Promise<string | null> {
    const tokens = tokensOf(this.#credentials)
    return tokens.find((token) => !this.#unknown.has(token)) ?? tokens[0] ?? null
  }

  /** Ends a rotation: the token that the server took stays. An old one that is taken says nothing against a new one not tried yet. */
  async accepted(token: string): Promise<void> {
    const settled = ({ token: old, next }: Credentials) => next === token || (old === token && next !== undefined && this.#unknown.has(next))
    if (this.#credentials !== null && settled(this.#credentials)) {
      await this.#change((kept) => {
        if (!settled(kept)) return kept
        return { token, since: kept.next === token ? this.#options.now() : kept.since }
      })
    }
    this.#unknown.delete(token)
  }

  /** Forgets no token: a server that refuses the device may take it again later. */
  async refused(token: string, reason: string): Promise<boolean> {
    // Another page may have been given a token, and a request under way may have had the one before.
    this.#credentials = (await this.#options.store.get<Credentials>('credentials')) ?? this.#credentials
    const tokens = tokensOf(this.#credentials)
    if (!tokens.includes(token)) return tokens.length > 0
    // For any other reason the server knows the token, and refuses the device.
    if (reason !== 'device.unknown') return false
    this.#unknown.add(token)
    if (tokens.some((other) => !this.#unknown.has(other))) return true
    this.#unknown.clear()
    return false
  }

  /** Takes a server time into account, with the device times of asking and answering. */
  observe(serverTime: string, asked: number, answered: number): void {
    const measurement = measure(serverTime, asked, answered)
    if (measurement === null) return
    this.#clock = measurement
    void this.#options.store.put({ clock: measurement }).catch(() => {})
  }

  async #beat(report: Report): Promise<Device | null> {
    const token = await this.token()
    if (token === null) throw new DeviceError('refused', 'device.none')
    const asked = this.#options.now()
    let answer: { device?: unknown; serverTime?: unknown }
    try {
      answer = await this.#ask('/heartbeat', { method: 'POST', body: JSON.stringify(report) }, token)
    } catch (error) {
      if (error instanceof DeviceError && error.problem === 'refused' && (await this.refused(token, error.reason))) return this.#beat(report)
      throw error
    }
    const { device, serverTime } = answer
    if (typeof serverTime !== 'string' || (device !== null && !isDevice(device))) throw new DeviceError('unexpected')
    this.observe(serverTime, asked, this.#options.now())
    await this.accepted(token)
    // The tablet may have been enrolled anew meanwhile, or not be enrolled any more.
    if (device === null || !tokensOf(this.#credentials).includes(token)) return null
    this.#device = device
    await this.#options.store.put({ device })
    return device
  }

  async #rotate(): Promise<void> {
    const credentials = this.#credentials
    if (credentials === null || credentials.next !== undefined) return
    const age = this.#options.now() - credentials.since
    if (age >= 0 && age < rotateAfter) return
    try {
      const { token } = (await this.#ask('/rotate', { method: 'POST' }, credentials.token)) as { token?: unknown }
      if (typeof token !== 'string') return
      // The tablet may have been enrolled anew meanwhile.
      await this.#change((kept) => (kept.token === credentials.token && kept.next === undefined ? { ...kept, next: token } : kept))
    } catch (error) {
      // The token in hand is still good; the next reading asks again.
      if (!(error instanceof DeviceError)) throw error
    }
  }

  /** Changes the credentials that all pages of the tablet share; they are used when they are on the disk. */
  async #change(change: (kept: Credentials) => Credentials): Promise<void> {
    const known = this.#credentials!
    this.#credentials = await this.#options.store.change<Credentials>('credentials', (stored) => change(stored ?? known))
  }

  /** The JSON object of an answer, empty where it has none on purpose. Anything else is a DeviceError. */
  async #ask(path: string, init: RequestInit, token?: string): Promise<object> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': this.#options.language() }
    if (init.body !== undefined) headers['Content-Type'] = 'application/json'
    if (token !== undefined) headers['Authorization'] = `Kiosk ${token}`
    let response: Response
    let body: unknown = null
    try {
      response = await this.#options.fetch(`/api/v1/device${path}`, {
        ...init,
        headers,
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(timeout),
      })
      const text = await response.text()
      if (response.headers.get('Content-Type')?.includes('json')) body = JSON.parse(text)
    } catch {
      throw new DeviceError('network')
    }
    if (response.status === 204) return {}
    if (typeof body !== 'object' || body === null) {
      throw new DeviceError(response.status >= 502 && response.status <= 504 ? 'network' : 'unexpected')
    }
    if (!response.ok) throw errorOf(response, body)
    return body
  }
}

/** The tokens in hand, the newest first. */
function tokensOf(credentials: Credentials | null): string[] {
  if (credentials === null) return []
  return credentials.next === undefined ? [credentials.token] : [credentials.next, credentials.token]
}

function errorOf(response: Response, body: object): DeviceError {
  const { code, reason, errors, params } = body as {
    code?: string
    reason?: string
    errors?: { reason?: string }[]
    params?: { seconds?: number }
  }
  const why = reason || errors?.[0]?.reason || ''
  switch (why) {
    case 'enrolment.format':
    case 'enrolment.unknown':
    case 'enrolment.used':
    case 'enrolment.replaced':
    case 'enrolment.expired':
      return new DeviceError(why.slice('enrolment.'.length) as DeviceProblem, why)
    case 'kiosk.closed':
      return new DeviceError(response.status === 401 || response.status === 403 ? 'refused' : 'closed', why)
  }
  switch (response.status) {
    case 401:
    case 403:
      return new DeviceError(code === undefined ? 'unexpected' : 'refused', why)
    case 409:
      return new DeviceError('closed', why)
    case 422:
      return new DeviceError('format', why)
    case 429:
      return new DeviceError('throttled', why, Number(response.headers.get('Retry-After')) || params?.seconds || 0)
    case 502:
    case 503:
    case 504:
      return new DeviceError('network', why)
    default:
      return new DeviceError('unexpected', why)
  }
}

/** Whether an answer has everything the screens need: a captive portal's JSON has not. */
function isDevice(value: unknown): value is Device {
  const device = value as Partial<Device> | null
  return (
    typeof device?.kiosk?.id === 'string' &&
    typeof device.point?.code === 'string' &&
    Array.isArray(device.point.fields) &&
    Array.isArray(device.questionnaire?.items) &&
    typeof device.serverTime === 'string'
  )
}

/** The characters of an enrolment code, as they stand on the screen's keys: digits, and letters that nobody takes for one. */
export const codeCharacters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const alphabet = /^[0-9A-HJKMNP-TV-Z]{8}$/

/** An enrolment code as it is meant, however it was typed: case, spaces and hyphens do not matter, I L O read 1 1 0. Null: none. */
export function readEnrolmentCode(typed: string): string | null {
  const code = typed
    .toUpperCase()
    .replace(/[\s\-–—._]/g, '')
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0')
  return alphabet.test(code) ? code : null
}

/** The enrolment code in what a camera read: the address from the administration, with the code behind #, or the code alone. */
export function readScanned(text: string): string | null {
  return readEnrolmentCode(/#enrol=([^&]*)$/.exec(text)?.[1] ?? text)
}
