import { formatInstant } from './format'
import type { Submission } from './outboxStore'

/** The form of the file, as `sipas import kiosk-queue` reads it. */
const format = 'sipas-kiosk-queue'
const version = 1

/**
 * What a kiosk keeps at a time, as a file that an administrator can import where the kiosk
 * cannot send. The ratings keep their ids, so what is sent as well is stored once. The
 * checksum is that of the list of ratings as it stands in the file. The name has the time in Vietnam.
 */
export async function queueFile(kiosk: string, ratings: Submission[], at: number): Promise<{ name: string; text: string }> {
  const exportedAt = new Date(at).toISOString()
  const list = JSON.stringify(ratings)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(list)))
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const head = JSON.stringify({ format, version, kiosk, exportedAt, count: ratings.length, sha256 })
  const [time, day] = formatInstant(exportedAt).split(' ') as [string, string]
  return {
    name: `kiosk-${kiosk}-${day.split('/').reverse().join('')}-${time.replace(':', '')}.json`,
    text: `${head.slice(0, -1)},"responses":${list}}`,
  }
}
