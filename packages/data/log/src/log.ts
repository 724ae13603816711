/**
 * A log: blocks appended by one author, hashed into the tree of RFC 9162, signed, and copied between peers.
 *
 * The idea: the author signs a head (length and root) once per commit; whoever has a head can verify any part. Appends
 * that come in while a commit is being synced wait and form the next commit together, so that throughput does not
 * depend on the price of a sync. Formats and the reasoning about crashes: docs/formats/log.md.
 *
 * Invariants:
 * 1. An author's block is shown (`length`, `get`, `rangeFrom`) only after it is durable: no crash can make the author sign
 *    another block at an index that somebody has seen.
 * 2. Whatever is read was checked: blocks by their frame's checksum, hashes by the signed root.
 * 3. Commits and accepted ranges happen one after the other; a failed one leaves the log as it was. A failed sync
 *    stops all writing until the log is opened again.
 */

import { assert, equalBytes, err, ok } from '@hamlet/core'
import { checkRangeShape, judgeBlocks, judgeHead, leafLengths } from './acceptance.ts'
import { LogError } from './errors.ts'
import {
  NAMESPACE_BYTES,
  PUBLIC_KEY_BYTES,
  equalHeads,
  headText,
  logIdOf,
  originOf,
  signHead,
  verifyHead,
} from './head.ts'
import {
  BLOCK_BYTES_MAX,
  COMMIT_BLOCKS_MAX,
  COMMIT_BYTES_MAX,
  GROUP_BYTES_MAX,
  RANGE_BLOCKS_MAX,
} from './limits.ts'
import { LogStore } from './log-store.ts'
import { PartialTree } from './partial-tree.ts'
import { verifyConsistency, verifyInclusion } from './proofs.ts'
import { rangeOverheadBytes } from './range.ts'
import { noteKeyOf, renderNote } from './signed-note.ts'
import { isPrefixOfHead } from './state.ts'
import { consistencyShape, inclusionShape } from './tree.ts'
import type { Crypto, Disk, LogId, Logger, Result, Signer } from '@hamlet/core'
import type { JudgeContext } from './acceptance.ts'
import type { LogRangeError } from './errors.ts'
import type { PrefixEvidence } from './fork-proof.ts'
import type { LogHead } from './head.ts'
import type { LogRange } from './range.ts'
import type { LeafLength, OpenReport } from './recovery.ts'
import type { LogState } from './state.ts'
import type { LeafRange } from './tree.ts'
import type { SignedLeaf } from './types.ts'

export interface LogOptions {
  readonly disk: Disk
  readonly crypto: Crypto
  /** Of this log alone, on `disk`. */
  readonly directory: string
  /** The author's Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** What the log is part of, 32 bytes: a space passes its id. */
  readonly namespace: Uint8Array
  /** Only the author has it; without it the log is a copy. */
  readonly signer?: Signer
  /** Bytes at the beginning of a block that are the tree's leaf. @default the whole block */
  readonly leafLength?: LeafLength
  /** Whether the rest of a block is what its leaf commits to. @default true */
  readonly checkBlock?: (block: Uint8Array) => boolean
  readonly logger?: Logger
  /** A commit begins a new segment file once the current one is this large. @default 64 MiB */
  readonly segmentBytes?: number
  /** Blocks after which the derived files are synced and marked. @default 8,192 */
  readonly markBlocks?: number
}

export interface AppendReceipt {
  /** Index of the first block of the call. */
  readonly from: number
  readonly to: number
  /** The head of the commit, which may hold blocks of other calls too. */
  readonly head: LogHead
}

export interface AcceptedRange {
  /** Length before. */
  readonly from: number
  /** Length after. */
  readonly to: number
}

export interface AcceptOptions {
  /** `false` returns before the blocks are durable; call `sync` before relying on them. @default true */
  readonly sync?: boolean
}

export interface RangeLimits {
  /** Bytes of the encoded range. One block is given even if it is larger. */
  readonly bytesMax: number
  readonly blocksMax: number
}

interface PendingAppend {
  readonly blocks: readonly Uint8Array[]
  readonly leafBytes: readonly number[]
  readonly bytes: number
  resolve(receipt: AppendReceipt): void
  reject(error: unknown): void
}

const READ_BYTES = 1024 * 1024
const READ_BLOCKS_MAX = 1024

