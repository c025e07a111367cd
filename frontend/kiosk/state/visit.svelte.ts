import { overall, questionsOf, submissionOf, type Visit } from '../visit'
import type { Answer, Submission } from '../../lib/outboxStore'
import type { Device, Item } from '../device'
import { display } from './display.svelte'
import { language } from './language.svelte'
import { machine } from './machine.svelte'
import { sound } from './sound.svelte'

/** Quiet for this long, the citizen is asked whether they are still there, in milliseconds. */
const warnAfter = 20_000
/** So much later the screen is made ready for the next citizen. */
const leaveAfter = warnAfter + 10_000
/** How long the thanks stand; the bar on that screen runs as long. */
const thanksFor = 3_000
const tickEvery = 250
/** Who listens is not quiet, but no sound holds a screen for longer: it may hang, and the next citizen comes. */
const listenFor = 60_000
/** A disk that takes longer to keep a rating counts as failed; trying again does no harm. */
const savingFor = 10_000

type Screen = 'field' | 'rate' | 'question' | 'saving' | 'unsaved' | 'thanks'

let screen = $state<Exclude<Screen, 'field'>>('rate')
let visit = $state<Visit | null>(null)
/** What the kiosk was when the citizen first answered: nothing changes under their hands. */
let pinned = $state.raw<Device | null>(null)
/** The field the citizen came for; null: not sure; undefined: not said. */
let field = $state<string | null | undefined>(undefined)
/** Whether they want to rate although the point is not open. */
let insisted = $state(false)
let index = $state(0)
let secondsLeft = $state<number | null>(null)
/** Grows with every citizen: whatever a component remembers ends with it. */
let round = $state(0)
/** When the visit began; not of the device's clock, which may be set meanwhile. */
let begun = $state<number | null>(null)
let touched = 0
/** For how long of the time since then something was read aloud. */
let listened = 0
let leaving = false
/** What is being kept. It may have been kept late, so another attempt must not change it. */
let keeping: Submission | null = null
let ticker: ReturnType<typeof setInterval> | undefined

const shownDevice = $derived(pinned ?? machine.device)
const fields = $derived(shownDevice?.point.fields ?? [])
const questions = $derived<Item[]>(visit === null || pinned === null ? [] : questionsOf(pinned.questionnaire, visit.answers))

/**
 * The citizen in front of the screen. Of one citizen nothing is left here when the next one comes.
 *
 * Where the point serves several fields the citizen says first what they came for;
 * that alone is no rating yet. Whoever has touched a face has rated. A citizen who walks away then (after the
 * warning, when the screen goes dark, or when the page ends) leaves that rating and
 * whatever else they answered, marked as partial; the warning says so. Going back
 * to the faces mends the same rating, so a visit never counts twice.
 */
