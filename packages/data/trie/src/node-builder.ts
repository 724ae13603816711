/**
 * Makes the block of the next node from the nodes a walk has passed.
 *
 * The new node's levels are those of the passed nodes, each as far as the walk followed it, plus one at every position
 * where the walk left a node: there the node left behind becomes what the new one points to. Behind the position d at which
 * the new path parts from all others nothing follows.
 *
 * A deletion that has nothing behind it any more is not pointed to: what was deleted last leaves the trie with the next
 * node whose way parts from it.
 */

import { LevelReader } from './level-reader.ts'
import { HAS_BUCKET, HAS_VALUE, IS_COLLIDED, LEVEL_BITS, NODE_KIND, TrieNode } from './node.ts'
import { NOWHERE, SYMBOLS, SYMBOL_BITS } from './path.ts'
import { ByteWriter, varintBytes, writeVarint } from './varint.ts'
import type { TriePath } from './path.ts'
import type { Walker } from './walk.ts'

const SLAB_BYTES = 64 * 1024

export interface NewNode {
  readonly index: number
  readonly key: Uint8Array
  readonly path: TriePath
  /** `undefined` for a deletion. */
  readonly value: Uint8Array | undefined
  /** Live nodes with other keys of this very path. */
  readonly bucket: readonly number[]
  /** Two components of one hash are known, the new node's among them. */
  readonly isCollided: boolean
}

export class NodeBuilder {
  readonly #levels = new LevelReader()
  readonly #scratch = new ByteWriter()
  /** Nodes of the level being written, by symbol; 0 for none. */
  readonly #ways: number[] = Array.from({ length: SYMBOLS }, () => 0)
  #index = 0
  #lastPosition = -1
  #slab = new Uint8Array(0)
  #slabUsed = 0

  /** `walker` has walked to the new node's path; `parting`: see {@link partingOf}. `undefined`: the first node of a trie. */
  build(node: NewNode, walker: Walker | undefined, parting: number): TrieNode {
    this.#scratch.clear()
    this.#index = node.index
    this.#lastPosition = -1
    if (walker) this.#writeLevels(node.path, walker, parting)
    return this.#assemble(node)
  }

  #writeLevels(path: TriePath, walker: Walker, parting: number): void {
    for (let i = 0; i < walker.count; i++) {
      const node = walker.visited[i]!
      const isLast = i === walker.count - 1
      const leave = isLast ? parting : Math.min(walker.hops[i]!, parting)
      const levels = this.#levels.resume(node, walker.levelsAt[i]!, walker.befores[i]!)
      if (this.#copyLevels(levels, leave)) {
        this.#leaveAtLevel(levels, node, path)
      } else if (leave !== NOWHERE) {
        this.#leaveBetween(levels, node, walker.last.path!, parting, path)
      }
      if (leave === parting) return
    }
  }

  /** Copies the levels in front of `leave`; whether there is one at it, which is then the reader's. */
  #copyLevels(levels: LevelReader, leave: number): boolean {
    while (levels.next()) {
      const { position, mask, own } = levels
      if (position >= leave) return position === leave
      this.#writeHead(position, mask, own)
      for (let rest = mask; rest !== 0; rest &= rest - 1) {
        this.#scratch.varint(this.#index - levels.takePointer())
      }
    }
    return false
  }

  /** The new node goes another way where others have done so before. */
  #leaveAtLevel(levels: LevelReader, node: TrieNode, path: TriePath): void {
    const { position, own } = levels
    levels.takeWays(this.#ways)
    if (node.isLive || levels.next()) this.#ways[own] = node.index
    this.#writeLevel(position, path.symbolAt(position))
  }

  /** The new node is the first to go another way here. Up to here the passed node and the last have one path. */
  #leaveBetween(
    levels: LevelReader,
    node: TrieNode,
    last: TriePath,
    position: number,
    path: TriePath,
  ): void {
    if (!node.isLive && levels.position <= position) return
    this.#ways[last.symbolAt(position)] = node.index
    this.#writeLevel(position, path.symbolAt(position))
  }

  /** Writes the ways collected except the node's own, and forgets them. */
  #writeLevel(position: number, own: number): void {
    const ways = this.#ways
    ways[own] = 0
    let mask = 0
    for (let symbol = SYMBOLS - 1; symbol >= 0; symbol--) {
      if (symbol !== own) mask = (mask << 1) | (ways[symbol] === 0 ? 0 : 1)
    }
    if (mask === 0) return
    this.#writeHead(position, mask, own)
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      if (ways[symbol] !== 0) this.#scratch.varint(this.#index - ways[symbol]!)
      ways[symbol] = 0
    }
  }

  #writeHead(position: number, mask: number, own: number): void {
    const skipped = position - this.#lastPosition - 1
    this.#lastPosition = position
    this.#scratch.varint((skipped << LEVEL_BITS) | (mask << SYMBOL_BITS) | own)
  }

  #assemble(node: NewNode): TrieNode {
    const { index, key, value, bucket } = node
    const levelBytes = this.#scratch.length
    if (bucket.length > 0) this.#scratch.varint(bucket.length)
    for (const member of bucket) this.#scratch.varint(index - member)
    const scratch = this.#scratch.bytes
    const scratchBytes = this.#scratch.length
    const length = 1 + varintBytes(levelBytes) + scratchBytes + varintBytes(key.length) + key.length
    const start = this.#allocate(length + (value?.length ?? 0))
    const memory = this.#slab
    memory[start] = kindOf(node)
    const levelsAt = writeVarint(memory, start + 1, levelBytes)
    copyShort(scratch, scratchBytes, memory, levelsAt)
    const keyAt = writeVarint(memory, levelsAt + scratchBytes, key.length)
    copyShort(key, key.length, memory, keyAt)
    const keyEnd = keyAt + key.length
    const levelsEnd = levelsAt + levelBytes
    const end = this.#slabUsed
    if (value) memory.set(value, keyEnd)
    const made = new TrieNode(index, memory, start, levelsAt, levelsEnd, keyAt, keyEnd, end)
    made.path = node.path
    return made
  }

  /** Where the next `length` bytes of the slab begin: a block with memory of its own costs as much as making it. */
  #allocate(length: number): number {
    if (this.#slabUsed + length > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(SLAB_BYTES, length))
      this.#slabUsed = 0
    }
    const start = this.#slabUsed
    this.#slabUsed += length
    return start
  }
}

/** A loop is faster than a view and `set` for what is this short. */
function copyShort(source: Uint8Array, length: number, target: Uint8Array, at: number): void {
  for (let i = 0; i < length; i++) target[at + i] = source[i]!
}

/**
 * Where `path` parts from all others; `NOWHERE` when the last node has the very same path. The last node's path is known.
 */
export function partingOf(walker: Walker, path: TriePath): number {
  return path.differsFrom(walker.last.path!)
}

function kindOf(node: NewNode): number {
  return (
    NODE_KIND +
    (node.value ? HAS_VALUE : 0) +
    (node.bucket.length > 0 ? HAS_BUCKET : 0) +
    (node.isCollided ? IS_COLLIDED : 0)
  )
}
