/**
 * Tricount: the answer its share links give, saved as a file. Amounts are texts, negative for what was spent; every part is
 * there as an amount, so nothing is computed.
 */

import type { LedgerId } from '../party.ts'
import { addBill } from './bill.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import type { JsonValue } from './json-reader.ts'

const PERSON = 'RegistryMembershipNonUser'
const INCOME = 'INCOME'
const TRANSFER = 'BALANCE'

export function isTricountJson(file: JsonValue): boolean {
  return file.has('Response')
}

/** @throws {@link ImportError} */
export function importTricount(file: JsonValue, options: ImportOptions): ImportedLedger {
  const response = file.get('Response')
  const registry = response.list()[0]?.get('Registry')
  if (registry === undefined) throw response.refuse('expected a Registry in it', 'IMPORT_MISSING')
  const title = registry.find('title')?.text() ?? ''
  const draft = new ImportDraft('tricount-json', title, options)
  const code = registry.get('currency')
  const currency = draft.currency(code.text(), code.at)
  const parties = new Map<string, LedgerId>()
  for (const membership of registry.get('memberships').list()) {
    const person = membership.get(PERSON)
    const name = person.get('alias').get('display_name')
    parties.set(person.get('uuid').text(), draft.addParty(name.text(), name.at))
  }
  for (const entry of registry.get('all_registry_entry').list()) {
    addEntry(draft, parties, entry.get('RegistryEntry'))
  }
  return draft.finish({ groupName: title === '' ? undefined : title, currency })
}

function addEntry(
  draft: ImportDraft,
  parties: ReadonlyMap<string, LedgerId>,
  entry: JsonValue,
): void {
  const said = entry.get('amount')
  const code = said.get('currency')
  const currency = draft.currency(code.text(), code.at)
  const type = entry.get('type_transaction').text()
  const { digits, decimals } = said.get('value').decimal()
  const absolute = digits < 0n ? -digits : digits
  const amount = { digits: type === INCOME ? -absolute : absolute, decimals }
  const payer = partyOf(parties, entry.get('membership_owned'))
  const date = requireDate(entry.get('date').text(), entry.get('date').at)
  const title = entry.find('description')?.text() ?? ''
  const owed = entry
    .get('allocations')
    .list()
    .map((allocation) => ({
      party: partyOf(parties, allocation.get('membership')),
      part: allocation.get('amount').get('value').decimal(),
    }))
  const category = entry.find('category_custom') ?? entry.find('category')
  addBill(draft, {
    at: entry.at,
    row: [
      ...[entry.get('date').text(), title, `${digits}e-${decimals}`, currency.code, type, payer],
      ...owed.map(({ party, part }) => `${party} ${part.digits}e-${part.decimals}`).sort(),
    ],
    title,
    date,
    currency,
    amount,
    isTransfer: type === TRANSFER,
    paid: [{ party: payer, part: amount }],
    owed,
    owedBy: 'amounts',
    category: category === undefined ? undefined : draft.category(category.text(), category.at),
    source: entry.source,
  })
}

function partyOf(parties: ReadonlyMap<string, LedgerId>, membership: JsonValue): LedgerId {
  const said = membership.get(PERSON).get('uuid')
  const party = parties.get(said.text())
  if (party !== undefined) return party
  throw said.refuse('nobody of this file', 'IMPORT_UNKNOWN_PARTY')
}
