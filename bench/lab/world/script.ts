/**
 * What happens in a world of the lab, decided before it begins: who is awake when, which links are cut, who writes
 * and reads. Both systems are given the same script, on networks with the same delays and the same seed.
 *
 * Times are milliseconds from the beginning of the play. A person only acts on a device that is awake.
 */

import { assert } from '@hamlet/core'
import type { SeededRandom } from '@hamlet/testkit/simulator'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS

export interface Awake {
  readonly member: number
  readonly fromMs: number
  readonly toMs: number
}

/** Two members reach each other when some group has both. */
export interface Partition {
  readonly fromMs: number
  readonly toMs: number
  readonly groups: readonly (readonly number[])[]
}

export interface Reset {
  readonly atMs: number
  readonly pair: readonly [number, number]
}

export interface Act {
  readonly atMs: number
  readonly member: number
  readonly kind: 'write' | 'read'
  readonly text: string
}

/** A stretch of the play that plots shade and tables tell apart. */
export interface Phase {
  readonly label: string
  readonly fromMs: number
  readonly toMs: number
  /** @default everybody */
  readonly members?: readonly number[]
}

export interface Script {
  readonly name: string
  readonly title: string
  /** What happens, in words; one paragraph each. */
  readonly story: readonly string[]
  readonly members: number
  /** Members whose devices take part; the others are members and never come. @default all */
  readonly devices?: number
  /** A member who is an admin beside the founder, who is the owner. */
  readonly admin?: number
  /** A member who is hostile when the script is played so. */
  readonly hostile?: number
  readonly playMs: number
  /** Afterwards everybody is awake and connected for so long, and must agree. */
  readonly settleMs: number
  readonly delayMeanMs: number
  readonly awake: readonly Awake[]
  readonly partitions: readonly Partition[]
  readonly resets: readonly Reset[]
  readonly acts: readonly Act[]
  readonly phases: readonly Phase[]
  /** When what was apart can meet again: convergence is measured from here. */
  readonly healings: readonly { readonly label: string; readonly atMs: number }[]
}

export function deviceCount({ devices, members }: Script): number {
  return devices ?? members
}

export function isAwake(script: Pick<Script, 'awake'>, member: number, atMs: number): boolean {
  return script.awake.some(
    (each) => each.member === member && each.fromMs <= atMs && atMs < each.toMs,
  )
}

/** Writes and reads at random moments, by members who have been awake for a while and stay so a little longer. */
export function drawActs(
  random: SeededRandom,
  script: Pick<Script, 'awake' | 'playMs'>,
  counts: { readonly writes: number; readonly reads: number },
): Act[] {
  const acts: Act[] = []
  for (const kind of ['write', 'read'] as const) {
    const wanted = kind === 'write' ? counts.writes : counts.reads
    for (let i = 0; i < wanted; i++)
      acts.push({ kind, text: textOf(random), ...drawMoment(random, script) })
  }
  return acts.sort((a, b) => a.atMs - b.atMs)
}

/** A person unlocks the phone, waits a moment, and does not put it away at once. */
const AFTER_WAKING_MS = 10 * SECOND_MS
const BEFORE_SLEEP_MS = 30 * SECOND_MS

function drawMoment(
  random: SeededRandom,
  { awake, playMs }: Pick<Script, 'awake' | 'playMs'>,
): { readonly atMs: number; readonly member: number } {
  const usable = awake
    .map(({ member, fromMs, toMs }) => ({
      member,
      fromMs: fromMs + (fromMs === 0 ? 0 : AFTER_WAKING_MS),
      toMs: Math.min(toMs, playMs) - BEFORE_SLEEP_MS,
    }))
    .filter(({ fromMs, toMs }) => toMs > fromMs)
  const totalMs = usable.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  let atMs = random.unit() * totalMs
  for (const { member, fromMs, toMs } of usable) {
    if (atMs < toMs - fromMs) return { member, atMs: Math.floor(fromMs + atMs) }
    atMs -= toMs - fromMs
  }
  assert(usable.length > 0, 'somebody is awake')
  const last = usable.at(-1)!
  return { member: last.member, atMs: last.toMs }
}

export function drawResets(
  random: SeededRandom,
  members: number,
  playMs: number,
  everyMs: number,
): Reset[] {
  const resets: Reset[] = []
  for (let atMs = random.exponential(everyMs); atMs < playMs; atMs += random.exponential(everyMs)) {
    const a = random.int(0, members - 1)
    const b = (a + random.int(1, members - 1)) % members
    resets.push({ atMs: Math.floor(atMs), pair: [a, b] })
  }
  return resets
}

/** All day. */
export function alwaysAwake(members: readonly number[], toMs: number): Awake[] {
  return members.map((member) => ({ member, fromMs: 0, toMs }))
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

const WORDS = (
  'bread milk keys train late home dinner who brings the salad tomorrow school picture lake nice ' +
  'thanks see you at six can somebody call grandma please rain umbrella tickets paid done yes no maybe'
).split(' ')

function textOf(random: SeededRandom): string {
  return Array.from({ length: random.int(3, 18) }, () => random.pick(WORDS)).join(' ')
}
