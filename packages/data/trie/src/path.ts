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
const COMPONENT_WORDS = COMPONENT_HASH_BYTES / 4
const FOLDERS_KEPT = 256
/** Which symbol of a component is the flag. */
export const FLAG_OFFSET = (8 * COMPONENT_HASH_BYTES) / SYMBOL_BITS
/** Symbols per component. */
export const COMPONENT_SYMBOLS = FLAG_OFFSET + 1
export const POSITIONS_MAX = COMPONENT_SYMBOLS * TRIE_KEY_COMPONENTS_MAX
/** Behind every position. */
export const NOWHERE = 2 ** 30

export class TriePath {
  /** Four words of 32 bits per component, signed: small integers in a plain array are cheaper than typed arrays. */
  readonly words: readonly number[]
  readonly components: number
  /** A prefix: its last flag says that more follows. */
  readonly isOpen: boolean

  constructor(words: readonly number[], components: number, isOpen: boolean) {
    this.words = words
    this.components = components
    this.isOpen = isOpen
  }

  /** Of a key, from 16 bytes per component. */
  static fromHashes(hashes: Uint8Array): TriePath {
    const words: number[] = []
    for (let at = 0; at < hashes.length; at += 4) words.push(wordAt(hashes, at))
    return new TriePath(words, hashes.length / COMPONENT_HASH_BYTES, false)
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
    const word = this.words[component * COMPONENT_WORDS + ((offset * SYMBOL_BITS) >>> 5)]!
    return (word >>> (32 - SYMBOL_BITS - ((offset * SYMBOL_BITS) & 31))) & SYMBOL_MASK
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
    const start = component * COMPONENT_WORDS
    for (let i = 0; i < COMPONENT_WORDS; i++) {
      const difference = this.words[start + i]! ^ other.words[start + i]!
      if (difference !== 0) return ((32 * i + Math.clz32(difference)) / SYMBOL_BITS) | 0
    }
    return -1
  }

  #flag(component: number): number {
    return this.isOpen || component + 1 < this.components ? 1 : 0
  }
}

/** A folder's hash is kept: keys are read and written folder by folder, or all in few folders. */
interface KeptFolder {
  readonly name: Uint8Array
  readonly words: readonly number[]
}

/** Makes paths of keys, under one hash key. */
export class PathHasher {
  readonly #crypto: Crypto
  readonly #folders: (KeptFolder | undefined)[] = []
  #input = new Uint8Array(HASH_KEY_BYTES + 256)
  /** Beginnings of the input, by length: making a view costs as much as hashing a third of a block. */
  #views: (Uint8Array | undefined)[] = []

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
    const words = wordsFor(components)
    let start = 0
    for (let i = 0, component = 0; component < components - 1; i++) {
      if (key[i] !== SEPARATOR) continue
      this.#setFolder(words, component++, key, start, i)
      start = i + 1
    }
    setWords(words, components - 1, this.#hash(key, start, key.length))
    return new TriePath(words, components, isOpen)
  }

  #setFolder(
    words: number[],
    component: number,
    key: Uint8Array,
    start: number,
    end: number,
  ): void {
    let place = end - start
    for (let i = start; i < end; i++) place = (Math.imul(place, 31) + key[i]!) | 0
    place &= FOLDERS_KEPT - 1
    const kept = this.#folders[place]
    if (kept !== undefined && isName(kept.name, key, start, end)) {
      for (let i = 0; i < COMPONENT_WORDS; i++) {
        words[component * COMPONENT_WORDS + i] = kept.words[i]!
      }
      return
    }
    setWords(words, component, this.#hash(key, start, end))
    const own = words.slice(component * COMPONENT_WORDS, (component + 1) * COMPONENT_WORDS)
    this.#folders[place] = { name: key.slice(start, end), words: own }
  }

  #hash(key: Uint8Array, start: number, end: number): Uint8Array {
    const length = HASH_KEY_BYTES + end - start
    if (length > this.#input.length) this.#grow(2 * length)
    // A loop is faster than `set` of a view for what is this short.
    for (let i = start; i < end; i++) this.#input[HASH_KEY_BYTES + i - start] = key[i]!
    const view = (this.#views[length] ??= this.#input.subarray(0, length))
    return this.#crypto.hash(view)
  }

  #grow(length: number): void {
    const larger = new Uint8Array(length)
    larger.set(this.#input.subarray(0, HASH_KEY_BYTES))
    this.#input = larger
    this.#views = []
  }
}

function isName(name: Uint8Array, key: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== key[start + i]) return false
  return true
}

/** An array that has grown holds room for twice as many, and paths are kept with nodes: a literal holds what it shows. */
function wordsFor(components: number): number[] {
  if (components === 1) return [0, 0, 0, 0]
  if (components === 2) return [0, 0, 0, 0, 0, 0, 0, 0]
  return Array.from({ length: components * COMPONENT_WORDS }, () => 0)
}

function setWords(words: number[], component: number, hash: Uint8Array): void {
  const at = component * COMPONENT_WORDS
  for (let i = 0; i < COMPONENT_WORDS; i++) words[at + i] = wordAt(hash, 4 * i)
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
