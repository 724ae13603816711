/** The plan to get even as a table: who pays whom how much. */

import { minorToText } from '../money/amount-text.ts'
import type { PartyId } from '../party.ts'
import { csvRowsToText, guardFormula } from './csv-writer.ts'
import { partyNames } from './ledger-snapshot.ts'
import type { LedgerSnapshot } from './ledger-snapshot.ts'

export function exportSettlement(snapshot: LedgerSnapshot): string {
  const names = partyNames(snapshot)
  const nameOf = (party: PartyId) => guardFormula(names.get(party) ?? party)
  const rows = snapshot.plan.map(({ from, to, currency, minor }) => {
    return [nameOf(from), nameOf(to), minorToText(minor, currency.exponent), currency.code]
  })
  return csvRowsToText([['From', 'To', 'Amount', 'Currency'], ...rows])
}
