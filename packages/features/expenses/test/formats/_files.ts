/** Files as text, and what an import of them comes to, in names and plain numbers. */

import assert from 'node:assert/strict'
import { utf8 } from '@hamlet/core'
import { computeOwed, expenseEffect, importFile, minorToText } from '@hamlet/expenses'
import type {
  ImportError,
  ImportOptions,
  ImportedLedger,
  LedgerId,
  PartyAmount,
  PartyId,
} from '@hamlet/expenses'
import { hash } from '../_ledger-world.ts'

export { hash }

export function importText(text: string, options: Partial<ImportOptions> = {}): ImportedLedger {
  const imported = importFile(utf8(text), { hash, ...options })
  if (imported.ok) return imported.value
  throw imported.error
}

/** The refusal of a file that must be refused. */
export function refusalOf(
  file: string | Uint8Array,
  options: Partial<ImportOptions> = {},
): ImportError {
  const bytes = typeof file === 'string' ? utf8(file) : file
  const imported = importFile(bytes, { hash, ...options })
  assert.ok(!imported.ok, 'the file was taken')
  return imported.error
}

/** `CODE line:column`. */
export function placeOf({ code, fields }: ImportError): string {
  return `${code} ${fields['line']}:${fields['column']}`
}

/** `Anna EUR 12.50` for everybody who is not even, in order. */
export function balancesOf(ledger: ImportedLedger): readonly string[] {
  const names = namesOf(ledger)
  const sums = new Map<string, { readonly exponent: number; minor: bigint }>()
  for (const { id, body } of ledger.expenses) {
    if (body.deleted) continue
    const { currency, net } = expenseEffect(id, body)
    for (const { party, minor } of net) {
      const key = `${names.get(party)} ${currency.code}`
      const sum = sums.get(key) ?? { exponent: currency.exponent, minor: 0n }
      sums.set(key, { ...sum, minor: sum.minor + minor })
    }
  }
  return [...sums]
    .filter(([, { minor }]) => minor !== 0n)
    .map(([key, { minor, exponent }]) => `${key} ${minorToText(minor, exponent)}`)
    .sort()
}

/** `expense Dinner: Anna 100.00 -> Ben 50.00, Anna 50.00` for each expense. */
export function linesOf(ledger: ImportedLedger): readonly string[] {
  const names = namesOf(ledger)
  return ledger.expenses.map(({ id, body }) => {
    const owed = computeOwed(id, body)
    assert.ok(owed.ok)
    const say = (amounts: readonly PartyAmount[]) =>
      amounts
        .filter(({ amountMinor }) => amountMinor !== 0)
        .map(
          ({ party, amountMinor }) =>
            `${names.get(party)} ${minorToText(amountMinor, body.currency.exponent)}`,
        )
        .sort()
        .join(', ')
    return `${body.kind} ${body.title}: ${say(body.paid)} -> ${say(owed.value)}`
  })
}

export function namesOf({ parties }: ImportedLedger): ReadonlyMap<PartyId, string> {
  return new Map<PartyId, string>(parties.map(({ id, name }) => [id, name]))
}

export function idOfName({ parties }: ImportedLedger, name: string): LedgerId {
  const party = parties.find((each) => each.name === name)
  assert.ok(party !== undefined, `nobody is called ${name}`)
  return party.id
}

export function warningsOf(ledger: ImportedLedger): readonly string[] {
  return ledger.warnings.map(({ code, line, column }) => `${code} ${line}:${column}`)
}

/** With its byte order mark. */
export function utf16(text: string, isLittleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xfeff, isLittleEndian)
  for (let i = 0; i < text.length; i++) {
    view.setUint16(2 * i + 2, text.charCodeAt(i), isLittleEndian)
  }
  return bytes
}
