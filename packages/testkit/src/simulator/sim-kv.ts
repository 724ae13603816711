/**
 * A `Kv` of a simulated node: in memory, in microtasks only, and able to lose what a crash may lose.
 *
 * Indexes are derived, so the promise is weak and the faults are rough: after a crash the store is as it was, as it
 * was some time ago, or empty. Batches stay whole either way. Whoever uses it has to notice and rebuild.
 */

import type { Kv, KvRange, KvWrite } from '@hamlet/core'

export type KvFate = 'kept' | 'older' | 'wiped'

export class SimKv implements Kv {
  #values = new Map<string, Uint8Array>()
  /** Keys in order; `undefined` after a key came or went. */
  #sorted: readonly string[] | undefined
  #older: ReadonlyMap<string, Uint8Array> = new Map()

  /** Remembers the content: what `crash('older')` goes back to. */
  snapshot(): void {
    this.#older = new Map(this.#values)
  }

  crash(fate: KvFate): void {
    if (fate === 'older') this.#values = new Map(this.#older)
    if (fate === 'wiped') this.#values = new Map()
    this.#sorted = undefined
    this.snapshot()
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#values.get(toText(key))?.slice()
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.#values.get(toText(key))?.slice())
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#write({ type: 'put', key, value })
  }

  async delete(key: Uint8Array): Promise<void> {
    this.#write({ type: 'del', key })
  }

  async batch(writes: readonly KvWrite[]): Promise<void> {
    for (const write of writes) this.#write(write)
  }

  async *range(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    for (const [key, value] of this.#select(range)) yield [toBytes(key), value.slice()]
  }

  async clear(range: KvRange = {}): Promise<void> {
    for (const [key] of this.#select(range)) this.#values.delete(key)
    this.#sorted = undefined
  }

  async close(): Promise<void> {}

  /** Whether a text is in a value or a key. */
  holds(text: string): boolean {
    const mark = Buffer.from(text)
    for (const [key, value] of this.#values) {
      if (key.includes(mark.toString('latin1')) || Buffer.from(value).includes(mark)) return true
    }
    return false
  }

  #write(write: KvWrite): void {
    const key = toText(write.key)
    const known = this.#values.has(key)
    if (write.type === 'put') this.#values.set(key, write.value.slice())
    else this.#values.delete(key)
    if (known !== (write.type === 'put')) this.#sorted = undefined
  }

  /** A snapshot: writes made while a range is read do not show in it. */
  #select(range: KvRange): (readonly [string, Uint8Array])[] {
    this.#sorted ??= [...this.#values.keys()].sort()
    const gte = range.gte && toText(range.gte)
    const gt = range.gt && toText(range.gt)
    const lte = range.lte && toText(range.lte)
    const lt = range.lt && toText(range.lt)
    const from =
      gt === undefined ? firstFrom(this.#sorted, gte ?? '') : firstAfter(this.#sorted, gt)
    const below = lt === undefined ? this.#sorted.length : firstFrom(this.#sorted, lt)
    const to = lte === undefined ? below : Math.min(below, firstAfter(this.#sorted, lte))
    const keys = this.#sorted.slice(from, Math.max(from, to))
    if (range.reverse === true) keys.reverse()
    const limit = range.limit ?? -1
    const limited = limit < 0 ? keys : keys.slice(0, limit)
    return limited.map((key) => [key, this.#values.get(key)!] as const)
  }
}

/** Index of the first key that is `bound` or greater. */
function firstFrom(keys: readonly string[], bound: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}

function firstAfter(keys: readonly string[], bound: string): number {
  const at = firstFrom(keys, bound)
  return keys[at] === bound ? at + 1 : at
}

/** One character a byte: strings in the order of their bytes. */
function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
