/** Commands about bills: entering, editing, looking at them, and what people say about one. */

import { randomBytes } from 'node:crypto'
import { Option } from 'commander'
import type { Command } from 'commander'
import { errorCode } from '@hamlet/core'
import type {
  Expense,
  ExpenseDetail,
  ExpenseInput,
  ExpenseKind,
  ExpenseQuery,
  VerdictWord,
} from '@hamlet/http'

import { addCommand, collect, textOrStdin } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { findFilesToCarry, prepareFiles } from '../files/carried-files.ts'
import type { FileToCarry } from '../files/carried-files.ts'
import { findById } from '../find.ts'
import type { Io } from '../io.ts'
import {
  addChangeFlags,
  addExpenseFlags,
  changesOf,
  fillTemplate,
  parseDay,
  readExpenseChange,
  readNewExpense,
} from '../ledger/expense-flags.ts'
import type { ExpenseFlags } from '../ledger/expense-flags.ts'
import {
  detailWords,
  expenseTable,
  expenseWords,
  historyWords,
  shortId,
} from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { parseMoney } from '../ledger/money.ts'
import { parseCount, plural, printable } from '../text.ts'
import { findTemplate } from './extra-commands.ts'
import { addReceiptCommands, attachMissing } from './receipt-commands.ts'
import { addRecurringCommands } from './recurring-commands.ts'

const PAGE_EXPENSES_MAX = 500
const ID_BYTES = 16
/** The request may have been done all the same. */
const LOST_REPLY_CODES: ReadonlySet<string | undefined> = new Set(['PEER_UNREACHABLE', 'BAD_REPLY'])

interface AddFlags extends ExpenseFlags {
  readonly receipt: readonly string[]
  readonly template?: string
  readonly id?: string
}

interface EditFlags extends ExpenseFlags {
  readonly receipt: readonly string[]
  readonly title?: string
  readonly amount?: string
}

interface ListFlags {
  readonly search?: string
  readonly person?: string
  readonly paidBy?: string
  readonly kind?: ExpenseKind
  readonly category?: string
  readonly tag?: string
  readonly currency?: string
  readonly from?: string
  readonly to?: string
  readonly min?: string
  readonly max?: string
  readonly state?: NonNullable<ExpenseQuery['state']>
  readonly limit?: string
  readonly after?: string
}

export function addExpenseCommands(program: Command, io: Io): void {
  const expense = program
    .command('expense')
    .description('bills; PERSON is a name, the beginning of one or of an id, or "me"')
  addCommand<AddFlags>(
    expense,
    io,
    'add <space> <title> [amount]',
    'enter a bill; amounts may be calculations such as 12.50+3',
    add,
    (command) =>
      addReceiptFlag(addExpenseFlags(command))
        .option('--template <name>', 'as this one has it, with what else is said instead')
        .option('--id <id>', 'repeated with the same 32 hex digits it is entered once'),
  )
  addCommand<EditFlags>(
    expense,
    io,
    'edit <space> <id>',
    'change a bill; what is left out stays',
    edit,
    (command) => addReceiptFlag(addChangeFlags(command)),
  )
  addCommand(expense, io, 'show <space> <id>', 'one bill in full', show)
  addListCommand(expense, io)
  addCommand(expense, io, 'delete <space> <id>', 'delete a bill; it can be restored', remove)
  addCommand(expense, io, 'restore <space> <id>', 'take a bill out of the trash', restore)
  addCommand(expense, io, 'history <space> <id>', 'every version, and what it changed', history)
  addCommand(
    expense,
    io,
    'resolve <space> <id> [version]',
    'choose the version that counts, or see them',
    resolve,
  )
  addCommand<{ remove?: string }>(
    expense,
    io,
    'comment <space> <id> [text]',
    'say something about a bill ("-" reads it)',
    comment,
    (command) => command.option('--remove <comment>', 'take an own comment back'),
  )
  addCommand(expense, io, 'confirm <space> <id> [note]', 'it is right, or it arrived', confirm)
  addCommand(expense, io, 'dispute <space> <id> [note]', 'it is wrong, or never arrived', dispute)
  addReceiptCommands(expense, io)
  addRecurringCommands(expense, io)
}

function addReceiptFlag(command: Command): Command {
  return command.option('--receipt <file>', 'put this file on it; several times', collect, [])
}

