import { describe, expect, it, vi } from 'vitest'
import { Loading } from './loading.svelte'

/** A question whose answer the test gives. */
function question<T>() {
  let resolve!: (answer: T) => void
  const promise = new Promise<T>((done) => (resolve = done))
  return { ask: () => promise, resolve }
}

describe('an answer that follows its question', () => {
  it('drops what comes late for an older question', async () => {
    const loading = new Loading<string>()
    const [first, second] = [question<string>(), question<string>()]
    loading.load(first.ask)
    loading.load(second.ask)
    second.resolve('second')
    await vi.waitFor(() => expect(loading.value).toBe('second'))
    first.resolve('first')
    await Promise.resolve()
    expect(loading.value).toBe('second')
    expect(loading.busy).toBe(false)
  })

  it('keeps the last answer while the next is on its way', async () => {
    const loading = new Loading<string>()
    loading.load(() => Promise.resolve('old'))
    await vi.waitFor(() => expect(loading.value).toBe('old'))
    loading.load(question<string>().ask)
    expect([loading.value, loading.busy]).toEqual(['old', true])
  })

  it('shows no old numbers beside a failure, and asks again on retry', async () => {
    const loading = new Loading<string>()
    loading.load(() => Promise.resolve('old'))
    await vi.waitFor(() => expect(loading.value).toBe('old'))
    const answers = [() => Promise.reject(new Error('lost')), () => Promise.resolve('new')]
    loading.load(() => answers.shift()!())
    await vi.waitFor(() => expect(loading.problem).toBeInstanceOf(Error))
    expect(loading.value).toBeNull()
    loading.retry()
    await vi.waitFor(() => expect(loading.value).toBe('new'))
    expect(loading.problem).toBeNull()
  })
})
