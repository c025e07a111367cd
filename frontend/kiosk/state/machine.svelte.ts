import { backoff, Outbox, type OutboxState } from '../../lib/outbox'
import { OutboxStore, type Submission } from '../../lib/outboxStore'
import { queueFile } from '../../lib/queueFile'
import { DeviceClient, DeviceError, readEnrolmentCode, readScanned, type Device, type Place, type Report } from '../device'
import { afterWrong, matches, noTries, waitOf, type Tries } from '../pin'

/** How often the kiosk says how it is and hears what it should be: a new point, form or name is shown within this time. */
const beatEvery = 60_000

const store = new OutboxStore()
const client = new DeviceClient({ store, language: () => document.documentElement.lang })
const outbox = new Outbox({
  store,
  authority: client,
  onchange: (state) => {
    sending = state
    // What waited when the server was last told is gone: it need not be believed for another minute.
    if (saidWaiting > 0 && state.waiting === 0 && state.phase === 'idle') {
      saidWaiting = 0
      void beat()
    }
  },
  onservertime: (...times) => client.observe(...times),
})

type Phase = 'starting' | 'insecure' | 'broken' | 'enrol' | 'ready'

let phase = $state<Phase>('starting')
let device = $state.raw<Device | null>(null)
/** What the server told and the screen does not show yet. */
let told = $state.raw<Device | null>(null)
let sending = $state.raw<OutboxState>(outbox.state)
let refusal = $state<string | null>(null)
let online = $state(navigator.onLine)
let kept = $state<boolean | null>(null)
/** An enrolment code that came with the page's address. */
let scanned = $state<string | null>(takeScanned())
/** How many ratings waited when the server was last told. */
let saidWaiting = 0
let beatTimer: ReturnType<typeof setTimeout> | undefined
let begun = false

/** The tablet: what it is to the server, what it keeps and what it sends. Citizens' visits are not its concern. */
export const machine = {
  get phase(): Phase {
    return phase
  },
  /** What applies on the screen; there from phase ready on. */
  get device(): Device | null {
    return device
  },
  /** Whether the server told something else since; see settle. */
  get changed(): boolean {
    return told !== null
  },
  /** Lets what the server told apply. To be called while nobody stands in front of the screen. */
  settle(): void {
    if (told === null) return
    device = told
    told = null
    void beat()
  },
  get outbox(): OutboxState {
    return sending
  },
  /** Why the server refuses this device; null while it does not. */
  get refusal(): string | null {
    return sending.refusal ?? refusal
  },
  get online(): boolean {
    return online
  },
  /** Whether the browser promised to keep the storage; null: not known. */
  get storageKept(): boolean | null {
    return kept
  },
  get clockOffset(): number | null {
    return client.clock?.offset ?? null
  },

  /** Takes up where the last page ended; works without a connection. `current` names the visit of this page. */
  async start(current: () => string | undefined): Promise<void> {
    if (!isSecureContext) {
      phase = 'insecure'
      return
    }
    try {
      device = await client.load()
      await outbox.refresh()
    } catch {
      phase = 'broken'
      return
    }
    phase = device === null ? 'enrol' : 'ready'
    if (begun) return
    begun = true
    listen()
    holdScreen(current)
    void keepStorage()
    void beat()
    void outbox.drain()
  },

  /** An enrolment code that came with the page's address and nobody has confirmed yet. */
  get scanned(): string | null {
    return scanned
  },
  dismissScanned(): void {
    scanned = null
  },

  /** What a code would make of this tablet, or why that cannot be said. */
  async placeOf(code: string): Promise<Place | EnrolFailure> {
    try {
      return await client.placeOf(code)
    } catch (error) {
      return failureOf(error)
    }
  },

  /** Enrols this tablet. Null when it worked, else why not. */
  async enrol(typed: string): Promise<EnrolFailure | null> {
    if (typed.trim() === '') return { problem: 'missing', seconds: 0 }
    const code = readEnrolmentCode(typed)
    if (code === null) return { problem: 'format', seconds: 0 }
    try {
      device = await client.enrol(code)
    } catch (error) {
      return failureOf(error)
    }
    scanned = null
    refusal = null
    told = null
    phase = 'ready'
    void keepStorage()
    void beat()
    void outbox.resume()
    return null
  },

  /** The file of a recording, from the server. */
  recording(digest: string): Promise<Blob> {
    return client.recording(digest)
  },

  /** Resolves when the rating is durable on this device. */
  add(item: Submission): Promise<void> {
    return outbox.add(item)
  },

  /** Keeps the rating under way for the case that the page ends; a failure does no harm yet. */
  keepDraft(item: Submission): void {
    void store.keepDraft(item).catch(() => {})
  },

  get clock() {
    return client.clock
  },

  refresh(): Promise<void> {
    return outbox.refresh()
  },

  /** What was set aside, by outcome: never what the citizens answered. */
  async asideOutcomes(): Promise<{ outcome: 'invalid' | 'conflict' | 'closed'; count: number }[]> {
    const all = await store.aside()
    return (['invalid', 'conflict', 'closed'] as const)
      .map((outcome) => ({ outcome, count: all.filter((aside) => aside.outcome === outcome).length }))
      .filter(({ count }) => count > 0)
  },

  requeueAside(): Promise<void> {
    return outbox.requeueAside()
  },

  /** Whether the digits are the staff's PIN, and the seconds to wait before the next try where they are not. */
  async unlock(digits: string): Promise<{ open: boolean; wait: number }> {
    const pin = device?.staffPin ?? null
    if (pin === null) return { open: true, wait: 0 }
    const tries = (await store.get<Tries>('pinTries')) ?? noTries
    const wait = waitOf(tries, Date.now())
    if (wait > 0) return { open: false, wait }
    // Counted before it is decided: ending the page takes no try back.
    const counted = afterWrong(tries, Date.now())
    await store.put({ pinTries: counted })
    if (!(await matches(digits, pin))) return { open: false, wait: waitOf(counted, Date.now()) }
    await store.put({ pinTries: undefined })
    return { open: true, wait: 0 }
  },

  /** What this tablet keeps, as a file for `sipas import kiosk-queue`. */
  async exportQueue(): Promise<{ name: string; text: string }> {
    return queueFile(device?.kiosk.id ?? '', await store.everything(), Date.now())
  },

  /** Ends the enrolment. What waits is kept and sent once the tablet is enrolled again. */
  async unenrol(): Promise<void> {
    await client.unenrol()
    device = null
    told = null
    refusal = null
    phase = 'enrol'
  },

  /** Asks and sends now; gives whether the server was reached. */
  async sendNow(): Promise<boolean> {
    const reached = await beat()
    await outbox.hurry()
    return reached
  },
}

