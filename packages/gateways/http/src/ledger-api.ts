/**
 * The ledger's part of `HamletApi`, as plain data: bills, who is up or down, how to get even, files in and out. Amounts of one expense are integers of minor units with their currency
 * beside them; sums, which may be beyond what a number holds, are integers in text (`minor`). Days are `YYYY-MM-DD`.
 *
 * Ids: a person has 64 hex digits; placeholders, expenses and other records have 32; versions and entries 64.
 */

import type { AttachedFile } from './attached-file.ts'

export interface Currency {
  readonly code: string
  readonly exponent: number
}

export type ExpenseKind = 'expense' | 'income' | 'transfer'
export type SettleMode = 'minimal' | 'pairwise' | 'existing'
export type PaymentState = 'none' | 'pending' | 'confirmed' | 'disputed'
export type VerdictWord = 'confirmed' | 'disputed'

export interface PartyAmount {
  readonly party: string
  readonly amountMinor: number
}

export interface PartyShare {
  readonly party: string
  readonly weight: number
}

export interface ExpenseItem {
  readonly title: string
  /** Negative for a discount. */
  readonly amountMinor: number
  readonly shares: readonly PartyShare[]
}

/** From the amount are taken the items with tax and tip, exact parts and adjustments; the rest goes to percents and shares. */
export interface Split {
  readonly items?: readonly ExpenseItem[]
  readonly taxMinor?: number
  readonly tipMinor?: number
  readonly exact?: readonly PartyAmount[]
  readonly adjustments?: readonly PartyAmount[]
  /** Millionths: 25 % is 250,000. */
  readonly percents?: readonly { readonly party: string; readonly millionths: number }[]
  readonly shares?: readonly PartyShare[]
}

/** One unit of the expense's currency is `numerator / denominator` units of `to`. */
export interface FrozenRate {
  readonly to: Currency
  readonly numerator: number
  readonly denominator: number
  readonly source: string
  readonly asOf: string
}

/**
 * A new expense needs title, currency, paid and split; in an edit what is left out stays.
 *
 * `category`: a built-in one's name or the id of an own one; `null` takes it away, as it does a rate.
 */
export interface ExpenseInput {
  readonly kind?: ExpenseKind
  readonly title?: string
  readonly date?: string
  readonly currency?: Currency
  readonly amountMinor?: number
  readonly paid?: readonly PartyAmount[]
  readonly split?: Split
  readonly category?: string | null
  readonly tags?: readonly string[]
  readonly note?: string
  readonly rate?: FrozenRate | null
}

/** Who signed, and when by their own clock. */
export interface LedgerAuthorship {
  readonly entry: string
  readonly person: string
  readonly device: string
  readonly atMs: number
  /** In the versions of an expense: the program of the person's that asked for it, as its signature proves. */
  readonly client?: string
}

export interface ExpenseBody {
  readonly kind: ExpenseKind
  readonly deleted: boolean
  readonly title: string
  readonly date: string
  readonly currency: Currency
  readonly amountMinor: number
  readonly paid: readonly PartyAmount[]
  readonly split: Split
  readonly category?: string
  readonly tags: readonly string[]
  readonly note: string
  readonly rate?: FrozenRate
  /** Where it came from, when nobody typed it in. */
  readonly origin?: { readonly kind: 'series' | 'import'; readonly from: string }
}

export interface Expense extends ExpenseBody {
  readonly id: string
  readonly version: string
  readonly owed: readonly PartyAmount[]
  /** Who of them was rounded up. */
  readonly cents: readonly string[]
  /** Versions to choose among; 1 when there is nothing to choose. */
  readonly choices: number
  /** Not as it was first entered. */
  readonly edited: boolean
  readonly created: LedgerAuthorship
  readonly updated: LedgerAuthorship
  readonly payment: PaymentState
  /** A day of a closed period, and entered or changed since. */
  readonly isCorrection: boolean
  readonly comments: number
  /** Receipts and other files. */
  readonly attachments: number
}

