import { translate, type MessageKey, type Params } from '../../lib/i18n'
import { isLanguage, textIn, type Language, type Text } from '../../lib/language'

const key = 'sipas.language'

function remembered(): Language {
  try {
    const stored = localStorage.getItem(key)
    if (isLanguage(stored)) return stored
  } catch {
    // Storage may be forbidden; then the default stands.
  }
  return 'vi'
}

let current = $state<Language>(remembered())

/** The language of the screen; setting it is remembered in this browser. */
export const language = {
  get current(): Language {
    return current
  },
  set current(value: Language) {
    current = value
    try {
      localStorage.setItem(key, value)
    } catch {
      // Not remembered, then.
    }
  },
}

/** A sentence in the screen's language. */
export function t<K extends MessageKey>(name: K, ...params: Params<K>): string {
  return translate(current, name, ...params)
}

/** A name from the server in the screen's language. */
export function name(text: Text): string {
  return textIn(current, text)
}
