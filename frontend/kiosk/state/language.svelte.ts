import { textIn, type Language, type Text } from '../../lib/language'
import { translate, type MessageKey, type Params } from '../messages'

let current = $state<Language>('vi')

/** The language of the screen. It belongs to the citizen in front of it and is never remembered. */
export const language = {
  get current(): Language {
    return current
  },
  set current(value: Language) {
    current = value
  },
}

/** A sentence in the screen's language. */
export function t<K extends MessageKey>(name: K, ...params: Params<K>): string {
  return translate(current, name, ...params)
}

/** A text from the server in the screen's language. */
export function name(text: Text): string {
  return textIn(current, text)
}