export interface ExpenseVersion extends ExpenseBody {
  readonly version: string
  readonly replaces: readonly string[]
  readonly owed: readonly PartyAmount[]
  readonly by: LedgerAuthorship
  readonly isHead: boolean
  readonly isWinner: boolean
  readonly changed: readonly string[]
}

export interface ExpenseComment {
  readonly id: string
  readonly person: string
  readonly atMs: number
  readonly text: string
}

export interface ExpenseVerdict {
  readonly person: string
  readonly verdict: VerdictWord
  readonly note: string
  readonly atMs: number
  /** Given to another version than the current one. */
  readonly isOutdated: boolean
}

export interface ExpenseDetail extends Expense {
  /** Oldest first. */
  readonly versions: readonly ExpenseVersion[]
  readonly thread: readonly ExpenseComment[]
  /** Oldest first. */
  readonly attached: readonly AttachedFile[]
  readonly verdicts: readonly ExpenseVerdict[]
  /** People whose word is waited for, or was given. */
  readonly asked: readonly string[]
}

export interface ExpenseQuery {
  /** Words that must all occur in title, note, tags, category or names of people. */
  readonly search?: string
  readonly party?: string
  readonly payer?: string
  readonly kind?: ExpenseKind
  readonly category?: string
  readonly tag?: string
  readonly currency?: string
  readonly from?: string
  readonly to?: string
  readonly minMinor?: number
  readonly maxMinor?: number
  /** Default `live`. */
  readonly state?: 'live' | 'deleted' | 'all' | 'conflict' | 'pending'
  /** Default 50; 1 to 500. */
  readonly limit?: number
  /** The last expense of the page before. */
  readonly after?: string
}

export interface ExpensePage {
  /** Newest day first, then newest made. */
  readonly expenses: readonly Expense[]
  readonly total: number
  readonly hasMore: boolean
}

/** Somebody who can stand in an expense: members, people who were members, and people without the app. */
export interface LedgerParty {
  readonly id: string
  readonly name: string
  /** Present for people of the space. */
  readonly member?: boolean
  readonly isPlaceholder: boolean
  readonly retired: boolean
  /** Who it is, links followed. */
  readonly is: string
  /** Placeholders that are this party. */
  readonly aliases: readonly string[]
  /** Concurrent links that say different things: somebody should choose. */
  readonly contested: boolean
}

export interface LedgerBalance {
  readonly party: string
  readonly currency: Currency
  /** Positive: is owed. */
  readonly minor: string
  /** Of this, payments nobody has confirmed yet. */
  readonly pendingMinor: string
}

/** Everything in one currency, by the rates frozen in expenses, or known from others of the ledger. */
export interface ConvertedBalances {
  readonly currency: Currency
  readonly balances: readonly { readonly party: string; readonly minor: string }[]
  /** Expenses that are not in it, because no rate is known. */
  readonly withoutRate: number
}

export interface LedgerTransfer {
  readonly from: string
  readonly to: string
  readonly currency: Currency
  readonly minor: string
}

export interface SettlementPlan {
  readonly mode: SettleMode
  readonly transfers: readonly LedgerTransfer[]
  /** Whether no plan is better by what the mode makes least. */
  readonly exact: boolean
  /** What rounding to coins leaves open. */
  readonly left: readonly {
    readonly party: string
    readonly currency: Currency
    readonly minor: string
  }[]
}

export interface DebtExplanation extends LedgerTransfer {
  readonly reasons: readonly {
    readonly expense: string
    readonly title: string
    readonly date: string
    readonly kind: ExpenseKind
    readonly minor: string
    readonly runningMinor: string
    readonly by: LedgerAuthorship
  }[]
}

export interface LedgerSettings {
  readonly currency?: Currency
  readonly settleMode: SettleMode
  readonly cashStepMinor: number
  readonly defaultSplit: readonly PartyShare[]
  readonly confirmAboveMinor: number
  readonly archived: boolean
}

/** What is left out stays. */
export type LedgerSettingsInput = Partial<LedgerSettings>

