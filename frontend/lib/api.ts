import type {
  Agency,
  AgencyDraft,
  Campaign,
  CampaignDraft,
  EnrolmentCode,
  Field,
  FieldDraft,
  Invitation,
  Kiosk,
  KioskDraft,
  Listing,
  Me,
  PlanTarget,
  PlanTargetDraft,
  Point,
  PointDraft,
  Procedure,
  ProcedureDraft,
  Questionnaire,
  ReceiptBatch,
  ReceiptOrder,
  SheetFormat,
  User,
  UserDraft,
  Volume,
} from './catalogue'
import type { Finding, Quality, Review } from './flags'
import type { PageLanguage, Prompt } from './language'
import type { Import, ImportColumn, ImportKind } from './imports'
import type { Language } from './language'
import type { Board, Reasons, Sample, Trend } from './results'

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

/** The parameters of a list; what is empty is left out. */
export type Query = Record<string, string | number | undefined>

/** The documents of one kind: R as stored, D what a person may change, N what a new one is made of. */
export interface Records<R, D, N = D & { id: string }> {
  list(query: Query, signal?: AbortSignal): Promise<Listing<R>>
  /** Every one of them, in the server's order. */
  all(query?: Query): Promise<R[]>
  find(id: string, signal?: AbortSignal): Promise<R>
  /** An id that is taken is a Problem with code conflict, reason exists. */
  create(draft: N): Promise<R>
  /** Stores a new state; a Problem with code conflict, reason rev, carries the stored one in `current`. */
  update(id: string, rev: number, draft: D): Promise<R>
}

interface Call {
  method?: string
  query?: Query
  /** Sent as JSON; bytes as they are. */
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
    const session = await this.#read<SessionAnswer>('/session', { method: 'POST', body: { name, password } })
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

  board(query: Query, signal?: AbortSignal): Promise<Board> {
    return this.#authorized('/results/board', { query, signal })
  }

  trend(query: Query, signal?: AbortSignal): Promise<Trend> {
    return this.#authorized('/results/trend', { query, signal })
  }

  /** What a sampled campaign says of everybody in its frame. */
  sample(campaign: string, measure: string, signal?: AbortSignal): Promise<Sample> {
    return this.#authorized('/results/sample', { query: { campaign, measure }, signal })
  }

  reasons(query: Query, signal?: AbortSignal): Promise<Reasons> {
    return this.#authorized('/results/reasons', { query, signal })
  }

  quality(query: Query, signal?: AbortSignal): Promise<Quality> {
    return this.#authorized('/results/quality', { query, signal })
  }

  /** What was flagged, by point and day; the newest day first. */
  findings(query: Query, signal?: AbortSignal): Promise<Listing<Finding>> {
    return this.#authorized('/flags', { query, signal })
  }

