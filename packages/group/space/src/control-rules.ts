/**
 * Who may say what: whether a control operation counts, judged by the state in its own causal past.
 *
 * Strict ranks (`docs/design/001-membership.md`): an operation affects only people of strictly lower rank than its
 * author's, and the author's rank is read where the operation was made, never when it arrived. So two honest devices
 * that hold the operation and its past always agree, and the relation "may remove" has no cycles.
 *
 * Operations that nobody can author yet (removal, leaving, transfer, revocation and reset of devices, forks) are
 * decoded and stored and do not count.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { ControlNode } from './control-node.ts'
import type { AdmitOperation, EpochOperation, GrantOperation } from './control-operation.ts'
import type { InviteRevokeOperation } from './control-operation.ts'
import { isKeyHolder } from './control-state.ts'
import type { ControlState, InviteState, MemberState, RequestState } from './control-state.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

/** An operation that is to be judged, or judged again. */
type JudgedNode = Omit<ControlNode, 'verdict'>

/** Whether `node` counts, given the state of exactly its causal past. */
export function isAuthorised(node: JudgedNode, state: ControlState): boolean {
  if (node.operation.name === 'genesis') return node.certificate !== undefined
  const author = memberOf(state, node.device)
  return author !== undefined && mayAuthor(node, author, state)
}

function mayAuthor(node: JudgedNode, author: MemberState, state: ControlState): boolean {
  const { operation } = node
  const rank = RANK_BY_ROLE[author.role]
  switch (operation.name) {
    case 'epoch':
      return rank >= RANK_BY_ROLE.writer && isWellMadeEpoch(operation, state)
    case 'invite':
      return (
        rank >= RANK_BY_ROLE.admin &&
        rank > RANK_BY_ROLE[operation.role] &&
        state.epochs.has(operation.epoch)
      )
    case 'invite-revoke':
      return mayRevoke(operation, author, state)
    case 'join-request':
      return rank >= RANK_BY_ROLE.reader && isOpenRequest(node, state)
    case 'join-decline':
      return mayDecline(author, state, state.requests.get(operation.request))
    case 'admit':
      return mayAdmit(operation, author, state)
    case 'grant':
      return mayGrant(operation, rank, state)
    case 'policy':
      return author.role === 'owner'
    case 'device-add':
      return mayAddDevice(node, author.person, state)
    default:
      return false
  }
}

/** The recipients are public, so nobody can smuggle one in or leave one out unnoticed. */
function isWellMadeEpoch(operation: EpochOperation, state: ControlState): boolean {
  const parentsKnown = operation.parents.every((parent) => state.epochs.has(parent))
  const isFirst = state.epochs.size === 0
  if (!parentsKnown || (operation.parents.length === 0) !== isFirst) return false
  const devices = recipientsOf(state)
  return (
    operation.seals.length === devices.length &&
    operation.seals.every((seal, i) => seal.device === devices[i])
  )
}

/** Devices of the members of rank reader and above, ascending: to whom an epoch made in this state is sealed. */
export function recipientsOf(state: ControlState): DeviceId[] {
  const devices = [...state.members.values()]
    .filter(isKeyHolder)
    .flatMap((member) => member.devices)
  return devices.map(({ device }) => device).sort()
}

function mayRevoke(
  operation: InviteRevokeOperation,
  author: MemberState,
  state: ControlState,
): boolean {
  const invite = state.invites.get(operation.invite)
  return invite !== undefined && mayRevokeInvite(author, invite, state)
}

export function mayRevokeInvite(
  author: MemberState,
  invite: InviteState,
  state: ControlState,
): boolean {
  const rank = RANK_BY_ROLE[author.role]
  if (author.person === invite.createdBy) return true
  const creator = state.members.get(invite.createdBy)
  if (creator !== undefined && rank > RANK_BY_ROLE[creator.role]) return true
  return rank >= RANK_BY_ROLE.admin && rank > RANK_BY_ROLE[invite.role]
}

function isOpenRequest(node: JudgedNode, state: ControlState): boolean {
  const request = node.request
  if (request === undefined || node.certificate === undefined) return false
  const invite = state.invites.get(request.invite)
  return invite !== undefined && !invite.revoked && node.isRequestSignedFor(invite.publicKey)
}

function mayDecline(author: MemberState, state: ControlState, request?: RequestState): boolean {
  if (request === undefined || request.state === 'admitted') return false
  const invite = state.invites.get(request.invite)
  return invite !== undefined && mayJudge(author, invite, invite.role)
}

function mayAdmit(operation: AdmitOperation, author: MemberState, state: ControlState): boolean {
  const request = state.requests.get(operation.request)
  const invite = request && state.invites.get(request.invite)
  if (request === undefined || invite === undefined || invite.revoked) return false
  return (
    invite.uses < invite.maxUses &&
    operation.incarnation === 0 &&
    !state.members.has(request.person) &&
    !state.owners.has(request.device) &&
    mayJudge(author, invite, operation.role) &&
    operation.seals.every((seal) => seal.device === request.device && state.epochs.has(seal.epoch))
  )
}

/** Whether the author may let someone in as `role` (or refuse them) under this invitation. */
export function mayJudge(author: MemberState, invite: InviteState, role: Role): boolean {
  const rank = RANK_BY_ROLE[author.role]
  if (invite.mode === 'auto') return rank >= RANK_BY_ROLE.writer && role === invite.role
  return rank >= RANK_BY_ROLE.admin && rank > RANK_BY_ROLE[role]
}

function mayGrant(operation: GrantOperation, rank: number, state: ControlState): boolean {
  const person = state.members.get(operation.person)
  if (person === undefined) return false
  return (
    rank >= RANK_BY_ROLE.admin &&
    rank > RANK_BY_ROLE[person.role] &&
    rank > RANK_BY_ROLE[operation.role]
  )
}

function mayAddDevice(node: JudgedNode, author: PersonId, state: ControlState): boolean {
  const certificate = node.certificate
  return (
    certificate !== undefined &&
    certificate.person === author &&
    !state.owners.has(certificate.device)
  )
}

function memberOf(state: ControlState, device: DeviceId): MemberState | undefined {
  const person = state.owners.get(device)
  return person === undefined ? undefined : state.members.get(person)
}
