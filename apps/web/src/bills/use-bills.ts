/** What the components of the section read: the state of a space's bills, names of its people, and the words for both. */

import { useMemo } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import type { Texts } from '../i18n/en.ts'
import { EMPTY_BILLS } from '../state/bills-state.ts'
import type { BillsState } from '../state/bills-state.ts'
import type { BillContext } from './bill-context.ts'
import { categoryName } from './category-name.ts'
import { partyNames } from './party-names.ts'
import type { PartyNames } from './party-names.ts'

export interface LedgerWords {
  readonly locale: string
  readonly texts: Texts
  readonly names: PartyNames
  readonly categoryName: (category: string) => string
}

const NOBODY: readonly never[] = []

export function useBills(space: string): BillsState {
  return useSelect((state) => state.bills[space] ?? EMPTY_BILLS)
}

export function useSelf(): string {
  return useSelect((state) => state.status?.person ?? '')
}

export function useLedgerWords(space: string): LedgerWords {
  const { words } = useApp()
  const texts = useTexts()
  const self = useSelf()
  const parties = useSelect((state) => state.bills[space]?.parties ?? NOBODY)
  const categories = useSelect((state) => state.bills[space]?.extras?.categories ?? NOBODY)
  return useMemo(
    () => ({
      locale: words.locale,
      texts,
      names: partyNames(parties, self, texts),
      categoryName: (category) => categoryName(category, categories, texts),
    }),
    [words.locale, texts, parties, self, categories],
  )
}

/** Undefined until all of it has come from the peer. */
export function useBillContext(space: string): BillContext | undefined {
  const self = useSelf()
  const { parties, settings, extras } = useBills(space)
  return useMemo(() => {
    if (parties === undefined || settings === undefined || extras === undefined) return undefined
    return { parties, settings, self, categories: extras.categories, templates: extras.templates }
  }, [parties, settings, extras, self])
}
