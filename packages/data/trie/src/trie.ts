/**
 * A trie: keys to values, on a log of its own, one block per put.
 *
 * The idea: see node.ts for the structure, path.ts for what decides a key's place, trie-view.ts for reading. The log signs
 * and copies blocks; this class decides what is in them. Format: docs/formats/trie.md.
 *
 * Invariants:
 * 1. The newest block of the log is the whole trie: nothing else is kept anywhere.
 * 2. A put that was acknowledged is in the log, durable; a batch is there wholly or not at all.
 * 3. Nobody but the trie appends to its log.
 */

import { assert, utf8 } from '@hamlet/core'
import { TrieError } from './errors.ts'
import {
  TRIE_BATCH_OPERATIONS_MAX,
  TRIE_METADATA_BYTES_MAX,
  TRIE_VALUE_BYTES_MAX,
} from './limits.ts'
import { partUnder } from './reading.ts'
import { TrieCore } from './trie-core.ts'
import { keyBytes, prefixBytes } from './trie-key.ts'
import { TrieView } from './trie-view.ts'
import { TrieWriter } from './trie-writer.ts'
import type { Cancel, Random } from '@hamlet/core'
import type { DraftOperation, TrieCondition } from './draft.ts'
import type { TrieCoreOptions } from './trie-core.ts'
import type { TrieKey } from './trie-key.ts'

export interface TrieOptions extends TrieCoreOptions {
  /** Makes the hash key of a new trie; without it an empty log stays empty. */
  readonly random?: Random
  /** What to say of a new trie in its first block, at most 4,096 bytes. @default nothing */
  readonly metadata?: Uint8Array
}

export interface WriteOptions {
  /** Writes only if the key was last put by the write with this version; 0: only if it is not there. */
  readonly ifVersion?: number
  /** Writes only if this says so of what is there. Called once the writes before it are done. */
  readonly condition?: TrieCondition
}

export type TrieOperation =
  | ({ readonly type: 'put'; readonly key: TrieKey; readonly value: TrieValue } & WriteOptions)
  | ({ readonly type: 'del'; readonly key: TrieKey } & WriteOptions)

/** Text stands for its UTF-8. */
export type TrieValue = Uint8Array | string

/** What a watcher is told. */
export interface TrieMove {
  readonly from: number
  /** Smaller than `from` when the author took blocks back. */
  readonly to: number
}

export class Trie extends TrieView {
  readonly #core: TrieCore
  readonly #writer: TrieWriter
  readonly #watchers = new Set<() => void>()
  readonly #stopWatching: Cancel | undefined
  #isClosed = false

  private constructor(options: TrieOptions) {
    const core = new TrieCore(options)
    super(core, undefined)
    this.#core = core
    this.#writer = new TrieWriter(core, options.random, options.metadata ?? new Uint8Array(0))
    this.#stopWatching = options.log.watch?.(() => this.#tellWatchers())
  }

  /** Reads nothing but the first block, if it is here. @throws TrieError `TRIE_OTHER` */
  static async open(options: TrieOptions): Promise<Trie> {
    const { metadata, cacheNodes = 1 } = options
    assert((metadata?.length ?? 0) <= TRIE_METADATA_BYTES_MAX, 'metadata has at most 4,096 bytes')
    assert(cacheNodes > 0 && (cacheNodes & (cacheNodes - 1)) === 0, 'a cache has 2^n places')
    const trie = new Trie(options)
    trie.#core.header()
    return trie
  }

  /**
   * The version after the put, once it is durable. Do not change `key` and `value` before.
   * @throws TrieError `TRIE_CHANGED`, `TRIE_KEY_INVALID`, `TRIE_VALUE_TOO_LARGE`, `TRIE_READ_ONLY`; whatever the log throws
   */
  async put(key: TrieKey, value: TrieValue, options: WriteOptions = {}): Promise<number> {
    const receipt = await this.#submit([{ type: 'put', key, value, ...options }])
    return receipt.version
  }

