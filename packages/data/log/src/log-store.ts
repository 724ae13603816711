/**
 * The storage of one log: commits go in, blocks and hashes come out.
 *
 * A commit is drafted in memory (frames, leaf hashes, nodes), given its head, and written with one append to the
 * last segment. Two states are kept: `written`, which the next commit builds on, and `durable`, which a sync has
 * confirmed and every head record and mark speaks of.
 */

import { assert, errorCode, silentLogger } from '@hamlet/core'
import { DerivedFiles, INDEX_ENTRY_BYTES, writeIndexEntry } from './derived.ts'
import { LogError } from './errors.ts'
import {
  BLOCK_FRAME,
  FRAME_HEADER_BYTES,
  FRAME_TYPE_OFFSET,
  checkFrame,
  comparePositions,
  headFrameBytes,
  sealFrame,
  writeHeadFrame,
} from './frame.ts'
import { MARK_BLOCKS, MARK_BYTES, SEGMENT_BYTES } from './limits.ts'
import { decodeMark, encodeMark } from './mark.ts'
import { rebuildDerived, recover } from './recovery.ts'
import { SEGMENT_HEADER_BYTES, Segments } from './segments.ts'
import { TreeHasher } from './tree.ts'
import type { Crypto, Disk, LogId, Logger } from '@hamlet/core'
import type { BlockPlace } from './derived.ts'
import type { LogPosition } from './frame.ts'
import type { LogHead } from './head.ts'
import type { LogMark } from './mark.ts'
import type { LeafLength, OpenReport, RecoveryContext } from './recovery.ts'
import type { LogState } from './state.ts'
import type { Frontier } from './tree.ts'

export interface LogStoreOptions {
  readonly id: LogId
  readonly disk: Disk
  readonly crypto: Crypto
  readonly directory: string
  readonly publicKey: Uint8Array
  readonly leafLength: LeafLength
  readonly logger?: Logger
  readonly segmentBytes?: number
  readonly markBlocks?: number
}

/** A commit that lacks only its head. */
export interface CommitDraft {
  readonly base: LogState
  readonly buffer: Uint8Array
  readonly place: LogPosition
  /** Where the head frame goes in `buffer`. */
  readonly headAt: number
  readonly nodes: readonly Uint8Array[]
  readonly entries: Uint8Array
  readonly frontier: Frontier
  readonly byteLength: number
}

export class LogStore {
  readonly #options: LogStoreOptions
  readonly #context: RecoveryContext
  readonly #report: OpenReport
  readonly #logger: Logger
  #written: LogState
  #durable: LogState
  #marked: { readonly length: number; readonly byteLength: number; readonly position: LogPosition }
  #marking: Promise<void> | undefined
  #failure: LogError | undefined
  #rebuilt = false

  private constructor(
    options: LogStoreOptions,
    context: RecoveryContext,
    state: LogState,
    report: OpenReport,
    mark: LogMark | undefined,
  ) {
    this.#options = options
    this.#context = context
    this.#report = report
    this.#logger = options.logger ?? silentLogger
    this.#written = state
    this.#durable = state
    this.#marked = mark ?? { length: 0, byteLength: 0, position: { segment: 0, offset: 0 } }
  }

