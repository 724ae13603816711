/**
 * Nodes that are to be written together: made one after the other, each seeing those before it, and appended as one.
 *
 * An operation that fails leaves the draft as it was before its call; the calls before it stay.
 */

import { TrieError } from './errors.ts'
import { TRIE_BUCKET_NODES_MAX } from './limits.ts'
import { Lookup, pathOfNode } from './lookup.ts'
import { NodeBuilder, partingOf } from './node-builder.ts'
import { COMPONENT_SYMBOLS, NOWHERE } from './path.ts'
import { TrieEntry } from './trie-entry.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import type { PathHasher, TriePath } from './path.ts'

/** Whether to write, given what is there: nothing, or an entry. */
export type TrieCondition = (previous: TrieEntry | undefined) => boolean

export interface DraftOperation {
  readonly key: Uint8Array
  /** `undefined`: a deletion. */
  readonly value: Uint8Array | undefined
  readonly condition: TrieCondition | undefined
}

/** Tools that outlive a draft, so that making one costs nothing. */
export interface DraftTools {
  readonly lookup: Lookup
  readonly builder: NodeBuilder
}

export function createDraftTools(): DraftTools {
  return { lookup: new Lookup(), builder: new NodeBuilder() }
}

export class Draft implements NodeSource {
  readonly #nodes: NodeSource
  readonly #hasher: PathHasher
  readonly #tools: DraftTools
  /** Index of the first node made here. */
  readonly #from: number
  readonly #made: TrieNode[] = []
  #bytes = 0

  constructor(nodes: NodeSource, hasher: PathHasher, from: number, tools: DraftTools) {
    this.#nodes = nodes
    this.#hasher = hasher
    this.#from = from
    this.#tools = tools
  }

  get made(): readonly TrieNode[] {
    return this.#made
  }

  /** Of the blocks made. */
  get byteLength(): number {
    return this.#bytes
  }

  /** The version after what was made. */
  get version(): number {
    return this.#from + this.#made.length
  }

  peek(index: number): TrieNode | undefined {
    return index >= this.#from ? this.#made[index - this.#from] : this.#nodes.peek(index)
  }

  /** Takes back everything after the first `count` nodes. */
  truncate(count: number): void {
    while (this.#made.length > count) this.#bytes -= this.#made.pop()!.blockBytes
  }

  /** What has to be loaded first, and then the operation repeated; 0: it is done. @throws TrieError `TRIE_CHANGED`, `TRIE_COLLISIONS` */
  apply({ key, value, condition }: DraftOperation): number {
    const { lookup } = this.#tools
    const path = this.#hasher.pathOf(key)
    const root = this.version - 1
    if (root < 1) return this.#applyToNothing(key, path, value, condition)
    if (!lookup.find(this, root, path, key)) return lookup.missing
    const previous = lookup.found?.hasValue ? lookup.found : undefined
    check(condition, previous)
    if (!previous && !value) return 0
    pathOfNode(lookup.walker.last, this.#hasher)
    const parting = partingOf(lookup.walker, path)
    const bucket = parting === NOWHERE ? this.#bucketBeside(key) : []
    if (typeof bucket === 'number') return bucket
    const isCollided =
      bucket.length > 0 ||
      this.peek(root)!.isCollided ||
      hasCollision(key, lookup.walker.last, parting)
    this.#make({ index: this.version, key, path, value, bucket, isCollided }, parting)
    return 0
  }

  #applyToNothing(
    key: Uint8Array,
    path: TriePath,
    value: Uint8Array | undefined,
    condition: TrieCondition | undefined,
  ): number {
    check(condition, undefined)
    if (!value) return 0
    const node = { index: this.version, key, path, value, bucket: [], isCollided: false }
    this.#push(this.#tools.builder.build(node, undefined, NOWHERE))
    return 0
  }

  #make(node: Parameters<NodeBuilder['build']>[0], parting: number): void {
    this.#push(this.#tools.builder.build(node, this.#tools.lookup.walker, parting))
  }

  #push(node: TrieNode): void {
    this.#made.push(node)
    this.#bytes += node.blockBytes
  }

  /** Live nodes of the same path with other keys; a number: what has to be loaded first. */
  #bucketBeside(key: Uint8Array): readonly number[] | number {
    const { last } = this.#tools.lookup.walker
    const members = last.hasValue && !last.hasKey(key) ? [last.index] : []
    for (const index of last.bucket()) {
      const member = this.peek(index)
      if (!member) return index
      if (!member.hasKey(key)) members.push(index)
    }
    if (members.length <= TRIE_BUCKET_NODES_MAX) return members
    throw new TrieError('TRIE_COLLISIONS', 'too many keys have the same path hash')
  }
}

function check(condition: TrieCondition | undefined, previous: TrieNode | undefined): void {
  if (!condition || condition(previous && new TrieEntry(previous))) return
  const message = 'the key does not have what the condition asks for'
  throw new TrieError('TRIE_CHANGED', message, {
    fields: { version: previous ? previous.index + 1 : 0 },
  })
}

/** Whether a component that both keys have in common by its hash differs. */
function hasCollision(key: Uint8Array, other: TrieNode, parting: number): boolean {
  if (parting === NOWHERE) return false
  const shared = Math.floor((parting + 1) / COMPONENT_SYMBOLS)
  return shared > 0 && !other.hasComponents(key, shared)
}
