/**
 * What the records of a ledger say, expenses and all beside them.
 *
 *     ledger.expense   BODY, see `body-codec.ts`
 *     ledger.series    [BODY, RULE, stopped]                         a bill that comes again
 *     ledger.party     [name 1-200 B, retired]                       a person without the app
 *     ledger.link      [party 16 or 32 B | null]                     the placeholder, the record's id, is they
 *     ledger.category  [name 1-200 B, emoji ≤ 32 B, retired]
 *     ledger.template  [name 1-200 B, BODY, retired]
 *     ledger.couple    [name 1-200 B, [party 2-500], retired]        counted as one in balances
 *     ledger.budget    [category 1-50 B | null, currency, minor units a month, retired]
 *     ledger.setting   [name, value]                                 see `settings.ts`; the record's id is the name
 *
 * Nothing is ever taken out of a ledger: what is retired is kept and not offered any more.
 */

import { NAME_BYTES_MAX } from '@hamlet/core'
import type { CborValue, FieldReader } from '@hamlet/core'
import type { Currency, ExpenseBody } from '../expense-body.ts'
import { AMOUNT_MINOR_MAX, EMOJI_BYTES_MAX, EXPENSE_PARTIES_MAX } from '../limits.ts'
import type { RecurrenceRule } from '../money/recurrence.ts'
import { partyToBytes, readParty } from '../party.ts'
import type { LedgerId, PartyId } from '../party.ts'
import {
  bodyToCbor,
  currencyToCbor,
  readBody,
  readCategory,
  readStoredBody,
  readCurrency,
} from './body-codec.ts'
import { readRule, ruleToCbor } from './rule-codec.ts'
import { readSetting, settingToCbor } from './settings.ts'
import type { Setting } from './settings.ts'

export interface SeriesBody {
  /** Its date and origin are replaced by each occurrence's own. */
  readonly template: ExpenseBody
  readonly rule: RecurrenceRule
  readonly stopped: boolean
}

export interface PartyBody {
  readonly name: string
  readonly retired: boolean
}

export interface LinkBody {
  /** `undefined`: the placeholder is nobody else after all. */
  readonly to: PartyId | undefined
}

export interface CategoryBody {
  readonly name: string
  readonly emoji: string
  readonly retired: boolean
}

export interface TemplateBody {
  readonly name: string
  readonly body: ExpenseBody
  readonly retired: boolean
}

export interface CoupleBody {
  readonly name: string
  /** In ascending order. */
  readonly members: readonly PartyId[]
  readonly retired: boolean
}

export interface BudgetBody {
  /** `undefined`: of everything. */
  readonly category: string | undefined
  readonly currency: Currency
  readonly amountMinor: number
  readonly retired: boolean
}

export interface RecordBodies {
  readonly expense: ExpenseBody
  readonly series: SeriesBody
  readonly party: PartyBody
  readonly link: LinkBody
  readonly category: CategoryBody
  readonly template: TemplateBody
  readonly couple: CoupleBody
  readonly budget: BudgetBody
  readonly setting: Setting
}

export type RecordKind = keyof RecordBodies

interface BodyCodec<Body> {
  toCbor(body: Body): CborValue
  read(fields: FieldReader, id: LedgerId): Body
  /** Of what this software wrote for itself. @default as `read` */
  readStored?(fields: FieldReader): Body
}

const CODECS: { readonly [Kind in RecordKind]: BodyCodec<RecordBodies[Kind]> } = {
  expense: { toCbor: bodyToCbor, read: readBody, readStored: readStoredBody },
  series: {
    toCbor: ({ template, rule, stopped }) => [bodyToCbor(template), ruleToCbor(rule), stopped],
    read: (fields, id) => ({
      template: fields.tuple((body) => readBody(body, id)),
      rule: fields.tuple(readRule),
      stopped: fields.boolean(),
    }),
  },
  party: {
    toCbor: ({ name, retired }) => [name, retired],
    read: (fields) => ({ name: readName(fields), retired: fields.boolean() }),
  },
  link: {
    toCbor: ({ to }) => [to === undefined ? null : partyToBytes(to)],
    read: (fields) => ({ to: fields.optional(() => readParty(fields)) }),
  },
  category: {
    toCbor: ({ name, emoji, retired }) => [name, emoji, retired],
    read: (fields) => ({
      name: readName(fields),
      emoji: fields.text(EMOJI_BYTES_MAX),
      retired: fields.boolean(),
    }),
  },
  template: {
    toCbor: ({ name, body, retired }) => [name, bodyToCbor(body), retired],
    read: (fields, id) => ({
      name: readName(fields),
      body: fields.tuple((body) => readBody(body, id)),
      retired: fields.boolean(),
    }),
  },
  couple: {
    toCbor: ({ name, members, retired }) => [name, members.map(partyToBytes), retired],
    read: (fields) => ({
      name: readName(fields),
      members: readMembers(fields),
      retired: fields.boolean(),
    }),
  },
  budget: {
    toCbor: ({ category, currency, amountMinor, retired }) => [
      category ?? null,
      currencyToCbor(currency),
      amountMinor,
      retired,
    ],
    read: (fields) => ({
      category: fields.optional(() => readCategory(fields)),
      currency: fields.tuple(readCurrency),
      amountMinor: fields.int(1, AMOUNT_MINOR_MAX),
      retired: fields.boolean(),
    }),
  },
  setting: { toCbor: settingToCbor, read: readSetting },
}

export const RECORD_KINDS = Object.keys(CODECS) as readonly RecordKind[]

export function recordBodyToCbor<Kind extends RecordKind>(
  kind: Kind,
  body: RecordBodies[Kind],
): CborValue {
  return CODECS[kind].toCbor(body)
}

/** Reads the fields of a body of this kind; `fields` holds nothing else. */
export function readRecordBody<Kind extends RecordKind>(
  kind: Kind,
  fields: FieldReader,
  id: LedgerId,
): RecordBodies[Kind] {
  return CODECS[kind].read(fields, id)
}

/** As {@link readRecordBody}, of a body that was read so before it was kept. */
export function readStoredRecordBody<Kind extends RecordKind>(
  kind: Kind,
  fields: FieldReader,
  id: LedgerId,
): RecordBodies[Kind] {
  const codec: BodyCodec<RecordBodies[Kind]> = CODECS[kind]
  return codec.readStored?.(fields) ?? codec.read(fields, id)
}

function readName(fields: FieldReader): string {
  return fields.text(NAME_BYTES_MAX, 1)
}

function readMembers(fields: FieldReader): readonly PartyId[] {
  const members = fields.list(EXPENSE_PARTIES_MAX, readParty, 2)
  for (let i = 1; i < members.length; i++) {
    if (members[i - 1]! >= members[i]!) throw fields.refuse('members out of order')
  }
  return members
}
