/**
 * Commands about files: what one would bring, bringing it in, taking that back, and files for other apps.
 *
 * An import says first what it will write, and writes only after `--yes`, or when a person at the terminal agrees.
 */

import { extname, basename } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import { bytesToBase64, concatBytes } from '@hamlet/core'
import { IMPORT_FILE_BYTES_MAX } from '@hamlet/expenses'
import { ApiError } from '@hamlet/http'
import type { ImportInput, ImportPreview, LedgerExportFormat, LedgerImport } from '@hamlet/http'

import { addCommand, collect } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { writeExport, writePieces } from '../export-file.ts'
import { findById, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { alignAmounts, shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { moneyText } from '../ledger/money.ts'
import { ago, plural, printable, sizeOf } from '../text.ts'

const FORMATS: readonly LedgerExportFormat[] = [
  'json',
  'csv',
  'splitwise-csv',
  'spliit-json',
  'ihatemoney-json',
  'cospend-csv',
  'settlement-csv',
  'signed-txt',
]
const SAMPLE_SHOWN_MAX = 10
const WARNINGS_SHOWN_MAX = 20
const NOBODY_ELSE = '-'

interface ImportFlags {
  readonly yes?: boolean
  readonly map: readonly string[]
  readonly currency?: string
  readonly group?: string
  readonly weight: readonly string[]
  readonly payer: readonly string[]
  readonly undo?: string
}

interface ExportFlags {
  readonly format?: LedgerExportFormat
  readonly output?: string
}

export function addLedgerFileCommands(program: Command, io: Io): void {
  addCommand<ImportFlags>(
    program,
    io,
    'import <space> [file]',
    'import bills of another app; shows first what it will write; without a file, what was imported',
    importFile,
    (command) =>
      command
        .option('--yes', 'write it without asking')
        .option(
          '--map <name=person>',
          'somebody of the file is this person ("-": nobody here); several times',
          collect,
          [],
        )
        .option('--currency <code>', 'of amounts for which the file names none')
        .option('--group <name>', 'tells groups apart whose files do not name them')
        .option('--weight <name=number>', 'of people, for files that leave it out', collect, [])
        .option('--payer <line=name>', 'who paid, for files that leave it out', collect, [])
        .option('--undo <batch>', 'delete the bills of this import'),
  )
  addCommand<ExportFlags>(
    program,
    io,
    'export <space> [file]',
    'all messages as JSON Lines, or with --format the bills ("-": stdout)',
    exportFile,
    (command) =>
      command
        .addOption(new Option('--format <format>', 'the bills, as this').choices(FORMATS))
        .option('-o, --output <file>', 'into this file (default with --format: stdout)'),
  )
}

async function importFile(
  session: Session,
  [space = '', file]: readonly string[],
  flags: ImportFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  if (flags.undo !== undefined) return await undo(here, flags.undo)
  if (file === undefined) return await listImports(here)
  const input = await readInput(here, file, flags)
  const preview = await namingFile(file, () => here.client.previewImport(here.space, input))
  const people = whoIsWho(here, preview, flags.map)
  const isWanted = await askFor(here, preview, people, flags.yes === true)
  if (!isWanted) return
  const imported = await namingFile(file, () =>
    here.client.applyImport(here.space, { ...input, people: [...people].map(toPerson) }),
  )
  session.answer(imported, () =>
    [
      `Imported ${plural(imported.expenses, 'bill')} from ${printable(imported.fileName)}.`,
      `Undo with: hamlet import ${here.space.slice(0, 8)} --undo ${shortId(imported.batch)}`,
    ].join('\n'),
  )
}

function toPerson([id, is]: readonly [string, string]): {
  readonly id: string
  readonly is: string
} {
  return { id, is }
}

/** The file, the line and the column stand in what is said. */
async function namingFile<T>(file: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ApiError) || error.fields['line'] === undefined) throw error
    const { code, message, status, fields } = error
    throw new ApiError(code, `${file}, ${message}`, status, { fields: { file, ...fields } })
  }
}