export interface LedgerCategory {
  readonly id: string
  readonly name: string
  readonly emoji: string
  readonly retired: boolean
}

/** A bill that is filled in, to be entered again. */
export interface LedgerTemplate {
  readonly id: string
  readonly name: string
  readonly expense: Omit<ExpenseBody, 'deleted' | 'origin'>
  readonly retired: boolean
}

/** Counted as one in balances and plans when that is asked for. */
export interface LedgerCouple {
  readonly id: string
  readonly name: string
  readonly members: readonly string[]
  readonly retired: boolean
}

export interface LedgerBudget {
  readonly id: string
  /** Absent: of everything. */
  readonly category?: string
  readonly currency: Currency
  /** A month. */
  readonly amountMinor: number
  readonly retired: boolean
}

/** Own categories, templates, couples and budgets, retired ones too. */
export interface LedgerExtras {
  readonly categories: readonly LedgerCategory[]
  readonly templates: readonly LedgerTemplate[]
  readonly couples: readonly LedgerCouple[]
  readonly budgets: readonly LedgerBudget[]
}

/** A new one needs all but `retired`; in a change what is left out stays. */
export interface CategoryInput {
  readonly name?: string
  readonly emoji?: string
  readonly retired?: boolean
}

export interface TemplateInput {
  readonly name?: string
  readonly expense?: ExpenseInput
  readonly retired?: boolean
}

export interface CoupleInput {
  readonly name?: string
  readonly members?: readonly string[]
  readonly retired?: boolean
}

export interface BudgetInput {
  /** `null`: of everything, which is also the default. */
  readonly category?: string | null
  readonly currency?: Currency
  readonly amountMinor?: number
  readonly retired?: boolean
}

/** When a bill comes again. Days of a month that a month does not have are its last. */
export interface LedgerRecurrence {
  readonly unit: 'day' | 'week' | 'half-month' | 'month' | 'year'
  /** Every how many units. */
  readonly every: number
  /** The first day. */
  readonly start: string
  /** The last day there can be one. */
  readonly until?: string
  /** How many there are at most. */
  readonly count?: number
}

export interface LedgerSeries {
  readonly id: string
  readonly expense: Omit<ExpenseBody, 'deleted' | 'origin'>
  readonly rule: LedgerRecurrence
  readonly stopped: boolean
  /** Days that have come and have no expense yet: a device that may write enters them. */
  readonly due: readonly string[]
  readonly next?: string
}

export interface SeriesInput {
  readonly expense?: ExpenseInput
  readonly rule?: LedgerRecurrence
  readonly stopped?: boolean
}

/** A period that is closed: what is entered or changed in it afterwards is marked as a correction. */
export interface LedgerLock {
  readonly id: string
  readonly by: LedgerAuthorship
  /** Its last day. */
  readonly through: string
  readonly note: string
  /** Whether this device computes the same balances; absent while it lacks entries the lock names. */
  readonly agrees?: boolean
  readonly signatures: readonly {
    readonly person: string
    readonly atMs: number
    readonly agrees: boolean
  }[]
}

/** A file to import; kinds are told by what is in it. */
export interface ImportInput {
  /** Its bytes in base64. */
  readonly contents: string
  readonly fileName?: string
  /** Of amounts for which the file names no currency. */
  readonly currency?: Currency
  /** Tells two groups apart whose files do not name them. */
  readonly group?: string
  /** For kinds of files that leave out people's weights: by name. */
  readonly weights?: readonly { readonly name: string; readonly weight: number }[]
  /** For kinds of files that leave out who paid: by line. */
  readonly payers?: readonly { readonly line: number; readonly name: string }[]
  /** Who is who: people of the file, and the party each is. Who is left out becomes a placeholder, or stays who they are. */
  readonly people?: readonly { readonly id: string; readonly is: string }[]
}

