/**
 * What control operations say about each person, and who they are by any part of them.
 *
 * Entrances (`genesis`, `admit`) let a person in, exits (`remove`, `leave`) put them out, and a person is a member while
 * some entrance has seen every exit: of a removal and an admission that did not know of each other the removal wins,
 * and whoever comes back does so by an admission that knows why they were out. Assignments (`grant`, `demote`, a handed
 * over ownership) give roles to who is in; the causally latest counts, of concurrent ones the lowest. The owner is not
 * assigned: it is whoever the last transfer names (`OwnerChain`).
 *
 * Everything is asked relative to a filter, "the operations that count here", so the same code answers for the past of
 * one operation and for everything known.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import { includesControl } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

export type NodeFilter = (node: ControlNode) => boolean

export interface Entrance {
  readonly node: ControlNode
  readonly role: Role
  readonly incarnation: number
}

export interface Claim {
  readonly node: ControlNode
  readonly device: DeviceId
  readonly prekey: Uint8Array
  readonly prekeySerial: number
  readonly recovery: Uint8Array | undefined
  readonly isEntrance: boolean
}

export interface Assignment {
  readonly node: ControlNode
  readonly role: Role
}

export interface PersonRecord {
  readonly person: PersonId
  readonly entrances: Entrance[]
  readonly exits: ControlNode[]
  readonly assignments: Assignment[]
  readonly claims: Claim[]
}

export interface Membership {
  readonly role: Role
  /** The entrances by which the person is in. */
  readonly alive: readonly Entrance[]
}

/** Whether `a` lies in the causal past of `b`. */
export function precedes(a: ControlNode, b: Pick<ControlNode, 'past'>): boolean {
  return includesControl(b.past, a.deviceIndex, a.ordinal)
}

/** What none of the others has seen; of concurrent ones the lowest. */
export function latestOf(nodes: readonly ControlNode[]): ControlNode | undefined {
  const latest = nodes.filter((node) => !nodes.some((other) => precedes(node, other)))
  return latest.sort((a, b) => (a.id < b.id ? -1 : 1))[0]
}

export class People {
  readonly records = new Map<PersonId, PersonRecord>()
  readonly revocations = new Map<DeviceId, ControlNode[]>()
  readonly prekeys: ControlNode[] = []
  /** By id, all requests: who carried one does not matter to whom it lets in. */
  readonly #requests = new Map<EntryId, ControlNode>()

  /** `nodes`: operations that counted in their own past, causes before effects. */
  constructor(nodes: readonly ControlNode[]) {
    for (const node of nodes) this.add(node)
  }

  /** The request an admission answers. */
  requestOf(node: ControlNode): ControlNode | undefined {
    return node.operation.name === 'admit' ? this.#requests.get(node.operation.request) : undefined
  }

  /** Who the person is by the operations that count. `owner`: by the same operations. */
  memberAt(
    person: PersonId,
    owner: PersonId | undefined,
    counts: NodeFilter,
  ): Membership | undefined {
    const record = this.records.get(person)
    if (record === undefined) return undefined
    const entrances = record.entrances.filter(({ node }) => counts(node))
    if (person === owner)
      return entrances.length === 0 ? undefined : { role: 'owner', alive: entrances }
    const exits = record.exits.filter(counts)
    const alive = entrances.filter(({ node }) => exits.every((exit) => precedes(exit, node)))
    if (alive.length === 0) return undefined
    const given = record.assignments.filter(({ node }) => {
      return counts(node) && alive.some((entrance) => precedes(entrance.node, node))
    })
    return { role: lowestLatest([...alive, ...given]), alive }
  }

  /** The claims by which devices are the person's while they are in. */
  claimsOf(person: PersonId, { alive }: Membership, counts: NodeFilter): Claim[] {
    const claims = this.records.get(person)?.claims ?? []
    return claims.filter(({ node, device, isEntrance }) => {
      if (!counts(node) || this.isRevoked(device, counts)) return false
      if (isEntrance) return alive.some((entrance) => entrance.node === node)
      return alive.some((entrance) => precedes(entrance.node, node))
    })
  }

  isRevoked(device: DeviceId, counts: NodeFilter): boolean {
    return this.revocations.get(device)?.some(counts) ?? false
  }

  /** One more operation, whose causes are here. What is asked of fewer operations leaves it out by its filter. */
  add(node: ControlNode): void {
    const { operation, certificate } = node
    switch (operation.name) {
      case 'genesis':
        if (certificate === undefined) return
        this.#enter(node, { ...certificate, role: 'owner', incarnation: 0 })
        return
      case 'join-request':
        this.#requests.set(node.id, node)
        return
      case 'admit': {
        const request = this.#requests.get(operation.request)?.certificate
        if (request !== undefined) this.#enter(node, { ...request, ...operation })
        return
      }
      case 'grant':
      case 'demote':
        this.#record(operation.person).assignments.push({ node, role: operation.role })
        return
      case 'remove':
        this.#record(operation.person).exits.push(node)
        return
      case 'leave':
        if (node.verdict.author !== undefined) this.#record(node.verdict.author).exits.push(node)
        return
      case 'device-add':
        if (certificate !== undefined) this.#claim(node, certificate, false)
        return
      case 'device-revoke':
        append(this.revocations, operation.device, node)
        return
      case 'prekey':
        this.prekeys.push(node)
        return
      default:
      // The others say nothing about who somebody is.
    }
  }

  /** A transfer makes who was owner an admin. */
  noteFormerOwner(person: PersonId, node: ControlNode): void {
    this.#record(person).assignments.push({ node, role: 'admin' })
  }

  #enter(node: ControlNode, entrance: Omit<Entrance, 'node'> & CertifiedDevice): void {
    const { person, role, incarnation } = entrance
    this.#record(person).entrances.push({ node, role, incarnation })
    this.#claim(node, entrance, true)
  }

  #claim(node: ControlNode, certified: CertifiedDevice, isEntrance: boolean): void {
    const { person, device, prekey, prekeySerial, recovery } = certified
    const claim = { node, device, prekey, prekeySerial, recovery, isEntrance }
    this.#record(person).claims.push(claim)
  }

  #record(person: PersonId): PersonRecord {
    const known = this.records.get(person)
    if (known !== undefined) return known
    const record = { person, entrances: [], exits: [], assignments: [], claims: [] }
    this.records.set(person, record)
    return record
  }
}

interface CertifiedDevice {
  readonly person: PersonId
  readonly device: DeviceId
  readonly prekey: Uint8Array
  readonly prekeySerial: number
  readonly recovery?: Uint8Array | undefined
}

function lowestLatest(assignments: readonly Assignment[]): Role {
  const latest = assignments.filter(
    ({ node }) => !assignments.some((other) => precedes(node, other.node)),
  )
  return latest.reduce<Role>(
    (lowest, { role }) => (RANK_BY_ROLE[role] < RANK_BY_ROLE[lowest] ? role : lowest),
    'owner',
  )
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
