/**
 * Keys: byte strings of 1 to 4,096 bytes that are paths. Their components are what stands between separators (`/`, 0x2f).
 *
 * Nothing is normalised: two keys are equal when their bytes are. Components may be empty, so every byte string is
 * exactly one path ("a//b" has three components, "/a" and "a/" have two each), and keys that are hashes or numbers need
 * no escaping. Only the key of no bytes is refused: as a prefix it stands for everything.
 *
 * A key lies under a prefix when the prefix's components are its first ones: "a/b" and "a/b/c" under "a/b", "a/bc" not.
 */

import { utf8 } from '@hamlet/core'
import { TrieError } from './errors.ts'
import { TRIE_KEY_BYTES_MAX, TRIE_KEY_COMPONENTS_MAX } from './limits.ts'

/** Text stands for its UTF-8. */
export type TrieKey = Uint8Array | string

export const SEPARATOR = 0x2f

/** @throws TrieError `TRIE_KEY_INVALID` */
export function keyBytes(key: TrieKey): Uint8Array {
  const bytes = typeof key === 'string' ? textBytes(key) : key
  const why = whyInvalid(bytes)
  if (why !== undefined) throw invalid(why, bytes.length)
  return bytes
}

/** No bytes stand for everything. @throws TrieError `TRIE_KEY_INVALID` */
export function prefixBytes(prefix: TrieKey | undefined): Uint8Array {
  return prefix === undefined || prefix.length === 0 ? new Uint8Array(0) : keyBytes(prefix)
}

export function isKey(bytes: Uint8Array): boolean {
  return whyInvalid(bytes) === undefined
}

export function countComponents(key: Uint8Array): number {
  let count = 1
  for (let i = 0; i < key.length; i++) if (key[i] === SEPARATOR) count++
  return count
}

/** Where component `number` ends; the first is 0. */
export function componentEnd(key: Uint8Array, number: number): number {
  let at = 0
  for (let i = 0; ; i++) {
    const end = key.indexOf(SEPARATOR, at)
    if (end === -1) return key.length
    if (i === number) return end
    at = end + 1
  }
}

/** No bytes are a prefix of everything. */
export function isUnder(key: Uint8Array, prefix: Uint8Array): boolean {
  if (prefix.length === 0) return true
  if (!hasBeginning(key, prefix)) return false
  return key.length === prefix.length || key[prefix.length] === SEPARATOR
}

function hasBeginning(key: Uint8Array, bytes: Uint8Array): boolean {
  if (key.length < bytes.length) return false
  for (let i = 0; i < bytes.length; i++) if (key[i] !== bytes[i]) return false
  return true
}

/** Short keys of ASCII, which most are, in a third of an encoder's time. */
function textBytes(text: string): Uint8Array {
  if (text.length > 64) return encoded(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return encoded(text)
    bytes[i] = code
  }
  return bytes
}

function encoded(text: string): Uint8Array {
  if (!text.isWellFormed()) throw invalid('an unpaired surrogate', 0)
  return utf8(text)
}

function whyInvalid(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'no bytes'
  if (bytes.length > TRIE_KEY_BYTES_MAX) return `more than ${TRIE_KEY_BYTES_MAX} bytes`
  // Most keys are too short to have too many components.
  if (bytes.length < TRIE_KEY_COMPONENTS_MAX) return undefined
  const isDeep = countComponents(bytes) > TRIE_KEY_COMPONENTS_MAX
  return isDeep ? `more than ${TRIE_KEY_COMPONENTS_MAX} components` : undefined
}

function invalid(why: string, bytes: number): TrieError {
  return new TrieError('TRIE_KEY_INVALID', `not a key: ${why}`, { fields: { bytes } })
}
