/**
 * How people get into spaces: links on a board that lies outside the network, requests, and whoever answers them.
 *
 * Everybody sees the board, members answer what their device shows them. In the end the doors are opened: whoever is
 * in no space yet, or was turned away, finds a link that still works.
 */

import type { InviteMode, MemberRole } from '@hamlet/space'
import type { Reached } from './reached.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNode } from './sim-node.ts'

/** A link on the board. */
export interface BoardLink {
  readonly slot: number
  readonly text: string
  readonly invite: string
  readonly inviter: SimNode
  readonly mode: InviteMode
}

interface LinkTerms {
  readonly role: MemberRole
  readonly mode: InviteMode
  readonly maxUses: number
}

export interface InvitationWorld {
  readonly reached: Reached
  readonly nodes: readonly SimNode[]
  readonly autoInviteRate: number
  /** How often a link may be used: one of these. With a choice, some are revoked too. */
  readonly inviteUses: readonly number[]
  isGivenLinks(node: SimNode): boolean
  /** Whether members let this person in. */
  isWelcome(node: SimNode): boolean
  note(line: string): void
  /** Runs an act of a person, and counts what becomes of it. */
  perform(node: SimNode, name: string, run: () => Promise<void>): void
}

const ROLES: readonly MemberRole[] = ['admin', 'writer', 'writer', 'writer', 'reader']
const SETTLED_ROLES: readonly MemberRole[] = ['admin', 'admin', 'writer', 'reader']
/** Of those who are let in later: a device may ask three times an hour, in all spaces together. */
const DECLINES_MAX = 1
const INVITE_DAYS = 3 * 366
const DAY_MS = 86_400_000

export class Invitations {
  readonly #world: InvitationWorld
  readonly #board: BoardLink[] = []
  /** By node and space: the invitation of the link opened last, and how often the person has asked. */
  readonly #linkUsed = new Map<string, { readonly invite: string; readonly times: number }>()
  readonly #declines = new Map<string, number>()

  constructor(world: InvitationWorld) {
    this.#world = world
  }

  /** A link this person could open. */
  offerFor(random: SeededRandom, node: SimNode): BoardLink | undefined {
    const wanted = this.#board.filter(
      ({ slot, mode }) =>
        this.#world.isGivenLinks(node) &&
        !node.isBusy(slot) &&
        (!node.isTaken(slot) || node.wasMember(slot)) &&
        !node.isFurther &&
        (mode === 'approve' || this.#world.isWelcome(node)),
    )
    return wanted.length === 0 ? undefined : random.pick(wanted)
  }

  /** `uses`: one of these. */
  invite(
    random: SeededRandom,
    node: SimNode,
    slot: number,
    uses: readonly number[] = this.#world.inviteUses,
  ): void {
    const space = node.space(slot)?.space
    if (space === undefined || !['owner', 'admin'].includes(space.ownRole ?? '')) return
    const role = random.pick(ROLES.filter((each) => each !== 'admin' || space.ownRole === 'owner'))
    const mode = random.chance(this.#world.autoInviteRate) ? 'auto' : 'approve'
    this.#world.perform(node, 'invite', () =>
      this.#post(node, slot, { role, mode, maxUses: random.pick(uses) }),
    )
  }

  /** Everybody who is up and may get in does, before anything goes wrong, in one role or another. */
  async settle(random: SeededRandom, founder: SimNode, slot: number): Promise<void> {
    for (const role of SETTLED_ROLES) {
      await this.#post(founder, slot, { role, mode: 'auto', maxUses: 1_000 })
    }
    const links = this.#board.filter((link) => link.slot === slot)
    for (const node of this.#world.nodes) {
      if (node === founder || node.isFurther || !node.isReady || node.isTaken(slot)) continue
      if (this.#world.isGivenLinks(node) && this.#world.isWelcome(node)) {
        this.join(node, random.pick(links))
      }
    }
  }

