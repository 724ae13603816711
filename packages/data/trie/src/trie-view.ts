/**
 * Reading a trie at one version, or at the newest.
 *
 * Every read begins at the newest block of its version and is decided by the blocks it visits, so it sees one version
 * whatever is written meanwhile. What is here is read synchronously; a promise is waited for only where a block is elsewhere.
 */

import { decodeCheckpoint } from './checkpoint.ts'
import { childrenOf } from './children.ts'
import { Cursor } from './cursor.ts'
import { TrieError } from './errors.ts'
import { TRIE_LOADS_MAX } from './limits.ts'
import { TriePath } from './path.ts'
import { bring, lookUp, nodeAt, nodesOf, partUnder } from './reading.ts'
import { TrieDiff } from './trie-diff.ts'
import { TrieEntry } from './trie-entry.ts'
import { isUnder, keyBytes, prefixBytes } from './trie-key.ts'
import type { TrieChild } from './children.ts'
import type { TrieHeader } from './header.ts'
import type { TrieHintRequest } from './hints.ts'
import type { TrieNode } from './node.ts'
import type { LoadOptions } from './node-store.ts'
import type { TrieCore } from './trie-core.ts'
import type { TrieKey } from './trie-key.ts'

export type ReadOptions = LoadOptions

export interface IterateOptions extends ReadOptions {
  /** Keys under it, and the prefix itself if it is a key. @default everything */
  readonly prefix?: TrieKey
  /** Begins behind this key, which need not be there. */
  readonly after?: TrieKey
}

export interface HistoryOptions extends ReadOptions {
  /** The first version to give. @default the oldest */
  readonly from?: number
  /** The last version to give. @default the view's */
  readonly to?: number
  /** Newest first. @default false */
  readonly reverse?: boolean
  /** Only keys under it. @default everything */
  readonly prefix?: TrieKey
}

export interface DiffOptions extends ReadOptions {
  /** Only keys under it. @default everything */
  readonly prefix?: TrieKey
  /** Goes on with an earlier diff: its versions and its prefix are taken, not those of this call. */
  readonly checkpoint?: Uint8Array
}

/** One write: a put, or the deletion of a key that was there. */
export interface TrieChange {
  readonly type: 'put' | 'del'
  /** The trie's version right after it. */
  readonly version: number
  readonly key: Uint8Array
  /** `undefined` with a deletion. */
  readonly value: Uint8Array | undefined
}

/** Stands for: not known without a block that is elsewhere. */
const MISSING = Symbol('missing')

export class TrieView {
  readonly #core: TrieCore
  readonly #version: number | undefined

  /** `version`: `undefined` for the newest, whichever that is. */
  constructor(core: TrieCore, version: number | undefined) {
    this.#core = core
    this.#version = version
  }

  /** Blocks of the log that count: 0 or 1 when nothing has been written. */
  get version(): number {
    return this.#version ?? this.#core.log.length
  }

  /** How often the author took back blocks of the log: versions of another number may be other tries. */
  get fork(): number {
    return this.#core.log.fork ?? 0
  }

  /** The first block; `undefined` while there is none. @throws TrieError `TRIE_OTHER` */
  async header(options: ReadOptions = {}): Promise<TrieHeader | undefined> {
    await this.#core.reading(options)
    return this.#core.header()
  }

  /** @throws TrieError `TRIE_KEY_INVALID`, `TRIE_DAMAGED`, `TRIE_OTHER`; whatever the log's `load` throws */
  async get(key: TrieKey, options: ReadOptions = {}): Promise<TrieEntry | undefined> {
    const bytes = keyBytes(key)
    const root = this.version - 1
    const found = this.#find(root, bytes)
    return found === MISSING ? this.#findLoading(root, bytes, options) : found
  }

  /** As {@link get} when every block needed is here. @throws TrieError `TRIE_NOT_HERE` otherwise */
  peek(key: TrieKey): TrieEntry | undefined {
    const found = this.#find(this.version - 1, keyBytes(key))
    if (found !== MISSING) return found
    throw notHere()
  }

  /** Some entry whose path shares as many symbols with the key's as any: the key's own when it is there. `undefined`: no entries. */
  async closest(key: TrieKey, options: ReadOptions = {}): Promise<TrieEntry | undefined> {
    const bytes = keyBytes(key)
    const root = this.version - 1
    const reading = await this.#core.reading(options)
    if (root < 1 || !reading) return undefined
    const lookup = await lookUp(reading, root, bytes)
    if (lookup.found?.hasValue) return new TrieEntry(lookup.found)
    const cursor = new Cursor(reading.hasher, lookup.nearest())
    for await (const node of nodesOf(reading, cursor)) return new TrieEntry(node)
    return undefined
  }

  /** In hash order: the same keys come in the same order in every version. */
  async *iterate(options: IterateOptions = {}): AsyncGenerator<TrieEntry, void, undefined> {
    const prefix = prefixBytes(options.prefix)
    const key = options.after === undefined ? undefined : keyBytes(options.after)
    const root = this.version - 1
    const reading = await this.#core.reading(options)
    if (!reading) return
    const after = key && { key, path: reading.hasher.pathOf(key) }
    const part = await partUnder(reading, root, prefix)
    for await (const node of nodesOf(reading, new Cursor(reading.hasher, part, { after }))) {
      if (prefix.length === 0 || isUnder(node.key, prefix)) yield new TrieEntry(node)
    }
  }

