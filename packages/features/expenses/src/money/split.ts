/**
 * Who owes what: rule 1 of expense bodies, as docs/formats/split.md has it.
 *
 * A pure function of the expense's id and its body, so that every device agrees without asking: check the numbers
 * (`split-check.ts`), compute what everybody owes as exact fractions (`split-parts.ts`), round once by largest remainder
 * with ties rotated by the id (`apportion.ts`). The order of computation is in `expense-body.ts`.
 *
 * Invariants: 1. Sum of paid = amount = sum of owed, all integers. 2. Nobody owes less than nothing. 3. Nobody's part is
 * off by a whole unit. 4. The order of lists in the body does not matter. This rule is frozen: another is rule 2.
 */

import { assert, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import type { ExpenseBody, ExpenseEffect, PartyAmount, Split } from '../expense-body.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { pickLargest, rotationOf } from './apportion.ts'
import { SplitError } from './errors.ts'
import { checkSplit } from './split-check.ts'
import { splitToParts } from './split-parts.ts'

/** How a split is best shown; `mixed` is anything that takes more than one way. */
export type SplitMode = 'equal' | 'shares' | 'percent' | 'exact' | 'adjustment' | 'items' | 'mixed'

interface Division {
  readonly owed: readonly PartyAmount[]
  /** Who was rounded up. */
  readonly roundedUp: readonly PartyId[]
}

/** What each party of the split owes, in order of ids; 0 for those the split names and gives nothing. */
export function computeOwed(
  expenseId: LedgerId,
  body: ExpenseBody,
): Result<readonly PartyAmount[], SplitError> {
  const division = divide(expenseId, body)
  return division.ok ? ok(division.value.owed) : division
}

/**
 * What the expense changes; those who took part and come out even are in it with 0.
 * @throws AssertionError when `computeOwed` refuses the body.
 */
export function expenseEffect(expenseId: LedgerId, body: ExpenseBody): ExpenseEffect {
  const { owed } = divideValid(expenseId, body)
  const sign = body.kind === 'income' ? -1 : 1
  const net = new Map<PartyId, number>()
  for (const { party, amountMinor } of owed) net.set(party, -sign * amountMinor)
  for (const { party, amountMinor } of body.paid) {
    net.set(party, (net.get(party) ?? 0) + sign * amountMinor)
  }
  const parties = [...net.keys()]
  if (parties.length > owed.length) parties.sort()
  return {
    currency: body.currency,
    net: parties.map((party) => ({ party, minor: BigInt(net.get(party)!) })),
  }
}

/**
 * Who owes up to one unit more than their exact part, because it had to be somebody; in order of ids.
 * @throws AssertionError when `computeOwed` refuses the body.
 */
export function whoGotTheCent(expenseId: LedgerId, body: ExpenseBody): readonly PartyId[] {
  return divideValid(expenseId, body).roundedUp
}

export function splitMode(split: Split): SplitMode {
  const used = [
    split.items.length > 0 ? 'items' : '',
    split.exact.length > 0 ? 'exact' : '',
    split.adjustments.length > 0 ? 'adjustment' : '',
    split.percents.length > 0 ? 'percent' : '',
    split.shares.length > 0 ? sharesMode(split) : '',
  ].join('')
  if (used === 'adjustmentequal') return 'adjustment'
  return MODES.find((mode) => used === mode) ?? 'mixed'
}

const MODES = ['equal', 'shares', 'percent', 'exact', 'adjustment', 'items'] as const

function sharesMode({ shares }: Split): 'equal' | 'shares' {
  return shares.every(({ weight }) => weight === shares[0]?.weight) ? 'equal' : 'shares'
}

function divideValid(expenseId: LedgerId, body: ExpenseBody): Division {
  const division = divide(expenseId, body)
  assert(division.ok, 'only a body whose parts come to its amount has an effect')
  return division.value
}

interface KnownDivision {
  readonly expenseId: LedgerId
  readonly division: Result<Division, SplitError>
}

/** A body does not change, and is asked about again and again: when it is read, shown, summed. */
const DIVISIONS = new WeakMap<ExpenseBody, KnownDivision>()

function divide(expenseId: LedgerId, body: ExpenseBody): Result<Division, SplitError> {
  const known = DIVISIONS.get(body)
  if (known?.expenseId === expenseId) return known.division
  const division = computeDivision(expenseId, body)
  DIVISIONS.set(body, { expenseId, division })
  return division
}

function computeDivision(expenseId: LedgerId, body: ExpenseBody): Result<Division, SplitError> {
  const sums = checkSplit(body)
  if (sums instanceof SplitError) return err(sums)
  const { parties, floors, remainders } = splitToParts(body.split, sums)
  const debtor = floors.findIndex((floor) => floor < 0)
  if (debtor >= 0) return err(refuseNegative(parties[debtor]!, floors[debtor]!))
  const units = body.amountMinor - floors.reduce((sum, floor) => sum + floor, 0)
  const raised = pickLargest(remainders, units, rotationOf(expenseId))
  for (const place of raised) floors[place]! += 1
  return ok({
    owed: parties.map((party, place) => ({ party, amountMinor: floors[place]! })),
    roundedUp: raised.map((place) => parties[place]!).sort(),
  })
}

function refuseNegative(party: PartyId, floorMinor: number): SplitError {
  return new SplitError('SPLIT_NEGATIVE', 'somebody would owe less than nothing', {
    fields: { party, actualMinor: floorMinor },
  })
}
