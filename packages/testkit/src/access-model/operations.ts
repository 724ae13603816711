/**
 * What somebody might do next, given what they know: mostly what is allowed, sometimes anything.
 *
 * `honest` draws lie: an actor now and then cuts more than it has seen the right to, admits whom it should not, or says
 * what only others may say. Whether it counts is the business of the rules under test.
 */

import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import { RANK_BY_ROLE, recipientsOf } from '@hamlet/space'
import type {
  ControlOperation,
  ControlState,
  CutPoint,
  MemberRole,
  RecipientId,
} from '@hamlet/space'
import type { SeededRandom } from '../simulator/seeded-random.ts'
import type { Cast, CastDevice } from './cast.ts'

export interface Situation {
  readonly cast: Cast
  readonly random: SeededRandom
  readonly space: EntryId
  readonly state: ControlState
  readonly actor: CastDevice
  /** Whether what others have signed is at hand: certificates, root statements, votes. */
  readonly hasPapers: boolean
  /** How much of a device's log the actor has seen. */
  seen(device: DeviceId): number
  lastIdOf(device: DeviceId, length: number): EntryId | undefined
}

type Draw = (situation: Situation) => ControlOperation | undefined

const ROLES: readonly MemberRole[] = ['admin', 'admin', 'writer', 'writer', 'reader', 'relay']
/** A draw of ten in which an actor shortens a cut. */
const SHORT_CUT_RATE = 0.1

const DRAWS: readonly (readonly [weight: number, draw: Draw])[] = [
  [2, drawInvite],
  [1, drawInviteRevoke],
  [5, drawRequest],
  [6, drawAdmit],
  [1, drawDecline],
  [3, drawGrant],
  [3, drawDemote],
  [5, drawRemove],
  [1, () => undefined],
  [1, drawLeave],
  [2, drawTransfer],
  [2, drawQuorum],
  [3, drawDeviceAdd],
  [2, drawDeviceRevoke],
  [1, drawRootRevoke],
  [1, drawPolicy],
  [2, drawEpoch],
]
const TOTAL = DRAWS.reduce((sum, [weight]) => sum + weight, 0)

export function drawOperation(situation: Situation): ControlOperation | undefined {
  let at = situation.random.unit() * TOTAL
  for (const [weight, draw] of DRAWS) {
    at -= weight
    if (at < 0) return draw(situation)
  }
  return undefined
}

export function inviteOperation(
  cast: Cast,
  facts: {
    readonly role: MemberRole
    readonly mode: 'approve' | 'auto'
    readonly maxUses: number
    readonly epoch: EntryId
  },
): ControlOperation {
  return {
    name: 'invite',
    publicKey: cast.inviteSigner.publicKey,
    expiresAtMs: 0,
    sealedRequestKey: new Uint8Array(48),
    sealedSecret: undefined,
    ...facts,
  }
}

/** An epoch for these; who the model asks about never opens one. */
export function epochOperation(
  recipients: readonly RecipientId[],
  parents: readonly EntryId[],
): ControlOperation {
  const seals = recipients.map((to) => {
    return { to, enc: new Uint8Array(32), ciphertext: new Uint8Array(48) }
  })
  return { name: 'epoch', commitment: new Uint8Array(32), parents, seals, chain: undefined }
}

export function recipientIds(state: ControlState): RecipientId[] {
  return recipientsOf(state).map(({ id }) => id)
}

function drawInvite({ cast, random, state, actor }: Situation): ControlOperation | undefined {
  const [epoch] = state.epochs.keys()
  const rank = RANK_BY_ROLE[state.members.get(actor.person)?.role ?? 'relay']
  const role = random.pick(ROLES.filter((each) => RANK_BY_ROLE[each] < rank || random.chance(0.2)))
  if (epoch === undefined || role === undefined) return undefined
  const mode = random.chance(0.6) ? 'auto' : 'approve'
  return inviteOperation(cast, { role, mode, maxUses: random.int(1, 2), epoch })
}

function drawInviteRevoke({ random, state }: Situation): ControlOperation | undefined {
  const invite = pick(random, [...state.invites.keys()])
  return invite && { name: 'invite-revoke', invite }
}

function drawRequest({ cast, random, state, space }: Situation): ControlOperation | undefined {
  const open = [...state.invites.values()].filter(({ revoked }) => !revoked)
  const invite = pick(random, open)
  const outside = cast.devices.filter(({ person }) => !state.members.has(person))
  const former = outside.filter(({ person }) => state.former.has(person))
  const wanted = former.length > 0 && random.chance(0.6) ? former : outside
  const joiner = pick(random, random.chance(0.9) ? wanted : cast.devices)
  if (invite === undefined || joiner === undefined) return undefined
  const request = cast.paper(space as never, invite.id, joiner, random.int(0, 2))
  return { name: 'join-request', request }
}

function drawAdmit({ random, state }: Situation): ControlOperation | undefined {
  const waiting = [...state.requests.values()].filter((each) => each.state === 'waiting')
  const request = pick(random, random.chance(0.9) ? waiting : [...state.requests.values()])
  if (request === undefined) return undefined
  const invited = state.invites.get(request.invite)?.role ?? 'writer'
  const former = state.former.get(request.person)
  return {
    name: 'admit',
    request: request.id,
    role: random.chance(0.8) ? invited : random.pick(ROLES),
    incarnation: former === undefined ? 0 : former.incarnation + 1,
    seals: [],
  }
}

