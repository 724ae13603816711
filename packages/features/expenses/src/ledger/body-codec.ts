/**
 * Bodies of expenses in CBOR, strictly. `docs/formats/ledger.md` has the same table.
 *
 *     BODY      [rule 1, kind 0-2, deleted, title 1-200 B, day, currency, amount, [PART ≤ 500], SPLIT,
 *                category 1-50 B | null, [tag 1-50 B ≤ 16], note ≤ 4,096 B, RATE | null, ORIGIN | null]
 *     currency  [code: three capital letters, exponent 0-4]
 *     PART      [party 16 or 32 B, minor units]
 *     SPLIT     [[ITEM ≤ 200], tax, tip, exact [PART], adjustments [PART], percents [[party, millionths]],
 *                shares [SHARE]]
 *     ITEM      [title 1-200 B, minor units, [SHARE]]
 *     SHARE     [party, weight 1-1,000,000]
 *     RATE      [currency, numerator, denominator, source ≤ 100 B, day]
 *     ORIGIN    ['series', series 16 B, version 32 B, depth, day] or ['import', source, line ≤ 1,000 B, guessed]
 *     day       days since 1900-01-01
 *
 * Invariants: lists of parties are in ascending order and name each once, so that one meaning has one encoding; a body
 * whose parts do not come to its amount is refused.
 */

import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { CborValue, FieldReader } from '@hamlet/core'
import {
  AMOUNT_MINOR_MAX,
  EXPENSE_ITEMS_MAX,
  EXPENSE_PARTIES_MAX,
  ITEM_SHARES_MAX,
  NOTE_BYTES_MAX,
  ORIGIN_LINE_BYTES_MAX,
  RATE_TERM_MAX,
  SOURCE_BYTES_MAX,
  TAGS_MAX,
  TAG_BYTES_MAX,
  TITLE_BYTES_MAX,
  VERSION_DEPTH_MAX,
  WEIGHT_MAX,
} from '../limits.ts'
import { LEDGER_ID_BYTES, bytesToLedgerId, partyToBytes, readParty } from '../party.ts'
import type { LedgerId, PartyId, VersionId } from '../party.ts'
import { CIVIL_DAYS_MAX, civilDateToDays, daysToCivilDate } from '../money/civil-date.ts'
import { computeOwed } from '../money/split.ts'
import type {
  CivilDate,
  Currency,
  ExpenseBody,
  ExpenseItem,
  ExpenseKind,
  ExpenseOrigin,
  FrozenRate,
  PartyAmount,
  PartyPercent,
  PartyShare,
  Split,
} from '../expense-body.ts'

const KINDS: readonly ExpenseKind[] = ['expense', 'income', 'transfer']
const EXPONENT_MAX = 4
const CODE_LENGTH = 3
const CODE_PATTERN = /^[A-Z]{3}$/
const CATEGORY_BYTES_MAX = 50
const MILLIONTHS_MAX = 1_000_000
const VERSION_BYTES = 32

export function bodyToCbor(body: ExpenseBody): CborValue {
  return [
    body.rule,
    KINDS.indexOf(body.kind),
    body.deleted,
    body.title,
    civilDateToDays(body.date),
    currencyToCbor(body.currency),
    body.amountMinor,
    body.paid.map(amountToCbor),
    splitToCbor(body.split),
    body.category ?? null,
    body.tags,
    body.note,
    body.rate === undefined ? null : rateToCbor(body.rate),
    body.origin === undefined ? null : originToCbor(body.origin),
  ]
}

/** Reads the fields of a body; `fields` holds nothing else. `id` is the expense's: it decides who gets the cent. */
export function readBody(fields: FieldReader, id: LedgerId): ExpenseBody {
  const body = readStoredBody(fields)
  const owed = computeOwed(id, body)
  if (owed.ok) return body
  throw fields.refuse(owed.error.message)
}

/** The same of a body that is known to come to its amount, since it was read before it was kept. */
export function readStoredBody(fields: FieldReader): ExpenseBody {
  return {
    rule: fields.literal(1),
    kind: KINDS[fields.uint(KINDS.length - 1)]!,
    deleted: fields.boolean(),
    title: fields.text(TITLE_BYTES_MAX, 1),
    date: readDay(fields),
    currency: fields.tuple(readCurrency),
    amountMinor: fields.int(1, AMOUNT_MINOR_MAX),
    paid: readParties(fields, readPositive),
    split: fields.tuple(readSplit),
    category: fields.optional(() => readCategory(fields)),
    tags: readTags(fields),
    note: fields.text(NOTE_BYTES_MAX),
    rate: fields.optional(() => fields.tuple(readRate)),
    origin: fields.optional(() => fields.tuple(readOrigin)),
  }
}

export function currencyToCbor({ code, exponent }: Currency): CborValue {
  return [code, exponent]
}

export function readCurrency(fields: FieldReader): Currency {
  const code = fields.text(CODE_LENGTH, CODE_LENGTH)
  if (!CODE_PATTERN.test(code)) throw fields.refuse('expected three capital letters')
  return { code, exponent: fields.uint(EXPONENT_MAX) }
}

export function readDay(fields: FieldReader): CivilDate {
  return daysToCivilDate(fields.uint(CIVIL_DAYS_MAX))
}