export class Log {
  readonly id: LogId
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly #options: LogOptions
  readonly #store: LogStore
  readonly #judge: JudgeContext
  #visible: LogState
  #tree: { readonly state: LogState; readonly tree: PartialTree } | undefined
  #trusted: LogHead | undefined
  #queue: PendingAppend[] = []
  #pumping: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  private constructor(id: LogId, options: LogOptions, store: LogStore, leafLength: LeafLength) {
    this.id = id
    this.publicKey = options.publicKey
    this.namespace = options.namespace
    this.#options = options
    this.#store = store
    this.#visible = store.durable
    const { crypto, publicKey, namespace } = options
    const { hasher, derived } = store
    const signedLeaf = (index: number): SignedLeaf => this.#signedLeaf(index)
    this.#judge = { crypto, publicKey, namespace, hasher, derived, leafLength, signedLeaf }
  }

  /** Makes the log when the directory is empty. @throws LogError `LOG_DAMAGED`, `LOG_OTHER`; StoreError */
  static async open(options: LogOptions): Promise<Log> {
    const { crypto, publicKey, namespace, signer } = options
    assert(publicKey.length === PUBLIC_KEY_BYTES, 'a public key has 32 bytes')
    assert(namespace.length === NAMESPACE_BYTES, 'a namespace has 32 bytes')
    assert(!signer || equalBytes(signer.publicKey, publicKey), 'the signer is the author')
    const id = logIdOf(crypto, publicKey, namespace)
    const leafLength = options.leafLength ?? ((block) => block.length)
    const store = await LogStore.open({ ...options, id, leafLength })
    return new Log(id, options, store, leafLength)
  }

  /** Blocks here. */
  get length(): number {
    return this.#visible.length
  }

  /** Bytes of the blocks here. */
  get byteLength(): number {
    return this.#visible.byteLength
  }

  /** The newest head; in a copy its length may be larger than the log's. `undefined` while the log is empty. */
  get head(): LogHead | undefined {
    return this.#visible.head
  }

  get openReport(): OpenReport {
    return this.#store.report
  }

  /**
   * Resolves when the blocks are durable. All of them are in one commit, or none is. Do not change them before.
   * @throws LogError `LOG_READ_ONLY`, `LOG_BEHIND`, `LOG_BLOCK_TOO_LARGE`, `LOG_APPEND_TOO_LARGE`, `LOG_FAILED`; StoreError
   */
  append(blocks: readonly Uint8Array[]): Promise<AppendReceipt> {
    return new Promise((resolve, reject) => {
      this.#throwIfClosed()
      const leafBytes = this.#checkOwnBlocks(blocks)
      const bytes = blocks.reduce((sum, block) => sum + block.length, 0)
      if (bytes > COMMIT_BYTES_MAX || blocks.length > COMMIT_BLOCKS_MAX) {
        throw new LogError('LOG_APPEND_TOO_LARGE', 'too much for one append call', {
          fields: { bytes, blocks: blocks.length },
        })
      }
      this.#queue.push({ blocks, leafBytes, bytes, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  /** @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  get(index: number): Uint8Array {
    this.#throwIfClosed()
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) {
      throw this.#outOfRange(index)
    }
    return this.#store.read(index)
  }

  /** The blocks [from, to) as they are when reached. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  *blocks(from = 0, to: number = this.length): Generator<Uint8Array, void, undefined> {
    this.#checkBounds(from, to)
    const average = Math.max(1, this.byteLength / Math.max(1, this.length))
    const count = Math.max(1, Math.min(READ_BLOCKS_MAX, Math.floor(READ_BYTES / average)))
    for (let at = from; at < to; at += count) {
      yield* this.#store.readMany(at, Math.min(at + count, to))
    }
  }

  /** Bytes on the disk of the blocks [from, to), in constant time. @throws LogError `LOG_OUT_OF_RANGE` */
  bytesBetween(from: number, to: number): number {
    this.#checkBounds(from, to)
    return this.#store.bytesBetween(from, to)
  }

  /** @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  leafHash(index: number): Uint8Array {
    return this.#hash(index, index + 1)
  }

  /** Of the blocks [start, end), a range that occurs in proofs. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  treeHash(start: number, end: number): Uint8Array {
    return this.#hash(start, end)
  }

  /** Root of the tree over the first `length` blocks. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  root(length: number = this.length): Uint8Array {
    this.#checkBounds(0, length)
    if (length === 0) return this.#store.hasher.empty()
    if (length === this.#size) return this.#visible.head!.root
    return this.#verified(
      () => this.#treeOf().hash(0, length),
      (root) => this.#isOurs(length, root, this.#proof(consistencyShape(length, this.#size))),
    )
  }

  /** RFC 9162 2.1.3: that block `index` is in the tree of `length` blocks. @throws LogError as {@link root} */
  inclusionProof(index: number, length: number = this.length): readonly Uint8Array[] {
    this.#checkBounds(index, length)
    if (index === length) throw this.#outOfRange(index)
    const root = this.root(length)
    return this.#verified(
      () => this.#proof(inclusionShape(index, length)),
      (proof) => {
        const leafHash = this.#treeOf().hash(index, index + 1)
        return verifyInclusion(this.#options.crypto, { index, length, leafHash, root, proof })
      },
    )
  }

  /** RFC 9162 2.1.4: from `from`, at least 1, to `to`, the head's length by default. @throws LogError as {@link root} */
  consistencyProof(from: number, to: number = this.#size): readonly Uint8Array[] {
    this.#checkBounds(1, from)
    if (to !== this.#size) this.#checkBounds(from, to)
    const toRoot = to === this.#size ? this.head!.root : this.root(to)
    return this.#verified(
      () => this.#proof(consistencyShape(from, to)),
      (proof) => {
        const fromRoot = this.#treeOf().hash(0, from)
        return verifyConsistency(this.#options.crypto, { from, to, fromRoot, toRoot, proof })
      },
    )
  }

  /** The head as a C2SP signed note, `undefined` while the log is empty. */
  checkpoint(): string | undefined {
    const { head } = this
    if (!head) return undefined
    const name = originOf(this.id)
    const { keyId } = noteKeyOf(this.#options.crypto, name, this.publicKey)
    const signatures = [{ name, keyId, signature: head.signature }]
    return renderNote({ text: headText(this.id, head.length, head.root), signatures })
  }

  /** How our head's tree begins, for a peer whose own head has `length`; see `makeForkProof`. */
  prefixEvidence(length: number): PrefixEvidence | undefined {
    const { head } = this
    if (!head || length < 1 || length > this.length) return undefined
    return { head, root: this.root(length), proof: this.consistencyProof(length) }
  }

  /** Blocks from `from` on with their proof; `undefined` while the log is empty. @throws LogError as {@link root} */
  rangeFrom(from: number, limits: RangeLimits): LogRange | undefined {
    const { head, length } = this.#visible
    if (!head) return undefined
    this.#checkBounds(from, length)
    const to = this.#endOfRange(from, limits)
    const blocks = this.#store.readMany(from, to)
    const extension = to === 0 ? [] : this.consistencyProof(to)
    return { from, blocks, head, extension }
  }

  /**
   * Verifies a range of a peer and appends what is new of it. What is known already is harmless.
   * @throws LogError `LOG_FAILED`; StoreError: never because of what the range holds
   */
  async accept(
    range: LogRange,
    options: AcceptOptions = {},
  ): Promise<Result<AcceptedRange, LogRangeError>> {
    this.#throwIfClosed()
    const result = await this.#exclusive(() => this.#acceptNow(range))
    if (result.ok && options.sync !== false) await this.sync()
    return result
  }

  /** Resolves when everything accepted before the call is durable. @throws LogError `LOG_FAILED` */
  async sync(): Promise<void> {
    await this.#store.sync()
  }

  /** Waits for appends under way. Calling it twice is harmless. */
  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Length of the tree that proofs lead to. */
  get #size(): number {
    return this.#visible.head?.length ?? 0
  }

  async #finish(): Promise<void> {
    await this.#pumping
    await this.#last.catch(() => undefined)
    await this.#store.close()
  }

  async #pump(): Promise<void> {
    // One turn later, so that appends made in the same turn share the first commit.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#exclusive(() => this.#commitGroup())
    this.#pumping = undefined
  }

  async #commitGroup(): Promise<void> {
    const group = this.#takeGroup()
    try {
      await this.#store.prepare()
      const base = this.#store.written
      if (base.head && base.head.length > base.length) {
        throw new LogError('LOG_BEHIND', 'the author has signed more blocks than are here', {
          fields: { length: base.length, signed: base.head.length },
        })
      }
      const head = this.#write(group)
      await this.#store.sync()
      this.#visible = this.#store.written
      settle(group, base.length, head)
    } catch (error) {
      for (const pending of group) pending.reject(error)
    }
  }

  #write(group: readonly PendingAppend[]): LogHead {
    const blocks = group.length === 1 ? group[0]!.blocks : group.flatMap(({ blocks }) => blocks)
    const leafBytes =
      group.length === 1 ? group[0]!.leafBytes : group.flatMap(({ leafBytes }) => leafBytes)
    const draft = this.#store.draft(blocks, leafBytes)
    const { length } = draft.frontier
    const head = signHead(this.#options.signer!, this.id, length, draft.frontier.root())
    this.#store.commit(draft, head)
    return head
  }

  #takeGroup(): readonly PendingAppend[] {
    let bytes = 0
    let count = 0
    for (const pending of this.#queue) {
      bytes += pending.bytes
      if (count > 0 && bytes > GROUP_BYTES_MAX) break
      count++
    }
    const group = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return group
  }

  #checkOwnBlocks(blocks: readonly Uint8Array[]): readonly number[] {
    assert(blocks.length > 0, 'an append has at least one block')
    if (!this.#options.signer) throw new LogError('LOG_READ_ONLY', 'only the author appends')
    const large = blocks.find((block) => block.length > BLOCK_BYTES_MAX)
    if (large) {
      throw new LogError('LOG_BLOCK_TOO_LARGE', `a block has at most ${BLOCK_BYTES_MAX} bytes`, {
        fields: { bytes: large.length, limit: BLOCK_BYTES_MAX },
      })
    }
    const leafBytes = leafLengths(blocks, this.#judge.leafLength)
    if (!leafBytes.ok) throw new LogError('LOG_BLOCK_INVALID', leafBytes.error.message)
    return leafBytes.value
  }

  async #acceptNow(range: LogRange): Promise<Result<AcceptedRange, LogRangeError>> {
    const shape = checkRangeShape(range)
    if (!shape.ok) return shape
    await this.#store.prepare()
    const state = this.#store.written
    if (range.from > state.length) {
      return err({
        code: 'LOG_GAP',
        message: `blocks ${state.length} to ${range.from} are missing`,
      })
    }
    const head = this.#checkHead(state, range.head)
    if (!head.ok) return this.#withPoint(state, range, head)
    const end = range.from + range.blocks.length
    const leafBytes = leafLengths(range.blocks, this.#judge.leafLength)
    if (!leafBytes.ok) return leafBytes
    const judged =
      range.from === state.length
        ? this.#acceptAtEnd(state, range, leafBytes.value)
        : this.#acceptOverlap(state, range, leafBytes.value)
    if (!judged.ok) return judged
    return ok({ from: state.length, to: Math.max(state.length, end) })
  }

  /** A head that contradicts ours comes with blocks, which may show where the two histories part. */
  #withPoint(
    state: LogState,
    range: LogRange,
    judged: { readonly ok: false; readonly error: LogRangeError },
  ): Result<never, LogRangeError> {
    const leafBytes = leafLengths(range.blocks, this.#judge.leafLength)
    if (judged.error.code !== 'LOG_FORKED' || !leafBytes.ok || range.from >= state.length) {
      return judged
    }
    const overlap = this.#judgeOverlap(state, range, leafBytes.value)
    const point = overlap.ok ? undefined : overlap.error.point
    return point === undefined ? judged : err({ ...judged.error, point })
  }

  /** The signature is checked once per head: a stream of ranges carries the same one. */
  #checkHead(state: LogState, head: LogHead): Result<undefined, LogRangeError> {
    const known = [state.head, this.#trusted]
    if (known.some((other) => other && equalHeads(other, head))) return ok(undefined)
    if (!verifyHead(this.#options.crypto, this.id, this.publicKey, head)) {
      return err({ code: 'LOG_SIGNATURE', message: 'the head is not signed by the author' })
    }
    const judged = judgeHead(this.#judge, state, this.#treeOf(), head)
    if (judged.ok) this.#trusted = head
    return judged
  }

  #acceptAtEnd(
    state: LogState,
    range: LogRange,
    leafBytes: readonly number[],
  ): Result<undefined, LogRangeError> {
    const { blocks, head, extension } = range
    if (range.from + blocks.length === 0) return ok(undefined)
    if (blocks.length === 0 && head.length <= (state.head?.length ?? 0)) return ok(undefined)
    const draft = this.#store.draft(blocks, leafBytes, extension.length)
    const judged = judgeBlocks(this.#judge, state, range, draft.frontier.root(), () =>
      this.#leafHashes(blocks, leafBytes),
    )
    if (!judged.ok) return judged
    const checked = this.#checkBodies(blocks)
    if (!checked.ok) return checked
    this.#store.commit(draft, head, extension)
    this.#visible = this.#store.written
    return ok(undefined)
  }

  #acceptOverlap(
    state: LogState,
    range: LogRange,
    leafBytes: readonly number[],
  ): Result<undefined, LogRangeError> {
    const { from, blocks, head, extension } = range
    const end = from + blocks.length
    if (end === 0) return ok(undefined)
    const judged = this.#judgeOverlap(state, range, leafBytes)
    if (!judged.ok || end < state.length) return judged
    const known = state.length - from
    const rest = { from: state.length, blocks: blocks.slice(known), head, extension }
    return this.#acceptAtEnd(state, rest, leafBytes.slice(known))
  }

  #judgeOverlap(
    state: LogState,
    range: LogRange,
    leafBytes: readonly number[],
  ): Result<undefined, LogRangeError> {
    const hashes = this.#leafHashes(range.blocks, leafBytes)
    const frontier = this.#store.derived.frontier(range.from)
    for (const hash of hashes) frontier.push(hash, [])
    return judgeBlocks(this.#judge, state, range, frontier.root(), () => hashes)
  }

  /** A leaf of ours with its proof in the tree of the newest head. */
  #signedLeaf(index: number): SignedLeaf {
    const block = this.get(index)
    const leaf = block.slice(0, this.#judge.leafLength(block))
    return { head: this.head!, leaf, proof: this.#proof(inclusionShape(index, this.#size)) }
  }

  #leafHashes(blocks: readonly Uint8Array[], leafBytes: readonly number[]): readonly Uint8Array[] {
    const { hasher } = this.#store
    return blocks.map((block, i) => hasher.leaf(block.subarray(0, leafBytes[i])))
  }

  #checkBodies(blocks: readonly Uint8Array[]): Result<undefined, LogRangeError> {
    const { checkBlock } = this.#options
    if (!checkBlock || blocks.every((block) => checkBlock(block))) return ok(undefined)
    return err({ code: 'LOG_BLOCK_INVALID', message: 'a block is not what its leaf commits to' })
  }

  #endOfRange(from: number, limits: RangeLimits): number {
    const most = Math.min(limits.blocksMax, RANGE_BLOCKS_MAX, this.length - from)
    const places = this.#store.derived.places(from, from + most)
    let room = limits.bytesMax - rangeOverheadBytes(64)
    let count = 0
    for (const { bytes } of places) {
      room -= 4 + bytes
      if (room < 0 && count > 0) break
      count++
    }
    return from + count
  }

  #treeOf(): PartialTree {
    const state = this.#visible
    if (this.#tree?.state === state) return this.#tree.tree
    const { hasher, derived } = this.#store
    const size = state.head?.length ?? 0
    const tree = new PartialTree(hasher, derived, state.length, size, state.extension)
    this.#tree = { state, tree }
    return tree
  }

  #proof(shape: readonly LeafRange[]): readonly Uint8Array[] {
    const tree = this.#treeOf()
    return shape.map(({ start, end }) => tree.hash(start, end))
  }

  #hash(start: number, end: number): Uint8Array {
    if (!Number.isSafeInteger(start) || start < 0 || end > this.length) {
      throw this.#outOfRange(start)
    }
    return this.#treeOf().hash(start, end)
  }

  #isOurs(length: number, root: Uint8Array, proof: readonly Uint8Array[]): boolean {
    return isPrefixOfHead(this.#options.crypto, length, root, this.#visible.head!, proof)
  }

  /** Hashes come from a derived file: what does not lead to the signed root is made anew, once. */
  #verified<T>(make: () => T, isRight: (made: T) => boolean): T {
    for (const repaired of [false, true]) {
      const made = make()
      if (isRight(made)) return made
      if (!repaired) this.#store.repair()
    }
    throw new LogError('LOG_DAMAGED', 'the tree does not lead to the signed root')
  }

  async #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(action, action)
    this.#last = mine
    return mine
  }

  #checkBounds(from: number, to: number): void {
    this.#throwIfClosed()
    const isInside = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0
    if (!isInside || from > to || to > this.length) throw this.#outOfRange(to)
  }

  #outOfRange(index: number): LogError {
    const message = `the log has ${this.length} blocks, asked for ${index}`
    return new LogError('LOG_OUT_OF_RANGE', message, { fields: { index, length: this.length } })
  }

  #throwIfClosed(): void {
    if (this.#closing) throw new LogError('LOG_CLOSED', 'the log is closed')
  }
}

function settle(group: readonly PendingAppend[], length: number, head: LogHead): void {
  let from = length
  for (const pending of group) {
    const to = from + pending.blocks.length
    pending.resolve({ from, to, head })
    from = to
  }
}
