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
 * A node is an array [earlier, digit, count]: its greatest digit with the messages there, and for the digits below a byte
 * string of pairs [digit u16, count u32], big-endian, ascending. Counts are above zero; an empty node is not stored. So the
 * stored form depends on the set of messages only, never on their order. The greatest stands apart because nearly every
 * message is counted there: two byte strings are copied for it instead of six.
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

type CountNode = readonly [earlier: Uint8Array, digit: number, count: number]

type Path = readonly [highest: Step, high: Step, low: Step]

interface Step {
  readonly key: string
  readonly digit: number
}

/** The lowest of the nodes that count a message of this time: the one that is new every few hours. */
export function leafKey(room: EntryId, series: CountSeries, milliseconds: number): string {
  return path(room, series, milliseconds)[2].key
}

export function addCount(
  state: ViewState,
  room: EntryId,
  series: CountSeries,
  milliseconds: number,
  by: 1 | -1,
): void {
  for (const { key, digit } of path(room, series, milliseconds)) {
    const node = bump(state.get(key) as CountNode | undefined, digit, by)
    if (node === undefined) state.delete(key)
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
    steps.reduce((sum, { digit }) => sum + sumAfter(nodes[next++], digit), 0),
  )
}

/** Where the digit after the one of `milliseconds` begins. */
export function nextLeafMs(milliseconds: number): number {
  return (Math.floor(milliseconds / LEAF_SHIFT) + 1) * LEAF_SHIFT
}

function path(room: EntryId, series: CountSeries, milliseconds: number): Path {
  const leaf = Math.floor(milliseconds / LEAF_SHIFT)
  const middle = Math.floor(leaf / DIGIT)
  const top = Math.floor(middle / DIGIT)
  const [highest, high, low] = pathKeys(`${room}/${series}`, top, middle)
  return [
    { key: highest, digit: top },
    { key: high, digit: middle % DIGIT },
    { key: low, digit: leaf % DIGIT },
  ]
}

type PathKeys = readonly [highest: string, high: string, low: string]

/** Keys last used, by series. Messages come in order of time, so the next one of a series mostly has the same. */
const recentKeys = new Map<string, { readonly middle: number; readonly keys: PathKeys }>()
const RECENT_KEYS_MAX = 256

function pathKeys(series: string, top: number, middle: number): PathKeys {
  const recent = recentKeys.get(series)
  if (recent?.middle === middle) return recent.keys
  const keys = [`n/${series}/0`, `n/${series}/1/${top}`, `n/${series}/2/${middle}`] as const
  if (recentKeys.size >= RECENT_KEYS_MAX) recentKeys.clear()
  recentKeys.set(series, { middle, keys })
  return keys
}

function sumAfter(value: CborValue | undefined, digit: number): number {
  if (value === undefined) return 0
  const [earlier, greatest, count] = value as CountNode
  if (digit >= greatest) return 0
  let sum = count
  for (let at = earlier.length - PAIR_BYTES; at >= 0; at -= PAIR_BYTES) {
    if (digitAt(earlier, at) <= digit) break
    sum += countAt(earlier, at)
  }
  return sum
}

function bump(node: CountNode | undefined, digit: number, by: 1 | -1): CountNode | undefined {
  if (node === undefined) return [new Uint8Array(), digit, counted(by)]
  const [earlier, greatest, count] = node
  if (digit > greatest) return [bumpPair(earlier, greatest, count), digit, counted(by)]
  if (digit < greatest) return [bumpPair(earlier, digit, by), greatest, count]
  if (count + by > 0) return [earlier, greatest, count + by]
  if (earlier.length === 0) return undefined
  const last = earlier.length - PAIR_BYTES
  return [earlier.slice(0, last), digitAt(earlier, last), countAt(earlier, last)]
}

/** A changed copy. Searches from the end, where new messages are. */
function bumpPair(pairs: Uint8Array, digit: number, by: number): Uint8Array {
  let at = pairs.length
  while (at > 0 && digitAt(pairs, at - PAIR_BYTES) >= digit) at -= PAIR_BYTES
  const found = at < pairs.length && digitAt(pairs, at) === digit
  const count = counted((found ? countAt(pairs, at) : 0) + by)
  const after = found ? at + PAIR_BYTES : at
  const kept = count === 0 ? 0 : PAIR_BYTES
  const changed = new Uint8Array(pairs.length - (after - at) + kept)
  changed.set(at === pairs.length ? pairs : pairs.subarray(0, at))
  if (after < pairs.length) changed.set(pairs.subarray(after), at + kept)
  if (count > 0) putPair(changed, at, digit, count)
  return changed
}

function counted(count: number): number {
  assert(count >= 0, 'a message is counted before it is taken out')
  return count
}

function digitAt(pairs: Uint8Array, at: number): number {
  return pairs[at]! * 0x100 + pairs[at + 1]!
}

function countAt(pairs: Uint8Array, at: number): number {
  return digitAt(pairs, at + 2) * 0x10000 + digitAt(pairs, at + 4)
}

/** Byte by byte: a `DataView` for each costs more than the rest. */
function putPair(pairs: Uint8Array, at: number, digit: number, count: number): void {
  pairs[at] = digit >> 8
  pairs[at + 1] = digit
  pairs[at + 2] = count >>> 24
  pairs[at + 3] = count >>> 16
  pairs[at + 4] = count >>> 8
  pairs[at + 5] = count
}
