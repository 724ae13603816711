/**
 * What a ledger answers: the shapes that peers, gateways and faces share. Amounts of one expense are integers of minor
 * units; sums are bigints. Nothing here is stored.
 */

import type { Attachment } from '@hamlet/blobs'
import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type {
  CivilDate,
  Currency,
  ExpenseBody,
  ExpenseKind,
  PartyAmount,
  PartyShare,
} from '../expense-body.ts'
import type { LedgerId, PartyId, VersionId } from '../party.ts'
import type { LockedLog, Verdict } from './content.ts'
import type {
  BudgetBody,
  CategoryBody,
  CoupleBody,
  RecordKind,
  SeriesBody,
  TemplateBody,
} from './record-bodies.ts'
import type { Authorship } from './records.ts'
import type { SettleMode } from './settings.ts'

export interface LedgerParty {
  readonly id: PartyId
  /** Of a placeholder; people are named by the space. */
  readonly name: string | undefined
  readonly isPlaceholder: boolean
  readonly retired: boolean
  /** Who a placeholder is, links followed; itself when it is nobody else. */
  readonly is: PartyId
  /** Others that are this party, by links. */
  readonly aliases: readonly LedgerId[]
  /** Concurrent links that say different things: somebody should choose. */
  readonly contested: boolean
}

/** How far a transfer has come: `none` for what is no transfer. */
export type PaymentState = 'none' | 'pending' | 'confirmed' | 'disputed'

export interface LedgerExpense {
  readonly id: LedgerId
  readonly version: VersionId
  readonly body: ExpenseBody
  /** Ascending by party; sums to the amount. */
  readonly owed: readonly PartyAmount[]
  /** Who of them was rounded up. */
  readonly cents: readonly PartyId[]
  /** Versions to choose among; 1 when there is nothing to choose. */
  readonly choices: number
  readonly edited: boolean
  readonly created: Authorship
  readonly updated: Authorship
  readonly payment: PaymentState
  /** A day of a closed period, and entered or changed since. */
  readonly isCorrection: boolean
  readonly commentCount: number
  readonly attachmentCount: number
}

export interface ExpenseVersion {
  readonly version: VersionId
  readonly replaces: readonly VersionId[]
  readonly body: ExpenseBody
  readonly owed: readonly PartyAmount[]
  readonly by: Authorship
  readonly isHead: boolean
  readonly isWinner: boolean
  /** Names of the body's fields that differ from the first version it replaces. */
  readonly changed: readonly (keyof ExpenseBody)[]
}

export interface LedgerComment {
  readonly id: EntryId
  readonly person: PersonId
  readonly atMs: number
  readonly text: string
}

/** A receipt or another file that somebody put to an expense. */
export interface LedgerAttachment {
  readonly id: EntryId
  readonly person: PersonId
  readonly atMs: number
  readonly attachment: Attachment
}

export interface LedgerVerdict {
  readonly person: PersonId
  readonly verdict: Verdict
  readonly note: string
  readonly atMs: number
  /** Given to a version that is not the current one. */
  readonly isOutdated: boolean
}

export interface ExpenseDetail extends LedgerExpense {
  /** Oldest first. */
  readonly versions: readonly ExpenseVersion[]
  readonly comments: readonly LedgerComment[]
  /** Oldest first. */
  readonly attachments: readonly LedgerAttachment[]
  readonly verdicts: readonly LedgerVerdict[]
}

export interface ExpenseQuery {
  /** Words that must all occur in title, note, tags, category or names of people. */
  readonly search?: string
  readonly party?: PartyId
  readonly payer?: PartyId
  readonly kind?: ExpenseKind
  readonly category?: string
  readonly tag?: string
  readonly currency?: string
  readonly from?: CivilDate
  readonly to?: CivilDate
  readonly minMinor?: number
  readonly maxMinor?: number
  /** @default 'live' */
  readonly state?: 'live' | 'deleted' | 'all' | 'conflict' | 'pending'
  /** 1 to 500. @default 50 */
  readonly limit?: number
  /** The last expense of the page before. */
  readonly after?: LedgerId
}

export interface ExpensePage {
  /** Newest day first, then newest made. */
  readonly expenses: readonly LedgerExpense[]
  readonly total: number
  readonly hasMore: boolean
}

/** What a party (links followed, a couple counted as one if asked) is up (positive) or down in one currency. */
export interface Balance {
  readonly party: PartyId
  readonly currency: Currency
  readonly minor: bigint
  /** Of this, transfers nobody has confirmed yet. */
  readonly pendingMinor: bigint
}

