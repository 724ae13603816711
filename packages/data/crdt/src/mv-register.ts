/**
 * A register that keeps every value nobody has overwritten knowingly.
 *
 * A write carries the vector clock of what its author knew, itself included, and replaces exactly the writes that this
 * clock dominates. Concurrent writes stay side by side until somebody who saw them writes again. Source: Shapiro et
 * al. 2011, specification 10, after Amazon's Dynamo (SOSP 2007).
 *
 * Invariants:
 * 1. No sibling dominates another; they are sorted by id, so equal states are equal.
 * 2. A clock belongs to one write: its author's count in it is that write's own.
 *
 * Stored form: an array of [id, clock, value], ids ascending.
 */

import { readFields } from '@hamlet/core'
import { CRDT_NAME_BYTES_MAX, CRDT_SIBLINGS_MAX } from './limits.ts'
import { compareText, dominates, encodeClock, readClock, requireAscending } from './vector-clock.ts'
import type { CborError, CborValue, Result } from '@hamlet/core'
import type { VectorClock } from './vector-clock.ts'

export interface Sibling {
  readonly id: string
  readonly clock: VectorClock
  readonly value: CborValue
}

export type MvRegister = readonly Sibling[]

export const EMPTY_MV_REGISTER: MvRegister = []

export function writeMv(register: MvRegister, write: Sibling): MvRegister {
  return mergeMv(register, [write])
}

export function mergeMv(a: MvRegister, b: MvRegister): MvRegister {
  const byId = new Map([...a, ...b].map((sibling) => [sibling.id, sibling]))
  const all = [...byId.values()]
  return all
    .filter((each) => !all.some((other) => other !== each && dominates(other.clock, each.clock)))
    .sort((x, y) => compareText(x.id, y.id))
}

export function encodeMv(register: MvRegister): CborValue {
  return register.map(({ id, clock, value }) => [id, encodeClock(clock), value])
}

export function decodeMv(value: CborValue): Result<MvRegister, CborError> {
  return readFields([value], 'register', (fields) => {
    const siblings = fields.list(CRDT_SIBLINGS_MAX, (item) =>
      item.tuple((row) => ({
        id: row.text(CRDT_NAME_BYTES_MAX),
        clock: readClock(row),
        value: row.value(),
      })),
    )
    requireAscending(
      fields,
      siblings.map(({ id }) => [id]),
    )
    if (mergeMv(siblings, []).length !== siblings.length) {
      throw fields.refuse('a sibling was overwritten by another')
    }
    return siblings
  })
}
