/**
 * Spliit JSON, as `/groups/<id>/expenses/export/json` gives it. Amounts are minor units of the group's currency; parts are
 * ratios, and meaningless (leftovers) where the split is even. What was paid in another currency stays in the note: the
 * group's currency is what its balances are in.
 *
 * Spliit has one currency for a group and one payer for an expense. So an export is of one currency, and an expense that
 * several paid becomes one for each of them.
 */

import type { Currency, ExpenseBody } from '../expense-body.ts'
import { AMOUNT_MINOR_MAX } from '../limits.ts'
import { currencyKey } from '../money/debts.ts'
import type { LedgerId } from '../party.ts'
import { addBill, alike } from './bill.ts'
import type { PartyPart } from './bill.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import type { JsonValue } from './json-reader.ts'
import { categoryName, liveExpenses } from './ledger-snapshot.ts'
import type { LedgerSnapshot } from './ledger-snapshot.ts'
import { payerParts } from './payer-parts.ts'

const SPLIT_MODES = ['EVENLY', 'BY_SHARES', 'BY_PERCENTAGE', 'BY_AMOUNT']

export function isSpliitJson(file: JsonValue): boolean {
  return file.has('participants') && file.has('expenses')
}

/** @throws {@link ImportError} */
export function importSpliitJson(file: JsonValue, options: ImportOptions): ImportedLedger {
  const groupName = file.find('name')?.text() ?? ''
  const draft = new ImportDraft('spliit-json', file.find('id')?.text() ?? groupName, options)
  const code = file.find('currencyCode')
  const currency =
    code === undefined || code.text() === ''
      ? draft.requireCurrency(file.at)
      : draft.currency(code.text(), code.at)
  const parties = new Map<string, LedgerId>()
  for (const person of file.get('participants').list()) {
    const name = person.get('name')
    parties.set(person.get('id').text(), draft.addParty(name.text(), name.at))
  }
  for (const expense of file.get('expenses').list()) {
    addExpense(draft, currency, parties, expense)
  }
  return draft.finish({ groupName: groupName === '' ? undefined : groupName, currency })
}

function addExpense(
  draft: ImportDraft,
  currency: Currency,
  parties: ReadonlyMap<string, LedgerId>,
  expense: JsonValue,
): void {
  const amountMinor = expense.get('amount').integer(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
  const amount = { digits: BigInt(amountMinor), decimals: currency.exponent }
  const payer = partyOf(parties, expense.get('paidById'))
  const title = expense.get('title').text()
  const date = requireDate(expense.get('expenseDate').text(), expense.get('expenseDate').at)
  const category = expense.find('category')
  const name = category?.isObject === true ? category.find('name') : undefined
  const repeats = expense.find('recurrenceRule')
  if (repeats !== undefined && repeats.text() !== 'NONE') {
    draft.warn('not-kept', repeats.at, 'that it comes again')
  }
  const id = expense.find('id')?.text()
  addBill(draft, {
    at: expense.at,
    row: id === undefined ? [date, title, `${amountMinor}`, payer] : [id],
    title,
    date,
    currency,
    amount,
    isTransfer: expense.find('isReimbursement')?.boolean() ?? false,
    paid: [{ party: payer, part: amount }],
    ...partsOf(parties, expense, amountMinor, currency.exponent),
    category: name === undefined ? undefined : draft.category(name.text(), name.at),
    note: noteOf(expense),
    source: expense.source,
  })
}

function partsOf(
  parties: ReadonlyMap<string, LedgerId>,
  expense: JsonValue,
  amountMinor: number,
  exponent: number,
): { readonly owed: readonly PartyPart[]; readonly owedBy: 'weights' | 'amounts' } {
  const mode = expense.get('splitMode')
  if (!SPLIT_MODES.includes(mode.text())) throw mode.refuse(`expected one of ${SPLIT_MODES.join()}`)
  const list = expense.get('paidFor').list()
  const people = list.map((each) => partyOf(parties, each.get('participantId')))
  if (mode.text() === 'EVENLY') return { owed: alike(people), owedBy: 'weights' }
  const shares = list.map((each) => each.get('shares').decimal())
  const sum = shares.reduce((total, { digits }) => total + digits, 0n)
  const isWhole = shares.every((each) => each.decimals === 0)
  const isExact = mode.text() === 'BY_AMOUNT' && isWhole && sum === BigInt(amountMinor)
  const owed = people.map((party, i) => {
    return { party, part: isExact ? { ...shares[i]!, decimals: exponent } : shares[i]! }
  })
  return { owed, owedBy: isExact ? 'amounts' : 'weights' }
}

function partyOf(parties: ReadonlyMap<string, LedgerId>, said: JsonValue): LedgerId {
  const party = parties.get(said.text())
  if (party !== undefined) return party
  throw said.refuse('nobody of this file', 'IMPORT_UNKNOWN_PARTY')
}

/** With what it cost in another currency, for which a ledger in the group's has no other place. */
function noteOf(expense: JsonValue): string {
  const note = expense.find('notes')?.text() ?? ''
  const currency = expense.find('originalCurrency')?.text() ?? ''
  const rate = expense.find('conversionRate')
  if (currency === '' || rate === undefined) return note
  const line = `${currency} × ${rate.source.replaceAll('"', '')}`
  return note === '' ? line : `${note}\n${line}`
}

/** Of expenses in this currency. */
export function exportSpliit(snapshot: LedgerSnapshot, currency: Currency): string {
  const participants = snapshot.parties.map(({ id, name }) => ({ id, name }))
  const expenses = liveExpenses(snapshot)
    .filter(({ body }) => currencyKey(body.currency) === currencyKey(currency))
    .flatMap(({ id, body, owed }) =>
      payerParts(body.paid, owed).map((part, i) => ({
        id: i === 0 ? id : `${id}-${i}`,
        createdAt: `${body.date}T00:00:00.000Z`,
        expenseDate: `${body.date}T00:00:00.000Z`,
        title: body.title,
        category: categoryToJson(snapshot, body),
        amount: signed(body, part.amountMinor),
        originalAmount: null,
        originalCurrency: null,
        conversionRate: null,
        paidById: part.payer,
        paidFor: part.owed.map(({ party, amountMinor }) => {
          return { participantId: party, shares: signed(body, amountMinor) }
        }),
        isReimbursement: body.kind === 'transfer',
        splitMode: 'BY_AMOUNT',
        recurrenceRule: 'NONE',
        notes: body.note === '' ? null : body.note,
      })),
    )
  const file = {
    id: null,
    name: snapshot.groupName,
    information: null,
    currency: currency.code,
    currencyCode: currency.code,
    expenses,
    participants,
    activities: [],
  }
  return `${JSON.stringify(file, undefined, 1)}\n`
}

function categoryToJson(snapshot: LedgerSnapshot, { category }: ExpenseBody) {
  if (category === undefined) return { grouping: 'Uncategorized', name: 'General' }
  return { grouping: 'Uncategorized', name: categoryName(snapshot, category) }
}

function signed({ kind }: ExpenseBody, minor: number): number {
  return kind === 'income' ? -minor : minor
}
