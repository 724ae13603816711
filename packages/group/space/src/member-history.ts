/**
 * What happened to the members of a space, read from its control operations: who did what to whom, and when.
 *
 * It is the same list on every device that holds the same logs. Operations that never counted are left out; those that
 * counted where they were made and do not count now, because somebody of higher rank decided otherwise, are marked.
 * Keys, invitations and requests are not told: they lead to an admission or to nothing.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { ControlGraph } from './control-graph.ts'
import type { ControlNode } from './control-node.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

export type MemberEventKind =
  | 'founded'
  | 'joined'
  /** Let in again after having left or been removed. */
  | 'returned'
  | 'left'
  | 'removed'
  /** A removal of somebody who was out: it set anew what of theirs counts. */
  | 'removed-again'
  | 'raised'
  | 'lowered'
  /** By the owner. */
  | 'handed-over'
  /** By the votes of the admins. */
  | 'owner-replaced'
  | 'device-added'
  | 'device-revoked'
  | 'device-reset'
  | 'device-forked'
  | 'policy'

export interface MemberEvent {
  readonly id: EntryId
  readonly kind: MemberEventKind
  readonly atMs: number
  /** Whose operation it is. */
  readonly by: PersonId | undefined
  /** Whom it is about. */
  readonly person: PersonId | undefined
  readonly device: DeviceId | undefined
  readonly role: Role | undefined
  /** Before, where the role changed. */
  readonly formerRole: Role | undefined
  readonly policy: { readonly name: string; readonly value: unknown } | undefined
  /** Whether it counts now. */
  readonly counts: boolean
}

type Told = Pick<MemberEvent, 'kind'> & Partial<MemberEvent>

/** By time; within one millisecond causes before effects, then by id. */
export function listMemberEvents(graph: ControlGraph): MemberEvent[] {
  const events: MemberEvent[] = []
  const entered = new Set<string>()
  for (const node of [...graph.nodes()].sort(compareNodes)) {
    const told = node.verdict.authorised ? tell(graph, node) : undefined
    if (told === undefined) continue
    // Several members may have let somebody in at once: they came in once.
    if (node.operation.name === 'admit' && graph.counts(node.id)) {
      const entrance = `${told.person} ${node.operation.incarnation}`
      if (entered.has(entrance)) continue
      entered.add(entrance)
    }
    events.push({
      id: node.id,
      atMs: node.timeMs,
      by: node.verdict.author,
      person: undefined,
      device: undefined,
      role: undefined,
      formerRole: undefined,
      policy: undefined,
      counts: graph.counts(node.id),
      ...told,
    })
  }
  return events
}

function compareNodes(a: ControlNode, b: ControlNode): number {
  return a.timeMs - b.timeMs || a.past.size - b.past.size || (a.id < b.id ? -1 : 1)
}

function tell(graph: ControlGraph, node: ControlNode): Told | undefined {
  const { operation, verdict } = node
  switch (operation.name) {
    case 'genesis': {
      const founder = node.certificate?.person
      return { kind: 'founded', person: founder, by: founder, role: 'owner' }
    }
    case 'admit': {
      const person = graph.node(operation.request)?.certificate?.person
      const kind = operation.incarnation > 0 ? 'returned' : 'joined'
      return { kind, person, role: operation.role }
    }
    case 'leave':
      return { kind: 'left', person: verdict.author }
    case 'remove': {
      const wasIn = roleBefore(graph, node, operation.person)
      const kind = wasIn === undefined ? 'removed-again' : 'removed'
      return { kind, person: operation.person, formerRole: wasIn }
    }
    case 'grant':
    case 'demote': {
      const { person, role } = operation
      const formerRole = roleBefore(graph, node, person)
      const isRaise = RANK_BY_ROLE[role] > RANK_BY_ROLE[formerRole ?? 'relay']
      return { kind: isRaise ? 'raised' : 'lowered', person, role, formerRole }
    }
    case 'owner-transfer': {
      const kind = operation.signatures.length > 0 ? 'owner-replaced' : 'handed-over'
      const formerRole = roleBefore(graph, node, operation.person)
      return { kind, person: operation.person, role: 'owner', formerRole }
    }
    case 'policy':
      return { kind: 'policy', policy: { name: operation.policy, value: operation.value } }
    default:
      return tellDevice(graph, node)
  }
}

function tellDevice(graph: ControlGraph, node: ControlNode): Told | undefined {
  const { operation, certificate, fork } = node
  switch (operation.name) {
    case 'device-add':
      return { kind: 'device-added', person: certificate?.person, device: certificate?.device }
    case 'device-revoke':
    case 'device-reset': {
      const kind = operation.name === 'device-revoke' ? 'device-revoked' : 'device-reset'
      const person = ownerBefore(graph, node, operation.device)
      return { kind, person, device: operation.device }
    }
    case 'fork':
      return (
        fork && {
          kind: 'device-forked',
          device: fork.device,
          person: ownerBefore(graph, node, fork.device),
        }
      )
    default:
      return undefined
  }
}

function ownerBefore(
  graph: ControlGraph,
  node: ControlNode,
  device: DeviceId,
): PersonId | undefined {
  return graph.stateAt(node.past).owners.get(device)
}

function roleBefore(graph: ControlGraph, node: ControlNode, person: PersonId): Role | undefined {
  return graph.stateAt(node.past).members.get(person)?.role
}
