import type { Tag } from './messages'

/** A prompt of the screens that the province had spoken; the digest is that of its audio file. */
export interface Recording {
  language: Tag
  prompt: string
  digest: string
}

/** The most that is kept of them on this device, in bytes. */
export const most = 32 * 1024 * 1024

const cacheName = 'sipas-recordings'
const address = (digest: string) => `/recordings/${digest}`

/** The digests of the files that are on this device. */
export async function keptRecordings(): Promise<Set<string>> {
  if (!(await caches.has(cacheName))) return new Set() // opening it would make it
  const cache = await caches.open(cacheName)
  return new Set((await cache.keys()).map(({ url }) => url.slice(url.lastIndexOf('/') + 1)))
}

/**
 * Makes the wanted files those that are on this device, as far as there is room: fetches what is missing and removes the rest. An
 * answer that is not the file (a captive portal's page) is not kept; it is asked for again the next time. Gives the digests
 * that are there now, and whether that is all that fits.
 */
export async function keepRecordings(wanted: Recording[], fetchFile: (digest: string) => Promise<Blob>): Promise<{ kept: Set<string>; whole: boolean }> {
  const cache = await caches.open(cacheName)
  const digests = new Set(wanted.map(({ digest }) => digest))
  const kept = new Set<string>()
  let whole = true
  for (const digest of await keptRecordings()) if (!digests.has(digest)) await cache.delete(address(digest))
  let room = most
  for (const digest of digests) {
    try {
      let file = await (await cache.match(address(digest)))?.blob()
      if (file === undefined) {
        file = await fetchFile(digest)
        if (file.size > room) break
        if ((await sha256(file)) !== digest) throw new Error('it is another file')
        await cache.put(address(digest), new Response(file, { headers: { 'Content-Type': file.type } }))
      }
      room -= file.size
      kept.add(digest)
    } catch {
      whole = false
    }
  }
  return { kept, whole }
}

/** The file on this device; undefined: it is not there. */
export async function fileOf(digest: string): Promise<Blob | undefined> {
  return (await (await caches.open(cacheName)).match(address(digest)))?.blob()
}

async function sha256(file: Blob): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The files of the prompts in a language, in order; without one for the last, which is what the screen asks, there are none. */
export function clipsOf(recordings: Recording[], kept: ReadonlySet<string>, language: Tag, prompts: string[]): string[] {
  const clips = prompts.map((prompt) => recordings.find((each) => each.language === language && each.prompt === prompt && kept.has(each.digest))?.digest)
  return clips.at(-1) === undefined ? [] : clips.filter((digest) => digest !== undefined)
}
