/**
 * The scheme for somebody who states no goal: by the size of the circle, as tested by use in other systems. It is a start; whoever
 * is there seldom makes coding worth less than copies, so where helpers alone would give a file back less than 90 % of the
 * time, the scheme that is read most is taken instead, as long as it survives as many losses and costs no more than the dearest
 * of the table. With six phones that is 2-of-6 instead of 3-of-6, with four 1-of-3 instead of 2-of-4.
 */

import { unreadableShare } from './scheme-figures.ts'
import type { Candidate } from './scheme-figures.ts'

const READABLE_ENOUGH = 0.9
/** 3-of-10. */
const COST_MAX = 10 / 3

/** From so many people on, so many shards, of which so many are needed. */
const ROWS = [
  { total: 12, needed: 4 },
  { total: 10, needed: 3 },
  { total: 8, needed: 3 },
  { total: 6, needed: 3 },
  { total: 4, needed: 2 },
  { total: 3, needed: 1 },
  { total: 2, needed: 1 },
  { total: 1, needed: 1 },
] as const

/** Who has room for a shard if so many are needed, the best first. */
export type ListFor = (needed: number) => readonly Candidate[]

export interface SchemeShape {
  readonly needed: number
  readonly total: number
}

/** The shape for the largest circle of people that all have room; `undefined`: nobody has. */
export function defaultShape(listFor: ListFor): SchemeShape | undefined {
  const row = ROWS.find(({ needed, total }) => peopleFor(listFor, needed) >= total)
  if (row === undefined || isReadEnough(listFor, row)) return row
  let best: SchemeShape & { readonly unreadable: number } = {
    ...row,
    unreadable: unreadableWith(listFor, row),
  }
  const losses = row.total - row.needed
  for (let needed = 1; needed <= row.needed; needed++) {
    const people = peopleFor(listFor, needed)
    for (let total = needed + losses; total <= Math.min(people, COST_MAX * needed); total++) {
      const unreadable = unreadableWith(listFor, { needed, total })
      if (unreadable < best.unreadable) best = { needed, total, unreadable }
    }
  }
  return { needed: best.needed, total: best.total }
}

function isReadEnough(listFor: ListFor, shape: SchemeShape): boolean {
  return unreadableWith(listFor, shape) <= 1 - READABLE_ENOUGH
}

function unreadableWith(listFor: ListFor, { needed, total }: SchemeShape): number {
  return unreadableShare(needed, listFor(needed).slice(0, total))
}

function peopleFor(listFor: ListFor, needed: number): number {
  return new Set(listFor(needed).map(({ person }) => person)).size
}
