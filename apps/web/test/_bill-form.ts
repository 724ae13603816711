/** A ledger's context as the peer gives it, for tests of what a form makes of it. */

import type { LedgerParty } from '@hamlet/http/api'
import type { BillContext } from '../src/bills/bill-context.ts'
import { blankForm, peopleOf } from '../src/bills/entry/form-start.ts'
import type { FormContext } from '../src/bills/entry/form-start.ts'

export const EUR = { code: 'EUR', exponent: 2 }
export const USD = { code: 'USD', exponent: 2 }
export const TODAY = '2026-11-27'
export const BILL_ID = '00'.repeat(16)

export function testParty(number: number, name: string, changes: Partial<LedgerParty> = {}) {
  const id = partyId(number)
  const party = { id, name, member: true, isPlaceholder: false, retired: false, is: id }
  return { ...party, aliases: [], contested: false, ...changes }
}

export function partyId(number: number): string {
  return number.toString(16).padStart(64, '0')
}

export function testLedger(changes: Partial<BillContext> = {}): BillContext {
  return {
    parties: ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve'].map((name, at) => testParty(at + 1, name)),
    categories: [],
    templates: [],
    settings: {
      currency: EUR,
      settleMode: 'minimal',
      cashStepMinor: 1,
      defaultSplit: [],
      confirmAboveMinor: 0,
      archived: false,
    },
    self: partyId(1),
    ...changes,
  }
}

export function testFormContext(ledger: BillContext, named: readonly string[] = []): FormContext {
  return {
    ledger,
    people: peopleOf(ledger.parties, ledger.self, new Set(named)),
    today: TODAY,
    decimalMark: '.',
    fallbackCurrency: EUR,
  }
}

export function testForm(ledger = testLedger()) {
  return blankForm(testFormContext(ledger))
}
