/**
 * Commands about tries of one's own on this machine: create, put, get, del, list, batch; what became of them over time is in
 * `trie-history-commands.ts`.
 *
 * They open the files directly and need no running peer. What a command has said is written stays there, whatever happens
 * to the process next; a batch is there wholly or not at all.
 */

import type { Command } from 'commander'
import { concatBytes, utf8 } from '@hamlet/core'
import { TRIE_VALUE_BYTES_MAX, TrieError } from '@hamlet/trie'
import type { TrieView, WriteOptions } from '@hamlet/trie'

import { bytesOfFile, cutIntoBlocks } from '../block-input.ts'
import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { createLocalTrie, withLocalTrie } from '../local-trie.ts'
import type { LocalTrie } from '../local-trie.ts'
import { printEach } from '../print-each.ts'
import { Progress } from '../progress.ts'
import { parseIndex, plural, printable } from '../text.ts'
import { readOperations } from '../trie-batch.ts'
import { entryJson, jsonField, keyWords, writeEntry } from '../trie-text.ts'
import { addRemoteTrieCommands } from './remote-trie-commands.ts'
import { addTrieHistoryCommands } from './trie-history-commands.ts'

interface VersionFlags {
  readonly version?: string
}

interface WriteFlags {
  readonly ifVersion?: string
}

/** A value of the largest size as base64 in JSON, or as text in which every character is escaped. */
const LINE_BYTES_MAX = 8 * 1024 * 1024
const NEWEST = '--version <n>'
const NEWEST_MEANS = 'as it was after this version'
const IF_VERSION = '--if-version <n>'
const IF_VERSION_MEANS = 'only if this version put the key last; 0: only if it is not there'

export function addTrieCommands(program: Command, io: Io): void {
  const trie = program
    .command('trie')
    .description('keys and values of your own on this machine, every version of them, signed')
  addCommand(trie, io, 'create <name>', 'a new trie, on a new log with a key of its own', create)
  addCommand<WriteFlags & { readonly file?: string }>(
    trie,
    io,
    'put <name> <key> [value]',
    'set a key: to the argument, a file, or standard input',
    put,
    (command) =>
      command
        .option('--file <file>', 'read the value from this file ("-" is standard input)')
        .option(IF_VERSION, IF_VERSION_MEANS),
  )
  addCommand<VersionFlags>(
    trie,
    io,
    'get <name> <key>',
    'the value of a key, as it is',
    get,
    (command) => command.option(NEWEST, NEWEST_MEANS),
  )
  addCommand<WriteFlags>(trie, io, 'del <name> <key>', 'remove a key', del, (command) =>
    command.option(IF_VERSION, IF_VERSION_MEANS),
  )
  addCommand<VersionFlags & { readonly recursive?: boolean }>(
    trie,
    io,
    'list <name> [prefix]',
    'what is directly under the prefix; with "/" behind its name, what has more under it',
    list,
    (command) => command.option('--recursive', 'all keys').option(NEWEST, NEWEST_MEANS),
  )
  addCommand(trie, io, 'batch <name>', 'all operations on standard input, or none', batch)
  addTrieHistoryCommands(trie, io)
  addRemoteTrieCommands(trie, io)
}

async function create(session: Session, [name = '']: readonly string[]): Promise<void> {
  const { log, key, directory } = await createLocalTrie(session, name)
  session.answer({ name, id: log.id, key, directory }, () =>
    [
      `Made the trie ${session.paint(name, 'bold')}. Others check it with the key:`,
      key,
      `The secret half is in ${printable(directory)}, readable by you alone. Whoever loses it cannot write any more.`,
    ].join('\n'),
  )
}

async function put(
  session: Session,
  [name = '', key = '', text]: readonly string[],
  flags: WriteFlags & { readonly file?: string },
): Promise<void> {
  if (text !== undefined && flags.file !== undefined) {
    throw new CliError('USAGE', 'the value is an argument or comes from a file, not both')
  }
  const options = writeOptionsOf(flags)
  const value = text === undefined ? await readValue(session, flags.file ?? '-') : utf8(text)
  await withLocalTrie(session, name, async ({ trie }) => {
    const version = await trie.put(key, value, options)
    session.answer({ name, key, version }, () => `${printable(key)} is set; version ${version}.`)
  })
}

