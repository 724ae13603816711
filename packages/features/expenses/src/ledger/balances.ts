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
      const pendingMinor = state === 'pending' ? minor : 0n
      const sum = tally.parties.get(unit)
      if (sum === undefined) tally.parties.set(unit, { minor, pendingMinor })
      else {
        sum.minor += minor
        sum.pendingMinor += pendingMinor
      }
    }
  }
  return [...tallies.entries()].sort(byText).flatMap(([, tally]) => toBalances(tally))
}

function tallyOf(tallies: Map<string, Tally>, currency: Currency): Tally {
  const key = currencyKey(currency)
  const known = tallies.get(key)
  if (known !== undefined) return known
  const tally = { currency, parties: new Map() }
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
