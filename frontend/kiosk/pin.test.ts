// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { afterWrong, matches, noTries, waitOf, type Tries } from './pin'

// PBKDF2-HMAC-SHA-256 of "802641" with the salt "0123456789abcdef", as Python gives it.
const pin = { salt: 'MDEyMzQ1Njc4OWFiY2RlZg==', iterations: 1000, hash: '/es9v8Xfzf97jkvgXsjxlY3ERM97kUoh/9PrUBk6Ne8=' }

describe('a PIN', () => {
  it('is recognised, and no other one', async () => {
    expect(await matches('802641', pin)).toBe(true)
    for (const other of ['', '802642', '8026410', '080264']) expect(await matches(other, pin), other).toBe(false)
  })
})

describe('wrong tries', () => {
  it('wait longer and longer, at most ten minutes', () => {
    let tries: Tries = noTries
    const waits = Array.from({ length: 12 }, () => {
      tries = afterWrong(tries, 1_000_000)
      return waitOf(tries, 1_000_000)
    })
    expect(waits).toEqual([0, 0, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600])
  })

  it('are waited for to the end, however the clock is set', () => {
    const tries = { wrong: 4, until: 20_000 }
    expect(waitOf(tries, 10_500)).toBe(10)
    expect(waitOf(tries, 20_000)).toBe(0)
    expect(waitOf(tries, -86_400_000)).toBe(600)
  })
})
