/**
 * Words of one block of the search index that begin alike, each with the messages it occurs in.
 *
 * A page is a byte string of entries, each word once, words in no meaningful order, numbers big-endian:
 *
 *     OFFSET   SIZE  FIELD
 *     0        1     n: bytes of the word, at most 96
 *     1        n     word, UTF-8
 *     1 + n    2     c: how many places follow, at least 1
 *     3 + n    2c    places, ascending: slots counted from the first of the block
 *
 * Example: `to` in the slots 0 and 258 of its block: `02 746f 0002 0000 0102`.
 *
 * It is gone through from the beginning: about 1 µs per kilobyte, less than it takes to fetch it.
 */

import { utf8 } from '@hamlet/core'

const WORD_LENGTH_BYTES = 1
const COUNT_BYTES = 2
const PLACE_BYTES = 2

/** The bits of a code point by which words beyond ASCII share a page: 64 characters. */
const GROUP_SHIFT = 6
const ASCII_END = 0x80

/** Which page a word is on. It depends on the first character only, so a beginning of a word names its page too. */
export function wordGroup(word: string): number {
  const first = word.codePointAt(0) ?? 0
  return first < ASCII_END ? first : ASCII_END + (first >> GROUP_SHIFT)
}

export function encodeWordPage(placesByWord: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const entries = Array.from(placesByWord, ([word, places]) => ({ word: wordBytes(word), places }))
  const page = new Uint8Array(
    entries.reduce((sum, { word, places }) => sum + entryBytes(word.length, places.length), 0),
  )
  let at = 0
  for (const { word, places } of entries) {
    page[at] = word.length
    page.set(word, at + WORD_LENGTH_BYTES)
    at = putUint16(page, at + WORD_LENGTH_BYTES + word.length, places.length)
    for (const place of places) at = putUint16(page, at, place)
  }
  return page
}

/** Places of the word, or of all words that begin with it; some may come twice. A page that is cut off ends there. */
export function findPlaces(page: Uint8Array, word: Uint8Array, isBeginning: boolean): number[] {
  const found: number[] = []
  for (let at = 0; at < page.length;) {
    const length = page[at]!
    const end = at + WORD_LENGTH_BYTES + length
    const count = uint16(page, end)
    const next = end + COUNT_BYTES + count * PLACE_BYTES
    if (!(next <= page.length)) return found
    const fits = isBeginning ? length >= word.length : length === word.length
    if (fits && startsWith(page, at + WORD_LENGTH_BYTES, word)) {
      for (let p = end + COUNT_BYTES; p < next; p += PLACE_BYTES) found.push(uint16(page, p))
      if (!isBeginning) return found
    }
    at = next
  }
  return found
}

/** Nearly all words are ASCII, and for so few bytes a loop is four times as fast as an encoder. */
function wordBytes(word: string): Uint8Array {
  const bytes = new Uint8Array(word.length)
  for (let i = 0; i < word.length; i++) {
    const unit = word.charCodeAt(i)
    if (unit >= ASCII_END) return utf8(word)
    bytes[i] = unit
  }
  return bytes
}

function entryBytes(wordBytes: number, places: number): number {
  return WORD_LENGTH_BYTES + wordBytes + COUNT_BYTES + places * PLACE_BYTES
}

function startsWith(page: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (page[at + i] !== word[i]) return false
  return true
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!
}

function putUint16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >> 8
  bytes[at + 1] = value & 0xff
  return at + 2
}
