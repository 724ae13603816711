/**
 * The state as a fold sees it: a write-back cache over a `Kv`, with the writes of the current entry on top.
 *
 * Folds are synchronous and the `Kv` is not. A read of something not at hand therefore ends the fold of that entry
 * (`MissSignal`), its writes are dropped, the runner fetches what was missing and folds the entry again. Folds are
 * pure, so the second run is the first one continued. Writes of many entries to one key cost one encoding and one put.
 *
 * Invariants:
 * 1. Keys inside are the fold's own, local facts with a zero before them; they are made whole where they meet the `Kv`.
 *    Whole keys inside cost a third of the fold: each had to be joined and hashed again for every read.
 * 2. `takeWrites` gives the difference between the `Kv` and the state after the last committed entry.
 * 3. The cache never holds more than `CACHE_BYTES_MAX` and one batch after `settle`.
 *
 * The cache is two maps: when the young one is half full it becomes the old one, whose values are forgotten. Removing
 * keys one by one instead cost 25 times as much: a `Map` that shrinks and grows again is hashed anew each time.
 */

import { assert, decodeUtf8, utf8 } from '@hamlet/core'
import { KeyBytes } from './key-bytes.ts'
import { decodeValue, encodeValue } from './value-codec.ts'
import { endOfPrefix } from './view-keys.ts'
import type { CborValue, Kv, KvWrite } from '@hamlet/core'
import type { LocalFacts, ViewState } from './view-definition.ts'

/** Encoded bytes of clean values kept between batches, half of them in each of two generations. */
export const CACHE_BYTES_MAX = 8 * 1024 * 1024
/** What an entry in the cache costs besides its value. */
const CACHE_ENTRY_BYTES = 200
/** Rounds of fetching for one entry; a fold that needs more is broken. */
const MISSES_MAX = 64

/** Before the key of a local fact; no key of the state begins with it. */
const LOCAL = '\0'
/** A key known to have no value: `Map.get` alone tells it from one that is not at hand. */
const ABSENT = Symbol('absent')
type Cached = CborValue | typeof ABSENT

/** Thrown through a fold, caught by `fold` below; never seen outside. */
class MissSignal extends Error {
  override readonly name = 'MissSignal'
}

/** One for all: capturing a stack costs more than the fold that missed. */
const MISS = new MissSignal()

export class FoldState {
  readonly #kv: Kv
  readonly #localPrefix: string
  #dataPrefix: string
  #young = new Map<string, Cached>()
  #old: ReadonlyMap<string, Cached> = new Map()
  #youngBytes = 0
  readonly #keyBytes = new KeyBytes()
  readonly #facts = new Map<string, Cached>()
  readonly #dirty = new Set<string>()
  readonly #entryWrites = new Map<string, Cached>()
  #entryChanges: unknown[] = []
  #changes: unknown[] = []
  readonly #missingKeys = new Set<string>()
  readonly #missingPrefixes = new Set<string>()
  readonly #storedKeys = new Map<string, readonly string[]>()

  readonly view: ViewState = {
    get: (key) => this.#read(key),
    getMany: (keys) => this.#readMany(keys),
    keys: (prefix) => this.#keys(prefix),
    put: (key, value) => void this.#entryWrites.set(stateKey(key), value),
    delete: (key) => void this.#entryWrites.set(stateKey(key), ABSENT),
    emit: (change) => void this.#entryChanges.push(change),
  }

  readonly local: LocalFacts = {
    get: (key) => this.#read(LOCAL + key),
    put: (key, value) => void this.#entryWrites.set(LOCAL + key, value),
    delete: (key) => void this.#entryWrites.set(LOCAL + key, ABSENT),
  }

  constructor(kv: Kv, dataPrefix: string, localPrefix: string) {
    this.#kv = kv
    this.#dataPrefix = dataPrefix
    this.#localPrefix = localPrefix
  }

  /** Forgets everything and goes on over another keyspace. */
  moveTo(dataPrefix: string): void {
    this.#dataPrefix = dataPrefix
    this.#forget()
    this.#forget()
    this.#facts.clear()
    this.#dirty.clear()
    this.#changes = []
    this.#rollback()
  }

  /** Brings state keys into the cache in one round trip. */
  async prefetch(keys: Iterable<string>): Promise<void> {
    const wanted = new Set<string>()
    for (const key of keys) if (this.#cached(key) === undefined) wanted.add(key)
    await this.#fetch([...wanted])
  }

  /**
   * Runs one fold to its end, fetching what it misses. Whatever else it throws is passed on, its writes dropped.
   * Resolves synchronously (`undefined`) when nothing was missing, which is nearly always.
   */
  fold(run: () => void): Promise<void> | undefined {
    return this.#attempt(run) ? undefined : this.#foldAgain(run)
  }

  /** The writes since the last call, and the changes emitted. Follow a successful batch with `settle`. */
  takeWrites(): { readonly writes: KvWrite[]; readonly changes: readonly unknown[] } {
    const writes: KvWrite[] = []
    for (const key of this.#dirty) writes.push(this.#toWrite(key))
    this.#dirty.clear()
    const changes = this.#changes
    this.#changes = []
    return { writes, changes }
  }

  /** After the writes are stored: bounds the cache. Local facts are not kept, others write them too. */
  settle(): void {
    this.#facts.clear()
    if (this.#youngBytes > CACHE_BYTES_MAX / 2) this.#forget()
  }

  #forget(): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
  }

  #cached(key: string): Cached | undefined {
    if (key.startsWith(LOCAL)) return this.#facts.get(key)
    const value = this.#young.get(key)
    return value === undefined ? this.#old.get(key) : value
  }

  #attempt(run: () => void): boolean {
    try {
      run()
    } catch (error) {
      this.#rollback()
      if (error === MISS) return false
      throw error
    }
    this.#commit()
    return true
  }

