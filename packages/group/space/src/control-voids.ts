/**
 * Voids: operations that counted where they were made and do not count in a larger set.
 *
 * Two things make them: an invitation revoked while somebody was let in by it automatically elsewhere, and more people
 * admitted concurrently than an invitation allows. Both are decided from what was authorised in its own causal past,
 * so no void can depend on itself. Then one pass in causal order voids what rests on a void admission or grant.
 *
 * Fail closed: a revocation counts even if its author's own admission turns out void, and a place taken by an
 * admission that later falls is not given to another.
 *
 * Source of the rules: `docs/design/001-membership.md`.
 */

import type { EntryId, InviteId, PersonId, RequestId } from '@hamlet/core'
import type { ControlNode } from './control-node.ts'
import { isAuthorised } from './control-rules.ts'
import { foldOperations, precedes } from './control-state.ts'
import { RANK_BY_ROLE } from './types.ts'

interface Admission {
  readonly node: ControlNode
  readonly invite: InviteId
  readonly person: PersonId
}

interface InviteFacts {
  readonly mode: string
  readonly maxUses: number
}

/** `nodes`: authorised operations sorted by size of past, then id. */
export function findVoids(nodes: readonly ControlNode[]): ReadonlySet<EntryId> {
  const voided = new Set<EntryId>()
  const admissions = admissionsOf(nodes)
  if (admissions.length === 0) return voided
  const invites = invitesOf(nodes)
  const revokes = revokesOf(nodes)
  const standing = admissions.filter(({ node, invite }) => {
    const isAuto = invites.get(invite)?.mode === 'auto'
    const isRevoked = isAuto && revokes.get(invite)?.some((revoke) => !precedes(node, revoke))
    if (isRevoked === true) voided.add(node.id)
    return isRevoked !== true
  })
  for (const [invite, { maxUses }] of invites) {
    const uses = standing.filter((admission) => admission.invite === invite)
    for (const id of beyondUses(uses, maxUses)) voided.add(id)
  }
  if (voided.size > 0) voidDependents(nodes, voided)
  return voided
}

function admissionsOf(nodes: readonly ControlNode[]): Admission[] {
  const requests = new Map<RequestId, { invite: InviteId; person: PersonId }>()
  const admissions: Admission[] = []
  for (const node of nodes) {
    if (node.request !== undefined) requests.set(node.id, node.request)
    if (node.operation.name !== 'admit') continue
    const request = requests.get(node.operation.request)
    if (request !== undefined)
      admissions.push({ node, invite: request.invite, person: request.person })
  }
  return admissions
}

function invitesOf(nodes: readonly ControlNode[]): Map<InviteId, InviteFacts> {
  const invites = new Map<InviteId, InviteFacts>()
  for (const { id, operation } of nodes) if (operation.name === 'invite') invites.set(id, operation)
  return invites
}

function revokesOf(nodes: readonly ControlNode[]): Map<InviteId, ControlNode[]> {
  const revokes = new Map<InviteId, ControlNode[]>()
  for (const node of nodes) {
    if (node.operation.name !== 'invite-revoke') continue
    const { invite } = node.operation
    revokes.set(invite, [...(revokes.get(invite) ?? []), node])
  }
  return revokes
}

/**
 * Places go in causal order; among concurrent admissions the highest-ranked admitter's first, then the lowest id. A
 * person admitted twice takes one place.
 */
function beyondUses(uses: readonly Admission[], maxUses: number): EntryId[] {
  if (new Set(uses.map(({ person }) => person)).size <= maxUses) return []
  const seated = new Set<PersonId>()
  const beyond: EntryId[] = []
  let waiting = [...uses].sort((a, b) => byAdmitter(a.node, b.node))
  while (waiting.length > 0) {
    const next = waiting.find(
      (admission) => !waiting.some((other) => precedes(other.node, admission.node)),
    )!
    waiting = waiting.filter((admission) => admission !== next)
    if (!seated.has(next.person) && seated.size >= maxUses) beyond.push(next.node.id)
    else seated.add(next.person)
  }
  return beyond
}

function byAdmitter(a: ControlNode, b: ControlNode): number {
  return rankOf(b) - rankOf(a) || (a.id < b.id ? -1 : 1)
}

function rankOf({ verdict }: ControlNode): number {
  return RANK_BY_ROLE[verdict.authorRole ?? 'relay']
}

/** Judges again the operations of people whom a void operation made what they were. */
function voidDependents(nodes: readonly ControlNode[], voided: Set<EntryId>): void {
  const tainted = new Set<PersonId>()
  const requests = new Map<RequestId, PersonId>()
  for (const node of nodes) {
    if (node.request !== undefined) requests.set(node.id, node.request.person)
    if (
      !voided.has(node.id) &&
      node.verdict.author !== undefined &&
      tainted.has(node.verdict.author)
    ) {
      const past = nodes.filter((other) => precedes(other, node))
      if (!isAuthorised(node, foldOperations(past, voided))) voided.add(node.id)
    }
    if (!voided.has(node.id)) continue
    const target = targetOf(node, requests)
    if (target !== undefined) tainted.add(target)
  }
}

function targetOf(
  { operation }: ControlNode,
  requests: ReadonlyMap<RequestId, PersonId>,
): PersonId | undefined {
  if (operation.name === 'admit') return requests.get(operation.request)
  return operation.name === 'grant' ? operation.person : undefined
}
