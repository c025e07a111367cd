/** One citizen's rating as POST /api/v1/responses takes it. It never changes once it waits. */
export interface Submission {
  id: string
  point: string
  questionnaire: string
  version: number
  language: string
  capture: 'kiosk'
  field: string | null
  startedAt: string
  answeredAt: string
  /** Milliseconds the device's clock was behind the server's; null: not known. */
  clockOffset: number | null
  /** The citizen walked away before the end. */
  partial: boolean
  answers: Record<string, Answer>
}

export type Answer = number | boolean | string | string[]

/** A rating that waits; `seq` is its place in the queue. */
export interface Entry {
  seq: number
  id: string
  item: Submission
}

/** Outcomes by which the server says that it will never take an item as it is. */
export const finalRefusals = ['invalid', 'conflict', 'closed'] as const
export type FinalRefusal = (typeof finalRefusals)[number]

/** A rating that the server will not take: kept, counted and shown to staff. */
export interface Aside {
  id: string
  item: Submission
  outcome: FinalRefusal
  /** The server's reasons, for instance "point notOfKiosk"; may be empty. */
  reason: string
  at: string
}

/** What became of entries of one batch. */
export interface Settlement {
  sent: Entry[]
  aside: Aside[]
  at: string
}

const version = 1

/**
 * What a kiosk remembers, in IndexedDB: ratings that wait, ratings set aside, the
 * rating being given (a draft), and a few named values. A method that writes
 * resolves when the change is on the disk (durability "strict") and rejects when
 * it is not. Nothing is ever removed because of its age.
 */
export class OutboxStore {
  #name: string
  #open: Promise<IDBDatabase> | null = null

  constructor(name = 'sipas-kiosk') {
    this.#name = name
  }

