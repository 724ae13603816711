/**
 * What the people of a world do: found spaces, invite each other, answer requests, and chat.
 *
 * Acts fall on random devices at random times, whatever the network and the disks are doing. A person only does what
 * the device shows: links come over a board outside the network, messages to reply to from the chat view.
 */

import {
  draftDelete,
  draftEdit,
  draftMessage,
  draftReaction,
  draftRead,
  draftRename,
  draftRoom,
} from '@hamlet/chat'
import type { ChatActor, ChatMessage, ChatRoom } from '@hamlet/chat'
import { errorCode } from '@hamlet/core'
import type { DeviceId, EntryId } from '@hamlet/core'
import type { ContentDraft, InviteMode, MemberRole } from '@hamlet/space'
import type { Reached, ReachedState } from './reached.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNode } from './sim-node.ts'
import type { SimSpace } from './sim-space.ts'

/** A link on the board, where everybody finds it. */
interface BoardLink {
  readonly slot: number
  readonly text: string
  readonly invite: string
  readonly inviter: SimNode
  readonly mode: InviteMode
}

/** A write that was reported as done. */
export interface AcknowledgedWrite {
  readonly slot: number
  readonly device: DeviceId
  readonly seq: number
  readonly id: EntryId
}

export interface WorkloadWorld {
  readonly random: SeededRandom
  readonly reached: Reached
  readonly nodes: readonly SimNode[]
  readonly autoInviteRate: number
  readonly inviteUses: readonly number[]
  isHonest(node: SimNode): boolean
  isGivenLinks(node: SimNode): boolean
  /** Whether members let this person in. */
  isWelcome(node: SimNode): boolean
  note(line: string): void
  fail(problem: string): void
  /** A write has begun. */
  writing(node: SimNode): void
}

type ChatAct = 'send' | 'reply' | 'edit' | 'delete' | 'react' | 'read' | 'room' | 'rename' | 'burst'

const CHAT_ACTS: readonly ChatAct[] = [
  ...(['send', 'send', 'send', 'send', 'send', 'reply', 'reply', 'edit', 'edit'] as const),
  ...(['delete', 'react', 'react', 'read', 'read', 'room', 'rename', 'burst'] as const),
]
const REACHED_BY_ACT: Partial<Record<ChatAct, ReachedState>> = {
  reply: 'reply',
  edit: 'message edited',
  delete: 'message deleted',
  react: 'reaction',
  read: 'read mark',
}
const ROLES: readonly MemberRole[] = ['admin', 'writer', 'writer', 'writer', 'reader']
const EMOJI = ['👍', '🎉', '❤️']
const INVITE_DAYS = 3 * 366
const DAY_MS = 86_400_000

export class Workload {
  readonly #world: WorkloadWorld
  readonly #random: SeededRandom
  readonly #board: BoardLink[] = []
  /** By node and space: the invitation of the link opened last, and how often the person has asked. */
  readonly #linkUsed = new Map<string, { readonly invite: string; readonly times: number }>()
  readonly acknowledged: AcknowledgedWrite[] = []
  /** Acts by name, and refusals by code. */
  readonly acts = new Map<string, number>()
  readonly refusals = new Map<string, number>()

  constructor(world: WorkloadWorld) {
    this.#world = world
    this.#random = world.random
  }

