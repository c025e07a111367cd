import type { KioskSettings } from '../lib/catalogue'
import type { Span } from '../lib/hours'
import { languages } from '../lib/language'

export type Theme = KioskSettings['theme']

/** How a kiosk is to behave, as the server sends it with the device. */
export interface Settings extends KioskSettings {
  /** When the point is open; empty: not known, so always. */
  hours: Span[]
}

/** What stands where the server says nothing: a kiosk makes no sound and is always open. */
export const defaultSettings: Settings = {
  theme: 'light',
  languages: [...languages],
  voice: false,
  sound: false,
  volume: 60,
  brightness: 100,
  hours: [],
}

/** The settings in force: those of the server, and what it does not say as it stands by default. */
export function settingsOf(told: Partial<Settings> | undefined): Settings {
  return { ...defaultSettings, ...told }
}