function addListCommand(expense: Command, io: Io): void {
  addCommand<ListFlags>(expense, io, 'list <space>', 'bills, newest day first', list, (command) =>
    command
      .option('--search <words>', 'with all of these in title, note, tags, category or names')
      .option('--person <person>', 'that somebody is part of')
      .option('--paid-by <person>', 'that somebody paid')
      .addOption(
        new Option('--kind <kind>', 'what they are').choices(['expense', 'income', 'transfer']),
      )
      .option('--category <category>', 'of this category')
      .option('--tag <tag>', 'with this tag')
      .option('--currency <code>', 'in this currency')
      .option('--from <day>', 'of this day or later')
      .option('--to <day>', 'of this day or earlier')
      .option('--min <amount>', 'of this much or more')
      .option('--max <amount>', 'of this much or less')
      .addOption(
        new Option('--state <state>', 'which (default: live)').choices([
          'live',
          'deleted',
          'all',
          'conflict',
          'pending',
        ]),
      )
      .option('--limit <count>', 'at most this many (default 50)')
      .option('--after <id>', 'those after this one'),
  )
}

async function add(
  session: Session,
  [space = '', title = '', amount]: readonly string[],
  flags: AddFlags,
): Promise<void> {
  const files = await findFilesToCarry(session, flags.receipt)
  const here = await openLedger(session, space)
  const input =
    flags.template === undefined
      ? await readNewExpense(here, { title, amount }, flags)
      : await fillTemplate(here, await findTemplate(here, flags.template), { title, amount }, flags)
  const prepared = await prepareFiles(session, here.client, here.space, files)
  const entered = await withReceipts(here, await enterOnce(here, input, flags.id), files, prepared)
  session.answer(entered, () => expenseWords(here, entered))
  session.note(`Undo with: hamlet expense delete ${here.space.slice(0, 8)} ${shortId(entered.id)}`)
}

async function withReceipts(
  here: LedgerHere,
  expense: Expense,
  files: readonly FileToCarry[],
  prepared: readonly string[],
): Promise<Expense> {
  if (files.length === 0) return expense
  const { attachments } = await attachMissing(here, expense.id, files, prepared)
  return { ...expense, attachments }
}

/** When the reply is lost it asks once more: the id keeps that from being a second bill. */
export async function enterOnce(
  here: LedgerHere,
  input: ExpenseInput,
  id = randomBytes(ID_BYTES).toString('hex'),
): Promise<Expense> {
  try {
    return await here.client.addExpense(here.space, input, id)
  } catch (error) {
    if (!LOST_REPLY_CODES.has(errorCode(error))) throw error
    const again = await here.session.connect().catch(() => {
      throw error
    })
    return await again.addExpense(here.space, input, id)
  }
}

async function edit(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: EditFlags,
): Promise<void> {
  const files = await findFilesToCarry(session, flags.receipt)
  const { here, id } = await findIn(session, space, text)
  const before = await here.client.expense(here.space, id)
  // A receipt alone is something to change, too.
  const readChange = files.length === 0 ? readExpenseChange : changesOf
  const change = await readChange(here, before, flags)
  const prepared = await prepareFiles(session, here.client, here.space, files)
  const edited =
    Object.keys(change).length === 0
      ? before
      : await here.client.editExpense(here.space, id, change)
  const changed = await withReceipts(here, edited, files, prepared)
  session.answer(changed, () => expenseWords(here, changed))
}

async function show(session: Session, [space = '', text = '']: readonly string[]): Promise<void> {
  const { here, id } = await findIn(session, space, text)
  const detail = await here.client.expense(here.space, id)
  session.answer(detail, () => detailWords(here, detail))
}

async function list(
  session: Session,
  [space = '']: readonly string[],
  flags: ListFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const page = await here.client.expenses(here.space, await readQuery(here, flags))
  session.answer(page, () => {
    const { expenses, total, hasMore } = page
    if (expenses.length === 0) return total === 0 ? 'No bills.' : 'No more bills.'
    const last = expenses.at(-1)!
    const more = `${plural(total, 'bill')} in all. Go on with: --after ${shortId(last.id)}`
    return `${expenseTable(here, expenses)}${hasMore ? `${more}\n` : ''}`
  })
}