  async #post(node: SimNode, slot: number, terms: LinkTerms): Promise<void> {
    const { link, invite } = await node.space(slot)!.space.createInvite({
      ...{ ...terms, hints: [] },
      expiresAtMs: node.clock.wall() + INVITE_DAYS * DAY_MS,
      spaceName: `space ${slot}`,
      inviterName: node.name,
    })
    this.#board.push({ slot, text: link, invite: invite.id, inviter: node, mode: terms.mode })
  }

  join(node: SimNode, offer: BoardLink): void {
    const comesBack = node.wasMember(offer.slot)
    this.#world.perform(node, comesBack ? 'come back' : 'join', () => this.#open(node, offer))
  }

  /** Two who were given the same link open it at the same time. */
  race(random: SeededRandom, nodes: readonly SimNode[]): void {
    const [first, second] = random.shuffle(nodes)
    const offer = first && this.offerFor(random, first)
    if (offer === undefined || second === undefined || second.isTaken(offer.slot)) return
    if (second.isFurther || !this.#world.isGivenLinks(second)) return
    if (offer.mode === 'auto' && !this.#world.isWelcome(second)) return
    this.#world.reached.count('two race for one link')
    this.join(first!, offer)
    this.join(second, offer)
  }

  /** Lets in or turns away whoever waits, where this device may. `rate`: of those let in. */
  settleRequests(random: SeededRandom, node: SimNode, slot: number, rate: number): void {
    const space = node.space(slot)?.space
    if (space === undefined || !node.isReady || !node.isMember(slot)) return
    for (const request of space.requests()) {
      if (request.state !== 'waiting') continue
      const isGivenUp = (this.#declines.get(request.person) ?? 0) >= DECLINES_MAX
      const isWelcome = this.#isWelcome(request.person) && (isGivenUp || random.chance(rate))
      if (!isWelcome) this.#noteDecline(request.person)
      this.#world.perform(node, isWelcome ? 'approve' : 'decline', async () => {
        if (isWelcome) await space.approve(request.id)
        else await space.decline(request.id)
        this.#world.reached.count(isWelcome ? 'join by approval' : 'request declined')
      })
    }
  }

  revoke(random: SeededRandom, node: SimNode, slot: number): void {
    const space = node.space(slot)?.space
    const open = space?.invites().filter(({ revoked }) => !revoked) ?? []
    if (space === undefined || open.length < 2 || space.ownRole !== 'owner') return
    if (this.#world.inviteUses.length < 2) return
    const invite = random.pick(open)
    this.#world.perform(node, 'revoke', async () => {
      await space.revokeInvite(invite.id)
      this.#world.reached.count('invitation revoked')
    })
  }

  /** Makes sure that some link on the board still opens the space. */
  ensureOpenLink(random: SeededRandom, owner: SimNode, slot: number): void {
    const space = owner.space(slot)?.space
    if (space === undefined || this.#openLinks(owner, slot).length > 0) return
    this.invite(random, owner, slot, [1_000])
  }

  /** Whoever is in no space yet, or was turned away, opens a link that still works. */
  joinAtLast(node: SimNode, owner: SimNode, slot: number): void {
    const open = this.#openLinks(owner, slot)
    const offer = open.at(-1)
    if (offer === undefined || !node.isReady || node.isFurther) return
    if (node.isBusy(slot) || node.isMember(slot)) return
    const isOut = owner
      .space(slot)!
      .space.formerMembers()
      .some((each) => each.person === node.person)
    if (isOut) return
    const isAsking = node.isTaken(slot)
    const used = isAsking ? this.#linkUsed.get(`${node.name} ${slot}`) : undefined
    const own = owner
      .space(slot)!
      .space.requests()
      .filter((each) => each.person === node.person)
    if (own.some(({ state }) => state === 'admitted')) return
    const isHopeful = open.some(({ invite }) => invite === used?.invite)
    const wasTurnedAway =
      own.filter(({ state }) => state === 'declined').length >= (used?.times ?? 0)
    if (used !== undefined && isHopeful && !wasTurnedAway) return
    this.#world.perform(node, 'join again', () => this.#open(node, offer))
  }

  #openLinks(owner: SimNode, slot: number): BoardLink[] {
    const meant = new Set(
      owner
        .space(slot)!
        .space.invites()
        .filter(({ revoked, uses, maxUses }) => !revoked && uses < maxUses)
        .map(({ id }) => id as string),
    )
    return this.#board.filter((link) => link.slot === slot && meant.has(link.invite))
  }

  async #open(node: SimNode, offer: BoardLink): Promise<void> {
    const key = `${node.name} ${offer.slot}`
    const times = this.#linkUsed.get(key)?.times ?? 0
    this.#linkUsed.set(key, { invite: offer.invite, times: times + 1 })
    try {
      await node.join(offer.slot, offer.text)
    } catch (error) {
      // What the disk refused was never asked.
      this.#linkUsed.set(key, { invite: offer.invite, times })
      throw error
    }
    this.#watchJoin(node, offer)
  }

  #watchJoin(node: SimNode, offer: BoardLink): void {
    const space = node.space(offer.slot)?.space
    if (space === undefined) return
    let isDone = space.ownRole !== undefined
    const comesBack = space.formerMembers().some(({ person }) => person === node.person)
    space.subscribe(() => {
      if (isDone || space.ownRole === undefined) return
      isDone = true
      if (comesBack) this.#world.reached.count('former member admitted again')
      this.#world.note(`joined ${node.name} ${offer.slot}`)
      if (offer.mode === 'auto') this.#world.reached.count('join by itself')
      if (!offer.inviter.isUp) this.#world.reached.count('join while the inviter was offline')
    })
  }

  #noteDecline(person: string): void {
    this.#declines.set(person, (this.#declines.get(person) ?? 0) + 1)
  }

  #isWelcome(person: string): boolean {
    const node = this.#world.nodes.find((each) => each.person === person)
    return node !== undefined && this.#world.isWelcome(node)
  }
}
