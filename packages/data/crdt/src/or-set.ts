/**
 * An observed-remove set: of a concurrent addition and removal the addition wins.
 *
 * Each element is an enable-wins flag (see enable-wins-flag.ts): an addition is tagged by the entry that makes it,
 * (replica, sequence), and a removal ends exactly the tags its author had seen. Because a lane only grows, operations
 * may be applied in any order and any number of times, also a removal before the addition it ends.
 *
 * Stored form: an array of [element, array of [replica, sequence or null, on, ended below]], both ascending.
 */

import { readFields } from '@hamlet/core'
import { EMPTY_LANE, isLaneOn, laneChanges, mergeLanes } from './enable-wins-flag.ts'
import { CRDT_ELEMENTS_MAX, CRDT_NAME_BYTES_MAX, REPLICAS_MAX } from './limits.ts'
import { compareText, requireAscending } from './vector-clock.ts'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'
import type { Dot, FlagLane, FlagOperation } from './enable-wins-flag.ts'

export interface OrSetOperation extends FlagOperation {
  readonly element: string
}

export class OrSet {
  readonly #lanes = new Map<string, Map<string, FlagLane>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  has(element: string): boolean {
    return isOn(this.#lanes.get(element))
  }

  /** The operation that adds the element; `dot`: the entry that will carry it. Apply it like any other. */
  add(element: string, dot: Dot): OrSetOperation {
    return { element, dot, on: true, observed: this.#dots(element) }
  }

  /** The operation that takes away what is known of the element. */
  remove(element: string, dot: Dot): OrSetOperation {
    return { element, dot, on: false, observed: this.#dots(element) }
  }

  apply(operation: OrSetOperation): void {
    for (const [replica, change] of laneChanges(operation)) {
      this.#join(operation.element, replica, change)
    }
  }

  merge(other: OrSet): void {
    for (const [element, lanes] of other.#lanes) {
      for (const [replica, lane] of lanes) this.#join(element, replica, lane)
    }
  }

  *values(): Generator<string> {
    for (const [element, lanes] of this.#lanes) if (isOn(lanes)) yield element
  }

  encode(): CborValue {
    return [...this.#lanes]
      .sort(([a], [b]) => compareText(a, b))
      .map(([element, lanes]) => [element, encodeLanes(lanes)])
  }

  static decode(value: CborValue): Result<OrSet, CborError> {
    return readFields([value], 'set', (fields) => {
      const rows = fields.list(CRDT_ELEMENTS_MAX, (item) => item.tuple(readElement))
      requireAscending(fields, rows)
      const set = new OrSet()
      for (const [element, lanes] of rows) {
        for (const [replica, lane] of lanes) set.#join(element, replica, lane)
      }
      return set
    })
  }

  #dots(element: string): readonly Dot[] {
    return [...(this.#lanes.get(element) ?? [])]
      .filter(([, lane]) => isLaneOn(lane))
      .map(([replica, { seq }]) => ({ replica, seq }))
  }

  #join(element: string, replica: string, change: FlagLane): void {
    let lanes = this.#lanes.get(element)
    if (lanes === undefined) this.#lanes.set(element, (lanes = new Map<string, FlagLane>()))
    const before = isOn(lanes)
    lanes.set(replica, mergeLanes(lanes.get(replica) ?? EMPTY_LANE, change))
    this.#size += Number(isOn(lanes)) - Number(before)
  }
}

function isOn(lanes: ReadonlyMap<string, FlagLane> | undefined): boolean {
  if (lanes === undefined) return false
  for (const lane of lanes.values()) if (isLaneOn(lane)) return true
  return false
}

function encodeLanes(lanes: ReadonlyMap<string, FlagLane>): CborValue {
  return [...lanes]
    .sort(([a], [b]) => compareText(a, b))
    .map(([replica, { seq, on, endedBelow }]) => [replica, seq < 0 ? null : seq, on, endedBelow])
}

function readElement(fields: FieldReader): readonly [string, (readonly [string, FlagLane])[]] {
  const element = fields.text(CRDT_NAME_BYTES_MAX)
  const lanes = fields.list(REPLICAS_MAX, (item) => item.tuple(readLane), 1)
  requireAscending(fields, lanes)
  return [element, lanes]
}

function readLane(fields: FieldReader): readonly [string, FlagLane] {
  const replica = fields.text(CRDT_NAME_BYTES_MAX)
  const seq = fields.optional(() => fields.uint()) ?? -1
  const on = fields.boolean()
  const endedBelow = fields.uint()
  if (seq < 0 && (on || endedBelow === 0)) throw fields.refuse('expected a switch or an end')
  return [replica, { seq, on, endedBelow }]
}
