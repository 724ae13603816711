/**
 * What a file of another app, or one of ours, comes to: neutral, with nothing of the ledger it will go into.
 *
 * People of a file are placeholders; whoever imports links them to members afterwards. Two devices that import the same
 * file, or two exports of one group, must write the same versions: so every id is a hash of what the file says, and of
 * nothing else.
 *
 *     id = first 16 bytes of SHA-256("hamlet/v1/ledger-import\0" | CBOR [what, kind of file, group, ...])
 *       party     [..., name, number among equal names], or [..., "id", id] where people have ids that stay
 *       category  [..., name]
 *       expense   [..., canonical row, number among equal rows]
 *
 * A canonical row names what the row says of money, day and title, and leaves out what changes when people join (empty
 * columns) or the language of the account does (categories). Expenses whose id the ledger already has were imported
 * before, and are not written again.
 */

import { encodeCbor, utf8 } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import type { Currency, ExpenseBody } from '../expense-body.ts'
import type { Hash } from '../ledger/version-id.ts'
import { bytesToLedgerId } from '../party.ts'
import type { LedgerId } from '../party.ts'
import type { TextPosition } from './errors.ts'

/** Kind of file; stands in the origin of every expense that came from one. */
export type ImportSource =
  | 'hamlet-json'
  | 'hamlet-csv'
  | 'hamlet-bundle'
  | 'splitwise-csv'
  | 'splitwise-json'
  | 'spliit-json'
  | 'spliit-csv'
  | 'ihatemoney-json'
  | 'ihatemoney-csv'
  | 'cospend-csv'
  | 'tricount-json'
  | 'sesterce-csv'
  | 'split-amounts-csv'
  | 'splitpro-csv'

export interface ImportOptions {
  readonly hash: Hash
  /** Tells two groups apart whose files do not name them, in one ledger. @default '' */
  readonly group?: string | undefined
  /** Of amounts for which the file names no currency. @default none: such a file is refused */
  readonly currency?: Currency | undefined
  /** Weights of people by name, for kinds of files that leave them out. @default 1 each */
  readonly weights?: ReadonlyMap<string, number> | undefined
  /** Names of those who paid, by the line of the file, for kinds of files that may leave them out. @default none */
  readonly payers?: ReadonlyMap<number, string> | undefined
}

export interface ImportedParty {
  readonly id: LedgerId
  /** Numbered when the file has several of one name. */
  readonly name: string
  /** Left the group, as the file says. */
  readonly removed: boolean
}

export interface ImportedCategory {
  readonly id: LedgerId
  readonly name: string
  readonly emoji: string
}

export interface ImportedExpense {
  readonly id: LedgerId
  readonly body: ExpenseBody
  /** Where it stands in the file, from 1. */
  readonly line: number
}

export type ImportWarningCode =
  /** The row changes nobody's balance; who paid is not in the file. */
  | 'no-effect'
  /** The row says nothing at all and was left out. */
  | 'empty'
  /** An amount with more decimals than its currency has was rounded. */
  | 'rounded'
  /** Personal weights are not in the file; 1 was taken. */
  | 'weight-guessed'
  /** A text was too long and was cut. */
  | 'cut'
  /** A currency of no list; two decimals were taken. */
  | 'unknown-currency'
  /** Something the file has that a ledger does not keep. */
  | 'not-kept'
  /** What somebody changed in the table counts, and not what the split beside it says. */
  | 'split-edited'

export interface ImportWarning extends TextPosition {
  readonly code: ImportWarningCode
  readonly message: string
}

/** What somebody is up or down in one currency: as the file itself says, and as its rows come to. */
export interface ImportTotal {
  readonly party: LedgerId
  readonly currency: Currency
  readonly expectedMinor: bigint
  readonly actualMinor: bigint
  readonly line: number
}

export interface ImportedLedger {
  readonly source: ImportSource
  readonly groupName: string | undefined
  readonly currency: Currency | undefined
  readonly parties: readonly ImportedParty[]
  readonly categories: readonly ImportedCategory[]
  /** In the order of the file; no id twice. */
  readonly expenses: readonly ImportedExpense[]
  /** Empty when the file has no totals. */
  readonly totals: readonly ImportTotal[]
  /** The first IMPORT_WARNINGS_MAX of them. */
  readonly warnings: readonly ImportWarning[]
  readonly warningCount: number
}

const DOMAIN = utf8('hamlet/v1/ledger-import\0')

export function importId(hash: Hash, ...said: readonly CborValue[]): LedgerId {
  return bytesToLedgerId(hash(DOMAIN, encodeCbor(said)))
}

/** The totals of the file that its rows do not come to. */
export function wrongTotals({ totals }: ImportedLedger): readonly ImportTotal[] {
  return totals.filter(({ expectedMinor, actualMinor }) => expectedMinor !== actualMinor)
}
