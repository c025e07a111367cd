/** The languages of the screens, the default first. */
export const languages = ['vi', 'en'] as const
export type Language = (typeof languages)[number]

/** Their names in their own words. */
export const languageNames: Record<Language, string> = { vi: 'Tiếng Việt', en: 'English' }

/** A sentence by language, as the server sends names; Vietnamese is always there. */
export interface Text {
  vi: string
  en?: string
  /** In languages that are data. */
  [further: string]: string | undefined
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

/** A language of the citizens' pages, as the server lists it. */
export interface PageLanguage {
  language: string
  /** In its own words. */
  name: string
  /** Part of the program; others are data. */
  shipped: boolean
  texts: number
  /** Texts that are shown in Vietnamese; form is empty for those of the pages and the kiosk. */
  missing: MissingText[]
}

/** Something a kiosk can say in one language, as the server lists it. */
export interface Prompt {
  language: string
  prompt: string
  /** Title of the form; empty: of every kiosk. */
  form: Partial<Text>
  text: string
  textLanguage: string
  recording: { type: string; bytes: number; digest: string } | null
  rev: number
}

export interface MissingText {
  form: string
  key: string
  vietnamese: string
}

/** Whether a text stands on the kiosk. */
export function isOfKiosk({ form, key }: MissingText): boolean {
  return form === '' && key.startsWith('kiosk.')
}
