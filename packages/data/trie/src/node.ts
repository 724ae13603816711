/**
 * A node: one block, written by one put or deletion.
 *
 * The idea (a hash array mapped trie on a log, after hypertrie): the newest node of a trie is its root. A node knows, for
 * each position of its path at which other keys part from it, the newest node on each of the other ways. Whoever walks
 * from the newest node by the symbols of a key therefore comes to that key in one step per parting.
 *
 * Unlike hypertrie's, a level says which symbol the node itself has there, and positions at which nobody parts have no level
 * (as in a Patricia trie). So a walk never hashes the keys of the nodes it passes; it compares one key, at its end.
 *
 * Format (frozen since version 1; LEB128 integers, see varint.ts):
 *
 *     SIZE     FIELD
 *        1     kind: 0x10 + 1 when there is a value (a put) + 2 when there is a bucket + 4 when the trie holds, or held,
 *              two components of one hash
 *     1..4     bytes of the levels
 *        …     levels, by ascending position; each:
 *                1..4  (positions skipped since the last level) * 32 + (mask of the other symbols) * 4 + own symbol
 *                1..8  per other symbol, ascending: how many blocks ago its newest node was written
 *     0..      bucket: number of nodes, then per node how many blocks ago: other keys of the very same path
 *     1..2     bytes of the key
 *        …     key
 *        …     value: the rest of the block; nothing in a deletion
 *
 * The mask has one bit per other symbol, ascending: for own symbol 1 the bits 0, 1, 2 stand for 0, 2, 3.
 *
 * Invariants:
 * 1. A level's nodes were written before this one, and lead to at least one key each.
 * 2. A deletion keeps its levels: as the newest node it is the root. Later nodes point to it only while something is
 *    behind it.
 */

import { TRIE_BUCKET_NODES_MAX, TRIE_KEY_BYTES_MAX, TRIE_VALUE_BYTES_MAX } from './limits.ts'
import { COMPONENT_SYMBOLS, FLAG_OFFSET, POSITIONS_MAX, SYMBOLS, SYMBOL_BITS } from './path.ts'
import { SEPARATOR, isKey } from './trie-key.ts'
import { ByteReader } from './varint.ts'
import type { TriePath } from './path.ts'

export const NODE_KIND = 0x10
export const HAS_VALUE = 1
export const HAS_BUCKET = 2
export const IS_COLLIDED = 4
const KIND_MAX = NODE_KIND + HAS_VALUE + HAS_BUCKET + IS_COLLIDED

/** Bits of a level's head before the positions skipped. */
export const LEVEL_BITS = SYMBOL_BITS + SYMBOLS - 1
const LEVEL_HEAD_MAX = POSITIONS_MAX << LEVEL_BITS
const LEVELS_BYTES_MAX = 512 * 1024

export class TrieNode {
  readonly index: number
  /** Memory that the block lies in, from `start` to `end`: many nodes share it, so that a walk finds it in the processor's cache. */
  readonly memory: Uint8Array
  readonly start: number
  readonly levelsAt: number
  readonly levelsEnd: number
  readonly keyAt: number
  readonly keyEnd: number
  readonly end: number
  readonly kind: number
  /** Of its key, once somebody needed it. */
  path: TriePath | undefined = undefined

  constructor(
    index: number,
    memory: Uint8Array,
    start: number,
    levelsAt: number,
    levelsEnd: number,
    keyAt: number,
    keyEnd: number,
    end: number,
  ) {
    this.index = index
    this.memory = memory
    this.start = start
    this.levelsAt = levelsAt
    this.levelsEnd = levelsEnd
    this.keyAt = keyAt
    this.keyEnd = keyEnd
    this.end = end
    this.kind = memory[start]!
  }

  get block(): Uint8Array {
    return this.memory.subarray(this.start, this.end)
  }

  get blockBytes(): number {
    return this.end - this.start
  }

  /** Not a deletion. */
  get hasValue(): boolean {
    return (this.kind & HAS_VALUE) !== 0
  }

  /** It has a key, or several of one path; whatever is behind it. */
  get isLive(): boolean {
    return (this.kind & (HAS_VALUE | HAS_BUCKET)) !== 0
  }

  get isCollided(): boolean {
    return (this.kind & IS_COLLIDED) !== 0
  }

  /** Shares the block's memory. */
  get key(): Uint8Array {
    return this.memory.subarray(this.keyAt, this.keyEnd)
  }

  /** Shares the block's memory. */
  get value(): Uint8Array {
    return this.memory.subarray(this.keyEnd, this.end)
  }

