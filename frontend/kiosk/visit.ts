import type { Answer, Submission } from '../lib/outboxStore'
import { stamp, type Measurement } from './clock'
import type { Device, Item, Questionnaire } from './device'
import type { Tag } from './messages'

export type Answers = Record<string, Answer>

/** The item that every form asks and that the kiosk asks first. */
export const overall = 'overall'

/** Kinds of questions that a finger can answer. Text and numbers are for the phone form. */
const asked = ['rating', 'single', 'multiple', 'yesno']

function shown(item: Item, answers: Answers): boolean {
  const { showWhen } = item
  if (showWhen === undefined) return true
  const answer = answers[showWhen.item]
  const given = Array.isArray(answer) ? answer : [answer]
  return showWhen.in.some((wanted) => given.some((value) => value === wanted))
}

/** The questions behind the rating, one screen each, in the form's order, given the answers so far. */
export function questionsOf(questionnaire: Questionnaire, answers: Answers): Item[] {
  return questionnaire.items.filter((item) => item.id !== overall && asked.includes(item.type) && shown(item, answers))
}

/** The answers that may be sent: those to questions that are shown, without empty lists. */
export function answersToSend(questionnaire: Questionnaire, answers: Answers): Answers {
  const kept: Answers = {}
  for (const item of questionnaire.items) {
    const answer = answers[item.id]
    if (answer === undefined || !shown(item, answers)) continue
    if (Array.isArray(answer) && answer.length === 0) continue
    kept[item.id] = Array.isArray(answer) ? [...answer] : answer
  }
  return kept
}

/** One citizen's visit, from the rating on. */
export interface Visit {
  id: string
  /** Device times. */
  startedAt: number
  answeredAt: number
  /** What was known of the device's clock at the rating: a later comparison says nothing about these times. */
  clock: Measurement | null
  field: string | null
  answers: Answers
}

/** The rating as it is sent. The point, the form and the clock are those of the time of rating. */
export function submissionOf(visit: Visit, device: Device, language: Tag, partial: boolean): Submission {
  const { at, clockOffset } = stamp(visit.answeredAt, visit.clock)
  const started = Date.parse(at) - (visit.answeredAt - visit.startedAt)
  return {
    id: visit.id,
    point: device.point.code,
    questionnaire: device.questionnaire.id,
    version: device.questionnaire.version,
    language,
    capture: 'kiosk',
    field: visit.field,
    startedAt: new Date(started).toISOString(),
    answeredAt: at,
    clockOffset,
    partial,
    answers: answersToSend(device.questionnaire, visit.answers),
  }
}
