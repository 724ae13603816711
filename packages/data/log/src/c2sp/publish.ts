/**
 * Publishing: a log as static files that any web server, mirror or USB stick can hand out (C2SP tlog-tiles).
 *
 *     checkpoint                              the newest signed head, a C2SP signed note
 *     tile/<level>/<index>[.p/<width>]        hashes of the tree
 *     tile/entries/<index>[.p/<width>]        the entries
 *
 * The idea: a file that a path names never changes, only the checkpoint does, and it comes last. What there is to write is
 * what lies between the published checkpoint and the new one. Hashes are computed anew from the entries on the way and
 * have to lead to the signed root.
 *
 * Invariants:
 * 1. A reader that sees a checkpoint finds every tile and bundle of it: all of them are durable before it is replaced.
 * 2. Each file is replaced atomically. Whatever is there after `kill -9` or a power cut is completed by the next call.
 * 3. What is published only grows: a directory that holds another log or another history is left as it is.
 * 4. A partial file stays until the full one is durable, as checkpoints in readers' hands lead to it.
 */

import { equalBytes, utf8 } from '@hamlet/core'
import { LogError } from '../errors.ts'
import { noteKeyOf, openNote, parseCheckpointBody, parseNote, renderNote } from '../signed-note.ts'
import { TreeHasher } from '../tree.ts'
import { encodeBundle } from './entry-bundle.ts'
import { TlogError } from './errors.ts'
import { ENTRY_BYTES_MAX } from './limits.ts'
import { PublishedFiles } from './published-files.ts'
import {
  TILE_WIDTH,
  checkpointPath,
  hashesAt,
  joinHashes,
  leavesPerHash,
  rootOfEdge,
  subtreeRoot,
} from './tile-layout.ts'
import type { Crypto, Disk } from '@hamlet/core'
import type { Log } from '../log.ts'
import type { LeafLength } from '../recovery.ts'
import type { CheckpointBody, NoteSignature, SignedNote } from '../signed-note.ts'

