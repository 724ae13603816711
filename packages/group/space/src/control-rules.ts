/**
 * Who may say what: whether a control operation counts, judged by the state in its own causal past.
 *
 * Strict ranks (`docs/design/001-membership.md`): an operation affects only people of strictly lower rank than its
 * author's, and the author's rank is read where the operation was made, never when it arrived. So two honest devices
 * that hold the operation and its past always agree, and the relation "may remove" has no cycles.
 *
 * For each operation the rules give the least rank an author needs for it there. That number is kept with the verdict:
 * when more is known of the author later, comparing ranks decides (`control-standing.ts`), and nothing is judged anew.
 */

import { encodeCbor, idToBytes } from '@hamlet/core'
import type { Crypto, DeviceId, EntryId, PersonId, SpaceId } from '@hamlet/core'
import { verifyDomain } from '@hamlet/identity'
import { isSoundCut } from './control-cut.ts'
import type { ControlNode, Verdict } from './control-node.ts'
import { EPOCH_SEALS_MAX } from './control-operation.ts'
import type {
  AdmitOperation,
  AdmitSeal,
  CutPoint,
  DemoteOperation,
  DeviceResetOperation,
  DeviceRevokeOperation,
  EpochOperation,
  GrantOperation,
  OwnerTransferOperation,
  RemoveOperation,
  SealsOperation,
} from './control-operation.ts'
import { isKeyHolder } from './control-state.ts'
import type { ControlState, InviteState, MemberState, RequestState } from './control-state.ts'
import { recipientsBy, recipientsOf } from './recipients.ts'
import type { CertifiedKeys } from './recipients.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

/** An operation that is to be judged. */
export type JudgedNode = Omit<ControlNode, 'verdict'>

interface Judgement {
  readonly crypto: Crypto
  readonly space: SpaceId
  readonly node: JudgedNode
  readonly author: MemberState
  /** Of exactly the operation's causal past. */
  readonly state: ControlState
}

const OWNER = RANK_BY_ROLE.owner
const ADMIN = RANK_BY_ROLE.admin
const WRITER = RANK_BY_ROLE.writer
const READER = RANK_BY_ROLE.reader
const ANY_MEMBER = RANK_BY_ROLE.relay
/** So many admins there must be for them to replace an owner. */
export const QUORUM_ADMINS_MIN = 3

/** The verdict on an operation, given the state of exactly its causal past. */
export function judgeOperation(
  crypto: Crypto,
  space: SpaceId,
  node: JudgedNode,
  state: ControlState,
): Verdict {
  const person = state.owners.get(node.device)
  const author = person === undefined ? undefined : state.members.get(person)
  const needs =
    node.operation.name === 'genesis'
      ? needsGenesis(node)
      : author && neededRank({ crypto, space, node, author, state })
  const isEnough = author === undefined || RANK_BY_ROLE[author.role] >= (needs ?? 0)
  return {
    author: person,
    authorRole: author?.role,
    authorised: needs !== undefined && isEnough,
    needs: needs ?? 0,
    tenure: node.operation.name === 'owner-transfer' ? state.tenure : undefined,
  }
}

function needsGenesis(node: JudgedNode): number | undefined {
  return node.certificate === undefined ? undefined : ANY_MEMBER
}

/** The least rank with which the operation counts; `undefined`: it does not, whoever says it. */
function neededRank(judgement: Judgement): number | undefined {
  const { node, state, author } = judgement
  const { operation } = node
  switch (operation.name) {
    case 'epoch':
      return isWellMadeEpoch(operation, state) ? WRITER : undefined
    case 'seals':
      return isSealedToMembers(operation, state) ? READER : undefined
    case 'invite':
      return state.epochs.has(operation.epoch) ? aboveRole(operation.role) : undefined
    case 'invite-revoke':
      return revokeNeeds(author, state.invites.get(operation.invite), state)
    case 'join-request':
      return isOpenRequest(node, state) ? READER : undefined
    case 'join-decline':
      return declineNeeds(state, state.requests.get(operation.request))
    case 'admit':
      return admitNeeds(operation, state)
    case 'grant':
      return grantNeeds(operation, state)
    case 'demote':
      return demoteNeeds(operation, judgement)
    case 'remove':
      return removeNeeds(operation, judgement)
    case 'policy':
      return OWNER
    default:
      return ownNeeds(judgement)
  }
}

