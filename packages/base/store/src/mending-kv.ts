/**
 * A `Kv` that survives a full disk: after a write that failed it is opened anew before it takes another.
 *
 * Databases of LevelDB's kind are not to be written on after a failed write. What the failed one left at the end of
 * LevelDB's journal is noise, and at the next opening everything after noise is thrown away without a word, though it
 * was acknowledged; and once a table could not be written, every later write fails until the database is opened anew.
 * Opening repairs both: the journal is read up to the noise, and a new one is begun.
 *
 * Opening needs room itself. Without it the database would be closed and could not even be read, so the room is tried
 * first (`checkRoom`), and until there is some, reads go on and writes fail as the first one did.
 *
 * Invariants:
 * 1. A write is acknowledged only by a database that no write has failed on.
 * 2. Reads work while the disk is full; they wait while the database is opened anew. Iterations go on where they were.
 * 3. A write that failed is not there after the next opening, unless the database had taken it in.
 */

import { errorCode } from '@hamlet/core'
import { StoreError } from './errors.ts'
import type { Kv, KvRange, KvWrite } from '@hamlet/core'

export interface MendingKvParts {
  open(): Promise<Kv>
  /** Rejects with what a write would fail with while there is no room to open the database again. */
  checkRoom(): Promise<void>
}

/** Failures that an opening may mend. */
const MENDED_CODES: ReadonlySet<string | undefined> = new Set(['STORE_FULL', 'STORE_IO'])

/** Opens the store. @throws what `open` throws */
export async function openMendingKv(parts: MendingKvParts): Promise<Kv> {
  return new MendingKv(parts, await parts.open())
}

class MendingKv implements Kv {
  readonly #parts: MendingKvParts
  /** `undefined` while it is being opened, and when that failed. */
  #kv: Kv | undefined
  #broken = false
  #busy = 0
  #idle: (() => void) | undefined
  #mending: Promise<void> | undefined
  #opening: Promise<Kv> | undefined
  #closed = false

  constructor(parts: MendingKvParts, kv: Kv) {
    this.#parts = parts
    this.#kv = kv
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#run((kv) => kv.get(key))
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#run((kv) => kv.getMany(keys))
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#write((kv) => kv.put(key, value))
  }

  delete(key: Uint8Array): Promise<void> {
    return this.#write((kv) => kv.delete(key))
  }

  batch(writes: readonly KvWrite[]): Promise<void> {
    return this.#write((kv) => kv.batch(writes))
  }

  clear(range?: KvRange): Promise<void> {
    return this.#write((kv) => kv.clear(range))
  }

  async *range(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    let last: Uint8Array | undefined
    let count = 0
    for (;;) {
      const kv = await this.#current()
      try {
        for await (const pair of kv.range(restOf(range, last, count))) {
          last = pair[0]
          count++
          yield pair
        }
        return
      } catch (error) {
        const wasReplaced = kv !== this.#kv && !this.#closed
        if (!wasReplaced || errorCode(error) !== 'STORE_CLOSED') throw error
        if (count === range.limit) return
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#mending?.catch(() => undefined)
    await this.#opening?.catch(() => undefined)
    await this.#kv?.close()
  }

  async #write(operation: (kv: Kv) => Promise<void>): Promise<void> {
    if (this.#broken && !this.#closed) await this.#mend()
    try {
      await this.#run(operation)
    } catch (error) {
      if (MENDED_CODES.has(errorCode(error))) this.#broken = true
      throw error
    }
  }

  /** Point operations end by themselves, so an opening may wait for them. */
  async #run<T>(operation: (kv: Kv) => Promise<T>): Promise<T> {
    const kv = await this.#current()
    // Between the two lines an opening may have begun: it is not waiting for this operation.
    if (kv !== this.#kv || this.#opening !== undefined) return this.#run(operation)
    this.#busy++
    try {
      return await operation(kv)
    } finally {
      this.#busy--
      if (this.#busy === 0) this.#idle?.()
    }
  }

  async #current(): Promise<Kv> {
    if (this.#opening !== undefined) return this.#opening
    if (this.#kv !== undefined) return this.#kv
    if (this.#closed) throw new StoreError('STORE_CLOSED', 'the store has been closed')
    return this.#open()
  }

  #mend(): Promise<void> {
    this.#mending ??= this.#mendNow().finally(() => (this.#mending = undefined))
    return this.#mending
  }

  async #mendNow(): Promise<void> {
    await this.#parts.checkRoom()
    if (!this.#closed) await this.#open()
  }

  #open(): Promise<Kv> {
    this.#opening ??= this.#openNow().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #openNow(): Promise<Kv> {
    if (this.#busy > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    this.#idle = undefined
    const old = this.#kv
    this.#kv = undefined
    await old?.close()
    this.#kv = await this.#parts.open()
    this.#broken = false
    return this.#kv
  }
}

/** What a range still has to give after `count` pairs, the last of them with the key `last`. */
function restOf(range: KvRange, last: Uint8Array | undefined, count: number): KvRange {
  if (last === undefined) return range
  const { gt, gte, lt, lte, limit, ...rest } = range
  const low = { ...(gt && { gt }), ...(gte && { gte }) }
  const high = { ...(lt && { lt }), ...(lte && { lte }) }
  return {
    ...rest,
    ...(range.reverse === true ? { ...low, lt: last } : { ...high, gt: last }),
    ...(limit !== undefined && { limit: limit - count }),
  }
}
