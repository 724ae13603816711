/**
 * The state that a set of control operations gives: members, invitations, requests, epochs, policy.
 *
 * A pure function of the set. `foldOperations` takes the operations that count, in any causal order, and reads them as
 * registers and sets whose merge rules do not depend on that order:
 *
 * - The role of a person is that of the causally latest assignment (`admit`, `grant`); of concurrent ones the lowest.
 * - A device belongs to the person of its earliest claim, by size of the causal past, then id.
 * - Policy values are registers of the causally latest operation; of concurrent ones the greatest id.
 * - Invitations, requests and epochs are sets; revoking, declining and admitting add facts to their elements.
 *
 * Which operations count at all is decided in `control-graph.ts` (authority, concurrent voids), which passes them here.
 */

import type { CborValue, DeviceId, EntryId, EpochId, InviteId } from '@hamlet/core'
import type { PersonId, RequestId } from '@hamlet/core'
import { includesControl } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import type { AdmitSeal, DeviceSeal, HistoryPolicy, MemberRole } from './control-operation.ts'
import type { JoinRequest } from './join-request.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { InviteMode, Role } from './types.ts'

export interface MemberDevice {
  readonly device: DeviceId
  /** X25519 public key that epoch secrets are sealed to. */
  readonly prekey: Uint8Array
}

export interface MemberState {
  readonly person: PersonId
  readonly role: Role
  /** Ascending. */
  readonly devices: readonly MemberDevice[]
  readonly joinedAtMs: number
  readonly incarnation: number
}

export interface InviteState {
  readonly id: InviteId
  readonly publicKey: Uint8Array
  readonly role: MemberRole
  readonly mode: InviteMode
  readonly createdBy: PersonId
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly maxUses: number
  /** People admitted by it. */
  readonly uses: number
  readonly revoked: boolean
  readonly sealedRequestKey: Uint8Array
  readonly epoch: EpochId
}

export interface RequestState {
  readonly id: RequestId
  readonly invite: InviteId
  readonly person: PersonId
  readonly device: DeviceId
  readonly prekey: Uint8Array
  readonly request: JoinRequest
  readonly atMs: number
  readonly state: 'waiting' | 'admitted' | 'declined'
}

export interface EpochState {
  readonly id: EpochId
  /** 0 for the first, otherwise one more than the deepest parent. */
  readonly depth: number
  readonly parents: readonly EpochId[]
  readonly commitment: Uint8Array
  readonly chain: Uint8Array | undefined
  /** Every seal of the secret: those of the epoch and those given to newcomers, void admissions included. */
  readonly seals: readonly DeviceSeal[]
  readonly recipients: ReadonlySet<DeviceId>
  /** Its author lost the right to make it: what is under it stays readable, nothing new goes there. */
  readonly retired: boolean
}

export interface ControlState {
  readonly founder: PersonId | undefined
  readonly members: ReadonlyMap<PersonId, MemberState>
  /** Whose each device of a member is. */
  readonly owners: ReadonlyMap<DeviceId, PersonId>
  readonly invites: ReadonlyMap<InviteId, InviteState>
  readonly requests: ReadonlyMap<RequestId, RequestState>
  readonly epochs: ReadonlyMap<EpochId, EpochState>
  readonly policy: ReadonlyMap<string, CborValue>
  readonly history: HistoryPolicy
  /** Operations that counted in their own causal past and do not count in this set. */
  readonly voided: ReadonlySet<EntryId>
}

/** Whether a member holds keys: everyone but relays. */
export function isKeyHolder(member: MemberState): boolean {
  return RANK_BY_ROLE[member.role] >= RANK_BY_ROLE.reader
}

interface Assignment {
  readonly node: ControlNode
  readonly role: Role
}

/**
 * `nodes`: authorised operations in a causal order, sorted by size of past, then id. `voided`: those among them that
 * do not count in this set.
 */
export function foldOperations(
  nodes: readonly ControlNode[],
  voided: ReadonlySet<EntryId>,
): ControlState {
  const counted = nodes.filter((node) => !voided.has(node.id))
  const requests = foldRequests(counted)
  const members = foldMembers(counted, requests)
  const invites = foldInvites(counted, requests, members)
  const policy = foldPolicy(counted)
  const genesis = counted.find((node) => node.operation.name === 'genesis')
  return {
    founder: genesis?.certificate?.person,
    members,
    owners: ownersOf(members),
    invites,
    requests: settleRequests(counted, requests, members),
    epochs: foldEpochs(nodes, voided),
    policy,
    history: historyOf(genesis, policy),
    voided,
  }
}

