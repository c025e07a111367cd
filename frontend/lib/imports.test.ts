import { describe, expect, it } from 'vitest'
import { csv, missingParts, sentShare } from './imports'

describe('the parts of a file', () => {
  const file = { size: 10, partSize: 4, parts: 3 }

  it.each([
    ['all', [], [[1, 0, 4], [2, 4, 8], [3, 8, 10]], 0],
    ['those in between', [1, 3], [[2, 4, 8]], 0.6],
    ['the short last one', [2, 1], [[3, 8, 10]], 0.8],
    ['none', [1, 2, 3], [], 1],
  ])('that are missing: %s', (_name, received, parts, share) => {
    const of = { ...file, received }
    expect(missingParts(of).map(({ n, from, to }) => [n, from, to])).toEqual(parts)
    expect(sentShare(of)).toBeCloseTo(share)
  })
})

describe('CSV', () => {
  it('starts with a byte order mark and quotes what needs it', () => {
    expect(csv([['line', 'what'], [2, 'a, "b"']])).toBe('\ufeffline,what\r\n2,"a, ""b"""\r\n')
  })

  it.each(['=1+1', '+1', '-1', '@a'])('%s is no formula', (text) => {
    expect(csv([[text]])).toBe(`\ufeff'${text}\r\n`)
  })
})
