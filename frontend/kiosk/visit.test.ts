import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Device, Questionnaire } from './device'
import { answersToSend, questionsOf, submissionOf, type Visit } from './visit'

const form = (id: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../survey/questionnaires/${id}.json`), 'utf8')) as Questionnaire

const device = (questionnaire: Questionnaire): Device => ({
  kiosk: { id: 'J4NP8J3F', name: 'Kiosk' },
  point: { code: 'K7QX2M9A4T', name: { vi: 'Quầy' }, agencyName: { vi: 'Phường' }, fields: [], closed: false },
  questionnaire,
  province: { vi: 'Tỉnh' },
  synthetic: false,
  version: '1',
  revision: '',
  serverTime: '2026-11-23T08:00:00.000Z',
})

const names = (items: ReturnType<typeof questionsOf>) => items.map(({ id }) => id)

describe('questions behind the rating', () => {
  const quick = form('quick')
  it.each([
    ['unhappy', 3, ['reasons_unhappy']],
    ['happy', 4, ['reasons_happy']],
  ])('quick form, %s', (_name, overall, expected) => {
    expect(names(questionsOf(quick, { overall }))).toEqual(expected)
  })

  it('the short form asks its five factors; comments are for the phone', () => {
    expect(names(questionsOf(form('short'), { overall: 4 }))).toEqual(['tc', 'tt', 'cc', 'kq', 'pa'])
  })

  it('the full form asks everything that a finger can answer, once', () => {
    const steps = names(questionsOf(form('full'), { overall: 4 }))
    expect(steps).not.toContain('overall')
    expect(steps).not.toContain('comment')
    expect(new Set(steps).size).toBe(steps.length)
    expect(steps.length).toBeGreaterThan(19)
  })
})

describe('answers to send', () => {
  const quick = form('quick')
  it('leave out what is not shown, what is empty and what the form does not ask', () => {
    expect(
      answersToSend(quick, { overall: 2, reasons_happy: ['fast'], reasons_unhappy: [], other: 'x' }),
    ).toEqual({ overall: 2 })
    expect(answersToSend(quick, { overall: 2, reasons_unhappy: ['late'] })).toEqual({ overall: 2, reasons_unhappy: ['late'] })
  })
})

describe('submission', () => {
  const visit: Visit = {
    id: '3f0d9c1e-6f0a-4a53-9d7e-0d6f5b8a2c11',
    startedAt: Date.parse('2026-11-23T07:59:00Z'),
    answeredAt: Date.parse('2026-11-23T07:59:05Z'),
    clock: null,
    field: 'dat-dai',
    answers: { overall: 5 },
  }

  it('carries the point, the form and the corrected times of the rating', () => {
    const clock = { offset: 60_000, serverTime: Date.parse('2026-11-23T07:00:00Z') }
    expect(submissionOf({ ...visit, clock }, device(form('quick')), 'en', false)).toEqual({
      id: visit.id,
      point: 'K7QX2M9A4T',
      questionnaire: 'quick',
      version: 1,
      language: 'en',
      capture: 'kiosk',
      field: 'dat-dai',
      startedAt: '2026-11-23T08:00:00.000Z',
      answeredAt: '2026-11-23T08:00:05.000Z',
      clockOffset: 60_000,
      partial: false,
      answers: { overall: 5 },
    })
  })

  it.each([
    ['that began before the clocks were compared', 0, '08:00:00', '08:00:05', 60_000],
    ['of a clock set back since', 3600_000, '08:59:59', '09:00:04', null],
  ])('%s keeps its length', (_name, later, startedAt, answeredAt, clockOffset) => {
    const clock = { offset: 60_000, serverTime: Date.parse('2026-11-23T08:00:04Z') + later }
    expect(submissionOf({ ...visit, clock }, device(form('quick')), 'vi', false)).toMatchObject({
      startedAt: `2026-11-23T${startedAt}.000Z`,
      answeredAt: `2026-11-23T${answeredAt}.000Z`,
      clockOffset,
    })
  })

  it('of a citizen who walked away is partial', () => {
    expect(submissionOf(visit, device(form('quick')), 'vi', true)).toMatchObject({ partial: true, clockOffset: null })
  })
})
