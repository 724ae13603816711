/**
 * Balances in one currency: what every live expense changes, each converted by itself (`money/rates.ts`) and then summed.
 *
 * Each converted expense sums to zero, and so does the whole. An expense for which no rate is known is left out, whole, and
 * counted. A view: what is owed is owed in the currencies it was spent in, and plans to get even are made of those.
 */

import type { Currency, ExpenseEffect } from '../expense-body.ts'
import { convertEffect } from '../money/rates.ts'
import type { PartyId } from '../party.ts'
import type { BalanceOptions } from './balances.ts'
import { effectOf } from './expense-rows.ts'
import type { RowContext } from './expense-rows.ts'
import type { KnownRates } from './known-rates.ts'
import type { ConvertedBalances } from './ledger-model.ts'

/** In order of parties; parties that are even are left out. */
export function convertBalances(
  { book, parties }: Pick<RowContext, 'book' | 'parties'>,
  rates: KnownRates,
  currency: Currency,
  options: BalanceOptions = {},
): ConvertedBalances {
  const sums = new Map<PartyId, bigint>()
  let withoutRate = 0
  for (const [id, { body }] of book.all('expense')) {
    if (body.deleted) continue
    const effect = effectOf(id, body)
    if (isNothing(effect)) continue
    const rate = rates.rateOf(body, currency)
    if (rate === undefined) {
      withoutRate++
      continue
    }
    for (const { party, minor } of convertEffect(id, effect, rate).net) {
      const unit = options.byCouple === true ? parties.unit(party) : parties.resolve(party)
      sums.set(unit, (sums.get(unit) ?? 0n) + minor)
    }
  }
  const balances = [...sums]
    .filter(([, minor]) => minor !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([party, minor]) => ({ party, minor }))
  return { currency, balances, withoutRate }
}

/** Somebody who pays for themselves alone changes nothing, at whatever rate. */
function isNothing({ net }: ExpenseEffect): boolean {
  return net.every(({ minor }) => minor === 0n)
}
