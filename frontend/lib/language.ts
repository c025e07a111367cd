/** The languages of the screens, the default first. */
export const languages = ['vi', 'en'] as const
export type Language = (typeof languages)[number]

/** A sentence by language, as the server sends names; Vietnamese is always there. */
export interface Text {
  vi: string
  en?: string
}

/** The text in a language, or the Vietnamese one where that is missing. */
export function textIn(language: Language, text: Text): string {
  return text[language] || text.vi
}

/** A name in every language, for search: whoever reads English may still type the Vietnamese name. */
export function searchable(text: Text): string {
  return `${text.vi} ${text.en ?? ''}`
}

export function isLanguage(value: unknown): value is Language {
  return languages.some((language) => language === value)
}
