/**
 * The storage of one log: commits go in, blocks and hashes come out.
 *
 * A commit is drafted in memory (frames, leaf hashes, nodes), given its head, and written with one append to the
 * last segment. Two states are kept: `written`, which the next commit builds on, and `durable`, which a sync has
 * confirmed and every head record and mark speaks of. Segments are only appended to, but for clearing (clear-blocks.ts), which
 * puts others in their place.
 */

import { assert, errorCode, equalBytes, silentLogger } from '@hamlet/core'
import { BlockReader, isUnanswered } from './block-reader.ts'
import { segmentsToClear, writeCleared } from './clear-blocks.ts'
import { writeCut } from './cut-log.ts'
import { CommitFrames } from './commit-frames.ts'
import { encodeForks } from './forks-file.ts'
import { encodeClearing } from './clearing.ts'
import { DerivedFiles, INDEX_ENTRY_BYTES, writeIndexEntry } from './derived.ts'
import { LogError } from './errors.ts'
import { comparePositions } from './frame.ts'
import { MARK_BLOCKS, MARK_BYTES, SEGMENT_BYTES } from './limits.ts'
import { auditLog } from './log-audit.ts'
import { evidenceOf, readNotes } from './log-notes.ts'
import { encodeMark } from './mark.ts'
import { rebuildDerived, recover } from './recovery.ts'
import { SegmentRewrite } from './segment-rewrite.ts'
import { Segments } from './segments.ts'
import { emptyState } from './state.ts'
import { nodeCount, NodeBytes, TreeHasher } from './tree.ts'
import type { Crypto, Disk, LogId, Logger } from '@hamlet/core'
import type { SegmentSpan } from './clear-blocks.ts'
import type { Clearing } from './clearing.ts'
import type { LogPosition } from './frame.ts'
import type { Forks } from './forks-file.ts'
import type { LogHead } from './head.ts'
import type { AuditReport } from './log-audit.ts'
import type { LogMark } from './mark.ts'
import type { LeafLength, OpenReport, RecoveryContext } from './recovery.ts'
import type { SegmentWriter } from './segment-rewrite.ts'
import type { LogState } from './state.ts'
import type { Frontier, LeafRange } from './tree.ts'
import type { Truncation } from './types.ts'

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

/** A commit that lacks only its head; written or given up in the turn in which it is made. */
export interface CommitDraft {
  readonly base: LogState
  readonly frames: CommitFrames
  readonly place: LogPosition
  readonly nodes: NodeBytes
  readonly entries: Uint8Array
  readonly frontier: Frontier
  readonly byteLength: number
}

export class LogStore {
  readonly #options: LogStoreOptions
  readonly #context: RecoveryContext
  readonly #report: OpenReport
  readonly #logger: Logger
  readonly #reader: BlockReader
  #written: LogState
  #durable: LogState
  #marked: { readonly length: number; readonly byteLength: number; readonly position: LogPosition }
  #marking: Promise<void> | undefined
  #failure: LogError | undefined
  #rebuilt = false
  /** Counts how often segments were replaced: a sync begun before knows places that are no more. */
  #generation = 0
  #isReplacing = false
  #truncations: readonly Truncation[]

  private constructor(
    options: LogStoreOptions,
    context: RecoveryContext,
    state: LogState,
    report: OpenReport,
    mark: LogMark | undefined,
    truncations: readonly Truncation[],
  ) {
    this.#options = options
    this.#context = context
    this.#report = report
    this.#truncations = truncations
    this.#logger = options.logger ?? silentLogger
    this.#reader = new BlockReader(context, () => this.repair())
    this.#written = state
    this.#durable = state
    this.#marked = mark ?? { length: 0, byteLength: 0, position: { segment: 0, offset: 0 } }
  }