/** What can be published: a log, or a verified copy of a published one. */
export interface PublishSource {
  /** The entries [from, to): the data of the tree's leaves. */
  entries(from: number, to: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** Hash of the perfect subtree over the leaves [start, end). */
  treeHash(start: number, end: number): Promise<Uint8Array> | Uint8Array
  /** Root of the tree over the first `length` leaves. */
  root(length: number): Promise<Uint8Array> | Uint8Array
}

export interface PublishOptions {
  readonly crypto: Crypto
  /** Where on the disk. @default its root */
  readonly directory?: string
  /** Compare everything that is published already, too, and write anew what is not as it should be. @default false */
  readonly recheck?: boolean
  readonly progress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface PublishLogOptions extends PublishOptions {
  /** The checkpoint to publish up to, with cosignatures if there are any. @default the log's newest */
  readonly checkpoint?: string
  /** As the log was opened with. @default the whole block */
  readonly leafLength?: LeafLength
}

export interface PublishReceipt {
  /** Length that was published before. */
  readonly from: number
  readonly to: number
  /** As it is published now. */
  readonly checkpoint: string
  /** Files written, the checkpoint among them; what was there already is not counted. */
  readonly filesWritten: number
  readonly bytesWritten: number
  /** Partial files that full ones replaced. */
  readonly filesRemoved: number
}

/**
 * Publishes a log, or what is new of it.
 * @throws TlogError `TLOG_ENTRY_TOO_LARGE` (nothing was written), `TLOG_OTHER`, `TLOG_INCONSISTENT`, `TLOG_MALFORMED`,
 *   `TLOG_SIGNATURE`; LogError `LOG_BEHIND`, `LOG_OUT_OF_RANGE` while it is empty, `LOG_DAMAGED`; StoreError
 */
export async function publishLog(
  log: Log,
  disk: Disk,
  options: PublishLogOptions,
): Promise<PublishReceipt> {
  const { note, body } = checkpointOf(log, options)
  if (body.length > log.length) {
    throw new LogError('LOG_BEHIND', 'the checkpoint speaks of more blocks than are here', {
      fields: { length: log.length, signed: body.length },
    })
  }
  const { leafLength = (block) => block.length } = options
  const files = new PublishedFiles(disk, options.directory)
  const published = await readPublished(files, body)
  checkEntrySizes(log, published?.body.length ?? 0, body.length, leafLength)
  const source: PublishSource = {
    *entries(from, to) {
      for (const block of log.blocks(from, to)) yield block.subarray(0, leafLength(block))
    },
    treeHash: (start, end) => log.treeHash(start, end),
    root: (length) => log.root(length),
  }
  return publishTo(files, source, note, body, published, options)
}

/** The checkpoint to publish: the log's own, or one that its author signed. */
function checkpointOf(log: Log, { crypto, checkpoint }: PublishLogOptions): Published {
  const own = log.checkpoint()
  if (own === undefined) {
    throw new LogError('LOG_OUT_OF_RANGE', 'an empty log has no checkpoint to publish')
  }
  const newest = readCheckpoint(utf8(own))
  if (checkpoint === undefined) return newest
  const { origin } = newest.body
  const given = readCheckpoint(utf8(checkpoint))
  const opened = openNote(crypto, utf8(checkpoint), [noteKeyOf(crypto, origin, log.publicKey)])
  if (opened.ok && given.body.origin === origin) return given
  throw new TlogError('TLOG_SIGNATURE', 'the checkpoint is not one that the author signed')
}

export interface PublishEntriesOptions extends PublishOptions {
  /** A signature to add to the checkpoint; made when everything under it is durable. */
  readonly endorse?: () => NoteSignature
}

/** Publishes what a source holds up to a signed note. @throws as {@link publishLog} */
export async function publishEntries(
  source: PublishSource,
  disk: Disk,
  checkpoint: string,
  options: PublishEntriesOptions,
): Promise<PublishReceipt> {
  const { note, body } = readCheckpoint(utf8(checkpoint))
  const files = new PublishedFiles(disk, options.directory)
  const published = await readPublished(files, body)
  return publishTo(files, source, note, body, published, options)
}

interface Published {
  readonly note: SignedNote
  readonly body: CheckpointBody
}

async function publishTo(
  files: PublishedFiles,
  source: PublishSource,
  note: SignedNote,
  body: CheckpointBody,
  published: Published | undefined,
  options: PublishEntriesOptions,
): Promise<PublishReceipt> {
  if (!equalBytes(await source.root(body.length), body.root)) {
    throw new TlogError('TLOG_INCONSISTENT', 'the checkpoint is of another history than the log', {
      fields: { length: body.length },
    })
  }
  const from = published?.body.length ?? 0
  if (published) await checkExtends(source, published.body)
  const writer = new TreeWriter(files, source, options)
  const hasChanged = from < body.length || options.recheck === true
  if (hasChanged) await writer.write(options.recheck === true ? 0 : from, body)
  await files.flush()
  const signed = withSignatures(note, options.endorse ? [options.endorse()] : [])
  const isSame = published?.note.text === note.text
  const checkpoint = renderNote(isSame ? withSignatures(published.note, signed.signatures) : signed)
  await files.replace(checkpointPath(), utf8(checkpoint))
  const { filesWritten, bytesWritten, filesRemoved } = files
  return { from, to: body.length, checkpoint, filesWritten, bytesWritten, filesRemoved }
}

function readCheckpoint(bytes: Uint8Array): Published {
  const note = parseNote(bytes)
  const body = note && parseCheckpointBody(note.text)
  if (!note || !body) throw new TlogError('TLOG_MALFORMED', 'expected a signed checkpoint')
  return { note, body }
}

/** What is published already, provided the new checkpoint may replace it. */
async function readPublished(
  files: PublishedFiles,
  body: CheckpointBody,
): Promise<Published | undefined> {
  const bytes = await files.read(checkpointPath())
  if (bytes === undefined) return undefined
  const published = readCheckpoint(bytes)
  const { origin, length } = published.body
  if (origin !== body.origin) {
    throw new TlogError('TLOG_OTHER', 'another log, or an older history of it, is published here', {
      fields: { published: origin, expected: body.origin },
    })
  }
  if (length > body.length) {
    throw new TlogError('TLOG_INCONSISTENT', 'a longer log is published here already', {
      fields: { published: length, length: body.length },
    })
  }
  return published
}

async function checkExtends(source: PublishSource, published: CheckpointBody): Promise<void> {
  if (equalBytes(await source.root(published.length), published.root)) return
  throw new TlogError('TLOG_INCONSISTENT', 'what is published here is no beginning of this log', {
    fields: { published: published.length },
  })
}

/** With these signatures too; a cosignature that was published stays, the newer of the same key counts. */
function withSignatures(note: SignedNote, more: readonly NoteSignature[]): SignedNote {
  const kept = note.signatures.filter(
    (old) => !more.some(({ name, keyId }) => name === old.name && keyId === old.keyId),
  )
  return { text: note.text, signatures: [...kept, ...more] }
}

/** Looks at sizes first: only blocks that may be too large are read. */
function checkEntrySizes(log: Log, from: number, to: number, leafLength: LeafLength): void {
  for (let start = from; start < to; start += TILE_WIDTH) {
    const end = Math.min(start + TILE_WIDTH, to)
    if (log.bytesBetween(start, end) <= ENTRY_BYTES_MAX) continue
    for (let index = start; index < end; index++) {
      if (log.bytesBetween(index, index + 1) <= ENTRY_BYTES_MAX) continue
      const bytes = leafLength(log.get(index)) ?? 0
      if (bytes <= ENTRY_BYTES_MAX) continue
      const message = `block ${index} has ${bytes} bytes; a published entry has at most ${ENTRY_BYTES_MAX}`
      throw new TlogError('TLOG_ENTRY_TOO_LARGE', message, {
        fields: { index, bytes, limit: ENTRY_BYTES_MAX },
      })
    }
  }
}

/** The unfinished tile of one level. */
interface OpenTile {
  index: number
  hashes: Uint8Array[]
}

/** Walks over the entries once and writes the tiles they complete, level by level. */
class TreeWriter {
  readonly #files: PublishedFiles
  readonly #source: PublishSource
  readonly #options: PublishOptions
  readonly #hasher: TreeHasher
  readonly #levels: OpenTile[] = []