  /** A random device's person does something that is possible there. */
  act(): void {
    const up = this.#world.nodes.filter((node) => node.isReady)
    if (up.length === 0) return
    const node = this.#random.pick(up)
    const offer = this.#offerFor(node)
    if (offer !== undefined && this.#random.chance(0.7)) return this.join(node, offer)
    const slot = node.slots.length === 0 ? undefined : this.#random.pick(node.slots)
    if (slot === undefined || !node.isMember(slot)) return
    const kind = this.#random.unit()
    if (kind < 0.08) this.invite(node, slot)
    else if (kind < 0.2) this.settleRequests(node, slot, 0.85)
    else if (kind < 0.22) this.#revoke(node, slot)
    else this.#chat(node, slot, this.#random.pick(CHAT_ACTS))
  }

  found(node: SimNode, slot: number): void {
    this.#perform(node, 'found', async () => {
      await node.found(slot, `space ${slot}`)
      this.#world.reached.count('space founded')
      this.invite(node, slot)
    })
  }

  /** `uses`: one of these. */
  invite(node: SimNode, slot: number, uses = this.#world.inviteUses): void {
    const space = node.space(slot)?.space
    if (space === undefined || !['owner', 'admin'].includes(space.ownRole ?? '')) return
    const role = this.#random.pick(
      ROLES.filter((each) => each !== 'admin' || space.ownRole === 'owner'),
    )
    const mode = this.#random.chance(this.#world.autoInviteRate) ? 'auto' : 'approve'
    this.#perform(node, 'invite', async () => {
      const { link, invite } = await space.createInvite({
        ...{ role, mode, maxUses: this.#random.pick(uses), hints: [] },
        expiresAtMs: node.clock.wall() + INVITE_DAYS * DAY_MS,
        spaceName: `space ${slot}`,
        inviterName: node.name,
      })
      this.#board.push({ slot, text: link, invite: invite.id, inviter: node, mode })
    })
  }

  join(node: SimNode, offer: BoardLink): void {
    this.#perform(node, 'join', async () => {
      await this.#open(node, offer)
    })
  }

  /** Lets in or turns away whoever waits, where this device may. `rate`: of those let in. */
  settleRequests(node: SimNode, slot: number, rate: number): void {
    const space = node.space(slot)?.space
    if (space === undefined || !node.isReady || !node.isMember(slot)) return
    for (const request of space.requests()) {
      if (request.state !== 'waiting') continue
      const isWelcome = this.#isWelcome(request.person) && this.#random.chance(rate)
      this.#perform(node, isWelcome ? 'approve' : 'decline', async () => {
        if (isWelcome) await space.approve(request.id)
        else await space.decline(request.id)
        this.#world.reached.count(isWelcome ? 'join by approval' : 'request declined')
      })
    }
  }

  /** Makes sure that some link on the board still opens the space. */
  ensureOpenLink(owner: SimNode, slot: number): void {
    const space = owner.space(slot)?.space
    if (space === undefined || this.#openLinks(owner, slot).length > 0) return
    this.invite(owner, slot, [1_000])
  }

  /** Whoever is in no space yet, or was turned away, opens a link that still works. */
  joinAtLast(node: SimNode, owner: SimNode, slot: number): void {
    const open = this.#openLinks(owner, slot)
    const offer = open.at(-1)
    if (offer === undefined || !node.isReady || node.isMember(slot)) return
    const used = this.#linkUsed.get(`${node.name} ${slot}`)
    const own = owner
      .space(slot)!
      .space.requests()
      .filter((each) => each.person === node.person)
    if (own.some(({ state }) => state === 'admitted')) return
    const isHopeful = open.some(({ invite }) => invite === used?.invite)
    const wasTurnedAway =
      own.filter(({ state }) => state === 'declined').length >= (used?.times ?? 0)
    if (used !== undefined && isHopeful && !wasTurnedAway) return
    this.#perform(node, 'join again', async () => {
      await node.giveUp(slot)
      await this.#open(node, offer)
    })
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
    const times = (this.#linkUsed.get(key)?.times ?? 0) + 1
    this.#linkUsed.set(key, { invite: offer.invite, times })
    await node.join(offer.slot, offer.text)
    this.#watchJoin(node, offer)
  }

  #offerFor(node: SimNode): BoardLink | undefined {
    const wanted = this.#board.filter(
      ({ slot, mode }) =>
        this.#world.isGivenLinks(node) &&
        !node.slots.includes(slot) &&
        (mode === 'approve' || this.#world.isWelcome(node)),
    )
    return wanted.length === 0 ? undefined : this.#random.pick(wanted)
  }

  #watchJoin(node: SimNode, offer: BoardLink): void {
    const space = node.space(offer.slot)?.space
    if (space === undefined) return
    let isDone = space.ownRole !== undefined
    space.subscribe(() => {
      if (isDone || space.ownRole === undefined) return
      isDone = true
      this.#world.note(`joined ${node.name} ${offer.slot}`)
      if (offer.mode === 'auto') this.#world.reached.count('join by itself')
      if (!offer.inviter.isUp) this.#world.reached.count('join while the inviter was offline')
    })
  }

  #revoke(node: SimNode, slot: number): void {
    const space = node.space(slot)?.space
    const open = space?.invites().filter(({ revoked }) => !revoked) ?? []
    if (space === undefined || open.length < 2 || space.ownRole !== 'owner') return
    if (this.#world.inviteUses.length < 2) return
    const invite = this.#random.pick(open)
    this.#perform(node, 'revoke', async () => {
      await space.revokeInvite(invite.id)
      this.#world.reached.count('invitation revoked')
    })
  }

  #chat(node: SimNode, slot: number, act: ChatAct): void {
    const space = node.space(slot)!
    this.#perform(node, act, async () => {
      if (act === 'burst') {
        const drafts = ['one', 'two', 'three'].map((text) => this.#draft(space, 'send', text))
        const made = await Promise.all(drafts)
        await Promise.all(made.map((draft) => this.#write(node, slot, space, draft)))
        return
      }
      const draft = await this.#draft(space, act, `${act} ${this.#random.uint32()}`)
      await this.#write(node, slot, space, draft)
      const state = REACHED_BY_ACT[act]
      if (state !== undefined && draft !== undefined) this.#world.reached.count(state)
    })
  }

  async #draft(space: SimSpace, act: ChatAct, text: string): Promise<ContentDraft | undefined> {
    const actor = actorIn(space)
    if (act === 'room') return draftRoom(text)
    const rooms = await space.chat.rooms()
    if (rooms.length === 0) return act === 'send' ? draftRoom('General') : undefined
    const room = this.#random.pick(rooms)
    if (act === 'rename') return draftRename(room, text, actor)
    if (act === 'send' || act === 'burst') return draftMessage({ room, text })
    const message = await this.#pickMessage(space, room, actor)
    return message && this.#draftOn(space, act, message, actor)
  }

  async #draftOn(
    space: SimSpace,
    act: ChatAct,
    message: ChatMessage,
    actor: ChatActor,
  ): Promise<ContentDraft> {
    if (act === 'reply') {
      return draftMessage({ room: { id: message.room }, text: 'reply', replyTo: message })
    }
    if (act === 'edit') return draftEdit(message, `edit ${this.#random.uint32()}`, actor)
    if (act === 'delete') return draftDelete(message, actor)
    if (act === 'read') return draftRead(message)
    const emoji = this.#random.pick(EMOJI)
    const observed = await space.chat.ownReactions(message.id, actor.person, emoji)
    return draftReaction(message, { emoji, on: observed.length === 0, observed })
  }

  async #pickMessage(
    space: SimSpace,
    room: ChatRoom,
    actor: ChatActor,
  ): Promise<ChatMessage | undefined> {
    const { messages } = await space.chat.page({ room: room.id, limit: 20 }, actor.person)
    return messages.length === 0 ? undefined : this.#random.pick(messages)
  }

  async #write(
    node: SimNode,
    slot: number,
    space: SimSpace,
    draft: ContentDraft | undefined,
  ): Promise<void> {
    if (draft === undefined) return
    const { life } = node
    node.writesUnderWay++
    this.#world.writing(node)
    try {
      for (const { device, seq, id } of await space.write(draft)) {
        this.acknowledged.push({ slot, device, seq, id })
        this.#world.note(`acknowledged ${node.name} ${slot} ${seq} ${id.slice(0, 8)}`)
      }
    } finally {
      if (node.life === life) node.writesUnderWay--
    }
  }

  #perform(node: SimNode, name: string, run: () => Promise<void>): void {
    this.acts.set(name, (this.acts.get(name) ?? 0) + 1)
    this.#world.note(`act ${node.name} ${name}`)
    run().catch((error: unknown) => {
      const code = errorCode(error)
      if (code === undefined || isBug(error)) {
        const stack = error instanceof Error ? error.stack : String(error)
        return this.#world.fail(`${node.name} could not ${name}: ${stack}`)
      }
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
      this.#world.note(`refused ${node.name} ${name} ${code}`)
      if (code === 'SPACE_DISK') this.#world.reached.count('write refused by a full disk')
    })
  }

  #isWelcome(person: string): boolean {
    const node = this.#world.nodes.find((each) => each.person === person)
    return node !== undefined && this.#world.isWelcome(node)
  }
}

/** An assertion of our own, or an error nobody gave a code of ours. */
function isBug(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    !/^[A-Z]+_/.test(String(errorCode(error))) ||
    errorCode(error)!.startsWith('ERR_')
  )
}

function actorIn({ space }: SimSpace): ChatActor {
  return { person: space.identity.person, role: space.ownRole ?? 'reader' }
}
