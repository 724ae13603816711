/**
 * The rates a ledger knows: those frozen in its live expenses, and nothing else. There is no feed.
 *
 * A table of them (`money/rates.ts`) answers for expenses that have none of their own. Of several that say something of one
 * pair, day and source the one that was entered or changed last counts, so every device that has the same entries
 * converts alike; links and deletions change it like any other answer. What was found is kept until the ledger changes.
 */

import { comparePositions } from '@hamlet/space/entry-position'
import type { CivilDate, Currency, ExpenseBody, FrozenRate } from '../expense-body.ts'
import { currencyOf } from '../money/currency-table.ts'
import { currencyKey } from '../money/debts.ts'
import { RateTable, freezeRate, rateFor } from '../money/rates.ts'
import type { DatedRate, Rate } from '../money/rates.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { CurrentRecord } from './records.ts'

export class KnownRates {
  readonly #table: RateTable
  readonly #found = new Map<string, Rate | undefined>()

  constructor(book: LedgerBook) {
    const rated = [...book.all('expense').values()].filter(isRated)
    rated.sort((a, b) => comparePositions(b.updated, a.updated))
    this.#table = new RateTable(rated.map(({ body }) => toDated(body)))
  }

  /** By which an expense comes to `to`: its own rate, or one of others for its day; `undefined` when none is known. */
  rateOf(body: ExpenseBody, to: Currency): Rate | undefined {
    if (body.rate !== undefined && currencyKey(body.rate.to) === currencyKey(to)) {
      const own = rateFor(to, body, this.#table)
      return own.ok ? own.value : undefined
    }
    return this.#find(body.currency, to, body.date)
  }

  /** What an expense of that day would freeze; `undefined` when none is known, or it cannot be written. */
  frozen(from: Currency, to: Currency, on: CivilDate): FrozenRate | undefined {
    const rate = this.#find(from, to, on)
    const frozen = rate === undefined || rate.source === '' ? undefined : freezeRate(rate)
    return frozen?.ok === true ? frozen.value : undefined
  }

  #find(from: Currency, to: Currency, on: CivilDate): Rate | undefined {
    const key = `${currencyKey(from)} ${currencyKey(to)} ${on}`
    if (this.#found.has(key)) return this.#found.get(key)
    const rate = this.#table.find(from, to, on)
    const found = rate.ok ? rate.value : undefined
    this.#found.set(key, found)
    return found
  }
}

/** What a code means here: as the group counts in it, as the table of currencies says, or as expenses have it. */
export function findCurrency(
  book: LedgerBook,
  own: Currency | undefined,
  code: string,
): Currency | undefined {
  if (own?.code === code) return own
  const listed = currencyOf(code)
  if (listed !== undefined) return listed
  const found = new Map<string, Currency>()
  for (const { body } of book.all('expense').values()) {
    for (const currency of [body.currency, body.rate?.to]) {
      if (currency?.code === code) found.set(currencyKey(currency), currency)
    }
  }
  return found.get([...found.keys()].sort()[0] ?? '')
}

function isRated({ body }: CurrentRecord<'expense'>): boolean {
  return !body.deleted && body.rate !== undefined
}

function toDated({ currency, rate }: ExpenseBody): DatedRate {
  return { ...rate!, from: currency }
}
