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
import type { ControlNode } from './control-node.ts'
import type { EpochSeal, HistoryPolicy, MemberRole, RecipientId } from './control-operation.ts'
import { latestOf, precedes } from './control-people.ts'
import type { Claim, NodeFilter, PersonRecord } from './control-people.ts'
import { ownerBy } from './control-standing.ts'
import type { Standing } from './control-standing.ts'
import { EPHEMERAL_POLICY, readEphemeral } from './ephemeral.ts'
import type { Ephemeral } from './ephemeral.ts'
import type { JoinRequest } from './join-request.ts'
import { rulesOf } from './rules-version.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { InviteMode, Role } from './types.ts'

/** Complaints of one device about epochs that others act on. */
export const COMPLAINTS_HEARD_MAX = 8

/** Name of the policy by which the history is handed over later than the admission. */
export const RELEASE_POLICY = 'releaseAfterAcks'
/** So many admins a space may wait for. */
export const RELEASE_ACKS_MAX = 16

/** What a recipient says of an epoch: that its seal is wrong. */
export interface Complaint {
  /** How often. */
  readonly count: number
  /** Whether the device has been given another seal since, by somebody who knew or not. */
  readonly isAnswered: boolean
}

export interface MemberDevice {
  readonly device: DeviceId
  /** X25519 public key that epoch secrets are sealed to. */
  readonly prekey: Uint8Array
}

export interface OwnedDevice extends MemberDevice {
  readonly prekeySerial: number
  /** When the prekey was made, by the device's own clock. */
  readonly addedAtMs: number
  /** Devices of the person that were there when this one was added: they may revoke it. */
  readonly older: readonly DeviceId[]
}

export interface MemberState {
  readonly person: PersonId
  readonly role: Role
  /** Ascending. */
  readonly devices: readonly OwnedDevice[]
  /** Every device that ever was the person's, revoked ones too, ascending: of whom cuts have to speak. */
  readonly everDevices: readonly DeviceId[]
  /** X25519 public key of the person's recovery words, by the first certificate that names one. */
  readonly recovery: Uint8Array | undefined
  readonly joinedAtMs: number
  readonly incarnation: number
  /** The operations by which the person is in, ascending: one, or several that did not know of each other. */
  readonly admissions: readonly EntryId[]
}

/** Somebody who was a member. */
export interface FormerState {
  readonly person: PersonId
  /** The role last held. */
  readonly role: Role
  readonly incarnation: number
  readonly devices: readonly DeviceId[]
  /** The operation that put them out: of those that no admission knew, the latest, of concurrent ones the lowest. */
  readonly exit: EntryId
  readonly leftAtMs: number
  /** Who removed them, in what role; `undefined`: they left. */
  readonly by: PersonId | undefined
  readonly byRole: Role | undefined
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
  readonly recovery: Uint8Array | undefined
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
  readonly seals: readonly EpochSeal[]
  /** How many of the seals, the first, are in the operation that made it. */
  readonly sealsAtFirst: number
  readonly recipients: ReadonlySet<RecipientId>
  /** Its author lost the right to make it: what is under it stays readable, nothing new goes there. */
  readonly retired: boolean
  /** By the clock of its author. */
  readonly madeAtMs: number
  readonly madeBy: PersonId | undefined
}

export interface ControlState {
  readonly founder: PersonId | undefined
  readonly owner: PersonId | undefined
  /** The operation that made the owner. */
  readonly tenure: EntryId | undefined
  readonly former: ReadonlyMap<PersonId, FormerState>
  /** Devices that were taken a person's right to write with, for ever. */
  readonly revokedDevices: ReadonlySet<DeviceId>
  /** Devices known to have signed two histories. */
  readonly forked: ReadonlySet<DeviceId>
  /** By epoch, the recipients that say that their seal is wrong. */
  readonly complaints: ReadonlyMap<EpochId, ReadonlyMap<DeviceId, Complaint>>
  readonly members: ReadonlyMap<PersonId, MemberState>
  /** Whose each device of a member is. */
  readonly owners: ReadonlyMap<DeviceId, PersonId>
  readonly invites: ReadonlyMap<InviteId, InviteState>
  readonly requests: ReadonlyMap<RequestId, RequestState>
  readonly epochs: ReadonlyMap<EpochId, EpochState>
  readonly policy: ReadonlyMap<string, CborValue>
  readonly history: HistoryPolicy
  /** Present where messages disappear. */
  readonly ephemeral: Ephemeral | undefined
  /** How many admins besides the admitter have to know of an admission before the history is handed over (`releases.ts`). */
  readonly releaseAfterAcks: number
  /** The version of the rules the owner has raised the space to (`rules-version.ts`). */
  readonly rules: number
  /** Operations that counted in their own causal past and do not count in this set. */
  readonly voided: ReadonlySet<EntryId>
}

