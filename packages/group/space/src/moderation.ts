/**
 * Taking rights away, and handing them over: removing, demoting, leaving, owners, devices.
 *
 * Every action is one commit: the operation with its cut (what this device has seen of the person's logs) and, where
 * somebody loses sight of the space, the next epoch without them. So there is no moment at which the removal is known
 * and something is still written for the removed. Rules: `control-rules.ts`; why cuts: `docs/design/004-removal.md`.
 */

import type { DeviceId, PersonId, Signer } from '@hamlet/core'
import { openDeviceCertificate, signDomain } from '@hamlet/identity'
import { encodeForkPoint } from '@hamlet/log'
import type {
  ControlOperation,
  CutPoint,
  MemberRole,
  PersonSignature,
  RecipientId,
} from './control-operation.ts'
import { deviceStatement, isQuorum, isVote, ownerVoteBytes, votesNeeded } from './control-rules.ts'
import { isKeyHolder } from './control-state.ts'
import type { ControlState, MemberState } from './control-state.ts'
import type { Draft, WriteView } from './entry-composer.ts'
import { SpaceError } from './errors.ts'
import type { SpaceErrorCode } from './errors.ts'
import { recipientsBy, recipientsOfMember } from './recipients.ts'
import { RULES_POLICY, rulesKnownTo } from './rules-version.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'
import { RANK_BY_ROLE } from './types.ts'

export interface OwnerCount {
  /** By person id. */
  readonly valid: readonly PersonSignature[]
  /** `undefined`: there are too few admins, so no number of votes is enough. */
  readonly needed: number | undefined
  readonly isEnough: boolean
}

