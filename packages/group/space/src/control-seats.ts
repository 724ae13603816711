/**
 * Seats: whom an invitation has let in when it was used in several places at once.
 *
 * Nobody can lock an invitation while apart from the others, so two members may let in two people by a link for one.
 * Once that is known the seats go, rank by rank of who admitted, in causal order, among concurrent admissions by the
 * lowest id; the rest fall. A seat lost by who falls later is not given to another, so one fall never raises somebody else.
 */

import type { EntryId, InviteId, PersonId } from '@hamlet/core'
import type { ControlNode } from './control-node.ts'
import type { InviteOperation } from './control-operation.ts'
import { precedes } from './control-people.ts'
import type { NodeFilter, People } from './control-people.ts'
import { RANK_BY_ROLE } from './types.ts'

interface Admission {
  readonly node: ControlNode
  readonly invite: InviteId
  readonly person: PersonId
}

/** An admission that falls, and the operations that make it. */
export interface Unseated {
  readonly node: ControlNode
  readonly by: readonly ControlNode[]
}

export class Seats {
  readonly #invites = new Map<InviteId, InviteOperation>()
  readonly #admissions: Admission[] = []
  readonly #revokes: ControlNode[] = []
  readonly #seated = new Map<InviteId, Map<PersonId, ControlNode>>()

  /** `nodes`: causes before effects. */
  constructor(nodes: readonly ControlNode[], people: People) {
    for (const node of nodes) {
      const { operation } = node
      if (operation.name === 'invite') this.#invites.set(node.id, operation)
      if (operation.name === 'invite-revoke') this.#revokes.push(node)
      const request = people.requestOf(node)?.request
      if (request !== undefined) {
        this.#admissions.push({ node, invite: request.invite, person: request.person })
      }
    }
  }

  /** Automatic admissions of writers and below by an invitation that was revoked without having seen them. */
  revokedMeanwhile(counts: NodeFilter): Unseated[] {
    const falling: Unseated[] = []
    for (const { node, invite } of this.#admissions) {
      if (node.operation.name !== 'admit' || node.operation.role === 'admin') continue
      if (this.#invites.get(invite)?.mode !== 'auto') continue
      const by = this.#revokes.filter((revoke) => {
        const isOfInvite =
          revoke.operation.name === 'invite-revoke' && revoke.operation.invite === invite
        return isOfInvite && counts(revoke) && !precedes(node, revoke)
      })
      if (by.length > 0) falling.push({ node, by: by.slice(0, 1) })
    }
    return falling
  }

  /**
   * Seats the people admitted in a rank; gives the admissions for whom there is none, also those that are kept all the
   * same, who are seated beside the others.
   */
  beyondUses(rank: number, counts: NodeFilter, isKept: (id: EntryId) => boolean): Unseated[] {
    const byInvite = new Map<InviteId, Admission[]>()
    for (const admission of this.#admissions) {
      const { node, invite } = admission
      if (RANK_BY_ROLE[node.verdict.authorRole ?? 'relay'] !== rank || !counts(node)) continue
      const admitted = byInvite.get(invite)
      if (admitted === undefined) byInvite.set(invite, [admission])
      else admitted.push(admission)
    }
    return [...byInvite].flatMap(([invite, admitted]) => this.#seat(invite, admitted, isKept))
  }

  #seat(
    invite: InviteId,
    admitted: readonly Admission[],
    isKept: (id: EntryId) => boolean,
  ): Unseated[] {
    const seated = this.#seated.get(invite) ?? new Map<PersonId, ControlNode>()
    this.#seated.set(invite, seated)
    const maxUses = this.#invites.get(invite)?.maxUses ?? 0
    const wanted = new Set([...seated.keys(), ...admitted.map(({ person }) => person)])
    // Where all have room, nobody has to be ordered.
    const order = wanted.size <= maxUses ? admitted : inOrder(admitted)
    const beyond: Unseated[] = []
    for (const { node, person } of order) {
      if (seated.has(person)) continue
      const isFull = seated.size >= maxUses
      if (isFull) beyond.push({ node, by: [...seated.values()] })
      if (!isFull || isKept(node.id)) seated.set(person, node)
    }
    return beyond
  }
}

/** Causes first, of concurrent ones the lowest id. */
function inOrder(admissions: readonly Admission[]): Admission[] {
  const waiting = [...admissions].sort((a, b) => (a.node.id < b.node.id ? -1 : 1))
  const order: Admission[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      ({ node }) => !waiting.some((other) => precedes(other.node, node)),
    )
    order.push(...waiting.splice(next, 1))
  }
  return order
}
