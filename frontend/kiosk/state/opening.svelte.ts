import { isBefore, isOpen, nextOpening } from '../../lib/hours'
import { display } from './display.svelte'
import { machine } from './machine.svelte'

const lookEvery = 10_000

let time = $state(Date.now())
const hours = $derived(display.settings.hours)
/** The time as far as it is known: the device's own clock may be wrong. */
const corrected = $derived(time + (machine.clockOffset ?? 0))

/** Whether the point is open now, by its first day and by the hours it keeps. */
export const opening = {
  /** Follows the clock. Gives back what ends it. */
  start(): () => void {
    const timer = setInterval(() => {
      time = Date.now()
    }, lookEvery)
    return () => clearInterval(timer)
  },
  /** The day on which the point begins to take ratings; empty: it did. A tablet without a network sees it come. */
  get firstDay(): string {
    const { opens = '' } = machine.device?.point ?? {}
    return isBefore(corrected, opens) ? opens : ''
  },
  /** Whether the point takes no ratings any more. */
  get over(): boolean {
    const { closed = false, opens = '' } = machine.device?.point ?? {}
    return closed && opens === ''
  },
  get open(): boolean {
    return isOpen(hours, corrected)
  },
  get next() {
    return nextOpening(hours, corrected)
  },
  get hours() {
    return hours
  },
}