  hasKey(key: Uint8Array): boolean {
    const { memory, keyAt } = this
    const { length } = key
    if (this.keyEnd - keyAt !== length) return false
    for (let i = 0; i < length; i++) if (memory[keyAt + i] !== key[i]) return false
    return true
  }

  /** Whether the first `count` components, which both keys have, are the same bytes. */
  hasComponents(key: Uint8Array, count: number): boolean {
    const { memory, keyAt, keyEnd } = this
    let left = count
    for (let i = 0; ; i++) {
      const isEnd = i === key.length || key[i] === SEPARATOR
      const isOwnEnd = keyAt + i === keyEnd || memory[keyAt + i] === SEPARATOR
      if (isEnd !== isOwnEnd) return false
      if (isEnd && --left === 0) return true
      if (i === key.length || key[i] !== memory[keyAt + i]) return false
    }
  }

  /** Indexes of older nodes with other keys of the same path. */
  bucket(): readonly number[] {
    if ((this.kind & HAS_BUCKET) === 0) return []
    const reader = new ByteReader(this.memory, this.levelsEnd)
    const count = reader.varint()
    return Array.from({ length: count }, () => this.index - reader.varint())
  }
}

/** The node in a block, or `undefined` when it is none. The node shares the memory of `bytes`. */
export function parseNode(index: number, bytes: Uint8Array): TrieNode | undefined {
  const reader = new ByteReader(bytes)
  const kind = reader.byte()
  if (kind < NODE_KIND || kind > KIND_MAX) return undefined
  const levelBytes = reader.varint(LEVELS_BYTES_MAX)
  const levelsAt = reader.at
  const levelsEnd = levelsAt + levelBytes
  if (reader.failed || levelsEnd > bytes.length) return undefined
  if (!areLevels(bytes, levelsAt, levelsEnd, index)) return undefined
  reader.take(levelBytes)
  if ((kind & HAS_BUCKET) !== 0) checkBucket(reader, index)
  const keyLength = reader.varint(TRIE_KEY_BYTES_MAX)
  const keyAt = reader.at
  const key = reader.take(keyLength)
  if (reader.failed || !isKey(key)) return undefined
  const keyEnd = keyAt + keyLength
  const valueBytes = bytes.length - keyEnd
  const isRight = (kind & HAS_VALUE) === 0 ? valueBytes === 0 : valueBytes <= TRIE_VALUE_BYTES_MAX
  return isRight
    ? new TrieNode(index, bytes, 0, levelsAt, levelsEnd, keyAt, keyEnd, bytes.length)
    : undefined
}

/** Every level is one that a writer could have written: once this has been checked, walks read without checking. */
function areLevels(bytes: Uint8Array, from: number, end: number, index: number): boolean {
  let position = -1
  let at = from
  while (at < end) {
    let head = bytes[at++]!
    if (head > 0x7f) {
      const long = readLong(bytes, at - 1, end)
      if (long === undefined || long.value > LEVEL_HEAD_MAX) return false
      head = long.value
      at = long.at
    }
    const mask = (head >>> SYMBOL_BITS) & (2 ** (SYMBOLS - 1) - 1)
    position += 1 + (head >>> LEVEL_BITS)
    if (mask === 0 || position >= POSITIONS_MAX) return false
    const isFlag = position % COMPONENT_SYMBOLS === FLAG_OFFSET
    if (isFlag && ((head & (SYMBOLS - 1)) > 1 || mask !== 1)) return false
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      let ago = at < end ? bytes[at++]! : 0
      if (ago > 0x7f) {
        const long = readLong(bytes, at - 1, end)
        if (long === undefined) return false
        ago = long.value
        at = long.at
      }
      // Block 0 is the header.
      if (ago < 1 || ago >= index) return false
    }
  }
  return true
}

function readLong(bytes: Uint8Array, at: number, end: number) {
  const first = bytes[at]! & 0x7f
  const second = at + 1 < end ? bytes[at + 1]! : 0
  if (second > 0 && second < 0x80) return { value: first + second * 0x80, at: at + 2 }
  const third = at + 2 < end ? bytes[at + 2]! : 0
  if (second >= 0x80 && third > 0 && third < 0x80) {
    return { value: first + (second & 0x7f) * 0x80 + third * 0x4000, at: at + 3 }
  }
  const reader = new ByteReader(bytes, at, end)
  const value = reader.varint()
  return reader.failed ? undefined : { value, at: reader.at }
}

function checkBucket(reader: ByteReader, index: number): void {
  const count = reader.varint(TRIE_BUCKET_NODES_MAX)
  if (count === 0) reader.fail()
  for (let i = 0; i < count; i++) {
    const ago = reader.varint()
    if (ago < 1 || ago >= index) reader.fail()
  }
}
