/**
 * Opening: from files in whatever state a crash left them to a verified prefix, or an exact account of the damage.
 *
 * 1. If the mark is intact and `tree`, `index` and the head record it names agree with it, start there; else at zero.
 * 2. Read the frames after that. Blocks count once a head record follows them.
 * 3. Where reading stops before the end, decide between a torn tail and damage. Every head record says up to where
 *    the log was durable when it was written, the mark says the same, and a later segment exists only after the earlier one was
 *    synced. If any of them says that the place was durable, it is damage: `LOG_DAMAGED`, nothing is changed. If none does, nothing
 *    from there on was ever acknowledged: it is cut off and reported.
 * 4. The root of the blocks must lead to the newest head, whose signature must be valid.
 */

import { FRAME_HEADER_BYTES, FRAME_TYPE_OFFSET, checkFrame, claimedFrameBytes } from './frame.ts'
import { INDEX_ENTRY_BYTES, writeIndexEntry } from './derived.ts'
import { LogError } from './errors.ts'
import { comparePositions, readHeadRecord } from './frame.ts'
import { verifyHead } from './head.ts'
import { findHeads, scanSegments } from './scan.ts'
import { damaged } from './segments.ts'
import { emptyState, isPrefixOfHead } from './state.ts'
import type { Crypto, LogId } from '@hamlet/core'
import type { DerivedFiles } from './derived.ts'
import type { ClearedBlock, HeadRecord, LogPosition } from './frame.ts'
import type { LogMark } from './mark.ts'
import type { ScanVisitor } from './scan.ts'
import type { Segments } from './segments.ts'
import type { LogState } from './state.ts'
import { nodeCount, NodeBytes } from './tree.ts'
import type { Frontier, TreeHasher } from './tree.ts'

/** Length of the leaf at the beginning of a block; `undefined` for bytes that are no block. */
export type LeafLength = (block: Uint8Array) => number | undefined

export interface RecoveryContext {
  readonly id: LogId
  readonly crypto: Crypto
  readonly publicKey: Uint8Array
  readonly hasher: TreeHasher
  readonly segments: Segments
  readonly derived: DerivedFiles
  readonly leafLength: LeafLength
}

/** What open found and did. */
export interface OpenReport {
  /** Blocks read again because they came after the mark. */
  readonly blocksScanned: number
  /** The derived files were made anew. */
  readonly rebuilt: boolean
  /** An unacknowledged tail that was cut off. */
  readonly discarded?: {
    readonly segment: number
    readonly offset: number
    readonly bytes: number
  }
}

export interface Recovered {
  readonly state: LogState
  readonly report: OpenReport
}

/** What the other files say of the log. */
export interface Evidence {
  readonly mark: LogMark | undefined
  /** So many blocks were durable, whatever the mark says. */
  readonly blocksMin: number
  /** The newest fork. */
  readonly fork: number
}

/** @throws LogError `LOG_DAMAGED` */
export function recover(context: RecoveryContext, evidence: Evidence): Recovered {
  const { mark } = evidence
  checkHeaders(context.segments)
  const start = mark && stateAtMark(context, mark)
  const recovered = recoverFrom(context, start, evidence)
  const state = authenticated(context, recovered.state, evidence.fork)
  if (state) return { ...recovered, state }
  const again = start ? recoverFrom(context, undefined, evidence) : recovered
  const rebuilt = start && authenticated(context, again.state, evidence.fork)
  if (rebuilt) return { ...again, state: rebuilt }
  const { segment, offset } = again.state.position
  throw damaged(segment, offset, 'the blocks do not give the root that was signed')
}

/** Makes the derived files anew under an open log. @throws LogError `LOG_DAMAGED`, before anything is changed */
export function rebuildDerived(context: RecoveryContext, length: number): void {
  checkHeaders(context.segments)
  const dry = new Reader(context, emptyState(context.hasher), false)
  const stop = scanSegments(context.segments, { segment: 0, offset: 0 }, dry)
  if (dry.state.length < length) throw locateDamage(context, stop, dry, undefined)
  context.derived.truncate(0)
  const reader = new Reader(context, emptyState(context.hasher), true)
  scanSegments(context.segments, { segment: 0, offset: 0 }, reader)
}

