/** What a category is called: built-in ones in the language of the page, own ones as the group named them. */

import type { LedgerCategory } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'

export function categoryName(
  category: string,
  own: readonly LedgerCategory[],
  { bills }: Texts,
): string {
  if (category === '') return bills.noCategory
  const found = own.find(({ id }) => id === category)
  return found?.name ?? bills.categories[category] ?? category
}

export interface CategoryChoice {
  readonly id: string
  readonly name: string
}

/** Own ones first, then the built-in ones, each in the order of names. */
export function categoryChoices(
  own: readonly LedgerCategory[],
  texts: Texts,
  locale: string,
): readonly CategoryChoice[] {
  const collator = new Intl.Collator(locale)
  const byName = (a: CategoryChoice, b: CategoryChoice) => collator.compare(a.name, b.name)
  const kept = own.filter(({ retired }) => !retired).map(({ id, name }) => ({ id, name }))
  const builtIn = Object.entries(texts.bills.categories).map(([id, name]) => ({ id, name }))
  return [...kept.toSorted(byName), ...builtIn.toSorted(byName)]
}
