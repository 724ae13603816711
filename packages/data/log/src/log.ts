/**
 * A log: blocks appended by one author, hashed into the tree of RFC 9162, signed, and copied between peers.
 *
 * The idea: the author signs a head (length and root) once per commit; whoever has a head can verify any part. Appends
 * that come in while a commit is being synced wait and form the next commit together, so that throughput does not
 * depend on the price of a sync. Formats and the reasoning about crashes: docs/formats/log.md.
 *
 * Its parts: log-appender.ts writes the author's blocks, log-acceptor.ts takes ranges of peers, log-prover.ts makes proofs,
 * log-store.ts keeps all of it; log-core.ts is what they share.
 *
 * Invariants:
 * 1. An author's block is shown (`length`, `get`, `rangeFrom`) only after it is durable: no crash can make the author sign
 *    another block at an index that somebody has seen.
 * 2. Whatever is read was checked: blocks by their frame's checksum, hashes by the signed root.
 * 3. Commits and accepted ranges happen one after the other; a failed one leaves the log as it was. A failed sync
 *    stops all writing until the log is opened again.
 */

import { assert, equalBytes } from '@hamlet/core'
import { LogError } from './errors.ts'
import { NAMESPACE_BYTES, PUBLIC_KEY_BYTES, headText, logIdOf, originOf } from './head.ts'
import { PROOF_HASHES_MAX, RANGE_BLOCKS_MAX, TRUNCATIONS_MAX } from './limits.ts'
import { LogAcceptor } from './log-acceptor.ts'
import { LogAppender, throwIfBehind } from './log-appender.ts'
import { LogCore } from './log-core.ts'
import { LogStore } from './log-store.ts'
import { rangeOverheadBytes } from './range.ts'
import { noteKeyOf, renderNote } from './signed-note.ts'
import { signTruncation } from './truncation.ts'
import { UserData } from './user-data.ts'
import type { Cancel, LogId, Result } from '@hamlet/core'
import type { BlockEvent, BlockSource, LoadOptions } from './block-source.ts'
import type { LogRangeError } from './errors.ts'
import type { PrefixEvidence } from './fork-proof.ts'
import type { LogHead } from './head.ts'
import type { LeafSetProof } from './leaf-set.ts'
import type { AuditReport } from './log-audit.ts'
import type {
  AcceptOptions,
  AppendOptions,
  AcceptedRange,
  AppendReceipt,
  LogOptions,
  RangeLimits,
} from './log-options.ts'
import type { LogRange } from './range.ts'
import type { OpenReport } from './recovery.ts'
import type { Truncation } from './types.ts'

const READ_BYTES = 1024 * 1024
const READ_BLOCKS_MAX = 1024

export class Log implements BlockSource {
  readonly id: LogId
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly #core: LogCore
  readonly #userData: UserData
  readonly #appender: LogAppender
  readonly #acceptor: LogAcceptor
  #closing: Promise<void> | undefined