class Reader implements ScanVisitor {
  readonly #context: RecoveryContext
  readonly #writes: boolean
  readonly #frontier: Frontier
  #byteLength: number
  #state: LogState

  constructor(context: RecoveryContext, start: LogState, writes: boolean) {
    this.#context = context
    this.#writes = writes
    this.#state = start
    this.#frontier = start.frontier.clone()
    this.#byteLength = start.byteLength
  }

  /** As of the last head record. */
  get state(): LogState {
    return this.#state
  }

  get length(): number {
    return this.#frontier.length
  }

  segment(blocksBefore: number): boolean {
    return this.length === this.#state.length && blocksBefore === this.length
  }

  block(frame: Uint8Array, position: LogPosition): void {
    const block = frame.subarray(FRAME_HEADER_BYTES)
    const leafBytes = this.#context.leafLength(block) ?? block.length
    const input = frame.subarray(FRAME_TYPE_OFFSET, FRAME_HEADER_BYTES + leafBytes)
    this.#push(this.#context.hasher.prefixedLeaf(input), block.length, position, false)
  }

  cleared({ leafHash, bytes }: ClearedBlock, position: LogPosition): void {
    this.#push(leafHash, bytes, position, true)
  }

  #push(leafHash: Uint8Array, bytes: number, position: LogPosition, isCleared: boolean): void {
    const nodes = new NodeBytes(nodeCount(this.length + 1) - nodeCount(this.length))
    this.#frontier.push(leafHash, nodes)
    this.#byteLength += bytes
    if (!this.#writes) return
    const entry = new Uint8Array(INDEX_ENTRY_BYTES)
    writeIndexEntry(entry, 0, this.#byteLength, position, isCleared)
    this.#context.derived.append(nodes.bytes, entry)
  }

  head(record: HeadRecord, position: LogPosition, endOffset: number): boolean {
    if (record.length !== this.length || this.length === 0) return false
    this.#state = {
      length: this.length,
      byteLength: this.#byteLength,
      frontier: this.#frontier.clone(),
      head: record.head,
      extension: record.extension,
      position: { segment: position.segment, offset: endOffset },
      headOffset: position.offset,
      fork: 0,
    }
    return true
  }
}

function recoverFrom(
  context: RecoveryContext,
  start: LogState | undefined,
  { mark, blocksMin }: Evidence,
): Recovered {
  const { segments, derived, hasher } = context
  const initial = start ?? emptyState(hasher)
  const hadDerived = derived.capacity > 0
  derived.truncate(initial.length)
  const reader = new Reader(context, initial, true)
  const stop = scanSegments(segments, initial.position, reader)
  const { state } = reader
  const isMarked = mark !== undefined && comparePositions(mark.position, state.position) > 0
  if (isMarked || state.length < blocksMin) {
    throw locateDamage(context, stop, reader, mark)
  }
  derived.truncate(state.length)
  const report = {
    blocksScanned: state.length - initial.length,
    rebuilt: !start && state.length > 0 && (hadDerived || mark !== undefined),
  }
  const discarded = discardTail(context, stop, reader)
  return { state, report: discarded ? { ...report, discarded } : report }
}

/** Cuts off what came after the last head record, unless it was durable once. */
function discardTail(
  context: RecoveryContext,
  stop: LogPosition,
  reader: Reader,
): OpenReport['discarded'] {
  const { segments } = context
  const last = segments.end
  const { position } = reader.state
  const keep = position.segment === last.segment ? position.offset : 0
  if (comparePositions(stop, last) === 0 && keep === last.offset) return undefined
  const wasDurable = findHeads(segments, stop).some(
    ({ record }) => comparePositions(record.durable, position) > 0,
  )
  if (stop.segment < last.segment || wasDurable) {
    throw locateDamage(context, stop, reader, undefined)
  }
  segments.truncateLast(keep)
  return { segment: last.segment, offset: keep, bytes: last.offset - keep }
}

