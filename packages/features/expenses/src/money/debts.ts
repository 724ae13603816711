/**
 * Who owes whom: the debts one expense makes between pairs of people, and what they come to over many.
 *
 * Of an expense, everybody who is down owes everybody who is up, in proportion to what those are up. The parts are whole
 * units with both margins exact: what somebody owes sums to what they are down, what somebody is owed to what they are
 * up. They are found one debtor after the other, each dividing among what the creditors are still up, by largest
 * remainder: no part then exceeds what is left, and the last debtor takes precisely that.
 *
 * An expense with more than EXPENSE_PAIRS_MAX pairs is not divided like that, or one entry would make tens of thousands of
 * debts: there both are lined up by ids and matched from the front, which makes fewer debts than people.
 *
 * A transfer makes a debt too, from whoever got the money to whoever gave it: it cancels one that is there.
 */

import type { Currency, ExpenseBody, ExpenseEffect } from '../expense-body.ts'
import type { LedgerId, PartyId } from '../party.ts'
import { apportion, rotationOf } from './apportion.ts'
import { EXPENSE_PAIRS_MAX } from './money-limits.ts'
import { expenseEffect } from './split.ts'

export interface Debt {
  readonly from: PartyId
  readonly to: PartyId
  readonly currency: Currency
  /** Positive. */
  readonly minor: bigint
}

/** Where somebody stands in one currency; positive: is owed. */
export interface PartyBalance {
  readonly party: PartyId
  readonly currency: Currency
  readonly minor: bigint
}

/**
 * The debts one expense makes, by debtors and then creditors in order of ids.
 * @throws AssertionError when `computeOwed` refuses the body.
 */
export function expenseDebts(expenseId: LedgerId, body: ExpenseBody): readonly Debt[] {
  return effectDebts(expenseId, expenseEffect(expenseId, body))
}

/** The same from what the expense changes, of which nothing but the zero sum is asked. */
export function effectDebts(
  expenseId: LedgerId,
  { currency, net }: ExpenseEffect,
): readonly Debt[] {
  const creditors = net.filter(({ minor }) => minor > 0n)
  const debtors = net.filter(({ minor }) => minor < 0n)
  const left = creditors.map(({ minor }) => minor)
  const rotation = rotationOf(expenseId)
  const isDivided = creditors.length * debtors.length <= EXPENSE_PAIRS_MAX
  return debtors.flatMap(({ party: from, minor }) => {
    const parts = isDivided ? divideAmong(-minor, left, rotation) : takeFromFront(-minor, left)
    return creditors.flatMap(({ party: to }, i) => {
      const part = parts[i]!
      left[i]! -= part
      return part > 0n ? [{ from, to, currency, minor: part }] : []
    })
  })
}

/**
 * What a transfer moved, from those who paid to those who got it: its debts turned round.
 * @throws AssertionError when `computeOwed` refuses the body.
 */
export function transferPayments(expenseId: LedgerId, body: ExpenseBody): readonly Debt[] {
  return expenseDebts(expenseId, body).map(turnRound)
}

/**
 * What each pair comes to, both directions set off; in order of currencies, debtors and creditors. `unitOf` says who
 * counts as whom: links of placeholders, couples. Debts within a unit are none.
 */
export function netDebts(
  debts: Iterable<Debt>,
  unitOf: (party: PartyId) => PartyId = identity,
): readonly Debt[] {
  const books = new Map<string, PairSums>()
  for (const { from, to, currency, minor } of debts) {
    const key = currencyKey(currency)
    const sums = books.get(key) ?? new PairSums(currency)
    if (sums.isEmpty) books.set(key, sums)
    const payer = unitOf(from)
    const payee = unitOf(to)
    if (payer < payee) sums.add(payer, payee, minor)
    else if (payee < payer) sums.add(payee, payer, -minor)
  }
  const netted = [...books.values()].flatMap((sums) => sums.list())
  return netted.map(turnPositive).sort(compareDebts)
}

/** What pairs come to in one currency, by one and then the other: a key of both would have to be made for every debt. */
class PairSums {
  readonly #currency: Currency
  readonly #byFrom = new Map<PartyId, Map<PartyId, bigint>>()

  constructor(currency: Currency) {
    this.#currency = currency
  }

  get isEmpty(): boolean {
    return this.#byFrom.size === 0
  }

  add(from: PartyId, to: PartyId, minor: bigint): void {
    const byTo = this.#byFrom.get(from) ?? new Map<PartyId, bigint>()
    if (byTo.size === 0) this.#byFrom.set(from, byTo)
    byTo.set(to, (byTo.get(to) ?? 0n) + minor)
  }

  /** Without those that cancel out. */
  list(): Debt[] {
    const currency = this.#currency
    return [...this.#byFrom].flatMap(([from, byTo]) =>
      [...byTo].flatMap(([to, minor]) => (minor === 0n ? [] : [{ from, to, currency, minor }])),
    )
  }
}

/** Balances with parties counted as `unitOf` says; those that are even are left out; in order of currencies, parties. */
export function groupBalances(
  balances: Iterable<PartyBalance>,
  unitOf: (party: PartyId) => PartyId = identity,
): readonly PartyBalance[] {
  const sums = new Map<string, PartyBalance>()
  for (const { party, currency, minor } of balances) {
    const unit = unitOf(party)
    const key = `${currencyKey(currency)} ${unit}`
    sums.set(key, { party: unit, currency, minor: (sums.get(key)?.minor ?? 0n) + minor })
  }
  return [...sums.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, balance]) => balance)
    .filter(({ minor }) => minor !== 0n)
}

/** Where debts leave everybody; in order of currencies, parties. */
export function debtsToBalances(debts: Iterable<Debt>): readonly PartyBalance[] {
  return groupBalances(
    Array.from(debts).flatMap(({ from, to, currency, minor }) => [
      { party: from, currency, minor: -minor },
      { party: to, currency, minor },
    ]),
  )
}

export function turnRound({ from, to, currency, minor }: Debt): Debt {
  return { from: to, to: from, currency, minor }
}

function divideAmong(minor: bigint, left: readonly bigint[], rotation: number): readonly bigint[] {
  return left.length === 1 ? [minor] : apportion(minor, left, rotation)
}

function takeFromFront(minor: bigint, left: readonly bigint[]): readonly bigint[] {
  let open = minor
  return left.map((most) => {
    const part = most < open ? most : open
    open -= part
    return part
  })
}

/** One code with two exponents is two currencies: nobody may turn cents into euros. */
export function currencyKey({ code, exponent }: Currency): string {
  return `${code}/${exponent}`
}

function turnPositive(debt: Debt): Debt {
  if (debt.minor > 0n) return debt
  return { from: debt.to, to: debt.from, currency: debt.currency, minor: -debt.minor }
}

function compareDebts(a: Debt, b: Debt): number {
  return (
    compareText(currencyKey(a.currency), currencyKey(b.currency)) ||
    compareText(a.from, b.from) ||
    compareText(a.to, b.to)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function identity(party: PartyId): PartyId {
  return party
}
