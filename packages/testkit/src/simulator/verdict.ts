/**
 * What is asked of a world in the end, and of whom: the core of honest devices that are still there.
 *
 * A device that lost its disk, got an old one back or reads damaged bytes is excused from what cannot be asked of it.
 */

import { bytesToHex, silentLogger } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { Space } from '@hamlet/space'
import { findLostWrite } from './oracles/acknowledged.ts'
import { checkAuthorship } from './oracles/authorship.ts'
import { findExcess } from './oracles/bounds.ts'
import { findUnsettled, findViewDivergence } from './oracles/convergence.ts'
import { readCausality } from './oracles/causality.ts'
import { findModelDifference } from './oracles/chat-model.ts'
import { findRemains } from './oracles/disappearing.ts'
import { findLedgerFault } from './oracles/ledger.ts'
import type { Taken } from './oracles/disappearing.ts'
import { countRivalResets, findForkDisagreement } from './oracles/forks.ts'
import { findBanBetween, findDishonesty } from './oracles/honesty.ts'
import { findInterference } from './oracles/interference.ts'
import type { Judgement, PersonKeys, Problem } from './oracles/problem.ts'
import { findLeak } from './oracles/secrecy.ts'
import { findUsurper } from './oracles/standing.ts'
import { findVersionFault } from './oracles/versions.ts'
import { findUnrecoverable } from './oracles/words.ts'
import type { Reached } from './reached.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNetwork } from './sim-network.ts'
import type { SimNode } from './sim-node.ts'
import type { AcknowledgedWrite } from './workload.ts'
import type { WorldOptions } from './world-options.ts'

export interface VerdictWorld {
  readonly options: WorldOptions
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly nodes: readonly SimNode[]
  readonly reached: Reached
  readonly acknowledged: readonly AcknowledgedWrite[]
  isHonest(node: SimNode): boolean
  note(line: string): void
  /** Lets virtual time go on until the promise is settled. */
  awaited<T>(promise: Promise<T>): Promise<T>
}

export class Verdict {
  readonly #world: VerdictWorld
  /** Devices the core has to do without, and those of them that do not run. */
  readonly outsiders = new Set<SimNode>()
  readonly deadOutsiders = new Set<SimNode>()

  constructor(world: VerdictWorld) {
    this.#world = world
  }

