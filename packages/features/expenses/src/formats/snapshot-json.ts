/**
 * A ledger as JSON, whole: `docs/formats/ledger-snapshot.schema.json`, version 1.
 *
 * Reading it gives back every body as it was, with placeholders for people: a placeholder keeps its id, and a person is
 * given the first 16 of their 32 bytes. That keeps the order of ids, by which cents are rounded, and lets whoever
 * imports the file into the space it came from link them by themselves.
 */

import type { ExpenseBody, PartyAmount, Split } from '../expense-body.ts'
import { AMOUNT_MINOR_MAX, WEIGHT_MAX } from '../limits.ts'
import { computeOwed } from '../money/split.ts'
import { parseLedgerId } from '../party.ts'
import type { LedgerId } from '../party.ts'
import {
  jsonToCurrency,
  jsonToDay,
  jsonToKind,
  jsonToOrigin,
  jsonToRate,
} from './body-from-json.ts'
import { ImportDraft, areSameAmounts, tidyLine } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import type { JsonValue } from './json-reader.ts'
import { partiesToPlaceholders } from './placeholders.ts'
import type { LedgerSnapshot, SnapshotExpense } from './ledger-snapshot.ts'
import { sortedExpenses } from './ledger-snapshot.ts'

export const SNAPSHOT_FORMAT = 'hamlet-ledger'
export const SNAPSHOT_VERSION = 1

const MILLIONTHS_MAX = 1_000_000
const NAME_BYTES_LEFT = 190

export function exportSnapshotJson(snapshot: LedgerSnapshot): string {
  const { groupName, currency, asOf, parties, categories, plan } = snapshot
  const file = {
    format: SNAPSHOT_FORMAT,
    version: SNAPSHOT_VERSION,
    group: groupName,
    currency: currency ?? null,
    asOf,
    parties,
    categories,
    expenses: sortedExpenses(snapshot).map(expenseToJson),
    plan: plan.map(({ minor, ...transfer }) => ({ ...transfer, minor: `${minor}` })),
  }
  return `${JSON.stringify(file, undefined, 1)}\n`
}

/** Whether the file says that it is one of these. */
export function isSnapshotJson(file: JsonValue): boolean {
  return file.has('format') && file.find('format')?.source === JSON.stringify(SNAPSHOT_FORMAT)
}

/** @throws {@link ImportError} */
export function importSnapshotJson(file: JsonValue, options: ImportOptions): ImportedLedger {
  const version = file.get('version')
  if (version.integer(1, Number.MAX_SAFE_INTEGER) !== SNAPSHOT_VERSION) {
    throw version.refuse('written by a later Hamlet', 'IMPORT_NEWER')
  }
  const groupName = file.get('group').text()
  const draft = new ImportDraft('hamlet-json', groupName, options)
  const reader = new BodyReader(draft)
  reader.addParties(file.get('parties').list())
  for (const category of file.get('categories').list()) keepCategory(draft, category)
  for (const expense of file.get('expenses').list()) reader.addExpense(expense)
  const currency = file.find('currency')
  return draft.finish({
    groupName: groupName === '' ? undefined : groupName,
    currency: currency === undefined ? undefined : jsonToCurrency(currency),
  })
}

function expenseToJson({ id, body, owed, createdBy }: SnapshotExpense) {
  const { category, rate, origin, rule: _rule, ...said } = body
  const rest = { category: category ?? null, rate: rate ?? null, origin: origin ?? null }
  return { id, createdBy, ...said, ...rest, owed }
}

function keepCategory(draft: ImportDraft, category: JsonValue): void {
  const id = parseLedgerId(category.get('id').text())
  if (id === undefined) return
  const name = tidyLine(category.get('name').text(), NAME_BYTES_LEFT)
  draft.keepCategory({ id, name, emoji: category.get('emoji').text() }, category.at)
}

class BodyReader {
  readonly #draft: ImportDraft
  readonly #parties = new Map<string, LedgerId>()

  constructor(draft: ImportDraft) {
    this.#draft = draft
  }

  addParties(parties: readonly JsonValue[]): void {
    const placeholders = partiesToPlaceholders(parties.map((party) => party.get('id').text()))
    parties.forEach((party, i) => {
      const said = party.get('id')
      const id = placeholders[i]
      if (id === undefined) throw said.refuse('expected an id of a party, each once')
      this.#parties.set(said.text(), id)
      const name = tidyLine(party.get('name').text(), NAME_BYTES_LEFT)
      this.#draft.keepParty({ id, name, removed: party.get('retired').boolean() }, party.at)
    })
  }

  addExpense(expense: JsonValue): void {
    const said = expense.get('id')
    const id = parseLedgerId(said.text())
    if (id === undefined) throw said.refuse('expected the id of an expense')
    const body = this.#body(expense)
    this.#draft.keep(id, expense.at, body)
    const owed = computeOwed(id, body)
    if (owed.ok && areSameAmounts(owed.value, this.#amounts(expense.get('owed')))) return
    throw expense.get('owed').refuse('not what the split comes to', 'IMPORT_BAD_SUM')
  }

  #body(expense: JsonValue): ExpenseBody {
    const category = expense.find('category')
    const rate = expense.find('rate')
    const origin = expense.find('origin')
    return {
      rule: 1,
      kind: jsonToKind(expense.get('kind')),
      deleted: expense.get('deleted').boolean(),
      title: expense.get('title').text(),
      date: jsonToDay(expense.get('date')),
      currency: jsonToCurrency(expense.get('currency')),
      amountMinor: expense.get('amountMinor').integer(1, AMOUNT_MINOR_MAX),
      paid: this.#amounts(expense.get('paid')),
      split: this.#split(expense.get('split')),
      category: category?.text(),
      tags: expense
        .get('tags')
        .list()
        .map((tag) => tag.text()),
      note: expense.get('note').text(),
      rate: rate === undefined ? undefined : jsonToRate(rate),
      origin: origin === undefined ? undefined : jsonToOrigin(origin),
    }
  }

  #split(split: JsonValue): Split {
    return {
      items: split
        .get('items')
        .list()
        .map((item) => ({
          title: item.get('title').text(),
          amountMinor: item.get('amountMinor').integer(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
          shares: this.#shares(item.get('shares')),
        })),
      taxMinor: split.get('taxMinor').integer(0, AMOUNT_MINOR_MAX),
      tipMinor: split.get('tipMinor').integer(0, AMOUNT_MINOR_MAX),
      exact: this.#amounts(split.get('exact')),
      adjustments: this.#amounts(split.get('adjustments')),
      percents: this.#list(split.get('percents'), (each) => {
        return { millionths: each.get('millionths').integer(1, MILLIONTHS_MAX) }
      }),
      shares: this.#shares(split.get('shares')),
    }
  }

  #shares(list: JsonValue) {
    return this.#list(list, (each) => ({ weight: each.get('weight').integer(1, WEIGHT_MAX) }))
  }

  #amounts(list: JsonValue): readonly PartyAmount[] {
    return this.#list(list, (each) => {
      const amount = each.get('amountMinor')
      return { amountMinor: amount.integer(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX) }
    })
  }

  #list<T>(list: JsonValue, read: (each: JsonValue) => T): readonly (T & { party: LedgerId })[] {
    const parties = list.list().map((each) => {
      const said = each.get('party')
      const party = this.#parties.get(said.text())
      if (party === undefined) throw said.refuse('nobody of this file', 'IMPORT_UNKNOWN_PARTY')
      return { party, ...read(each) }
    })
    return parties.sort((a, b) => (a.party < b.party ? -1 : 1))
  }
}
