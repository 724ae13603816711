/**
 * One bill as most apps have it: an amount that may be negative, who paid, and people with parts of it, by weights or as
 * amounts. A negative amount is income; a bill of nothing is left out with a warning.
 */

import type { CborValue } from '@hamlet/core'
import type { CivilDate, Currency, ExpenseBody, PartyAmount, Split } from '../expense-body.ts'
import { WEIGHT_MAX } from '../limits.ts'
import { apportion, rotationOf } from '../money/apportion.ts'
import type { LedgerId } from '../party.ts'
import { decimalToMinor, decimalsToMinors, isExact } from './decimal.ts'
import type { Decimal } from './decimal.ts'
import { refuseImport } from './errors.ts'
import type { TextPosition } from './errors.ts'
import { NO_SPLIT } from '../expense-body.ts'
import { owedToSplit, requireMinor, tidyAmounts } from './import-draft.ts'
import type { ImportDraft } from './import-draft.ts'

export interface PartyPart {
  readonly party: LedgerId
  readonly part: Decimal
}

export interface Bill {
  readonly at: TextPosition
  /** What identifies it in its file. */
  readonly row: readonly CborValue[]
  readonly title: string
  readonly date: CivilDate
  readonly currency: Currency
  /** Negative for income. */
  readonly amount: Decimal
  readonly isTransfer: boolean
  /** Of whoever paid; parts that sum to the amount, up to rounding. */
  readonly paid: readonly PartyPart[]
  readonly owed: readonly PartyPart[]
  /** What `owed` says: parts in proportion, or amounts that sum to the amount, up to rounding. */
  readonly owedBy: 'weights' | 'amounts'
  readonly category?: string | undefined
  readonly note?: string
  readonly deleted?: boolean
  /** Whether part of it was guessed. @default false */
  readonly reconstructed?: boolean
  readonly source: string
}

const ONE: Decimal = { digits: 1n, decimals: 0 }

/** Everybody alike. */
export function alike(parties: readonly LedgerId[]): readonly PartyPart[] {
  return parties.map((party) => ({ party, part: ONE }))
}

/** The parts in a row that identifies a bill: who has how much, those with nothing left out. */
export function partsToCbor(parts: readonly PartyPart[]): CborValue {
  return parts
    .filter(({ part }) => part.digits !== 0n)
    .map(({ party, part }) => `${party} ${decimalToCode(part)}`)
}

/** An amount in such a row. */
export function decimalToCode({ digits, decimals }: Decimal): string {
  return `${digits}e-${decimals}`
}

export function sumOfParts(parts: readonly PartyPart[]): Decimal {
  const decimals = parts.reduce((most, { part }) => Math.max(most, part.decimals), 0)
  const digits = parts.reduce(
    (sum, { part }) => sum + part.digits * 10n ** BigInt(decimals - part.decimals),
    0n,
  )
  return { digits, decimals }
}

/** @throws {@link ImportError} when its parts do not come to its amount. */
export function addBill(draft: ImportDraft, bill: Bill): void {
  const { at, currency } = bill
  const minor = decimalToMinor(bill.amount, currency.exponent)
  const id = draft.expenseId(bill.row)
  if (minor === 0n) return draft.warn('empty', at, 'an expense of nothing')
  if (!isExact(bill.amount, currency.exponent)) draft.warn('rounded', at, `to ${currency.code}`)
  const amountMinor = requireMinor(minor < 0n ? -minor : minor, at)
  const base: Omit<ExpenseBody, 'split'> = {
    rule: 1,
    kind: minor < 0n ? 'income' : bill.isTransfer ? 'transfer' : 'expense',
    deleted: bill.deleted ?? false,
    title: bill.title,
    date: bill.date,
    currency,
    amountMinor,
    paid: toAmounts(bill, bill.paid, BigInt(amountMinor)),
    category: bill.category,
    tags: [],
    note: bill.note ?? '',
    rate: undefined,
    origin: undefined,
  }
  const { rule: _rule, origin: _origin, ...said } = base
  const split = billToSplit(bill, id, base)
  draft.add(id, at, {
    ...said,
    split,
    source: bill.source,
    reconstructed: bill.reconstructed ?? false,
  })
}

function billToSplit(bill: Bill, id: LedgerId, base: Omit<ExpenseBody, 'split'>): Split {
  const amountMinor = BigInt(base.amountMinor)
  if (bill.owedBy === 'amounts') {
    return owedToSplit(id, base, toAmounts(bill, bill.owed, amountMinor))
  }
  const weights = toWeights(bill)
  if (weights.every(({ weight }) => weight <= BigInt(WEIGHT_MAX))) {
    const shares = weights.map(({ party, weight }) => ({ party, weight: Number(weight) }))
    return { ...NO_SPLIT, shares }
  }
  const parts = apportion(
    amountMinor,
    weights.map(({ weight }) => weight),
    rotationOf(id),
  )
  const owed = tidyAmounts(weights.map(({ party }, i) => [party, parts[i]!] as const))
  return owedToSplit(id, base, owed)
}

/** Whole numbers in the same proportion, those of nothing left out, in order of ids. */
function toWeights({ owed, at }: Bill): readonly { party: LedgerId; weight: bigint }[] {
  const decimals = owed.reduce((most, { part }) => Math.max(most, part.decimals), 0)
  const sums = new Map<LedgerId, bigint>()
  for (const { party, part } of owed) {
    const weight = absolute(part.digits) * 10n ** BigInt(decimals - part.decimals)
    sums.set(party, (sums.get(party) ?? 0n) + weight)
  }
  const weights = [...sums]
    .filter(([, weight]) => weight > 0n)
    .map(([party, weight]) => ({ party, weight }))
  const divisor = weights.reduce((common, { weight }) => greatestCommonDivisor(common, weight), 0n)
  if (divisor === 0n) throw refuseImport('IMPORT_BAD_SUM', at, 'an expense that is nobody’s')
  return weights
    .map(({ party, weight }) => ({ party, weight: weight / divisor }))
    .sort((a, b) => (a.party < b.party ? -1 : 1))
}

function toAmounts(
  { at, currency }: Bill,
  parts: readonly PartyPart[],
  totalMinor: bigint,
): readonly PartyAmount[] {
  const amounts = parts.map(({ part }) => ({ ...part, digits: absolute(part.digits) }))
  const minors = decimalsToMinors(amounts, currency.exponent, totalMinor, 0)
  if (minors !== undefined) {
    return tidyAmounts(parts.map(({ party }, i) => [party, minors[i]!] as const))
  }
  throw refuseImport('IMPORT_BAD_SUM', at, 'expected parts that come to the amount')
}

function absolute(digits: bigint): bigint {
  return digits < 0n ? -digits : digits
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}