/** Whether a member holds keys: everyone but relays. */
export function isKeyHolder(member: MemberState): boolean {
  return RANK_BY_ROLE[member.role] >= RANK_BY_ROLE.reader
}

/** `nodes`: authorised operations sorted by size of past, then id. `standing`: what of them counts. */
export function foldOperations(nodes: readonly ControlNode[], standing: Standing): ControlState {
  const { voided } = standing
  const counted = nodes.filter((node) => !voided.has(node.id))
  const papers = foldRequests(nodes)
  const requests = new Map([...papers].filter(([id]) => !voided.has(id)))
  const tenure = standing.owners.findLast(({ id }) => !voided.has(id))
  const counts = filterOf(counted)
  const members = foldMembers(standing, ownerBy(tenure), counts)
  const policy = foldPolicy(counted)
  const genesis = counted.find((node) => node.operation.name === 'genesis')
  const ephemeral = foldEphemeral(counted)
  return {
    founder: genesis?.certificate?.person,
    owner: ownerBy(tenure),
    tenure: tenure?.id,
    members,
    former: foldFormer(standing, members, counts),
    revokedDevices: new Set(
      [...standing.people.revocations]
        .filter(([, revocations]) => revocations.some(counts))
        .map(([device]) => device),
    ),
    forked: new Set(counted.flatMap(({ fork }) => fork?.device ?? [])),
    complaints: foldComplaints(counted, nodes),
    owners: ownersOf(members),
    invites: foldInvites(counted, papers),
    requests: settleRequests(counted, requests, papers, members),
    epochs: foldEpochs(nodes, voided),
    policy,
    history: ephemeral === undefined ? historyOf(genesis, policy) : 'from-join',
    ephemeral,
    releaseAfterAcks: acksOf(policy),
    rules: rulesOf(counted),
    voided,
  }
}

function filterOf(counted: readonly ControlNode[]): NodeFilter {
  const ids = new Set(counted.map(({ id }) => id))
  return ({ id }) => ids.has(id)
}

function foldRequests(counted: readonly ControlNode[]): Map<RequestId, RequestState> {
  const requests = new Map<RequestId, RequestState>()
  for (const node of counted) {
    if (node.operation.name !== 'join-request' || node.request === undefined) continue
    if (node.certificate === undefined) continue
    const { invite, person } = node.request
    const { device, prekey, recovery } = node.certificate
    const { id, timeMs: atMs, request } = node
    const keys = { person, device, prekey, recovery }
    requests.set(id, { id, invite, ...keys, request, atMs, state: 'waiting' })
  }
  return requests
}

function foldMembers(
  { people }: Standing,
  owner: PersonId | undefined,
  counts: NodeFilter,
): Map<PersonId, MemberState> {
  const prekeys = foldPrekeys(people.prekeys, counts)
  const claims = [...people.records.keys()].sort().flatMap((person) => {
    const membership = people.memberAt(person, owner, counts)
    if (membership === undefined) return []
    return [{ person, membership, claims: people.claimsOf(person, membership, counts) }]
  })
  const ownerByDevice = firstClaims(claims)
  const members = new Map<PersonId, MemberState>()
  for (const { person, membership, claims: own } of claims) {
    const { role, alive } = membership
    const valid = own.filter((claim) => ownerByDevice.get(claim.device) === claim)
    members.set(person, {
      person,
      role,
      devices: valid.map((claim) => deviceOf(claim, valid, prekeys)).sort(byDevice),
      everDevices: everDevicesOf(people.records.get(person)!, counts),
      recovery: recoveryOf(people.records.get(person)!, counts),
      joinedAtMs: Math.min(...alive.map(({ node }) => node.timeMs)),
      incarnation: Math.max(...alive.map(({ incarnation }) => incarnation)),
      admissions: alive.map(({ node }) => node.id).sort(),
    })
  }
  return members
}

/** A device belongs to whoever claimed it first, by size of the causal past, then id. */
function firstClaims(
  people: readonly { readonly claims: readonly Claim[] }[],
): Map<DeviceId, Claim> {
  const first = new Map<DeviceId, Claim>()
  for (const claim of people.flatMap(({ claims }) => claims)) {
    const known = first.get(claim.device)
    if (known === undefined || isEarlier(claim.node, known.node)) first.set(claim.device, claim)
  }
  return first
}

