/** Commands about a ledger as a whole: closed periods, settings, what was spent, what was done. */

import { Option } from 'commander'
import type { Command } from 'commander'
import type {
  LedgerActivity,
  LedgerLock,
  LedgerSettings,
  LedgerSettingsInput,
  LedgerStatistics,
  SettleMode,
  StatisticsLine,
} from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { findById } from '../find.ts'
import type { Io } from '../io.ts'
import { parseDay } from '../ledger/expense-flags.ts'
import { alignAmounts, shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { moneyText, parseMoney } from '../ledger/money.ts'
import { readShares } from '../ledger/split-flags.ts'
import { clockTime, parseCount, printable } from '../text.ts'

const PAGE_LINES_MAX = 500
const WHAT_WORDS: Readonly<Record<string, string>> = {
  created: 'entered',
  locked: 'closed a period',
  countersigned: 'signed a closed period',
  imported: 'imported a file',
  commented: 'commented on',
  attached: 'put a file to',
}

/** Of what is no bill. */
const RECORD_WORDS: Readonly<Record<string, string>> = {
  series: 'what comes again: ',
  party: 'the person ',
  category: 'the category ',
  template: 'the template ',
  couple: 'the couple ',
  budget: 'a budget',
}

interface LockFlags {
  readonly through?: string
  readonly note?: string
  readonly sign?: string
}

interface SettingFlags {
  readonly currency?: string
  readonly mode?: SettleMode
  readonly cashStep?: string
  readonly confirmAbove?: string
  readonly divide?: string
  readonly archive?: boolean
  readonly reopen?: boolean
}

interface SpentFlags {
  readonly from?: string
  readonly to?: string
  readonly in?: string
}

export function addLedgerCommands(program: Command, io: Io): void {
  addCommand<LockFlags>(
    program,
    io,
    'lock <space>',
    'close a period with --through, countersign one, or see them',
    lock,
    (command) =>
      command
        .option('--through <day>', 'close everything up to this day')
        .option('--note <text>', 'a note')
        .option('--sign <id>', 'state what this device computes for it'),
  )
  const ledger = program.command('ledger').description('settings of bills, what was spent and done')
  addCommand<SettingFlags>(
    ledger,
    io,
    'settings <space>',
    'how a group keeps its bills, and changing that',
    settings,
    addSettingFlags,
  )
  addCommand<SpentFlags>(ledger, io, 'spent <space>', 'by category, person and month', spent, (c) =>
    c
      .option('--from <day>', 'of this day or later')
      .option('--to <day>', 'of this day or earlier')
      .option('--in <code>', 'everything in this currency'),
  )
  addCommand<{ limit?: string; before?: string }>(
    ledger,
    io,
    'log <space>',
    'who did what, newest first',
    log,
    (c) =>
      c
        .option('--limit <count>', 'at most this many (default 50)')
        .option('--before <place>', 'those before; "before" of --json says the place'),
  )
}

function addSettingFlags(command: Command): void {
  command
    .option('--currency <code>', 'what the group counts in')
    .addOption(
      new Option('--mode <mode>', 'how to get even').choices(['minimal', 'pairwise', 'existing']),
    )
    .option('--cash-step <amount>', 'the smallest coin, such as 0.05')
    .option('--confirm-above <amount>', 'debts above wait for the word of who owes; 0 for none')
    .option('--divide <people>', 'as usual: Ann=2,Ben by weights, or "equal" for all alike')
    .option('--archive', 'nothing can be entered any more (admins)')
    .option('--reopen', 'it can again (admins)')
}

async function lock(
  session: Session,
  [space = '']: readonly string[],
  { through, note = '', sign }: LockFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  if (through !== undefined) {
    const day = parseDay(through, session.io.nowMs())
    const made = await here.client.lockPeriod(here.space, day, note)
    return session.answer(made, () =>
      [
        `Closed everything up to ${made.through}. What is changed there now counts as a correction.`,
        `Others countersign with: hamlet lock ${here.space.slice(0, 8)} --sign ${shortId(made.id)}`,
      ].join('\n'),
    )
  }
  const locks = await here.client.ledgerLocks(here.space)
  if (sign === undefined) {
    const headings = ['UP TO', 'ID', 'BY', 'HERE', 'SIGNED BY', 'NOTE']
    const rows = locks.map((each) => lockRow(here, each))
    return session.answer(locks, () => session.table(headings, rows, 'No period is closed.'))
  }
  const { id } = findById('closed period', sign, locks, ({ through: day }) => day)
  const signed = await here.client.signLock(here.space, id)
  session.answer(signed, () =>
    signed.agrees === true
      ? `Signed: this device computes the same balances up to ${signed.through}.`
      : `Signed: this device computes OTHER balances up to ${signed.through} than who closed it.`,
  )
}

function lockRow(here: LedgerHere, { id, by, through, note, ...lock }: LedgerLock): string[] {
  const own = lock.agrees === undefined ? 'entries are missing' : lock.agrees ? 'the same' : 'OTHER'
  const signers = lock.signatures.map(({ person, agrees }) => {
    return `${here.nameOf(person)}${agrees ? '' : ' (disagrees)'}`
  })
  const who = here.nameOf(by.person)
  return [through, shortId(id), who, own, signers.join(', '), printable(note)]
}

async function settings(
  session: Session,
  [space = '']: readonly string[],
  flags: SettingFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const change = await readSettings(here, flags)
  const now =
    Object.keys(change).length === 0
      ? await here.settings()
      : await here.client.changeLedgerSettings(here.space, change)
  session.answer(now, () => settingWords(here, now))
}

async function readSettings(
  here: LedgerHere,
  { currency, mode, cashStep, confirmAbove, divide, archive, reopen }: SettingFlags,
): Promise<LedgerSettingsInput> {
  const isMoney = [currency, cashStep, confirmAbove].some((text) => text !== undefined)
  const counted = isMoney ? await here.currency(currency) : undefined
  return {
    ...(currency === undefined ? {} : { currency: counted! }),
    ...(mode === undefined ? {} : { settleMode: mode }),
    ...(cashStep === undefined ? {} : { cashStepMinor: parseMoney(cashStep, counted!) }),
    ...(confirmAbove === undefined
      ? {}
      : { confirmAboveMinor: parseMoney(confirmAbove, counted!) }),
    ...(divide === undefined
      ? {}
      : { defaultSplit: divide === 'equal' ? [] : readShares(here, divide) }),
    ...(archive === true ? { archived: true } : {}),
    ...(reopen === true ? { archived: false } : {}),
  }
}

function settingWords(here: LedgerHere, now: LedgerSettings): string {
  const { currency, settleMode, cashStepMinor, confirmAboveMinor, defaultSplit, archived } = now
  const money = (minor: number) =>
    currency === undefined ? `${minor} of the smallest unit` : moneyText(minor, currency)
  const split = defaultSplit.map(({ party, weight }) => `${here.nameOf(party)} ${weight}`)
  return [
    `Currency       ${currency?.code ?? 'of each bill'}`,
    `Getting even   ${settleMode}`,
    `Smallest coin  ${cashStepMinor === 1 ? 'any' : money(cashStepMinor)}`,
    `Divided        ${split.length === 0 ? 'in equal parts' : split.join(', ')}`,
    `A word needed  ${confirmAboveMinor === 0 ? 'for payments' : `for payments, and debts above ${money(confirmAboveMinor)}`}`,
    ...(archived ? ['Archived       nothing can be entered; open it with --reopen'] : []),
  ].join('\n')
}

async function spent(
  session: Session,
  [space = '']: readonly string[],
  flags: SpentFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const nowMs = session.io.nowMs()
  const statistics = await here.client.ledgerStatistics(here.space, {
    ...(flags.from === undefined ? {} : { from: parseDay(flags.from, nowMs) }),
    ...(flags.to === undefined ? {} : { to: parseDay(flags.to, nowMs) }),
    ...(flags.in === undefined ? {} : { currency: (await here.currency(flags.in)).code }),
  })
  const { categories } = await here.client.ledgerExtras(here.space)
  const names = new Map(categories.map(({ id, name }) => [id, printable(name)]))
  session.answer(statistics, () => statisticsWords(here, statistics, names))
}

function statisticsWords(
  here: LedgerHere,
  statistics: LedgerStatistics,
  categories: ReadonlyMap<string, string>,
): string {
  const { byCategory, paidBy, shareOf, byMonth, budgets, withoutRate } = statistics
  const categoryOf = (key: string) =>
    key === '' ? 'no category' : (categories.get(key) ?? printable(key))
  const nameOf = (key: string) => here.nameOf(key)
  const sections = [
    lineTable(here, 'CATEGORY', byCategory, categoryOf),
    lineTable(here, 'PAID BY', paidBy, nameOf),
    lineTable(here, 'SHARE OF', shareOf, nameOf),
    lineTable(here, 'MONTH', byMonth, (key) => key),
    ...(budgets.length === 0 ? [] : [budgetTable(here, budgets, categoryOf)]),
    ...(withoutRate === 0 ? [] : [`${withoutRate} left out: no rate is known.`]),
  ]
  return byMonth.length === 0 ? 'Nothing was spent.' : sections.join('\n')
}

function lineTable(
  here: LedgerHere,
  heading: string,
  lines: readonly StatisticsLine[],
  nameOf: (key: string) => string,
): string {
  const rows = lines.map(({ key, currency, minor, count }) => [
    nameOf(key),
    moneyText(minor, currency),
    `${count}`,
  ])
  return here.session.table([heading, 'SPENT', 'BILLS'], alignAmounts(rows, [1, 2]), '')
}

function budgetTable(
  here: LedgerHere,
  budgets: LedgerStatistics['budgets'],
  categoryOf: (key: string) => string,
): string {
  const rows = budgets.map(({ budget, month, spentMinor }) => [
    budget.category === undefined ? 'everything' : categoryOf(budget.category),
    month,
    moneyText(spentMinor, budget.currency),
    moneyText(budget.amountMinor, budget.currency),
    BigInt(spentMinor) > BigInt(budget.amountMinor) ? 'over it' : '',
  ])
  const headings = ['BUDGET', 'MONTH', 'SPENT', 'OF', '']
  return here.session.table(headings, alignAmounts(rows, [2, 3]), '')
}

async function log(
  session: Session,
  [space = '']: readonly string[],
  { limit, before }: { readonly limit?: string; readonly before?: string },
): Promise<void> {
  const here = await openLedger(session, space)
  const page = await here.client.ledgerActivity(here.space, {
    ...(limit === undefined ? {} : { limit: parseCount(limit, PAGE_LINES_MAX) }),
    ...(before === undefined ? {} : { before }),
  })
  session.answer(page, () => {
    if (page.lines.length === 0) return 'Nothing was done yet.'
    return page.lines.map((line) => activityWords(here, line)).join('\n')
  })
}

function activityWords(here: LedgerHere, line: LedgerActivity): string {
  const { entry, person, atMs, what, record, title = '' } = line
  const when = clockTime(atMs, here.session.io.nowMs())
  const id = here.session.paint(shortId(entry), 'dim')
  if (record === 'link') return `${id}  ${when}  ${here.nameOf(person)} ${linkWords(here, line)}`
  const done = record === 'setting' ? 'set' : (WHAT_WORDS[what] ?? what)
  const kind = RECORD_WORDS[record ?? ''] ?? ''
  const about = title === '' && kind === '' ? '' : ` ${kind}${printable(title)}`
  return `${id}  ${when}  ${here.nameOf(person)} ${done}${about}`
}

function linkWords(here: LedgerHere, { id = '' }: LedgerActivity): string {
  return `said who ${here.ownNameOf(id)} is`
}