/** The damage at `stop`, as narrowly as the frames after it allow. */
function locateDamage(
  context: RecoveryContext,
  stop: LogPosition,
  reader: Reader,
  mark: LogMark | undefined,
): LogError {
  const { segments } = context
  const fromBlock = reader.length
  const single = singleFrameEnd(segments, stop, fromBlock)
  const next = findHeads(segments, stop)[0]
  const endOffset = single ?? next?.offset ?? segments.sizeOf(stop.segment)
  const toBlock = single === undefined ? (next?.record.length ?? mark?.length) : fromBlock + 1
  const { segment, offset } = stop
  const what = `segment ${segment} is damaged from ${offset} to ${endOffset}`
  return new LogError('LOG_DAMAGED', `${what}: blocks from ${fromBlock} on`, {
    fields: { segment, offset, endOffset, fromBlock, toBlock },
  })
}

/** The end of the damaged frame when the next one follows where its header says, so that only it is damaged. */
function singleFrameEnd(segments: Segments, stop: LogPosition, number: number): number | undefined {
  const rest = segments.sizeOf(stop.segment) - stop.offset
  if (rest < FRAME_HEADER_BYTES) return undefined
  const header = segments.read(stop.segment, stop.offset, FRAME_HEADER_BYTES)
  const bytes = claimedFrameBytes(header, 0)
  if (bytes === undefined || bytes >= rest) return undefined
  const offset = stop.offset + bytes
  const after = segments.read(stop.segment, offset, Math.min(rest - bytes, 2 ** 21))
  const place = { segment: stop.segment, offset, number: number + 1 }
  return checkFrame(after, 0, place) >= 0 ? offset : undefined
}

/** Headers are few and tell at once when a file is another log's; a torn one can only be the last. */
function checkHeaders(segments: Segments): void {
  for (let segment = 0; segment < segments.count; segment++) {
    const isIntact = segments.readHeader(segment) !== undefined
    if (isIntact || segment === segments.count - 1) continue
    throw damaged(segment, 0, 'the header is damaged')
  }
}

function stateAtMark(context: RecoveryContext, mark: LogMark): LogState | undefined {
  const { segments, derived, crypto } = context
  const { segment, offset } = mark.position
  if (derived.capacity < mark.length || segments.sizeOf(segment) < offset) return undefined
  if (mark.headOffset >= offset || derived.byteLength(mark.length) !== mark.byteLength) {
    return undefined
  }
  const frame = segments.read(segment, mark.headOffset, offset - mark.headOffset)
  const place = { segment, offset: mark.headOffset, number: mark.length }
  const length = checkFrame(frame, 0, place)
  if (length !== frame.length - FRAME_HEADER_BYTES) return undefined
  const record = readHeadRecord(frame.subarray(FRAME_HEADER_BYTES))
  if (!record || record.length !== mark.length) return undefined
  const frontier = derived.frontier(mark.length)
  const { head, extension } = record
  if (!isPrefixOfHead(crypto, mark.length, frontier.root(), head, extension)) return undefined
  return { ...mark, frontier, head, extension, fork: 0 }
}

/** The state with the fork its head was signed for, if there is one. */
function authenticated(
  context: RecoveryContext,
  state: LogState,
  newestFork: number,
): LogState | undefined {
  const { crypto, id, publicKey } = context
  const { head } = state
  if (!head) return { ...state, fork: newestFork }
  if (!isPrefixOfHead(crypto, state.length, state.frontier.root(), head, state.extension)) {
    return undefined
  }
  for (let fork = newestFork; fork >= 0; fork--) {
    if (verifyHead(crypto, id, publicKey, head, fork)) return { ...state, fork }
  }
  return undefined
}