  async #foldAgain(run: () => void): Promise<void> {
    for (let round = 0; round < MISSES_MAX; round++) {
      await this.#fetch([...this.#missingKeys])
      await this.#fetchPrefixes()
      this.#missingKeys.clear()
      if (this.#attempt(run)) {
        this.#storedKeys.clear()
        return
      }
    }
    this.#missingKeys.clear()
    this.#storedKeys.clear()
    assert(false, `a fold asks for new keys at most ${MISSES_MAX} times`)
  }

  #current(key: string): Cached | undefined {
    const written = this.#entryWrites.size === 0 ? undefined : this.#entryWrites.get(key)
    return written === undefined ? this.#cached(key) : written
  }

  #read(key: string): CborValue | undefined {
    const value = this.#current(key)
    if (value !== undefined) return value === ABSENT ? undefined : value
    this.#missingKeys.add(key)
    throw MISS
  }

  #readMany(keys: readonly string[]): readonly (CborValue | undefined)[] {
    const missing = keys.filter((key) => this.#current(key) === undefined)
    for (const key of missing) this.#missingKeys.add(key)
    if (missing.length > 0) throw MISS
    return keys.map((key) => this.#read(key))
  }

  #keys(prefix: string): readonly string[] {
    const stored = this.#storedKeys.get(prefix)
    if (stored === undefined) {
      this.#missingPrefixes.add(prefix)
      throw MISS
    }
    const present = new Set(stored)
    for (const key of this.#dirty) this.#note(present, key, prefix, this.#cached(key))
    for (const [key, value] of this.#entryWrites) this.#note(present, key, prefix, value)
    return [...present].sort(compareCodePoints)
  }

  #note(present: Set<string>, key: string, prefix: string, value: Cached | undefined): void {
    if (!key.startsWith(prefix) || key.startsWith(LOCAL)) return
    if (value === ABSENT) present.delete(key)
    else present.add(key)
  }

  #commit(): void {
    for (const [key, value] of this.#entryWrites) {
      this.#dirty.add(key)
      this.#remember(key, value)
    }
    for (const change of this.#entryChanges) this.#changes.push(change)
    this.#rollback()
  }

  #rollback(): void {
    if (this.#entryWrites.size > 0) this.#entryWrites.clear()
    if (this.#entryChanges.length > 0) this.#entryChanges = []
  }

  #remember(key: string, value: Cached): void {
    if (key.startsWith(LOCAL)) this.#facts.set(key, value)
    else this.#young.set(key, value)
  }

  async #fetch(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const values = await this.#kv.getMany(keys.map((key) => this.#storedKey(key)))
    keys.forEach((key, i) => {
      const bytes = values[i]
      this.#remember(key, bytes === undefined ? ABSENT : decodeValue(bytes))
      this.#youngBytes += CACHE_ENTRY_BYTES + (bytes?.length ?? 0)
    })
  }

  async #fetchPrefixes(): Promise<void> {
    for (const prefix of this.#missingPrefixes) {
      const keys: string[] = []
      const whole = this.#dataPrefix + prefix
      for await (const [bytes] of this.#kv.range({ gte: utf8(whole), lt: endOfPrefix(whole) })) {
        const key = decodeUtf8(bytes)
        if (key !== undefined) keys.push(key.slice(this.#dataPrefix.length))
      }
      this.#storedKeys.set(prefix, keys)
    }
    this.#missingPrefixes.clear()
  }

  #toWrite(key: string): KvWrite {
    const value = this.#cached(key)
    assert(value !== undefined, 'what is to be written is at hand')
    const stored = this.#storedKey(key)
    this.#youngBytes += CACHE_ENTRY_BYTES
    if (value === ABSENT) return { type: 'del', key: stored }
    const bytes = encodeValue(value)
    this.#youngBytes += bytes.length
    return { type: 'put', key: stored, value: bytes }
  }

  #storedKey(key: string): Uint8Array {
    if (!key.startsWith(LOCAL)) return this.#keyBytes.encode(this.#dataPrefix, key)
    return this.#keyBytes.encode(this.#localPrefix, key.slice(LOCAL.length))
  }
}

function stateKey(key: string): string {
  if (key.startsWith(LOCAL)) assert(false, 'a key of the state does not begin with U+0000')
  return key
}

/** The order of the UTF-8 bytes, which code units do not keep: surrogates come after U+FFFF there. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
