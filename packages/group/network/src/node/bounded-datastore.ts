/**
 * What libp2p keeps for itself and for others (DHT records, provider records, known peers), in memory and bounded.
 *
 * The idea: anybody may store a validly signed record on a DHT node, so the store must not grow with the number of
 * strangers. Keys fall into classes (peers, DHT records, providers); each class holds a fixed number and forgets the oldest
 * written. Everything here is soft state that its owner writes again.
 */

import { STORED_RECORDS_MAX } from '../limits.ts'
import type { Libp2pInit } from 'libp2p'

type Datastore = NonNullable<Libp2pInit['datastore']>
type Key = Parameters<Datastore['get']>[0]
type Pair = { key: Key; value: Uint8Array }
type Query = Parameters<Datastore['query']>[0]
type KeyQuery = Parameters<Datastore['queryKeys']>[0]

export class BoundedDatastore implements Datastore {
  readonly #classes = new Map<string, Map<string, Pair>>()
  readonly #entriesMax: number

  constructor(entriesMax: number = STORED_RECORDS_MAX) {
    this.#entriesMax = entriesMax
  }

  get size(): number {
    let size = 0
    for (const entries of this.#classes.values()) size += entries.size
    return size
  }

  put(key: Key, value: Uint8Array): Key {
    const entries = this.#entries(key)
    const name = key.toString()
    entries.delete(name)
    entries.set(name, { key, value })
    if (entries.size > this.#entriesMax) entries.delete(entries.keys().next().value!)
    return key
  }

  get(key: Key): Uint8Array {
    const pair = this.#entries(key).get(key.toString())
    if (pair !== undefined) return pair.value
    // libp2p recognises the absence by this name.
    throw Object.assign(new Error('not found'), { name: 'NotFoundError', code: 'ERR_NOT_FOUND' })
  }

  has(key: Key): boolean {
    return this.#entries(key).has(key.toString())
  }

  delete(key: Key): void {
    this.#entries(key).delete(key.toString())
  }

  async *putMany(source: AsyncIterable<Pair> | Iterable<Pair>): AsyncGenerator<Key> {
    for await (const { key, value } of source) yield this.put(key, value)
  }

  async *getMany(source: AsyncIterable<Key> | Iterable<Key>): AsyncGenerator<Pair> {
    for await (const key of source) yield { key, value: this.get(key) }
  }

  async *deleteMany(source: AsyncIterable<Key> | Iterable<Key>): AsyncGenerator<Key> {
    for await (const key of source) {
      this.delete(key)
      yield key
    }
  }

  batch(): ReturnType<Datastore['batch']> {
    const changes: (() => void)[] = []
    return {
      put: (key, value) => changes.push(() => this.put(key, value)),
      delete: (key) => changes.push(() => this.delete(key)),
      commit: () => {
        for (const change of changes.splice(0)) change()
      },
    }
  }

  async *query(query: Query): AsyncGenerator<Pair> {
    let pairs = this.#matching(query.prefix)
    for (const filter of query.filters ?? []) pairs = pairs.filter((pair) => filter(pair))
    for (const order of query.orders ?? []) pairs.sort(order)
    yield* page(pairs, query)
  }

  async *queryKeys(query: KeyQuery): AsyncGenerator<Key> {
    let keys = this.#matching(query.prefix).map(({ key }) => key)
    for (const filter of query.filters ?? []) keys = keys.filter((key) => filter(key))
    for (const order of query.orders ?? []) keys.sort(order)
    yield* page(keys, query)
  }

  #matching(prefix: string | undefined): Pair[] {
    const pairs = [...this.#classes.values()].flatMap((entries) => [...entries.values()])
    return prefix === undefined
      ? pairs
      : pairs.filter(({ key }) => key.toString().startsWith(prefix))
  }

  #entries(key: Key): Map<string, Pair> {
    const [, first, second] = key.toString().split('/')
    const name = first === 'dht' ? `dht/${second}` : first!
    let entries = this.#classes.get(name)
    if (entries === undefined) {
      entries = new Map<string, Pair>()
      this.#classes.set(name, entries)
    }
    return entries
  }
}

function page<T>(items: readonly T[], query: { offset?: number; limit?: number }): readonly T[] {
  const offset = query.offset ?? 0
  return items.slice(offset, query.limit === undefined ? undefined : offset + query.limit)
}
