/**
 * Reads the levels of a parsed node one after the other, without making an object for each. Nothing is checked here: the
 * parser has done that. One reader serves many nodes.
 */

import { LEVEL_BITS } from './node.ts'
import { SYMBOLS, SYMBOL_BITS } from './path.ts'
import type { TrieNode } from './node.ts'

const OWN_MASK = SYMBOLS - 1
const OTHERS_MASK = 2 ** (SYMBOLS - 1) - 1

export class LevelReader {
  /** Of the level read last. */
  position = -1
  /** The node's own symbol there. */
  own = 0
  /** Which other symbols have a node. */
  mask = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #index = 0
  #at = 0
  #end = 0
  #pointersAt = 0

  open(node: TrieNode): this {
    this.#bytes = node.bytes
    this.#index = node.index
    this.#at = node.levelsAt
    this.#end = node.levelsEnd
    this.position = -1
    return this
  }

  /** Goes to the next level; `false` when there is none. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const head = this.#varint()
    this.own = head & OWN_MASK
    this.mask = (head >>> SYMBOL_BITS) & OTHERS_MASK
    this.position += 1 + (head >>> LEVEL_BITS)
    this.#pointersAt = this.#at
    for (let rest = this.mask; rest !== 0; rest &= rest - 1) this.#skip()
    return true
  }

  /** Goes to the first level at `from` or behind it; `false` when there is none. */
  nextFrom(from: number): boolean {
    do {
      if (!this.next()) return false
    } while (this.position < from)
    return true
  }

  /** The newest node on the way of `symbol`, which is not the node's own; 0 when there is none. */
  indexOf(symbol: number): number {
    const bit = symbol < this.own ? symbol : symbol - 1
    if (symbol < 0 || (this.mask & (1 << bit)) === 0) return 0
    const next = this.#at
    this.#at = this.#pointersAt
    for (let rest = this.mask & ((1 << bit) - 1); rest !== 0; rest &= rest - 1) this.#skip()
    const index = this.#index - this.#varint()
    this.#at = next
    return index
  }

  #skip(): void {
    const bytes = this.#bytes
    while (bytes[this.#at++]! > 0x7f);
  }

  #varint(): number {
    const bytes = this.#bytes
    const first = bytes[this.#at++]!
    if (first < 0x80) return first
    const second = bytes[this.#at++]!
    if (second < 0x80) return (first & 0x7f) | (second << 7)
    const third = bytes[this.#at++]!
    const low = (first & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14)
    if (third < 0x80) return low
    let value = low
    for (let scale = 2 ** 21; ; scale *= 0x80) {
      const byte = bytes[this.#at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
}