  constructor(files: PublishedFiles, source: PublishSource, options: PublishOptions) {
    this.#files = files
    this.#source = source
    this.#options = options
    this.#hasher = new TreeHasher(options.crypto)
  }

  /** Everything of the tree that one of `from` leaves did not have. @throws LogError `LOG_DAMAGED` */
  async write(from: number, body: CheckpointBody): Promise<void> {
    await this.#begin(from, body.length)
    // The bundle in which the old length ends is written anew: as a wider one, or as the full one.
    const start = from - (from % TILE_WIDTH)
    let bundle: Uint8Array[] = []
    let index = start
    for await (const entry of this.#source.entries(start, body.length)) {
      bundle.push(entry.slice())
      await this.#push(0, this.#hasher.leaf(entry))
      if (++index % TILE_WIDTH !== 0 && index < body.length) continue
      await this.#putBundle(index - bundle.length, bundle)
      bundle = []
      this.#options.progress?.(index - from, body.length - from)
      this.#options.signal?.throwIfAborted()
    }
    await this.#finish(body)
  }

  /** Above the entries, the hashes of the tiles that are still open. */
  async #begin(from: number, to: number): Promise<void> {
    this.#levels.push({ index: Math.floor(from / TILE_WIDTH), hashes: [] })
    for (let level = 1; hashesAt(level, to) > 0; level++) {
      const count = hashesAt(level, from)
      const index = Math.floor(count / TILE_WIDTH)
      const hashes: Uint8Array[] = []
      const size = leavesPerHash(level)
      for (let i = index * TILE_WIDTH; i < count; i++) {
        hashes.push(await this.#source.treeHash(i * size, (i + 1) * size))
      }
      this.#levels.push({ index, hashes })
    }
  }

  async #push(level: number, hash: Uint8Array): Promise<void> {
    const tile = this.#levels[level]!
    tile.hashes.push(hash)
    if (tile.hashes.length < TILE_WIDTH) return
    const { index, hashes } = tile
    tile.index++
    tile.hashes = []
    await this.#files.put({ level, index, width: TILE_WIDTH }, joinHashes(hashes))
    await this.#push(level + 1, subtreeRoot(this.#hasher, hashes))
  }

  async #putBundle(first: number, entries: readonly Uint8Array[]): Promise<void> {
    const index = Math.floor(first / TILE_WIDTH)
    await this.#files.put({ level: 'entries', index, width: entries.length }, encodeBundle(entries))
  }

  async #finish(body: CheckpointBody): Promise<void> {
    const edge: (readonly Uint8Array[])[] = []
    for (const [level, { index, hashes }] of this.#levels.entries()) {
      if (hashes.length === 0) continue
      await this.#files.put({ level, index, width: hashes.length }, joinHashes(hashes))
      edge.push(hashes)
    }
    if (equalBytes(rootOfEdge(this.#hasher, edge), body.root)) return
    throw new LogError('LOG_DAMAGED', 'the entries do not lead to the signed root')
  }
}
