import { isOpen, nextOpening } from '../../lib/hours'
import { display } from './display.svelte'
import { machine } from './machine.svelte'

const lookEvery = 10_000

let time = $state(Date.now())
const hours = $derived(display.settings.hours)
/** The time as far as it is known: the device's own clock may be wrong. */
const corrected = $derived(time + (machine.clockOffset ?? 0))

/** Whether the point is open now, by the hours it keeps. */
export const opening = {
  /** Follows the clock. Gives back what ends it. */
  start(): () => void {
    const timer = setInterval(() => {
      time = Date.now()
    }, lookEvery)
    return () => clearInterval(timer)
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
