/** From a key to its node, and what lies beside it: over the walk, the comparison of keys. Synchronous as the walk is. */

import { LevelReader } from './level-reader.ts'
import { HAS_BUCKET } from './node.ts'
import { NOWHERE } from './path.ts'
import { isUnder } from './trie-key.ts'
import { Walker } from './walk.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import type { PathHasher, TriePath } from './path.ts'

/** A part of a trie: what `node` knows from position `from` on. */
export interface Subtrie {
  readonly index: number
  readonly from: number
}

export class Lookup {
  readonly walker = new Walker()
  /** The node of the key: a deletion, when it was deleted and nothing was written near it since. */
  found: TrieNode | undefined
  /** What has to be loaded before the answer is known; 0: it is known. */
  missing = 0
  readonly #levels = new LevelReader()

  /** `false`: see `missing`. */
  find(nodes: NodeSource, root: number, path: TriePath, key: Uint8Array): boolean {
    this.found = undefined
    this.missing = 0
    const { walker } = this
    if (!walker.walk(nodes, root, path)) return this.#miss(walker.missing)
    if (walker.stop !== NOWHERE) return true
    const { last } = walker
    if (last.hasKey(key)) this.found = last
    else if ((last.kind & HAS_BUCKET) !== 0) return this.#findInBucket(nodes, last, key)
    return true
  }

  /** Everything under `prefix`; `undefined` when there is nothing, or something `missing`. */
  findPrefix(
    nodes: NodeSource,
    root: number,
    prefix: Uint8Array,
    hasher: PathHasher,
  ): Subtrie | undefined {
    this.missing = 0
    if (prefix.length === 0) return { index: root, from: 0 }
    const path = hasher.prefixPathOf(prefix)
    const { walker } = this
    // The last flag is left open: the prefix itself may be a key.
    const from = path.length - 1
    if (!walker.walk(nodes, root, path, from)) {
      this.#miss(walker.missing)
      return undefined
    }
    const { last } = walker
    if (walker.stop !== NOWHERE) return undefined
    const isInside = isUnder(last.key, prefix) || isSamePath(last, path, from, hasher)
    return isInside ? { index: last.index, from } : undefined
  }

  /**
   * Some key as near to the path walked last as any; `undefined` when the trie is empty. Behind a deleted node that is any key on
   * its deepest level: at a level behind the place where the paths part all are equally near, and before it deeper is nearer.
   */
  nearest(): Subtrie | undefined {
    const { last, from } = this.walker
    if (last.isLive) return { index: last.index, from: NOWHERE }
    let nearest: Subtrie | undefined
    for (const levels = this.#levels.open(last); levels.nextFrom(from);) {
      nearest = { index: anyWay(levels), from: levels.position + 1 }
    }
    return nearest
  }

  #findInBucket(nodes: NodeSource, newest: TrieNode, key: Uint8Array): boolean {
    for (const index of newest.bucket()) {
      const node = nodes.peek(index)
      if (!node) return this.#miss(index)
      if (!node.hasKey(key)) continue
      this.found = node
      return true
    }
    return true
  }

  #miss(index: number): false {
    this.missing = index
    return false
  }
}

/** The path of a node's key, made when it is needed first. */
export function pathOfNode(node: TrieNode, hasher: PathHasher): TriePath {
  return (node.path ??= hasher.pathOf(node.key))
}

/** Only where two components have one hash: the prefix is beside the node's key, not above it. */
function isSamePath(node: TrieNode, path: TriePath, until: number, hasher: PathHasher): boolean {
  return node.isCollided && pathOfNode(node, hasher).differsFrom(path) >= until
}

function anyWay(levels: LevelReader): number {
  for (let symbol = 0; ; symbol++) {
    const index = symbol === levels.own ? 0 : levels.indexOf(symbol)
    if (index !== 0) return index
  }
}
