import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../../lib/api'
import type { Import } from '../../lib/imports'
import { Importing, type ImportApi } from './importing.svelte'

const file = new File(['0123456789'], 'hồ sơ.csv')

/** A server that takes parts of four bytes and runs a file at once; `fail` may refuse a call first. */
function open(fail: (call: string) => unknown = () => undefined, remembered: string | null = null) {
  let stored: Import = {
    id: 'i',
    kind: 'volumes',
    fileName: file.name,
    size: file.size,
    partSize: 4,
    parts: 3,
    received: [],
    state: 'receiving',
    dryRun: false,
    progress: { lines: 0, total: null },
    createdAt: '',
    expiresAt: '',
    report: null,
    problem: null,
  }
  const calls: string[] = []
  const answer = (call: string, part: Partial<Import> = {}): Promise<Import> => {
    calls.push(call)
    const error = fail(call)
    if (error) return Promise.reject(error)
    stored = { ...stored, ...part }
    return Promise.resolve(stored)
  }
  const api: ImportApi = {
    createImport: () => answer('create'),
    sendImportPart: (_id, n) => answer(`part ${n}`, { received: [...stored.received, n] }),
    runImport: (_id, dryRun) => answer(`run ${dryRun}`, { state: 'running', dryRun }),
    import: () => answer('look', stored.state === 'running' ? { state: 'done' } : {}),
    removeImport: async () => void calls.push('remove'),
  }
  const memory = { read: () => remembered, write: vi.fn() }
  const onStored = vi.fn()
  return { importing: new Importing({ api, memory, onStored, interval: 1 }), calls, memory, onStored }
}

const done = (importing: Importing) => vi.waitFor(() => expect(importing.file?.state).toBe('done'))

describe('a file', () => {
  it('is sent in parts and tried; importing it for real is another step', async () => {
    const { importing, calls, memory, onStored } = open()
    await importing.start('volumes', file)
    await done(importing)
    expect(calls).toEqual(['create', 'part 1', 'part 2', 'part 3', 'run true', 'look'])
    expect(memory.write).toHaveBeenCalledWith('i')
    expect(onStored).not.toHaveBeenCalled()
    await importing.run(false)
    await done(importing)
    expect(onStored).toHaveBeenCalledOnce()
  })

  it('whose sending broke off goes on with what is missing', async () => {
    let cut = true
    const { importing, calls } = open((call) => (cut && call === 'part 2' ? new Problem({ code: 'network' }) : undefined))
    await importing.start('volumes', file)
    expect(importing.problem).toBeInstanceOf(Problem)
    expect([importing.sending, importing.paused]).toEqual([false, false])
    cut = false
    await importing.run(true)
    await done(importing)
    expect(calls).toEqual(['create', 'part 1', 'part 2', 'part 2', 'part 3', 'run true', 'look'])
  })

  it('that a reloaded page finds half sent waits for the same file', async () => {
    const { importing } = open(undefined, 'i')
    await importing.resume()
    expect(importing.paused).toBe(true)
    expect(await importing.proceed(new File(['x'], file.name))).toBe(false)
    expect(await importing.proceed(file)).toBe(true)
    await done(importing)
  })

  it('that the server does not keep any more is forgotten', async () => {
    const { importing, memory } = open(() => new Problem({ code: 'not_found' }), 'i')
    await importing.resume()
    expect([importing.lost, importing.file]).toEqual([true, null])
    expect(memory.write).toHaveBeenCalledWith(null)
  })

  it('is looked at again after a lost connection', async () => {
    let looks = 0
    const { importing } = open((call) => (call === 'look' && looks++ === 0 ? new Problem({ code: 'network' }) : undefined))
    await importing.start('volumes', file)
    await done(importing)
    expect([looks, importing.problem]).toEqual([2, null])
  })

  it('is let go of at signing out and found again later', async () => {
    const { importing, calls } = open(undefined, 'i')
    await importing.start('volumes', file)
    importing.forget()
    expect(importing.file).toBeNull()
    expect(calls).not.toContain('remove')
    await importing.resume()
    await done(importing)
  })

  it('that is given up is removed', async () => {
    const { importing, calls } = open()
    await importing.start('volumes', file)
    await importing.discard()
    expect(importing.file).toBeNull()
    expect(calls.at(-1)).toBe('remove')
  })
})
