/**
 * A `Kv` over any database of the abstract-level family, so that LevelDB, memory and (in browsers) IndexedDB share
 * one adapter. Keys and values are raw bytes in both directions; order is bytewise, as every Level store keeps it.
 */

import { errorCode } from '@hamlet/core'
import { StoreError } from './errors.ts'
import type { AbstractLevel } from 'abstract-level'
import type { Kv, KvRange, KvWrite } from '@hamlet/core'
import type { StoreErrorCode } from './errors.ts'

/** The implementations in use store keys and values as one of these; it never reaches us, both encodings are `view`. */
export type AnyLevel = AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array>

const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const

/**
 * A range is read in pieces, each longer than the one before: many callers take one entry and leave, and one entry at a
 * time costs five times as much as a thousand together.
 */
const RANGE_GROWTH = 8
const RANGE_ITEMS_MAX = 1_000
/** Of a piece; only LevelDB knows it. */
const RANGE_CHUNK = { highWaterMarkBytes: 256 * 1024 }

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  LEVEL_DATABASE_NOT_OPEN: 'STORE_CLOSED',
  LEVEL_ITERATOR_NOT_OPEN: 'STORE_CLOSED',
  LEVEL_LOCKED: 'STORE_LOCKED',
  LEVEL_CORRUPTION: 'STORE_DAMAGED',
}

/** LevelDB passes the system's reason on only as words: of `ENOSPC`, `EFBIG` and `EDQUOT`. */
const FULL_WORDS = /No space left on device|File too large|[Qq]uota exceeded/

export function levelToKv(level: AnyLevel): Kv {
  return new LevelKv(level)
}

/** Looks through the causes, since abstract-level wraps what the implementation reports. */
export function toKvError(error: unknown, action: string): StoreError {
  let cause = error
  while (cause instanceof Error) {
    const code = FULL_WORDS.test(cause.message) ? 'STORE_FULL' : CODES[errorCode(cause) ?? '']
    if (code && !(code === 'STORE_CLOSED' && cause.cause)) {
      return new StoreError(code, `could not ${action}: ${cause.message}`, { cause: error })
    }
    if (!cause.cause) break
    cause = cause.cause
  }
  return new StoreError('STORE_IO', `could not ${action}`, { cause: error })
}

class LevelKv implements Kv {
  readonly #level: AnyLevel

  constructor(level: AnyLevel) {
    this.#level = level
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#run('get', async () => plain(await this.#level.get(key, VIEW)))
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#run('get', async () => (await this.#level.getMany([...keys], VIEW)).map(plain))
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#run('put', () => this.#level.put(key, value, VIEW))
  }

  delete(key: Uint8Array): Promise<void> {
    return this.#run('delete', () => this.#level.del(key, VIEW))
  }

  batch(writes: readonly KvWrite[]): Promise<void> {
    return this.#run('write a batch', () => this.#level.batch([...writes], VIEW))
  }

  async *range(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const iterator = await this.#run('iterate', async () =>
      this.#level.iterator({ ...range, ...VIEW, ...RANGE_CHUNK }),
    )
    const next = (count: number) => this.#run('iterate', () => iterator.nextv(count))
    try {
      let count = 1
      for (let items = await next(count); items.length > 0; items = await next(count)) {
        for (const [key, value] of items) yield [plain(key), plain(value)]
        count = Math.min(count * RANGE_GROWTH, RANGE_ITEMS_MAX)
      }
    } finally {
      await iterator.close()
    }
  }

  clear(range: KvRange = {}): Promise<void> {
    return this.#run('clear', () => this.#level.clear({ ...range, keyEncoding: 'view' }))
  }

  close(): Promise<void> {
    return this.#run('close', () => this.#level.close())
  }

  async #run<T>(action: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation()
    } catch (error) {
      throw toKvError(error, action)
    }
  }
}

/** A `Buffer` shares memory where a `Uint8Array` copies (`slice`): callers get the latter. */
function plain<T extends Uint8Array | undefined>(bytes: T): T {
  if (bytes === undefined || bytes.constructor === Uint8Array) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) as Uint8Array as T
}