function drawDecline({ random, state }: Situation): ControlOperation | undefined {
  const request = pick(random, [...state.requests.keys()])
  return request && { name: 'join-decline', request }
}

function drawGrant({ random, state }: Situation): ControlOperation | undefined {
  const member = pick(random, [...state.members.values()])
  if (member === undefined) return undefined
  const higher = ROLES.filter((role) => RANK_BY_ROLE[role] > RANK_BY_ROLE[member.role])
  return { name: 'grant', person: member.person, role: pick(random, higher) ?? 'admin' }
}

function drawDemote(situation: Situation): ControlOperation | undefined {
  const { random, state } = situation
  const member = pick(random, [...state.members.values()])
  if (member === undefined) return undefined
  const lower = ROLES.filter((role) => RANK_BY_ROLE[role] < RANK_BY_ROLE[member.role])
  const role = pick(random, lower) ?? 'relay'
  return { name: 'demote', person: member.person, role, cut: cutOf(situation, member.person) }
}

function drawRemove(situation: Situation): ControlOperation | undefined {
  const { random, state } = situation
  const people = [...state.members.keys(), ...(random.chance(0.2) ? state.former.keys() : [])]
  const person = pick(random, people)
  return person && { name: 'remove', person, cut: cutOf(situation, person) }
}

function drawLeave(situation: Situation): ControlOperation {
  return { name: 'leave', cut: cutOf(situation, situation.actor.person, situation.actor.device) }
}

function drawTransfer(situation: Situation): ControlOperation | undefined {
  const { random, state, actor } = situation
  const isOwner = state.owner === actor.person
  if (!isOwner && random.chance(0.8)) return undefined
  const person = pick(random, [...state.members.keys()])
  if (person === undefined || state.owner === undefined) return undefined
  const cut = cutOf(situation, state.owner, actor.device)
  return { name: 'owner-transfer', person, cut, signatures: [] }
}

/** Some of the admins want another owner; sometimes too few, sometimes somebody who is none. */
function drawQuorum(situation: Situation): ControlOperation | undefined {
  const { cast, random, state, space, hasPapers } = situation
  if (!hasPapers) return undefined
  const admins = [...state.members.values()].filter(({ role }) => role === 'admin')
  const next = pick(random, admins)
  if (next === undefined || state.tenure === undefined || state.owner === undefined)
    return undefined
  if (admins.length < 3 && random.chance(0.9)) return undefined
  const voters = admins
    .filter(() => random.chance(0.9))
    .map(({ person, devices }) => {
      const own = devices[0] && cast.devices.find(({ device }) => device === devices[0]!.device)
      return { person, own }
    })
  const signatures = voters
    .flatMap(({ person, own }) => {
      if (own === undefined) return []
      return { person, signature: cast.vote(space as never, state.tenure!, next.person, own) }
    })
    .sort((a, b) => (a.person < b.person ? -1 : 1))
  if (signatures.length === 0) return undefined
  const cut = cutOf(situation, state.owner)
  return { name: 'owner-transfer', person: next.person, cut, signatures }
}

function drawDeviceAdd(situation: Situation): ControlOperation | undefined {
  const { cast, random, state, actor, hasPapers } = situation
  const unowned = cast.devices.filter(({ person, device }) => {
    const isAtHand = hasPapers || person === actor.person
    return isAtHand && state.members.has(person) && !state.owners.has(device)
  })
  const added = pick(random, unowned)
  return added && { name: 'device-add', certificate: added.certificate, seals: [] }
}

function drawDeviceRevoke(situation: Situation): ControlOperation | undefined {
  const { random, state, actor } = situation
  const own = state.members.get(actor.person)?.devices.map(({ device }) => device) ?? []
  const device = pick(random, random.chance(0.9) ? own : [...state.owners.keys()])
  if (device === undefined) return undefined
  return { name: 'device-revoke', ...pointOf(situation, device), rootSignature: undefined }
}

/** What a root key signed stands whoever carries it, so who is out may still carry it. */
function drawRootRevoke(situation: Situation): ControlOperation | undefined {
  const { cast, random, state, space, hasPapers } = situation
  const device = pick(random, [...state.owners.keys()])
  if (device === undefined || !hasPapers) return undefined
  const point = pointOf(situation, device)
  const rootSignature = cast.rootRevocation(space as never, point)
  return { name: 'device-revoke', ...point, rootSignature }
}

function drawPolicy({ random }: Situation): ControlOperation {
  const value: CborValue = random.chance(0.5) ? 'all' : 'from-join'
  return { name: 'policy', policy: 'history', value }
}

function drawEpoch({ state }: Situation): ControlOperation | undefined {
  const newest = [...state.epochs.keys()].at(-1)
  return newest && epochOperation(recipientIds(state), [newest])
}

function cutOf(situation: Situation, person: PersonId, except?: DeviceId): CutPoint[] {
  const { state } = situation
  const devices = state.members.get(person)?.everDevices ?? state.former.get(person)?.devices ?? []
  return [...devices]
    .filter((device) => device !== except)
    .sort()
    .map((device) => pointOf(situation, device))
}

function pointOf(situation: Situation, device: DeviceId): CutPoint {
  const { random } = situation
  const seen = situation.seen(device)
  const length = random.chance(SHORT_CUT_RATE) ? random.int(0, seen) : seen
  return { device, length, id: situation.lastIdOf(device, length) }
}

function pick<T>(random: SeededRandom, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items)
}