export const visits = {
  get screen(): Screen {
    return screen === 'rate' && fields.length > 1 && field === undefined ? 'field' : screen
  },
  /** Nobody has touched anything yet: the screen invites. */
  get fresh(): boolean {
    return begun === null && screen === 'rate'
  },
  get insisted(): boolean {
    return insisted
  },
  get round(): number {
    return round
  },
  get id(): string | undefined {
    return visit?.id
  },
  get level(): number | null {
    const level = visit?.answers[overall]
    return typeof level === 'number' ? level : null
  },
  /** The screen's question behind the rating. */
  get question(): Item | null {
    return screen === 'question' ? (questions[index] ?? null) : null
  },
  /** Which of how many questions behind the rating, from 1. */
  get place(): { n: number; total: number } {
    return { n: index + 1, total: questions.length }
  },
  /** The fields to choose from; one or none: there is nothing to ask. */
  get fields() {
    return fields
  },
  /** The field chosen of several; null: not sure, undefined: not said. */
  get field() {
    return field
  },
  /** Seconds until the screen is cleared; null while nobody needs to be asked. */
  get secondsLeft(): number | null {
    return secondsLeft
  },
  /** Whether leaving now leaves a rating behind. */
  get hasRating(): boolean {
    return visit !== null
  },

  answerOf(item: string): Answer | undefined {
    return visit?.answers[item]
  },

  /** Somebody touched the screen: the clock of the idle warning starts anew, unless the warning itself is shown. */
  touch() {
    if (secondsLeft === null) stir()
  },

  /** "I am still here". */
  stay() {
    secondsLeft = null
    stir()
  },

  speak(chosen: typeof language.current) {
    sound.hush()
    language.current = chosen
    begin()
  },

  switchTheme() {
    display.switchTheme()
    begin()
  },

  switchHeight() {
    display.switchHeight()
    begin()
  },

  /** "I want to rate all the same", outside the opening hours. */
  insist() {
    insisted = true
    begin()
  },

  /** Takes what the citizen came for; null: not sure. */
  chooseField(id: string | null) {
    if (visits.screen !== 'field') return
    pinned ??= machine.device
    field = id
    begin()
    if (visit === null) return
    visit.field = id
    keepDraft()
  },

  /** Back to the fields; a rating that was given stands. */
  changeField() {
    if (screen === 'rate') field = undefined
  },

  /**
   * Takes the rating and goes on, to where the citizen was if the question is still asked.
   * It is kept from now on, whatever the citizen does.
   */
  rate(level: number) {
    if (visits.screen !== 'rate' || machine.device === null) return
    const now = Date.now()
    const beginning = begin()
    pinned ??= machine.device
    const asked = questions[index]?.id
    visit = {
      id: visit?.id ?? crypto.randomUUID(),
      startedAt: Math.round(now - (performance.now() - beginning)),
      answeredAt: now,
      clock: machine.clock,
      field: field ?? null,
      answers: { ...visit?.answers, [overall]: level },
    }
    index = Math.max(0, questions.findIndex(({ id }) => id === asked))
    keepDraft()
    if (questions.length === 0) void finish(false)
    else screen = 'question'
  },

  /** Back to the faces; until another one is chosen, the rating stands. */
  change() {
    if (screen === 'question') screen = 'rate'
  },

  /** Back to the question before, or from the first one to the faces; every answer stands. */
  back() {
    if (index === 0) visits.change()
    else if (screen === 'question') index--
  },

  /** Changes an answer without going on; undefined takes it back. */
  answer(item: string, value: Answer | undefined) {
    if (visit === null) return
    const others = Object.entries(visit.answers).filter(([id]) => id !== item)
    visit.answers = Object.fromEntries(value === undefined ? others : [...others, [item, value]])
  },

  /** To the next question, or to the end. */
  next,

  /** Sends what was answered so far; the rest of a long form is not asked. */
  finish() {
    if (screen === 'question') void finish(false)
  },

  /** The citizen (or nobody any more) ends the visit: a rating that was given is kept as a partial one. */
  async leave(): Promise<void> {
    if (leaving || screen === 'saving') return
    leaving = true
    try {
      if (visit !== null && screen !== 'thanks') await finish(true)
      else reset()
    } finally {
      leaving = false
    }
  },

  /** Tries again to keep the rating, as it was. */
  async retry(): Promise<void> {
    await finish(keeping?.partial ?? false)
  },

  /** Ready for the next citizen. */
  reset,
}

function next() {
  if (screen !== 'question' || visit === null) return
  index++
  if (index < questions.length) keepDraft()
  else void finish(false)
}

function submission(partial: boolean) {
  return submissionOf($state.snapshot(visit!) as Visit, pinned!, language.current, partial)
}

function keepDraft() {
  machine.keepDraft(submission(true))
}

/** Keeps the rating on the device, then thanks, unless the citizen is gone; nobody is thanked before it is kept. */
async function finish(gone: boolean): Promise<void> {
  if (visit === null) return reset()
  const mine = round
  screen = 'saving'
  secondsLeft = null
  keeping ??= submission(gone)
  try {
    await within(savingFor, machine.add(keeping))
  } catch {
    if (mine !== round) return
    stir()
    screen = 'unsaved'
    return
  }
  if (mine !== round) return
  if (gone) return reset()
  visit = null
  pinned = null
  keeping = null
  stir()
  screen = 'thanks'
}

function within<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('too late')), limit)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function reset() {
  clearInterval(ticker)
  ticker = undefined
  visit = null
  pinned = null
  keeping = null
  index = 0
  begun = null
  field = undefined
  insisted = false
  secondsLeft = null
  language.current = 'vi'
  display.reset()
  sound.hush()
  screen = 'rate'
  round++
}

/** The time of quiet begins anew. */
function stir() {
  touched = performance.now()
  listened = 0
}

/** Somebody is there: watches over the visit from its first touch on, and gives the time of that. */
function begin(): number {
  stir()
  if (machine.phase !== 'ready') return touched
  ticker ??= setInterval(tick, tickEvery)
  return (begun ??= touched)
}

function tick() {
  if (sound.playing && secondsLeft === null && screen !== 'thanks' && listened < listenFor) listened += tickEvery
  const quiet = performance.now() - touched - listened
  if (screen === 'saving') return
  if (screen === 'thanks') {
    if (quiet >= thanksFor) reset()
    return
  }
  if (screen === 'unsaved') {
    if (quiet >= leaveAfter) reset()
    return
  }
  if (quiet >= leaveAfter) void visits.leave()
  else if (quiet >= warnAfter) secondsLeft = Math.ceil((leaveAfter - quiet) / 1000)
}
