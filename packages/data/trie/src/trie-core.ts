/** What all views of one trie share: the log, the nodes kept, the hash key, and how blocks that are elsewhere are brought here. */

import { TrieError } from './errors.ts'
import { decodeTrieHeader } from './header.ts'
import { TRIE_CACHE_NODES, TRIE_HINT_BLOCKS_MAX } from './limits.ts'
import { Lookup } from './lookup.ts'
import { LoadedNodes, NodeStore } from './node-store.ts'
import { PathHasher } from './path.ts'
import type { Crypto } from '@hamlet/core'
import type { TrieHeader } from './header.ts'
import type { TrieHintRequest } from './hints.ts'
import type { LoadOptions } from './node-store.ts'
import type { Reading } from './reading.ts'
import type { TrieLog } from './trie-log.ts'

/** Asks a peer that has the trie which blocks a walk needs. It may bring them here before it answers: then a get waits once. */
export type AskHint = (request: TrieHintRequest, options: LoadOptions) => Promise<readonly number[]>

export interface TrieCoreOptions {
  readonly log: TrieLog
  readonly crypto: Crypto
  readonly cacheNodes?: number
  readonly askHint?: AskHint
}

export class TrieCore {
  readonly log: TrieLog
  readonly crypto: Crypto
  readonly store: NodeStore
  /** One for all synchronous look-ups. */
  readonly lookup = new Lookup()
  readonly #askHint: AskHint | undefined
  #header: TrieHeader | undefined
  #hasher: PathHasher | undefined
  #fork: number

  constructor({ log, crypto, cacheNodes = TRIE_CACHE_NODES, askHint }: TrieCoreOptions) {
    this.log = log
    this.crypto = crypto
    this.store = new NodeStore(log, cacheNodes)
    this.#askHint = askHint
    this.#fork = log.fork ?? 0
  }

  /** Of a trie that has a block; `undefined` when that block is elsewhere. @throws TrieError `TRIE_OTHER` */
  header(): TrieHeader | undefined {
    this.#refresh()
    if (this.#header !== undefined || this.log.length === 0) return this.#header
    const block = this.log.peek(0)
    return block && this.#adopt(block)
  }

  /** As {@link header}. */
  hasher(): PathHasher | undefined {
    return this.header() && this.#hasher
  }

  /** The maker of paths for a trie that does not exist yet, but begins with this block. */
  hasherOf(header: Uint8Array): PathHasher {
    return new PathHasher(this.crypto, decodeTrieHeader(header)!.hashKey)
  }

  nodes(): LoadedNodes {
    return new LoadedNodes(this.store)
  }

  /** What one piece of reading needs; `undefined` when the trie has no block yet. */
  async reading(options: LoadOptions): Promise<Reading | undefined> {
    const hasher = this.hasher() ?? (await this.#loadHasher(options))
    return hasher && { nodes: this.nodes(), hasher, options }
  }

  /** Loads what a peer says a walk needs, if there is such a peer. A wrong hint costs time only. */
  async loadHinted(request: TrieHintRequest, options: LoadOptions): Promise<LoadedNodes> {
    const nodes = this.nodes()
    if (!this.#askHint) return nodes
    const named = await this.#askHint(request, options).catch(() => [])
    const useful = named.filter((index) => index > 0 && index < request.version)
    // What cannot be had and was needed is missed again, and then said.
    const loads = useful.slice(0, TRIE_HINT_BLOCKS_MAX).map((index) => nodes.load([index], options))
    if (!this.#hasher) loads.push(this.#loadHasher(options).then(() => undefined))
    await Promise.allSettled(loads)
    return nodes
  }

  async #loadHasher(options: LoadOptions): Promise<PathHasher | undefined> {
    if (this.log.length === 0) return undefined
    this.#adopt(await this.log.load(0, options))
    return this.#hasher
  }

  #refresh(): void {
    const fork = this.log.fork ?? 0
    if (fork === this.#fork) return
    this.#fork = fork
    this.store.clear()
    this.#header = undefined
    this.#hasher = undefined
  }

  #adopt(block: Uint8Array): TrieHeader {
    const header = decodeTrieHeader(block)
    if (!header) {
      throw new TrieError('TRIE_OTHER', 'the log does not begin as a trie of this version does')
    }
    this.#header = header
    this.#hasher = new PathHasher(this.crypto, header.hashKey)
    return header
  }
}
