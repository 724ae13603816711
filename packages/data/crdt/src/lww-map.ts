/**
 * A map of last-writer-wins registers; a deletion is a write of nothing and is remembered as one.
 *
 * A deletion costs its key and stamp for ever, since nobody knows who may still hold an older write; who does know may
 * build the map anew. Where concurrent writes must not get lost, and deletions not be kept, use an OrMap.
 *
 * Invariant: as in lww-register.ts; of two writes of one stamp a value wins over a deletion.
 *
 * Stored form: ['lww-map/1', rows], and for each id, ascending, the row [id, [gap, mark, key, value, …]] with its writes by
 * time, then key. `gap`: milliseconds since the write before. `mark`: twice the counter, and one more for a deletion,
 * whose value is null.
 */

import { HYBRID_COUNTER_MAX, HYBRID_MILLISECONDS_MAX } from './hybrid-time.ts'
import { CRDT_ELEMENTS_MAX, CRDT_NAME_BYTES_MAX } from './limits.ts'
import { checkStamp } from './lww-register.ts'
import { compareText, compareValues, requireAscending } from './order.ts'
import { checkStorable, decodeState, encodeState } from './stored.ts'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'
import type { Lattice } from './lattice.ts'
import type { Stamp } from './lww-register.ts'

/** A write; flat, for there are many. */
interface Write {
  readonly key: string
  readonly milliseconds: number
  readonly counter: number
  readonly id: string
  /** `undefined`: deleted. */
  readonly value: CborValue | undefined
}

/** The newest write of a key, of one map only: overwriting it costs no second look-up and no memory. */
type Slot = { -readonly [Field in keyof Write]: Write[Field] }

export class LwwMap implements Lattice<LwwMap> {
  static readonly stored = 'lww-map/1'
  readonly #slots = new Map<string, Slot>()
  #size = 0

  static empty(): LwwMap {
    return new LwwMap()
  }

  /** Keys that have a value. */
  get size(): number {
    return this.#size
  }

  get(key: string): CborValue | undefined {
    return this.#slots.get(key)?.value
  }

  /** The newest write of a key, deletions included. */
  stampOf(key: string): Stamp | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    return { time: { milliseconds: slot.milliseconds, counter: slot.counter }, id: slot.id }
  }

  /** The delta, joined into `delta` when that is given. */
  set(key: string, value: CborValue, stamp: Stamp, delta: LwwMap = new LwwMap()): LwwMap {
    return this.#make(key, value, stamp, delta)
  }

  /** The delta as of `set`. */
  delete(key: string, stamp: Stamp, delta: LwwMap = new LwwMap()): LwwMap {
    return this.#make(key, undefined, stamp, delta)
  }

  /** In no particular order. */
  *entries(): Generator<readonly [key: string, value: CborValue]> {
    for (const [key, { value }] of this.#slots) if (value !== undefined) yield [key, value]
  }

  merge(other: LwwMap): boolean {
    let isChanged = false
    for (const slot of other.#slots.values()) if (this.#take(slot)) isChanged = true
    return isChanged
  }

  isWithin(other: LwwMap): boolean {
    for (const [key, slot] of this.#slots) {
      const theirs = other.#slots.get(key)
      if (theirs === undefined || compareWrites(slot, theirs) > 0) return false
    }
    return true
  }

  encode(): Uint8Array {
    const slotsById = Map.groupBy(this.#slots.values(), ({ id }) => id)
    const rows = [...slotsById.keys()].sort().map((id): CborValue => {
      const row: CborValue[] = []
      let last = 0
      for (const slot of inStoredOrder(slotsById.get(id)!)) {
        const mark = 2 * slot.counter + (slot.value === undefined ? 1 : 0)
        row.push(slot.milliseconds - last, mark, slot.key, slot.value ?? null)
        last = slot.milliseconds
      }
      return [id, row]
    })
    return encodeState(LwwMap.stored, rows)
  }

  static decode(bytes: Uint8Array): Result<LwwMap, CborError> {
    return decodeState(bytes, LwwMap.stored, (fields) => {
      const map = new LwwMap()
      const rows = fields.list(CRDT_ELEMENTS_MAX, (item) => item.tuple((row) => map.#readRow(row)))
      requireAscending(fields, rows)
      if (map.#slots.size > CRDT_ELEMENTS_MAX) throw fields.refuse('too many keys')
      return map
    })
  }

  #readRow(row: FieldReader): readonly [id: string] {
    const id = row.text(CRDT_NAME_BYTES_MAX)
    row.tuple((fields) => {
      let last: Write | undefined
      do {
        const slot = readSlot(fields, id, last?.milliseconds ?? 0)
        if (last !== undefined && compareStored(last, slot) >= 0) throw fields.refuse('disorder')
        if (this.#slots.has(slot.key)) throw fields.refuse('a key twice')
        this.#take(slot)
        last = slot
      } while (fields.remaining > 0)
    })
    return [id]
  }

  #make(key: string, value: CborValue | undefined, stamp: Stamp, delta: LwwMap): LwwMap {
    checkStorable(key)
    checkStamp(stamp)
    const { time, id } = stamp
    const { milliseconds, counter } = time
    const write: Write = { key, milliseconds, counter, id, value }
    this.#take(write)
    delta.#take(write)
    return delta
  }

  #take(write: Write): boolean {
    const { key, milliseconds, counter, id, value } = write
    const slot = this.#slots.get(key)
    if (slot === undefined) {
      this.#slots.set(key, { key, milliseconds, counter, id, value })
      if (value !== undefined) this.#size++
      return true
    }
    if (compareWrites(write, slot) <= 0) return false
    this.#size += (value === undefined ? 0 : 1) - (slot.value === undefined ? 0 : 1)
    slot.milliseconds = milliseconds
    slot.counter = counter
    slot.id = id
    slot.value = value
    return true
  }
}

/** Which of two writes of one key is newer. */
function compareWrites(a: Write, b: Write): number {
  const order = a.milliseconds - b.milliseconds || a.counter - b.counter || compareText(a.id, b.id)
  if (order !== 0 || a.value === b.value) return order
  if (a.value === undefined || b.value === undefined) return a.value === undefined ? -1 : 1
  return compareValues(a.value, b.value)
}

function compareStored(a: Write, b: Write): number {
  return a.milliseconds - b.milliseconds || a.counter - b.counter || compareText(a.key, b.key)
}

/** They mostly are already: a replica's times grow. */
function inStoredOrder(slots: Slot[]): readonly Write[] {
  for (let i = 1; i < slots.length; i++) {
    if (compareStored(slots[i - 1]!, slots[i]!) > 0) return slots.sort(compareStored)
  }
  return slots
}

function readSlot(fields: FieldReader, id: string, last: number): Write {
  const milliseconds = last + fields.uint(HYBRID_MILLISECONDS_MAX)
  if (milliseconds > HYBRID_MILLISECONDS_MAX) throw fields.refuse('a time past 2^48')
  const mark = fields.uint(2 * HYBRID_COUNTER_MAX + 1)
  const key = fields.text(CRDT_NAME_BYTES_MAX)
  const value = fields.value()
  const isDeletion = mark % 2 === 1
  if (isDeletion && value !== null) throw fields.refuse('a deletion with a value')
  return { key, milliseconds, counter: mark >>> 1, id, value: isDeletion ? undefined : value }
}
