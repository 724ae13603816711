/** Which languages there are, and which one a browser's wishes lead to. German is loaded only when it is asked for. */

import { en } from './en.ts'
import type { Texts } from './en.ts'

export type Language = 'en' | 'de'

export const LANGUAGES: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'de', name: 'Deutsch' },
]

/** The first wish that can be met; English when there is none. `wishes`: BCP 47 tags, dearest first. */
export function chooseLanguage(wishes: readonly string[]): Language {
  const bases = wishes.map((wish) => wish.toLowerCase().split('-')[0])
  const base = bases.find((each) => LANGUAGES.some(({ id }) => id === each))
  return base === 'de' ? 'de' : 'en'
}

/** For dates and numbers: the language as spoken where the person is, such as `en-GB`. */
export function formatLocale(language: Language, wishes: readonly string[]): string {
  return wishes.find((wish) => wish.toLowerCase().split('-')[0] === language) ?? language
}

export async function textsOf(language: Language): Promise<Texts> {
  return language === 'en' ? en : (await import('./de.ts')).de
}
