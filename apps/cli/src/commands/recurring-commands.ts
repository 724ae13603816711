/** Commands about bills that come again. */

import { Option } from 'commander'
import type { Command } from 'commander'
import type { LedgerRecurrence, LedgerSeries } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { findById } from '../find.ts'
import type { Io } from '../io.ts'
import { addChangeFlags, addExpenseFlags, changesOf } from '../ledger/expense-flags.ts'
import { parseDay, readNewExpense } from '../ledger/expense-flags.ts'
import type { ChangeFlags, ExpenseFlags } from '../ledger/expense-flags.ts'
import { shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { moneyText } from '../ledger/money.ts'
import { parseCount, plural, printable } from '../text.ts'

const EVERY_MAX = 1000
const COUNT_MAX = 10_000

interface RuleFlags {
  readonly date?: string
  readonly every?: LedgerRecurrence['unit']
  readonly interval?: string
  readonly until?: string
  readonly count?: string
}

type RecurringFlags = ExpenseFlags & RuleFlags

export function addRecurringCommands(expense: Command, io: Io): void {
  const recurring = expense.command('recurring').description('bills that come again by themselves')
  addCommand<RecurringFlags>(
    recurring,
    io,
    'add <space> <title> [amount]',
    'have a bill come again from --date on',
    add,
    (command) => addRuleFlags(addExpenseFlags(command), 'how often (default: month)'),
  )
  addCommand<ChangeFlags & RuleFlags>(
    recurring,
    io,
    'edit <space> <id>',
    'change what comes from now on, or from --date on; what is left out stays',
    edit,
    (command) => addRuleFlags(addChangeFlags(command), 'how often'),
  )
  addCommand(recurring, io, 'list <space>', 'what comes again, and when next', list)
  addCommand(recurring, io, 'stop <space> <id>', 'no more of it; what was entered stays', stop)
}

function addRuleFlags(command: Command, often: string): Command {
  return command
    .addOption(
      new Option('--every <unit>', often).choices(['day', 'week', 'half-month', 'month', 'year']),
    )
    .option('--interval <count>', 'every so many of them (default 1)')
    .option('--until <day>', 'the last day there can be one')
    .option('--count <count>', 'how many there are at most')
}

async function add(
  session: Session,
  [space = '', title = '', amount]: readonly string[],
  flags: RecurringFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const expense = await readNewExpense(here, { title, amount }, flags)
  const nowMs = session.io.nowMs()
  const first = { unit: 'month', every: 1, start: parseDay('today', nowMs) } as const
  const rule = { ...first, ...readRule(flags, nowMs) }
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

/** As far as flags say anything. @throws CliError `USAGE` */
function readRule(
  { date, every, interval, until, count }: RuleFlags,
  nowMs: number,
): Partial<LedgerRecurrence> {
  return {
    ...(every === undefined ? {} : { unit: every }),
    ...(interval === undefined ? {} : { every: parseCount(interval, EVERY_MAX) }),
    ...(date === undefined ? {} : { start: parseDay(date, nowMs) }),
    ...(until === undefined ? {} : { until: parseDay(until, nowMs) }),
    ...(count === undefined ? {} : { count: parseCount(count, COUNT_MAX) }),
  }
}

/** The day of the rule is when it begins, so --date does not move what was entered. */
async function edit(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: ChangeFlags & RuleFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const series = await findSeries(here, text)
  const { date: _begins, ...said } = flags
  const change = readRule(flags, session.io.nowMs())
  const expense = await changesOf(here, series.expense, said)
  const [hasRule, hasExpense] = [change, expense].map((part) => Object.keys(part).length > 0)
  if (hasRule !== true && hasExpense !== true) {
    throw new CliError('USAGE', 'expected something to change, such as --amount or --every')
  }
  const changed = await here.client.changeSeries(here.space, series.id, {
    ...(hasExpense === true ? { expense } : {}),
    ...(hasRule === true ? { rule: { ...series.rule, ...change } } : {}),
  })
  session.answer(changed, () => {
    const { title, amountMinor, currency } = changed.expense
    const what = `${printable(title)}, ${moneyText(amountMinor, currency)}`
    const next = changed.next === undefined ? '' : ` Next on ${changed.next}.`
    return `${what}, comes ${ruleWords(changed.rule)}.${next}`
  })
}

async function findSeries(here: LedgerHere, text: string): Promise<LedgerSeries> {
  const all = await here.client.ledgerSeries(here.space)
  return findById('bill that comes again', text, all, ({ expense }) => expense.title)
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
  const { id } = await findSeries(here, text)
  const stopped = await here.client.changeSeries(here.space, id, { stopped: true })
  session.answer(
    stopped,
    () => `${printable(stopped.expense.title)} does not come again. What was entered stays.`,
  )
}
