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
  /** Symbols of `mask` whose pointers have not been passed. */
  #pending = 0

  open(node: TrieNode): this {
    return this.resume(node, node.levelsAt, -1)
  }

  /** Goes on with the level that begins at `at`, behind one at position `before`. */
  resume(node: TrieNode, at: number, before: number): this {
    this.#bytes = node.memory
    this.#index = node.index
    this.#at = at
    this.#end = node.levelsEnd
    this.#pending = 0
    this.position = before
    return this
  }

  /** Goes to the next level; `false` when there is none. */
  next(): boolean {
    for (let rest = this.#pending; rest !== 0; rest &= rest - 1) this.#skip()
    this.#pending = 0
    if (this.#at >= this.#end) return false
    const head = this.#varint()
    this.own = head & OWN_MASK
    this.mask = (head >>> SYMBOL_BITS) & OTHERS_MASK
    this.position += 1 + (head >>> LEVEL_BITS)
    this.#pending = this.mask
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
    const pointers = this.#at
    for (let rest = this.mask & ((1 << bit) - 1); rest !== 0; rest &= rest - 1) this.#skip()
    const index = this.#index - this.#varint()
    this.#at = pointers
    return index
  }

  /** The newest nodes on all ways, by symbol; 0 where there is none, and for the node's own. Once per level, and last. */
  takeWays(ways: number[]): void {
    let bit = 1
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      ways[symbol] = 0
      if (symbol === this.own) continue
      if ((this.#pending & bit) !== 0) ways[symbol] = this.#index - this.#varint()
      bit <<= 1
    }
    this.#pending = 0
  }

  /** The newest node on the next way of the level, ascending; as often as its mask has symbols. */
  takePointer(): number {
    this.#pending &= this.#pending - 1
    return this.#index - this.#varint()
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