  /** What is directly under `prefix`, in hash order: each name once, with its entry and whether there is more under it. */
  async *list(
    prefix?: TrieKey,
    options: ReadOptions = {},
  ): AsyncGenerator<TrieChild, void, undefined> {
    const bytes = prefixBytes(prefix)
    const root = this.version - 1
    const reading = await this.#core.reading(options)
    if (reading && root > 0) yield* childrenOf(reading, root, bytes)
  }

  /** The writes, one by one, in the order of versions. */
  async *history(options: HistoryOptions = {}): AsyncGenerator<TrieChange, void, undefined> {
    const prefix = prefixBytes(options.prefix)
    const first = Math.max(options.from ?? 2, 2)
    const last = Math.min(options.to ?? this.version, this.version)
    const count = Math.max(0, last - first + 1)
    const reading = await this.#core.reading(options)
    if (!reading) return
    const { nodes } = reading
    const versionAt = (i: number): number => (options.reverse ? last - i : first + i)
    for (let i = 0; i < count; i++) {
      let node = nodes.peek(versionAt(i) - 1)
      if (!node) {
        const ahead = Array.from({ length: Math.min(TRIE_LOADS_MAX, count - i) }, (_, j) => i + j)
        await bring(
          nodes,
          ahead.map((j) => versionAt(j) - 1),
          options,
        )
        node = await nodeAt(reading, versionAt(i) - 1)
      }
      if (isUnder(node.key, prefix)) yield changeOf(node)
    }
  }

  /** What differs between an earlier or later `version` ("before") and this one ("after"). @throws TrieError `TRIE_VERSION`, `TRIE_CHECKPOINT` */
  diff(version: number, options: DiffOptions = {}): TrieDiff {
    const start = options.checkpoint
      ? decodeCheckpoint(options.checkpoint)
      : {
          isDone: false,
          before: version,
          after: this.version,
          prefix: prefixBytes(options.prefix),
          key: undefined,
        }
    this.#checkVersion(start.before)
    this.#checkVersion(start.after)
    return new TrieDiff(this.#core, start, options)
  }

  /** The trie as it was. @throws TrieError `TRIE_VERSION` */
  checkout(version: number): TrieView {
    this.#checkVersion(version)
    return new TrieView(this.#core, version)
  }

  /** The trie as it is, whatever is written later. */
  snapshot(): TrieView {
    return new TrieView(this.#core, this.version)
  }

  /**
   * Blocks that a get of the key visits, ascending, the header first: what a peer sends along with a hint. A pure walk over
   * what is here. @throws TrieError `TRIE_NOT_HERE`
   */
  visitedBy(key: TrieKey | { readonly hashes: Uint8Array }): readonly number[] {
    const root = this.version - 1
    const hasher = this.#core.hasher()
    if (root < 1) return root === 0 ? [0] : []
    if (!hasher) throw notHere()
    const isPath = typeof key === 'object' && 'hashes' in key
    const bytes = isPath ? new Uint8Array(0) : keyBytes(key)
    const path = isPath ? TriePath.fromHashes(key.hashes) : hasher.pathOf(bytes)
    const { lookup, store } = this.#core
    if (!lookup.find(store, root, path, bytes)) throw notHere()
    const { walker, found } = lookup
    const visited = walker.visited.slice(0, walker.count)
    const indexes = new Set([0, ...visited.map(({ index }) => index)])
    if (found !== walker.last) for (const index of walker.last.bucket()) indexes.add(index)
    return [...indexes].sort((a, b) => a - b)
  }

  /** Answers a peer's request for a hint; nothing when its version is not here. */
  hintFor(request: TrieHintRequest): readonly number[] {
    if (request.version > this.version) return []
    return this.checkout(request.version).visitedBy(request.by === 'key' ? request.key : request)
  }

  #find(root: number, key: Uint8Array): TrieEntry | undefined | typeof MISSING {
    const hasher = this.#core.hasher()
    if (root < 1) return undefined
    if (!hasher) return MISSING
    const { lookup, store } = this.#core
    if (!lookup.find(store, root, hasher.pathOf(key), key)) return MISSING
    return lookup.found?.hasValue ? new TrieEntry(lookup.found) : undefined
  }

  async #findLoading(root: number, key: Uint8Array, options: ReadOptions) {
    const hinted = await this.#core.loadHinted({ by: 'key', version: root + 1, key }, options)
    const reading = (await this.#core.reading(options))!
    const { found } = await lookUp({ ...reading, nodes: hinted }, root, key)
    return found?.hasValue ? new TrieEntry(found) : undefined
  }

  #checkVersion(version: number): void {
    const newest = this.#core.log.length
    if (Number.isSafeInteger(version) && version >= 0 && version <= newest) return
    const message = `the trie has versions up to ${newest}, asked for ${version}`
    throw new TrieError('TRIE_VERSION', message, { fields: { version, newest } })
  }
}

function changeOf(node: TrieNode): TrieChange {
  const { hasValue, index, key } = node
  const value = hasValue ? node.value : undefined
  return { type: hasValue ? 'put' : 'del', version: index + 1, key, value }
}

function notHere(): TrieError {
  return new TrieError(
    'TRIE_NOT_HERE',
    'a block of the trie is not here: use the method that waits',
  )
}