function foldRequests(counted: readonly ControlNode[]): Map<RequestId, RequestState> {
  const requests = new Map<RequestId, RequestState>()
  for (const node of counted) {
    if (node.operation.name !== 'join-request' || node.request === undefined) continue
    if (node.certificate === undefined) continue
    const { invite, person } = node.request
    const { device, prekey } = node.certificate
    const { id, timeMs, request } = node
    requests.set(id, {
      id,
      invite,
      person,
      device,
      prekey,
      request,
      atMs: timeMs,
      state: 'waiting',
    })
  }
  return requests
}

function foldMembers(
  counted: readonly ControlNode[],
  requests: ReadonlyMap<RequestId, RequestState>,
): Map<PersonId, MemberState> {
  const assignments = new Map<PersonId, Assignment[]>()
  const devices = new Map<PersonId, MemberDevice[]>()
  const joinedAt = new Map<PersonId, number>()
  const claimed = new Set<DeviceId>()
  const claim = (person: PersonId, device: DeviceId, prekey: Uint8Array): void => {
    if (claimed.has(device)) return
    claimed.add(device)
    append(devices, person, { device, prekey })
  }
  for (const node of counted) {
    const entrance = entranceOf(node, requests)
    if (entrance !== undefined) {
      const { person, role, device, prekey } = entrance
      append(assignments, person, { node, role })
      joinedAt.set(person, Math.min(node.timeMs, joinedAt.get(person) ?? Infinity))
      claim(person, device, prekey)
    } else if (node.operation.name === 'grant') {
      append(assignments, node.operation.person, { node, role: node.operation.role })
    } else if (node.operation.name === 'device-add' && node.certificate !== undefined) {
      claim(node.certificate.person, node.certificate.device, node.certificate.prekey)
    }
  }
  return composeMembers(assignments, devices, joinedAt)
}

interface Entrance extends MemberDevice {
  readonly person: PersonId
  readonly role: Role
}

/** Who becomes a member by this operation. */
function entranceOf(
  node: ControlNode,
  requests: ReadonlyMap<RequestId, RequestState>,
): Entrance | undefined {
  if (node.operation.name === 'genesis') {
    return node.certificate === undefined ? undefined : { ...node.certificate, role: 'owner' }
  }
  if (node.operation.name !== 'admit') return undefined
  const request = requests.get(node.operation.request)
  return request === undefined ? undefined : { ...request, role: node.operation.role }
}

function composeMembers(
  assignments: ReadonlyMap<PersonId, readonly Assignment[]>,
  devices: ReadonlyMap<PersonId, readonly MemberDevice[]>,
  joinedAt: ReadonlyMap<PersonId, number>,
): Map<PersonId, MemberState> {
  const members = new Map<PersonId, MemberState>()
  for (const person of [...joinedAt.keys()].sort()) {
    const own = [...(devices.get(person) ?? [])]
    members.set(person, {
      person,
      role: lowestLatestRole(assignments.get(person) ?? []),
      devices: own.sort((a, b) => (a.device < b.device ? -1 : 1)),
      joinedAtMs: joinedAt.get(person)!,
      incarnation: 0,
    })
  }
  return members
}

function lowestLatestRole(assignments: readonly Assignment[]): Role {
  const latest = assignments.filter(
    ({ node }) => !assignments.some((other) => precedes(node, other.node)),
  )
  return latest.reduce<Role>(
    (lowest, { role }) => (RANK_BY_ROLE[role] < RANK_BY_ROLE[lowest] ? role : lowest),
    'owner',
  )
}

/** Whether `a` lies in the causal past of `b`. */
export function precedes(a: ControlNode, b: ControlNode): boolean {
  return includesControl(b.past, a.deviceIndex, a.ordinal)
}

