/**
 * Expenses as if everybody had always been called what they are called now: a placeholder that is somebody stands as them,
 * once. For files that other apps and people read; our own keeps the placeholders.
 *
 * Cents are rounded by the order of the people, which this changes. So where the merged split does not come to the merged
 * parts, the parts are written down as they are: no balance changes.
 */

import { computeOwed, NO_SPLIT } from '@hamlet/expenses'
import type { ExpenseBody, PartyAmount, PartyId, SnapshotExpense, Split } from '@hamlet/expenses'

type Resolve = (party: PartyId) => PartyId

export function mergeParties(expense: SnapshotExpense, is: Resolve): SnapshotExpense {
  const { id, body } = expense
  const owed = mergeAmounts(expense.owed, is)
  const merged = { ...body, paid: mergeAmounts(body.paid, is), split: mergeSplit(body.split, is) }
  return { ...expense, body: comesTo(id, merged, owed) ? merged : withParts(merged, owed), owed }
}

function mergeSplit(split: Split, is: Resolve): Split {
  const { items, exact, adjustments, percents, shares } = split
  return {
    ...split,
    items: items.map((item) => ({ ...item, shares: mergeShares(item.shares, is) })),
    exact: mergeAmounts(exact, is),
    adjustments: mergeAmounts(adjustments, is),
    percents: merge(percents, is, (a, b) => ({ ...a, millionths: a.millionths + b.millionths })),
    shares: mergeShares(shares, is),
  }
}

function mergeShares(shares: Split['shares'], is: Resolve): Split['shares'] {
  return merge(shares, is, (a, b) => ({ ...a, weight: a.weight + b.weight }))
}

/** What comes to nothing is left out. */
function mergeAmounts(amounts: readonly PartyAmount[], is: Resolve): readonly PartyAmount[] {
  return merge(amounts, is, addAmounts).filter(({ amountMinor }) => amountMinor !== 0)
}

function addAmounts(a: PartyAmount, b: PartyAmount): PartyAmount {
  return { ...a, amountMinor: a.amountMinor + b.amountMinor }
}

/** In ascending order, each once. */
function merge<Part extends { readonly party: PartyId }>(
  parts: readonly Part[],
  is: Resolve,
  add: (a: Part, b: Part) => Part,
): readonly Part[] {
  const merged = new Map<PartyId, Part>()
  for (const part of parts) {
    const resolved = { ...part, party: is(part.party) }
    const known = merged.get(resolved.party)
    merged.set(resolved.party, known === undefined ? resolved : add(known, resolved))
  }
  return [...merged.values()].sort((a, b) => (a.party < b.party ? -1 : 1))
}

function comesTo(
  id: SnapshotExpense['id'],
  body: ExpenseBody,
  owed: readonly PartyAmount[],
): boolean {
  const computed = computeOwed(id, body)
  if (!computed.ok) return false
  const parts = computed.value.filter(({ amountMinor }) => amountMinor !== 0)
  return (
    parts.length === owed.length &&
    parts.every(
      ({ party, amountMinor }, i) =>
        party === owed[i]!.party && amountMinor === owed[i]!.amountMinor,
    )
  )
}

function withParts(body: ExpenseBody, owed: readonly PartyAmount[]): ExpenseBody {
  return { ...body, split: { ...NO_SPLIT, exact: owed } }
}
