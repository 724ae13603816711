/** Who belongs to a space and who did, and what changes that: roles, removals, leaving, the owner, policies. */

import { parseId } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import type {
  DeviceInfo,
  FormerMember,
  InviteRole,
  Member,
  MembershipEvent,
  RemovalPreview,
  SpacePolicy,
} from '@hamlet/http/api'
import { RANK_BY_ROLE, RELEASE_POLICY } from '@hamlet/space'
import type {
  FormerState,
  MemberEvent,
  SpaceMember,
  SpaceProgress,
  SyncEngine,
} from '@hamlet/space'
import { PeerError } from './errors.ts'
import type { InviteDesk } from './invite-desk.ts'
import { UNKNOWN_NAME } from './message-mapper.ts'
import type { NamesByPerson, SpaceRuntime } from './space-runtime.ts'

const ROLES: readonly InviteRole[] = ['admin', 'writer', 'reader', 'relay']
/** By name: what an owner may choose. */
const POLICY_CHOICES: Readonly<Record<string, readonly string[]>> = {
  history: ['all', 'from-join'],
  [RELEASE_POLICY]: ['0', '1', '2', '3'],
}
/** In larger groups somebody besides the admitter should know of a newcomer before the history is theirs. */
const RELEASE_SUGGESTED_ABOVE = 20

export class PeopleDesk {
  readonly #runtime: SpaceRuntime
  readonly #sync: SyncEngine
  readonly #invites: InviteDesk

  constructor(runtime: SpaceRuntime, sync: SyncEngine, invites: InviteDesk) {
    this.#runtime = runtime
    this.#sync = sync
    this.#invites = invites
  }

  async members(): Promise<readonly Member[]> {
    const names = await this.#runtime.peopleNames()
    const members = this.#runtime.space.members()
    const connected = this.#connected()
    return await Promise.all(members.map((member) => this.#toMember(member, names, connected)))
  }

  async formerMembers(): Promise<readonly FormerMember[]> {
    const names = await this.#runtime.peopleNames()
    return this.#runtime.space.formerMembers().map((former) => this.#toFormer(former, names))
  }

  async log(): Promise<readonly MembershipEvent[]> {
    const names = await this.#runtime.peopleNames()
    const events = this.#runtime.space.memberHistory()
    return await Promise.all(events.map((event) => this.#toEvent(event, names)))
  }

  async setRole(text: string, role: InviteRole): Promise<Member> {
    const person = toPersonId(text)
    await this.#runtime.space.setRole(person, role)
    return await this.#memberNow(person)
  }

  async previewRemoval(text: string): Promise<RemovalPreview> {
    const person = toPersonId(text)
    const { space } = this.#runtime
    const { name, role, devices, canRemove } = await this.#memberNow(person)
    const own = RANK_BY_ROLE[space.ownRole ?? 'relay']
    const held = this.#progress()?.devices.filter(({ device }) => {
      return devices.some(({ id }) => id === device)
    })
    const lengths = held ?? []
    return {
      ...{ person, name, role, devices, allowed: canRemove },
      entriesKept: sum(devices.map(({ id }) => space.appliedLengths().get(id as DeviceId) ?? 0)),
      entriesElsewhere: sum(
        lengths.map(({ lengthHere, lengthKnown }) => Math.max(0, lengthKnown - lengthHere)),
      ),
      newKey: role !== 'relay' && own >= RANK_BY_ROLE.writer,
      openInvites: this.#invites.list().filter(({ state }) => state === 'open').length,
      devicesToHear: this.#devicesToHear(person),
    }
  }

  async remove(text: string): Promise<FormerMember> {
    const person = toPersonId(text)
    const { space } = this.#runtime
    await space.remove(person)
    const names = await this.#runtime.peopleNames()
    const former = space.formerMembers().find((each) => each.person === person)
    if (former === undefined) throw personNotFound()
    return this.#toFormer(former, names)
  }

  leave(): Promise<void> {
    return this.#runtime.space.leave()
  }

  async transferOwnership(text: string): Promise<Member> {
    const person = toPersonId(text)
    await this.#runtime.space.transferOwnership(person)
    return await this.#memberNow(person)
  }

  policies(): readonly SpacePolicy[] {
    const {
      history,
      ephemeral,
      releaseAfterAcks: acks,
      members,
    } = this.#runtime.space.controlState()
    // Decided when the space was founded, and with it what newcomers read.
    if (ephemeral !== undefined) {
      return [{ name: 'disappearAfterMs', value: String(ephemeral.keepMs), choices: [] }]
    }
    const isSuggested = history === 'all' && acks === 0 && members.size > RELEASE_SUGGESTED_ABOVE
    const release = { name: RELEASE_POLICY, value: String(acks) }
    return [
      { name: 'history', value: history, choices: POLICY_CHOICES['history']! },
      {
        ...{ ...release, choices: POLICY_CHOICES[RELEASE_POLICY]! },
        ...(isSuggested ? { suggested: '1' } : {}),
      },
    ]
  }

  async setPolicy(name: string, value: string): Promise<readonly SpacePolicy[]> {
    const policies = this.policies()
    const choices = policies.find((policy) => policy.name === name)?.choices
    if (choices === undefined) {
      const names = policies.map((policy) => policy.name).join(', ')
      throw new PeerError('POLICY_UNKNOWN', `There is no such policy; there are: ${names}.`)
    }
    if (!choices.includes(value)) {
      const advice =
        choices.length === 0 ? 'It cannot be changed.' : `Choose one of: ${choices.join(', ')}.`
      throw new PeerError('POLICY_VALUE_INVALID', advice)
    }
    const isNumber = name === RELEASE_POLICY
    await this.#runtime.space.setPolicy(name, isNumber ? Number(value) : value)
    return this.policies()
  }

  /** `connected`: as it is now, looked up once for a list. */
  async device(device: DeviceId, connected: ReadonlySet<DeviceId>): Promise<DeviceInfo> {
    const { space } = this.#runtime
    const own = device === space.identity.device
    const lastSeenMs = this.#sync.lastSaidAtMs(space.id, device)
    return {
      id: device,
      name: await this.#runtime.deviceName(device),
      own,
      online: own || connected.has(device),
      ...(lastSeenMs === undefined ? {} : { lastSeenMs }),
    }
  }

  async #memberNow(person: PersonId): Promise<Member> {
    const member = this.#runtime.space.members().find((each) => each.person === person)
    if (member === undefined) throw personNotFound()
    return await this.#toMember(member, await this.#runtime.peopleNames(), this.#connected())
  }

  async #toMember(
    member: SpaceMember,
    names: NamesByPerson,
    connected: ReadonlySet<DeviceId>,
  ): Promise<Member> {
    const { person, role, joinedAtMs, incarnation } = member
    const { space } = this.#runtime
    const devices = await Promise.all(
      member.devices.map((device) => this.device(device, connected)),
    )
    const self = person === space.identity.person
    const own = RANK_BY_ROLE[space.ownRole ?? 'relay']
    const isBelow = own >= RANK_BY_ROLE.admin && own > RANK_BY_ROLE[role]
    return {
      ...{ person, role, joinedAtMs, incarnation, self, devices },
      name: names.get(person) ?? UNKNOWN_NAME,
      online: self || devices.some(({ online }) => online),
      canRemove: isBelow,
      canBecome: ROLES.filter((each) => isBelow && each !== role && own > RANK_BY_ROLE[each]),
    }
  }