/** Why a tablet was not enrolled: a DeviceProblem, "missing" or "storage", with seconds to wait. */
export interface EnrolFailure {
  problem: DeviceError['problem'] | 'missing' | 'storage'
  seconds: number
}

function failureOf(error: unknown): EnrolFailure {
  if (error instanceof DeviceError) return { problem: error.problem, seconds: error.seconds }
  return { problem: 'storage', seconds: 0 }
}

/** The code behind # in the page's address. It is taken out of the address, so that nobody finds it there later. */
function takeScanned(): string | null {
  if (!location.hash.startsWith('#enrol=')) return null
  const code = readScanned(location.hash)
  history.replaceState(null, '', location.pathname)
  return code
}

/** Says how this kiosk is, hears what it should be, and takes up sending when the server takes its token again. Gives whether the server was reached. */
async function beat(): Promise<boolean> {
  clearTimeout(beatTimer)
  try {
    await client.farewell()
    if (phase === 'ready') {
      const said = await report()
      told = (await client.beat(said)) ?? told
      saidWaiting = said.waiting
      refusal = null
      if (sending.phase === 'stopped') await outbox.resume()
    }
    return true
  } catch (error) {
    const refused = error instanceof DeviceError && error.problem === 'refused'
    if (refused) refusal = error.reason
    return refused
  } finally {
    clearTimeout(beatTimer)
    beatTimer = setTimeout(() => void beat(), beatEvery * (0.8 + 0.4 * Math.random()))
  }
}

/** The build of this page, which changes with every file that the kiosk is made of. */
const build = document.querySelector<HTMLMetaElement>('meta[name=build]')?.content ?? ''

async function report(): Promise<Report> {
  const [count, [oldest], lastRating] = await Promise.all([store.count(), store.next(0, 1), store.get<string>('lastRating')])
  return {
    ...count,
    oldest: oldest?.item.answeredAt ?? null,
    lastRating: lastRating ?? null,
    build,
    clockOffset: client.clock?.offset ?? null,
    storageKept: kept,
    battery: await battery(),
    settings: device?.revision ?? '',
  }
}

/** The charge, where the browser tells. */
async function battery(): Promise<Report['battery']> {
  const { getBattery } = navigator as { getBattery?: () => Promise<{ level: number; charging: boolean }> }
  try {
    const found = await getBattery?.call(navigator)
    return found && { percent: Math.round(found.level * 100), charging: found.charging }
  } catch {
    return undefined
  }
}

function listen() {
  addEventListener('online', () => {
    online = true
    void beat()
    void outbox.hurry()
  })
  addEventListener('offline', () => {
    online = false
  })
  addEventListener('hashchange', () => {
    scanned = takeScanned() ?? scanned
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return
    void outbox.refresh().then(() => outbox.hurry())
    void keepAwake()
  })
  void keepAwake()
}

/**
 * One page of the device shows the kiosk; a second one waits for this lock. Whoever
 * gets it first puts what an ended page left behind into the queue.
 */
function holdScreen(current: () => string | undefined) {
  void navigator.locks.request('sipas-kiosk-screen', async () => {
    await rescue(current)
    await new Promise(() => {})
  })
}

/** Queues what an ended page left behind. A disk that fails is asked again: nothing else queues them before the next start. */
async function rescue(current: () => string | undefined): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      if ((await store.rescueDrafts(current())) === 0) return
      await outbox.refresh().catch(() => {}) // they wait, whatever can be counted now
      void outbox.drain()
      return
    } catch {
      await new Promise((done) => setTimeout(done, backoff(failures, Math.random())))
    }
  }
}

async function keepStorage() {
  try {
    kept = (await navigator.storage.persisted()) || (await navigator.storage.persist())
  } catch {
    kept = null
  }
}

/** Asks that the screen stays lit; tablets that cannot do this have a setting for it. */
async function keepAwake() {
  try {
    await navigator.wakeLock.request('screen')
  } catch {
    // Not to be had now.
  }
}