/** What people say about themselves and their devices, and what proves itself. */
function ownNeeds(judgement: Judgement): number | undefined {
  const { node, state, author } = judgement
  const { operation } = node
  switch (operation.name) {
    case 'leave':
      return author.role !== 'owner' && isSoundFor(node, operation.cut, author)
        ? ANY_MEMBER
        : undefined
    case 'owner-transfer':
      return transferNeeds(operation, judgement)
    case 'device-add':
      return addDeviceNeeds(judgement)
    case 'device-revoke':
      return revokeDeviceNeeds(operation, judgement)
    case 'device-reset':
      return resetDeviceNeeds(operation, judgement)
    case 'prekey':
      return isNewerPrekey(node, author) ? ANY_MEMBER : undefined
    case 'complaint':
      return state.epochs.get(operation.epoch)?.recipients.has(node.device) === true
        ? READER
        : undefined
    case 'fork':
      return node.fork === undefined ? undefined : READER
    default:
      return undefined
  }
}

/** To make or unmake somebody of this role. Nobody below admin does either. */
function aboveRole(...roles: readonly Role[]): number {
  return Math.max(ADMIN, ...roles.map((role) => RANK_BY_ROLE[role] + 1))
}

/**
 * The recipients are public, so nobody can smuggle one in or leave one out unnoticed. In a group of more devices than
 * one operation has room for the rest gets its seals by `seals`.
 */
function isWellMadeEpoch(operation: EpochOperation, state: ControlState): boolean {
  const parentsKnown = operation.parents.every((parent) => state.epochs.has(parent))
  const isFirst = state.epochs.size === 0
  if (!parentsKnown || (operation.parents.length === 0) !== isFirst) return false
  const recipients = recipientsOf(state).slice(0, EPOCH_SEALS_MAX)
  return (
    operation.seals.length === recipients.length &&
    operation.seals.every(({ to }, i) => to === recipients[i]!.id)
  )
}

function isSealedToMembers({ epoch, seals }: SealsOperation, state: ControlState): boolean {
  const holders = new Set(recipientsOf(state).map(({ id }) => id))
  return state.epochs.has(epoch) && seals.every(({ to }) => holders.has(to))
}

/** What is sealed in the operation that brings a device in is for that device, or for its person's words. */
function isSealedFor(
  certified: CertifiedKeys,
  seals: readonly AdmitSeal[],
  state: ControlState,
): boolean {
  const own = new Set(recipientsBy(state, certified).map(({ id }) => id))
  return seals.every(({ to, epoch }) => own.has(to) && state.epochs.has(epoch))
}

function revokeNeeds(
  author: MemberState,
  invite: InviteState | undefined,
  state: ControlState,
): number | undefined {
  if (invite === undefined) return undefined
  if (author.person === invite.createdBy) return ADMIN
  const creator = state.members.get(invite.createdBy)
  const over = aboveRole(invite.role)
  return creator === undefined ? over : Math.min(over, aboveRole(creator.role))
}

export function mayRevokeInvite(
  author: MemberState,
  invite: InviteState,
  state: ControlState,
): boolean {
  const needs = revokeNeeds(author, invite, state)
  return needs !== undefined && RANK_BY_ROLE[author.role] >= needs
}

function isOpenRequest(node: JudgedNode, state: ControlState): boolean {
  const request = node.request
  if (request === undefined || node.certificate === undefined) return false
  const invite = state.invites.get(request.invite)
  return invite !== undefined && !invite.revoked && node.isRequestSignedFor(invite.publicKey)
}

function declineNeeds(state: ControlState, request?: RequestState): number | undefined {
  if (request === undefined || request.state === 'admitted') return undefined
  const invite = state.invites.get(request.invite)
  return invite && judgingNeeds(invite, invite.role)
}