  /** The version after the deletion, `undefined` when there was nothing to delete. @throws TrieError as {@link put} */
  async del(key: TrieKey, options: WriteOptions = {}): Promise<number | undefined> {
    const receipt = await this.#submit([{ type: 'del', key, ...options }])
    return receipt.written === 0 ? undefined : receipt.version
  }

  /** All operations in their order, or none: one append, one signature. The version after them. @throws TrieError as {@link put}, `TRIE_BATCH_TOO_LARGE` */
  async batch(operations: readonly TrieOperation[]): Promise<number> {
    if (operations.length > TRIE_BATCH_OPERATIONS_MAX) {
      const message = `a batch has at most ${TRIE_BATCH_OPERATIONS_MAX} operations`
      throw new TrieError('TRIE_BATCH_TOO_LARGE', message, {
        fields: { operations: operations.length },
      })
    }
    const receipt = await this.#submit(operations)
    return receipt.version
  }

  /** Calls `listener` after something under `prefix` (or itself) changed, once for all changes since the last call. */
  watch(prefix: TrieKey | undefined, listener: (move: TrieMove) => void): Cancel {
    const bytes = prefixBytes(prefix)
    let [seen, isBusy, isActive] = [this.version, false, true]
    const look = async (): Promise<void> => {
      if (isBusy) return
      isBusy = true
      while (isActive && seen !== this.version) {
        const move = { from: seen, to: this.version }
        // What cannot be compared may have changed.
        const hasChanged = await this.#hasChanged(bytes, move).catch(() => true)
        seen = move.to
        if (hasChanged && isActive) listener(move)
      }
      isBusy = false
    }
    const watcher = (): void => void look()
    this.#watchers.add(watcher)
    return () => {
      isActive = false
      this.#watchers.delete(watcher)
    }
  }

  /** Waits for writes under way and ends all watching; the log stays open. Calling it twice is harmless. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopWatching?.()
    await this.#writer.idle()
    this.#watchers.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #submit(operations: readonly TrieOperation[]) {
    if (this.#isClosed) throw new TrieError('TRIE_CLOSED', 'the trie is closed')
    if (!this.#core.log.append) throw new TrieError('TRIE_READ_ONLY', 'only the author writes')
    const receipt = await this.#writer.submit({
      length: operations.length,
      at: (index) => draftOperationOf(operations[index]!),
    })
    if (this.#watchers.size > 0) this.#tellWatchers()
    return receipt
  }

  #tellWatchers(): void {
    for (const watcher of this.#watchers) watcher()
  }

  async #hasChanged(prefix: Uint8Array, { from, to }: TrieMove): Promise<boolean> {
    const reading = await this.#core.reading({})
    if (!reading || from > to) return true
    const before = await partUnder(reading, from - 1, prefix)
    const after = await partUnder(reading, to - 1, prefix)
    return before?.index !== after?.index
  }
}

function draftOperationOf(operation: TrieOperation): DraftOperation {
  const key = keyBytes(operation.key)
  const condition = conditionOf(operation)
  if (operation.type === 'del') return { key, value: undefined, condition }
  const { value } = operation
  const bytes = typeof value === 'string' ? utf8(value) : value
  if (bytes.length > TRIE_VALUE_BYTES_MAX) {
    throw new TrieError(
      'TRIE_VALUE_TOO_LARGE',
      `a value has at most ${TRIE_VALUE_BYTES_MAX} bytes`,
      {
        fields: { bytes: bytes.length },
      },
    )
  }
  return { key, value: bytes, condition }
}

function conditionOf({ ifVersion, condition }: WriteOptions): TrieCondition | undefined {
  if (ifVersion === undefined) return condition
  return (previous) =>
    (previous?.version ?? 0) === ifVersion && (condition === undefined || condition(previous))
}
