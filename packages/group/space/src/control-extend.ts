/**
 * The state after one more operation, from the state before it: what makes letting the five hundredth member in as cheap
 * as the fifth.
 *
 * It is only for the plain case, which is nearly every case: the operation has seen all that is here, nothing has fallen,
 * and it is one of those that come in numbers (a request, an admission of somebody new, an epoch). What such an operation
 * adds can be read off. For everything else the state is found anew from all operations; `undefined` says so. That both
 * ways agree is a property of the access model (`packages/testkit/src/access-model`).
 */

import type { EpochId, InviteId, PersonId, RequestId } from '@hamlet/core'
import type { ControlNode } from './control-node.ts'
import type { AdmitOperation, EpochOperation } from './control-operation.ts'
import type { Standing } from './control-standing.ts'
import type { ControlState, EpochState, InviteState, MemberState } from './control-state.ts'
import type { RequestState } from './control-state.ts'

/** `node` counts, and its past is exactly what `state` was made from. `standing.people` knows it afterwards. */
export function extendState(
  state: ControlState,
  standing: Standing,
  node: ControlNode,
): ControlState | undefined {
  if (standing.voided.size > 0) return undefined
  const extended = extendedBy(state, standing, node)
  if (extended !== undefined) standing.people.add(node)
  return extended
}

function extendedBy(
  state: ControlState,
  standing: Standing,
  node: ControlNode,
): ControlState | undefined {
  const { operation } = node
  switch (operation.name) {
    case 'join-request':
      return withRequest(state, node)
    case 'admit':
      return withMember(state, standing, node, operation)
    case 'epoch':
      return {
        ...state,
        epochs: new Map(state.epochs).set(node.id, epochOf(state, node, operation)),
      }
    default:
      return undefined
  }
}

function withRequest(state: ControlState, node: ControlNode): ControlState | undefined {
  const { id, request, certificate, timeMs } = node
  if (request === undefined || certificate === undefined) return undefined
  const { invite, person, paper } = request
  const copy = [...state.requests.values()].find((other) => other.request.paper === paper)
  const { device, prekey, recovery } = certificate
  const standing = copy?.state ?? (state.members.has(person) ? 'admitted' : 'waiting')
  const keys = { person, device, prekey, recovery }
  const facts = { id, invite, ...keys, request, atMs: timeMs, state: standing }
  return { ...state, requests: new Map(state.requests).set(id, facts) }
}

function withMember(
  state: ControlState,
  standing: Standing,
  node: ControlNode,
  operation: AdmitOperation,
): ControlState | undefined {
  const request = state.requests.get(operation.request)
  const certificate = standing.people.requestOf(node)?.certificate
  if (request === undefined || certificate === undefined) return undefined
  const { person, device } = request
  // Who comes back brings a history of devices and prekeys along.
  if (state.former.has(person)) return undefined
  const { prekey, prekeySerial, recovery } = certificate
  const own = { device, prekey, prekeySerial, addedAtMs: node.timeMs, older: [] }
  const member: MemberState = {
    person,
    role: operation.role,
    devices: [own],
    everDevices: [device],
    recovery,
    joinedAtMs: node.timeMs,
    incarnation: operation.incarnation,
    admissions: [node.id],
  }
  return {
    ...state,
    members: sorted(new Map(state.members).set(person, member)),
    owners: new Map(state.owners).set(device, person),
    invites: usedOnceMore(state.invites, request.invite),
    requests: answered(state.requests, person, request.request.paper),
    epochs: sealedTo(state.epochs, operation),
  }
}

/** Members stand by ascending person. */
function sorted(members: ReadonlyMap<PersonId, MemberState>): Map<PersonId, MemberState> {
  return new Map([...members].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function usedOnceMore(
  invites: ReadonlyMap<InviteId, InviteState>,
  id: InviteId,
): ReadonlyMap<InviteId, InviteState> {
  const invite = invites.get(id)
  if (invite === undefined) return invites
  return new Map(invites).set(id, { ...invite, uses: invite.uses + 1 })
}

function answered(
  requests: ReadonlyMap<RequestId, RequestState>,
  person: PersonId,
  paper: string,
): Map<RequestId, RequestState> {
  const settled = new Map(requests)
  for (const [id, request] of requests) {
    const isAnswered = request.person === person || request.request.paper === paper
    if (isAnswered) settled.set(id, { ...request, state: 'admitted' })
  }
  return settled
}

function sealedTo(
  epochs: ReadonlyMap<EpochId, EpochState>,
  { seals }: AdmitOperation,
): ReadonlyMap<EpochId, EpochState> {
  if (seals.length === 0) return epochs
  const sealed = new Map(epochs)
  for (const seal of seals) {
    const epoch = sealed.get(seal.epoch)
    if (epoch === undefined) continue
    const recipients = new Set([...epoch.recipients, seal.to])
    sealed.set(seal.epoch, { ...epoch, seals: [...epoch.seals, seal], recipients })
  }
  return sealed
}

function epochOf(state: ControlState, node: ControlNode, operation: EpochOperation): EpochState {
  const { commitment, parents, chain, seals } = operation
  const depths = parents.map((parent) => state.epochs.get(parent)?.depth ?? 0)
  return {
    id: node.id,
    depth: parents.length === 0 ? 0 : Math.max(...depths) + 1,
    parents,
    commitment,
    chain,
    seals,
    sealsAtFirst: seals.length,
    recipients: new Set(seals.map(({ to }) => to)),
    retired: false,
    madeAtMs: node.timeMs,
    madeBy: node.verdict.author,
  }
}