async function readInput(here: LedgerHere, file: string, flags: ImportFlags): Promise<ImportInput> {
  const { currency, group, weight, payer } = flags
  return {
    contents: bytesToBase64(await readFile(here.session.io, file)),
    fileName: file === '-' ? 'standard input' : basename(file),
    ...(currency === undefined ? {} : { currency: await here.currency(currency) }),
    ...(group === undefined ? {} : { group }),
    ...(weight.length === 0
      ? {}
      : { weights: weight.map(pairOf).map(([name, value]) => ({ name, weight: Number(value) })) }),
    ...(payer.length === 0
      ? {}
      : { payers: payer.map(pairOf).map(([line, name]) => ({ line: Number(line), name })) }),
  }
}

async function readFile(io: Io, file: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of file === '-' ? io.stdinBytes() : io.files.bytes(file)) {
      length += piece.length
      if (length > IMPORT_FILE_BYTES_MAX) break
      pieces.push(piece)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('FILE_FAILED', `cannot read ${file}: ${reason}`, { cause: error })
  }
  if (length <= IMPORT_FILE_BYTES_MAX) return concatBytes(...pieces)
  const most = sizeOf(IMPORT_FILE_BYTES_MAX)
  throw new CliError('FILE_FAILED', `${file} has more than ${most}; nothing was imported`)
}

/** `NAME=VALUE`, the last sign counting. */
function pairOf(text: string): readonly [string, string] {
  const at = text.lastIndexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new CliError('USAGE', `expected NAME=VALUE, got "${printable(text)}"`)
}

/** As said with `--map`, else whom the peer takes them for. */
function whoIsWho(
  here: LedgerHere,
  { parties }: ImportPreview,
  maps: readonly string[],
): ReadonlyMap<string, string> {
  const people = new Map<string, string>()
  for (const { id, is } of parties) if (is !== undefined) people.set(id, is)
  for (const text of maps) {
    const [name, who] = pairOf(text)
    const wanted = name.trim().toLowerCase()
    const found = parties.filter((party) => party.name.toLowerCase() === wanted)
    const { id } = findById('person of the file', found[0]?.id ?? name, parties, (one) => one.name)
    if (who.trim() === NOBODY_ELSE) people.delete(id)
    else people.set(id, here.party(who).id)
  }
  return people
}

async function askFor(
  here: LedgerHere,
  preview: ImportPreview,
  people: ReadonlyMap<string, string>,
  isSure: boolean,
): Promise<boolean> {
  const { session } = here
  if (isSure) {
    session.note(previewWords(here, preview, people))
    return true
  }
  const { ask } = session.io
  if (session.isJson || ask === undefined || preview.newExpenses === 0) {
    session.answer(preview, () => previewWords(here, preview, people))
    if (preview.newExpenses > 0) session.note('Nothing is written yet. Write it with: --yes')
    return false
  }
  session.note(previewWords(here, preview, people))
  const answer = await ask(`Write ${plural(preview.newExpenses, 'bill')}? [y/N] `)
  if (/^y(es)?$/i.test(answer.trim())) return true
  session.note('Nothing was written.')
  return false
}

function previewWords(
  here: LedgerHere,
  preview: ImportPreview,
  people: ReadonlyMap<string, string>,
): string {
  const { source, groupName, newExpenses, knownExpenses, sample } = preview
  const known = knownExpenses === 0 ? '' : `, ${knownExpenses} imported before`
  const group = groupName === undefined ? '' : ` of ${printable(groupName)}`
  return [
    `${printable(source)}${group}: ${plural(newExpenses, 'new bill')}${known}.`,
    ...preview.parties.map((party) => `  ${personWords(here, party, people.get(party.id))}`),
    ...(sample.length === 0 ? [] : ['', sampleTable(here, preview).trimEnd()]),
    ...(newExpenses > SAMPLE_SHOWN_MAX ? [`and ${newExpenses - SAMPLE_SHOWN_MAX} more.`] : []),
    ...problemLines(here, preview),
  ].join('\n')
}

function personWords(
  here: LedgerHere,
  { name, removed }: ImportPreview['parties'][number],
  is: string | undefined,
): string {
  const who = is === undefined ? 'somebody without the app' : here.nameOf(is)
  return `${printable(name)} is ${who}${removed ? ' (had left the group)' : ''}`
}

