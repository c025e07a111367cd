import { languageNames, languages, type Language, type Text } from '../../lib/language'
import { isBuiltIn, translate, wordsIn, type FurtherLanguage, type MessageKey, type Params, type Tag, type Words } from '../messages'
import { display } from './display.svelte'
import { machine } from './machine.svelte'

let current = $state<Tag>('vi')

const further = $derived<FurtherLanguage[]>(machine.device?.languages ?? [])
const find = (tag: Tag) => further.find(({ language }) => language === tag)

/** The language of the screen. It belongs to the citizen in front of it and is never remembered. */
export const language = {
  get current(): Tag {
    return current
  },
  set current(value: Tag) {
    current = value
  },
  /** That of what staff read, which is in the program's languages only. */
  get ofStaff(): Language {
    return isBuiltIn(current) ? current : 'vi'
  },
  /** Those to choose from, Vietnamese first, each with its name in its own words. */
  get offered(): { tag: Tag; name: string }[] {
    return [
      ...languages.map((tag) => ({ tag, name: languageNames[tag] })),
      ...further.map(({ language, name }) => ({ tag: language, name })),
    ].filter(({ tag }) => tag === 'vi' || display.settings.languages.includes(tag))
  },
}

/** A sentence in the screen's language, as words that say where they are in another one. */
export function say<K extends MessageKey>(key: K, ...params: Params<K>): Words {
  return translate(current, find(current), key, ...params)
}

/** A sentence in a language that is offered. */
export function sayIn<K extends MessageKey>(tag: Tag, key: K, ...params: Params<K>): Words {
  return translate(tag, find(tag), key, ...params)
}

/** A sentence for staff. */
export function t<K extends MessageKey>(key: K, ...params: Params<K>): string {
  return translate(language.ofStaff, undefined, key, ...params).text
}

/** A text from the server in the screen's language. */
export function named(text: Text): Words {
  return wordsIn(current, text)
}

/** A text from the server for staff. */
export function name(text: Text): string {
  return wordsIn(language.ofStaff, text).text
}
