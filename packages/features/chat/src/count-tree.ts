/**
 * How many messages of a room lie after a moment, in a constant number of reads.
 *
 * The idea: a trie over the milliseconds of the messages' times with three levels; a node is one value that counts the
 * messages under each of its digits. The count after a moment is the sum of the greater digits on its path. What
 * shares the last digit with the moment, 65.5 seconds, is counted message by message by the caller.
 *
 *     LEVEL  BITS OF THE 48   A DIGIT COVERS   DIGITS
 *     0      0-15             49.7 days        65,536 (as many as the room has existed)
 *     1      16-23            4.66 hours       256
 *     2      24-31            65.5 seconds     256
 *
 * A node is a byte string of pairs [digit u16, count u32], big-endian, digits ascending, counts above zero; an empty
 * node is not stored. So the stored form depends on the set of messages only, never on their order.
 *
 * Three kinds of series are counted per room: all messages (`a`), those of one author (`p-<person>`), and those that
 * mention a person (`m-<person>`). Unread for somebody is all minus their own.
 */

import { assert } from '@hamlet/core'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import type { ViewReader, ViewState } from '@hamlet/space/view'

export type CountSeries = 'a' | `p-${PersonId}` | `m-${PersonId}`

/** The lowest digit is this many bits above a millisecond. */
const LEAF_SHIFT = 2 ** 16
const DIGIT = 2 ** 8
const PAIR_BYTES = 6

interface Step {
  readonly key: string
  readonly digit: number
}

/** The lowest of the nodes that count a message of this time: the one that is new every few hours. */
export function leafKey(room: EntryId, series: CountSeries, milliseconds: number): string {
  return `n/${room}/${series}/2/${Math.floor(milliseconds / (LEAF_SHIFT * DIGIT))}`
}

export function addCount(
  state: ViewState,
  room: EntryId,
  series: CountSeries,
  milliseconds: number,
  by: 1 | -1,
): void {
  for (const { key, digit } of path(room, series, milliseconds)) {
    const node = bump(toNode(state.get(key)), digit, by)
    if (node.length === 0) state.delete(key)
    else state.put(key, node)
  }
}

/** Messages of the series in later digits than `milliseconds`: all from `nextLeafMs` of it on. */
export async function countAfter(
  view: ViewReader,
  room: EntryId,
  series: readonly CountSeries[],
  milliseconds: number,
): Promise<readonly number[]> {
  const paths = series.map((each) => path(room, each, milliseconds))
  const nodes = await view.getMany(paths.flatMap((steps) => steps.map(({ key }) => key)))
  let next = 0
  return paths.map((steps) =>
    steps.reduce((sum, { digit }) => sum + sumAfter(toNode(nodes[next++]), digit), 0),
  )
}

/** Where the digit after the one of `milliseconds` begins. */
export function nextLeafMs(milliseconds: number): number {
  return (Math.floor(milliseconds / LEAF_SHIFT) + 1) * LEAF_SHIFT
}

function path(room: EntryId, series: CountSeries, milliseconds: number): readonly Step[] {
  const leaf = Math.floor(milliseconds / LEAF_SHIFT)
  const middle = Math.floor(leaf / DIGIT)
  const top = Math.floor(middle / DIGIT)
  const base = `n/${room}/${series}`
  return [
    { key: `${base}/0`, digit: top },
    { key: `${base}/1/${top}`, digit: middle % DIGIT },
    { key: `${base}/2/${middle}`, digit: leaf % DIGIT },
  ]
}

function toNode(value: CborValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array()
}

function sumAfter(node: Uint8Array, digit: number): number {
  let sum = 0
  for (let at = node.length - PAIR_BYTES; at >= 0; at -= PAIR_BYTES) {
    if (digitAt(node, at) <= digit) break
    sum += countAt(node, at)
  }
  return sum
}

/** A changed copy. Searches from the end, where new messages are. */
function bump(node: Uint8Array, digit: number, by: 1 | -1): Uint8Array {
  let at = node.length
  while (at > 0 && digitAt(node, at - PAIR_BYTES) >= digit) at -= PAIR_BYTES
  const found = at < node.length && digitAt(node, at) === digit
  const count = (found ? countAt(node, at) : 0) + by
  assert(count >= 0, 'a message is counted before it is taken out')
  const after = found ? at + PAIR_BYTES : at
  const kept = count === 0 ? 0 : PAIR_BYTES
  const changed = new Uint8Array(node.length - (after - at) + kept)
  changed.set(at === node.length ? node : node.subarray(0, at))
  if (after < node.length) changed.set(node.subarray(after), at + kept)
  if (count > 0) putPair(changed, at, digit, count)
  return changed
}

function digitAt(node: Uint8Array, at: number): number {
  return node[at]! * 0x100 + node[at + 1]!
}

function countAt(node: Uint8Array, at: number): number {
  return digitAt(node, at + 2) * 0x10000 + digitAt(node, at + 4)
}

/** Byte by byte: a `DataView` for each of six nodes a message costs more than the rest. */
function putPair(node: Uint8Array, at: number, digit: number, count: number): void {
  node[at] = digit >> 8
  node[at + 1] = digit
  node[at + 2] = count >>> 24
  node[at + 3] = count >>> 16
  node[at + 4] = count >>> 8
  node[at + 5] = count
}
