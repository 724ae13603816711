/**
 * Whether the history may be handed to somebody who was let in (policy `releaseAfterAcks`).
 *
 * An admission counts by the state its author saw. If that author was being removed meanwhile, it falls as soon as the
 * removal is known, but what was handed over by then is gone. A group that fears this waits: new content can be read by the
 * newcomer at once, the secrets of earlier epochs are given when the owner, or so many other admins, have written something
 * that has the admission in its past. Whoever had heard of a removal that lets the admission fall, had not let it stand.
 *
 * What honest members do, not what counts: a member who wants to give a secret away needs no operation for it. So what is
 * known here may be asked about, and no two devices need to agree.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { ControlGraph } from './control-graph.ts'
import { includesControl } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlState, MemberState } from './control-state.ts'
import type { DeviceTrack } from './device-track.ts'
import { RANK_BY_ROLE } from './types.ts'

export interface ReleaseSources {
  readonly graph: ControlGraph
  readonly tracks: ReadonlyMap<DeviceId, DeviceTrack>
  /** Whoever asks: what they write next has the admission in its past. */
  readonly person: PersonId
}

/** `member`: of `state`. */
export function isReleased(
  { graph, tracks, person }: ReleaseSources,
  state: ControlState,
  member: MemberState,
): boolean {
  if (state.releaseAfterAcks === 0) return true
  const hasSeen = (witness: MemberState, admission: ControlNode): boolean => {
    if (witness.person === person) return true
    return witness.devices.some(({ device }) => {
      const past = tracks.get(device)?.lastPast
      return past !== undefined && includesControl(past, admission.deviceIndex, admission.ordinal)
    })
  }
  return member.admissions.some((id: EntryId) => {
    const admission = graph.node(id)
    return admission !== undefined && isWitnessed(state, member, admission, hasSeen)
  })
}

function isWitnessed(
  state: ControlState,
  member: MemberState,
  admission: ControlNode,
  hasSeen: (witness: MemberState, admission: ControlNode) => boolean,
): boolean {
  if (admission.operation.name === 'genesis') return true
  const witnesses = [...state.members.values()].filter((witness) => {
    if (RANK_BY_ROLE[witness.role] < RANK_BY_ROLE.admin) return false
    return witness.person !== member.person && hasSeen(witness, admission)
  })
  if (witnesses.some(({ role }) => role === 'owner')) return true
  const others = witnesses.filter(({ person }) => person !== admission.verdict.author)
  return others.length >= state.releaseAfterAcks
}
