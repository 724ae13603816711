/** What a bill means to one person: how much they are up or down by it, as entered. */

import type { Expense, PartyAmount } from '@hamlet/http/api'
import type { PartyNames } from './party-names.ts'

export type OwnPart =
  | { readonly kind: 'none' }
  /** Took part, and comes out even. */
  | { readonly kind: 'even' }
  /** Lent to, or owes, the others of the bill. */
  | { readonly kind: 'lent' | 'owe' | 'paid' | 'got'; readonly minor: number }

type Shares = Pick<Expense, 'kind' | 'paid' | 'owed'>

export function ownPart({ kind, paid, owed }: Shares, names: PartyNames): OwnPart {
  const [given, taken] = [partIn(paid, names), partIn(owed, names)]
  if (given === undefined && taken === undefined) return { kind: 'none' }
  // What came in belongs to those of the split: whoever has it owes it to them.
  const net = ((given ?? 0) - (taken ?? 0)) * (kind === 'income' ? -1 : 1)
  if (net === 0) return { kind: 'even' }
  const [up, down] = kind === 'transfer' ? (['paid', 'got'] as const) : (['lent', 'owe'] as const)
  return net > 0 ? { kind: up, minor: net } : { kind: down, minor: -net }
}

function partIn(parts: readonly PartyAmount[], names: PartyNames): number | undefined {
  const own = parts.filter(({ party }) => names.isSelf(party))
  if (own.length === 0) return undefined
  return own.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}
