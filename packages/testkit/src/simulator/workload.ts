/**
 * What the people of a world do: found spaces, invite each other, answer requests, and chat.
 *
 * Acts fall on random devices at random times, whatever the network and the disks are doing. A person only does what
 * the device shows. Every act draws from a stream of its own.
 */

import { assert, errorCode } from '@hamlet/core'
import type { DeviceId, EntryId } from '@hamlet/core'
import { RANK_BY_ROLE, RULES_POLICY } from '@hamlet/space'
import type { ContentDraft, Ephemeral } from '@hamlet/space'
import { CHAT_ACTS, draftAct, draftPoll, REACHED_BY_ACT } from './chat-acts.ts'
import type { ChatAct } from './chat-acts.ts'
import { Feud } from './feud.ts'
import { Invitations } from './invitations.ts'
import type { InvitationWorld } from './invitations.ts'
import { MEMBER_ACTS, MemberActs } from './member-acts.ts'
import { LATER_RULES, LATER_WRITE_RATE, RAISE_RATE } from './later-version.ts'
import { LedgerWorkload } from './ledger/ledger-workload.ts'
import type { LedgerOptions } from './ledger/ledger-workload.ts'
import type { Problem } from './oracles/problem.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNode } from './sim-node.ts'
import type { SimSpace } from './sim-space.ts'
import type { PlantedBug } from './world-options.ts'

/** A write that was reported as done. */
export interface AcknowledgedWrite {
  readonly slot: number
  readonly device: DeviceId
  readonly seq: number
  readonly id: EntryId
}

export interface WorkloadWorld extends Omit<InvitationWorld, 'perform'> {
  /** Of acts, those that change somebody's standing. */
  readonly memberActRate: number
  readonly plantedBug: PlantedBug | undefined
  readonly startsSettled: boolean
  readonly raisesRules: boolean
  /** Spaces are founded so that messages disappear. */
  readonly disappearing: Ephemeral | null
  /** `undefined`: people keep no ledger. */
  readonly ledger: LedgerOptions | undefined
  isHonest(node: SimNode): boolean
  fail(problem: string): void
  /** A write has begun. */
  writing(node: SimNode): void
  /** A promise is broken. */
  broken(problem: Problem): void
  sleep(ms: number): Promise<void>
  silence(node: SimNode, isSilent: boolean): void
}

const BURST = 3
const RACE_RATE = 0.05

export class Workload {
  readonly #world: WorkloadWorld
  readonly invitations: Invitations
  readonly #members: MemberActs
  readonly #ledger: LedgerWorkload | undefined
  readonly acknowledged: AcknowledgedWrite[] = []
  /** Acts by name, and refusals by code. */
  readonly acts = new Map<string, number>()
  readonly refusals = new Map<string, number>()

  constructor(world: WorkloadWorld) {
    this.#world = world
    const perform = (node: SimNode, name: string, run: () => Promise<void>): void =>
      this.perform(node, name, run)
    this.invitations = new Invitations({ ...world, perform })
    this.#members = new MemberActs({ ...world, perform })
    const write = this.#write.bind(this)
    this.#ledger = world.ledger && new LedgerWorkload({ ...world, perform, write }, world.ledger)
  }