  #toFormer(former: FormerState, names: NamesByPerson): FormerMember {
    const { person, role, leftAtMs: atMs, by, incarnation } = former
    return {
      ...{ person, role, atMs, incarnation },
      name: names.get(person) ?? UNKNOWN_NAME,
      self: person === this.#runtime.space.identity.person,
      how: by === undefined ? 'left' : 'removed',
      ...(by === undefined ? {} : { by, byName: names.get(by) ?? UNKNOWN_NAME }),
    }
  }

  async #toEvent(event: MemberEvent, names: NamesByPerson): Promise<MembershipEvent> {
    const { id, kind, atMs, by, person, device, role, formerRole, policy, counts } = event
    const name = (whose: PersonId): string => names.get(whose) ?? UNKNOWN_NAME
    return {
      ...{ id, kind, atMs, counts },
      ...(by === undefined ? {} : { by, byName: name(by) }),
      ...(person === undefined ? {} : { person, personName: name(person) }),
      ...(device === undefined
        ? {}
        : { device, deviceName: await this.#runtime.deviceName(device) }),
      ...(role === undefined ? {} : { role }),
      ...(formerRole === undefined ? {} : { formerRole }),
      ...(policy === undefined
        ? {}
        : { policy: { name: policy.name, value: String(policy.value) } }),
    }
  }

  /** Devices of the others that are not here to be told at once. */
  #devicesToHear(removed: PersonId): number {
    const { space } = this.#runtime
    const connected = this.#connected()
    const away = space.memberDevices().filter((device) => {
      if (device === space.identity.device || space.deviceOwner(device) === removed) return false
      return !connected.has(device)
    })
    return away.length
  }

  #connected(): ReadonlySet<DeviceId> {
    return new Set(this.#progress()?.connectedDevices)
  }

  #progress(): SpaceProgress | undefined {
    return this.#sync.progress(this.#runtime.space.id)
  }
}

/** @throws PeerError `PERSON_NOT_FOUND` */
export function toPersonId(text: string): PersonId {
  const person = parseId<PersonId>(text)
  if (person === undefined) throw personNotFound()
  return person
}

function personNotFound(): PeerError {
  return new PeerError('PERSON_NOT_FOUND', 'There is no such person in this space.')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
