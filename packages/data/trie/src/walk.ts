/**
 * The walk from the newest node towards a path: what every operation begins with.
 *
 * At each level of a node the path either goes the node's own way, or another way that has a node, to which the walk
 * goes on, or a way that nobody has gone. A walk is synchronous: it ends early, and says so, at a node that is not here.
 *
 * After the walk, with `visited` nodes V0 … Vk:
 * 1. V0 is the newest node; for i < k the walk left Vi at position `hops[i]`, and V(i+1) has the path's symbol there.
 * 2. Vk is the nearest node: no key of the trie shares a longer beginning of its path with the path, unless it is
 *    behind Vk too.
 */

import { TrieError } from './errors.ts'
import { TRIE_WALK_NODES_MAX } from './limits.ts'
import { LEVEL_BITS } from './node.ts'
import { NOWHERE, SYMBOLS, SYMBOL_BITS } from './path.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import type { TriePath } from './path.ts'

const OWN_MASK = SYMBOLS - 1
const OTHERS_MASK = 2 ** (SYMBOLS - 1) - 1
/** Bits in a mask of other symbols. */
const COUNT: readonly number[] = [0, 1, 1, 2, 1, 2, 2, 3]

export class Walker {
  /** The nodes passed, `count` of them: the array is longer at times. */
  readonly visited: TrieNode[] = []
  readonly hops: number[] = []
  /** Where, in each of them, the first level lies that the walk had not left behind, and the position of the level before it. */
  readonly levelsAt: number[] = []
  readonly befores: number[] = []
  count = 0
  /** The position at which nobody has gone the path's way; `NOWHERE` when the walk came to the end. */
  stop = NOWHERE
  /** What has to be loaded before the walk can be made; 0: it was made. */
  missing = 0

  get last(): TrieNode {
    return this.visited[this.count - 1]!
  }

  /** Where the levels of the last node begin that the walk has not left behind. */
  get from(): number {
    return this.count < 2 ? 0 : this.hops[this.count - 2]! + 1
  }

  /** Walks from the node at `root` until all levels before `until` have been passed. `false`: see `missing`. @throws TrieError `TRIE_DAMAGED` */
  walk(nodes: NodeSource, root: number, path: TriePath, until: number = NOWHERE): boolean {
    this.count = 0
    this.missing = 0
    let from = 0
    for (let index = root; ;) {
      const node = nodes.peek(index)
      if (node === undefined) {
        this.missing = index
        return false
      }
      if (this.count === TRIE_WALK_NODES_MAX) throw tooLong(root)
      this.visited[this.count] = node
      const next = this.#pass(node, path, from, until)
      this.hops[this.count++] = this.stop
      if (next === 0) return true
      from = this.stop + 1
      index = next
    }
  }

  /**
   * The node to go on to, and in `stop` from where; 0 when this was the last. The levels are read here and not by a reader: this
   * loop is where a get spends its time, and its variables must be the processor's.
   */
  #pass(node: TrieNode, path: TriePath, from: number, until: number): number {
    const { memory, levelsEnd } = node
    let at = node.levelsAt
    let position = -1
    this.stop = NOWHERE
    this.#place(levelsEnd, position)
    for (let isFirst = true; at < levelsEnd;) {
      if (isFirst) this.#place(at, position)
      let head = memory[at++]!
      if (head > 0x7f) {
        head = (head & 0x7f) | (memory[at++]! << 7)
        if (head > 0x3fff) head = (head & 0x3fff) | (memory[at++]! << 14)
      }
      const mask = (head >>> SYMBOL_BITS) & OTHERS_MASK
      position += 1 + (head >>> LEVEL_BITS)
      if (position >= from) {
        isFirst = false
        if (position >= until) return 0
        const symbol = path.symbolAt(position)
        const own = head & OWN_MASK
        if (symbol !== own) {
          this.stop = position
          const bit = symbol < own ? symbol : symbol - 1
          if (symbol < 0 || (mask & (1 << bit)) === 0) return 0
          return node.index - pointerAt(memory, at, COUNT[mask & ((1 << bit) - 1)]!)
        }
      }
      for (let left = COUNT[mask]!; left > 0;) if (memory[at++]! < 0x80) left--
    }
    if (position < from) this.#place(levelsEnd, position)
    return 0
  }

  #place(at: number, before: number): void {
    this.levelsAt[this.count] = at
    this.befores[this.count] = before
  }
}

/** The number behind `skipped` others. */
function pointerAt(memory: Uint8Array, at: number, skipped: number): number {
  for (let left = skipped; left > 0;) if (memory[at++]! < 0x80) left--
  let value = 0
  for (let scale = 1; ; scale *= 0x80) {
    const byte = memory[at++]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}

function tooLong(root: number): TrieError {
  const message = `a walk passes at most ${TRIE_WALK_NODES_MAX} nodes`
  return new TrieError('TRIE_DAMAGED', message, { fields: { root } })
}
