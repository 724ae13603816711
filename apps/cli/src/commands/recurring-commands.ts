/** Commands about bills that come again. */

import { Option } from 'commander'
import type { Command } from 'commander'
import type { LedgerRecurrence, LedgerSeries } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { findById } from '../find.ts'
import type { Io } from '../io.ts'
import { addExpenseFlags, parseDay, readNewExpense } from '../ledger/expense-flags.ts'
import type { ExpenseFlags } from '../ledger/expense-flags.ts'
import { shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { moneyText } from '../ledger/money.ts'
import { parseCount, plural, printable } from '../text.ts'

const EVERY_MAX = 1000
const COUNT_MAX = 10_000

interface RecurringFlags extends ExpenseFlags {
  readonly every?: LedgerRecurrence['unit']
  readonly interval?: string
  readonly until?: string
  readonly count?: string
}

export function addRecurringCommands(expense: Command, io: Io): void {
  const recurring = expense.command('recurring').description('bills that come again by themselves')
  addCommand<RecurringFlags>(
    recurring,
    io,
    'add <space> <title> [amount]',
    'have a bill come again from --date on',
    add,
    (command) =>
      addExpenseFlags(command)
        .addOption(
          new Option('--every <unit>', 'how often')
            .choices(['day', 'week', 'half-month', 'month', 'year'])
            .default('month'),
        )
        .option('--interval <count>', 'every so many of them (default 1)')
        .option('--until <day>', 'the last day there can be one')
        .option('--count <count>', 'how many there are at most'),
  )
  addCommand(recurring, io, 'list <space>', 'what comes again, and when next', list)
  addCommand(recurring, io, 'stop <space> <id>', 'no more of it; what was entered stays', stop)
}

async function add(
  session: Session,
  [space = '', title = '', amount]: readonly string[],
  flags: RecurringFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const expense = await readNewExpense(here, { title, amount }, flags)
  const { every = 'month', interval, until, count } = flags
  const nowMs = session.io.nowMs()
  const rule: LedgerRecurrence = {
    unit: every,
    every: interval === undefined ? 1 : parseCount(interval, EVERY_MAX),
    start: parseDay(flags.date ?? 'today', nowMs),
    ...(until === undefined ? {} : { until: parseDay(until, nowMs) }),
    ...(count === undefined ? {} : { count: parseCount(count, COUNT_MAX) }),
  }
  const series = await here.client.addSeries(here.space, { expense, rule })
  if (series.due.length > 0) await here.client.enterDue(here.space)
  session.answer(series, () => {
    const { amountMinor, currency } = series.expense
    return [
      `${printable(series.expense.title)}, ${moneyText(amountMinor, currency)}, comes ${ruleWords(series.rule)} (${shortId(series.id)}).`,
      ...(series.due.length === 0
        ? []
        : [`Entered ${plural(series.due.length, 'bill')} due since ${series.due[0]}.`]),
      ...(series.next === undefined ? [] : [`Next on ${series.next}.`]),
    ].join('\n')
  })
}

async function list(session: Session, [space = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const all = await here.client.ledgerSeries(here.space)
  session.answer(all, () => {
    const headings = ['ID', 'WHAT', 'AMOUNT', 'PAID BY', 'COMES', 'NEXT']
    const rows = all.map((series) => seriesRow(here, series))
    return session.table(headings, rows, 'Nothing comes again.')
  })
}

function seriesRow(here: LedgerHere, series: LedgerSeries): readonly string[] {
  const { expense, rule, stopped, next } = series
  return [
    shortId(series.id),
    printable(expense.title),
    moneyText(expense.amountMinor, expense.currency),
    expense.paid.map(({ party }) => here.nameOf(party)).join(', '),
    ruleWords(rule),
    stopped ? 'stopped' : (next ?? 'was the last'),
  ]
}

function ruleWords({ unit, every, until, count }: LedgerRecurrence): string {
  const often =
    every === 1
      ? unit === 'half-month'
        ? 'twice a month'
        : `every ${unit}`
      : `every ${every} ${unit}s`
  const end = until === undefined ? '' : ` until ${until}`
  return `${often}${count === undefined ? '' : `, ${count} times`}${end}`
}

async function stop(session: Session, [space = '', text = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const all = await here.client.ledgerSeries(here.space)
  const { id } = findById('bill that comes again', text, all, ({ expense }) => expense.title)
  const stopped = await here.client.changeSeries(here.space, id, { stopped: true })
  session.answer(
    stopped,
    () => `${printable(stopped.expense.title)} does not come again. What was entered stays.`,
  )
}
