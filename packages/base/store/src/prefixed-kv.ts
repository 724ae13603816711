/**
 * A keyspace inside another: every key carries a prefix there and none here. Prefixes of one store must not begin
 * one another (give them one length, or end each with a byte the others never hold at that place).
 */

import { assert, concatBytes } from '@hamlet/core'
import type { Kv, KvRange, KvWrite } from '@hamlet/core'

/** `close` leaves the store beneath open: it belongs to whoever made it. */
export function prefixedKv(kv: Kv, prefix: Uint8Array): Kv {
  assert(prefix.length > 0, 'a prefix has at least one byte')
  return kv instanceof PrefixedKv ? kv.within(prefix) : new PrefixedKv(kv, prefix.slice())
}

class PrefixedKv implements Kv {
  readonly #kv: Kv
  readonly #prefix: Uint8Array

  constructor(kv: Kv, prefix: Uint8Array) {
    this.#kv = kv
    this.#prefix = prefix
  }

  /** A keyspace in this one directly over the store beneath: keys are joined once, however deep keyspaces lie. */
  within(prefix: Uint8Array): PrefixedKv {
    return new PrefixedKv(this.#kv, this.#outer(prefix))
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#kv.get(this.#outer(key))
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#kv.getMany(keys.map((key) => this.#outer(key)))
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#kv.put(this.#outer(key), value)
  }

  delete(key: Uint8Array): Promise<void> {
    return this.#kv.delete(this.#outer(key))
  }

  batch(writes: readonly KvWrite[]): Promise<void> {
    const outer = writes.map((write): KvWrite => {
      const key = this.#outer(write.key)
      return write.type === 'del' ? { type: 'del', key } : { type: 'put', key, value: write.value }
    })
    return this.#kv.batch(outer)
  }

  async *range(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    for await (const [key, value] of this.#kv.range(this.#outerRange(range))) {
      yield [key.subarray(this.#prefix.length), value]
    }
  }

  clear(range: KvRange = {}): Promise<void> {
    return this.#kv.clear(this.#outerRange(range))
  }

  async close(): Promise<void> {}

  #outer(key: Uint8Array): Uint8Array {
    return concatBytes(this.#prefix, key)
  }

  #outerRange(range: KvRange): KvRange {
    const { gt, gte, lt, lte, ...rest } = range
    const end = successor(this.#prefix)
    return {
      ...rest,
      ...(gt ? { gt: this.#outer(gt) } : { gte: gte ? this.#outer(gte) : this.#prefix }),
      ...(lte ? { lte: this.#outer(lte) } : lt ? { lt: this.#outer(lt) } : end && { lt: end }),
    }
  }
}

/** The first key after every key that begins with `prefix`, or `undefined` when it is all 0xff. */
function successor(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return undefined
  const end = prefix.slice(0, length)
  end[length - 1]! += 1
  return end
}
