import type { Tag } from '../messages'
import { display } from './display.svelte'

let voices = $state.raw<SpeechSynthesisVoice[]>([])
let uttered = $state.raw<SpeechSynthesisUtterance | null>(null)
let audio: AudioContext | undefined

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

  /** Whether questions can be read out in a language. */
  speaks(language: Tag): boolean {
    return display.settings.voice && voiceFor(language) !== undefined
  },
  get speaking(): boolean {
    return uttered !== null
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
