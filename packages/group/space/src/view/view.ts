/**
 * Reading a view: point lookups and ordered ranges over what has been folded and stored.
 *
 * Reads never wait for the fold. Who needs to see an entry it just wrote awaits the runner's `caughtUp` first.
 */

import { decodeUtf8, utf8 } from '@hamlet/core'
import { decodeValue, encodeValue } from './value-codec.ts'
import { endOfPrefix } from './view-keys.ts'
import type { Cancel, CborValue, Kv, KvRange } from '@hamlet/core'
import type { ViewEvent } from './view-definition.ts'

/** Bounds are what follows the prefix. */
export interface ViewRange {
  readonly gt?: string
  readonly gte?: string
  readonly lt?: string
  readonly lte?: string
  readonly reverse?: boolean
  readonly limit?: number
}

/** Keys in a keyspace of the runner. */
export interface ViewReader {
  get(key: string): Promise<CborValue | undefined>
  getMany(keys: readonly string[]): Promise<readonly (CborValue | undefined)[]>
  /** Whole keys with their values, in bytewise order of the keys. */
  range(prefix: string, range?: ViewRange): AsyncIterable<readonly [key: string, value: CborValue]>
}

/** Facts of this device: what the fold noted on arrival, and what the application keeps (drafts). */
export interface LocalStore extends ViewReader {
  put(key: string, value: CborValue): Promise<void>
  delete(key: string): Promise<void>
}

export interface View<Change = unknown> extends ViewReader {
  readonly name: string
  readonly local: LocalStore
  /** Called after the changes are stored. */
  subscribe(listener: (event: ViewEvent<Change>) => void): Cancel
}

/** `prefix` is asked anew for each read, because a rebuild moves it. */
export class KvReader implements ViewReader {
  readonly #kv: Kv
  readonly #prefix: () => string

  constructor(kv: Kv, prefix: () => string) {
    this.#kv = kv
    this.#prefix = prefix
  }

  async get(key: string): Promise<CborValue | undefined> {
    const bytes = await this.#kv.get(utf8(this.#prefix() + key))
    return bytes && decodeValue(bytes)
  }

  async getMany(keys: readonly string[]): Promise<readonly (CborValue | undefined)[]> {
    if (keys.length === 0) return []
    const prefix = this.#prefix()
    const values = await this.#kv.getMany(keys.map((key) => utf8(prefix + key)))
    return values.map((bytes) => bytes && decodeValue(bytes))
  }

  async *range(prefix: string, range: ViewRange = {}): AsyncIterable<readonly [string, CborValue]> {
    const base = this.#prefix()
    for await (const [key, bytes] of this.#kv.range(toKvRange(base + prefix, range))) {
      const text = decodeUtf8(key)
      if (text !== undefined) yield [text.slice(base.length), decodeValue(bytes)]
    }
  }
}

export class KvLocalStore extends KvReader implements LocalStore {
  readonly #localKv: Kv
  readonly #localPrefix: string

  constructor(kv: Kv, prefix: string) {
    super(kv, () => prefix)
    this.#localKv = kv
    this.#localPrefix = prefix
  }

  put(key: string, value: CborValue): Promise<void> {
    return this.#localKv.put(utf8(this.#localPrefix + key), encodeValue(value))
  }

  delete(key: string): Promise<void> {
    return this.#localKv.delete(utf8(this.#localPrefix + key))
  }
}

function toKvRange(prefix: string, { gt, gte, lt, lte, ...rest }: ViewRange): KvRange {
  const bound = (suffix: string): Uint8Array => utf8(prefix + suffix)
  return {
    ...rest,
    ...(gt === undefined ? { gte: bound(gte ?? '') } : { gt: bound(gt) }),
    ...(lte !== undefined
      ? { lte: bound(lte) }
      : { lt: lt === undefined ? endOfPrefix(prefix) : bound(lt) }),
  }
}