async function readQuery(here: LedgerHere, flags: ListFlags): Promise<ExpenseQuery> {
  const { search, person, paidBy, kind, category, tag, state, limit, after } = flags
  const dayOf = (text: string) => parseDay(text, here.session.io.nowMs())
  const isOfAmount = flags.min !== undefined || flags.max !== undefined
  const currency =
    isOfAmount || flags.currency !== undefined ? await here.currency(flags.currency) : undefined
  const amountOf = (text: string) => parseMoney(text, currency!)
  return {
    ...present({ search, kind, category, tag, state, currency: currency?.code }),
    ...(person === undefined ? {} : { party: here.party(person).id }),
    ...(paidBy === undefined ? {} : { payer: here.party(paidBy).id }),
    ...(flags.from === undefined ? {} : { from: dayOf(flags.from) }),
    ...(flags.to === undefined ? {} : { to: dayOf(flags.to) }),
    ...(flags.min === undefined ? {} : { minMinor: amountOf(flags.min) }),
    ...(flags.max === undefined ? {} : { maxMinor: amountOf(flags.max) }),
    ...(limit === undefined ? {} : { limit: parseCount(limit, PAGE_EXPENSES_MAX) }),
    ...(after === undefined ? {} : { after: await here.expenseId(after) }),
  }
}

function present<T extends object>(
  fields: T,
): { readonly [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { readonly [Key in keyof T]?: Exclude<T[Key], undefined> }
}

async function remove(session: Session, [space = '', text = '']: readonly string[]): Promise<void> {
  const { here, id } = await findIn(session, space, text)
  const deleted = await here.client.deleteExpense(here.space, id)
  session.answer(deleted, () =>
    [
      `Deleted ${printable(deleted.title)}.`,
      `Take it back with: hamlet expense restore ${here.space.slice(0, 8)} ${shortId(id)}`,
    ].join('\n'),
  )
}

async function restore(
  session: Session,
  [space = '', text = '']: readonly string[],
): Promise<void> {
  const { here, id } = await findIn(session, space, text)
  const restored = await here.client.restoreExpense(here.space, id)
  session.answer(restored, () => expenseWords(here, restored))
}

async function history(
  session: Session,
  [space = '', text = '']: readonly string[],
): Promise<void> {
  const { here, id } = await findIn(session, space, text)
  const detail = await here.client.expense(here.space, id)
  session.answer(detail.versions, () => historyWords(here, detail))
}

async function resolve(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', text = '', start] = args
  const { here, id } = await findIn(session, space, text)
  const detail = await here.client.expense(here.space, id)
  const choices = detail.versions.filter(({ isHead }) => isHead)
  if (start === undefined) {
    session.answer(choices, () =>
      detail.choices < 2
        ? 'There is nothing to choose.'
        : historyWords(here, { ...detail, versions: choices }),
    )
    return
  }
  const versions = detail.versions.map((version) => ({ ...version, id: version.version }))
  const { version } = findById('version', start, versions, ({ title }) => title)
  const resolved = await here.client.resolveExpense(here.space, id, version)
  session.answer(resolved, () => expenseWords(here, resolved))
}

async function comment(
  session: Session,
  [space = '', start = '', text]: readonly string[],
  flags: { readonly remove?: string },
): Promise<void> {
  if ((text === undefined) === (flags.remove === undefined)) {
    throw new CliError('USAGE', 'expected a text, or --remove and the beginning of an id')
  }
  const { here, id } = await findIn(session, space, start)
  const detail =
    text === undefined
      ? await takeBack(here, await here.client.expense(here.space, id), flags.remove!)
      : await here.client.commentExpense(here.space, id, await textOrStdin(session, text))
  session.answer(detail, () => detailWords(here, detail))
}

async function takeBack(
  here: LedgerHere,
  { id, thread }: ExpenseDetail,
  start: string,
): Promise<ExpenseDetail> {
  const found = findById('comment', start, thread, ({ text }) => text)
  return await here.client.uncommentExpense(here.space, id, found.id)
}

async function confirm(session: Session, args: readonly string[]): Promise<void> {
  await judge(session, args, 'confirmed')
}

async function dispute(session: Session, args: readonly string[]): Promise<void> {
  await judge(session, args, 'disputed')
}

async function judge(
  session: Session,
  [space = '', text = '', note = '']: readonly string[],
  verdict: VerdictWord,
): Promise<void> {
  const { here, id } = await findIn(session, space, text)
  const judged = await here.client.judgeExpense(here.space, id, verdict, note)
  const word = verdict === 'confirmed' ? 'Confirmed' : 'Disputed'
  session.answer(judged, () => `${word} ${printable(judged.title)}.`)
}

async function findIn(
  session: Session,
  space: string,
  text: string,
): Promise<{ readonly here: LedgerHere; readonly id: string }> {
  const here = await openLedger(session, space)
  return { here, id: await here.expenseId(text) }
}
