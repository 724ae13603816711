/**
 * Admissions that fell: why somebody who was let in is not in, though nobody removed them.
 *
 * An admission stops counting when whoever made it had lost the right to, unknown to both; when its invitation was taken
 * back meanwhile; or when others had used that up. This is what people are told of it; what their devices have to be given to
 * come to the same answer is another question (`control-farewell.ts`).
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import { isBeyond } from './control-cut.ts'
import type { ControlNode } from './control-node.ts'
import { precedes } from './control-people.ts'
import type { People, PersonRecord } from './control-people.ts'
import type { Standing } from './control-standing.ts'
import type { Role } from './types.ts'

/** `admitter`: who let them in had lost the right to. `invite`: it was taken back. `seat`: others had used it up. */
export type FallReason = 'admitter' | 'invite' | 'seat'

export interface Fall {
  readonly admission: ControlNode
  readonly person: PersonId
  readonly reason: FallReason
  /** The operation that decided it. */
  readonly cause: ControlNode
}

/** A fall as its person is told of it. */
export interface OwnFall {
  readonly reason: FallReason
  /** In which they were let in. */
  readonly role: Role
  /** Who let them in. */
  readonly admitter: PersonId | undefined
  /** Who decided what made it fall. */
  readonly by: PersonId | undefined
  readonly atMs: number
}

export interface FallParts {
  readonly standing: Standing
  node(id: EntryId): ControlNode | undefined
  /** All operations. */
  nodes(): Iterable<ControlNode>
}

/** The fall of the newest admission of whoever has the device, when they are not in by another. `after`: an exit of theirs. */
export function fallOf(parts: FallParts, device: DeviceId, after?: ControlNode): Fall | undefined {
  const { people, voided } = parts.standing
  const record = recordOf(people, device)
  if (record === undefined) return undefined
  const later = record.entrances.filter(({ node }) => after === undefined || precedes(after, node))
  if (later.some(({ node }) => !voided.has(node.id))) return undefined
  const admissions = later.map(({ node }) => node).sort((a, b) => b.past.size - a.past.size)
  for (const admission of admissions) {
    const found = causeOf(parts, admission)
    if (found !== undefined) return { admission, person: record.person, ...found }
  }
  return undefined
}

export function describeFall({ admission, cause, reason }: Fall): OwnFall {
  const { operation, verdict } = admission
  return {
    reason,
    role: operation.name === 'admit' ? operation.role : 'reader',
    admitter: verdict.author,
    by: cause.verdict.author,
    atMs: cause.timeMs,
  }
}

function recordOf(people: People, device: DeviceId): PersonRecord | undefined {
  return [...people.records.values()].find(({ claims }) => {
    return claims.some((claim) => claim.device === device)
  })
}

type Cause = Pick<Fall, 'reason' | 'cause'>

function causeOf(parts: FallParts, admission: ControlNode): Cause | undefined {
  const lost = lossBehind(parts, admission)
  if (lost !== undefined) return { reason: 'admitter', cause: lost }
  const revoke = revocationOf(parts, admission)
  if (revoke !== undefined) return { reason: 'invite', cause: revoke }
  const rival = rivalOf(parts, admission)
  return rival && { reason: 'seat', cause: rival }
}

/** The operation that took from the author of a fallen one what they needed for it, or from whoever had given it to them. */
function lossBehind(parts: FallParts, node: ControlNode): ControlNode | undefined {
  const { author } = node.verdict
  if (author === undefined) return undefined
  const { cuts, people, voided } = parts.standing
  const cut = cuts.find((each) => isBeyond(each, author, node))
  if (cut !== undefined) return parts.node(cut.id)
  const record = people.records.get(author)
  const given = [...(record?.entrances ?? []), ...(record?.assignments ?? [])]
  for (const { node: giving } of given) {
    // What an operation depends on has a smaller past, so this ends.
    if (!voided.has(giving.id) || !precedes(giving, node)) continue
    const found = lossBehind(parts, giving)
    if (found !== undefined) return found
  }
  return undefined
}

function revocationOf(parts: FallParts, admission: ControlNode): ControlNode | undefined {
  const { people, voided } = parts.standing
  const invite = people.requestOf(admission)?.request?.invite
  for (const node of parts.nodes()) {
    const isOfInvite = node.operation.name === 'invite-revoke' && node.operation.invite === invite
    const counts = node.verdict.authorised && !voided.has(node.id)
    if (isOfInvite && counts && !precedes(admission, node)) return node
  }
  return undefined
}

/** The latest admission that has a seat of the same invitation: with it come all others. */
function rivalOf(parts: FallParts, admission: ControlNode): ControlNode | undefined {
  const { people, voided } = parts.standing
  const invite = people.requestOf(admission)?.request?.invite
  let latest: ControlNode | undefined
  for (const node of parts.nodes()) {
    if (node.operation.name !== 'admit' || node.id === admission.id) continue
    if (!node.verdict.authorised || voided.has(node.id)) continue
    if (people.requestOf(node)?.request?.invite !== invite) continue
    if (latest === undefined || node.timeMs > latest.timeMs) latest = node
  }
  return latest
}
