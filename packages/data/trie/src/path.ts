/**
 * Paths: what a key is in the trie, a row of symbols.
 *
 * Each component gives 64 symbols of two bits, the first 128 bits of SHA-256(hash key || component), highest first, and
 * then one flag: 1 when another component follows, 0 when the key ends. Keys of one folder therefore share all symbols
 * of the folder's components, and a folder is a part of the trie. Position p is symbol p mod 65 of component p div 65.
 *
 * The hash key is random, chosen when the trie is founded: who chooses keys cannot prepare keys whose paths agree.
 * Two components of one hash (2^64 work for who knows the hash key) make the trie slower at this place, never wrong.
 */

import type { Crypto } from '@hamlet/core'
import { SEPARATOR, countComponents } from './trie-key.ts'
import { TRIE_KEY_COMPONENTS_MAX } from './limits.ts'

export const SYMBOL_BITS = 2
export const SYMBOLS = 2 ** SYMBOL_BITS
export const HASH_KEY_BYTES = 32
export const COMPONENT_HASH_BYTES = 16
const SYMBOL_MASK = SYMBOLS - 1
/** Which symbol of a component is the flag. */
export const FLAG_OFFSET = (8 * COMPONENT_HASH_BYTES) / SYMBOL_BITS
/** Symbols per component. */
export const COMPONENT_SYMBOLS = FLAG_OFFSET + 1
export const POSITIONS_MAX = COMPONENT_SYMBOLS * TRIE_KEY_COMPONENTS_MAX
/** Behind every position. */
export const NOWHERE = 2 ** 30

export class TriePath {
  /** 16 bytes per component. */
  readonly hashes: Uint8Array
  readonly components: number
  /** A prefix: its last flag says that more follows. */
  readonly isOpen: boolean

  constructor(hashes: Uint8Array, components: number, isOpen: boolean) {
    this.hashes = hashes
    this.components = components
    this.isOpen = isOpen
  }

  /** Symbols in it. */
  get length(): number {
    return this.components * COMPONENT_SYMBOLS
  }

  /** -1 beyond the end. */
  symbolAt(position: number): number {
    const component = (position / COMPONENT_SYMBOLS) | 0
    if (component >= this.components) return -1
    const offset = position - component * COMPONENT_SYMBOLS
    if (offset === FLAG_OFFSET) return this.#flag(component)
    const bit = offset * SYMBOL_BITS
    const byte = this.hashes[component * COMPONENT_HASH_BYTES + (bit >>> 3)]!
    return (byte >>> (8 - SYMBOL_BITS - (bit & 7))) & SYMBOL_MASK
  }

  /** The first position whose symbols differ, `NOWHERE` when all are equal. */
  differsFrom(other: TriePath): number {
    const shared = Math.min(this.components, other.components)
    for (let component = 0; component < shared; component++) {
      const offset = this.#differsWithin(component, other)
      if (offset >= 0) return component * COMPONENT_SYMBOLS + offset
      if (this.#flag(component) !== other.#flag(component)) {
        return component * COMPONENT_SYMBOLS + FLAG_OFFSET
      }
    }
    return this.components === other.components ? NOWHERE : shared * COMPONENT_SYMBOLS
  }

  #differsWithin(component: number, other: TriePath): number {
    const start = component * COMPONENT_HASH_BYTES
    for (let i = 0; i < COMPONENT_HASH_BYTES; i++) {
      const difference = this.hashes[start + i]! ^ other.hashes[start + i]!
      if (difference !== 0) return ((8 * i + Math.clz32(difference) - 24) / SYMBOL_BITS) | 0
    }
    return -1
  }

  #flag(component: number): number {
    return this.isOpen || component + 1 < this.components ? 1 : 0
  }
}

/** Makes paths of keys, under one hash key. */
export class PathHasher {
  readonly #crypto: Crypto
  #input = new Uint8Array(HASH_KEY_BYTES + 256)

  constructor(crypto: Crypto, hashKey: Uint8Array) {
    this.#crypto = crypto
    this.#input.set(hashKey)
  }

  pathOf(key: Uint8Array): TriePath {
    return this.#path(key, false)
  }

  /** Of everything under `prefix`, which is not empty. */
  prefixPathOf(prefix: Uint8Array): TriePath {
    return this.#path(prefix, true)
  }

  #path(key: Uint8Array, isOpen: boolean): TriePath {
    const components = countComponents(key)
    const hashes = new Uint8Array(components * COMPONENT_HASH_BYTES)
    let start = 0
    for (let i = 0; i < components; i++) {
      const separator = i + 1 === components ? -1 : key.indexOf(SEPARATOR, start)
      const end = separator === -1 ? key.length : separator
      const hash = this.#hash(key, start, end)
      for (let j = 0; j < COMPONENT_HASH_BYTES; j++) hashes[i * COMPONENT_HASH_BYTES + j] = hash[j]!
      start = end + 1
    }
    return new TriePath(hashes, components, isOpen)
  }

  #hash(key: Uint8Array, start: number, end: number): Uint8Array {
    const length = HASH_KEY_BYTES + end - start
    if (length > this.#input.length) {
      const larger = new Uint8Array(2 * length)
      larger.set(this.#input.subarray(0, HASH_KEY_BYTES))
      this.#input = larger
    }
    // A loop is faster than `set` of a view for what is this short.
    for (let i = start; i < end; i++) this.#input[HASH_KEY_BYTES + i - start] = key[i]!
    return this.#crypto.hash(this.#input.subarray(0, length))
  }
}
