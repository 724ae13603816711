/** A ledger as a file, in pieces: our own formats, and those other apps take. */

import {
  exportCospend,
  exportIHateMoney,
  exportSettlement,
  exportSnapshotJson,
  exportSpliit,
  exportSplitwise,
  exportWideCsv,
  LedgerError,
} from '@hamlet/expenses'
import type { Currency, LedgerExpense, LedgerSnapshot, PartyId } from '@hamlet/expenses'
import { LEDGER_BUNDLE_TYPES, exportLedgerBundle } from '@hamlet/expenses/bundle'
import type * as Api from '@hamlet/http/api'
import { today } from '../local-day.ts'
import { UNKNOWN_NAME } from '../message-mapper.ts'
import type { LedgerDeskParts } from './ledger-desk-parts.ts'
import { partiesOfInput } from './ledger-input.ts'
import { mergeParties } from './merged-parties.ts'

/** UTF-16 units of one piece. */
const PIECE_LENGTH = 65_536
const PAGE = 500

type Exporter = (snapshot: LedgerSnapshot, currency: () => Currency) => string

const EXPORTERS: Readonly<Record<Exclude<Api.LedgerExportFormat, 'signed-txt'>, Exporter>> = {
  json: exportSnapshotJson,
  csv: exportWideCsv,
  'splitwise-csv': exportSplitwise,
  'spliit-json': (snapshot, currency) => exportSpliit(snapshot, currency()),
  'ihatemoney-json': (snapshot, currency) => exportIHateMoney(snapshot, currency()),
  'cospend-csv': (snapshot, currency) => exportCospend(snapshot, currency()),
  'settlement-csv': exportSettlement,
}

export interface ExportOptions {
  /** For formats whose files have one. */
  readonly currency?: string
  readonly signal?: AbortSignal
}

export async function* exportLedgerFile(
  parts: LedgerDeskParts,
  format: Api.LedgerExportFormat,
  { currency, signal }: ExportOptions = {},
): AsyncGenerator<string> {
  await parts.runtime.caughtUp()
  if (format === 'signed-txt') {
    yield* exportSigned(parts)
    return
  }
  const asked = currency === undefined ? undefined : await knownCurrency(parts, currency)
  const snapshot = await takeSnapshot(parts, { isMerged: format !== 'json' })
  const file = EXPORTERS[format](snapshot, () => asked ?? mainCurrency(snapshot))
  for (let from = 0; from < file.length && signal?.aborted !== true;) {
    const to = pieceEnd(file, from + PIECE_LENGTH)
    yield file.slice(from, to)
    from = to
  }
}

/** Nothing of it is computed: it is what the logs have, so it is read from them and not from the index. */
async function* exportSigned({ runtime }: LedgerDeskParts): AsyncGenerator<string> {
  yield* exportLedgerBundle(await runtime.space.signedBundle({ types: LEDGER_BUNDLE_TYPES }))
}

/** `isMerged`: whoever a placeholder is stands in its place. */
async function takeSnapshot(
  { runtime, ports, parties }: LedgerDeskParts,
  { isMerged }: { readonly isMerged: boolean },
): Promise<LedgerSnapshot> {
  const { ledger } = runtime
  const known = new Map<string, Api.LedgerParty>()
  for (const party of await parties.list()) known.set(party.id, party)
  const is = (party: PartyId) => (known.get(party)?.is ?? party) as PartyId
  const expenses = (await allExpenses(ledger))
    .map(({ id, body, owed, created }) => {
      return { id, body, owed, createdBy: known.get(created.person)?.name ?? UNKNOWN_NAME }
    })
    .map((expense) => (isMerged ? mergeParties(expense, is) : expense))
  const { transfers } = await ledger.plan({ byCouple: false })
  const named = new Set<string>([
    ...expenses.flatMap(({ body }) => partiesOfInput(body)),
    ...transfers.flatMap(({ from, to }) => [from, to]),
  ])
  return {
    groupName: await runtime.name(),
    currency: (await ledger.settings()).currency,
    asOf: today(ports),
    parties: [...named].sort().map((id) => {
      const party = known.get(id)
      const retired = party?.retired === true || party?.member === false
      return { id: id as PartyId, name: party?.name ?? UNKNOWN_NAME, retired }
    }),
    categories: (await ledger.named('category')).map(({ id, body: { name, emoji } }) => {
      return { id, name, emoji }
    }),
    expenses,
    plan: transfers,
  }
}

async function allExpenses(
  ledger: LedgerDeskParts['runtime']['ledger'],
): Promise<readonly LedgerExpense[]> {
  const all: LedgerExpense[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const query = { state: 'all', limit: PAGE, ...(after === undefined ? {} : { after }) } as const
    const { expenses, hasMore } = await ledger.list(query)
    all.push(...expenses)
    if (!hasMore) return all
  }
}

/** @throws LedgerError `LEDGER_BAD_QUERY` for a code that means nothing here. */
export async function knownCurrency(
  { runtime }: Pick<LedgerDeskParts, 'runtime'>,
  code: string,
): Promise<Currency> {
  const currency = await runtime.ledger.currency(code)
  if (currency !== undefined) return currency
  throw new LedgerError('LEDGER_BAD_QUERY', 'expected a currency that is known or used here')
}

/** For files that are counted in one currency: the ledger's, or the one most of its expenses have. */
function mainCurrency({ currency, expenses }: LedgerSnapshot): Currency {
  if (currency !== undefined) return currency
  const counts = new Map<string, { readonly currency: Currency; count: number }>()
  for (const { body } of expenses) {
    const key = `${body.currency.code} ${body.currency.exponent}`
    const known = counts.get(key) ?? { currency: body.currency, count: 0 }
    known.count++
    counts.set(key, known)
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count)
  if (most !== undefined) return most.currency
  throw new LedgerError('LEDGER_BAD_QUERY', 'expected a ledger with a currency or an expense')
}

/** Not between the halves of a character. */
function pieceEnd(text: string, end: number): number {
  const last = text.charCodeAt(end - 1)
  return end < text.length && last >= 0xd800 && last <= 0xdbff
    ? end + 1
    : Math.min(end, text.length)
}
