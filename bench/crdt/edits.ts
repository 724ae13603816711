/** The edits of this suite, and what must come out of them. */

import { check, isQuick } from '../_support/measure.ts'
import type { Edit, Kind, Replica } from './contest.ts'

export const COUNT = isQuick ? 4000 : 100_000
export const BATCH = 1000

export function filledWith(kind: Kind): readonly Edit[] {
  return Array.from({ length: COUNT }, (_, i) => editOf(kind, keyOf(i), 'first'))
}

export function batchesOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  return Array.from({ length: Math.ceil(edits.length / BATCH) }, (_, i) => {
    return edits.slice(i * BATCH, (i + 1) * BATCH)
  })
}

/**
 * Half as many edits as there are members, of side 0 or 1. Of ten, six change members of their own half (in a set: take
 * them away and add a new one), two add new ones, one deletes, and one changes what the other side changes as well.
 */
export function concurrentEdits(kind: Kind, side: 0 | 1): readonly Edit[] {
  return Array.from({ length: COUNT / 2 }, (_, i) => editAt(kind, side, i))
}

function editAt(kind: Kind, side: 0 | 1, i: number): Edit {
  const own = keyOf(2 * i + side)
  const what = i % 10
  if (what < 6)
    return kind === 'map' || what % 2 === 0 ? changeOf(kind, own, side) : newOf(kind, side, i)
  if (what < 8) return newOf(kind, side, i)
  if (what === 8) return { key: own, value: undefined }
  return editOf(kind, keyOf(2 * i), sideName(side))
}

function changeOf(kind: Kind, key: string, side: 0 | 1): Edit {
  return kind === 'map' ? editOf(kind, key, sideName(side)) : { key, value: undefined }
}

function newOf(kind: Kind, side: 0 | 1, i: number): Edit {
  return editOf(kind, `new ${side} ${i}`, sideName(side))
}

function sideName(side: 0 | 1): string {
  return side === 0 ? 'left' : 'right'
}

function editOf(kind: Kind, key: string, word: string): Edit {
  return { key, value: kind === 'map' ? `${word} value of ${key}` : true }
}

/** In no order. */
function keyOf(number: number): string {
  return `key ${(number * 7919) % 1_000_003}`
}

/** Both replicas hold what either side did; where both changed one key, the value of either, but the same. */
export function checkMerged(kind: Kind, left: Replica, right: Replica): void {
  const sides = [0, 1] as const
  const edits = sides.map(
    (side) => new Map(concurrentEdits(kind, side).map(({ key, value }) => [key, value])),
  )
  const start = new Map(filledWith(kind).map(({ key, value }) => [key, value]))
  const keys = new Set([...start.keys(), ...edits[0]!.keys(), ...edits[1]!.keys()])
  let size = 0
  for (const key of keys) {
    const found = left.get(key)
    check(found === right.get(key), `${key} on both sides`)
    const changed = edits.filter((each) => each.has(key)).map((each) => each.get(key))
    const allowed = changed.length > 0 ? changed : [start.get(key)]
    check(allowed.includes(found), `${key} as it was changed`)
    if (found !== undefined) size++
  }
  check(left.size() === size && right.size() === size, 'members of both sides')
}
