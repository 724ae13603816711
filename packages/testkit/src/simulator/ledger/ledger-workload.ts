/**
 * The people of a world at their ledgers: acts of one device, or of several at once that do not know of each other's.
 *
 * Whoever is hostile writes harm instead, now and then. After every write balances are asked for where it was written.
 */

import type { Crypto } from '@hamlet/core'
import { civilDateToDays, daysToCivilDate } from '@hamlet/expenses'
import { RANK_BY_ROLE } from '@hamlet/space'
import type { ContentDraft } from '@hamlet/space'
import { findImbalance } from '../oracles/ledger.ts'
import type { Problem } from '../oracles/problem.ts'
import type { Reached } from '../reached.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { SimNode } from '../sim-node.ts'
import type { SimSpace } from '../sim-space.ts'
import type { PlantedBug } from '../world-options.ts'
import { DONE_TOGETHER, draftLedgerAct, LEDGER_ACTS, REACHED_BY_LEDGER_ACT } from './ledger-acts.ts'
import type { LedgerAct } from './ledger-acts.ts'
import type { LedgerActor } from './ledger-actor.ts'
import { draftHostileBill } from './hostile-bills.ts'

export interface LedgerOptions {
  readonly crypto: Crypto
  /** Of what people write. */
  readonly ledgerRate: number
  /** Of what hostile people write in a ledger. */
  readonly ledgerHarmRate: number
  readonly plantedBug?: PlantedBug | undefined
}

export interface LedgerWorld {
  readonly nodes: readonly SimNode[]
  readonly reached: Reached
  isHonest(node: SimNode): boolean
  broken(problem: Problem): void
  perform(node: SimNode, name: string, run: () => Promise<void>): void
  write(
    node: SimNode,
    slot: number,
    space: SimSpace,
    ...drafts: readonly ContentDraft[]
  ): Promise<void>
}

const DAY_MS = 24 * 3_600_000
const DAYS_TO_1970 = civilDateToDays('1970-01-01')
const TOGETHER_RATE = 0.5
/** What somebody does there while they are at it. */
const SITTING_MAX = 2
/** Of those who do the same at once, these beside the first. */
const OTHERS_MAX = 2

export class LedgerWorkload {
  readonly #world: LedgerWorld
  readonly #options: LedgerOptions

  constructor(world: LedgerWorld, options: LedgerOptions) {
    this.#world = world
    this.#options = options
  }

  /** Whether what somebody is about to write is for the ledger. */
  takes(random: SeededRandom): boolean {
    return random.chance(this.#options.ledgerRate)
  }

  act(random: SeededRandom, node: SimNode, slot: number): void {
    if (!this.#world.isHonest(node) && random.chance(this.#options.ledgerHarmRate)) {
      return this.#harm(random, node, slot)
    }
    for (let left = random.int(1, SITTING_MAX); left > 0; left--) {
      this.#actTogether(random.fork(`sitting ${left}`), node, slot, random.pick(LEDGER_ACTS))
    }
  }

  #actTogether(random: SeededRandom, node: SimNode, slot: number, act: LedgerAct): void {
    const isTogether = DONE_TOGETHER.has(act) && random.chance(TOGETHER_RATE)
    const others = isTogether ? this.#others(random, node, slot) : []
    if (others.length > 0) this.#world.reached.count('done on several devices at once in a ledger')
    for (const [i, each] of [node, ...others].entries()) {
      const { ownRole } = each.space(slot)!.space
      if (ownRole === undefined || RANK_BY_ROLE[ownRole] < RANK_BY_ROLE.writer) continue
      this.#do(random, i, each, slot, act)
    }
  }

  #others(random: SeededRandom, node: SimNode, slot: number): SimNode[] {
    const others = this.#world.nodes.filter(
      (each) => each !== node && each.isReady && each.isMember(slot) && this.#world.isHonest(each),
    )
    return random.shuffle(others).slice(0, OTHERS_MAX)
  }

  #do(random: SeededRandom, number: number, node: SimNode, slot: number, act: LedgerAct): void {
    this.#perform([random.fork(`device ${number}`), random], node, slot, act, async (actor) => {
      const { done, drafts } = await draftLedgerAct(act, actor)
      this.#world.reached.count(REACHED_BY_LEDGER_ACT[done])
      return drafts
    })
  }

  #harm(random: SeededRandom, node: SimNode, slot: number): void {
    this.#perform([random, random], node, slot, 'harm a ledger', async (actor) => {
      const drafts = await draftHostileBill(actor)
      if (drafts.length > 0) this.#world.reached.count('harm done to a ledger')
      return drafts
    })
  }

  /** For an entry that is not written as honest ones are. */
  async harmOf(
    random: SeededRandom,
    node: SimNode,
    slot: number,
  ): Promise<ContentDraft | undefined> {
    const actor = await this.#actor([random, random], node, slot)
    return actor && (await draftHostileBill(actor))[0]
  }

  #perform(
    randoms: readonly [SeededRandom, SeededRandom],
    node: SimNode,
    slot: number,
    name: string,
    draft: (actor: LedgerActor) => Promise<readonly ContentDraft[]>,
  ): void {
    const space = node.space(slot)
    if (space === undefined) return
    this.#world.perform(node, name, async () => {
      const actor = await this.#actor(randoms, node, slot)
      if (actor === undefined) return
      await this.#world.write(node, slot, space, ...(await draft(actor)))
      const wrong = await findImbalance(actor.ledger, this.#options.plantedBug)
      if (wrong === undefined) return
      this.#world.broken({ oracle: 'ledger sum', detail: `${node.name} after ${name}: ${wrong}` })
    })
  }

  /** `target`: the same for all who do the same at once. */
  async #actor(
    [random, target]: readonly [SeededRandom, SeededRandom],
    node: SimNode,
    slot: number,
  ): Promise<LedgerActor | undefined> {
    const { ledger, space } = node.space(slot) ?? {}
    const role = space?.ownRole
    if (ledger === undefined || role === undefined) return undefined
    const { crypto, plantedBug } = this.#options
    const today = daysToCivilDate(Math.floor(node.clock.wall() / DAY_MS) + DAYS_TO_1970)
    const drafts = await ledger.ledger.drafts(role)
    return { crypto, random, target, drafts, ledger, today, plantedBug }
  }
}
