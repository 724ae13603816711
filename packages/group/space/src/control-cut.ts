/**
 * Cuts: up to where the logs of somebody who lost a right still count.
 *
 * An operation that takes a right away names, for each device of the person, how much of its log its author had seen.
 * What the device wrote beyond that without having heard of the operation is judged as if the right had been lost
 * before, whatever past or time it claims. That is the end of backdating: a removed writer cannot slip entries in
 * "before" the removal, because those who removed them have fixed where "before" ends.
 *
 * Source: `docs/design/004-removal.md`. Invariants:
 * 1. A cut never reaches below what its own author had acknowledged (`isSoundCut`): nobody erases what they have built on.
 * 2. Whether an entry lies beyond a cut depends on the entry and the operation alone.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import { includesControl } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlPast } from './control-past.ts'
import type { CutPoint } from './control-operation.ts'
import type { Role } from './types.ts'

export interface Cut {
  /** The operation. */
  readonly id: EntryId
  readonly node: ControlNode
  /** Whose entries it cuts: all devices of a person, or one device. */
  readonly person: PersonId | undefined
  readonly device: DeviceId | undefined
  readonly lengths: ReadonlyMap<DeviceId, number>
  /** The most an author is beyond it; `undefined`: nobody. */
  readonly role: Role | undefined
  /** Rank of whoever made it; control operations of that rank or above are not cut. */
  readonly rank: number
}

/** Where an entry stands in its log and in the past. */
export interface EntryPlace {
  readonly device: DeviceId
  readonly seq: number
  readonly past: ControlPast
}

/** Whether the cut is about the author of the entry, the entry lies beyond it and has not heard of it. */
export function isBeyond(cut: Cut, author: PersonId, place: EntryPlace): boolean {
  const isMeant = cut.person === undefined ? cut.device === place.device : cut.person === author
  if (!isMeant || place.seq < (cut.lengths.get(place.device) ?? 0)) return false
  return !includesControl(place.past, cut.node.deviceIndex, cut.node.ordinal)
}

/** What of each listed device still counts. */
export function lengthsOf(cut: readonly CutPoint[]): Map<DeviceId, number> {
  return new Map(cut.map(({ device, length }) => [device, length]))
}

/**
 * Whether a cut speaks of these devices only and leaves everything of theirs that the operation's author had seen. The
 * author's own device needs no point, its log is a chain; if it has one it is held to it.
 */
export function isSoundCut(
  node: Pick<ControlNode, 'device' | 'hasSeenBeyond'>,
  cut: readonly CutPoint[],
  devices: readonly DeviceId[],
): boolean {
  const lengths = lengthsOf(cut)
  if (cut.some(({ device }) => !devices.includes(device))) return false
  const cutOff = devices.filter((device) => device !== node.device || lengths.has(device))
  return cutOff.every((device) => !node.hasSeenBeyond(device, lengths.get(device) ?? 0))
}
