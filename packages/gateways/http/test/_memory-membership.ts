/**
 * Who belongs to a space, in the shared memory: the part of `HamletApi` about roles, removals, leaving and owners.
 *
 * Everybody hears of everything at once here, so nothing is ever written without knowing of a removal: nothing is set
 * aside, and no preview knows of entries elsewhere.
 */

import { HamletError } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { MemoryClients } from './_memory-clients.ts'
import { byId, found, RANKS } from './_memory-store.ts'
import type { MemoryStore, StoredPerson, StoredSpace } from './_memory-store.ts'
import * as views from './_memory-views.ts'

const ROLES: readonly api.InviteRole[] = ['admin', 'writer', 'reader', 'relay']
const HISTORY_CHOICES = ['all', 'from-join']
const RELEASE_CHOICES = ['0', '1', '2', '3']

export abstract class MemoryMembership extends MemoryClients implements api.MembershipApi {
  abstract override readonly id: string
  abstract readonly name: string
  abstract override readonly world: MemoryStore

  abstract emit(event: api.HamletEvent): void

  async members(id: string): Promise<readonly api.Member[]> {
    const space = this.spaceOf(id)
    return [...space.members.keys()].map((person) => this.#member(space, person))
  }

  async formerMembers(id: string): Promise<readonly api.FormerMember[]> {
    const space = this.spaceOf(id)
    return [...space.former.keys()].map((person) => this.#former(space, person))
  }

  async membershipLog(id: string): Promise<readonly api.MembershipEvent[]> {
    return this.spaceOf(id).log
  }

  async setRole(id: string, person: string, role: api.InviteRole): Promise<api.Member> {
    const space = this.spaceOf(id)
    const member = found(space.members.get(person), 'SPACE_PERSON_UNKNOWN')
    if (member.role !== role) {
      if (!this.#member(space, person).canBecome.includes(role)) throw forbidden()
      space.members.set(person, { ...member, role })
      const kind = RANKS[role] > RANKS[member.role] ? 'raised' : 'lowered'
      this.note(space, { kind, person, role, formerRole: member.role })
    }
    return this.#member(space, person)
  }

  async previewRemoval(id: string, person: string): Promise<api.RemovalPreview> {
    const space = this.spaceOf(id)
    found(space.members.get(person), 'SPACE_PERSON_UNKNOWN')
    const { name, role, canRemove, devices } = this.#member(space, person)
    const written = space.messages.filter(({ author }) => author === person)
    return {
      ...{ person, name, role, devices, allowed: canRemove },
      entriesKept: written.length,
      entriesElsewhere: 0,
      newKey: role !== 'relay',
      openInvites: space.invites.filter((invite) => views.viewInvite(this, invite).state === 'open')
        .length,
      devicesToHear: 0,
    }
  }

  async removeMember(id: string, person: string): Promise<api.FormerMember> {
    const space = this.spaceOf(id)
    found(space.members.get(person) ?? space.former.get(person), 'SPACE_PERSON_UNKNOWN')
    if (space.members.has(person)) {
      if (!this.#member(space, person).canRemove) throw forbidden()
      this.#end(space, person, this.id)
    }
    return this.#former(space, person)
  }

  async writeAnyway(id: string): Promise<api.SpaceDetail> {
    const space = this.spaceOf(id)
    space.unconfirmed.delete(this.id)
    this.emit({ type: 'spaces' })
    return views.viewDetail(this, space)
  }

  /** As if this person's device had been put back from a backup. */
  putBack(id: string): void {
    this.spaceOf(id).unconfirmed.add(this.id)
    this.emit({ type: 'spaces' })
  }

  async leaveSpace(id: string): Promise<api.SpaceDetail> {
    const space = this.spaceOf(id)
    const role = this.#ownRole(space)
    if (role === undefined) throw new HamletError('SPACE_NOT_MEMBER', 'not a member')
    if (role === 'owner') {
      throw new HamletError('SPACE_OWNER_STAYS', 'the owner has to hand over the space first')
    }
    this.#end(space, this.id, undefined)
    return views.viewDetail(this, space)
  }

  async transferOwnership(id: string, person: string): Promise<api.Member> {
    const space = this.spaceOf(id)
    found(space.members.get(person), 'SPACE_PERSON_UNKNOWN')
    if (this.#ownRole(space) !== 'owner' || person === this.id) throw forbidden()
    this.#crown(space, person, 'handed-over')
    return this.#member(space, person)
  }

  async ownerVotes(id: string): Promise<api.OwnerVotes> {
    return this.#votes(this.spaceOf(id))
  }

  async voteForOwner(id: string, person: string): Promise<api.OwnerVotes> {
    const space = this.spaceOf(id)
    if (this.#ownRole(space) !== 'admin') throw forbidden()
    if (space.members.get(person)?.role !== 'admin') found(undefined, 'SPACE_PERSON_UNKNOWN')
    space.votes.set(this.id, person)
    const { needed, candidates } = this.#votes(space)
    const votes = candidates.find((candidate) => candidate.person === person)?.votes.length ?? 0
    if (needed !== undefined && votes >= needed) this.#crown(space, person, 'owner-replaced')
    this.world.tell(space, 'members')
    return this.#votes(space)
  }

  async setAside(id: string): Promise<readonly api.SetAsideEntry[]> {
    this.spaceOf(id)
    return []
  }

  async adopt(id: string, _ids: readonly string[]): Promise<readonly api.SetAsideEntry[]> {
    this.spaceOf(id)
    throw new HamletError('SPACE_NOT_SET_ASIDE', 'no such entry was set aside')
  }

  async policies(id: string): Promise<readonly api.SpacePolicy[]> {
    const { history, releaseAfterAcks: value, disappearAfterMs } = this.spaceOf(id)
    if (disappearAfterMs !== undefined) {
      return [{ name: 'disappearAfterMs', value: `${disappearAfterMs}`, choices: [] }]
    }
    return [
      { name: 'history', value: history, choices: HISTORY_CHOICES },
      { name: 'releaseAfterAcks', value, choices: RELEASE_CHOICES },
    ]
  }

  async setPolicy(id: string, name: string, value: string): Promise<readonly api.SpacePolicy[]> {
    const space = this.spaceOf(id)
    const policy = (await this.policies(id)).find((each) => each.name === name)
    const { choices } = found(policy, 'POLICY_UNKNOWN')
    if (!choices.includes(value)) {
      throw new HamletError('POLICY_VALUE_INVALID', `expected one of ${choices.join()}`)
    }
    if (this.#ownRole(space) !== 'owner') throw forbidden()
    if (name === 'history') space.history = value === 'all' ? 'all' : 'from-join'
    else space.releaseAfterAcks = value
    this.note(space, { kind: 'policy', policy: { name, value } })
    return await this.policies(id)
  }

  async previewForget(id: string): Promise<api.ForgetPreview> {
    const space = this.spaceOf(id)
    const { standing, entries, sizeBytes } = views.viewDetail(this, space)
    return { standing, allowed: standing !== 'member', entries, sizeBytes, onlyHere: 0 }
  }

  async forgetSpace(id: string): Promise<void> {
    const space = this.spaceOf(id)
    const former = space.former.get(this.id)
    if (former === undefined) throw new HamletError('SPACE_STILL_MEMBER', 'leave it first')
    space.former.set(this.id, { ...former, forgotten: true })
    this.forgetJoins(space)
    this.emit({ type: 'spaces' })
  }
  protected abstract forgetJoins(space: StoredSpace): void

  /** A space this person is in, or was in and has not deleted. */
  protected spaceOf(id: string): StoredSpace {
    return found(byId(this.spacesHere(), id), 'SPACE_NOT_FOUND')
  }

  protected spacesHere(): readonly StoredSpace[] {
    return this.world.spaces.filter(
      ({ members, former }) => members.has(this.id) || former.get(this.id)?.forgotten === false,
    )
  }

  protected note(
    space: StoredSpace,
    event: Pick<api.MembershipEvent, 'kind'> & Partial<api.MembershipEvent>,
  ): void {
    const { person } = event
    space.log.push({
      ...{ id: this.world.newId(), atMs: this.world.nowMs(), counts: true },
      ...{ by: this.id, byName: this.name },
      ...(person === undefined ? {} : { personName: this.world.nameOf(person) }),
      ...event,
    })
    this.world.tell(space, 'members')
    this.world.tell(space, 'space')
  }

  #ownRole(space: StoredSpace): api.Role | undefined {
    return space.members.get(this.id)?.role
  }

  #member(space: StoredSpace, person: string): api.Member {
    const { role, joinedAtMs, incarnation } = space.members.get(person)!
    const own = RANKS[this.#ownRole(space) ?? 'relay']
    const isBelow = own >= RANKS.admin && own > RANKS[role]
    const device = { name: 'memory', own: person === this.id, online: true }
    return {
      ...{ person, name: this.world.nameOf(person), role, joinedAtMs, incarnation },
      ...{ self: person === this.id, online: true },
      devices: [{ id: views.deviceOf(this, person), ...device }],
      canRemove: isBelow,
      canBecome: ROLES.filter((other) => isBelow && other !== role && own > RANKS[other]),
    }
  }

  #former(space: StoredSpace, person: string): api.FormerMember {
    const { role, atMs, by, incarnation } = space.former.get(person)!
    return {
      ...{ person, name: this.world.nameOf(person), role, atMs, incarnation },
      ...{ self: person === this.id, how: by === undefined ? 'left' : 'removed' },
      ...(by === undefined ? {} : { by, byName: this.world.nameOf(by) }),
    }
  }

  /** As if this person's admission turned out not to count. */
  letFall(id: string, admission: api.AdmissionFall, admittedByName: string): void {
    const space = this.spaceOf(id)
    this.#end(space, this.id, space.founder)
    const departure = space.former.get(this.id)!
    space.former.set(this.id, { ...departure, fell: { admission, admittedByName } })
    this.emit({ type: 'spaces' })
  }

  #end(space: StoredSpace, person: string, by: string | undefined): void {
    const { role, incarnation } = space.members.get(person)!
    const departure = { role, incarnation, by, atMs: this.world.nowMs(), forgotten: false }
    this.note(space, { kind: by === undefined ? 'left' : 'removed', person, formerRole: role })
    space.members.delete(person)
    space.former.set(person, departure)
    const left = this.world.people.find((each: StoredPerson) => each.id === person)
    left?.emit({ type: 'space', space: space.id })
  }

  #crown(space: StoredSpace, person: string, kind: 'handed-over' | 'owner-replaced'): void {
    for (const [each, member] of space.members) {
      if (member.role === 'owner') space.members.set(each, { ...member, role: 'admin' })
    }
    const formerRole = space.members.get(person)!.role
    space.members.set(person, { ...space.members.get(person)!, role: 'owner' })
    space.votes.clear()
    this.note(space, { kind, person, role: 'owner', formerRole })
  }

  #votes(space: StoredSpace): api.OwnerVotes {
    const admins = [...space.members].filter(([, { role }]) => role === 'admin')
    const people = admins.map(([person]) => person)
    const given = [...space.votes].filter(([voter, to]) => {
      return people.includes(voter) && people.includes(to)
    })
    const named = (person: string): { person: string; name: string } => {
      return { person, name: this.world.nameOf(person) }
    }
    const candidates = people.map((person) => ({
      ...named(person),
      votes: given.filter(([, to]) => to === person).map(([voter]) => named(voter)),
    }))
    const own = space.votes.get(this.id)
    return {
      ...(people.length < 3 ? {} : { needed: Math.floor((people.length * 2) / 3) + 1 }),
      admins: people.length,
      canVote: people.includes(this.id),
      ...(own === undefined ? {} : { own }),
      candidates: candidates
        .filter(({ votes }) => votes.length > 0)
        .sort((a, b) => b.votes.length - a.votes.length),
    }
  }
}

function forbidden(): HamletError {
  return new HamletError('SPACE_FORBIDDEN', 'the own role does not allow this')
}