export class Moderation {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
  }

  /** Of a former member: sets anew what of their logs counts. */
  async remove(person: PersonId): Promise<void> {
    await this.#writer.submit((view) => {
      const member = view.state.members.get(person)
      const former = view.state.former.get(person)
      if (member === undefined && former === undefined) throw failure('SPACE_PERSON_UNKNOWN')
      const devices = member?.everDevices ?? former!.devices
      const remove = { name: 'remove', person, cut: this.#cutOf(devices) } as const
      const drafts = this.#checked(view, remove)
      if (member === undefined) return drafts
      return [...drafts, ...this.#epochWithout(view, [...devices, person])]
    })
  }

  /** Raises or lowers; nothing when the role is the person's already. */
  async setRole(person: PersonId, role: MemberRole): Promise<void> {
    await this.#writer.submit((view) => {
      const member = view.state.members.get(person)
      if (member === undefined) throw failure('SPACE_PERSON_UNKNOWN')
      if (member.role === role) return []
      if (RANK_BY_ROLE[role] > RANK_BY_ROLE[member.role]) return this.#raise(view, member, role)
      const devices = member.everDevices
      const demote = { name: 'demote', person, role, cut: this.#cutOf(devices) } as const
      const losesKeys = role === 'relay' && isKeyHolder(member)
      const drafts = this.#checked(view, demote)
      return losesKeys ? [...drafts, ...this.#epochWithout(view, [...devices, person])] : drafts
    })
  }

  /** The others make the next epoch: whoever leaves is not the one to choose their secret. */
  async leave(): Promise<void> {
    await this.#writer.submit((view) => {
      const author = view.author()
      if (author.role === 'owner') throw failure('SPACE_OWNER_STAYS')
      const own = this.#core.identity.device
      const others = author.everDevices.filter((each) => each !== own)
      return this.#checked(view, { name: 'leave', cut: this.#cutOf(others) })
    })
  }

  async transferOwnership(person: PersonId): Promise<void> {
    await this.#writer.submit((view) => this.#transferDrafts(view, person, []))
  }

  /** This admin's signature under the wish that `person` become owner; others carry it. */
  signOwnerVote(state: ControlState, person: PersonId): Uint8Array {
    const { identity, id } = this.#core
    const role = state.members.get(identity.person)?.role
    if (role !== 'admin' || state.tenure === undefined) throw forbidden('owner-vote')
    if (state.members.get(person)?.role !== 'admin') throw failure('SPACE_PERSON_UNKNOWN')
    const signed = ownerVoteBytes(id, state.tenure, person)
    return signDomain(identity.deviceSigner, 'owner-transfer', signed)
  }

  /** Replaces a lost owner by the votes of the admins. @throws SpaceError `SPACE_NO_QUORUM` */
  async replaceOwner(person: PersonId, votes: readonly PersonSignature[]): Promise<void> {
    await this.#writer.submit((view) => {
      const { valid, isEnough } = this.countOwnerVotes(view.state, person, votes)
      if (!isEnough) throw failure('SPACE_NO_QUORUM')
      return this.#transferDrafts(view, person, valid)
    })
  }

  /** See `Space.countOwnerVotes`. */
  countOwnerVotes(
    state: ControlState,
    person: PersonId,
    votes: readonly PersonSignature[],
  ): OwnerCount {
    const admins = [...state.members.values()].filter(({ role }) => role === 'admin').length
    const isCandidate = state.members.get(person)?.role === 'admin'
    const valid = isCandidate ? this.#validVotes(state, person, votes) : []
    const needed = votesNeeded(admins)
    return { valid, needed, isEnough: isQuorum(valid.length, admins) }
  }

  /** `certificate`: of a new device of a member, signed by the person's root key. Gives it the secrets known here. */
  async addDevice(certificate: Uint8Array): Promise<void> {
    await this.#writer.submit((view) => {
      const { state } = view
      const opened = openDeviceCertificate(this.#core.ports.crypto, certificate)
      if (!opened.ok) throw opened.error
      const member = state.members.get(opened.value.person)
      if (member === undefined) throw failure('SPACE_PERSON_UNKNOWN')
      if (state.owners.get(opened.value.device) === opened.value.person) return []
      if (state.revokedDevices.has(opened.value.device)) throw failure('SPACE_DEVICE_REVOKED')
      const { keys } = this.#core
      const { device, prekey, recovery } = opened.value
      const isFirstKey = recovery !== undefined && member.recovery === undefined
      const newcomer = isFirstKey
        ? recipientsBy(state, opened.value)
        : [{ id: device, publicKey: prekey }]
      const seals = isKeyHolder(member) ? keys.sealOwnTo(state, member, newcomer) : []
      return this.#checked(view, { name: 'device-add', certificate, seals })
    })
  }

  /** `root`: the person's root key, where this device is not older than the one to be revoked. */
  async revokeDevice(device: DeviceId, root?: Signer): Promise<void> {
    await this.#writer.submit((view) => {
      if (!view.state.owners.has(device)) throw failure('SPACE_DEVICE_UNKNOWN')
      const [point] = this.#cutOf([device])
      const rootSignature = root && this.#signedByRoot(root, 'device-revoke', point!)
      const revoke = { name: 'device-revoke', ...point!, rootSignature } as const
      return [...this.#checked(view, revoke), ...this.#epochWithout(view, [device])]
    })
  }

  /**
   * A device that signed two histories may write again: behind the longer of those that are here, all of which counts
   * from now on. What proves the fork goes into the log too, for those who come later.
   */
  async resetDevice(device: DeviceId, root?: Signer): Promise<void> {
    await this.#writer.submit((view) => {
      if (!view.state.owners.has(device)) throw failure('SPACE_DEVICE_UNKNOWN')
      if (!this.#core.forks.isFrozen(device)) throw failure('SPACE_NOT_FORKED')
      const point = this.#longestOf(device)
      const rootSignature = root && this.#signedByRoot(root, 'device-reset', point)
      const reset = this.#checked(view, { name: 'device-reset', ...point, rootSignature })
      if (view.state.forked.has(device)) return reset
      const proof = encodeForkPoint(this.#core.forks.pointOf(device)!)
      return [...this.#checked(view, { name: 'fork', proof }), ...reset]
    })
  }

  async setPolicy(policy: string, value: boolean | number | string): Promise<void> {
    // Who does not know rules cannot ask others to keep them.
    const isBeyond =
      policy === RULES_POLICY &&
      !(typeof value === 'number' && value <= rulesKnownTo(this.#core.ports))
    if (isBeyond) throw failure('SPACE_NEWER_RULES')
    await this.#writer.submit((view) => this.#checked(view, { name: 'policy', policy, value }))
  }

  #raise(view: WriteView, member: MemberState, role: MemberRole): Draft[] {
    const drafts = this.#checked(view, { name: 'grant', person: member.person, role })
    if (isKeyHolder(member)) return drafts
    // Whoever was a relay gets the next epoch, which chains the history where the policy gives it.
    const made = this.#core.keys.makeNext(view.state, {
      newcomers: recipientsOfMember(view.state, member),
    })
    const isWhole = view.state.history === 'all' && this.#core.isReleased(view.state, member)
    const welcome = isWhole ? [] : this.#core.welcome
    return [...drafts, { kind: 'epoch', made }, ...welcome]
  }

  #transferDrafts(
    view: WriteView,
    person: PersonId,
    signatures: readonly PersonSignature[],
  ): Draft[] {
    const { state } = view
    const owner = state.owner === undefined ? undefined : state.members.get(state.owner)
    if (owner === undefined || !state.members.has(person)) throw failure('SPACE_PERSON_UNKNOWN')
    const own = this.#core.identity.device
    const others = owner.everDevices.filter((each) => each !== own)
    const cut = this.#cutOf(others)
    return this.#checked(view, { name: 'owner-transfer', person, cut, signatures })
  }

  #validVotes(
    state: ControlState,
    person: PersonId,
    votes: readonly PersonSignature[],
  ): PersonSignature[] {
    const byPerson = new Map<PersonId, PersonSignature>()
    for (const vote of votes) {
      const voter = state.members.get(vote.person)
      if (voter?.role !== 'admin') continue
      const { ports, id } = this.#core
      const isValid = isVote(ports.crypto, id, state.tenure, person, voter, vote.signature)
      if (isValid) byPerson.set(vote.person, vote)
    }
    return [...byPerson.values()].sort((a, b) => (a.person < b.person ? -1 : 1))
  }

  #signedByRoot(
    root: Signer,
    domain: 'device-revoke' | 'device-reset',
    point: CutPoint,
  ): Uint8Array {
    return signDomain(root, domain, deviceStatement(this.#core.id, point))
  }

  /** Up to what has been applied here of these devices' logs, the longest where there are several: what a person could see when deciding. */
  #cutOf(devices: readonly DeviceId[]): CutPoint[] {
    return [...devices].sort().map((device) => {
      const logs = this.#core.logs.logsOf(device).toSorted((a, b) => b.applied - a.applied)
      const length = logs[0]?.applied ?? 0
      return { device, length, id: length === 0 ? undefined : logs[0]!.point(length - 1).id }
    })
  }

  /**
   * The longest history of a device that is here, applied or not: what it goes on behind holds all that the histories share.
   * @throws SpaceError `SPACE_FROZEN` when not even that is here, or what it was reset to before
   */
  #longestOf(device: DeviceId): CutPoint {
    const { logs, forks } = this.#core
    const [longest] = logs.logsOf(device).toSorted((a, b) => b.checked - a.checked)
    const length = longest?.checked ?? 0
    // What an earlier reset names may be on its way: this one would take back some of it.
    const isOnItsWay = forks.resetsWithout.some((each) => each.device === device)
    if (isOnItsWay || length < (forks.firstForkOf(device) ?? 0)) throw failure('SPACE_FROZEN')
    return { device, length, id: length === 0 ? undefined : longest!.point(length - 1).id }
  }

  /** Readers cannot make epochs: the next writer does. */
  #epochWithout(view: WriteView, leaving: readonly RecipientId[]): Draft[] {
    if (RANK_BY_ROLE[view.author().role] < RANK_BY_ROLE.writer) return []
    return [{ kind: 'epoch', made: this.#core.keys.makeNext(view.state, { leaving }) }]
  }

  #checked(view: WriteView, operation: ControlOperation): Draft[] {
    view.author()
    const { graph, identity } = this.#core
    if (graph.wouldCount(identity.device, operation, view.past)) {
      return [{ kind: 'control', operation }]
    }
    throw forbidden(operation.name)
  }
}

function forbidden(operation: string): SpaceError {
  return new SpaceError('SPACE_FORBIDDEN', `the own role does not allow ${operation} here`, {
    fields: { operation },
  })
}

const MESSAGES: Partial<Record<SpaceErrorCode, string>> = {
  SPACE_PERSON_UNKNOWN: 'no such person is a member here',
  SPACE_DEVICE_UNKNOWN: 'no such device belongs to a member',
  SPACE_FROZEN: 'entries of the device are not here yet',
  SPACE_NOT_FORKED: 'the device did not write two histories, or was reset',
  SPACE_DEVICE_REVOKED: 'the device was revoked by its owner',
  SPACE_OWNER_STAYS: 'the owner has to hand over the space before leaving it',
  SPACE_NEWER_RULES: 'this version does not know these rules',
  SPACE_NO_QUORUM: 'more than two thirds of at least three admins have to agree',
}

function failure(code: SpaceErrorCode): SpaceError {
  return new SpaceError(code, MESSAGES[code] ?? code)
}