async function readValue(session: Session, file: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of bytesOfFile(session.io, file)) {
    pieces.push(piece.slice())
    bytes += piece.length
    if (bytes <= TRIE_VALUE_BYTES_MAX) continue
    const message = `a value has at most ${TRIE_VALUE_BYTES_MAX} bytes`
    throw new TrieError('TRIE_VALUE_TOO_LARGE', message)
  }
  return concatBytes(...pieces)
}

async function get(
  session: Session,
  [name = '', key = '']: readonly string[],
  flags: VersionFlags,
): Promise<void> {
  await withLocalTrie(session, name, async (local) => {
    const entry = await viewOf(local, flags).get(key)
    if (!entry) {
      throw new CliError('NOTHING_MATCHES', `there is no key "${key}" in ${name}`, {
        fields: { name, key },
      })
    }
    writeEntry(session, entry)
  })
}

async function del(
  session: Session,
  [name = '', key = '']: readonly string[],
  flags: WriteFlags,
): Promise<void> {
  const options = writeOptionsOf(flags)
  await withLocalTrie(session, name, async ({ trie }) => {
    const version = await trie.del(key, options)
    const value = { name, key, version: version ?? trie.version, isDeleted: version !== undefined }
    session.answer(value, () =>
      version === undefined
        ? `There was no ${printable(key)}.`
        : `${printable(key)} is removed; version ${version}.`,
    )
  })
}

async function list(
  session: Session,
  [name = '', prefix = '']: readonly string[],
  flags: VersionFlags & { readonly recursive?: boolean },
): Promise<void> {
  await withLocalTrie(session, name, async (local) => {
    const view = viewOf(local, flags)
    const linesOf = flags.recursive === true ? keyLines : childLines
    await printEach(session, linesOf(view, prefix, session))
  })
}

async function* childLines(
  view: TrieView,
  prefix: string,
  { isJson }: Session,
): AsyncGenerator<string, void, undefined> {
  for await (const { key, name, entry, hasChildren } of view.list(prefix)) {
    if (isJson) {
      const value = entry && jsonField('value', entry.value)
      const version = entry?.version
      yield JSON.stringify({ ...jsonField('key', key), version, hasChildren, ...value })
      continue
    }
    if (entry) yield keyWords(name)
    if (hasChildren) yield `${keyWords(name)}/`
  }
}

async function* keyLines(
  view: TrieView,
  prefix: string,
  { isJson }: Session,
): AsyncGenerator<string, void, undefined> {
  for await (const entry of view.iterate({ prefix })) {
    yield isJson ? JSON.stringify(entryJson(entry)) : keyWords(entry.key)
  }
}

async function batch(session: Session, [name = '']: readonly string[]): Promise<void> {
  // Read first: while somebody types, others may use the trie.
  const progress = new Progress(session, 'Reading')
  const lines = cutIntoBlocks(bytesOfFile(session.io, '-'), { kind: 'lines' }, LINE_BYTES_MAX)
  try {
    const operations = await readOperations(lines, (count) => progress.update(count, 0))
    progress.end()
    await withLocalTrie(session, name, async ({ trie }) => {
      const from = trie.version
      const version = await trie.batch(operations)
      const value = { name, operations: operations.length, written: version - from, version }
      session.answer(value, () => {
        const done = plural(operations.length, 'operation')
        return `${done} done, ${plural(version - from, 'change')} written; version ${version}.`
      })
    })
  } finally {
    progress.end()
  }
}

function viewOf({ trie }: LocalTrie, { version }: VersionFlags): TrieView {
  return version === undefined ? trie : trie.checkout(parseIndex(version, 'a version'))
}

function writeOptionsOf({ ifVersion }: WriteFlags): WriteOptions {
  return ifVersion === undefined ? {} : { ifVersion: parseIndex(ifVersion, 'a version') }
}
