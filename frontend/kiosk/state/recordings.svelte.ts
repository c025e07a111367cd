import type { Tag } from '../messages'
import { clipsOf, keepRecordings, keptRecordings } from '../recordings'
import { machine } from './machine.svelte'

/** After this long what could not be fetched is asked for again. */
const retryAfter = 60_000

let kept = $state.raw<ReadonlySet<string>>(new Set())
let timer: ReturnType<typeof setTimeout> | undefined
let round = 0

/** What the province had spoken of this kiosk's screens, as far as it is on this device. */
export const recordings = {
  /** Brings what is on this device in line with what the server told. Without a connection, what is there is good. */
  async follow(): Promise<void> {
    const mine = ++round
    clearTimeout(timer)
    // Before the device is known, nothing is known to be unwanted.
    if (machine.device === null) return
    const wanted = machine.device.recordings ?? []
    try {
      kept = await keptRecordings()
      if (wanted.length === 0 && kept.size === 0) return
      const found = await keepRecordings(wanted, machine.recording)
      if (mine !== round) return
      kept = found.kept
      if (!found.whole) timer = setTimeout(() => void recordings.follow(), retryAfter)
    } catch {
      // A browser that keeps nothing: the device's own voice reads.
    }
  },
  /** The files to play for a screen; none: there is no recording of it. */
  clips(language: Tag, prompts: string[]): string[] {
    return clipsOf(machine.device?.recordings ?? [], kept, language, prompts)
  },
}
