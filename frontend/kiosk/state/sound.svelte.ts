import type { Tag } from '../messages'
import { fileOf } from '../recordings'
import { display } from './display.svelte'
import { recordings } from './recordings.svelte'

let voices = $state.raw<SpeechSynthesisVoice[]>([])
let uttered = $state.raw<SpeechSynthesisUtterance | null>(null)
let audio: AudioContext | undefined
/** The recording that plays. */
let player = $state.raw<HTMLAudioElement | null>(null)

const synthesis = (globalThis as { speechSynthesis?: SpeechSynthesis }).speechSynthesis

/** Voices of the device itself only: a question must be readable without a connection, and by nobody else. */
const voiceFor = (language: Tag) =>
  voices.find((voice) => voice.localService && voice.lang.toLowerCase().split(/[-_]/)[0] === language)

/** What stands on the screen, and the language it is in. */
export interface Sentence {
  language: Tag
  text: string
}

/** Sentences of one language that follow each other are read in one go. */
function runs(sentences: Sentence[]): Sentence[] {
  const joined: Sentence[] = []
  for (const { language, text } of sentences) {
    const last = joined.at(-1)
    if (last?.language === language) last.text += `. ${text}`
    else joined.push({ language, text })
  }
  return joined
}

/** Plays files of this device, one after the other. */
async function play(digests: string[]) {
  sound.hush()
  const mine = (player = new Audio())
  mine.volume = display.settings.volume / 100
  for (const digest of digests) {
    const file = await fileOf(digest).catch(() => undefined)
    if (player !== mine) return
    if (file !== undefined) await hear(mine, file)
    if (player !== mine) return
  }
  player = null
}

/** Resolves when the file was heard, cannot be played, or is stopped. */
async function hear(element: HTMLAudioElement, file: Blob): Promise<void> {
  const url = URL.createObjectURL(file)
  try {
    const over = new Promise<unknown>((done) => {
      element.onended = element.onpause = element.onerror = done
    })
    element.src = url
    await element.play()
    await over
  } catch {
    // A format this browser does not play: the screen can be read all the same.
  } finally {
    URL.revokeObjectURL(url)
  }
}

function look() {
  voices = synthesis?.getVoices() ?? []
}

/** What can be heard. All of it is off until the kiosk's settings turn it on, and nothing speaks unasked. */
export const sound = {
  /** Looks for voices; browsers find them some time after their start. */
  start() {
    look()
    synthesis?.addEventListener('voiceschanged', look)
  },

  /** Whether a screen with these prompts can be heard in a language. */
  speaks(language: Tag, prompts: string[]): boolean {
    return display.settings.voice && (voiceFor(language) !== undefined || recordings.clips(language, prompts).length > 0)
  },
  get speaking(): boolean {
    return uttered !== null || player !== null
  },
  /** Whether a recording plays, which ends by itself. */
  get playing(): boolean {
    return player !== null
  },

  /** Plays what was recorded of a screen, or where nothing was, has the device read its sentences; what was heard before ends. */
  listen(language: Tag, prompts: string[], sentences: Sentence[]) {
    const clips = recordings.clips(language, prompts)
    if (clips.length > 0) void play(clips)
    else sound.say(sentences)
  },

  /** Reads sentences out, each with the voice of its language; what was being read ends. Those in a language without a voice are left out. */
  say(sentences: Sentence[]) {
    sound.hush()
    const utterances = runs(sentences).flatMap(({ language, text }) => {
      const voice = voiceFor(language)
      if (voice === undefined) return []
      const utterance = new SpeechSynthesisUtterance(text)
      utterance.voice = voice
      utterance.lang = voice.lang
      utterance.volume = display.settings.volume / 100
      return [utterance]
    })
    const last = utterances.at(-1)
    if (last === undefined) return
    last.onend = last.onerror = () => {
      if (uttered === last) uttered = null
    }
    uttered = last
    for (const utterance of utterances) synthesis?.speak(utterance)
  },

  hush() {
    if (uttered !== null) synthesis?.cancel()
    uttered = null
    player?.pause()
    player = null
  },

  /** Answers a touch by a short tone. */
  tap() {
    if (!display.settings.sound) return
    try {
      audio ??= new AudioContext()
      const tone = audio.createOscillator()
      const level = audio.createGain()
      const { currentTime } = audio
      tone.frequency.value = 660
      level.gain.setValueAtTime((0.3 * display.settings.volume) / 100, currentTime)
      level.gain.exponentialRampToValueAtTime(0.001, currentTime + 0.12)
      tone.connect(level).connect(audio.destination)
      tone.start()
      tone.stop(currentTime + 0.12)
    } catch {
      // A device without sound goes without.
    }
  },
}