  private constructor(core: LogCore, userData: UserData) {
    this.id = core.id
    this.publicKey = core.options.publicKey
    this.namespace = core.options.namespace
    this.#core = core
    this.#userData = userData
    this.#appender = new LogAppender(this.#core)
    this.#acceptor = new LogAcceptor(this.#core)
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
    try {
      const userData = await UserData.open(options.disk, options.directory, id)
      return new Log(new LogCore(id, options, store, leafLength), userData)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** Blocks here. */
  get length(): number {
    return this.#core.state.length
  }

  get fork(): number {
    return this.#core.fork
  }

  /** Every truncation of the log, the oldest first, for whoever copies it. */
  get truncations(): readonly Truncation[] {
    return this.#store.truncations.slice(0, this.fork)
  }

  /** Bytes of the blocks, those cleared included. */
  get byteLength(): number {
    return this.#core.state.byteLength
  }

  /**
   * The newest head; in a copy its length may be larger than the log's. `undefined` while the log is empty, and in a copy that has
   * adopted a truncation and holds nothing yet of the fork it began.
   */
  get head(): LogHead | undefined {
    return this.#core.head
  }

  /** Bytes of the segments on the disk. */
  get diskBytes(): number {
    return this.#store.segmentBytes
  }

  get openReport(): OpenReport {
    return this.#store.report
  }

  /**
   * Resolves when the blocks are durable. All of them are in one commit, or none is. Do not change them before.
   * @throws LogError `LOG_READ_ONLY`, `LOG_BEHIND`, `LOG_BLOCK_TOO_LARGE`, `LOG_APPEND_TOO_LARGE`, `LOG_MOVED`,
   * `LOG_FAILED`; StoreError
   */
  append(blocks: readonly Uint8Array[], options: AppendOptions = {}): Promise<AppendReceipt> {
    return this.#appender.append(blocks, options)
  }

  /** @throws LogError `LOG_OUT_OF_RANGE`, `LOG_CLEARED`, `LOG_DAMAGED` */
  get(index: number): Uint8Array {
    this.#core.checkIndex(index)
    return this.#store.reader.read(index)
  }

  /** Whether the block is here and was not cleared. */
  has(index: number): boolean {
    this.#core.throwIfClosed()
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) return false
    return !this.#store.derived.place(index).isCleared
  }

  /** The stretches of blocks that are here. O(length). */
  storedRanges(): readonly (readonly [from: number, to: number])[] {
    this.#core.throwIfClosed()
    return this.#store.derived.heldRanges(this.length)
  }

  /** The block, `undefined` when it was cleared. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  peek(index: number): Uint8Array | undefined {
    this.#core.checkIndex(index)
    return this.#store.reader.peek(index)
  }

  /** As {@link get}: a log asks nobody. */
  async load(index: number, { signal }: LoadOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted()
    return this.get(index)
  }

  /** Calls back after every change; a listener that throws disturbs nobody. */
  watch(listener: (event: BlockEvent) => void): Cancel {
    return this.#core.watch(listener)
  }

  /**
   * Takes the bytes of the blocks [from, to) off the disk for good; their hashes stay, and with them every proof. Resolves when the
   * space is free. Costs the rewriting of each segment they lie in. What was cleared is refused with `LOG_CLEARED`.
   * @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED`, `LOG_FAILED`; StoreError
   */
  async clear(from: number, to: number): Promise<void> {
    this.#core.throwIfClosed()
    await this.#core.exclusive(async () => {
      this.#core.checkBounds(from, to)
      await this.#store.clear({ start: from, end: to })
      this.#core.show(this.#store.written)
    })
    if (from < to) this.#core.emit({ type: 'cleared', from, to })
  }

  /**
   * Takes back the blocks from `length` on, for good and visibly: the next fork of the log begins, and the statement that says so
   * is signed. Resolves when it is durable; give it to whoever copies the log.
   * @throws LogError `LOG_OUT_OF_RANGE` unless there is something to take back, `LOG_READ_ONLY`, `LOG_BEHIND`, `LOG_TRUNCATIONS`,
   * `LOG_DAMAGED`, `LOG_FAILED`; StoreError
   */
  async truncate(length: number): Promise<Truncation> {
    this.#core.throwIfClosed()
    return await this.#core.exclusive(async () => {
      const made = this.#makeTruncation(length)
      await this.#store.truncate(made, () => this.#showFork(made))
      return made
    })
  }

  /**
   * Verifies a truncation of the author and adopts it: what it took back goes, heads of the fork before are refused from now on.
   * One that is known already is harmless.
   * @throws LogError `LOG_DAMAGED`, `LOG_FAILED`; StoreError
   */
  async acceptTruncation(truncation: Truncation): Promise<Result<undefined, LogRangeError>> {
    this.#core.throwIfClosed()
    return await this.#core.exclusive(() =>
      this.#acceptor.truncate(truncation, () => this.#showFork(truncation)),
    )
  }

  /**
   * Reads everything again and says what is not as it was written. Appends wait meanwhile. What is derived is made anew when it is
   * needed; damaged blocks come back from a peer with `LogRepair`.
   */
  async audit(): Promise<AuditReport> {
    this.#core.throwIfClosed()
    const report = await this.#core.exclusive(() => this.#store.audit())
    return { ...report, areUserDataSound: !this.#userData.isDamaged }
  }

  /** A value kept beside the log, on this device alone. @throws LogError `LOG_DAMAGED` */
  userData(key: string): Uint8Array | undefined {
    this.#core.throwIfClosed()
    return this.#userData.get(key)
  }

  /**
   * Keeps a small value beside the log, or takes it away. Atomic, and durable when resolved. Where the values were damaged, all
   * others are lost.
   * @throws LogError `LOG_USER_DATA` when the key or all values together are too large; StoreError
   */
  async setUserData(key: string, value: Uint8Array | undefined): Promise<void> {
    this.#core.throwIfClosed()
    await this.#userData.set(key, value)
  }

  /** The blocks [from, to) as they are when reached. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_CLEARED`, `LOG_DAMAGED` */
  *blocks(from = 0, to: number = this.length): Generator<Uint8Array, void, undefined> {
    this.#core.checkBounds(from, to)
    const average = Math.max(1, this.byteLength / Math.max(1, this.length))
    const count = Math.max(1, Math.min(READ_BLOCKS_MAX, Math.floor(READ_BYTES / average)))
    for (let at = from; at < to; at += count) {
      yield* this.#store.reader.readMany(at, Math.min(at + count, to))
    }
  }

  /** Bytes on the disk of the blocks [from, to), in constant time. @throws LogError `LOG_OUT_OF_RANGE` */
  bytesBetween(from: number, to: number): number {
    this.#core.checkBounds(from, to)
    return this.#store.reader.bytesBetween(from, to)
  }

  /** @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  leafHash(index: number): Uint8Array {
    return this.treeHash(index, index + 1)
  }

  /** Of the blocks [start, end), a range that occurs in proofs. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  treeHash(start: number, end: number): Uint8Array {
    const isInside = Number.isSafeInteger(start) && start >= 0 && end <= this.length
    if (!isInside) throw this.#core.outOfRange(start)
    return this.#core.prover.hash(start, end)
  }

  /** Root of the tree over the first `length` blocks. @throws LogError `LOG_OUT_OF_RANGE`, `LOG_DAMAGED` */
  root(length: number = this.length): Uint8Array {
    this.#core.checkBounds(0, length)
    return this.#core.prover.root(length)
  }

  /** RFC 9162 2.1.3: that block `index` is in the tree of `length` blocks. @throws LogError as {@link root} */
  inclusionProof(index: number, length: number = this.length): readonly Uint8Array[] {
    this.#core.checkBounds(index, length)
    if (index === length) throw this.#core.outOfRange(index)
    return this.#core.prover.inclusion(index, length)
  }

  /**
   * That these blocks, at least one of them and in ascending order, are in the tree of the newest head.
   * @throws LogError as {@link root}
   */
  leafSetProof(indices: readonly number[]): LeafSetProof {
    assert(indices.length > 0, 'a set has a leaf')
    for (const index of indices) this.#core.checkIndex(index)
    return this.#core.prover.leafSet(indices)
  }

  /** RFC 9162 2.1.4: from `from`, at least 1, to `to`, the head's length by default. @throws LogError as {@link root} */
  consistencyProof(from: number, to: number = this.#core.prover.size): readonly Uint8Array[] {
    const { prover } = this.#core
    this.#core.checkBounds(1, from)
    if (to !== prover.size) this.#core.checkBounds(from, to)
    return prover.consistency(from, to)
  }

  /** The head as a C2SP signed note, `undefined` while the log is empty. */
  checkpoint(): string | undefined {
    const { head } = this
    if (!head) return undefined
    const name = originOf(this.id, this.fork)
    const { keyId } = noteKeyOf(this.#core.options.crypto, name, this.publicKey)
    const signatures = [{ name, keyId, signature: head.signature }]
    return renderNote({ text: headText(this.id, head.length, head.root, this.fork), signatures })
  }

  /** How our head's tree begins, for a peer whose own head has `length`; see `makeForkProof`. */
  prefixEvidence(length: number): PrefixEvidence | undefined {
    const { head } = this
    if (!head || length < 1 || length > this.length) return undefined
    return { head, root: this.root(length), proof: this.consistencyProof(length) }
  }

  /**
   * Whether a head that a peer shows contradicts what is here: with `LOG_FORKED` it proves that the author signed two histories.
   * One that is longer than the log says nothing yet.
   * @throws LogError `LOG_DAMAGED`
   */
  judgeHead(head: LogHead): Result<undefined, LogRangeError> {
    return this.#acceptor.judgeHead(head)
  }

  /** Blocks from `from` on, up to the first cleared one, with their proof; `undefined` while the log is empty. @throws LogError as {@link root} */
  rangeFrom(from: number, limits: RangeLimits): LogRange | undefined {
    const { head, length } = this
    if (!head) return undefined
    this.#core.checkBounds(from, length)
    const to = this.#endOfRange(from, limits)
    const blocks = this.#store.reader.readMany(from, to, limits.into)
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
    this.#core.throwIfClosed()
    const result = await this.#core.exclusive(() => this.#acceptor.accept(range))
    if (result.ok && options.sync !== false) await this.sync()
    return result
  }

  /**
   * As {@link accept} without its sync, within this turn, so that the blocks may be views of memory that is used again. `undefined`
   * when something else is writing or a new file must be begun: then nothing was done.
   * @throws LogError `LOG_FAILED`; StoreError
   */
  acceptNow(range: LogRange): Result<AcceptedRange, LogRangeError> | undefined {
    this.#core.throwIfClosed()
    return this.#core.isResting ? this.#acceptor.acceptNow(range) : undefined
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

  get #store(): LogStore {
    return this.#core.store
  }

  /** In the same turn in which the blocks go: whoever listens sees one fork begin after the other, and nothing in between. */
  #showFork({ kept, fork }: Truncation): void {
    this.#core.show(this.#store.written)
    this.#core.emit({ type: 'truncated', length: kept.length, fork })
  }

  #makeTruncation(length: number): Truncation {
    const { state, prover, options, fork, id } = this.#core
    this.#core.checkBounds(0, length)
    if (length === state.length) throw this.#core.outOfRange(length)
    if (!options.signer) throw new LogError('LOG_READ_ONLY', 'only the author truncates')
    throwIfBehind(state, fork)
    if (fork === TRUNCATIONS_MAX) {
      const message = `a log is truncated at most ${TRUNCATIONS_MAX} times`
      throw new LogError('LOG_TRUNCATIONS', message)
    }
    return signTruncation(options.signer, this.namespace, id, {
      fork: fork + 1,
      kept: { length, root: prover.root(length) },
      last: state.head!,
      proof: length === 0 ? [] : prover.consistency(length, state.length),
    })
  }

  async #finish(): Promise<void> {
    this.#core.markClosed()
    await this.#appender.settled()
    await this.#core.settled()
    await this.#userData.settled()
    await this.#store.close()
  }

  #endOfRange(from: number, limits: RangeLimits): number {
    const most = Math.min(limits.blocksMax, RANGE_BLOCKS_MAX, this.length - from)
    const places = this.#store.derived.places(from, from + most)
    let room = limits.bytesMax - rangeOverheadBytes(PROOF_HASHES_MAX)
    let count = 0
    for (const { bytes, isCleared } of places) {
      room -= 4 + bytes
      if (isCleared || (room < 0 && count > 0)) break
      count++
    }
    return from + count
  }
}
