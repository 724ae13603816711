/**
 * An index of a trie's keys in byte order, in a `Kv`: ranges, which the trie's own order by hash cannot give.
 *
 * It is derived: it holds keys and versions and nothing else, follows the trie by reading the blocks written since, and
 * may be deleted at any time. Values are read from the trie's log.
 *
 * Entries of the store:
 *
 *     0x00            1 byte 0x01 (format), 8 bytes version the index has reached, 8 bytes forks of the log by then,
 *                     32 bytes SHA-256 of the trie's first block: whose index it is
 *     0x01 || key     8 bytes version of the put
 */

import { bytesToUint64, compareBytes, concatBytes, equalBytes, uint64ToBytes } from '@hamlet/core'
import type { Crypto, Kv, KvRange, KvWrite } from '@hamlet/core'
import { encodeTrieHeader } from './header.ts'
import { SEPARATOR, keyBytes, prefixBytes } from './trie-key.ts'
import type { TrieKey } from './trie-key.ts'
import type { TrieChange, TrieView } from './trie-view.ts'

export interface TrieKeyIndexOptions {
  readonly trie: TrieView
  /** Of this index alone. */
  readonly kv: Kv
  readonly crypto: Crypto
}

export interface TrieRange {
  readonly gte?: TrieKey
  readonly gt?: TrieKey
  readonly lt?: TrieKey
  readonly lte?: TrieKey
  /** Only keys under it, and the prefix itself if it is a key. @default everything */
  readonly prefix?: TrieKey
  readonly reverse?: boolean
  readonly limit?: number
  readonly signal?: AbortSignal
}

const STATE_KEY = Uint8Array.of(0)
const STATE_BYTES = 49
const FORMAT = 1
const KEYS = Uint8Array.of(1)
const KEYS_END = Uint8Array.of(2)
/** Blocks taken over in one batch of the store. */
const STEP_BLOCKS = 1024

export class TrieKeyIndex {
  readonly #options: TrieKeyIndexOptions
  #version = 0
  #fork = 0
  #owner: Uint8Array | undefined
  #updating: Promise<void> = Promise.resolve()

  private constructor(options: TrieKeyIndexOptions) {
    this.#options = options
  }

  /** Takes up an index that is there; one of another trie is made anew. */
  static async open(options: TrieKeyIndexOptions): Promise<TrieKeyIndex> {
    const index = new TrieKeyIndex(options)
    await index.#resume()
    return index
  }

  /** The version of the trie that the index has reached. */
  get version(): number {
    return this.#version
  }

  /** Follows the trie up to its present version; the work is that of the blocks written since. */
  update(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const next = this.#updating.then(() => this.#follow(options))
    this.#updating = next.catch(() => undefined)
    return next
  }

  /** Makes the index anew. */
  rebuild(): Promise<void> {
    const next = this.#updating.then(async () => {
      await this.#forget()
      await this.#follow({})
    })
    this.#updating = next.catch(() => undefined)
    return next
  }

  /** The puts that stand, in byte order of their keys, after an update. What is written meanwhile may be given or not. */
  async *range(range: TrieRange = {}): AsyncGenerator<TrieChange, void, undefined> {
    const { signal, limit = Infinity } = range
    await this.update(range)
    const { trie, kv } = this.#options
    let count = 0
    for (const part of kvRangesOf(range)) {
      if (count >= limit) return
      const rest = limit === Infinity ? {} : { limit: limit - count }
      for await (const [, value] of kv.range({ ...part, ...rest })) {
        const version = bytesToUint64(value)!
        yield* trie.history({ from: version, to: version, ...(signal && { signal }) })
        count++
      }
    }
  }

  async #resume(): Promise<void> {
    const { trie, kv } = this.#options
    const state = await kv.get(STATE_KEY)
    const version = state && state.length === STATE_BYTES && bytesToUint64(state, 1)
    const fork = state && state.length === STATE_BYTES && bytesToUint64(state, 9)
    const owner = await this.#ownerOf()
    const isOurs =
      state?.[0] === FORMAT && owner && equalBytes(state.subarray(17), owner) && fork === trie.fork
    if (!isOurs || typeof version !== 'number' || version > trie.version) return this.#forget()
    this.#version = version
    this.#fork = fork
    this.#owner = owner
  }

  async #ownerOf(): Promise<Uint8Array | undefined> {
    const { trie, crypto } = this.#options
    const header = await trie.header()
    return header && crypto.hash(encodeTrieHeader(header))
  }

  async #forget(): Promise<void> {
    await this.#options.kv.clear()
    this.#version = 0
    this.#fork = this.#options.trie.fork
    this.#owner = undefined
  }

  async #follow(options: { readonly signal?: AbortSignal }): Promise<void> {
    const { trie } = this.#options
    // What the author took back is not known to the index key by key.
    if (trie.fork !== this.#fork) await this.#forget()
    const { version } = trie
    this.#owner ??= await this.#ownerOf()
    while (this.#owner && this.#version < version) {
      const to = Math.min(version, this.#version + STEP_BLOCKS)
      const writes: KvWrite[] = []
      const signal = options.signal && { signal: options.signal }
      for await (const change of trie.history({ from: this.#version + 1, to, ...signal })) {
        const key = concatBytes(KEYS, change.key)
        if (change.type === 'del') writes.push({ type: 'del', key })
        else writes.push({ type: 'put', key, value: uint64ToBytes(change.version) })
      }
      writes.push({ type: 'put', key: STATE_KEY, value: this.#state(to) })
      await this.#options.kv.batch(writes)
      this.#version = to
    }
  }

  #state(version: number): Uint8Array {
    const head = concatBytes(Uint8Array.of(FORMAT), uint64ToBytes(version))
    return concatBytes(head, uint64ToBytes(this.#fork), this.#owner!)
  }
}

/** In the order in which they are gone through: a prefix and what is under it do not lie together. */
function kvRangesOf(range: TrieRange): readonly KvRange[] {
  const { gt, gte, lt, lte, reverse = false } = range
  const bounds: KvRange = {
    ...(gt !== undefined && { gt: storeKey(keyBytes(gt)) }),
    ...(gte !== undefined && { gte: storeKey(keyBytes(gte)) }),
    ...(lt !== undefined && { lt: storeKey(keyBytes(lt)) }),
    ...(lte !== undefined && { lte: storeKey(keyBytes(lte)) }),
  }
  const prefix = storeKey(prefixBytes(range.prefix))
  if (prefix.length === 1) return [{ ...within(bounds, prefix, KEYS_END), reverse }]
  const [start, end] = [SEPARATOR, SEPARATOR + 1].map((byte) =>
    concatBytes(prefix, Uint8Array.of(byte)),
  )
  const own = within(bounds, prefix, concatBytes(prefix, Uint8Array.of(0)))
  const under = within(bounds, start!, end!)
  return (reverse ? [under, own] : [own, under]).map((part) => ({ ...part, reverse }))
}

function storeKey(key: Uint8Array): Uint8Array {
  return concatBytes(KEYS, key)
}

/** The bounds, and from `start` on, before `end`. */
function within({ gt, gte, lt, lte }: KvRange, start: Uint8Array, end: Uint8Array): KvRange {
  const lower = gt ?? gte
  const upper = lt ?? lte
  const isLower = lower !== undefined && compareBytes(lower, start) >= 0
  const isUpper = upper !== undefined && compareBytes(upper, end) < 0
  return {
    ...(!isLower ? { gte: start } : gt === undefined ? { gte: lower } : { gt }),
    ...(!isUpper ? { lt: end } : lt === undefined ? { lte: upper } : { lt }),
  }
}