function foldInvites(
  counted: readonly ControlNode[],
  requests: ReadonlyMap<RequestId, RequestState>,
  members: ReadonlyMap<PersonId, MemberState>,
): Map<InviteId, InviteState> {
  const usesByInvite = new Map<InviteId, Set<PersonId>>()
  const revoked = new Set<InviteId>()
  for (const { operation } of counted) {
    if (operation.name === 'invite-revoke') revoked.add(operation.invite)
    if (operation.name !== 'admit') continue
    const request = requests.get(operation.request)
    if (request === undefined || !members.has(request.person)) continue
    const uses = usesByInvite.get(request.invite) ?? new Set()
    usesByInvite.set(request.invite, uses.add(request.person))
  }
  const invites = new Map<InviteId, InviteState>()
  for (const { id, operation, verdict, timeMs } of counted) {
    if (operation.name !== 'invite' || verdict.author === undefined) continue
    const { publicKey, role, mode, expiresAtMs, maxUses, sealedRequestKey, epoch } = operation
    const uses = usesByInvite.get(id)?.size ?? 0
    const facts = { publicKey, role, mode, expiresAtMs, maxUses, sealedRequestKey, epoch }
    invites.set(id, {
      id,
      ...facts,
      createdBy: verdict.author,
      createdAtMs: timeMs,
      uses,
      revoked: revoked.has(id),
    })
  }
  return invites
}

/** One paper may be carried in by several members; what happens to one copy happens to all. */
function settleRequests(
  counted: readonly ControlNode[],
  requests: ReadonlyMap<RequestId, RequestState>,
  members: ReadonlyMap<PersonId, MemberState>,
): Map<RequestId, RequestState> {
  const declined = new Set<string>()
  for (const { operation } of counted) {
    if (operation.name !== 'join-decline') continue
    const request = requests.get(operation.request)
    if (request !== undefined) declined.add(request.request.paper)
  }
  const settled = new Map<RequestId, RequestState>()
  for (const [id, request] of requests) {
    const isIn = members.has(request.person)
    const state = isIn ? 'admitted' : declined.has(request.request.paper) ? 'declined' : 'waiting'
    settled.set(id, { ...request, state })
  }
  return settled
}

function foldEpochs(
  nodes: readonly ControlNode[],
  voided: ReadonlySet<EntryId>,
): Map<EpochId, EpochState> {
  const gifts = new Map<EpochId, AdmitSeal[]>()
  for (const { operation } of nodes) {
    if (operation.name !== 'admit') continue
    for (const seal of operation.seals) append(gifts, seal.epoch, seal)
  }
  const epochs = new Map<EpochId, EpochState>()
  for (const { id, operation } of nodes) {
    if (operation.name !== 'epoch') continue
    const { parents, commitment, chain } = operation
    const depths = parents.map((parent) => epochs.get(parent)?.depth ?? 0)
    const seals = [...operation.seals, ...(gifts.get(id) ?? [])]
    epochs.set(id, {
      id,
      depth: parents.length === 0 ? 0 : Math.max(...depths) + 1,
      parents,
      commitment,
      chain,
      seals,
      recipients: new Set(seals.map((seal) => seal.device)),
      retired: voided.has(id),
    })
  }
  return epochs
}

function foldPolicy(counted: readonly ControlNode[]): Map<string, CborValue> {
  const latest = new Map<string, { readonly node: ControlNode; readonly value: CborValue }>()
  for (const node of counted) {
    if (node.operation.name !== 'policy') continue
    const { policy, value } = node.operation
    const current = latest.get(policy)
    // Sorted by size of past: the current one cannot come after this one, only before it or beside it.
    if (current === undefined || precedes(current.node, node) || current.node.id < node.id) {
      latest.set(policy, { node, value })
    }
  }
  const sorted = [...latest].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([policy, { value }]) => [policy, value]))
}

function historyOf(
  genesis: ControlNode | undefined,
  policy: ReadonlyMap<string, CborValue>,
): HistoryPolicy {
  const value = policy.get('history')
  if (value === 'all' || value === 'from-join') return value
  return genesis?.operation.name === 'genesis' ? genesis.operation.history : 'all'
}

function ownersOf(members: ReadonlyMap<PersonId, MemberState>): Map<DeviceId, PersonId> {
  const owners = new Map<DeviceId, PersonId>()
  for (const { person, devices } of members.values()) {
    for (const { device } of devices) owners.set(device, person)
  }
  return owners
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
