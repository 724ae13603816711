/**
 * A sparse copy of somebody's log: a trusted head, and any of its blocks, each proven by it.
 *
 * The idea: the copy keeps every hash it has verified (node-climb.ts), so that a block is proven by the few hashes between
 * it and what is known, and what is held can be proven to others. It says what it lacks (`plan`), and takes what comes
 * (`acceptUpgrade`, `acceptPiece`) from whoever sent it. Blocks are kept as they are and can be cleared again.
 *
 * Invariants:
 * 1. Every hash in the journal is that of the signed head's tree; every block that `peek` returns has such a leaf hash
 *    and the checksum of its frame.
 * 2. What is accepted is verified as a whole before any of it is written.
 * 3. Nothing here is the only copy of anything: damage and torn files make blocks absent, never wrong.
 */

import { assert, equalBytes, err, ok } from '@hamlet/core'
import type { Cancel, Crypto, Disk, LogId, Result } from '@hamlet/core'
import type { BlockEvent, BlockFetcher, BlockSource, LoadOptions } from './block-source.ts'
import { LogError } from './errors.ts'
import type { LogRangeError } from './errors.ts'
import { NAMESPACE_BYTES, PUBLIC_KEY_BYTES, equalHeads, logIdOf, verifyHead } from './head.ts'
import type { LogHead } from './head.ts'
import { verifyHeadUpgrade } from './head-upgrade.ts'
import type { HeadUpgrade } from './head-upgrade.ts'
import { BLOCK_BYTES_MAX, BLOCK_FILE_BYTES } from './limits.ts'
import {
  SPARSE_LENGTH_MAX,
  climb,
  nodeNumber,
  placeOfNode,
  planClimb,
  rangeOfNode,
} from './node-climb.ts'
import type { ClimbError, ClimbPlan, TreeNode } from './node-climb.ts'
import { runsOf } from './piece.ts'
import type { Piece } from './piece.ts'
import type { PieceSource } from './piece-source.ts'
import { SparseBlocks } from './sparse-blocks.ts'
import { SparseJournal } from './sparse-journal.ts'
import type { StoredPlace } from './sparse-journal.ts'
import { decodeSparseMark, encodeSparseMark } from './sparse-mark.ts'
import { TreeHasher } from './tree.ts'
import { makeTruncationFork } from './truncation-fork.ts'
import { equalTruncations, verifyTruncation } from './truncation.ts'
import type { Truncation } from './types.ts'

export interface SparseLogOptions {
  readonly disk: Disk
  readonly crypto: Crypto
  /** Of this copy alone, on `disk`. */
  readonly directory: string
  /** The author's Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes, see {@link logIdOf}. */
  readonly namespace: Uint8Array
  /** @default 64 MiB */
  readonly blockFileBytes?: number
}

