/** Commands about receipts and other files on bills: putting them there, looking at them, taking them off. */

import type { Command } from 'commander'
import type { ExpenseDetail } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import {
  carriedWords,
  findFilesToCarry,
  ownPart,
  prepareFiles,
  writeCarried,
  writtenWords,
} from '../files/carried-files.ts'
import type { FileToCarry, WriteFlags } from '../files/carried-files.ts'
import { findNamed } from '../find.ts'
import type { Io } from '../io.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { plural, printable } from '../text.ts'

export function addReceiptCommands(expense: Command, io: Io): void {
  addCommand(
    expense,
    io,
    'attach <space> <id> <files...>',
    'put receipts or other files on a bill',
    attach,
  )
  addCommand<WriteFlags>(
    expense,
    io,
    'receipts <space> <id>',
    'the files on a bill; with -o they are written there',
    receipts,
    (command) =>
      command
        .option('-o, --output <dir>', 'write them into this folder')
        .option('--force', 'replace files that are there already'),
  )
  addCommand(
    expense,
    io,
    'detach <space> <id> <attached>',
    'take a file off a bill, by its name or id',
    detach,
  )
}

async function attach(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', text = '', ...paths] = args
  const files = await findFilesToCarry(session, paths)
  const here = await openLedger(session, space)
  const id = await here.expenseId(text)
  const prepared = await prepareFiles(session, here.client, here.space, files)
  const detail = await attachPrepared(here, id, prepared)
  session.answer(detail.attached, () => attachedWords(detail))
}

/** What of these files is not on the bill already, so that entering it again with the same id repeats nothing. */
export async function attachMissing(
  here: LedgerHere,
  expense: string,
  files: readonly FileToCarry[],
  prepared: readonly string[],
): Promise<ExpenseDetail> {
  const before = await here.client.expense(here.space, expense)
  const missing = prepared.filter((_, index) => {
    const { name, sizeBytes } = files[index]!
    return !before.attached.some((file) => file.name === name && file.sizeBytes === sizeBytes)
  })
  return missing.length === 0 ? before : await attachPrepared(here, expense, missing)
}

async function attachPrepared(
  here: LedgerHere,
  expense: string,
  prepared: readonly string[],
): Promise<ExpenseDetail> {
  let detail: ExpenseDetail | undefined
  for (const each of prepared) {
    detail = await here.client.attachToExpense(here.space, expense, each)
  }
  return detail!
}

async function receipts(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: WriteFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const detail = await here.client.expense(here.space, await here.expenseId(text))
  if (flags.output === undefined) {
    session.answer(detail.attached, () => attachedWords(detail))
    return
  }
  const written = await writeCarried(session, here.client, here.space, detail.attached, flags)
  session.answer(written, () => {
    return written.length === 0 ? attachedWords(detail) : writtenWords(written)
  })
}

async function detach(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', text = '', which = ''] = args
  const here = await openLedger(session, space)
  const id = await here.expenseId(text)
  const { attached } = await here.client.expense(here.space, id)
  const own = attached.map((file) => ({ id: ownPart(file), name: file.name, whole: file.id }))
  const found = findNamed('file', which, own)
  const detail = await here.client.detachFromExpense(here.space, id, found.whole)
  session.answer(detail.attached, () => `Took ${printable(found.name)} off ${titleOf(detail)}.`)
}

function attachedWords(detail: ExpenseDetail): string {
  const { attached } = detail
  if (attached.length === 0) return `There is no file on ${titleOf(detail)}.`
  const heading = `${plural(attached.length, 'file')} on ${titleOf(detail)}:`
  return [heading, ...attached.map(carriedWords)].join('\n')
}

function titleOf({ title }: ExpenseDetail): string {
  return printable(title)
}
