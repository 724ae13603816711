/**
 * Whether the numbers of a body hold together, before anything is computed from them. A body comes from any member, so
 * nothing is believed: every number is looked at, and what is wrong is an error returned, never thrown.
 *
 * After it, sums of all amounts of a body are safe integers: at most 1,500 of them, each at most 10^12.
 */

import {
  AMOUNT_MINOR_MAX,
  EXPENSE_ITEMS_MAX,
  EXPENSE_PARTIES_MAX,
  ITEM_SHARES_MAX,
  WEIGHT_MAX,
} from '../limits.ts'
import type { ExpenseBody, ExpenseItem, PartyShare, Split } from '../expense-body.ts'
import type { PartyId } from '../party.ts'
import { SplitError } from './errors.ts'

/** A whole in the millionths that percentages are written in. */
export const MILLIONTHS = 1_000_000

/** What is divided, found while checking. */
export interface SplitSums {
  readonly itemsMinor: number
  /** Tax and tip. */
  readonly extraMinor: number
  readonly percentMillionths: number
  readonly weights: number
  /** What items, extras, exact parts and adjustments leave; not negative. */
  readonly restMinor: number
}

/** The sums, or the first thing that is wrong. */
export function checkSplit(body: ExpenseBody): SplitSums | SplitError {
  return checkCounts(body) ?? checkPaid(body) ?? checkParts(body.split) ?? checkSums(body)
}

function checkCounts({ paid, split }: ExpenseBody): SplitError | undefined {
  const named =
    paid.length +
    split.exact.length +
    split.adjustments.length +
    split.percents.length +
    split.shares.length
  const itemShares = split.items.reduce((sum, item) => sum + item.shares.length, 0)
  return (
    tooMany('parties', named, EXPENSE_PARTIES_MAX) ??
    tooMany('items', split.items.length, EXPENSE_ITEMS_MAX) ??
    tooMany('item shares', itemShares, ITEM_SHARES_MAX)
  )
}

function checkPaid({ amountMinor, paid }: ExpenseBody): SplitError | undefined {
  const wrong = checkAmount('amount', amountMinor, 1) ?? checkAmounts('paid', paid, 1)
  if (wrong !== undefined) return wrong
  const paidMinor = sum(paid, amountOf)
  if (paidMinor === amountMinor) return undefined
  return new SplitError('SPLIT_PAID_SUM', `paid: expected ${amountMinor}, got ${paidMinor}`, {
    fields: { expectedMinor: amountMinor, actualMinor: paidMinor },
  })
}

function checkParts(split: Split): SplitError | undefined {
  return (
    checkAmount('tax', split.taxMinor, 0) ??
    checkAmount('tip', split.tipMinor, 0) ??
    firstWrong(split.items, checkItem) ??
    checkAmounts('exact', split.exact, 1) ??
    checkAmounts('adjustments', split.adjustments, -AMOUNT_MINOR_MAX) ??
    checkWeights('percents', split.percents, (percent) => percent.millionths, MILLIONTHS) ??
    checkWeights('shares', split.shares, weightOf, WEIGHT_MAX)
  )
}

function checkItem(item: ExpenseItem, index: number): SplitError | undefined {
  const where = `items.${index}`
  if (item.shares.length === 0) {
    return new SplitError('SPLIT_ITEM_OF_NOBODY', `${where}: expected at least one share`, {
      fields: { where },
    })
  }
  return (
    checkAmount(where, item.amountMinor, -AMOUNT_MINOR_MAX) ??
    checkWeights(where, item.shares, weightOf, WEIGHT_MAX)
  )
}

function checkSums({ amountMinor, split }: ExpenseBody): SplitSums | SplitError {
  const itemsMinor = sum(split.items, amountOf)
  const extraMinor = split.taxMinor + split.tipMinor
  const percentMillionths = sum(split.percents, (percent) => percent.millionths)
  const parts = itemsMinor + extraMinor + sum(split.exact, amountOf)
  const restMinor = amountMinor - parts - sum(split.adjustments, amountOf)
  const weights = sum(split.shares, weightOf)
  const fields = { itemsMinor, extraMinor, percentMillionths, restMinor }
  if (extraMinor > 0 && itemsMinor <= 0) {
    return new SplitError('SPLIT_TAX_WITHOUT_ITEMS', 'tax and tip follow the items', { fields })
  }
  if (percentMillionths > MILLIONTHS) {
    return new SplitError('SPLIT_PERCENT_SUM', 'percents: expected at most 1,000,000', { fields })
  }
  if (restMinor < 0) {
    return new SplitError('SPLIT_OVER', `the parts are ${-restMinor} above the amount`, { fields })
  }
  if (restMinor > 0 && weights === 0 && percentMillionths < MILLIONTHS) {
    return new SplitError('SPLIT_REST', `nobody takes what remains of ${restMinor}`, { fields })
  }
  return { itemsMinor, extraMinor, percentMillionths, weights, restMinor }
}

function checkAmounts(
  where: string,
  list: ExpenseBody['paid'],
  min: number,
): SplitError | undefined {
  return (
    firstWrong(list, (each) => checkAmount(where, each.amountMinor, min)) ?? checkOnce(where, list)
  )
}

function checkAmount(where: string, minor: number, min: number): SplitError | undefined {
  if (isWithin(minor, min, AMOUNT_MINOR_MAX)) return undefined
  const expected = `a whole number from ${min} to ${AMOUNT_MINOR_MAX}`
  return new SplitError('SPLIT_BAD_AMOUNT', `${where}: expected ${expected}`, {
    fields: { where, actual: minor },
  })
}

function checkWeights<T extends { readonly party: PartyId }>(
  where: string,
  list: readonly T[],
  read: (each: T) => number,
  max: number,
): SplitError | undefined {
  if (list.length === 0) return undefined
  const wrong = list.find((each) => !isWithin(read(each), 1, max))
  if (wrong === undefined) return checkOnce(where, list)
  return new SplitError('SPLIT_BAD_WEIGHT', `${where}: expected a whole number from 1 to ${max}`, {
    fields: { where, party: wrong.party, actual: read(wrong) },
  })
}

function checkOnce(
  where: string,
  list: readonly { readonly party: PartyId }[],
): SplitError | undefined {
  if (isAscending(list)) return undefined
  const seen = new Set<PartyId>()
  for (const { party } of list) {
    if (seen.has(party)) {
      return new SplitError('SPLIT_PARTY_TWICE', `${where}: each party stands once`, {
        fields: { where, party },
      })
    }
    seen.add(party)
  }
  return undefined
}

/** As lists of stored bodies are: then each stands once. */
function isAscending(list: readonly { readonly party: PartyId }[]): boolean {
  for (let i = 1; i < list.length; i++) if (list[i - 1]!.party >= list[i]!.party) return false
  return true
}

function tooMany(what: string, count: number, max: number): SplitError | undefined {
  if (count <= max) return undefined
  return new SplitError('SPLIT_TOO_MANY', `expected at most ${max} ${what}, got ${count}`, {
    fields: { where: what, expected: max, actual: count },
  })
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}

function firstWrong<T>(
  list: readonly T[],
  check: (each: T, index: number) => SplitError | undefined,
): SplitError | undefined {
  for (let index = 0; index < list.length; index++) {
    const wrong = check(list[index]!, index)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function sum<T>(list: readonly T[], read: (each: T) => number): number {
  let total = 0
  for (const each of list) total += read(each)
  return total
}

function amountOf(each: { readonly amountMinor: number }): number {
  return each.amountMinor
}

function weightOf(share: PartyShare): number {
  return share.weight
}
