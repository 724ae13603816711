/**
 * Why one party owes another: every live expense that made a debt between the two, in order of days, each with the entry
 * that says so. What is summed is what `pairwise` settling sums, so the last running total is the debt itself.
 */

import { comparePositions } from '@hamlet/space/entry-position'
import type { Currency } from '../expense-body.ts'
import { currencyKey } from '../money/debts.ts'
import type { PartyId } from '../party.ts'
import { debtsOf } from './expense-rows.ts'
import type { RowContext } from './expense-rows.ts'
import type { DebtExplanation, DebtReason } from './ledger-model.ts'

/** One for each currency there is a debt or a paid one in; positive: `from` owes `to`. */
export function explainDebt(
  from: PartyId,
  to: PartyId,
  { book, parties }: Pick<RowContext, 'book' | 'parties'>,
): readonly DebtExplanation[] {
  const [debtor, creditor] = [parties.resolve(from), parties.resolve(to)]
  const found = new Map<
    string,
    { currency: Currency; reasons: Omit<DebtReason, 'runningMinor'>[] }
  >()
  for (const [id, { body, winner, updated }] of book.all('expense')) {
    if (body.deleted) continue
    let minor = 0n
    for (const debt of debtsOf(id, body)) {
      const [a, b] = [parties.resolve(debt.from), parties.resolve(debt.to)]
      if (a === debtor && b === creditor) minor += debt.minor
      else if (a === creditor && b === debtor) minor -= debt.minor
    }
    if (minor === 0n) continue
    const key = currencyKey(body.currency)
    const one = found.get(key) ?? { currency: body.currency, reasons: [] }
    found.set(key, one)
    const { title, date, kind } = body
    one.reasons.push({ expense: id, version: winner, title, date, kind, minor, by: updated })
  }
  return [...found.keys()].sort().map((key) => {
    const { currency, reasons } = found.get(key)!
    const running = addUp(reasons)
    return {
      from: debtor,
      to: creditor,
      currency,
      minor: running.at(-1)!.runningMinor,
      reasons: running,
    }
  })
}

function addUp(reasons: Omit<DebtReason, 'runningMinor'>[]): readonly DebtReason[] {
  reasons.sort((a, b) =>
    a.date === b.date ? comparePositions(a.by, b.by) : a.date < b.date ? -1 : 1,
  )
  let runningMinor = 0n
  return reasons.map((reason) => ({ ...reason, runningMinor: (runningMinor += reason.minor) }))
}
