/** Commands about what became of a trie over time: its writes, the differences of two versions, and what is written from now on. */

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { base64ToBytes, bytesToBase64, equalBytes, errorCode, utf8 } from '@hamlet/core'
import { TrieError, decodeCheckpoint } from '@hamlet/trie'
import type { TrieChange, TrieDiff } from '@hamlet/trie'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { writeExport } from '../export-file.ts'
import { absolutePath } from '../io.ts'
import type { Io } from '../io.ts'
import { withLocalTrie } from '../local-trie.ts'
import { printEach } from '../print-each.ts'
import { parseIndex } from '../text.ts'
import { changeJson, changeWords, differenceJson, differenceWords } from '../trie-text.ts'
import { hasLogChanged, logState } from '../watch-log.ts'

interface HistoryFlags {
  readonly from?: string
  readonly to?: string
  readonly reverse?: boolean
}

interface DiffFlags {
  readonly prefix?: string
  readonly checkpoint?: string
}

interface WatchFlags {
  readonly from?: string
}

/** After so many differences the checkpoint is written anew. */
const CHECKPOINT_DIFFERENCES = 1000
const CHECKPOINT_LINE = /^hamlet\/v1\/trie-checkpoint (\S+)\n$/

export function addTrieHistoryCommands(trie: Command, io: Io): void {
  addCommand<HistoryFlags>(
    trie,
    io,
    'history <name> [prefix]',
    'every write under the prefix, the oldest first',
    history,
    (command) =>
      command
        .option('--from <n>', 'the first version to show')
        .option('--to <n>', 'the last version to show')
        .option('--reverse', 'the newest first'),
  )
  addCommand<DiffFlags>(
    trie,
    io,
    'diff <name> <from> [to]',
    'what differs between version <from> and version <to>, or the newest',
    diff,
    (command) =>
      command
        .option('--prefix <prefix>', 'only keys under it')
        .option('--checkpoint <file>', 'how far it has got, to go on from after an interruption'),
  )
  addCommand<WatchFlags>(
    trie,
    io,
    'watch <name> [prefix]',
    'every write under the prefix, as it comes',
    watch,
    (command) => command.option('--from <n>', 'begin with what came after this version'),
  )
}

async function history(
  session: Session,
  [name = '', prefix = '']: readonly string[],
  flags: HistoryFlags,
): Promise<void> {
  const from = flags.from === undefined ? 0 : parseIndex(flags.from, 'a version')
  const to = flags.to === undefined ? Infinity : parseIndex(flags.to, 'a version')
  await withLocalTrie(session, name, async ({ trie }) => {
    const reverse = flags.reverse === true
    const last = Math.min(to, trie.version)
    const changes = trie.history({ from, to: last, reverse, prefix })
    // How many of the writes are under a prefix shows in the end only.
    const total = prefix === '' ? Math.max(0, last - Math.max(from, 2) + 1) : 0
    await printEach(session, changeLines(changes, session), total)
  })
}

async function* changeLines(
  changes: AsyncIterable<TrieChange>,
  { isJson }: Session,
): AsyncGenerator<string, void, undefined> {
  for await (const change of changes) {
    yield isJson ? JSON.stringify(changeJson(change)) : changeWords(change)
  }
}

async function diff(
  session: Session,
  [name = '', first = '', last]: readonly string[],
  { prefix = '', checkpoint: file }: DiffFlags,
): Promise<void> {
  const from = parseIndex(first, 'a version')
  const to = last === undefined ? undefined : parseIndex(last, 'a version')
  await withLocalTrie(session, name, async ({ trie }) => {
    const checkpoint = file === undefined ? undefined : await readCheckpoint(session.io, file)
    if (checkpoint) checkSame(checkpoint, from, to, prefix)
    const view = to === undefined ? trie : trie.checkout(to)
    const differences = view.diff(from, { prefix, ...(checkpoint ? { checkpoint } : {}) })
    await printEach(session, differenceLines(session, differences, file))
  })
}

/** What was yielded before is printed when the next is asked for: only then the checkpoint says so. */
async function* differenceLines(
  session: Session,
  differences: TrieDiff,
  file: string | undefined,
): AsyncGenerator<string, void, undefined> {
  let count = 0
  try {
    for await (const difference of differences) {
      const { isJson } = session
      yield isJson ? JSON.stringify(differenceJson(difference)) : differenceWords(difference)
      if (file !== undefined && ++count % CHECKPOINT_DIFFERENCES === 0) {
        await writeCheckpoint(session, file, differences)
      }
    }
  } finally {
    if (file !== undefined) await writeCheckpoint(session, file, differences)
  }
}

async function writeCheckpoint(session: Session, file: string, diffed: TrieDiff): Promise<void> {
  async function* line(): AsyncGenerator<string, void, undefined> {
    yield `hamlet/v1/trie-checkpoint ${bytesToBase64(diffed.checkpoint())}`
  }
  await writeExport(session.io, file, line())
}

/** `undefined`: there is no such file yet. @throws TrieError `TRIE_CHECKPOINT`; CliError `FILE_FAILED` */
async function readCheckpoint(io: Io, file: string): Promise<Uint8Array | undefined> {
  const text = await readFile(absolutePath(io, file), 'utf8').catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return undefined
    throw new CliError('FILE_FAILED', `cannot read ${file}`, { cause })
  })
  if (text === undefined) return undefined
  const bytes = base64ToBytes(CHECKPOINT_LINE.exec(text)?.[1] ?? '')
  if (bytes && bytes.length > 0) return bytes
  throw new TrieError('TRIE_CHECKPOINT', `${file} is not the checkpoint of a diff`)
}

/** A checkpoint goes on with its own versions: whoever asks for others is told. */
function checkSame(bytes: Uint8Array, from: number, to: number | undefined, prefix: string): void {
  const { before, after, prefix: prefixOfIt } = decodeCheckpoint(bytes)
  const isSame = before === from && (to ?? after) === after && equalBytes(prefixOfIt, utf8(prefix))
  if (isSame) return
  const message = `the checkpoint is of the diff from ${before} to ${after}; remove it to begin another`
  throw new CliError('USAGE', message, { fields: { from: before, to: after } })
}

/** What a watch has seen: the versions up to `version`, in files that look as `state` says. */
interface Seen {
  readonly version: number
  readonly state: string
  readonly directory: string
}

async function watch(
  session: Session,
  [name = '', prefix = '']: readonly string[],
  { from }: WatchFlags,
): Promise<void> {
  const { signal } = session.io
  const start = from === undefined ? undefined : parseIndex(from, 'a version')
  let seen = await showSince(session, name, prefix, start)
  session.note('Waiting for changes; end with Ctrl-C.')
  while (await hasLogChanged(seen.directory, seen.state, signal)) {
    try {
      seen = await showSince(session, name, prefix, seen.version)
    } catch (error) {
      // Somebody writes for long: what comes of it is shown afterwards.
      if (errorCode(error) !== 'LOG_IN_USE') throw error
    }
  }
}

/** `version`: `undefined` to begin with what comes from now on. */
function showSince(
  session: Session,
  name: string,
  prefix: string,
  version: number | undefined,
): Promise<Seen> {
  return withLocalTrie(session, name, async ({ directory, trie }) => {
    const state = await logState(directory)
    // Whoever holds the trie may write while this prints: what comes meanwhile is shown next.
    const last = trie.version
    if (version !== undefined && last > version) {
      const changes = trie.history({ from: version + 1, to: last, prefix })
      await printEach(session, changeLines(changes, session))
    }
    return { version: last, state, directory }
  })
}
