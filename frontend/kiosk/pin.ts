/** A PIN as the server tells it: PBKDF2-HMAC-SHA-256, in base64. */
export interface StaffPin {
  salt: string
  iterations: number
  hash: string
}

/** Wrong tries in a row, and until when the next one has to wait (device clock); kept across the end of the page. */
export interface Tries {
  wrong: number
  until: number
}

export const noTries: Tries = { wrong: 0, until: 0 }

const free = 3
const shortest = 5_000
const longest = 10 * 60_000

/** Whether the digits are the PIN. It takes a second or two on purpose. */
export async function matches(digits: string, { salt, iterations, hash }: StaffPin): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(digits), 'PBKDF2', false, ['deriveBits'])
  const wanted = bytesOf(hash)
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(salt), iterations }, key, wanted.length * 8)
  return new Uint8Array(bits).every((byte, i) => byte === wanted[i])
}

/** The tries after one more wrong one: the third waits five seconds, each further one twice as long, at most ten minutes. */
export function afterWrong({ wrong }: Tries, now: number): Tries {
  const pause = wrong + 1 < free ? 0 : Math.min(longest, shortest * 2 ** Math.min(wrong + 1 - free, 20))
  return { wrong: wrong + 1, until: now + pause }
}

/** Seconds until the next try. A clock that was set back makes nobody wait longer than the longest pause. */
export function waitOf({ until }: Tries, now: number): number {
  return Math.ceil(Math.max(0, Math.min(until - now, longest)) / 1000)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
