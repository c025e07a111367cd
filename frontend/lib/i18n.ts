import type { Language } from './language'
import { en } from './messages/en'
import { vi } from './messages/vi'

export type MessageKey = keyof typeof vi

/** A complete set of sentences: a language that lacks one does not compile. */
export type Catalogue = Record<MessageKey, string>

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never

/** The values a sentence needs, by the {names} in its Vietnamese text. */
export type Params<K extends MessageKey> = [Names<(typeof vi)[K]>] extends [never]
  ? []
  : [Record<Names<(typeof vi)[K]>, string | number>]

export const catalogues: Record<Language, Catalogue> = { vi, en }

/** A sentence of the screens, with its values filled in. */
export function translate<K extends MessageKey>(language: Language, key: K, ...params: Params<K>): string {
  const values: Record<string, string | number> = params[0] ?? {}
  return catalogues[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}