/** Everything in one currency, by the rates frozen in expenses, or known from others of the ledger. */
export interface ConvertedBalances {
  readonly currency: Currency
  /** In order of parties; sums to zero. */
  readonly balances: readonly { readonly party: PartyId; readonly minor: bigint }[]
  /** Live expenses that are not in it, because no rate is known. */
  readonly withoutRate: number
}

/** One expense's part in what one party owes another. */
export interface DebtReason {
  readonly expense: LedgerId
  readonly version: VersionId
  readonly title: string
  readonly date: CivilDate
  readonly kind: ExpenseKind
  /** Positive: raises what `from` owes. */
  readonly minor: bigint
  /** Sum of this and all reasons before it. */
  readonly runningMinor: bigint
  /** The signed entry. */
  readonly by: Authorship
}

export interface DebtExplanation {
  readonly from: PartyId
  readonly to: PartyId
  readonly currency: Currency
  readonly minor: bigint
  /** In order of days. */
  readonly reasons: readonly DebtReason[]
}

export interface LedgerSettings {
  readonly currency: Currency | undefined
  readonly settleMode: SettleMode
  readonly cashStepMinor: number
  /** Empty: everybody alike. */
  readonly defaultSplit: readonly PartyShare[]
  readonly confirmAboveMinor: number
  readonly archived: boolean
}

export interface LedgerNamed<Body> {
  readonly id: LedgerId
  readonly body: Body
  readonly updated: Authorship
}

export type LedgerCategory = LedgerNamed<CategoryBody>
export type LedgerTemplate = LedgerNamed<TemplateBody>
export type LedgerCouple = LedgerNamed<CoupleBody>
export type LedgerBudget = LedgerNamed<BudgetBody>

export interface LedgerSeries extends LedgerNamed<SeriesBody> {
  readonly version: VersionId
  readonly depth: number
  /** Days that are due by a given day and have no occurrence yet. */
  readonly due: readonly CivilDate[]
  readonly next: CivilDate | undefined
}

export interface LedgerLock {
  readonly id: EntryId
  readonly by: Authorship
  readonly through: CivilDate
  readonly note: string
  readonly frontier: readonly LockedLog[]
  readonly balances: string
  /** Whether this device computes the same balances; `undefined` while it lacks entries the lock names. */
  readonly agrees: boolean | undefined
  readonly signatures: readonly {
    readonly person: PersonId
    readonly atMs: number
    readonly agrees: boolean
  }[]
}

export interface LedgerImport {
  readonly batch: LedgerId
  readonly by: Authorship
  readonly source: string
  readonly fileName: string
  readonly expenses: readonly LedgerId[]
  /** None of its expenses is live. */
  readonly undone: boolean
}

export type RecordEvent = 'created' | 'edited' | 'deleted' | 'restored' | 'resolved'

export type LedgerEvent =
  | {
      readonly what: RecordEvent
      readonly record: RecordKind
      readonly id: LedgerId
      readonly title: string
    }
  | {
      readonly what: 'commented' | 'attached' | 'confirmed' | 'disputed'
      readonly id: LedgerId
      readonly title: string
    }
  | { readonly what: 'locked' | 'countersigned'; readonly lock: EntryId }
  | { readonly what: 'imported'; readonly batch: LedgerId }

export interface LedgerActivity {
  readonly entry: EntryId
  readonly person: PersonId
  readonly atMs: number
  readonly event: LedgerEvent
}

/** One line of statistics: live expenses (no transfers) of one currency, or converted to it. */
export interface StatisticsLine {
  /** A category, a party (paid or share) or a month `YYYY-MM`. */
  readonly key: string
  readonly currency: Currency
  readonly minor: bigint
  readonly count: number
}

export interface LedgerStatistics {
  readonly byCategory: readonly StatisticsLine[]
  readonly paidBy: readonly StatisticsLine[]
  readonly shareOf: readonly StatisticsLine[]
  readonly byMonth: readonly StatisticsLine[]
  readonly budgets: readonly {
    readonly budget: LedgerBudget
    readonly month: string
    readonly spentMinor: bigint
  }[]
  /** Expenses that are not in it, because no rate is known; 0 unless a currency was asked for. */
  readonly withoutRate: number
}

/** How many entries of each device's log this device has applied: what a lock names. */
export interface AppliedLog {
  /** The device, or what a part of its histories is called where it signed several (`Space.historyParts`). */
  readonly device: DeviceId
  /** Whose part it is. @default `device` */
  readonly of?: DeviceId
  readonly count: number
}
