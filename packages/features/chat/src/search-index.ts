/**
 * The search index: for each word, places to look at. It may name too many, never too few.
 *
 * The idea: what is written once per message must be little, so words are written once per block. Every text that
 * appears (a message, an edit that shows) takes the next *slot*, in the order of its arrival. Slots that are full make a
 * block, and then the words of its messages, as they are now, are written together: one page for each first character
 * (see `word-page.ts`), 0.1 keys a message instead of ten. What is in the open block is searched by reading it.
 *
 *     i                           the open block: [next slot, its first slot, units of text in it]
 *     i/<chunk>                   positions in 16 slots: the 40 bytes of each, in hex the text of a position
 *     b/<newest>/<first slot>     a closed block: the newest position in it; the value is the oldest
 *     w/<first slot>/<group>      page of its words
 *
 * Slots, chunks and groups are numbers in hex, of a fixed width where order matters.
 *
 * Invariants:
 * 1. The text a message has now is in a page of a closed block, or the message has a slot in the open one: the change
 *    that gave it its text took a slot, and a block is closed with the texts of that moment or later.
 * 2. Nothing is ever taken out. Words of earlier and of deleted texts stay until the view is rebuilt (as the entries
 *    themselves stay in the log), so whoever asks checks what the message says now.
 * 3. What is stored depends on the order of arrival; by 1 and 2 what is found depends on the set of entries only.
 * 4. A page has less than 1 MiB: a block ends after `BLOCK_UNITS_MAX`, one more message has at most six times 16,384
 *    units in compatibility form, and neither words nor places take more than four bytes per unit.
 */

import { assert, bytesToHex, hexToBytes } from '@hamlet/core'
import { OPEN_BLOCK_KEY, blockKey, chunkKey, messageKey, pageKey } from './keys.ts'
import { decodeMessage } from './records.ts'
import { encodeWordPage, wordGroup } from './word-page.ts'
import { foldText, textWords } from './words.ts'
import type { CborValue } from '@hamlet/core'
import { keyId } from '@hamlet/space/entry-position'
import type { ViewState } from '@hamlet/space/view'

/** Slots of a block. The open one is read message by message, about 15 µs each. */
export const BLOCK_SLOTS = 512
/** UTF-16 units of text, in compatibility form, that end a block early. */
export const BLOCK_UNITS_MAX = 131_072
const CHUNK_SLOTS = 16
const POSITION_BYTES = 40

export interface OpenBlock {
  readonly next: number
  readonly first: number
  readonly units: number
}

/** After the message is stored with this text. */
export function indexMessage(state: ViewState, position: string, text: string): void {
  const open = toOpenBlock(state.get(OPEN_BLOCK_KEY))
  const key = chunkKey(chunkOf(open.next))
  const chunk = open.next % CHUNK_SLOTS === 0 ? undefined : state.get(key)
  state.put(key, appended(chunk, position))
  const next = open.next + 1
  const units = open.units + foldText(text).length
  const isFull = next - open.first >= BLOCK_SLOTS || units >= BLOCK_UNITS_MAX
  if (isFull) writeBlock(state, open.first, next)
  state.put(OPEN_BLOCK_KEY, isFull ? [next, next, 0] : [next, open.first, units])
}

export function toOpenBlock(value: CborValue | undefined): OpenBlock {
  const [next = 0, first = 0, units = 0] = (value ?? []) as readonly number[]
  return { next, first, units }
}

/** The chunks that hold the slots from `first` to before `next`. */
export function chunksOf(first: number, next: number): readonly number[] {
  const from = chunkOf(first)
  return Array.from({ length: chunkOf(next - 1) - from + 1 }, (_, i) => from + i)
}

export function chunkOf(slot: number): number {
  return Math.floor(slot / CHUNK_SLOTS)
}

/** The position in a slot, given its chunk; `undefined` when the slot is not taken. */
export function positionInSlot(chunk: CborValue | undefined, slot: number): string | undefined {
  const at = (slot % CHUNK_SLOTS) * POSITION_BYTES
  if (!(chunk instanceof Uint8Array) || at >= chunk.length) return undefined
  return bytesToHex(chunk.subarray(at, at + POSITION_BYTES))
}

function appended(chunk: CborValue | undefined, position: string): Uint8Array {
  const before = chunk instanceof Uint8Array ? chunk : new Uint8Array()
  const after = new Uint8Array(before.length + POSITION_BYTES)
  after.set(before)
  after.set(hexToBytes(position), before.length)
  return after
}

function writeBlock(state: ViewState, first: number, next: number): void {
  const places = blockPlaces(state, first, next)
  const positions = [...places.keys()]
  const stored = state.getMany(positions.map((position) => messageKey(keyId(position))))
  const groups = new Map<number, Map<string, number[]>>()
  positions.forEach((position, i) => {
    const { text } = decodeMessage(stored[i]!)
    for (const word of textWords(text)) note(groups, word, places.get(position)!)
  })
  for (const [group, words] of groups) state.put(pageKey(first, group), encodeWordPage(words))
  const oldest = positions.reduce((a, b) => (a < b ? a : b))
  const newest = positions.reduce((a, b) => (a > b ? a : b))
  state.put(blockKey(newest, first), oldest)
}

/** Every message of the block once, at the first of its slots. */
function blockPlaces(state: ViewState, first: number, next: number): ReadonlyMap<string, number> {
  const from = chunkOf(first)
  const chunks = state.getMany(chunksOf(first, next).map(chunkKey))
  const places = new Map<string, number>()
  for (let slot = first; slot < next; slot++) {
    const position = positionInSlot(chunks[chunkOf(slot) - from], slot)
    assert(position !== undefined, 'slots are taken one after the other')
    if (!places.has(position)) places.set(position, slot - first)
  }
  return places
}

function note(groups: Map<number, Map<string, number[]>>, word: string, place: number): void {
  const group = wordGroup(word)
  const words = groups.get(group) ?? new Map<string, number[]>()
  if (words.size === 0) groups.set(group, words)
  const places = words.get(word)
  if (places === undefined) words.set(word, [place])
  else places.push(place)
}
