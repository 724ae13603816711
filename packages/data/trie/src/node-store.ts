/**
 * The nodes of a trie: read from its log, decoded once, the recent ones kept.
 *
 * The cache has a fixed number of places; a node's place is its index modulo that number. No order is kept and nothing is
 * evicted but by whoever needs the place: a look-up is one array access.
 */

import { TrieError } from './errors.ts'
import { TRIE_CACHE_NODE_BYTES_MAX } from './limits.ts'
import { parseNode } from './node.ts'
import type { TrieNode } from './node.ts'
import type { TrieLog } from './trie-log.ts'

/** More than the nodes of one bucket. */
const LOADED_NODES_MAX = 1024

/** Where walks get their nodes. */
export interface NodeSource {
  /** `undefined`: the block is elsewhere. @throws TrieError `TRIE_DAMAGED` */
  peek(index: number): TrieNode | undefined
}

export interface LoadOptions {
  readonly signal?: AbortSignal
}

export class NodeStore implements NodeSource {
  readonly #log: TrieLog
  readonly #places: (TrieNode | undefined)[]
  readonly #mask: number

  /** `cacheNodes`: a power of two. */
  constructor(log: TrieLog, cacheNodes: number) {
    this.#log = log
    this.#places = Array.from({ length: cacheNodes }, () => undefined)
    this.#mask = cacheNodes - 1
  }

  peek(index: number): TrieNode | undefined {
    const kept = this.#places[index & this.#mask]
    if (kept !== undefined && kept.index === index) return kept
    const block = this.#log.peek(index)
    return block && this.#decode(index, block)
  }

  async load(index: number, options: LoadOptions = {}): Promise<TrieNode> {
    return this.peek(index) ?? this.#decode(index, await this.#log.load(index, options))
  }

  /** A node that was just written. */
  keep(node: TrieNode): void {
    if (node.blockBytes <= TRIE_CACHE_NODE_BYTES_MAX) this.#places[node.index & this.#mask] = node
  }

  /** Forgets all nodes: the author took blocks back, and others may stand there now. */
  clear(): void {
    this.#places.fill(undefined)
  }

  #decode(index: number, block: Uint8Array): TrieNode {
    const node = parseNode(index, block)
    if (!node) {
      throw new TrieError('TRIE_DAMAGED', `block ${index} is not a node of a trie`, {
        fields: { index },
      })
    }
    this.keep(node)
    return node
  }
}

/** Nodes that were loaded for one piece of work: they stay until it is done, whatever the cache does. */
export class LoadedNodes implements NodeSource {
  readonly #store: NodeStore
  readonly #loaded = new Map<number, TrieNode>()

  constructor(store: NodeStore) {
    this.#store = store
  }

  peek(index: number): TrieNode | undefined {
    // Mostly nothing had to be loaded.
    const loaded = this.#loaded.size === 0 ? undefined : this.#loaded.get(index)
    return loaded ?? this.#store.peek(index)
  }

  async load(indexes: readonly number[], options: LoadOptions = {}): Promise<void> {
    const nodes = await Promise.all(indexes.map((index) => this.#store.load(index, options)))
    for (const node of nodes) this.#loaded.set(node.index, node)
  }

  /** Forgets what has gathered on a long way. What a single step needs is less. */
  letGo(): void {
    if (this.#loaded.size > LOADED_NODES_MAX) this.#loaded.clear()
  }
}