export function readLedgerId(fields: FieldReader): LedgerId {
  return bytesToLedgerId(fields.bytes(LEDGER_ID_BYTES))
}

export function readVersionId(fields: FieldReader): VersionId {
  return bytesToHex(fields.bytes(VERSION_BYTES)) as VersionId
}

export function readCategory(fields: FieldReader): string {
  return fields.text(CATEGORY_BYTES_MAX, 1)
}

/** `countMin` to `countMax` parties with something each, in ascending order. */
export function readParties<T extends { readonly party: PartyId }>(
  fields: FieldReader,
  read: (fields: FieldReader) => T,
  countMin = 1,
  countMax: number = EXPENSE_PARTIES_MAX,
): T[] {
  const list = fields.list(countMax, (item) => item.tuple(read), countMin)
  for (let i = 1; i < list.length; i++) {
    if (list[i - 1]!.party >= list[i]!.party) throw fields.refuse('parties out of order')
  }
  return list
}

function amountToCbor({ party, amountMinor }: PartyAmount): CborValue {
  return [partyToBytes(party), amountMinor]
}

export function shareToCbor({ party, weight }: PartyShare): CborValue {
  return [partyToBytes(party), weight]
}

function splitToCbor(split: Split): CborValue {
  const items = split.items.map(({ title, amountMinor, shares }) => [
    title,
    amountMinor,
    shares.map(shareToCbor),
  ])
  const percents = split.percents.map(({ party, millionths }) => [partyToBytes(party), millionths])
  return [
    items,
    split.taxMinor,
    split.tipMinor,
    split.exact.map(amountToCbor),
    split.adjustments.map(amountToCbor),
    percents,
    split.shares.map(shareToCbor),
  ]
}

function rateToCbor({ to, numerator, denominator, source, asOf }: FrozenRate): CborValue {
  return [currencyToCbor(to), numerator, denominator, source, civilDateToDays(asOf)]
}

function originToCbor(origin: ExpenseOrigin): CborValue {
  if (origin.kind === 'import') {
    return ['import', origin.source, origin.line, origin.reconstructed]
  }
  const { series, version, depth, due } = origin
  return ['series', hexToBytes(series), hexToBytes(version), depth, civilDateToDays(due)]
}

function readPositive(fields: FieldReader): PartyAmount {
  return { party: readParty(fields), amountMinor: fields.int(1, AMOUNT_MINOR_MAX) }
}

function readSigned(fields: FieldReader): PartyAmount {
  const amount = {
    party: readParty(fields),
    amountMinor: fields.int(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
  }
  if (amount.amountMinor === 0) throw fields.refuse('expected an adjustment other than 0')
  return amount
}

export function readShare(fields: FieldReader): PartyShare {
  return { party: readParty(fields), weight: fields.int(1, WEIGHT_MAX) }
}

function readPercent(fields: FieldReader): PartyPercent {
  return { party: readParty(fields), millionths: fields.int(1, MILLIONTHS_MAX) }
}

function readItem(fields: FieldReader): ExpenseItem {
  return {
    title: fields.text(TITLE_BYTES_MAX, 1),
    amountMinor: fields.int(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX),
    shares: readParties(fields, readShare),
  }
}

function readSplit(fields: FieldReader): Split {
  const items = fields.list(EXPENSE_ITEMS_MAX, (item) => item.tuple(readItem))
  const shareCount = items.reduce((count, { shares }) => count + shares.length, 0)
  if (shareCount > ITEM_SHARES_MAX) throw fields.refuse(`more than ${ITEM_SHARES_MAX} shares`)
  return {
    items,
    taxMinor: fields.uint(AMOUNT_MINOR_MAX),
    tipMinor: fields.uint(AMOUNT_MINOR_MAX),
    exact: readParties(fields, readPositive, 0),
    adjustments: readParties(fields, readSigned, 0),
    percents: readParties(fields, readPercent, 0),
    shares: readParties(fields, readShare, 0),
  }
}

function readTags(fields: FieldReader): readonly string[] {
  const tags = fields.list(TAGS_MAX, (item) => item.text(TAG_BYTES_MAX, 1))
  if (new Set(tags).size !== tags.length) throw fields.refuse('a tag twice')
  return tags
}

function readRate(fields: FieldReader): FrozenRate {
  return {
    to: fields.tuple(readCurrency),
    numerator: fields.int(1, RATE_TERM_MAX),
    denominator: fields.int(1, RATE_TERM_MAX),
    source: fields.text(SOURCE_BYTES_MAX, 1),
    asOf: readDay(fields),
  }
}

function readOrigin(fields: FieldReader): ExpenseOrigin {
  if (fields.oneOf(['series', 'import']) === 'import') {
    return {
      kind: 'import',
      source: fields.text(SOURCE_BYTES_MAX, 1),
      line: fields.text(ORIGIN_LINE_BYTES_MAX),
      reconstructed: fields.boolean(),
    }
  }
  return {
    kind: 'series',
    series: readLedgerId(fields),
    version: readVersionId(fields),
    depth: fields.uint(VERSION_DEPTH_MAX),
    due: readDay(fields),
  }
}
