// @vitest-environment node
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { clipsOf, fileOf, keepRecordings, keptRecordings, most, type Recording } from './recordings'

const digest = (content: string) => createHash('sha256').update(content).digest('hex')
const recording = (content: string, prompt = content, language = 'vi'): Recording => ({ language, prompt, digest: digest(content) })

describe('the recordings on this device', () => {
  let stored: Map<string, Blob>
  const fetched: string[] = []
  let files: Blob[]

  beforeEach(() => {
    stored = new Map()
    fetched.length = 0
    files = ['thanks', 'question'].map((content) => new Blob([content], { type: 'audio/ogg' }))
    let made = false
    vi.stubGlobal('caches', {
      has: async () => made,
      open: async () => ((made = true), {
        keys: async () => Array.from(stored.keys(), (path) => ({ url: `https://kiosk.test${path}` })),
        match: async (path: string) => (stored.has(path) ? new Response(stored.get(path)) : undefined),
        put: async (path: string, response: Response) => stored.set(path, await response.blob()),
        delete: async (path: string) => stored.delete(path),
      }),
    })
  })

  const fetchFile = async (wanted: string) => {
    fetched.push(wanted)
    for (const file of files) if (digest(await file.text()) === wanted) return file
    throw new Error('offline')
  }

  it('are fetched once and removed when they are no longer wanted', async () => {
    const wanted = [recording('thanks'), recording('question')]
    expect(await keepRecordings(wanted, fetchFile)).toEqual({ kept: new Set(wanted.map((each) => each.digest)), whole: true })
    await keepRecordings(wanted, fetchFile)
    expect(fetched).toHaveLength(2)
    expect(await (await fileOf(digest('thanks')))!.text()).toBe('thanks')

    await keepRecordings([recording('question')], fetchFile)
    expect(await keptRecordings()).toEqual(new Set([digest('question')]))
    expect(await fileOf(digest('thanks'))).toBeUndefined()
  })

  it('keep what is there where another cannot be fetched', async () => {
    await keepRecordings([recording('thanks')], fetchFile)
    const { kept, whole } = await keepRecordings([recording('lost'), recording('thanks')], fetchFile)
    expect(whole).toBe(false)
    expect(kept).toEqual(new Set([digest('thanks')]))
  })

  it('are never what a captive portal answers', async () => {
    const { kept, whole } = await keepRecordings([recording('thanks')], async () => new Blob(['<html>Wi-Fi</html>']))
    expect([kept.size, whole, stored.size]).toEqual([0, false, 0])
  })

  it('end where there is no more room', async () => {
    const large = { size: most + 1 } as Blob
    expect(await keepRecordings([recording('large')], async () => large)).toEqual({ kept: new Set(), whole: true })
    expect(stored.size).toBe(0)
  })

  it.each([
    ['both', ['invite', 'question'], 'vi', ['invite', 'question']],
    ['the question alone', ['none', 'question'], 'vi', ['question']],
    ['none without the question', ['invite', 'none'], 'vi', []],
    ['none of another language', ['invite', 'question'], 'en', []],
    ['none of nothing', [], 'vi', []],
  ])('of a screen: %s', (_, prompts, language, want) => {
    const all = [recording('invite'), recording('question')]
    const kept = new Set(all.map((each) => each.digest))
    expect(clipsOf(all, kept, language, prompts)).toEqual(want.map(digest))
  })
})