export class SparseLog implements BlockSource, PieceSource {
  readonly id: LogId
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly #disk: Disk
  readonly #directory: string
  readonly #crypto: Crypto
  readonly #hasher: TreeHasher
  readonly #journal: SparseJournal
  readonly #blocks: SparseBlocks
  readonly #listeners = new Set<(event: BlockEvent) => void>()
  /** Live bytes of each block file. */
  readonly #live = new Map<number, number>()
  /** Bytes of the journal that are known to be durable, with the blocks they name. */
  #markedBytes = 0
  #fetcher: BlockFetcher | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(
    id: LogId,
    options: SparseLogOptions,
    journal: SparseJournal,
    blocks: SparseBlocks,
  ) {
    this.id = id
    this.publicKey = options.publicKey
    this.namespace = options.namespace
    this.#disk = options.disk
    this.#directory = options.directory
    this.#crypto = options.crypto
    this.#hasher = new TreeHasher(options.crypto)
    this.#journal = journal
    this.#blocks = blocks
    for (const index of journal.indexes()) this.#count(journal.place(index)!, 1)
  }

  /** Makes the copy when the directory is empty. @throws LogError `LOG_OTHER`; StoreError */
  static async open(options: SparseLogOptions): Promise<SparseLog> {
    const { disk, crypto, directory, publicKey, namespace } = options
    assert(publicKey.length === PUBLIC_KEY_BYTES, 'a public key has 32 bytes')
    assert(namespace.length === NAMESPACE_BYTES, 'a namespace has 32 bytes')
    const id = logIdOf(crypto, publicKey, namespace)
    const journal = await SparseJournal.open(disk, `${directory}/journal`, id)
    const fileBytes = options.blockFileBytes ?? BLOCK_FILE_BYTES
    const blocks = await SparseBlocks.open(disk, directory, fileBytes)
    const log = new SparseLog(id, options, journal, blocks)
    await log.#forgetTorn()
    return log
  }

  get length(): number {
    return this.#journal.head?.length ?? 0
  }

  get head(): LogHead | undefined {
    return this.#journal.head
  }

  get fork(): number {
    return this.#journal.fork
  }

  /** Every truncation of the log, the oldest first, for whoever copies it. */
  get truncations(): readonly Truncation[] {
    return this.#journal.truncations
  }

  /** Blocks that are here. */
  get storedCount(): number {
    return this.#journal.count
  }

  /** Bytes of the blocks that are here. */
  get storedBytes(): number {
    return this.#journal.byteLength
  }

  has(index: number): boolean {
    return this.#journal.has(index)
  }

  /** The stretches of blocks that are here, in order. */
  storedRanges(): readonly (readonly [from: number, to: number])[] {
    return runsOf([...this.#journal.indexes()])
  }

  /** The first index at or after `from` whose block is not here; `length` when there is none. */
  firstMissing(from = 0): number {
    let index = from
    while (index < this.length && this.has(index)) index++
    return index
  }

  peek(index: number): Uint8Array | undefined {
    this.#checkIndex(index)
    const place = this.#journal.place(index)
    if (!place) return undefined
    const block = this.#blocks.read(place)
    if (block) return block
    // Torn or damaged: absent from now on, so that it is fetched again.
    this.#forget(index, index + 1, 'lost')
    return undefined
  }

  async load(index: number, options: LoadOptions = {}): Promise<Uint8Array> {
    const here = this.peek(index)
    if (here) return here
    await this.#fetcher?.fetch(index, options)
    const fetched = this.peek(index)
    if (fetched) return fetched
    throw new LogError('LOG_NOT_HERE', `block ${index} is not here`, { fields: { index } })
  }

  watch(listener: (event: BlockEvent) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Who is asked by `load` from now on. */
  setFetcher(fetcher: BlockFetcher | undefined): void {
    this.#fetcher = fetcher
  }

  node(number: number): Uint8Array | undefined {
    return this.#journal.node(number)
  }

  hasNode(number: number): boolean {
    return this.#journal.hasNode(number)
  }

  /** The nodes that prove `blocks` (ascending), beside those `isExpected` counts as known because they are on their way. */
  plan(blocks: readonly number[], isExpected: (number: number) => boolean = isNever): ClimbPlan {
    const starts = blocks.map((index) => ({ level: 0, index }))
    return planClimb(starts, (number) => this.#journal.hasNode(number) || isExpected(number))
  }

  /** Those of `numbers` that are not verified here yet, with the nodes that prove them; ascending. */
  planNodes(numbers: readonly number[]): readonly number[] {
    const missing = numbers.filter((number) => !this.#journal.hasNode(number))
    const starts = missing.map(placeOfNode)
    const { needed } = planClimb(starts, (number) => this.#journal.hasNode(number))
    return [...new Set([...missing, ...needed])].sort((a, b) => a - b)
  }

  /**
   * Trusts a longer head. The result says whether it is longer than ours; an older one changes nothing.
   * An upgrade from another length than ours is `LOG_GAP`: ask for one from ours.
   */
  acceptUpgrade(upgrade: HeadUpgrade): Promise<Result<boolean, LogRangeError>> {
    return this.#exclusive(async () => this.#acceptUpgradeNow(upgrade))
  }

  /**
   * Adopts a truncation by the author. All blocks go, those that the author kept too: what was proven under the heads of
   * an older fork need not be in the tree of the next. One that is known already is harmless.
   */
  acceptTruncation(truncation: Truncation): Promise<Result<undefined, LogRangeError>> {
    return this.#exclusive(() => this.#acceptTruncationNow(truncation))
  }

  /** Stores the blocks of a piece that are new. The result names them. @throws StoreError */
  acceptPiece(piece: Piece): Promise<Result<readonly number[], LogRangeError>> {
    return this.#exclusive(() => this.#acceptPieceNow(piece))
  }

  /** Takes the blocks [from, to) off the disk; their hashes stay. */
  clear(from: number, to: number): Promise<void> {
    return this.#exclusive(async () => {
      assert(from >= 0 && from <= to, 'a range to clear')
      this.#forget(from, Math.min(to, this.length), 'cleared')
      await this.#removeDead()
    })
  }

  /** Resolves when everything accepted before the call is durable. */
  async sync(): Promise<void> {
    const { sizeBytes } = this.#journal
    await this.#blocks.sync()
    await this.#journal.sync()
    if (sizeBytes === this.#markedBytes) return
    try {
      await this.#disk.write(this.#markPath, encodeSparseMark(this.id, sizeBytes))
      this.#markedBytes = sizeBytes
    } catch {
      // Without it there is more to look at when the copy is opened.
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    await this.#exclusive(async () => this.sync())
    this.#isClosed = true
    this.#blocks.close()
    this.#journal.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #markPath(): string {
    return `${this.#directory}/mark`
  }

  /** A power cut may have torn blocks that were not durable yet: then they are not here. */
  async #forgetTorn(): Promise<void> {
    this.#markedBytes = decodeSparseMark(this.id, await this.#disk.readAll(this.#markPath))
    if (this.#markedBytes > this.#journal.sizeBytes) {
      // Of a journal that was damaged since, and is shorter now.
      await this.#disk.remove(this.#markPath)
      await this.#disk.syncDirectory(this.#directory)
      this.#markedBytes = 0
    }
    for (const index of this.#journal.indexesBehind(this.#markedBytes)) {
      if (!this.#blocks.read(this.#journal.place(index)!)) this.#forget(index, index + 1, 'lost')
    }
  }

  #acceptUpgradeNow(upgrade: HeadUpgrade): Result<boolean, LogRangeError> {
    const { head, from } = upgrade
    const ours = this.#journal.head
    if (ours && equalHeads(ours, head)) return ok(false)
    if (!verifyHead(this.#crypto, this.id, this.publicKey, head, this.fork)) {
      return err({ code: 'LOG_SIGNATURE', message: 'the head is not signed by the author' })
    }
    if (head.length < this.length) return ok(false)
    if (from !== this.length) {
      return err({ code: 'LOG_GAP', message: `leads from ${from} blocks, not from ${this.length}` })
    }
    const known = (number: number) => this.#journal.node(number)
    const verified = verifyHeadUpgrade(this.#hasher, upgrade, known)
    if (!verified.ok) return refused(verified.error, 'an upgrade that does not lead to its head')
    this.#journal.store(
      [],
      verified.value.filter(({ number }) => !this.#journal.hasNode(number)),
    )
    this.#journal.setHead(head)
    this.#emit({ type: 'head', length: head.length })
    return ok(true)
  }

  async #acceptTruncationNow(truncation: Truncation): Promise<Result<undefined, LogRangeError>> {
    const isOurs = equalBytes(truncation.publicKey, this.publicKey)
    const isOfLog = isOurs && equalBytes(truncation.namespace, this.namespace)
    if (!isOfLog || !verifyTruncation(this.#crypto, truncation)) {
      return err({ code: 'LOG_SIGNATURE', message: 'the author did not sign this truncation' })
    }
    const known = this.truncations[truncation.fork - 1]
    if (known && !equalTruncations(known, truncation)) {
      const message = 'the author signed two truncations for one fork'
      const truncations = makeTruncationFork(known, truncation)
      return err({ code: 'LOG_FORKED', message, truncations })
    }
    if (known) return ok(undefined)
    if (truncation.fork > this.fork + 1) {
      return err({ code: 'LOG_GAP', message: `truncation ${this.fork + 1} is missing` })
    }
    this.#journal.beginFork(truncation)
    this.#live.clear()
    this.#emit({ type: 'truncated', length: truncation.kept.length, fork: truncation.fork })
    await this.#journal.sync()
    await this.#removeDead()
    return ok(undefined)
  }

  async #acceptPieceNow(piece: Piece): Promise<Result<readonly number[], LogRangeError>> {
    const { length } = this
    const starts: TreeNode[] = []
    for (const { index, block } of piece.blocks) {
      if (index >= length || block.length > BLOCK_BYTES_MAX) return malformedPiece()
      starts.push({ number: nodeNumber(0, index), hash: this.#hasher.leaf(block) })
    }
    for (const node of piece.nodes) {
      if (node.number >= 2 * SPARSE_LENGTH_MAX || rangeOfNode(node.number).end > length) {
        return malformedPiece()
      }
      starts.push(node)
    }
    const climbed = climb(this.#hasher, starts, (number) => this.#journal.node(number))
    if (!climbed.ok) return refused(climbed.error, 'blocks that are not in the signed tree')
    await this.#store(piece, climbed.value)
    return ok(piece.blocks.map(({ index }) => index))
  }

  async #store(piece: Piece, nodes: readonly TreeNode[]): Promise<void> {
    // So that there is never more to look at after a power cut than a file of blocks.
    if (await this.#blocks.prepare()) await this.sync()
    const places: StoredPlace[] = []
    for (const { index, block } of piece.blocks) {
      if (this.#journal.has(index)) continue
      places.push(this.#blocks.append(index, block))
    }
    if (places.length === 0 && nodes.length === 0) return
    // A full disk ends it before or here: then nothing of the piece is in the journal, and it is asked for again.
    this.#journal.store(places, nodes)
    for (const place of places) this.#count(place, 1)
    for (const [from, to] of runsOf(places.map(({ index }) => index))) {
      this.#emit({ type: 'stored', from, to })
    }
  }

  #forget(from: number, to: number, type: 'cleared' | 'lost'): void {
    const isAny = this.#uncount(from, to)
    if (!isAny) return
    this.#journal.clear(from, to)
    this.#emit({ type, from, to })
  }

  #uncount(from: number, to: number): boolean {
    let isAny = false
    for (let index = from; index < to; index++) {
      const place = this.#journal.place(index)
      if (!place) continue
      isAny = true
      this.#count(place, -1)
    }
    return isAny
  }

  #count({ file, bytes }: StoredPlace, sign: 1 | -1): void {
    this.#live.set(file, (this.#live.get(file) ?? 0) + sign * (bytes + 1))
  }

  /** Removes files of which nothing is left, and moves the rest of those that are mostly empty to the last one. */
  async #removeDead(): Promise<void> {
    await this.#blocks.prepare()
    for (const file of this.#blocks.files) {
      if (file === this.#blocks.last) continue
      const live = this.#live.get(file) ?? 0
      if (2 * live > this.#blocks.sizeOf(file)) continue
      if (live > 0) await this.#move(file)
      await this.#journal.sync()
      await this.#blocks.remove(file)
      this.#live.delete(file)
    }
  }

  async #move(file: number): Promise<void> {
    const moved: StoredPlace[] = []
    for (const index of this.#journal.indexes()) {
      const place = this.#journal.place(index)!
      const block = place.file === file ? this.#blocks.read(place) : undefined
      if (!block) continue
      await this.#blocks.prepare()
      const next = this.#blocks.append(index, block)
      this.#count(next, 1)
      moved.push(next)
    }
    await this.#blocks.sync()
    this.#journal.store(moved, [])
  }

  #emit(event: BlockEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const guarded = async (): Promise<T> => {
      if (this.#isClosed) throw new LogError('LOG_CLOSED', 'the log is closed')
      return await action()
    }
    const mine = this.#last.then(guarded, guarded)
    this.#last = mine
    return mine
  }

  #checkIndex(index: number): void {
    if (this.#isClosed) throw new LogError('LOG_CLOSED', 'the log is closed')
    if (Number.isSafeInteger(index) && index >= 0 && index < this.length) return
    throw new LogError(
      'LOG_OUT_OF_RANGE',
      `there is no block ${index} in a log of length ${this.length}`,
      {
        fields: { index, length: this.length },
      },
    )
  }
}

function isNever(): boolean {
  return false
}

function malformedPiece(): Result<never, LogRangeError> {
  return err({ code: 'LOG_MALFORMED', message: 'a piece with places outside the log' })
}

function refused(error: ClimbError, what: string): Result<never, LogRangeError> {
  if (error === 'missing') return err({ code: 'LOG_GAP', message: 'hashes are missing' })
  return err({ code: 'LOG_CONFLICT', message: what })
}
