/**
 * Commands about logs of one's own on this machine: create, list, append, get, info, audit; what others see of them is in
 * `published-log-commands.ts`.
 *
 * They open the files directly and need no running peer; a log is used by one command at a time. What `append` has said
 * is in the log stays there, whatever happens to the process next.
 */

import type { Command } from 'commander'
import { bytesToHex, errorCode, utf8 } from '@hamlet/core'
import { BLOCK_BYTES_MAX, ENTRY_BYTES_MAX, originOf } from '@hamlet/log'
import { TrieError } from '@hamlet/trie'

import { auditLog } from '../audit-log.ts'
import { BlockAppender } from '../block-appender.ts'
import { bytesOfFile, cutIntoBlocks, sizeOfFiles } from '../block-input.ts'
import type { BlockForm } from '../block-input.ts'
import { writeBlock } from '../block-output.ts'
import { addCommand, collect } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { createLocalLog, listLocalLogs, localCrypto, withLocalLog } from '../local-log.ts'
import { isTrie } from '../local-trie.ts'
import { Progress } from '../progress.ts'
import { parseCount, parseIndex, plural, printable, sizeOf } from '../text.ts'
import { addRemoteLogCommands } from './remote-log-commands.ts'
import { addPublishedLogCommands } from './published-log-commands.ts'

interface AppendFlags {
  readonly file: readonly string[]
  readonly lines?: boolean
  readonly chunks?: string
}

interface GetFlags {
  readonly lines?: boolean
}

const CHUNK_BYTES_MAX = 999_999

export function addLogCommands(program: Command, io: Io): void {
  const log = program
    .command('log')
    .description('logs of your own on this machine: signed, append-only, verifiable by anybody')
  addCommand(log, io, 'create <name>', 'a new log with a key of its own', createLog)
  addCommand(log, io, 'list', 'your logs', listLogs)
  addCommand<AppendFlags>(
    log,
    io,
    'append <name> [block...]',
    'add blocks: the arguments, or files, or standard input',
    append,
    (command) =>
      command
        .option('--file <file>', 'read this file ("-" is standard input; repeat)', collect, [])
        .option('--lines', 'every line is a block, without its line end')
        .option('--chunks <bytes>', 'every so many bytes are a block'),
  )
  addCommand<GetFlags>(
    log,
    io,
    'get <name> <from> [to]',
    'one block, or the blocks from <from> up to and without <to>; numbers begin at 0',
    get,
    (command) => command.option('--lines', 'a line end after each block'),
  )
  addCommand(
    log,
    io,
    'truncate <name> <length>',
    'take back what comes after the first <length> blocks; whoever has a copy is told, and sees that you did',
    truncate,
  )
  addCommand(log, io, 'info <name>', 'key, length, root and checkpoint', info)
  addCommand(log, io, 'audit <name>', 'read everything and check it against the signature', audit)
  addPublishedLogCommands(log, io)
  addRemoteLogCommands(log, io)
}

async function createLog(session: Session, [name = '']: readonly string[]): Promise<void> {
  const { log, key, directory } = await createLocalLog(session, name)
  session.answer({ name, id: log.id, key, directory }, () =>
    [
      `Made the log ${session.paint(name, 'bold')}. Others check it with the key:`,
      key,
      `The secret half is in ${printable(directory)}, readable by you alone. Whoever loses it cannot append any more.`,
    ].join('\n'),
  )
}

async function listLogs(session: Session): Promise<void> {
  const names = await listLocalLogs(session)
  session.answer(names, () =>
    names.length === 0
      ? 'No logs yet. Make one with: hamlet log create NAME'
      : names.map((name) => `${name}\n`).join(''),
  )
}

async function append(
  session: Session,
  [name = '', ...texts]: readonly string[],
  flags: AppendFlags,
): Promise<void> {
  const form = formOf(flags)
  if (texts.length > 0 && (flags.file.length > 0 || form.kind !== 'whole')) {
    throw new CliError('USAGE', 'blocks are arguments or come from files, not both')
  }
  const files = flags.file.length > 0 ? flags.file : ['-']
  const totalBytes = texts.length > 0 ? 0 : await sizeOfFiles(session.io, files)
  await withLocalLog(session, name, async (local) => {
    const { log } = local
    if (isTrie(local)) {
      const message = `${name} is a trie: write to it with hamlet trie put`
      throw new TrieError('TRIE_NOT_ALONE', message, { fields: { name } })
    }
    const blocks =
      texts.length > 0 ? texts.map((text) => utf8(text)) : inputOf(session, files, form)
    const appender = new BlockAppender(log)
    await appendAll(session, appender, blocks, totalBytes)
    const { appended, from, to } = appender
    const { length, head } = log
    const root = head === undefined ? undefined : bytesToHex(head.root)
    session.answer({ name, from, to, appended, length, root }, () =>
      appended === 0
        ? 'Nothing to append.'
        : `Appended ${plural(appended, 'block')}; ${name} has ${length} now.`,
    )
  })
}

