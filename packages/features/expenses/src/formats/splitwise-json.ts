/**
 * Splitwise JSON: what its API says of somebody's own expenses, saved as a file by whoever took their data out. Who paid and
 * who owes what is there as amounts, so nothing is computed or guessed, unlike in its CSV.
 *
 * Expenses and people have ids of Splitwise's own, which never change: so a later file, or that of another member, gives
 * the ids there were. Comments go into the note.
 */

import type { LedgerId } from '../party.ts'
import { addBill } from './bill.ts'
import type { PartyPart } from './bill.ts'
import type { Decimal } from './decimal.ts'
import { ImportDraft, requireDate } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import type { JsonValue } from './json-reader.ts'

const EXPENSES = 'expenses'
const NEVER = 'never'
const BY_SYSTEM = 'System'

interface Share {
  readonly party: LedgerId
  readonly paid: Decimal
  readonly owed: Decimal
}

/** An object with a list of expenses, or the list alone; Spliit, whose object has one too, says who takes part. */
export function isSplitwiseJson(file: JsonValue): boolean {
  if (file.isObject) return file.has(EXPENSES) && !file.has('participants')
  if (!file.source.startsWith('[')) return false
  const first = file.list()[0]
  return first !== undefined && ['cost', 'users'].every((name) => first.has(name))
}

/** @throws {@link ImportError} */
export function importSplitwiseJson(file: JsonValue, options: ImportOptions): ImportedLedger {
  const draft = new ImportDraft('splitwise-json', '', options)
  const parties = new Map<string, LedgerId>()
  const expenses = (file.isObject ? file.get(EXPENSES) : file).list()
  for (const expense of expenses) addExpense(draft, parties, expense)
  return draft.finish({})
}

function addExpense(draft: ImportDraft, parties: Map<string, LedgerId>, expense: JsonValue): void {
  const code = expense.get('currency_code')
  const date = expense.get('date')
  const category = expense.find('category')?.find('name')
  const shares = expense
    .get('users')
    .list()
    .map((share) => readShare(draft, parties, share))
  warnNotKept(draft, expense)
  addBill(draft, {
    at: expense.at,
    row: [idText(expense.get('id'))],
    title: expense.find('description')?.text() ?? '',
    date: requireDate(date.text(), date.at),
    currency: draft.currency(code.text(), code.at),
    amount: expense.get('cost').decimal(),
    isTransfer: expense.find('payment')?.boolean() ?? false,
    paid: partsOf(shares, ({ paid }) => paid),
    owed: partsOf(shares, ({ owed }) => owed),
    owedBy: 'amounts',
    category: category === undefined ? undefined : draft.category(category.text(), category.at),
    note: noteOf(expense),
    deleted: expense.find('deleted_at') !== undefined,
    source: expense.source,
  })
}

function readShare(draft: ImportDraft, parties: Map<string, LedgerId>, share: JsonValue): Share {
  const paid = share.get('paid_share').decimal()
  const owed = share.get('owed_share').decimal()
  const net = share.find('net_balance')
  if (net !== undefined && !isDifference(net.decimal(), paid, owed)) {
    throw net.refuse('expected what was paid less what is owed', 'IMPORT_BAD_SUM')
  }
  return { party: partyOf(draft, parties, share), paid, owed }
}

function partyOf(draft: ImportDraft, parties: Map<string, LedgerId>, share: JsonValue): LedgerId {
  const user = share.find('user')
  const said = share.find('user_id') ?? share.get('user').get('id')
  const id = idText(said)
  const known = parties.get(id)
  if (known !== undefined) return known
  const name = user === undefined ? '' : nameOf(user)
  const party = draft.addPartyOfId(id, name === '' ? `User ${id}` : name, said.at)
  parties.set(id, party)
  return party
}

function nameOf(user: JsonValue): string {
  const names = ['first_name', 'last_name'].map((name) => user.find(name)?.text() ?? '')
  return names.join(' ').trim()
}

/** A whole number, also as a text. */
function idText(said: JsonValue): string {
  const { digits, decimals } = said.decimal()
  if (decimals === 0 && digits >= 0n) return `${digits}`
  throw said.refuse('expected an id, a whole number')
}

function partsOf(
  shares: readonly Share[],
  partOf: (share: Share) => Decimal,
): readonly PartyPart[] {
  return shares.map((share) => ({ party: share.party, part: partOf(share) }))
}

function isDifference(net: Decimal, paid: Decimal, owed: Decimal): boolean {
  const decimals = Math.max(net.decimals, paid.decimals, owed.decimals)
  const [n, p, o] = [net, paid, owed].map((each) => {
    return each.digits * 10n ** BigInt(decimals - each.decimals)
  }) as [bigint, bigint, bigint]
  return n === p - o
}

function warnNotKept(draft: ImportDraft, expense: JsonValue): void {
  const repeats = expense.find('repeat_interval')
  if (repeats !== undefined && repeats.text() !== NEVER) {
    draft.warn('not-kept', repeats.at, 'that it comes again')
  }
  const receipt = expense.find('receipt')?.find('original')
  if (receipt !== undefined) draft.warn('not-kept', receipt.at, 'the receipt')
}

/** With what people said of it; what the app itself noted is left out. */
function noteOf(expense: JsonValue): string {
  const details = expense.find('details')?.text() ?? ''
  const comments = (expense.find('comments')?.list() ?? [])
    .filter((comment) => comment.find('comment_type')?.text() !== BY_SYSTEM)
    .filter((comment) => comment.find('deleted_at') === undefined)
    .map(commentLine)
  return [details, ...comments].filter((line) => line !== '').join('\n')
}

function commentLine(comment: JsonValue): string {
  const user = comment.find('user')
  const name = user === undefined ? '' : nameOf(user)
  const content = comment.get('content').text()
  return name === '' ? content : `${name}: ${content}`
}
