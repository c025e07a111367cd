import { backoff, Outbox, type OutboxState } from '../../lib/outbox'
import { OutboxStore, type Submission } from '../../lib/outboxStore'
import { DeviceClient, DeviceError, readEnrolmentCode, type Device } from '../device'
import { language } from './language.svelte'

/** How often the kiosk asks what it is: a new point, form or name is shown within this time. */
const pollEvery = 3 * 60_000

const store = new OutboxStore()
const client = new DeviceClient({ store, language: () => language.current })
const outbox = new Outbox({
  store,
  authority: client,
  onchange: (state) => {
    sending = state
  },
  onservertime: (...times) => client.observe(...times),
})

type Phase = 'starting' | 'insecure' | 'broken' | 'enrol' | 'ready'

let phase = $state<Phase>('starting')
let device = $state.raw<Device | null>(null)
let sending = $state.raw<OutboxState>(outbox.state)
let refusal = $state<string | null>(null)
let online = $state(navigator.onLine)
let kept = $state<boolean | null>(null)
let pollTimer: ReturnType<typeof setTimeout> | undefined
let begun = false

/** The tablet: what it is to the server, what it keeps and what it sends. Citizens' visits are not its concern. */
export const machine = {
  get phase(): Phase {
    return phase
  },
  /** What the server last told about this kiosk; there from phase ready on. */
  get device(): Device | null {
    return device
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
    void poll()
    void outbox.drain()
  },

  /** Enrols this tablet. Null when it worked, else why not: a DeviceProblem, "missing" or "storage", with seconds to wait. */
  async enrol(typed: string): Promise<{ problem: DeviceError['problem'] | 'missing' | 'storage'; seconds: number } | null> {
    if (typed.trim() === '') return { problem: 'missing', seconds: 0 }
    const code = readEnrolmentCode(typed)
    if (code === null) return { problem: 'format', seconds: 0 }
    try {
      device = await client.enrol(code)
    } catch (error) {
      if (error instanceof DeviceError) return { problem: error.problem, seconds: error.seconds }
      return { problem: 'storage', seconds: 0 }
    }
    refusal = null
    phase = 'ready'
    void keepStorage()
    void outbox.resume()
    return null
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

  /** Asks and sends now. */
  async sendNow(): Promise<void> {
    await poll()
    await outbox.hurry()
  },
}

/** Learns what this kiosk is now, and takes up sending when the server takes its token again. */
async function poll(): Promise<void> {
  clearTimeout(pollTimer)
  try {
    if (phase === 'ready') {
      device = await client.read()
      refusal = null
      if (sending.phase === 'stopped') await outbox.resume()
    }
  } catch (error) {
    if (error instanceof DeviceError && error.problem === 'refused') refusal = error.reason
  } finally {
    clearTimeout(pollTimer)
    pollTimer = setTimeout(() => void poll(), pollEvery * (0.8 + 0.4 * Math.random()))
  }
}

function listen() {
  addEventListener('online', () => {
    online = true
    void poll()
    void outbox.hurry()
  })
  addEventListener('offline', () => {
    online = false
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