function isEarlier(a: ControlNode, b: ControlNode): boolean {
  return a.past.size !== b.past.size ? a.past.size < b.past.size : a.id < b.id
}

function byDevice(a: MemberDevice, b: MemberDevice): number {
  return a.device < b.device ? -1 : 1
}

interface Prekey {
  readonly publicKey: Uint8Array
  readonly serial: number
}

/** The newest prekey each device has announced. */
function foldPrekeys(nodes: readonly ControlNode[], counts: NodeFilter): Map<DeviceId, Prekey> {
  const newest = new Map<DeviceId, Prekey>()
  for (const node of nodes) {
    const { prekey, device } = node
    if (prekey === undefined || !counts(node)) continue
    if (prekey.serial > (newest.get(device)?.serial ?? -1)) newest.set(device, prekey)
  }
  return newest
}

function deviceOf(
  claim: Claim,
  own: readonly Claim[],
  prekeys: ReadonlyMap<DeviceId, Prekey>,
): OwnedDevice {
  const { device, node } = claim
  const announced = prekeys.get(device)
  const isNewer = announced !== undefined && announced.serial > claim.prekeySerial
  const older = own.filter((other) => other !== claim && precedes(other.node, node))
  return {
    device,
    prekey: isNewer ? announced.publicKey : claim.prekey,
    prekeySerial: isNewer ? announced.serial : claim.prekeySerial,
    addedAtMs: node.timeMs,
    older: older.map((other) => other.device).sort(),
  }
}

function foldFormer(
  { people, owners }: Standing,
  members: ReadonlyMap<PersonId, MemberState>,
  counts: NodeFilter,
): Map<PersonId, FormerState> {
  const former = new Map<PersonId, FormerState>()
  for (const person of [...people.records.keys()].sort()) {
    const record = people.records.get(person)!
    const entrances = record.entrances.filter(({ node }) => counts(node))
    if (members.has(person) || entrances.length === 0) continue
    const exits = record.exits.filter(counts)
    const unanswered = exits.filter((exit) => !entrances.some(({ node }) => precedes(exit, node)))
    const exit = latestOf(unanswered.length > 0 ? unanswered : exits)
    if (exit !== undefined) former.set(person, formerOf(record, exit, owners, people, counts))
  }
  return former
}

function formerOf(
  record: PersonRecord,
  exit: ControlNode,
  owners: readonly ControlNode[],
  people: Standing['people'],
  counts: NodeFilter,
): FormerState {
  const before: NodeFilter = (node) => counts(node) && precedes(node, exit)
  const owner = ownerBy(owners.findLast(before))
  const { author, authorRole } = exit.verdict
  const hasLeft = exit.operation.name === 'leave'
  const entrances = record.entrances.filter(({ node }) => counts(node))
  return {
    person: record.person,
    role: people.memberAt(record.person, owner, before)?.role ?? 'reader',
    incarnation: Math.max(...entrances.map(({ incarnation }) => incarnation)),
    devices: everDevicesOf(record, counts),
    exit: exit.id,
    leftAtMs: exit.timeMs,
    by: hasLeft ? undefined : author,
    byRole: hasLeft ? undefined : authorRole,
  }
}

function everDevicesOf({ claims }: PersonRecord, counts: NodeFilter): DeviceId[] {
  const counted = claims.filter(({ node }) => counts(node))
  return [...new Set(counted.map(({ device }) => device))].sort()
}

/** Certificates of a person name one key. If they do not, it is the person's own doing, and the first counts. */
function recoveryOf({ claims }: PersonRecord, counts: NodeFilter): Uint8Array | undefined {
  let first: Claim | undefined
  for (const claim of claims) {
    if (claim.recovery === undefined || !counts(claim.node)) continue
    if (first === undefined || isEarlier(claim.node, first.node)) first = claim
  }
  return first?.recovery
}