function admitNeeds(operation: AdmitOperation, state: ControlState): number | undefined {
  const request = state.requests.get(operation.request)
  const invite = request && state.invites.get(request.invite)
  if (request === undefined || invite === undefined || invite.revoked) return undefined
  if (request.state === 'admitted') return undefined
  const isFree = !state.members.has(request.person) && isFreeDevice(state, request.device)
  const isInOrder = operation.incarnation === nextIncarnation(state, request.person)
  if (invite.uses >= invite.maxUses || !isFree || !isInOrder) return undefined
  const fit = isSealedFor(request, operation.seals, state)
  return fit ? judgingNeeds(invite, operation.role) : undefined
}

/** The number of an admission: 0 at first, one more each time somebody comes back. */
export function nextIncarnation(state: ControlState, person: PersonId): number {
  const former = state.former.get(person)
  return former === undefined ? 0 : former.incarnation + 1
}

function isFreeDevice(state: ControlState, device: DeviceId): boolean {
  return !state.owners.has(device) && !state.revokedDevices.has(device)
}

/** To let someone in as `role`, or to refuse them, under this invitation. */
function judgingNeeds(invite: InviteState, role: Role): number | undefined {
  if (invite.mode === 'approve') return aboveRole(role)
  if (role !== invite.role) return undefined
  return role === 'admin' ? OWNER : WRITER
}

/** Whether the author may let someone in as `role` (or refuse them) under this invitation. */
export function mayJudge(author: MemberState, invite: InviteState, role: Role): boolean {
  const needs = judgingNeeds(invite, role)
  return needs !== undefined && RANK_BY_ROLE[author.role] >= needs
}

/** A grant never lowers: that takes a cut. */
function grantNeeds(operation: GrantOperation, state: ControlState): number | undefined {
  const member = state.members.get(operation.person)
  if (member === undefined || member.role === 'owner') return undefined
  if (RANK_BY_ROLE[operation.role] < RANK_BY_ROLE[member.role]) return undefined
  return aboveRole(member.role, operation.role)
}

function demoteNeeds(operation: DemoteOperation, { node, state }: Judgement): number | undefined {
  const member = state.members.get(operation.person)
  if (member === undefined || member.role === 'owner') return undefined
  if (RANK_BY_ROLE[operation.role] >= RANK_BY_ROLE[member.role]) return undefined
  return isSoundFor(node, operation.cut, member) ? aboveRole(member.role) : undefined
}

/** Somebody of higher rank may set the cut of a removal anew. */
function removeNeeds(operation: RemoveOperation, { node, state }: Judgement): number | undefined {
  const member = state.members.get(operation.person)
  if (member !== undefined) {
    if (member.role === 'owner' || !isSoundFor(node, operation.cut, member)) return undefined
    return aboveRole(member.role)
  }
  const former = state.former.get(operation.person)
  if (former === undefined || !isSoundCut(node, operation.cut, former.devices)) return undefined
  return former.byRole === undefined
    ? aboveRole(former.role)
    : aboveRole(former.role, former.byRole)
}

function isSoundFor(node: JudgedNode, cut: readonly CutPoint[], member: MemberState): boolean {
  return isSoundCut(node, cut, member.everDevices)
}

function transferNeeds(
  operation: OwnerTransferOperation,
  { crypto, space, node, state }: Judgement,
): number | undefined {
  const next = state.members.get(operation.person)
  const owner = state.owner === undefined ? undefined : state.members.get(state.owner)
  if (next === undefined || owner === undefined || next === owner || !isKeyHolder(next))
    return undefined
  if (!isSoundFor(node, operation.cut, owner)) return undefined
  if (operation.signatures.length === 0) return OWNER
  const admins = [...state.members.values()].filter(({ role }) => role === 'admin')
  const signers = operation.signatures.filter(({ person, signature }) => {
    const admin = admins.find((each) => each.person === person)
    return (
      admin !== undefined && isVote(crypto, space, state.tenure, operation.person, admin, signature)
    )
  })
  const isAll = signers.length === operation.signatures.length
  return isAll && isQuorum(signers.length, admins.length) && next.role === 'admin'
    ? ADMIN
    : undefined
}

