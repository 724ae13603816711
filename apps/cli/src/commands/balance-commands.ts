/** Commands about who is up or down, how to get even, what was paid back, and why somebody owes. */

import { Option } from 'commander'
import type { Command } from 'commander'
import type {
  ConvertedBalances,
  DebtExplanation,
  LedgerBalance,
  SettleMode,
  SettlementPlan,
} from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import type { Io } from '../io.ts'
import { parseDay } from '../ledger/expense-flags.ts'
import { alignAmounts, expenseWords, shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { minorText, moneyText, parseMoney } from '../ledger/money.ts'
import { plural, printable } from '../text.ts'
import { enterOnce } from './expense-commands.ts'

interface BalanceFlags {
  readonly in?: string
  readonly couples?: boolean
}

interface SettleFlags {
  readonly mode?: SettleMode
  readonly apart?: boolean
}

interface PayFlags {
  readonly currency?: string
  readonly date?: string
  readonly note?: string
}

export function addBalanceCommands(program: Command, io: Io): void {
  addCommand<BalanceFlags>(
    program,
    io,
    'balances <space>',
    'who is up or down',
    balances,
    (command) =>
      command
        .option('--in <code>', 'everything in this currency, by the rates the ledger knows')
        .option('--couples', 'couples as one'),
  )
  addCommand<SettleFlags>(
    program,
    io,
    'settle <space>',
    'who should pay whom so that all get even',
    settle,
    (command) =>
      command
        .addOption(
          new Option(
            '--mode <mode>',
            'fewest payments, what each pair owes, or along debts there are',
          ).choices(['minimal', 'pairwise', 'existing']),
        )
        .option('--apart', 'couples not as one'),
  )
  addCommand<PayFlags>(
    program,
    io,
    'pay <space> <from> <to> <amount>',
    'say that somebody paid somebody back',
    pay,
    (command) =>
      command
        .option('--currency <code>', "such as EUR (default: the ledger's)")
        .option('--date <day>', 'YYYY-MM-DD, today or yesterday (default: today)')
        .option('--note <text>', 'a note'),
  )
  addCommand(
    program,
    io,
    'explain <space> <from> <to>',
    'why one owes another, bill by bill',
    explain,
  )
}

async function balances(
  session: Session,
  [space = '']: readonly string[],
  flags: BalanceFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const options = { byCouple: flags.couples === true }
  if (options.byCouple) await here.nameCouples()
  if (flags.in !== undefined) {
    const { code } = await here.currency(flags.in)
    const converted = await here.client.convertedBalances(here.space, code, options)
    return session.answer(converted, () => convertedTable(here, converted))
  }
  const all = await here.client.balances(here.space, options)
  session.answer(all, () => balanceTable(here, all))
}

function balanceTable(here: LedgerHere, all: readonly LedgerBalance[]): string {
  const rows = all.map(({ party, minor, pendingMinor, currency }) => [
    here.nameOf(party),
    signWords(minor),
    moneyText(withoutSign(minor), currency),
    pendingMinor === '0' ? '' : `${minorText(pendingMinor, currency.exponent)} not confirmed yet`,
  ])
  const headings = ['WHO', '', 'AMOUNT', '']
  return here.session.table(headings, alignAmounts(rows, [2]), 'Everybody is even.')
}

function convertedTable(here: LedgerHere, converted: ConvertedBalances): string {
  const { currency, withoutRate } = converted
  const rows = converted.balances.map(({ party, minor }) => [
    here.nameOf(party),
    signWords(minor),
    moneyText(withoutSign(minor), currency),
  ])
  const headings = ['WHO', '', 'AMOUNT']
  const missing = `${plural(withoutRate, 'bill')} left out: no rate to ${currency.code} is known.\n`
  const text = here.session.table(headings, alignAmounts(rows, [2]), 'Everybody is even.\n')
  return withoutRate === 0 ? text : `${text}${missing}`
}

function signWords(minor: string): string {
  if (minor === '0') return 'even'
  return minor.startsWith('-') ? 'owes' : 'gets back'
}

function withoutSign(minor: string): string {
  return minor.replace(/^-/, '')
}

async function settle(
  session: Session,
  [space = '']: readonly string[],
  flags: SettleFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const plan = await here.client.settlement(here.space, {
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
    ...(flags.apart === true ? { byCouple: false } : {}),
  })
  await here.nameCouples()
  session.answer(plan, () => planWords(here, plan))
}

function planWords(here: LedgerHere, plan: SettlementPlan): string {
  const { transfers, exact, left } = plan
  const rows = transfers.map(({ from, to, minor, currency }) => [
    here.nameOf(from),
    here.nameOf(to),
    moneyText(minor, currency),
  ])
  const open = left.map(({ party, minor, currency }) => {
    return `${here.nameOf(party)} ${moneyText(minor, currency)}`
  })
  return [
    here.session
      .table(['FROM', 'TO', 'AMOUNT'], alignAmounts(rows, [2]), 'Everybody is even.')
      .trimEnd(),
    ...(exact ? [] : ['There may be a plan that is shorter still: too many people to be sure.']),
    ...(open.length === 0 ? [] : [`Rounded to coins; left open: ${open.join(', ')}.`]),
    ...(transfers.length === 0
      ? []
      : [`When it is paid: hamlet pay ${here.space.slice(0, 8)} FROM TO AMOUNT`]),
  ].join('\n')
}

async function pay(
  session: Session,
  [space = '', from = '', to = '', amount = '']: readonly string[],
  flags: PayFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const [payer, payee] = [here.party(from).id, here.party(to).id]
  const currency = await here.currency(flags.currency)
  const amountMinor = parseMoney(amount, currency)
  const paid = await enterOnce(here, {
    kind: 'transfer',
    title: 'Payment',
    currency,
    amountMinor,
    paid: [{ party: payer, amountMinor }],
    split: { shares: [{ party: payee, weight: 1 }] },
    date: parseDay(flags.date ?? 'today', session.io.nowMs()),
    ...(flags.note === undefined ? {} : { note: flags.note }),
  })
  session.answer(paid, () => expenseWords(here, paid))
}

async function explain(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', from = '', to = ''] = args
  const here = await openLedger(session, space)
  const debts = await here.client.explainDebt(here.space, here.party(from).id, here.party(to).id)
  session.answer(debts, () => {
    if (debts.length === 0) return 'There is nothing between them.'
    return debts.map((debt) => debtWords(here, debt)).join('\n')
  })
}

/** Each reason with what it adds, and the sum so far. */
function debtWords(here: LedgerHere, debt: DebtExplanation): string {
  const { currency, minor, reasons } = debt
  const isOwed = minor.startsWith('-')
  const [from, to] = isOwed ? [debt.to, debt.from] : [debt.from, debt.to]
  const rows = reasons.map((reason) => [
    reason.date,
    shortId(reason.expense),
    printable(reason.title),
    minorText(reason.minor, currency.exponent),
    minorText(reason.runningMinor, currency.exponent),
    here.nameOf(reason.by.person),
    shortId(reason.by.entry),
  ])
  const headings = ['DAY', 'ID', 'WHAT', 'ADDS', 'SUM', 'ENTERED BY', 'ENTRY']
  const verb = from === here.self ? 'owe' : 'owes'
  const name = here.nameOf(from)
  const head =
    minor === '0'
      ? `${name} and ${here.nameOf(to)} are even in ${currency.code}.`
      : `${name} ${verb} ${here.nameOf(to)} ${moneyText(withoutSign(minor), currency)}.`
  const line = here.session.paint(head.charAt(0).toUpperCase() + head.slice(1), 'bold')
  return `${line}\n${here.session.table(headings, alignAmounts(rows, [3, 4]), '')}`
}
