/**
 * What people do to each other's standing: remove, promote and demote, leave, hand the space over, replace a lost owner,
 * and add, revoke and replace devices.
 *
 * They do it on what their device shows, so two may remove each other, and whoever is out may not know it yet. A new
 * device is shown to a member, who carries its certificate into the space and gives it secrets to meet the others by.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { MemberRole, Space } from '@hamlet/space'
import { RANK_BY_ROLE, RELEASE_POLICY } from '@hamlet/space'
import type { Reached } from './reached.ts'
import type { SeededRandom } from './seeded-random.ts'
import { secretsForTicket } from './sim-node.ts'
import type { SimNode } from './sim-node.ts'

export interface MemberWorld {
  readonly reached: Reached
  readonly nodes: readonly SimNode[]
  isHonest(node: SimNode): boolean
  note(line: string): void
  perform(node: SimNode, name: string, run: () => Promise<void>): void
}

export type MemberAct =
  | 'remove'
  | 'role'
  | 'leave'
  | 'transfer'
  | 'vote'
  | 'pair'
  | 'revoke device'
  | 'rotate'
  | 'adopt'
  | 'release policy'

export const MEMBER_ACTS: readonly MemberAct[] = [
  ...(['remove', 'remove', 'remove', 'role', 'role', 'role', 'leave', 'transfer'] as const),
  ...(['vote', 'pair', 'pair', 'revoke device', 'rotate', 'adopt', 'release policy'] as const),
]

const ROLES: readonly MemberRole[] = ['admin', 'writer', 'reader', 'relay']

export class MemberActs {
  readonly #world: MemberWorld

  constructor(world: MemberWorld) {
    this.#world = world
  }

  act(random: SeededRandom, node: SimNode, slot: number, act: MemberAct): void {
    const space = node.space(slot)?.space
    if (space === undefined) return
    switch (act) {
      case 'remove':
        return this.#remove(random, node, space)
      case 'role':
        return this.#setRole(random, node, space)
      case 'leave':
        return this.#leave(node, space)
      case 'transfer':
        return this.#transfer(random, node, space)
      case 'vote':
        return this.#vote(node, slot, space)
      case 'pair':
        return this.#pair(random, node, slot)
      case 'revoke device':
        return this.#revokeDevice(random, node, space)
      case 'rotate':
        return this.#perform(node, 'rotate', () => space.rotateEpoch())
      case 'adopt':
        return this.#adopt(node, space)
      case 'release policy':
        return this.#setRelease(random, node, space)
    }
  }

  #perform(node: SimNode, name: string, run: () => Promise<unknown>): void {
    this.#world.perform(node, name, async () => void (await run()))
  }

  #remove(random: SeededRandom, node: SimNode, space: Space): void {
    const target = pickBelow(random, space, node.person)
    if (target === undefined) return
    this.#perform(node, 'remove', async () => {
      await space.remove(target)
      this.#world.note(`removed ${this.#nameOf(target)} by ${node.name}`)
      this.#world.reached.count('member removed')
      const other = this.#nodeOf(target)?.space(slotOf(node, space))?.space
      if (other?.ownRole !== undefined) this.#world.reached.count('removal unknown to the removed')
    })
  }

  #setRole(random: SeededRandom, node: SimNode, space: Space): void {
    const target = pickBelow(random, space, node.person)
    const rank = RANK_BY_ROLE[space.ownRole ?? 'relay']
    const roles = ROLES.filter((role) => RANK_BY_ROLE[role] < rank)
    if (target === undefined || roles.length === 0) return
    const role = random.pick(roles)
    const before = RANK_BY_ROLE[space.role(target) ?? 'relay']
    this.#perform(node, 'role', async () => {
      await space.setRole(target, role)
      if (RANK_BY_ROLE[role] < before) this.#world.reached.count('member demoted')
      if (RANK_BY_ROLE[role] > before) this.#world.reached.count('member promoted')
    })
  }

  #leave(node: SimNode, space: Space): void {
    if (space.ownRole === 'owner') return
    this.#perform(node, 'leave', async () => {
      await space.leave()
      this.#world.reached.count('member left')
    })
  }

  #transfer(random: SeededRandom, node: SimNode, space: Space): void {
    const others = space.members().filter(({ person, role }) => {
      return person !== node.person && role !== 'relay' && this.#isTrusted(person)
    })
    if (space.ownRole !== 'owner' || others.length === 0) return
    const heir = random.pick(others).person
    this.#perform(node, 'transfer', async () => {
      await space.transferOwnership(heir)
      this.#world.reached.count('ownership handed over')
    })
  }

  /** Admins agree on one of them, outside the network; whoever asks carries the votes. */
  #vote(node: SimNode, slot: number, space: Space): void {
    const isAdmin = (each: SimNode): boolean => each.space(slot)?.space.ownRole === 'admin'
    const admins = this.#world.nodes.filter((each) => each.isReady && isAdmin(each))
    if (space.ownRole !== 'admin' || admins.length < 2 || !this.#isTrusted(node.person)) return
    this.#perform(node, 'vote', async () => {
      const votes = admins.map((each) => {
        const signature = each.space(slot)!.space.signOwnerVote(node.person)
        return { person: each.person, signature }
      })
      await space.replaceOwner(node.person, votes)
      this.#world.reached.count('lost owner replaced')
    })
  }

  /** A further device of somebody whose device this one can see: their own, or a friend's new phone. */
  #pair(random: SeededRandom, node: SimNode, slot: number): void {
    const newcomers = this.#world.nodes.filter((each) => {
      const isKnown = node.space(slot)?.space.role(each.person) !== undefined
      return each.isReady && isKnown && each.isFurther && !each.isTaken(slot)
    })
    if (newcomers.length === 0) return
    const newcomer = random.pick(newcomers)
    const { space } = node.space(slot)!
    this.#perform(node, 'pair', async () => {
      await space.addDevice(newcomer.identity.certificateBytes)
      this.#world.reached.count('further device added')
      if (newcomer.isReplacement) this.#world.reached.count('new phone added')
      if (!newcomer.isReady || newcomer.isTaken(slot)) return
      await newcomer.arrive(slot, space.id, secretsForTicket(space))
    })
  }

  /** Another device of one's own, with the recovery words where need be: it was stolen, perhaps. */
  #revokeDevice(random: SeededRandom, node: SimNode, space: Space): void {
    const own = space.members().find(({ person }) => person === node.person)
    const others = (own?.devices ?? []).filter((device) => device !== node.device)
    if (others.length === 0) return
    const root = random.chance(0.5) ? node.identity.personKeys?.rootSigner : undefined
    const device = random.pick<DeviceId>(others)
    this.#perform(node, 'revoke device', async () => {
      await space.revokeDevice(device, root)
      this.#world.reached.count('device revoked')
    })
  }

  #setRelease(random: SeededRandom, node: SimNode, space: Space): void {
    if (space.ownRole !== 'owner') return
    const acks = random.int(0, 2)
    this.#perform(node, 'release policy', async () => {
      await space.setPolicy(RELEASE_POLICY, acks)
      if (acks > 0) this.#world.reached.count('history held back from newcomers')
    })
  }

  #adopt(node: SimNode, space: Space): void {
    this.#perform(node, 'adopt', async () => {
      const readable = space.setAside().filter(({ content }) => content !== undefined)
      if (readable.length === 0) return
      await space.adopt(readable.slice(0, 3).map(({ id }) => id))
      this.#world.reached.count('entries set aside and adopted')
    })
  }

  #isTrusted(person: PersonId): boolean {
    const node = this.#nodeOf(person)
    return node !== undefined && this.#world.isHonest(node)
  }

  #nodeOf(person: PersonId): SimNode | undefined {
    return this.#world.nodes.find((node) => node.person === person)
  }

  #nameOf(person: PersonId): string {
    return this.#nodeOf(person)?.name ?? person.slice(0, 4)
  }
}

/** Somebody of lower rank than this device's person. */
function pickBelow(random: SeededRandom, space: Space, self: PersonId): PersonId | undefined {
  const rank = RANK_BY_ROLE[space.ownRole ?? 'relay']
  const below = space.members().filter(({ person, role }) => {
    return person !== self && RANK_BY_ROLE[role] < rank
  })
  return below.length === 0 ? undefined : random.pick(below).person
}

function slotOf(node: SimNode, space: Space): number {
  return node.slots.find((slot) => node.space(slot)?.space === space) ?? -1
}