  /** Judges ratings, and gives how many stood otherwise; sending it again judges none. */
  async reviewFlags(review: Review): Promise<number> {
    return (await this.#authorized<{ judged: number }>('/flags', { method: 'POST', body: review })).judged
  }

  /** The languages of the citizens' pages, and what each lacks. */
  pageLanguages(signal?: AbortSignal): Promise<Listing<PageLanguage>> {
    return this.#authorized('/languages', { query: { size: '200' }, signal })
  }

  /** What kiosks can say in a language, with what was recorded of it. */
  prompts(language: string): Promise<Prompt[]> {
    return this.#all<Prompt>('/recordings', { language })
  }

  /** Puts a file in the place of a prompt's recording, or takes that away. */
  async putRecording({ language, prompt, rev }: Prompt, file: Blob | null): Promise<void> {
    const path = `/recordings/${encodeURIComponent(language)}/${encodeURIComponent(prompt)}`
    const query = { rev: String(rev) }
    await this.#authorized<Prompt>(path, file === null ? { method: 'DELETE', query } : { method: 'PUT', query, body: file })
  }

  recordingFile(digest: string): Promise<Blob> {
    return this.#authorized(`/recordings/${digest}`, {}, (response) => response.blob())
  }

  questionnaires(): Promise<Questionnaire[]> {
    return this.#all<Questionnaire>('/questionnaires')
  }

  /** In the order of the tree. */
  readonly agencies = this.#records<Agency, AgencyDraft>('/agencies')
  readonly fields = this.#records<Field, FieldDraft>('/fields')
  readonly procedures = this.#records<Procedure, ProcedureDraft>('/procedures')
  readonly targets = this.#records<PlanTarget, PlanTargetDraft>('/targets')
  readonly campaigns = this.#records<Campaign, CampaignDraft>('/campaigns')
  /** The server draws the code of a new point, which is open; a point never changes its agency, so that is not sent again. */
  readonly points = this.#records<Point, PointDraft, PointDraft>('/points', {
    create: ({ agency, name, fields, delivery, questionnaire, opens, receiptCode, hours }) => ({
      agency,
      name,
      fields,
      delivery,
      questionnaire,
      opens,
      receiptCode,
      hours,
    }),
    update: ({ name, fields, delivery, questionnaire, opens, closed, receiptCode, hours }) => ({
      name,
      fields,
      delivery,
      questionnaire,
      opens,
      closed,
      receiptCode,
      hours,
    }),
  })

  /** Gives a point another public code; the one before is good for so many days more. */
  replaceCode(code: string, rev: number, graceDays: number): Promise<Point> {
    return this.#authorized(`/points/${encodeURIComponent(code)}/code`, { method: 'POST', body: { rev, graceDays } })
  }

  /** Says that sheets with the present code hang at the point. */
  notePrinted(code: string, rev: number): Promise<Point> {
    return this.#authorized(`/points/${encodeURIComponent(code)}/printed`, { method: 'POST', body: { rev } })
  }

  /** A language of "" leaves it to the browser. */
  invitation(code: string, campaign: string, lang: string): Promise<Invitation> {
    return this.#authorized(`/points/${encodeURIComponent(code)}/invitation`, { query: { campaign, lang } })
  }

  /** The batches of one-time codes of a point, those of the newest day first. */
  receiptBatches(code: string): Promise<ReceiptBatch[]> {
    return this.#all(`/points/${encodeURIComponent(code)}/receipts`)
  }

  /** Makes a batch and gives its codes as a file, this once. */
  makeReceiptCodes(code: string, order: ReceiptOrder): Promise<Blob> {
    return this.#authorized(`/points/${encodeURIComponent(code)}/receipts`, { method: 'POST', body: order }, (response) => response.blob())
  }

  /** Makes the unused codes of a batch worthless. */
  revokeReceipts(id: string): Promise<ReceiptBatch> {
    return this.#authorized(`/receipts/${encodeURIComponent(id)}/revoke`, { method: 'POST' })
  }

  /** The sheets of every open point of an agency and below it, as one PDF. */
  agencySheets(agency: string, format: SheetFormat, lang: Language, reprint: boolean): Promise<Blob> {
    const query = { format, lang, reprint: reprint ? 'true' : '' }
    return this.#authorized(`/agencies/${encodeURIComponent(agency)}/posters.pdf`, { query }, (response) => response.blob())
  }

  readonly kiosks = this.#records<Kiosk, KioskDraft, Omit<KioskDraft, 'closed'>>('/kiosks')
  readonly users = this.#records<User, UserDraft, Omit<User, 'rev' | 'disabled'> & { password: string }>('/users')

  /** Gives a kiosk a new code, shown this once; the one before is not good any more. */
  enrolKiosk(id: string): Promise<EnrolmentCode> {
    return this.#authorized(`/kiosks/${encodeURIComponent(id)}/enrolment`, { method: 'POST' })
  }

  /** Takes the right to send away from the kiosk's tablet. */
  revokeKiosk(id: string): Promise<Kiosk> {
    return this.#authorized(`/kiosks/${encodeURIComponent(id)}/revoke`, { method: 'POST' })
  }

  /** Sets the PIN of the staff screen of the kiosk's tablet; empty takes it away. */
  setStaffPin(id: string, pin: string): Promise<Kiosk> {
    return this.#authorized(`/kiosks/${encodeURIComponent(id)}/staff-pin`, { method: 'PUT', body: { pin } })
  }

  /** Gives a user a new password and ends their sessions. */
  async setPassword(id: string, password: string): Promise<void> {
    await this.#authorized(`/users/${encodeURIComponent(id)}/password`, { method: 'PUT', body: { password } }, nothing)
  }

  volumes(query: Query, signal?: AbortSignal): Promise<Listing<Volume>> {
    return this.#authorized('/volumes', { query, signal })
  }

  /** The sheet of an agency and month, or null where nothing was entered yet. */
  async volume(agency: string, month: string, signal?: AbortSignal): Promise<Volume | null> {
    try {
      return await this.#authorized<Volume>(sheetPath(agency, month), { signal })
    } catch (error) {
      if (error instanceof Problem && error.code === 'not_found') return null
      throw error
    }
  }

  /** Makes a sheet (rev 0) or replaces it; a Problem with code conflict carries the stored one in `current`. */
  putVolume(agency: string, month: string, rev: number, files: Record<string, number>): Promise<Volume> {
    return this.#authorized(sheetPath(agency, month), { method: 'PUT', body: { rev, files } })
  }

  /** The columns that files of a kind may have. */
  async importColumns(kind: ImportKind, signal?: AbortSignal): Promise<ImportColumn[]> {
    return (await this.#authorized<{ columns: ImportColumn[] }>(`/imports/${kind}/columns`, { signal })).columns
  }

  importSample(kind: ImportKind): Promise<Blob> {
    return this.#authorized(`/imports/${kind}/sample.csv`, {}, (response) => response.blob())
  }

  /** Announces a file; its parts follow. */
  createImport(kind: ImportKind, fileName: string, size: number): Promise<Import> {
    return this.#authorized('/imports', { method: 'POST', body: { kind, fileName, size } })
  }

  /** Sends one part, counted from 1; sending it again is safe. */
  sendImportPart(id: string, n: number, bytes: Blob, signal?: AbortSignal): Promise<Import> {
    return this.#authorized(`/imports/${id}/parts/${n}`, { method: 'PUT', body: bytes, signal })
  }

  runImport(id: string, dryRun: boolean): Promise<Import> {
    return this.#authorized(`/imports/${id}/run`, { method: 'POST', body: { dryRun } })
  }

  import(id: string, signal?: AbortSignal): Promise<Import> {
    return this.#authorized(`/imports/${id}`, { signal })
  }

  /** Stops a run at its next line and removes the file; what was stored stays stored. */
  async removeImport(id: string): Promise<void> {
    await this.#authorized(`/imports/${id}`, { method: 'DELETE' }, nothing)
  }

  #records<R, D, N = D & { id: string }>(
    path: string,
    body: { create?: (draft: N) => unknown; update?: (draft: D) => object } = {},
  ): Records<R, D, N> {
    const at = (id: string) => `${path}/${encodeURIComponent(id)}`
    return {
      list: (query, signal) => this.#authorized(path, { query, signal }),
      all: (query) => this.#all(path, query),
      find: (id, signal) => this.#authorized(at(id), { signal }),
      create: (draft) => this.#authorized(path, { method: 'POST', body: body.create?.(draft) ?? draft }),
      update: (id, rev, draft) =>
        this.#authorized(at(id), { method: 'PUT', body: { rev, ...(body.update?.(draft) ?? draft) } }),
    }
  }

  async #all<T>(path: string, query: Query = {}): Promise<T[]> {
    const size = 200
    const items: T[] = []
    for (let page = 1; ; page++) {
      const listing = await this.#authorized<Listing<T>>(path, { query: { ...query, page, size } })
      items.push(...listing.items)
      if (listing.items.length < size || items.length >= listing.total) return items
    }
  }

  async #renew(): Promise<Me | null> {
    try {
      const session = await this.#read<SessionAnswer>('/session/refresh', { method: 'POST' })
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

  async #authorized<T>(path: string, call: Call, read?: (response: Response) => Promise<T>): Promise<T> {
    try {
      return await this.#read<T>(path, call, this.#token, read)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      if ((await this.resume()) === null) {
        this.#options.onSignedOut()
        throw error
      }
      return this.#read<T>(path, call, this.#token, read)
    }
  }

  /** Sends, and reads the answer: as JSON unless told otherwise. */
  async #read<T>(
    path: string,
    call: Call,
    token: string | null = null,
    read: (response: Response) => Promise<T> = (response) => response.json(),
  ): Promise<T> {
    const response = await this.#send(path, call, token)
    try {
      return await read(response)
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
    const bytes = call.body instanceof Blob ? call.body : null
    if (call.body !== undefined) headers['Content-Type'] = bytes ? 'application/octet-stream' : 'application/json'
    let response: Response
    try {
      response = await this.#fetch(url, {
        method: call.method ?? 'GET',
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        body: bytes ?? (call.body === undefined ? null : JSON.stringify(call.body)),
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

/** The answer to what gives nothing back. */
const nothing = async (): Promise<void> => undefined

const sheetPath = (agency: string, month: string) => `/volumes/${encodeURIComponent(agency)}/${encodeURIComponent(month)}`

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