/** What an import would write. */
export interface ImportPreview {
  readonly source: string
  readonly groupName?: string
  readonly currency?: Currency
  readonly parties: readonly {
    readonly id: string
    readonly name: string
    /** Left the group, as the file says. */
    readonly removed: boolean
    /** Who it was said to be earlier, or the only member of that name, else the only person without the app. */
    readonly is?: string
  }[]
  /** Those the ledger does not have yet, the first 50 of them. */
  readonly sample: readonly (ExpenseBody & { readonly id: string; readonly line: number })[]
  readonly newExpenses: number
  /** Were imported before, and stay as they are. */
  readonly knownExpenses: number
  /** What somebody is up or down as the file itself says, where its rows come to something else. */
  readonly wrongTotals: readonly {
    readonly party: string
    readonly currency: Currency
    readonly expectedMinor: string
    readonly actualMinor: string
    readonly line: number
  }[]
  readonly warnings: readonly {
    readonly code: string
    readonly message: string
    readonly line: number
    readonly column: number
  }[]
  readonly warningCount: number
}

/** A file that was imported. */
export interface LedgerImport {
  readonly batch: string
  readonly by: LedgerAuthorship
  readonly source: string
  readonly fileName: string
  readonly expenses: number
  /** None of its expenses is live. */
  readonly undone: boolean
}

export type LedgerExportFormat =
  | 'json'
  | 'csv'
  | 'splitwise-csv'
  | 'spliit-json'
  | 'ihatemoney-json'
  | 'cospend-csv'
  | 'settlement-csv'
  /** As members signed it: whoever has the file alone can verify who entered what. */
  | 'signed-txt'

export interface StatisticsLine {
  readonly key: string
  readonly currency: Currency
  readonly minor: string
  readonly count: number
}

export interface BudgetLine {
  readonly budget: LedgerBudget
  /** `YYYY-MM`. */
  readonly month: string
  readonly spentMinor: string
}

/** Each currency for itself, unless one was asked for: then everything in it. No transfers. */
export interface LedgerStatistics {
  readonly byCategory: readonly StatisticsLine[]
  readonly paidBy: readonly StatisticsLine[]
  readonly shareOf: readonly StatisticsLine[]
  readonly byMonth: readonly StatisticsLine[]
  readonly budgets: readonly BudgetLine[]
  /** Expenses that are not in it, because no rate is known; 0 unless a currency was asked for. */
  readonly withoutRate: number
}

export interface LedgerActivity {
  readonly entry: string
  readonly person: string
  readonly atMs: number
  readonly what: string
  /** The record it is about. */
  readonly record?: string
  readonly id?: string
  readonly title?: string
}

export interface LedgerActivityPage {
  /** Newest first. */
  readonly lines: readonly LedgerActivity[]
  /** For the page after this one. */
  readonly before?: string
}

export interface LedgerApi {
  expenses(space: string, query?: ExpenseQuery): Promise<ExpensePage>
  expense(space: string, id: string): Promise<ExpenseDetail>
  /**
   * `id`: chosen by the client, 32 random hex digits. The same request again, with the same id, writes nothing and gives
   * the expense that was entered first.
   */
  addExpense(space: string, input: ExpenseInput, id?: string): Promise<Expense>
  editExpense(space: string, id: string, input: ExpenseInput): Promise<Expense>
  deleteExpense(space: string, id: string): Promise<Expense>
  restoreExpense(space: string, id: string): Promise<Expense>
  /** Makes this version the one that counts, over all there are to choose among. */
  resolveExpense(space: string, id: string, version: string): Promise<Expense>
  commentExpense(space: string, id: string, text: string): Promise<ExpenseDetail>
  /** Takes an own comment back. */
  uncommentExpense(space: string, id: string, comment: string): Promise<ExpenseDetail>
  /** Confirms or disputes a payment, or an expense that waits for this person's word. */
  judgeExpense(space: string, id: string, verdict: VerdictWord, note: string): Promise<Expense>