/** More than two thirds of the admins, of whom there are at least three. */
export function isQuorum(votes: number, admins: number): boolean {
  return admins >= QUORUM_ADMINS_MIN && votes * 3 > admins * 2
}

/** The least number of votes that is a quorum of so many admins; `undefined` when they are too few. */
export function votesNeeded(admins: number): number | undefined {
  return admins >= QUORUM_ADMINS_MIN ? Math.floor((admins * 2) / 3) + 1 : undefined
}

/** What an admin's device signs to have the owner replaced. `tenure`: the operation that made the present owner. */
export function ownerVoteBytes(space: SpaceId, tenure: EntryId, person: PersonId): Uint8Array {
  return encodeCbor([idToBytes(space), idToBytes(tenure), idToBytes(person)])
}

export function isVote(
  crypto: Crypto,
  space: SpaceId,
  tenure: EntryId | undefined,
  person: PersonId,
  voter: MemberState,
  signature: Uint8Array,
): boolean {
  if (tenure === undefined) return false
  const signed = ownerVoteBytes(space, tenure, person)
  return voter.devices.some(({ device }) => {
    return verifyDomain(crypto, idToBytes(device), 'owner-transfer', signed, signature)
  })
}

/** The person's root key has signed the certificate, so any member may carry it, also one who only stores. */
function addDeviceNeeds({ node, state }: Judgement): number | undefined {
  const { certificate, operation } = node
  if (certificate === undefined || operation.name !== 'device-add') return undefined
  const isMembers = state.members.has(certificate.person)
  if (!isMembers || !isFreeDevice(state, certificate.device)) return undefined
  return isSealedFor(certificate, operation.seals, state) ? ANY_MEMBER : undefined
}

function revokeDeviceNeeds(
  operation: DeviceRevokeOperation,
  { crypto, space, node, author, state }: Judgement,
): number | undefined {
  const { device, length, id, rootSignature } = operation
  const owner = state.members.get(state.owners.get(device) ?? author.person)
  const target = owner?.devices.find((each) => each.device === device)
  if (owner === undefined || target === undefined) return undefined
  if (!isSoundCut(node, [{ device, length, id }], [device])) return undefined
  if (rootSignature !== undefined) {
    const signed = deviceStatement(space, operation)
    const isSigned = verifyDomain(
      crypto,
      idToBytes(owner.person),
      'device-revoke',
      signed,
      rootSignature,
    )
    return isSigned ? READER : undefined
  }
  const isOlder = owner === author && target.older.includes(node.device)
  return isOlder ? ANY_MEMBER : undefined
}

function resetDeviceNeeds(
  operation: DeviceResetOperation,
  { crypto, space, node, author, state }: Judgement,
): number | undefined {
  const { device, rootSignature } = operation
  const owner = state.owners.get(device)
  if (owner === undefined) return undefined
  if (rootSignature !== undefined) {
    const signed = deviceStatement(space, operation)
    const root = idToBytes(owner)
    return verifyDomain(crypto, root, 'device-reset', signed, rootSignature) ? READER : undefined
  }
  return owner === author.person && device !== node.device ? ANY_MEMBER : undefined
}

/** What a person's root key signs about a device: the space, the device and up to where its log counts. */
export function deviceStatement(
  space: SpaceId,
  point: Pick<DeviceRevokeOperation, 'device' | 'length' | 'id'>,
): Uint8Array {
  const { device, length, id } = point
  const last = id === undefined ? null : idToBytes(id)
  return encodeCbor([idToBytes(space), idToBytes(device), length, last])
}

function isNewerPrekey(node: JudgedNode, author: MemberState): boolean {
  const own = author.devices.find(({ device }) => device === node.device)
  return node.prekey !== undefined && own !== undefined && node.prekey.serial > own.prekeySerial
}
