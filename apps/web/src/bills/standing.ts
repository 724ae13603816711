/** Where people stand: balances in the order in which they are read, and the one line for oneself. */

import type { ConvertedBalances, Currency, Expense, LedgerBalance } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { moneyList, sizeOf } from './money-text.ts'
import type { PartyNames } from './party-names.ts'

export interface Standing {
  readonly party: string
  readonly sums: readonly { readonly currency: Currency; readonly minor: bigint }[]
}

/** Everybody who is up or down: oneself first, then by the greatest sum. */
export function standings(
  balances: readonly LedgerBalance[],
  names: PartyNames,
): readonly Standing[] {
  const byParty = Map.groupBy(balances, ({ party }) => names.resolve(party))
  const all = [...byParty].map(([party, own]): Standing => {
    const sums = own.map(({ currency, minor }) => ({ currency, minor: BigInt(minor) }))
    return { party, sums: sums.filter(({ minor }) => minor !== 0n) }
  })
  return all
    .filter(({ sums }) => sums.length > 0)
    .toSorted((a, b) => rank(b, names) - rank(a, names) || compareSize(b, a))
}

function rank({ party }: Standing, names: PartyNames): number {
  return names.isSelf(party) ? 1 : 0
}

function compareSize(a: Standing, b: Standing): number {
  const [first, second] = [largest(a), largest(b)]
  return first < second ? -1 : first > second ? 1 : 0
}

function largest({ sums }: Standing): bigint {
  return sums.reduce((most, { minor }) => (sizeOf(minor) > most ? sizeOf(minor) : most), 0n)
}

/** `You are owed 12.00 € and owe 5.00 CHF.` */
export function standingWords(
  balances: readonly LedgerBalance[],
  names: PartyNames,
  { locale, texts: { bills } }: { readonly locale: string; readonly texts: Texts },
): string {
  const own = balances.filter(({ party }) => names.isSelf(party))
  const up = own.filter(({ minor }) => BigInt(minor) > 0n)
  const down = own.filter(({ minor }) => BigInt(minor) < 0n)
  if (balances.every(({ minor }) => BigInt(minor) === 0n)) return bills.everyoneEven
  if (up.length > 0 && down.length > 0)
    return bills.both(moneyList(up, locale), moneyList(down, locale))
  if (up.length > 0) return bills.youAreOwed(moneyList(up, locale))
  if (down.length > 0) return bills.youOwe(moneyList(down, locale))
  return bills.youEven
}

/** `All in CHF: you are owed CHF 12.00.`, and what could not be counted in. */
export function convertedWords(
  { currency, balances, withoutRate }: ConvertedBalances,
  names: PartyNames,
  words: { readonly locale: string; readonly texts: Texts },
): string {
  const { bills, statistics } = words.texts
  const inOne = balances.map(({ party, minor }) => ({ party, minor, currency, pendingMinor: '0' }))
  const line = bills.allIn(currency.code, standingWords(inOne, names, words))
  return withoutRate === 0 ? line : `${line} ${statistics.withoutRate(withoutRate)}`
}

/** Of the bills that wait for a word, those that wait for one's own. */
export function waitingForSelf(pending: readonly Expense[], names: PartyNames): readonly Expense[] {
  return pending.filter(
    ({ owed, updated }) =>
      !names.isSelf(updated.person) && owed.some(({ party }) => names.isSelf(party)),
  )
}

/** What of one's own sums is made of payments that nobody has confirmed yet. */
export function pendingWords(
  balances: readonly LedgerBalance[],
  names: PartyNames,
  { locale, texts }: { readonly locale: string; readonly texts: Texts },
): string | undefined {
  const own = balances
    .filter(({ party, pendingMinor }) => names.isSelf(party) && BigInt(pendingMinor) !== 0n)
    .map(({ currency, pendingMinor }) => ({ currency, minor: pendingMinor }))
  return own.length === 0 ? undefined : texts.bills.ofThisPending(moneyList(own, locale))
}