  /** A random device's person does something that is possible there. */
  act(random: SeededRandom): void {
    const up = this.#world.nodes.filter((node) => node.isReady)
    if (up.length === 0) return
    assert(this.#world.plantedBug !== 'crash', 'a planted assertion')
    const node = random.pick(up)
    const offer = this.invitations.offerFor(random, node)
    if (offer !== undefined && random.chance(0.7)) return this.invitations.join(node, offer)
    if (random.chance(RACE_RATE)) return this.invitations.race(random, up)
    const slot = node.slots.length === 0 ? undefined : random.pick(node.slots)
    if (slot === undefined || !node.isMember(slot)) return
    if (random.chance(this.#world.memberActRate)) {
      return this.#members.act(random, node, slot, random.pick(MEMBER_ACTS))
    }
    const kind = random.unit()
    if (kind < 0.08) this.invitations.invite(random, node, slot)
    else if (kind < 0.2) this.invitations.settleRequests(random, node, slot, 0.85)
    else if (kind < 0.22) this.invitations.revoke(random, node, slot)
    else if (node.isLater && random.chance(LATER_WRITE_RATE)) this.#poll(random, node, slot)
    else if (this.#ledger?.takes(random) === true) this.#ledger.act(random, node, slot)
    else this.#chat(random, node, slot, random.pick(CHAT_ACTS))
  }

  found(random: SeededRandom, node: SimNode, slot: number): void {
    this.perform(node, 'found', async () => {
      const { disappearing, reached } = this.#world
      await node.found(slot, `space ${slot}`, disappearing ?? undefined)
      reached.count('space founded')
      if (disappearing !== null) reached.count('space whose messages disappear')
      if (this.#world.startsSettled) await this.invitations.settle(random, node, slot)
      else this.invitations.invite(random, node, slot)
    })
  }

  /** Where there is an owner who is up. */
  feud(random: SeededRandom): void {
    const owns = (node: SimNode, slot: number): boolean =>
      node.space(slot)?.space.ownRole === 'owner' && this.#world.isHonest(node)
    for (const node of this.#world.nodes.filter(({ isReady }) => isReady)) {
      const slot = node.slots.find((each) => owns(node, each))
      if (slot === undefined) continue
      const perform = this.perform.bind(this)
      return new Feud({ ...this.#world, perform }, random, slot).begin(node)
    }
  }

  /** A message in every space where the person may write. */
  greet(random: SeededRandom, node: SimNode): void {
    for (const slot of node.isReady ? node.slots : []) {
      const role = node.space(slot)?.space.ownRole
      if (role !== undefined && RANK_BY_ROLE[role] >= RANK_BY_ROLE.writer) {
        this.#chat(random, node, slot, 'send')
        if (node.isLater) this.#poll(random, node, slot)
      }
    }
  }

  /** What a hostile person would say in a ledger. */
  harmOf(
    random: SeededRandom,
    node: SimNode,
    slot: number,
  ): Promise<ContentDraft | undefined> | undefined {
    return this.#ledger?.harmOf(random, node, slot)
  }

  #chat(random: SeededRandom, node: SimNode, slot: number, act: ChatAct): void {
    const space = node.space(slot)!
    this.perform(node, act, async () => {
      if (act === 'burst') {
        const drafts: (ContentDraft | undefined)[] = []
        while (drafts.length < BURST) drafts.push(await draftAct(random, space, act))
        await Promise.all(drafts.map((draft) => this.#write(node, slot, space, draft)))
        return
      }
      const draft = await draftAct(random, space, act)
      await this.#write(node, slot, space, draft)
      const state = REACHED_BY_ACT[act]
      if (state !== undefined && draft !== undefined) this.#world.reached.count(state)
    })
  }

  /** What only the later version knows. */
  #poll(random: SeededRandom, node: SimNode, slot: number): void {
    const space = node.space(slot)!
    const { ownRole } = space.space
    const mayRaise = this.#world.raisesRules && ownRole === 'owner'
    if (mayRaise && random.chance(RAISE_RATE)) return this.#raise(node, space)
    this.perform(node, 'poll', async () => {
      const draft = await draftPoll(random, space)
      await this.#write(node, slot, space, draft)
      if (draft !== undefined) this.#world.reached.count('entry of a later type written')
    })
  }

  /** From now on only those with the later version write here. */
  #raise(node: SimNode, { space }: SimSpace): void {
    this.perform(node, 'raise rules', async () => {
      await space.setPolicy(RULES_POLICY, LATER_RULES)
      this.#world.reached.count('rules raised')
    })
  }

  async #write(
    node: SimNode,
    slot: number,
    space: SimSpace,
    ...maybe: readonly (ContentDraft | undefined)[]
  ): Promise<void> {
    const drafts = maybe.filter((draft) => draft !== undefined)
    if (drafts.length === 0) return
    const { life } = node
    node.writesUnderWay++
    this.#world.writing(node)
    try {
      for (const { device, seq, id } of await space.write(...drafts)) {
        const isForgotten = this.#world.plantedBug === 'forgetful'
        this.acknowledged.push({ slot, device, seq: isForgotten ? seq + 1_000 : seq, id })
        this.#world.note(`acknowledged ${node.name} ${slot} ${seq} ${id.slice(0, 8)}`)
      }
    } finally {
      if (node.life === life) node.writesUnderWay--
    }
  }

  /** Runs an act of a person, and counts what becomes of it. */
  perform(node: SimNode, name: string, run: () => Promise<void>): void {
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
      if (code === 'SPACE_NEWER_RULES') this.#world.reached.count('write refused for newer rules')
      if (code === 'SPACE_DISK') this.#world.reached.count('write refused by a full disk')
    })
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
