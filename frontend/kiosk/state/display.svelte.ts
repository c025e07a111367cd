import { settingsOf, type Settings, type Theme } from '../settings'
import { machine } from './machine.svelte'

const other: Record<Theme, Theme> = { light: 'contrast', contrast: 'light' }

let switched = $state(false)
let low = $state(false)

/** How the screen looks to the citizen in front of it. Their choices end with them. */
export const display = {
  /** What the server wants of this kiosk. */
  get settings(): Settings {
    return settingsOf(machine.device?.settings)
  },
  get theme(): Theme {
    const { theme } = display.settings
    return switched ? other[theme] : theme
  },
  /** Whether everything to touch stands in the lower part of an upright screen. */
  get low(): boolean {
    return low
  },

  switchTheme() {
    switched = !switched
  },
  switchHeight() {
    low = !low
  },
  reset() {
    switched = false
    low = false
  },
}