  /** @throws LogError `LOG_DAMAGED`, `LOG_OTHER` */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const { id, disk, crypto, directory, publicKey, leafLength } = options
    const hasher = new TreeHasher(crypto)
    const mark = decodeMark(id, await disk.readAll(`${directory}/mark`))
    const segments = await Segments.open(disk, directory, id)
    const derived = await DerivedFiles.open(hasher, disk, directory)
    const context = { id, crypto, publicKey, hasher, segments, derived, leafLength }
    try {
      const { state, report } = recover(context, mark)
      const isClean = mark && comparePositions(mark.position, segments.end) === 0
      if (!isClean && segments.count > 0) {
        // After kill -9 the tail is in the page cache only: it must not be shown before it is durable.
        await segments.syncLast()
        await disk.syncDirectory(directory)
      }
      return new LogStore(options, context, state, report, report.rebuilt ? undefined : mark)
    } catch (error) {
      segments.close()
      derived.close()
      throw error
    }
  }

  get written(): LogState {
    return this.#written
  }

  get durable(): LogState {
    return this.#durable
  }

  get report(): OpenReport {
    return this.#report
  }

  get hasher(): TreeHasher {
    return this.#context.hasher
  }

  get derived(): DerivedFiles {
    return this.#context.derived
  }

  /** Makes room for a commit; nothing else may write meanwhile. */
  async prepare(): Promise<void> {
    this.#throwIfFailed()
    const { segmentBytes = SEGMENT_BYTES } = this.#options
    if (!this.#context.segments.isFull(segmentBytes)) return
    await this.sync()
    await this.#context.segments.roll()
  }

  draft(blocks: readonly Uint8Array[], leafBytes: readonly number[], proofHashes = 0): CommitDraft {
    const { segments, hasher } = this.#context
    const base = this.#written
    const place = segments.end
    const headerBytes = place.offset === 0 ? SEGMENT_HEADER_BYTES : 0
    const buffer = new Uint8Array(commitBytes(headerBytes, blocks, proofHashes))
    if (headerBytes > 0) buffer.set(segments.header(place.segment, base.length))
    const entries = new Uint8Array(blocks.length * INDEX_ENTRY_BYTES)
    const nodes: Uint8Array[] = []
    const frontier = base.frontier.clone()
    let { byteLength } = base
    let at = headerBytes
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i]!
      const offset = place.offset + at
      const frame = { segment: place.segment, offset, number: base.length + i }
      buffer.set(block, at + FRAME_HEADER_BYTES)
      sealFrame(buffer, at, BLOCK_FRAME, block.length, frame)
      const leafEnd = at + FRAME_HEADER_BYTES + leafBytes[i]!
      frontier.push(hasher.prefixedLeaf(buffer.subarray(at + FRAME_TYPE_OFFSET, leafEnd)), nodes)
      byteLength += block.length
      writeIndexEntry(entries, i * INDEX_ENTRY_BYTES, byteLength, frame)
      at += FRAME_HEADER_BYTES + block.length
    }
    return { base, buffer, place, headAt: at, nodes, entries, frontier, byteLength }
  }

  /** Writes the draft, all of it or nothing. @throws StoreError `STORE_FULL` and others */
  commit(draft: CommitDraft, head: LogHead, extension: readonly Uint8Array[] = []): void {
    this.#throwIfFailed()
    assert(draft.base === this.#written, 'a draft is committed before the next is made')
    const { frontier, place, headAt, buffer } = draft
    const { length } = frontier
    const offset = place.offset + headAt
    const headPlace = { segment: place.segment, offset, number: length }
    const record = { durable: this.#durable.position, length, head, extension }
    writeHeadFrame(buffer, headAt, record, headPlace)
    this.#context.segments.append(buffer)
    this.#context.derived.append(draft.nodes, draft.entries)
    this.#written = {
      length,
      byteLength: draft.byteLength,
      frontier,
      head,
      extension,
      position: { segment: place.segment, offset: place.offset + buffer.length },
      headOffset: offset,
    }
  }

  /** Resolves when everything committed before the call is durable. @throws LogError `LOG_FAILED` */
  async sync(): Promise<void> {
    this.#throwIfFailed()
    const state = this.#written
    if (state === this.#durable) return
    try {
      await this.#context.segments.syncLast()
    } catch (error) {
      const message = 'a commit could not be made durable; open the log again'
      this.#failure ??= new LogError('LOG_FAILED', message, { cause: error })
      throw this.#failure
    }
    if (comparePositions(state.position, this.#durable.position) > 0) this.#durable = state
    this.#markIfDue()
  }

  /** @throws LogError `LOG_DAMAGED`; StoreError `STORE_IO` when the disk does not answer, which says nothing of the block */
  read(index: number): Uint8Array {
    const block = this.#tryRead(index)
    if (block) return block
    this.repair()
    const again = this.#tryRead(index)
    if (again) return again
    throw new LogError('LOG_DAMAGED', `block ${index} is damaged`, {
      fields: { fromBlock: index, toBlock: index + 1 },
    })
  }

  /** The blocks [from, to), read together while they lie together. */
  readMany(from: number, to: number): readonly Uint8Array[] {
    const places = this.derived.places(from, to)
    const blocks: Uint8Array[] = []
    let first = 0
    for (let next = 1; next <= places.length; next++) {
      if (next < places.length && isNear(places[first]!, places[next]!)) continue
      this.#readRun(from + first, places.slice(first, next), blocks)
      first = next
    }
    return blocks
  }

  /** Bytes on the disk of the blocks [from, to) and what lies between them, without reading them. */
  bytesBetween(from: number, to: number): number {
    if (from >= to) return 0
    const [first, last] = [this.derived.place(from), this.derived.place(to - 1)]
    let bytes = last.offset + FRAME_HEADER_BYTES + last.bytes - first.offset
    for (let segment = first.segment; segment < last.segment; segment++) {
      bytes += this.#context.segments.sizeOf(segment)
    }
    return bytes
  }

  /** Makes the derived files anew, once: what is wrong after that is wrong in the segments. */
  repair(): void {
    if (this.#rebuilt) return
    this.#rebuilt = true
    this.#logger.warn('derived files of a log do not fit; making them anew', {
      directory: this.#options.directory,
    })
    try {
      rebuildDerived(this.#context, this.#written.length)
    } catch (error) {
      this.#rebuilt = !isUnanswered(error)
      throw error
    }
  }

  async close(): Promise<void> {
    try {
      if (!this.#failure) await this.sync()
      await this.#marking
      if (!this.#failure) await this.#mark()
    } finally {
      this.#context.segments.close()
      this.#context.derived.close()
    }
  }

  #tryRead(index: number): Uint8Array | undefined {
    try {
      const place = this.derived.place(index)
      const bytes = FRAME_HEADER_BYTES + place.bytes
      const frame = this.#context.segments.read(place.segment, place.offset, bytes)
      return blockOf(frame, 0, place, index)
    } catch (error) {
      if (isUnanswered(error)) throw error
      // A damaged index points anywhere; the caller rebuilds it and reads again.
      return undefined
    }
  }

  #readRun(from: number, places: readonly BlockPlace[], blocks: Uint8Array[]): void {
    const [first, last] = [places[0]!, places.at(-1)!]
    const end = last.offset + FRAME_HEADER_BYTES + last.bytes
    let bytes: Uint8Array | undefined
    try {
      bytes = this.#context.segments.read(first.segment, first.offset, end - first.offset)
    } catch (error) {
      if (isUnanswered(error)) throw error
      bytes = undefined
    }
    for (const [i, place] of places.entries()) {
      const block = bytes && blockOf(bytes, place.offset - first.offset, place, from + i)
      blocks.push(block ?? this.read(from + i))
    }
  }

  #markIfDue(): void {
    const { length, byteLength } = this.#durable
    const blocks = length - this.#marked.length
    const bytes = byteLength - this.#marked.byteLength
    const { markBlocks = MARK_BLOCKS } = this.#options
    if (this.#marking || (blocks < markBlocks && bytes < MARK_BYTES)) return
    this.#marking = this.#mark().finally(() => {
      this.#marking = undefined
    })
  }

  /** A mark saves time at the next open, nothing else: failing to write one is only logged. */
  async #mark(): Promise<void> {
    const { position, headOffset, length, byteLength, head } = this.#durable
    if (!head || comparePositions(position, this.#marked.position) === 0) return
    const { disk, directory, id } = this.#options
    const mark = { position, headOffset, length, byteLength }
    try {
      await this.derived.sync()
      await disk.write(`${directory}/mark`, encodeMark(id, mark))
      this.#marked = mark
    } catch (error) {
      this.#logger.warn('could not mark a log', { directory, reason: String(error) })
    }
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure
  }
}

/** What the disk holds may be sound: nothing is to be concluded from it, nor repaired. */
function isUnanswered(error: unknown): boolean {
  return errorCode(error) === 'STORE_IO'
}

const RUN_BYTES_MAX = 1024 * 1024

function isNear(first: BlockPlace, next: BlockPlace): boolean {
  const distance = next.offset + next.bytes - first.offset
  return next.segment === first.segment && distance > 0 && distance < RUN_BYTES_MAX
}

function blockOf(
  bytes: Uint8Array,
  at: number,
  place: BlockPlace,
  number: number,
): Uint8Array | undefined {
  const { segment, offset } = place
  if (bytes[at + FRAME_TYPE_OFFSET] !== BLOCK_FRAME) return undefined
  if (checkFrame(bytes, at, { segment, offset, number }) !== place.bytes) return undefined
  const start = at + FRAME_HEADER_BYTES
  return bytes.subarray(start, start + place.bytes)
}

function commitBytes(header: number, blocks: readonly Uint8Array[], proofHashes: number): number {
  let bytes = header + headFrameBytes(proofHashes)
  for (const block of blocks) bytes += FRAME_HEADER_BYTES + block.length
  return bytes
}
