/**
 * An expense that several paid, as one for each payer: for apps whose bills have one. Who owes what is dealt out to the
 * payers from the front, so both margins are exact: parts of a payer sum to what they paid, and those of somebody over all
 * payers to what they owe.
 */

import type { PartyAmount } from '../expense-body.ts'
import type { PartyId } from '../party.ts'

export interface PayerPart {
  readonly payer: PartyId
  readonly amountMinor: number
  readonly owed: readonly PartyAmount[]
}

export function payerParts(
  paid: readonly PartyAmount[],
  owed: readonly PartyAmount[],
): readonly PayerPart[] {
  const left = owed.map(({ amountMinor }) => amountMinor)
  return paid.map(({ party: payer, amountMinor }) => {
    let open = amountMinor
    const parts = owed.map(({ party }, i) => {
      const part = Math.min(open, left[i]!)
      open -= part
      left[i]! -= part
      return { party, amountMinor: part }
    })
    return { payer, amountMinor, owed: parts.filter((part) => part.amountMinor > 0) }
  })
}

/** Bills that apps with equal parts only can have: all owe alike, or one for each who owes. */
export function equalBills(
  paid: readonly PartyAmount[],
  owed: readonly PartyAmount[],
): readonly PayerPart[] {
  return payerParts(paid, owed).flatMap((part) => {
    const first = part.owed[0]?.amountMinor
    if (part.owed.every(({ amountMinor }) => amountMinor === first)) return [part]
    return part.owed.map((each) => {
      return { payer: part.payer, amountMinor: each.amountMinor, owed: [each] }
    })
  })
}
