/** Commands about what others see of a log: publish, verify, prove, check. */

import type { Command } from 'commander'
import { concatBytes } from '@hamlet/core'
import {
  diskTiles,
  parseNoteKey,
  proveEntry,
  publishLog,
  renderEntryProof,
  verifyEntryProof,
  verifyPublished,
} from '@hamlet/log'
import type { NoteKey, PublishedReport } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'

import { bytesOfFile } from '../block-input.ts'
import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { createHttpTiles, isWebAddress } from '../http-tiles.ts'
import { absolutePath } from '../io.ts'
import type { Io } from '../io.ts'
import { localCrypto, withLocalLog } from '../local-log.ts'
import type { LocalLog } from '../local-log.ts'
import { Progress } from '../progress.ts'
import { parseIndex, plural, printable, sizeOf } from '../text.ts'

interface PublishFlags {
  readonly recheck?: boolean
}

/** `log`: the command that these belong to. */
export function addPublishedLogCommands(log: Command, io: Io): void {
  addCommand<PublishFlags>(
    log,
    io,
    'publish <name> <dir>',
    'write it as static files for a web server (C2SP tiles); again: only what is new',
    publish,
    (command) => command.option('--recheck', 'also look at what is published already, and mend it'),
  )
  addCommand(
    log,
    io,
    'verify <place> <key>',
    'check a published log, entry by entry: a directory, or the address of one on the web',
    verify,
  )
  addCommand(log, io, 'prove <name> <number>', 'a text that proves one block to others', prove)
  addCommand(
    log,
    io,
    'check <proof> <block> <key>',
    'check such a proof: files with the text and with the block, one of them may be "-"',
    check,
  )
}

async function publish(
  session: Session,
  [name = '', target = '']: readonly string[],
  { recheck }: PublishFlags,
): Promise<void> {
  const directory = absolutePath(session.io, target)
  await withLocalLog(session, name, async (local) => {
    const progress = new Progress(session, 'Publishing')
    const { signal } = session.io
    try {
      const receipt = await publishLog(local.log, createNodeDisk(directory, { isPublic: true }), {
        crypto: localCrypto,
        recheck: recheck === true,
        progress: (done, total) => progress.update(done, total),
        signal,
      })
      progress.end()
      session.answer({ name, directory, ...receipt }, () => publishedWords(local, target, receipt))
    } catch (error) {
      progress.end()
      if (!signal.aborted) throw error
      const message = 'stopped; what was published before is whole, and the next call goes on'
      throw new CliError('STOPPED', message, { cause: error })
    }
  })
}

function publishedWords(
  { name, key }: LocalLog,
  directory: string,
  { to, filesWritten }: { readonly to: number; readonly filesWritten: number },
): string {
  if (filesWritten === 0) return `${name} is published already, with ${plural(to, 'block')}.`
  return [
    `Published ${name}: ${plural(to, 'block')}; ${plural(filesWritten, 'file')} written.`,
    `Anybody checks it with: hamlet log verify ${printable(directory)} ${key}`,
  ].join('\n')
}

async function verify(
  session: Session,
  [place = '', keyText = '']: readonly string[],
): Promise<void> {
  const key = keyOf(keyText)
  const report = await readPublished(session, place, key)
  const { checkpoint, ...counts } = report
  const { origin, length } = checkpoint ?? {}
  session.answer({ origin, length, ...counts }, () => reportWords(report))
  if (!report.isSound) {
    throw new CliError('NOT_SOUND', 'the published log is not what was signed', {
      fields: { problems: report.problemCount },
    })
  }
}

async function readPublished(
  session: Session,
  place: string,
  key: NoteKey,
): Promise<PublishedReport> {
  using web = isWebAddress(place) ? createHttpTiles(place) : undefined
  const fetch = web?.fetch ?? diskTiles(createNodeDisk(absolutePath(session.io, place)))
  const progress = new Progress(session, 'Reading')
  const { signal } = session.io
  try {
    return await verifyPublished({
      crypto: localCrypto,
      fetch,
      policy: { logs: [key] },
      progress: (done, total) => progress.update(done, total),
      signal,
    })
  } catch (error) {
    throw signal.aborted ? new CliError('STOPPED', 'stopped', { cause: error }) : error
  } finally {
    progress.end()
  }
}

function reportWords({
  isSound,
  entries,
  entryBytes,
  problemCount,
  problems,
}: PublishedReport): string {
  const read = `${plural(entries, 'entry', 'entries')}, ${sizeOf(entryBytes)}`
  if (isSound) return `Sound: ${read}, all of them signed.`
  const lines = problems.map(({ path, problem, detail, belongsTo }) => {
    const where = belongsTo === undefined ? '' : `; its content is that of ${belongsTo}`
    return `${path}  ${problem}: ${printable(detail)}${where}`
  })
  const more = problemCount - problems.length
  return [
    `${plural(problemCount, 'problem')}; sound are ${read}.`,
    ...lines,
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('\n')
}

/** The proof itself is what is printed: it goes into a file, usually `NAME.tlog-proof`. */
async function prove(session: Session, [name = '', number = '']: readonly string[]): Promise<void> {
  const index = parseIndex(number)
  await withLocalLog(session, name, async ({ log }) => {
    // Beyond the end, this says so.
    log.leafHash(index)
    const proof = renderEntryProof(await proveEntry(log, index, log.checkpoint() ?? ''))
    session.answer({ name, index, length: log.length, proof }, () => proof)
  })
}

async function check(
  session: Session,
  [proofFile = '', blockFile = '', keyText = '']: readonly string[],
): Promise<void> {
  if (proofFile === '-' && blockFile === '-') {
    throw new CliError('USAGE', 'only one of the two can be standard input')
  }
  const key = keyOf(keyText)
  const [proof, block] = [
    await contentOf(session.io, proofFile),
    await contentOf(session.io, blockFile),
  ]
  const proven = verifyEntryProof(localCrypto, proof, block, { logs: [key] })
  if (!proven.ok) {
    const { code, message } = proven.error
    throw new CliError('NOT_SOUND', message, { fields: { reason: code } })
  }
  const { index, checkpoint } = proven.value
  const { origin, length } = checkpoint
  session.answer({ origin, index, length, bytes: block.length }, () => {
    return `Proven: these ${block.length} bytes are block ${index} of a log of ${length}, signed by its author.`
  })
}

async function contentOf(io: Io, file: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytesOfFile(io, file)) pieces.push(piece)
  return concatBytes(...pieces)
}

function keyOf(text: string): NoteKey {
  const key = parseNoteKey(localCrypto, text)
  if (key) return key
  throw new CliError('USAGE', 'expected a verifier key: NAME+ID+BASE64')
}