  /** Puts a rating at the end of the queue and forgets its draft. An id that waits already stays as it is. */
  add(item: Submission): Promise<void> {
    return this.#write(['entries', 'drafts', 'values'], async (tx) => {
      tx.objectStore('drafts').delete(item.id)
      tx.objectStore('values').put(item.answeredAt, 'lastRating')
      await enqueue(tx, item)
    })
  }

  /** Keeps the rating being given, so that it survives the end of the page. */
  keepDraft(item: Submission): Promise<void> {
    return this.#write(['drafts'], async (tx) => {
      tx.objectStore('drafts').put(item)
    })
  }

  /** Puts what an ended page left behind into the queue, as partial, in the order it was answered; one id is left alone. */
  rescueDrafts(except?: string): Promise<number> {
    return this.#write(['entries', 'drafts'], async (tx) => {
      const all = await result<Submission[]>(tx.objectStore('drafts').getAll())
      const drafts = all.filter((draft) => draft.id !== except)
      drafts.sort((a, b) => a.answeredAt.localeCompare(b.answeredAt))
      for (const draft of drafts) {
        await enqueue(tx, { ...draft, partial: true })
        tx.objectStore('drafts').delete(draft.id)
      }
      return drafts.length
    })
  }

  /** The first entries behind a place in the queue, in order. */
  next(after: number, limit: number): Promise<Entry[]> {
    return this.#read(['entries'], (tx) =>
      result(tx.objectStore('entries').getAll(IDBKeyRange.lowerBound(after, true), limit)),
    )
  }

  /** Removes what was sent and sets aside what was refused for good, in one step. */
  settle({ sent, aside, at }: Settlement): Promise<void> {
    return this.#write(['entries', 'aside', 'values'], async (tx) => {
      const entries = tx.objectStore('entries')
      for (const { seq } of sent) entries.delete(seq)
      for (const item of aside) {
        const seq = await result(entries.index('id').getKey(item.id))
        if (seq !== undefined) entries.delete(seq)
        tx.objectStore('aside').put(item)
      }
      if (sent.length > 0) tx.objectStore('values').put(at, 'lastSent')
    })
  }

  /** Puts everything set aside back at the end of the queue, oldest first. */
  requeueAside(): Promise<number> {
    return this.#write(['entries', 'aside'], async (tx) => {
      const aside = await result<Aside[]>(tx.objectStore('aside').getAll())
      aside.sort((a, b) => a.item.answeredAt.localeCompare(b.item.answeredAt))
      for (const { item } of aside) await enqueue(tx, item)
      tx.objectStore('aside').clear()
      return aside.length
    })
  }

  /** Every rating that is kept: those that wait in their order, then those set aside. */
  everything(): Promise<Submission[]> {
    return this.#read(['entries', 'aside'], async (tx) => {
      const [entries, aside] = await Promise.all([
        result<Entry[]>(tx.objectStore('entries').getAll()),
        result<Aside[]>(tx.objectStore('aside').getAll()),
      ])
      return [...entries, ...aside].map(({ item }) => item)
    })
  }

  /** How many wait and how many are set aside. */
  count(): Promise<{ waiting: number; aside: number }> {
    return this.#read(['entries', 'aside'], async (tx) => {
      const [waiting, aside] = await Promise.all([
        result(tx.objectStore('entries').count()),
        result(tx.objectStore('aside').count()),
      ])
      return { waiting, aside }
    })
  }

  /** Everything set aside, oldest refusal first. */
  aside(): Promise<Aside[]> {
    return this.#read(['aside'], async (tx) => {
      const all = await result<Aside[]>(tx.objectStore('aside').getAll())
      return all.sort((a, b) => a.at.localeCompare(b.at))
    })
  }

  get<T>(name: string): Promise<T | undefined> {
    return this.#read(['values'], (tx) => result(tx.objectStore('values').get(name)))
  }

  /** Stores named values in one step; undefined removes one. */
  put(values: Record<string, unknown>): Promise<void> {
    return this.#write(['values'], async (tx) => {
      const store = tx.objectStore('values')
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) store.delete(name)
        else store.put(value, name)
      }
    })
  }

  /** Puts in a named value's place what becomes of it, in one step; gives what is stored then. The same value is not written again. */
  change<T>(name: string, change: (stored: T | undefined) => T): Promise<T> {
    return this.#write(['values'], async (tx) => {
      const store = tx.objectStore('values')
      const stored = await result<T | undefined>(store.get(name))
      const changed = change(stored)
      if (changed !== stored) store.put(changed, name)
      return changed
    })
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = null
    ;(await open)?.close()
  }

  async #read<T>(stores: string[], work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
    const tx = (await this.#database()).transaction(stores, 'readonly')
    return work(tx)
  }

  async #write<T>(stores: string[], work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
    const tx = (await this.#database()).transaction(stores, 'readwrite', { durability: 'strict' })
    const committed = completed(tx)
    try {
      const value = await work(tx)
      await committed
      return value
    } catch (error) {
      committed.catch(() => {})
      try {
        tx.abort()
      } catch {
        // It ended by itself.
      }
      throw tx.error ?? error
    }
  }

  /** The open database; one that the browser closed is opened anew. */
  #database(): Promise<IDBDatabase> {
    this.#open ??= open(this.#name, () => {
      this.#open = null
    }).catch((error: unknown) => {
      this.#open = null
      throw error
    })
    return this.#open
  }
}

function open(name: string, onclosed: () => void): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => {
      const database = request.result
      database.createObjectStore('entries', { keyPath: 'seq', autoIncrement: true }).createIndex('id', 'id', { unique: true })
      database.createObjectStore('aside', { keyPath: 'id' })
      database.createObjectStore('drafts', { keyPath: 'id' })
      database.createObjectStore('values')
    }
    request.onerror = () => fail(request.error ?? new Error('the database does not open'))
    request.onsuccess = () => {
      const database = request.result
      database.onclose = onclosed
      database.onversionchange = () => {
        database.close()
        onclosed()
      }
      done(database)
    }
  })
}

async function enqueue(tx: IDBTransaction, item: Submission): Promise<void> {
  const entries = tx.objectStore('entries')
  const waiting = await result(entries.index('id').getKey(item.id))
  if (waiting === undefined) entries.add({ id: item.id, item })
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(request.error ?? new Error('the request failed'))
  })
}

function completed(tx: IDBTransaction): Promise<void> {
  return new Promise((done, fail) => {
    tx.oncomplete = () => done()
    tx.onabort = () => fail(tx.error ?? new Error('the transaction was undone'))
    tx.onerror = () => fail(tx.error ?? new Error('the transaction failed'))
  })
}
