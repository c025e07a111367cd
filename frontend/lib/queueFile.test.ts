// @vitest-environment node
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Submission } from './outboxStore'
import { queueFile } from './queueFile'

it('a queue is a JSON file whose checksum is that of its ratings as they stand in it', async () => {
  const ratings = [{ id: 'a', answers: { comment: 'Chờ lâu “quá”' } }, { id: 'b' }] as unknown as Submission[]
  const { name, text } = await queueFile('7QX2M9A4', ratings, Date.UTC(2026, 10, 23, 18, 3))
  expect(name).toBe('kiosk-7QX2M9A4-20261124-0103.json')
  const list = text.slice(text.indexOf('['), -1)
  expect(JSON.parse(text)).toEqual({
    format: 'sipas-kiosk-queue',
    version: 1,
    kiosk: '7QX2M9A4',
    exportedAt: '2026-11-23T18:03:00.000Z',
    count: 2,
    sha256: createHash('sha256').update(list).digest('hex'),
    responses: ratings,
  })
})