  /** Honest devices that are there in the end, and whose disks do not lie. */
  core(): SimNode[] {
    return this.#world.nodes.filter(
      (node) =>
        this.#world.isHonest(node) && !node.isLost && !node.isDamaged && !this.outsiders.has(node),
    )
  }

  /** The first thing the core does not agree on. */
  findUnsettled(): Problem | undefined {
    for (const judgement of this.#judgements()) {
      const problem =
        findForkDisagreement(judgement) ??
        findUnsettled(judgement) ??
        // Who was put out by what nobody witnessed may never hear of it.
        (judgement.forked.size > 0 ? undefined : this.#findUnaware(judgement.slot))
      if (problem !== undefined) return problem
    }
    return undefined
  }

  /** What is left of what should have disappeared. `taken`: the devices of the core. */
  async findRemains(taken: readonly Taken[]): Promise<Problem | undefined> {
    const { crypto, options, reached } = this.#world
    for (let slot = 0; slot < options.spaces; slot++) {
      const { problem, locked } = await findRemains(crypto, slot, taken)
      if (problem !== undefined) return problem
      reached.count('message disappeared', locked)
      reached.count('taken device searched', taken.length)
    }
    return undefined
  }

  /** Whoever lost their place knows it, whether they were removed or their admission fell, and however long ago. */
  #findUnaware(slot: number): Problem | undefined {
    const core = this.core()
    const authority = authorityOf(core.flatMap((node) => node.space(slot)?.space ?? []))
    const unaware = core.find((node) => {
      const role = node.space(slot)?.space.ownRole
      // Storage holds no keys by which to be recognised.
      return role !== undefined && role !== 'relay' && authority?.hasLost(node.device) === true
    })
    if (unaware === undefined) return undefined
    return { oracle: 'convergence', detail: `space ${slot}: ${unaware.name} is out and not aware` }
  }

  /** The first broken promise. */
  async judge(): Promise<Problem | undefined> {
    for (const judgement of this.#judgements()) {
      const problem = await this.#judgeSpace(judgement)
      if (problem !== undefined) return problem
    }
    const { nodes, network } = this.#world
    for (const node of nodes) node.noteBans()
    return (
      findBanBetween(nodes.filter((node) => this.#world.isHonest(node) && !node.isDamaged)) ??
      findExcess(network.counts)
    )
  }

  async #judgeSpace(judgement: Judgement): Promise<Problem | undefined> {
    const { options, reached } = this.#world
    const isCovered = options.mode === 'covered'
    const causality = readCausality(judgement.replicas[0]!.copy.space, this.#world.crypto)
    const authorship = checkAuthorship(judgement, causality)
    if (authorship.concurrent > 0) reached.count('writes by several devices at once')
    reached.count('removal beside a write of the removed', authorship.removalsBesideWrites)
    reached.count('two remove each other', authorship.removalsOfEachOther)
    reached.count('two resets of one device apart', countRivalResets(causality))
    const safety =
      findDishonesty(judgement) ??
      authorship.problem ??
      findUsurper(judgement, causality) ??
      findLeak(judgement, causality)
    if (safety !== undefined || !isCovered) return safety
    if (judgement.forked.size > 0) reached.count('fork proven')
    const problem =
      findForkDisagreement(judgement) ??
      findUnrecoverable(judgement) ??
      findLostWrite(judgement, this.#binding(judgement)) ??
      (await this.#world.awaited(this.#judgeViews(judgement)))
    if (problem !== undefined) return problem
    for (const { copy } of judgement.replicas) {
      this.#world.note(`frontier ${bytesToHex(copy.space.frontierHash())}`)
    }
    return undefined
  }

  async #judgeViews(judgement: Judgement): Promise<Problem | undefined> {
    const problem =
      (await findViewDivergence(judgement)) ??
      (await findModelDifference(judgement)) ??
      (await findVersionFault(judgement, this.#world.reached)) ??
      (await findLedgerFault(judgement, this.#world))
    if (problem !== undefined || !this.#world.options.replays) return problem
    this.#world.reached.count('copy made anew')
    return findInterference(judgement, {
      random: this.#world.random,
      logger: silentLogger,
      leavesOutMember: this.#world.options.plantedBug === 'interference',
    })
  }

  /** With the planted bug somebody passes keys on to who was put out. */
  #rings(): PersonKeys[] {
    const { nodes, options } = this.#world
    const all = nodes.flatMap(({ ring }) => ring.secrets)
    const passesKeys = options.plantedBug === 'passes-keys'
    return nodes.map(({ person, device, name, ring, identity }) => ({
      ...{ person, device, name, recoveryPrivate: identity.personKeys?.recoveryPrivate },
      secrets: passesKeys ? all : ring.secrets,
    }))
  }

  /** Acknowledged writes that the core must have. */
  #binding(judgement: Judgement): AcknowledgedWrite[] {
    const reliable = new Set(
      this.core()
        .filter((node) => !isExcused(node))
        .map(({ device }) => device),
    )
    const { members } = judgement.replicas[0]!.copy.space.controlState()
    const staying = new Set(
      [...members.values()]
        .filter(({ incarnation }) => incarnation === 0)
        .flatMap(({ devices }) => devices.map(({ device }) => device)),
    )
    const { slot, forked } = judgement
    return this.#world.acknowledged.filter((write) => {
      // Of two histories what nobody built on may be nowhere.
      if (write.slot !== slot || forked.has(write.device)) return false
      return reliable.has(write.device) && staying.has(write.device)
    })
  }

  #judgements(): Judgement[] {
    const slots = Array.from({ length: this.#world.options.spaces }, (_, slot) => slot)
    return slots
      .map((slot) => this.#judgementOf(slot))
      .filter(({ replicas }) => replicas.length > 0)
  }

  #judgementOf(slot: number): Judgement {
    const core = this.core()
    const authority = authorityOf(core.flatMap((node) => node.space(slot)?.space ?? []))
    const expected = core.filter(
      (node) => authority !== undefined && isExpected(node, authority, node.space(slot)?.space),
    )
    const replicas = expected.flatMap((node) => {
      const copy = node.space(slot)
      if (copy === undefined) return []
      const { name, device } = node
      return [{ node, name, device, copy, heldAtUpgrade: node.heldAtUpgrade(slot) }]
    })
    const absent = expected.filter((node) => node.space(slot) === undefined)
    const excused = this.#world.nodes.filter((node) => isExcused(node)).map(({ device }) => device)
    return {
      ...{ crypto: this.#world.crypto, slot, replicas },
      copies: this.#world.nodes.flatMap((node) => node.space(slot)?.space ?? []),
      absent: absent.map(({ name }) => name),
      isWhole: this.outsiders.size === 0 && this.#world.nodes.every((node) => !isExcused(node)),
      excused: new Set(excused),
      hostile: new Set(
        this.#world.nodes.filter((node) => !this.#world.isHonest(node)).map(({ device }) => device),
      ),
      rings: this.#rings(),
      disappears: this.#world.options.disappearing !== null,
      planted: this.#world.options.plantedBug,
      honest: new Set(core.map(({ device }) => device)),
      forked: new Set(replicas.flatMap(({ copy }) => copy.forkedDevices())),
    }
  }
}

/**
 * The copy that knows best who is in: whoever was put out while away may still believe to be. The owner's, or the one
 * that holds most.
 */
function authorityOf(copies: readonly Space[]): Space | undefined {
  return copies
    .filter((space) => space.ownRole !== undefined)
    .sort((a, b) => ownership(b) - ownership(a) || entriesIn(b) - entriesIn(a))[0]
}

function ownership(space: Space): number {
  return space.ownRole === 'owner' ? 1 : 0
}

function entriesIn(space: Space): number {
  return [...space.lengths().values()].reduce((sum, length) => sum + length, 0)
}

/** With an owner everybody gets in who was not put out; without, only those who are known to be in must be here. */
function isExpected(node: SimNode, authority: Space, own: Space | undefined): boolean {
  if (authority.deviceOwner(node.device) !== undefined) return true
  if (authority.ownRole !== 'owner' || node.isFurther) return false
  // An admission that fell: the person knows, and may ask again or not. Of one on a history that only they were shown
  // nobody else may have heard.
  if (authority.acceptsDevice(node.device)) return false
  if (own?.hasLost(node.device) === true) return false
  return !authority.formerMembers().some(({ person }) => person === node.person)
}

/** Not everything the device wrote can be asked for. */
function isExcused(node: SimNode): boolean {
  return node.isLost || node.wasRestored || node.isDamaged
}