function formOf({ lines, chunks }: AppendFlags): BlockForm {
  if (lines === true && chunks !== undefined) {
    throw new CliError('USAGE', 'either --lines or --chunks')
  }
  if (lines === true) return { kind: 'lines' }
  if (chunks === undefined) return { kind: 'whole' }
  return { kind: 'chunks', bytes: parseCount(chunks, Math.min(CHUNK_BYTES_MAX, BLOCK_BYTES_MAX)) }
}

async function* inputOf(
  session: Session,
  files: readonly string[],
  form: BlockForm,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const file of files) yield* cutIntoBlocks(bytesOfFile(session.io, file), form)
}

/** What was read before an error is appended all the same, and told. */
async function appendAll(
  session: Session,
  appender: BlockAppender,
  blocks: readonly Uint8Array[] | AsyncIterable<Uint8Array>,
  totalBytes: number,
): Promise<void> {
  const progress = new Progress(session, 'Appending')
  let largest = 0
  try {
    largest = await appendBlocks(session, appender, blocks, (done) =>
      progress.update(done, totalBytes),
    )
  } catch (error) {
    throw withAppended(error, appender.appended)
  } finally {
    progress.end()
  }
  if (largest > ENTRY_BYTES_MAX) {
    session.note(`A block is larger than ${ENTRY_BYTES_MAX} bytes: this log cannot be published.`)
  }
}

/** Returns the size of the largest block. */
async function appendBlocks(
  session: Session,
  appender: BlockAppender,
  blocks: readonly Uint8Array[] | AsyncIterable<Uint8Array>,
  progress: (doneBytes: number) => void,
): Promise<number> {
  let largest = 0
  try {
    for await (const block of blocks) {
      await appender.add(block)
      largest = Math.max(largest, block.length)
      progress(appender.appendedBytes)
      if (session.io.signal.aborted) throw new CliError('STOPPED', 'stopped')
    }
  } finally {
    await appender.finish()
  }
  return largest
}

function withAppended(error: unknown, appended: number): unknown {
  if (appended === 0) return error
  const message = error instanceof Error ? error.message : String(error)
  const kept = `${plural(appended, 'block')} before that ${appended === 1 ? 'is' : 'are'} in the log`
  return new CliError('APPEND_ENDED', `${message}; ${kept}`, {
    cause: error,
    fields: { appended, reason: errorCode(error) },
  })
}

async function get(
  session: Session,
  [name = '', first = '', last]: readonly string[],
  flags: GetFlags,
): Promise<void> {
  const from = parseIndex(first)
  const to = last === undefined ? from + 1 : parseIndex(last)
  await withLocalLog(session, name, async ({ log }) => {
    const isOne = last === undefined
    if (isOne) return writeBlock(session, from, log.get(from), flags)
    let index = from
    for (const block of log.blocks(from, to)) {
      writeBlock(session, index++, block, flags)
      if (session.io.signal.aborted) throw new CliError('STOPPED', 'stopped')
      await session.io.stdout.drained?.()
    }
  })
}

async function truncate(
  session: Session,
  [name = '', lengthText = '']: readonly string[],
): Promise<void> {
  const length = parseIndex(lengthText, 'a number of blocks')
  await withLocalLog(session, name, async (local) => {
    const { log } = local
    if (isTrie(local)) {
      const message = `${name} is a trie: its older versions stay`
      throw new TrieError('TRIE_NOT_ALONE', message, { fields: { name } })
    }
    const { fork, kept, last } = await log.truncate(length)
    const takenBack = last.length - kept.length
    session.answer({ name, length, takenBack, fork }, () => {
      const what = plural(takenBack, 'block')
      return `Took back ${what} of ${name}, which has ${length} now. Your signature says so, for good.`
    })
  })
}

async function info(session: Session, [name = '']: readonly string[]): Promise<void> {
  await withLocalLog(session, name, async ({ log, key, directory }) => {
    const { id, length, byteLength, openReport } = log
    const root = bytesToHex(log.root())
    const checkpoint = log.checkpoint()
    const { discarded } = openReport
    const value = { name, id, origin: originOf(id), key, length, bytes: byteLength, root }
    session.answer({ ...value, checkpoint, directory }, () =>
      [
        session.paint(name, 'bold'),
        `Key         ${key}`,
        `Length      ${plural(length, 'block')}, ${sizeOf(byteLength)}`,
        `Root        ${root}`,
        `Directory   ${printable(directory)}`,
        ...(discarded === undefined ? [] : ['A write that a crash had cut short was removed.']),
        ...(checkpoint === undefined ? [] : ['', checkpoint.trimEnd()]),
      ].join('\n'),
    )
  })
}

async function audit(session: Session, [name = '']: readonly string[]): Promise<void> {
  await withLocalLog(session, name, async ({ log }) => {
    const progress = new Progress(session, 'Reading')
    const { signal } = session.io
    try {
      const report = await auditLog(localCrypto, log, (done, total) => {
        if (signal.aborted) throw new CliError('STOPPED', 'stopped')
        progress.update(done, total)
      })
      progress.end()
      const value = { name, ...report }
      session.answer(value, () => {
        const cleared = report.cleared === 0 ? '' : `, ${plural(report.cleared, 'block')} cleared`
        return `${name} is sound: ${plural(report.read, 'block')}, ${sizeOf(report.bytes)}${cleared}.`
      })
    } finally {
      progress.end()
    }
  })
}
