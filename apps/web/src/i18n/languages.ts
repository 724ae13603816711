/**
 * Which languages there are, and which one a browser's wishes lead to. Each is a script of its own: nobody loads another's texts.
 */

import type { Texts } from './en.ts'

export type Language = 'en' | 'de'

export const LANGUAGES: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'de', name: 'Deutsch' },
]

/** The first wish we can meet; English when there is none. `wishes`: BCP 47 tags, dearest first. */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const base = wish.toLowerCase().split('-')[0]
    const found = LANGUAGES.find((language) => language.id === base)
    if (found !== undefined) return found.id
  }
  return 'en'
}

/** For dates and numbers: the language as spoken where the person is, such as `en-GB`. */
export function formatLocale(language: Language, wishes: readonly string[]): string {
  return wishes.find((wish) => wish.toLowerCase().split('-')[0] === language) ?? language
}

export async function loadTexts(language: Language): Promise<Texts> {
  return language === 'en' ? (await import('./en.ts')).en : (await import('./de.ts')).de
}
