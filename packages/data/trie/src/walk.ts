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
import { LevelReader } from './level-reader.ts'
import { TRIE_WALK_NODES_MAX } from './limits.ts'
import { NOWHERE } from './path.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import type { TriePath } from './path.ts'

export class Walker {
  /** The nodes passed, `count` of them: the array is longer at times. */
  readonly visited: TrieNode[] = []
  readonly hops: number[] = []
  count = 0
  /** The position at which nobody has gone the path's way; `NOWHERE` when the walk came to the end. */
  stop = NOWHERE
  /** What has to be loaded before the walk can be made; 0: it was made. */
  missing = 0
  readonly #levels = new LevelReader()

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

  /** The node to go on to, and in `stop` from where; 0 when this was the last. */
  #pass(node: TrieNode, path: TriePath, from: number, until: number): number {
    const levels = this.#levels.open(node)
    this.stop = NOWHERE
    while (levels.next()) {
      const { position } = levels
      if (position < from) continue
      if (position >= until) return 0
      const symbol = path.symbolAt(position)
      if (symbol === levels.own) continue
      this.stop = position
      return levels.indexOf(symbol)
    }
    return 0
  }
}

function tooLong(root: number): TrieError {
  const message = `a walk passes at most ${TRIE_WALK_NODES_MAX} nodes`
  return new TrieError('TRIE_DAMAGED', message, { fields: { root } })
}
