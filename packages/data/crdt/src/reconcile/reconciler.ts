/**
 * Range-based set reconciliation: two sides find out which ids each of them lacks.
 *
 * The idea (Meyer, "Range-based set reconciliation", 2022): who begins sends the fingerprints of sixteen ranges. The other
 * splits each range whose fingerprint differs from its own into sixteen again, or lists its ids when they are few, and so
 * on to and fro. Ranges that agree are never mentioned again. A difference of d ids in n costs O(d log n) bytes and work
 * and O(log n) round trips, and the answering side keeps no state between messages.
 *
 * The messages are those of Negentropy v1, byte for byte (message.ts). Only who begins learns anything: what it has that
 * the other lacks, and what it needs. No port is touched; whoever carries the messages decides on time and patience.
 *
 * Invariants:
 * 1. A message is at most `frameBytesMax` long. What does not fit is said by one fingerprint of all the rest, and comes up
 *    again in the next round. Each id is reported once.
 * 2. Nothing that is received is believed: an id that is needed may not exist, and a hidden difference stays hidden. Both
 *    cost time, never data, since whatever comes is verified by its id.
 */

import { assert, bytesToHex, equalBytes, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { CrdtError } from '../errors.ts'
import { RECONCILE_ID_BYTES } from './item-list.ts'
import type { ItemList, ReconcileItem } from './item-list.ts'
import {
  END,
  MESSAGE_VERSION,
  MessageWriter,
  START,
  badMessage,
  readRanges,
  readVersion,
} from './message.ts'
import type { Bound, Range } from './message.ts'

/** One message, unless the session says otherwise. */
export const RECONCILE_FRAME_BYTES_MAX = 64 * 1024
/** Below it a message could not hold a list and the rest. */
export const RECONCILE_FRAME_BYTES_MIN = 4096
/** Messages one side answers in a session: enough for two million differences in frames of the usual length. */
export const RECONCILE_ROUNDS_MAX = 1000
/** Ranges that one is split into. */
const RANGES_PER_SPLIT = 16
/** Room for what may follow once a message is full: a list's head, or the fingerprint of the rest. */
const FRAME_RESERVE_BYTES = 200

export interface Reconciliation {
  /** Ids that the other side lacks. */
  readonly have: readonly Uint8Array[]
  /** Ids that this side lacks; of a salted list as the other side's `originalOf` knows them. */
  readonly need: readonly Uint8Array[]
  /** To be sent; `undefined` when this side knows all. */
  readonly reply: Uint8Array | undefined
}

interface Found {
  readonly have: Uint8Array[]
  readonly need: Uint8Array[]
}

/** Items from the first index to before the second. */
type Span = readonly [lower: number, upper: number]

export class Reconciler {
  readonly #list: ItemList
  readonly #frameBytesMax: number
  readonly #reported = new Set<string>()
  #isInitiator = false
  #rounds = 0

  /** `frameBytesMax`: of messages to be sent, at least 4,096. */
  constructor(
    list: ItemList,
    { frameBytesMax = RECONCILE_FRAME_BYTES_MAX }: { readonly frameBytesMax?: number } = {},
  ) {
    assert(frameBytesMax >= RECONCILE_FRAME_BYTES_MIN, 'expected room for 4,096 bytes')
    this.#list = list
    this.#frameBytesMax = frameBytesMax
  }

  /** The first message. This side is the one that learns. */
  initiate(): Uint8Array {
    assert(!this.#isInitiator, 'expected to begin once')
    this.#isInitiator = true
    const output = new MessageWriter()
    this.#split([0, this.#list.size], END, output)
    return output.toBytes()
  }

  /** Takes a message of the other side in. A failure is its fault and ends the session. */
  receive(message: Uint8Array): Result<Reconciliation, CrdtError> {
    try {
      if (++this.#rounds > RECONCILE_ROUNDS_MAX) throw badMessage('a session without end')
      return ok(this.#receive(message))
    } catch (error) {
      if (error instanceof CrdtError) return err(error)
      throw error
    }
  }

  #receive(message: Uint8Array): Reconciliation {
    if (readVersion(message) !== MESSAGE_VERSION) {
      if (this.#isInitiator) throw badMessage('the other side speaks no version 1')
      return { have: [], need: [], reply: Uint8Array.of(MESSAGE_VERSION) }
    }
    const output = new MessageWriter()
    const found: Found = { have: [], need: [] }
    let lower = 0
    for (const range of readRanges(message)) {
      const upper = this.#list.lowerBound(range.end, lower)
      const rest = this.#answer(range, [lower, upper], output, found)
      if (rest !== undefined) {
        output.fingerprint(END, this.#list.fingerprint(rest, this.#list.size))
        break
      }
      lower = upper
    }
    const isDone = output.isEmpty && this.#isInitiator
    return { ...found, reply: isDone ? undefined : output.toBytes() }
  }

  /** If the message became full: from which item on nothing has been said. */
  #answer(
    range: Range,
    [lower, upper]: Span,
    output: MessageWriter,
    found: Found,
  ): number | undefined {
    if (range.mode === 'ids' && this.#isInitiator) {
      this.#compare([lower, upper], range.ids, found)
      output.skip(range.end)
      return undefined
    }
    if (range.mode === 'ids') return this.#listIds([lower, upper], range.end, output)
    if (
      range.mode === 'skip' ||
      equalBytes(range.fingerprint, this.#list.fingerprint(lower, upper))
    ) {
      output.skip(range.end)
      return undefined
    }
    const mark = output.mark()
    this.#split([lower, upper], range.end, output)
    if (this.#roomIn(output) >= 0) return undefined
    output.reset(mark)
    return lower
  }

  #split([lower, upper]: Span, end: Bound, output: MessageWriter): void {
    const count = upper - lower
    if (count < 2 * RANGES_PER_SPLIT) {
      output.ids(end, this.#idsOf([lower, upper]))
      return
    }
    const perRange = Math.floor(count / RANGES_PER_SPLIT)
    let from = lower
    for (let i = 0; i < RANGES_PER_SPLIT; i++) {
      const to = from + perRange + (i < count % RANGES_PER_SPLIT ? 1 : 0)
      const bound = to === upper ? end : shortestBound(this.#list.at(to - 1), this.#list.at(to))
      output.fingerprint(bound, this.#list.fingerprint(from, to))
      from = to
    }
  }

  #listIds([lower, upper]: Span, end: Bound, output: MessageWriter): number | undefined {
    const fitting = Math.floor(this.#roomIn(output) / RECONCILE_ID_BYTES)
    if (fitting <= 0) return lower
    const stop = Math.min(upper, lower + fitting)
    output.ids(stop < upper ? this.#list.at(stop) : end, this.#idsOf([lower, stop]))
    return stop < upper ? stop : undefined
  }

  #compare(span: Span, theirs: readonly Uint8Array[], found: Found): void {
    const missing = new Map(theirs.map((id) => [bytesToHex(id), id]))
    for (const id of this.#idsOf(span)) {
      const hex = bytesToHex(id)
      if (!missing.delete(hex) && this.#isNews(hex)) found.have.push(this.#list.originalOf(id)!)
    }
    for (const [hex, id] of missing) if (this.#isNews(hex)) found.need.push(id)
  }

  /** A range that was settled comes up again with the rest of a message that was full before it. */
  #isNews(hex: string): boolean {
    const { size } = this.#reported
    return this.#reported.add(hex).size > size
  }

  #idsOf([lower, upper]: Span): readonly Uint8Array[] {
    return Array.from({ length: upper - lower }, (_, i) => this.#list.at(lower + i).id)
  }

  #roomIn(output: MessageWriter): number {
    return this.#frameBytesMax - FRAME_RESERVE_BYTES - output.length
  }
}

/** The shortest bound between two items that follow each other. */
function shortestBound(before: ReconcileItem, after: ReconcileItem): Bound {
  if (before.time !== after.time) return { time: after.time, id: START.id }
  let shared = 0
  while (before.id[shared] === after.id[shared]) shared++
  return { time: after.time, id: after.id.subarray(0, shared + 1) }
}
