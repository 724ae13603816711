/**
 * A flag in lanes, one per replica, for keeping in a key-value store; of concurrent switches, on wins.
 *
 * The idea: the observed-remove set of one element (Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of
 * convergent and commutative replicated data types", 2011), with the tags an entry has anyway: its replica and its
 * sequence, a *dot* (Bieniusa et al., "An optimized conflict-free replicated set", 2012). A replica's later switch
 * replaces its earlier ones; a switch also ends the dots of others that it names as observed.
 *
 * The flag of enable-wins-flag.ts keeps less, but as one state with a context of its own.
 *
 * A *lane* is the state of one replica: the switch with the greatest sequence, and below which sequence its switches
 * were ended by others. Both parts only grow, so lanes join under any order of delivery, also of operations that name
 * dots which never arrive. A lane has a fixed size; who stores flags keeps each lane under a key of its own.
 *
 * Invariants:
 * 1. `mergeLanes` is commutative, associative and idempotent; `EMPTY_LANE` is its neutral element.
 * 2. A replica makes one operation per sequence. Should a broken one make two, on wins, on every device.
 */

import type { Dot } from './dot.ts'

export interface FlagLane {
  /** Sequence of the replica's newest switch, -1 before the first. */
  readonly seq: number
  readonly on: boolean
  /** Switches below this sequence were ended by another replica. */
  readonly endedBelow: number
}

export interface FlagOperation<Replica extends string = string> {
  readonly dot: Dot<Replica>
  readonly on: boolean
  /** Live dots of other replicas the author knew. */
  readonly observed: readonly Dot<Replica>[]
}

export const EMPTY_LANE: FlagLane = { seq: -1, on: false, endedBelow: 0 }

export function isLaneOn(lane: FlagLane): boolean {
  return lane.on && lane.seq >= lane.endedBelow
}

export function mergeLanes(a: FlagLane, b: FlagLane): FlagLane {
  const seq = Math.max(a.seq, b.seq)
  const on = (a.seq === seq && a.on) || (b.seq === seq && b.on)
  return { seq, on, endedBelow: Math.max(a.endedBelow, b.endedBelow) }
}

/** What an operation adds to each lane it concerns. */
export function laneChanges<Replica extends string>(
  operation: FlagOperation<Replica>,
): readonly (readonly [replica: Replica, change: FlagLane])[] {
  const { dot, on, observed } = operation
  return [
    [dot.replica, { seq: dot.seq, on, endedBelow: 0 }],
    ...observed
      .filter(({ replica }) => replica !== dot.replica)
      .map(({ replica, seq }) => [replica, { ...EMPTY_LANE, endedBelow: seq + 1 }] as const),
  ]
}
