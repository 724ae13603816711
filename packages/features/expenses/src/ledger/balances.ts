/**
 * Balances: the sum of what live expenses change, for each party and currency. A pure fold; it sums to zero in every
 * currency because each expense does. Links are followed; on request couples count as one.
 */

import type { Currency } from '../expense-body.ts'
import { currencyKey } from '../money/debts.ts'
import type { PartyId } from '../party.ts'
import { effectOf, paymentState } from './expense-rows.ts'
import type { RowContext } from './expense-rows.ts'
import type { Balance } from './ledger-model.ts'

export interface BalanceOptions {
  /** @default false */
  readonly byCouple?: boolean
}

interface Tally {
  readonly currency: Currency
  readonly parties: Map<PartyId, { minor: bigint; pendingMinor: bigint }>
}

/** In order of currencies, then parties; parties that are even are left out. */
export function computeBalances(
  context: Pick<RowContext, 'book' | 'parties' | 'confirmAboveMinor'>,
  options: BalanceOptions = {},
): readonly Balance[] {
  const { book, parties } = context
  const tallies = new Map<string, Tally>()
  for (const [id, current] of book.all('expense')) {
    if (current.body.deleted) continue
    const { currency, net } = effectOf(id, current.body)
    const tally = tallyOf(tallies, currency)
    const state = paymentState(id, current, context)
    for (const { party, minor } of net) {
      const unit = options.byCouple === true ? parties.unit(party) : parties.resolve(party)
      const sum = tally.parties.get(unit) ?? { minor: 0n, pendingMinor: 0n }
      sum.minor += minor
      if (state === 'pending') sum.pendingMinor += minor
      tally.parties.set(unit, sum)
    }
  }
  return [...tallies.entries()].sort(byText).flatMap(([, tally]) => toBalances(tally))
}

function tallyOf(tallies: Map<string, Tally>, currency: Currency): Tally {
  const key = currencyKey(currency)
  const tally = tallies.get(key) ?? { currency, parties: new Map() }
  tallies.set(key, tally)
  return tally
}

function toBalances({ currency, parties }: Tally): readonly Balance[] {
  return [...parties.entries()]
    .filter(([, { minor, pendingMinor }]) => minor !== 0n || pendingMinor !== 0n)
    .sort(byText)
    .map(([party, { minor, pendingMinor }]) => ({ party, currency, minor, pendingMinor }))
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