  /** @throws LogError `LOG_DAMAGED`, `LOG_OTHER` */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const { id, disk, crypto, directory, publicKey, leafLength } = options
    const hasher = new TreeHasher(crypto)
    const notes = await readNotes(options)
    const { clearing, forks } = notes
    const segments = await Segments.open(disk, directory, id)
    const derived = await DerivedFiles.open(hasher, disk, directory)
    const context = { id, crypto, publicKey, hasher, segments, derived, leafLength }
    try {
      const { state, report } = recover(context, evidenceOf(notes))
      const { mark } = notes
      const isClean = mark && comparePositions(mark.position, segments.end) === 0
      if (!isClean && segments.count > 0) {
        // After kill -9 the tail is in the page cache only: it must not be shown before it is durable.
        await segments.syncLast()
        await disk.syncDirectory(directory)
      }
      const valid = report.rebuilt ? undefined : mark
      const store = new LogStore(options, context, state, report, valid, forks.truncations)
      if (forks.cutTo !== undefined) await store.#resumeCut(forks.cutTo)
      if (clearing) await store.#resumeClearing(clearing)
      return store
    } catch (error) {
      segments.close()
      derived.close()
      // Nothing is open that could be between two states: the next open goes on, once what stopped this one is over.
      throw errorCode(error) === 'LOG_FAILED' && error instanceof Error ? error.cause : error
    }
  }

  get written(): LogState {
    return this.#written
  }

  get durable(): LogState {
    return this.#durable
  }

  /** @throws LogError `LOG_FAILED` once a change was not completed */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure
  }

  get truncations(): readonly Truncation[] {
    return this.#truncations
  }

  /** The fork that the next head belongs to. */
  get fork(): number {
    return this.#truncations.length
  }

  get report(): OpenReport {
    return this.#report
  }

  get hasher(): TreeHasher {
    return this.#context.hasher
  }

  /** Reads the blocks. */
  get reader(): BlockReader {
    return this.#reader
  }

  get derived(): DerivedFiles {
    return this.#context.derived
  }

  /** Whether there is room for a commit. @throws LogError `LOG_FAILED` */
  get isPrepared(): boolean {
    this.throwIfFailed()
    const { segmentBytes = SEGMENT_BYTES } = this.#options
    return !this.#context.segments.isFull(segmentBytes)
  }

  /** Makes room for a commit; nothing else may write meanwhile. */
  async prepare(): Promise<void> {
    if (this.isPrepared) return
    await this.sync()
    await this.#context.segments.roll()
  }

  draft(blocks: readonly Uint8Array[], leafBytes: readonly number[], proofHashes = 0): CommitDraft {
    const { segments, hasher } = this.#context
    const base = this.#written
    const place = segments.end
    const isFirst = place.offset === 0
    const header = isFirst ? segments.header(place.segment, base.length) : new Uint8Array()
    const frames = new CommitFrames(hasher, header, blocks, proofHashes)
    const entries = new Uint8Array(blocks.length * INDEX_ENTRY_BYTES)
    const nodes = new NodeBytes(nodeCount(base.length + blocks.length) - nodeCount(base.length))
    const frontier = base.frontier.clone()
    let { byteLength } = base
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i]!
      const offset = place.offset + frames.sizeBytes
      const framePlace = { segment: place.segment, offset, number: base.length + i }
      frontier.push(frames.addBlock(block, leafBytes[i]!, framePlace), nodes)
      byteLength += block.length
      writeIndexEntry(entries, i * INDEX_ENTRY_BYTES, byteLength, framePlace)
    }
    return { base, frames, place, nodes, entries, frontier, byteLength }
  }

  /** Writes the draft, all of it or nothing. @throws StoreError `STORE_FULL` and others */
  commit(draft: CommitDraft, head: LogHead, extension: readonly Uint8Array[] = []): void {
    this.throwIfFailed()
    assert(draft.base === this.#written, 'a draft is committed before the next is made')
    const { frontier, place, frames } = draft
    const { length } = frontier
    const offset = place.offset + frames.sizeBytes
    const headPlace = { segment: place.segment, offset, number: length }
    const record = { durable: this.#durable.position, length, head, extension }
    this.#context.segments.append(frames.finish(record, headPlace))
    this.#context.derived.append(draft.nodes.bytes, draft.entries)
    this.#written = {
      length,
      byteLength: draft.byteLength,
      frontier,
      head,
      extension,
      position: { segment: place.segment, offset: place.offset + frames.sizeBytes },
      headOffset: offset,
      fork: this.fork,
    }
  }

  /** Resolves when everything committed before the call is durable. @throws LogError `LOG_FAILED` */
  async sync(): Promise<void> {
    this.throwIfFailed()
    const state = this.#written
    if (state === this.#durable) return
    const generation = this.#generation
    try {
      await this.#context.segments.syncLast()
    } catch (error) {
      const message = 'a commit could not be made durable; open the log again'
      this.#failure ??= new LogError('LOG_FAILED', message, { cause: error })
      throw this.#failure
    }
    if (generation !== this.#generation) return
    if (comparePositions(state.position, this.#durable.position) > 0) this.#durable = state
    this.#markIfDue()
  }

  /** Bytes of the segments on the disk. */
  get segmentBytes(): number {
    const { segments } = this.#context
    let bytes = 0
    for (let segment = 0; segment < segments.count; segment++) bytes += segments.sizeOf(segment)
    return bytes
  }

  /**
   * Takes the bytes of the blocks off the disk; nothing else may write meanwhile.
   * @throws LogError `LOG_DAMAGED`; StoreError: then segments are as they were
   */
  async clear({ start, end }: LeafRange): Promise<void> {
    await this.#rest()
    const { segments } = this.#context
    const { length } = this.#written
    const spans = segmentsToClear(this.#context, length, { start, end })
    if (spans.length === 0) return
    this.#isReplacing = true
    try {
      if (spans.at(-1)!.segment === segments.count - 1) await segments.roll()
      const { disk, directory, id } = this.#options
      const note = encodeClearing(id, { from: start, to: end, length, fork: this.fork })
      await disk.write(`${directory}/clearing`, note)
      const rewrite = new SegmentRewrite(disk, directory, this.#context)
      const writers = await this.#writeCleared(spans, { start, end }, rewrite)
      await this.#putInPlace(rewrite, writers)
    } finally {
      this.#isReplacing = false
    }
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

  /** Reads everything again; nothing else may write meanwhile. */
  async audit(): Promise<Omit<AuditReport, 'areUserDataSound'>> {
    await this.#rest()
    return auditLog(this.#context, this.#written)
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

  #markIfDue(): void {
    const { length, byteLength } = this.#durable
    const blocks = length - this.#marked.length
    const bytes = byteLength - this.#marked.byteLength
    const { markBlocks = MARK_BLOCKS } = this.#options
    const isBusy = this.#marking !== undefined || this.#isReplacing
    if (isBusy || (blocks < markBlocks && bytes < MARK_BYTES)) return
    this.#marking = this.#mark().finally(() => {
      this.#marking = undefined
    })
  }

  /** Everything written is durable, and no mark is being made. */
  async #rest(): Promise<void> {
    await this.sync()
    await this.#marking
    this.throwIfFailed()
  }

  /**
   * Adopts a verified truncation, and cuts the log when there is more here than was kept; nothing else may write meanwhile.
   * `onCut` is called in the same turn in which the fork begins and the blocks go: nothing may be read by the state before.
   * @throws LogError `LOG_DAMAGED`, `LOG_FAILED`; StoreError: then the log is as it was, or `onCut` was called
   */
  async truncate(truncation: Truncation, onCut: () => void): Promise<void> {
    await this.#rest()
    const { kept } = truncation
    const truncations = [...this.#truncations, truncation]
    if (kept.length >= this.#written.length) {
      await this.prepare()
      await this.#writeForks({ truncations, cutTo: undefined })
      this.#truncations = truncations
      try {
        // What is here is what was kept: it needs only the head of the new fork.
        const isKept = kept.length === this.#written.length && kept.length > 0
        if (isKept) this.commit(this.draft([], []), kept)
      } finally {
        // The fork has begun, also where the disk does not take its head: no head of the one before may follow.
        onCut()
      }
      await this.sync()
      return
    }
    this.#isReplacing = true
    try {
      const cut = await this.#writeCut(kept)
      await this.#writeForks({ truncations, cutTo: kept.length }).catch(async (error: unknown) => {
        await this.#orFail(() => cut.abandon())
        throw error
      })
      this.#truncations = truncations
      await this.#cut(kept, cut, onCut)
    } finally {
      this.#isReplacing = false
    }
  }

  /** Writes beside what stays of the segment in which the log is cut. */
  async #writeCut(kept: LogHead): Promise<SegmentRewrite> {
    const { disk, directory } = this.#options
    const rewrite = new SegmentRewrite(disk, directory, this.#context)
    if (kept.length === 0) return rewrite
    try {
      if (!equalBytes(this.derived.frontier(kept.length).root(), kept.root)) this.repair()
      await writeCut(this.#context, this.#written.length, kept, rewrite)
      return rewrite
    } catch (error) {
      await this.#orFail(() => rewrite.abandon())
      throw error
    }
  }

  /** From here on the cut is done, by this or by the next open. */
  async #cut(kept: LogHead, rewrite: SegmentRewrite, onCut: () => void): Promise<void> {
    const { disk, directory } = this.#options
    const { segments, hasher } = this.#context
    await this.#orFail(async () => {
      await disk.remove(`${directory}/mark`)
      await disk.syncDirectory(directory)
      const [writer] = rewrite.writers
      await segments.removeFrom(writer ? writer.segment + 1 : 0)
      await rewrite.rename()
      rewrite.swap()
      segments.forget(writer ? writer.segment + 1 : 0)
      this.#generation++
      this.#rebuilt = false
      this.derived.truncate(kept.length)
      const state = writer ? this.#stateAt(kept, writer) : emptyState(hasher, this.fork)
      this.#written = state
      this.#durable = state
      onCut()
      await this.#writeMark()
      await this.#writeForks({ truncations: this.#truncations, cutTo: undefined })
    })
  }

  #stateAt(head: LogHead, writer: SegmentWriter): LogState {
    const { length } = head
    return {
      length,
      byteLength: this.derived.byteLength(length),
      frontier: this.derived.frontier(length),
      head,
      extension: [],
      position: writer.end,
      headOffset: writer.headOffset,
      fork: this.fork,
    }
  }

  async #resumeCut(cutTo: number): Promise<void> {
    const { kept } = this.#truncations.at(-1)!
    if (this.#written.length > cutTo || this.#written.fork < this.fork) {
      await this.#cut(kept, await this.#writeCut(kept), () => undefined)
      return
    }
    await this.#writeMark()
    await this.#writeForks({ truncations: this.#truncations, cutTo: undefined })
  }

  /** When it is not certain whether the file was replaced, only opening can tell. */
  async #writeForks(forks: Forks): Promise<void> {
    const { disk, directory, id } = this.#options
    const path = `${directory}/forks`
    const before = await disk.readAll(path)
    try {
      await disk.write(path, encodeForks(id, forks))
    } catch (error) {
      await this.#orFail(async () => {
        const after = await disk.readAll(path)
        const isSame = after && before ? equalBytes(after, before) : after === before
        if (!isSame) throw error
      })
      throw error
    }
  }

  async #writeCleared(
    spans: readonly SegmentSpan[],
    range: LeafRange,
    rewrite: SegmentRewrite,
  ): Promise<readonly SegmentWriter[]> {
    try {
      const writers = await writeCleared(this.#context, spans, range, rewrite)
      if (!writers.every((writer) => this.#isIndexed(writer))) this.repair()
      await rewrite.writeIndex(this.#written.length)
      await this.derived.sync()
      return writers
    } catch (error) {
      await this.#orFail(async () => {
        await rewrite.abandon()
        await this.#removeNote()
      })
      throw error
    }
  }

  #isIndexed({ blocksBefore, length, byteLength }: SegmentWriter): boolean {
    return this.derived.byteLength(length) - this.derived.byteLength(blocksBefore) === byteLength
  }

  /** The new segments and index take the place of the old ones, on the disk and for the readers. */
  async #putInPlace(rewrite: SegmentRewrite, writers: readonly SegmentWriter[]): Promise<void> {
    await this.#orFail(async () => {
      await rewrite.rename()
      rewrite.swap()
      this.#generation++
      this.#rebuilt = false
      const state = moved(this.#written, writers)
      this.#written = state
      this.#durable = state
      await this.#writeMark()
      await this.#removeNote()
    })
  }

  async #removeNote(): Promise<void> {
    const { disk, directory } = this.#options
    await disk.remove(`${directory}/clearing`)
    await disk.syncDirectory(directory)
  }

  /** What fails half way leaves files that only opening puts in order. */
  async #orFail(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      const message = 'a change of the files was not completed; open the log again'
      this.#failure ??= new LogError('LOG_FAILED', message, { cause: error })
      throw this.#failure
    }
  }

  /** A disk too full for it keeps the note, and the next open tries again. */
  async #resumeClearing({ from, to, fork }: Clearing): Promise<void> {
    const { directory } = this.#options
    try {
      if (fork === this.fork) await this.clear({ start: from, end: to })
      await this.#writeMark()
      await this.#removeNote()
    } catch (error) {
      if (this.#failure) throw error
      this.#logger.warn('could not complete a clear', { directory, reason: String(error) })
    }
  }

  /** A mark saves time at the next open, nothing else: failing to write one is only logged. */
  async #mark(): Promise<void> {
    const { position, head } = this.#durable
    if (!head || comparePositions(position, this.#marked.position) === 0) return
    try {
      await this.#writeMark()
    } catch (error) {
      const { directory } = this.#options
      this.#logger.warn('could not mark a log', { directory, reason: String(error) })
    }
  }

  async #writeMark(): Promise<void> {
    const { position, headOffset, length, byteLength, head } = this.#durable
    const { disk, directory, id } = this.#options
    const mark = { position, headOffset, length, byteLength }
    await this.derived.sync()
    if (head) await disk.write(`${directory}/mark`, encodeMark(id, mark))
    else await disk.remove(`${directory}/mark`)
    this.#marked = mark
  }
}

/** The state after its last commit was moved. */
function moved(state: LogState, writers: readonly SegmentWriter[]): LogState {
  const writer = writers.find(({ segment }) => segment === state.position.segment)
  if (!writer) return state
  return { ...state, position: writer.end, headOffset: writer.headOffset }
}