function sampleTable(here: LedgerHere, { sample, parties }: ImportPreview): string {
  const names = new Map(parties.map(({ id, name }) => [id, printable(name)]))
  const rows = sample
    .slice(0, SAMPLE_SHOWN_MAX)
    .map((expense) => [
      `${expense.line}`,
      expense.date,
      printable(expense.title),
      expense.paid.map(({ party }) => names.get(party) ?? here.nameOf(party)).join(', '),
      moneyText(expense.amountMinor, expense.currency),
    ])
  const headings = ['LINE', 'DAY', 'WHAT', 'PAID BY', 'AMOUNT']
  return here.session.table(headings, alignAmounts(rows, [0, 4]), '')
}

function problemLines(here: LedgerHere, preview: ImportPreview): readonly string[] {
  const names = new Map(preview.parties.map(({ id, name }) => [id, printable(name)]))
  const { warnings, warningCount, wrongTotals } = preview
  const shown = warnings.slice(0, WARNINGS_SHOWN_MAX)
  return [
    ...wrongTotals.map(({ party, currency, expectedMinor, actualMinor, line }) => {
      const says = `the file says ${moneyText(expectedMinor, currency)} for ${names.get(party) ?? here.nameOf(party)}`
      return `! line ${line}: ${says}, its rows come to ${moneyText(actualMinor, currency)}`
    }),
    ...shown.map(({ line, column, message }) => `! line ${line}, column ${column}: ${message}`),
    ...(warningCount > shown.length ? [`! and ${warningCount - shown.length} more`] : []),
  ].map((line) => here.session.paint(printable(line), 'yellow'))
}

async function listImports(here: LedgerHere): Promise<void> {
  const imports = await here.client.ledgerImports(here.space)
  here.session.answer(imports, () => {
    const rows = imports.map((each) => importRow(here, each))
    const headings = ['ID', 'FILE', 'KIND', 'BILLS', 'BY', 'WHEN', '']
    return here.session.table(headings, rows, 'Nothing was imported.')
  })
}

function importRow(here: LedgerHere, each: LedgerImport): readonly string[] {
  return [
    shortId(each.batch),
    printable(each.fileName),
    printable(each.source),
    `${each.expenses}`,
    here.nameOf(each.by.person),
    ago(each.by.atMs, here.session.io.nowMs()),
    each.undone ? 'undone' : '',
  ]
}

async function undo(here: LedgerHere, start: string): Promise<void> {
  const imports = await here.client.ledgerImports(here.space)
  const batches = imports.map((each) => ({ ...each, id: each.batch }))
  const { batch } = findById('import', start, batches, ({ fileName }) => fileName)
  const undone = await here.client.undoImport(here.space, batch)
  here.session.answer(
    undone,
    () =>
      `Deleted the ${plural(undone.expenses, 'bill')} of ${printable(undone.fileName)}. Each can be restored.`,
  )
}

async function exportFile(
  session: Session,
  [space = '', named]: readonly string[],
  flags: ExportFlags,
): Promise<void> {
  const { format, output } = flags
  const client = await session.connect()
  const { id } = await findSpace(client, space)
  const { signal } = session.io
  if (format === undefined) {
    const file = output ?? named
    if (file === undefined) {
      throw new CliError('USAGE', 'expected a file for the messages, or --format for the bills')
    }
    const lines = client.exportMessages(id, { signal })
    const messages = await writeExport(session.io, file, lines)
    if (file === '-') return
    session.answer({ file, messages }, () => `Wrote ${plural(messages, 'message')} to ${file}.`)
    return
  }
  const file = output ?? named ?? '-'
  await writePieces(session.io, file, client.exportLedger(id, format, { signal }))
  if (file === '-') return
  requireEnding(session, file, format)
  session.answer({ file, format }, () => `Wrote the bills to ${file}.`)
}

function requireEnding(session: Session, file: string, format: LedgerExportFormat): void {
  const wanted = `.${format.split('-').at(-1)}`
  if (extname(file).toLowerCase() !== wanted) session.note(`What is in it is ${wanted.slice(1)}.`)
}
