/**
 * Bills that come again: kept, and entered when they are due.
 *
 * Nobody's device has the duty. Each looks about once an hour, some seconds after the space was opened, and after its
 * series changed, and enters what is due. What it writes follows from the series and the day alone, so that devices which
 * do the same have written the same bill; since they look at different times, mostly one of them writes. The few
 * seconds are for what others wrote meanwhile to arrive first.
 *
 * Invariants:
 * 1. Only a device that may write, and does not wait for anything, enters bills by itself.
 * 2. One look enters at most `DUE_PER_LOOK_MAX`, the oldest first: a series somebody began in 1900 does not use up
 *    what a device may write in a day.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import { editedBody, newBody, occurrenceOf, parseCivilDate } from '@hamlet/expenses'
import type { LedgerId, LedgerSeries, RecurrenceRule, SeriesBody } from '@hamlet/expenses'
import type { RecordVersion } from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import { today } from '../local-day.ts'
import { defined, toModel } from './body-mapper.ts'
import type { LedgerDeskParts } from './ledger-desk-parts.ts'
import {
  partiesOfInput,
  required,
  toExpenseInput,
  toLedgerId,
  unknownError,
} from './ledger-input.ts'
import { toExpense } from './ledger-mapper.ts'
import { NO_HEADS } from './ledger-writer.ts'

export const SERIES_LOOK_MS = 3_600_000
export const SERIES_SETTLE_MS = 10_000
/** Bills a device enters by itself in one look. */
export const DUE_PER_LOOK_MAX = 100
/** Bills written in one commit. */
const DUE_PER_WRITE = 500

const WRITING_ROLES: ReadonlySet<string | undefined> = new Set(['owner', 'admin', 'writer'])

export class LedgerSeriesDesk {
  readonly #parts: LedgerDeskParts
  #soon: Cancel | undefined
  #hourly: Cancel | undefined
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: LedgerDeskParts) {
    this.#parts = parts
  }

  /** From now on what is due is entered. */
  start(): void {
    this.changed()
    this.#lookHourly()
  }

  /** A series changed, or the space was opened. */
  changed(): void {
    if (this.#closed) return
    this.#soon ??= this.#parts.ports.clock.after(SERIES_SETTLE_MS, () => {
      this.#soon = undefined
      this.#lookNext()
    })
  }

  /** Resolves when the look under way is over. */
  async close(): Promise<void> {
    this.#closed = true
    this.#soon?.()
    this.#hourly?.()
    await this.#looking
  }

  async list(): Promise<readonly Api.LedgerSeries[]> {
    const { runtime, ports } = this.#parts
    return (await runtime.ledger.series(today(ports))).map(toSeries)
  }

  /** `id`: of one there is; `undefined`: a new one. */
  async put(text: string | undefined, input: Api.SeriesInput): Promise<Api.LedgerSeries> {
    const { runtime, writer } = this.#parts
    const id = text === undefined ? writer.newId() : toLedgerId(text)
    return await writer.act(async () => {
      const before = await runtime.ledger.record('series', id)
      if (text !== undefined && before === undefined) throw unknownError()
      const rule = toRule(required(input.rule ?? before?.rule, 'a rule'))
      const template = await this.#template(input.expense, rule, before)
      const stopped = input.stopped ?? before?.stopped ?? false
      await writer.put('series', id, { template, rule, stopped })
      return await this.#find(id)
    })
  }

  /** Everything that is due. */
  async enterDue(): Promise<readonly Api.Expense[]> {
    const entered: Api.Expense[] = []
    for (;;) {
      const some = await this.#enter(DUE_PER_WRITE)
      entered.push(...some)
      if (some.length === 0) return entered
    }
  }

  async #template(
    input: Api.ExpenseInput | undefined,
    { start }: RecurrenceRule,
    before: SeriesBody | undefined,
  ): Promise<SeriesBody['template']> {
    if (input === undefined) return required(before, 'an expense').template
    await this.#parts.parties.requireKnown(partiesOfInput(input))
    const expense = toExpenseInput(input)
    return before === undefined ? newBody(expense, start) : editedBody(before.template, expense)
  }

  async #find(id: LedgerId): Promise<Api.LedgerSeries> {
    const found = (await this.list()).find((series) => series.id === id)
    if (found === undefined) throw unknownError()
    return found
  }

  #lookHourly(): void {
    this.#hourly = this.#parts.ports.clock.after(SERIES_LOOK_MS, () => {
      this.#lookNext()
      this.#lookHourly()
    })
  }

  #lookNext(): void {
    this.#looking = this.#looking.then(() => this.#look())
  }

  async #look(): Promise<void> {
    const { space } = this.#parts.runtime
    const isWaiting = space.ownLogDoubt.isOpen || space.isFrozen
    if (this.#closed || isWaiting || !WRITING_ROLES.has(space.ownRole)) return
    try {
      // A peer whose groups keep no ledger reads nothing of one.
      if (!(await this.#parts.runtime.ledger.hasSeries())) return
      await this.#enter(DUE_PER_LOOK_MAX)
    } catch (error) {
      const { logger } = this.#parts.ports
      logger.info('bills that are due were not entered', {
        ...{ space: space.id, code: errorCode(error) },
      })
    }
  }

  /** At most so many, the oldest of each series first. */
  async #enter(countMax: number): Promise<readonly Api.Expense[]> {
    const { runtime, ports, writer } = this.#parts
    return await writer.act(async () => {
      const series = await runtime.ledger.series(today(ports))
      const due = series.flatMap((each) => each.due.map((day) => ({ series: each, day })))
      const versions = due
        .slice(0, countMax)
        .map(({ series: each, day }) => occurrenceOf(this.#hash, each, day))
      if (versions.length === 0) return []
      const drafts = await writer.drafts()
      await writer.write(
        versions.map(({ id, body }: RecordVersion<'expense'>) => {
          return drafts.record('expense', id, body, NO_HEADS)
        }),
      )
      const entered = await Promise.all(versions.map(({ id }) => runtime.ledger.expense(id)))
      return entered.flatMap((expense) => (expense === undefined ? [] : toExpense(expense)))
    })
  }

  get #hash() {
    const { crypto } = this.#parts.ports
    return (...parts: readonly Uint8Array[]): Uint8Array => crypto.hash(...parts)
  }
}

function toSeries({ id, body, due, next }: LedgerSeries): Api.LedgerSeries {
  const { template, rule, stopped } = body
  const { unit, every, start, until, count } = rule
  return {
    id,
    expense: toModel(template),
    rule: { unit, every, start, ...defined({ until, count }) },
    stopped,
    due,
    ...defined({ next }),
  }
}

/** Days are looked at before anything is computed from them. */
function toRule({ unit, every, start, until, count }: Api.LedgerRecurrence | RecurrenceRule) {
  const first = required(parseCivilDate(start), 'a first day, YYYY-MM-DD')
  const last = until === undefined ? undefined : required(parseCivilDate(until), 'a last day')
  return { unit, every, start: first, until: last, count } satisfies RecurrenceRule
}
