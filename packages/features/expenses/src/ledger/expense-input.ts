/**
 * What a person or a program asks to be entered, made into a whole body: what is left out takes its default or, in an edit,
 * stays as it was; lists are put into the one order they have in a version.
 */

import { NO_SPLIT } from '../expense-body.ts'
import type {
  CivilDate,
  Currency,
  ExpenseBody,
  ExpenseKind,
  FrozenRate,
  PartyAmount,
  Split,
} from '../expense-body.ts'
import { parseCivilDate } from '../money/civil-date.ts'
import type { PartyId } from '../party.ts'
import { LedgerError } from './errors.ts'

export interface ExpenseInput {
  /** @default 'expense' */
  readonly kind?: ExpenseKind
  readonly title?: string
  readonly date?: CivilDate
  readonly currency?: Currency
  readonly amountMinor?: number
  /** Sums to the amount, which it gives where that is left out. */
  readonly paid?: readonly PartyAmount[]
  /** What is left out of it is empty. */
  readonly split?: Partial<Split>
  /** `null`: none. */
  readonly category?: string | null
  readonly tags?: readonly string[]
  readonly note?: string
  /** `null`: none. */
  readonly rate?: FrozenRate | null
}

/** @throws LedgerError `LEDGER_BAD_EXPENSE` when something that has no default is missing. */
export function newBody(input: ExpenseInput, today: CivilDate): ExpenseBody {
  const { title, currency, paid, split } = input
  if (title === undefined || title.trim() === '') throw missing('a title')
  if (currency === undefined) throw missing('a currency')
  if (paid === undefined || paid.length === 0) throw missing('who paid')
  if (split === undefined) throw missing('who it is for')
  const blank: ExpenseBody = {
    rule: 1,
    kind: 'expense',
    deleted: false,
    title,
    date: today,
    currency,
    amountMinor: 0,
    paid: [],
    split: NO_SPLIT,
    category: undefined,
    tags: [],
    note: '',
    rate: undefined,
    origin: undefined,
  }
  return editedBody(blank, input)
}

/** An expense that was deleted stays so: restoring is an act of its own. */
export function editedBody(body: ExpenseBody, input: ExpenseInput): ExpenseBody {
  if (input.date !== undefined && parseCivilDate(input.date) === undefined) {
    throw missing('a day as YYYY-MM-DD, from 1900 to 2199')
  }
  const paid = input.paid === undefined ? body.paid : ordered(input.paid)
  const amountMinor = input.amountMinor ?? (input.paid === undefined ? body.amountMinor : sum(paid))
  return {
    ...body,
    kind: input.kind ?? body.kind,
    title: input.title?.trim() ?? body.title,
    date: input.date ?? body.date,
    currency: input.currency ?? body.currency,
    amountMinor,
    paid,
    split: input.split === undefined ? body.split : orderedSplit({ ...NO_SPLIT, ...input.split }),
    category: input.category === undefined ? body.category : (input.category ?? undefined),
    tags: input.tags === undefined ? body.tags : [...new Set(input.tags)],
    note: input.note ?? body.note,
    rate: input.rate === undefined ? body.rate : (input.rate ?? undefined),
  }
}

function orderedSplit(split: Split): Split {
  return {
    items: split.items.map((item) => ({ ...item, shares: ordered(item.shares) })),
    taxMinor: split.taxMinor,
    tipMinor: split.tipMinor,
    exact: ordered(split.exact),
    adjustments: ordered(split.adjustments),
    percents: ordered(split.percents),
    shares: ordered(split.shares),
  }
}

function ordered<T extends { readonly party: PartyId }>(parts: readonly T[]): readonly T[] {
  return parts.toSorted((a, b) => (a.party < b.party ? -1 : a.party > b.party ? 1 : 0))
}

function sum(parts: readonly PartyAmount[]): number {
  return parts.reduce((total, { amountMinor }) => total + amountMinor, 0)
}

function missing(what: string): LedgerError {
  return new LedgerError('LEDGER_BAD_EXPENSE', `expected ${what}`, { fields: { expected: what } })
}