function foldInvites(
  counted: readonly ControlNode[],
  requests: ReadonlyMap<RequestId, RequestState>,
): Map<InviteId, InviteState> {
  const usesByInvite = new Map<InviteId, Set<PersonId>>()
  const revoked = new Set<InviteId>()
  for (const { operation } of counted) {
    if (operation.name === 'invite-revoke') revoked.add(operation.invite)
    if (operation.name !== 'admit') continue
    const request = requests.get(operation.request)
    if (request === undefined) continue
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

/**
 * One paper may be carried in by several members; what happens to one copy happens to all. A paper lets somebody in
 * once: who was removed needs a new one.
 */
function settleRequests(
  counted: readonly ControlNode[],
  requests: ReadonlyMap<RequestId, RequestState>,
  papers: ReadonlyMap<RequestId, RequestState>,
  members: ReadonlyMap<PersonId, MemberState>,
): Map<RequestId, RequestState> {
  const declined = new Set<string>()
  const admitted = new Set<string>()
  for (const { operation } of counted) {
    if (operation.name !== 'join-decline' && operation.name !== 'admit') continue
    const paper = papers.get(operation.request)?.request.paper
    if (paper !== undefined) (operation.name === 'admit' ? admitted : declined).add(paper)
  }
  const settled = new Map<RequestId, RequestState>()
  for (const [id, request] of requests) {
    const { paper } = request.request
    const isIn = members.has(request.person) || admitted.has(paper)
    const state = isIn ? 'admitted' : declined.has(paper) ? 'declined' : 'waiting'
    settled.set(id, { ...request, state })
  }
  return settled
}

function foldEpochs(
  nodes: readonly ControlNode[],
  voided: ReadonlySet<EntryId>,
): Map<EpochId, EpochState> {
  const gifts = foldGifts(nodes)
  const epochs = new Map<EpochId, EpochState>()
  for (const { id, operation, timeMs, verdict } of nodes) {
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
      sealsAtFirst: operation.seals.length,
      recipients: new Set(seals.map(({ to }) => to)),
      retired: voided.has(id),
      madeAtMs: timeMs,
      madeBy: verdict.author,
    })
  }
  return epochs
}

/** `nodes`: also those that fell, since seals given by them are given. A device that always complains is not heard for ever. */
function foldComplaints(
  counted: readonly ControlNode[],
  nodes: readonly ControlNode[],
): Map<EpochId, ReadonlyMap<DeviceId, Complaint>> {
  const heard = new Map<DeviceId, number>()
  const complaints = new Map<EpochId, Map<DeviceId, Complaint>>()
  for (const node of counted) {
    const { operation, device } = node
    if (operation.name !== 'complaint') continue
    const all = (heard.get(device) ?? 0) + 1
    heard.set(device, all)
    if (all > COMPLAINTS_HEARD_MAX) continue
    const of = complaints.get(operation.epoch) ?? new Map<DeviceId, Complaint>()
    const count = (of.get(device)?.count ?? 0) + 1
    const isAnswered = nodes.some((other) => {
      return !precedes(other, node) && isGiven(other, operation.epoch, device)
    })
    complaints.set(operation.epoch, of.set(device, { count, isAnswered }))
  }
  return complaints
}

/** Whether an operation gives the secret of an epoch to a device. */
function isGiven({ operation }: ControlNode, epoch: EpochId, device: DeviceId): boolean {
  switch (operation.name) {
    case 'seals':
      return operation.epoch === epoch && operation.seals.some(({ to }) => to === device)
    case 'admit':
    case 'device-add':
      return operation.seals.some((seal) => seal.epoch === epoch && seal.to === device)
    default:
      return false
  }
}

/** Seals given after an epoch was made. Those of operations that fell count too: who got a secret has it. */
function foldGifts(nodes: readonly ControlNode[]): Map<EpochId, EpochSeal[]> {
  const gifts = new Map<EpochId, EpochSeal[]>()
  for (const { operation } of nodes) {
    if (operation.name === 'admit' || operation.name === 'device-add') {
      for (const seal of operation.seals) append(gifts, seal.epoch, seal)
    } else if (operation.name === 'seals') {
      for (const seal of operation.seals) append(gifts, operation.epoch, seal)
    }
  }
  return gifts
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

/** Said in the founding commit, by who has seen nothing but the genesis operation, or never. */
function foldEphemeral(counted: readonly ControlNode[]): Ephemeral | undefined {
  for (const { operation, past } of counted) {
    if (operation.name !== 'policy' || operation.policy !== EPHEMERAL_POLICY) continue
    if (past.size === 1) return readEphemeral(operation.value)
  }
  return undefined
}

/** A value that is none of those there are counts as none. */
function acksOf(policy: ReadonlyMap<string, CborValue>): number {
  const value = policy.get(RELEASE_POLICY)
  return typeof value === 'number' && isAckCount(value) ? value : 0
}

export function isAckCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= RELEASE_ACKS_MAX
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