  /** Members, former members an expense names, and placeholders. In order of names. */
  ledgerParties(space: string): Promise<readonly LedgerParty[]>
  /** A person without the app. */
  addParty(space: string, name: string): Promise<LedgerParty>
  /** Gives a placeholder another name, retires it, or says who it is (`null`: nobody else). */
  changeParty(
    space: string,
    id: string,
    change: { readonly name?: string; readonly retired?: boolean; readonly is?: string | null },
  ): Promise<LedgerParty>

  balances(
    space: string,
    options?: { readonly byCouple?: boolean },
  ): Promise<readonly LedgerBalance[]>
  convertedBalances(
    space: string,
    currency: string,
    options?: { readonly byCouple?: boolean },
  ): Promise<ConvertedBalances>
  settlement(
    space: string,
    options?: { readonly mode?: SettleMode; readonly byCouple?: boolean },
  ): Promise<SettlementPlan>
  /** One for each currency in which `from` owes `to`, or the other way round with a negative sum. */
  explainDebt(space: string, from: string, to: string): Promise<readonly DebtExplanation[]>
  /** The rate an expense of that day would take from what the ledger knows; absent when there is none. */
  knownRate(
    space: string,
    query: { readonly from: string; readonly to: string; readonly date: string },
  ): Promise<{ readonly rate?: FrozenRate }>

  ledgerSettings(space: string): Promise<LedgerSettings>
  changeLedgerSettings(space: string, settings: LedgerSettingsInput): Promise<LedgerSettings>
  /** `currency`: everything converted to it. */
  ledgerStatistics(
    space: string,
    query?: { readonly from?: string; readonly to?: string; readonly currency?: string },
  ): Promise<LedgerStatistics>
  /** `limit`: default 50; 1 to 500. */
  ledgerActivity(
    space: string,
    query?: { readonly limit?: number; readonly before?: string },
  ): Promise<LedgerActivityPage>

  ledgerExtras(space: string): Promise<LedgerExtras>
  addCategory(space: string, input: CategoryInput): Promise<LedgerCategory>
  changeCategory(space: string, id: string, input: CategoryInput): Promise<LedgerCategory>
  addTemplate(space: string, input: TemplateInput): Promise<LedgerTemplate>
  changeTemplate(space: string, id: string, input: TemplateInput): Promise<LedgerTemplate>
  addCouple(space: string, input: CoupleInput): Promise<LedgerCouple>
  changeCouple(space: string, id: string, input: CoupleInput): Promise<LedgerCouple>
  addBudget(space: string, input: BudgetInput): Promise<LedgerBudget>
  changeBudget(space: string, id: string, input: BudgetInput): Promise<LedgerBudget>

  ledgerSeries(space: string): Promise<readonly LedgerSeries[]>
  addSeries(space: string, input: SeriesInput): Promise<LedgerSeries>
  /** Days of the rule as it is now that are past and have no expense are due: a rule changed for the future starts there. */
  changeSeries(space: string, id: string, input: SeriesInput): Promise<LedgerSeries>
  /** Enters what is due now, which the peer also does by itself. */
  enterDue(space: string): Promise<readonly Expense[]>

  ledgerLocks(space: string): Promise<readonly LedgerLock[]>
  lockPeriod(space: string, through: string, note: string): Promise<LedgerLock>
  /** States what this device computes for the lock, whether it agrees or not. */
  signLock(space: string, lock: string): Promise<LedgerLock>

  /** Writes nothing. */
  previewImport(space: string, input: ImportInput): Promise<ImportPreview>
  applyImport(space: string, input: ImportInput): Promise<LedgerImport>
  ledgerImports(space: string): Promise<readonly LedgerImport[]>
  /** Deletes the expenses that came from it; they can be restored one by one. */
  undoImport(space: string, batch: string): Promise<LedgerImport>
  /**
   * The file in pieces. `currency`, for formats whose files have one: only expenses in it are in the file. Left out, it is
   * the ledger's, or the one most expenses have.
   */
  exportLedger(
    space: string,
    format: LedgerExportFormat,
    options?: { readonly currency?: string; readonly signal?: AbortSignal },
  ): AsyncIterable<string>
}
