/**
 * A map of last-writer-wins registers; a deletion is a write of nothing and is remembered as one.
 *
 * Operations may be applied in any order and any number of times. A deletion costs its key and stamp for ever; who
 * knows that nobody can still hold an older write may build the map anew.
 *
 * Stored form: an array of [key, milliseconds, counter, id, [value] | null], keys ascending.
 */

import { readFields } from '@hamlet/core'
import { HYBRID_COUNTER_MAX, HYBRID_MILLISECONDS_MAX } from './hybrid-time.ts'
import { CRDT_ELEMENTS_MAX, CRDT_NAME_BYTES_MAX } from './limits.ts'
import { compareStamps } from './lww-register.ts'
import { compareText, requireAscending } from './vector-clock.ts'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'
import type { LwwRegister, Stamp } from './lww-register.ts'

/** `undefined`: deleted. */
type Slot = LwwRegister<CborValue | undefined>

export class LwwMap {
  readonly #slots = new Map<string, Slot>()
  #size = 0

  /** Keys that have a value. */
  get size(): number {
    return this.#size
  }

  get(key: string): CborValue | undefined {
    return this.#slots.get(key)?.value
  }

  /** The newest write of a key, deletions included. */
  stampOf(key: string): Stamp | undefined {
    return this.#slots.get(key)
  }

  /** Whether it changed what the map holds. */
  set(key: string, value: CborValue, stamp: Stamp): boolean {
    return this.#write(key, { value, time: stamp.time, id: stamp.id })
  }

  delete(key: string, stamp: Stamp): boolean {
    return this.#write(key, { value: undefined, time: stamp.time, id: stamp.id })
  }

  /** Takes in everything another replica holds. */
  merge(other: LwwMap): void {
    for (const [key, slot] of other.#slots) this.#write(key, slot)
  }

  *entries(): Generator<readonly [key: string, value: CborValue]> {
    for (const [key, { value }] of this.#slots) if (value !== undefined) yield [key, value]
  }

  encode(): CborValue {
    return [...this.#slots]
      .sort(([a], [b]) => compareText(a, b))
      .map(([key, { value, time, id }]) => {
        return [key, time.milliseconds, time.counter, id, value === undefined ? null : [value]]
      })
  }

  static decode(value: CborValue): Result<LwwMap, CborError> {
    return readFields([value], 'map', (fields) => {
      const rows = fields.list(CRDT_ELEMENTS_MAX, (item) => item.tuple(readSlot))
      requireAscending(fields, rows)
      const map = new LwwMap()
      for (const [key, slot] of rows) map.#write(key, slot)
      return map
    })
  }

  #write(key: string, slot: Slot): boolean {
    const known = this.#slots.get(key)
    if (known !== undefined && compareStamps(slot, known) <= 0) return false
    this.#slots.set(key, slot)
    this.#size += (slot.value === undefined ? 0 : 1) - (known?.value === undefined ? 0 : 1)
    return true
  }
}

function readSlot(fields: FieldReader): readonly [string, Slot] {
  const key = fields.text(CRDT_NAME_BYTES_MAX)
  const milliseconds = fields.uint(HYBRID_MILLISECONDS_MAX)
  const counter = fields.uint(HYBRID_COUNTER_MAX)
  const id = fields.text(CRDT_NAME_BYTES_MAX)
  const value = fields.optional(() => fields.tuple((inner) => inner.value()))
  return [key, { value, time: { milliseconds, counter }, id }]
}
