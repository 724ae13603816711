/**
 * The hostile devices of a world: their networks, their second histories, and the entries they make up.
 *
 * A device that equivocates runs a second process on a copy of its disk, which shows its face to half of the peers.
 */

import { errorCode } from '@hamlet/core'
import type { Crypto, DeviceId } from '@hamlet/core'
import type { ContentDraft } from '@hamlet/space'
import { filteredNet } from './filtered-net.ts'
import { forgeLogs } from './forged-log.ts'
import { HostileNet } from './hostile-net.ts'
import { isMessageAttack } from './hostile-options.ts'
import type { HostileOptions } from './hostile-options.ts'
import type { Reached } from './reached.ts'
import { writeRogue } from './rogue-log.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { NodeNet, SimNet } from './sim-net.ts'
import type { SimNode } from './sim-node.ts'

export interface HostileWorld {
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly scheduler: Scheduler
  readonly reached: Reached
  readonly chaosMs: number
  /** Honest and hostile. */
  readonly nodes: readonly SimNode[]
  /** By number of the node. */
  readonly hostiles: ReadonlyMap<number, HostileOptions>
  note(line: string): void
  /** A second process of the same device, on a copy of its disk. */
  startTwin(node: SimNode): void
  /** What somebody would say to harm a ledger; `undefined` where people keep none. */
  harmOf(
    random: SeededRandom,
    node: SimNode,
    slot: number,
  ): Promise<ContentDraft | undefined> | undefined
  /** Ends the process and begins the next, when there is one. */
  restart(node: SimNode): void
}

const ROGUE_EVERY_MS = 4_000

export class Hostiles {
  readonly #world: HostileWorld
  readonly #random: SeededRandom
  readonly #nets = new Map<SimNode, HostileNet>()
  readonly #twins = new Map<string, SimNode>()
  #isOver = false
  #harms = 0
  /** How often each attack was made. */
  readonly counts = new Map<string, number>()

  constructor(world: HostileWorld) {
    this.#world = world
    this.#random = world.random
  }

  optionsOf(node: SimNode): HostileOptions | undefined {
    const index = this.#world.nodes.findIndex(({ person }) => person === node.person)
    return this.#world.hostiles.get(index)
  }

  begin(): void {
    for (const node of this.#world.nodes) {
      const options = this.optionsOf(node)
      if (options === undefined) continue
      const { scheduler, chaosMs } = this.#world
      const atMs = chaosMs * (0.3 + 0.4 * this.#random.unit())
      if (options.attacks.includes('equivocate')) scheduler.after(atMs, () => this.#split(node))
      if (options.attacks.some((attack) => !isMessageAttack(attack))) this.#goRogue(node, options)
    }
  }

  /** No entry is made up after this, so that proofs of what was can get round. */
  end(): void {
    this.#isOver = true
  }

  noteTwin(node: SimNode, twin: SimNode): void {
    this.#twins.set(node.device, twin)
  }

  /** The second process of the device ends for good; the first shows its face to everybody. */
  endTwin(device: DeviceId): void {
    const twin = this.#twins.get(device)
    if (twin === undefined) return
    this.#twins.delete(device)
    twin.lose()
    const first = this.#world.nodes.find((node) => node !== twin && node.device === device)
    if (first !== undefined) this.#world.restart(first)
  }

  wrapNet(node: SimNode, options: HostileOptions, net: SimNet): NodeNet {
    const random = this.#random.fork(`${node.name} ${node.life}`)
    const hostile = new HostileNet(net, random, options, (attack) => this.#count(attack))
    this.#nets.set(node, hostile)
    const { crypto, nodes } = this.#world
    const spaces = nodes.flatMap((each) =>
      each.slots.flatMap((slot) => each.space(slot)?.space.id ?? []),
    )
    void forgeLogs(crypto, random, [...new Set(spaces)]).then((forgeries) => {
      hostile.forgeries = forgeries
    })
    const isTwin = this.#twins.get(node.device) === node
    return filteredNet(hostile, (peer) => {
      return !this.#twins.has(node.device) || isSecondFace(peer) === isTwin
    })
  }

  #count(attack: string): void {
    this.counts.set(attack, (this.counts.get(attack) ?? 0) + 1)
    this.#world.reached.count('hostile bytes sent')
  }

  #split(node: SimNode): void {
    if (!node.isReady || node.slots.length === 0 || this.#twins.has(node.device)) return
    this.#world.note(`splits ${node.name}`)
    this.#count('equivocate')
    this.#world.startTwin(node)
  }

  #goRogue(node: SimNode, options: HostileOptions): void {
    this.#world.scheduler.after(this.#random.exponential(ROGUE_EVERY_MS), () => {
      if (this.#isOver) return
      this.#goRogue(node, options)
      void this.#writeRogue(node, options)
    })
  }

  async #writeRogue(node: SimNode, options: HostileOptions): Promise<void> {
    const attacks = options.attacks.filter(
      (attack) => !isMessageAttack(attack) && attack !== 'equivocate',
    )
    const slots = node.isReady ? node.slots : []
    if (attacks.length === 0 || slots.length === 0) return
    const attack = this.#random.pick(attacks) as 'seize' | 'future' | 'old-epoch' | 'backdate'
    const slot = this.#random.pick(slots)
    const space = node.space(slot)?.space
    if (space === undefined) return
    const { crypto } = this.#world
    const { ring, identity } = node
    const harming = this.#random.fork(`harm ${++this.#harms}`)
    const harm = this.#world.harmOf(harming, node, slot)
    const said = harm && (await harm)
    const means = { crypto, ring, random: this.#random, signer: identity.deviceSigner, said }
    const range = await writeRogue(means, space, attack).catch((error: unknown) => {
      this.#world.note(`no rogue entry of ${node.name}: ${errorCode(error)}`)
    })
    if (range === undefined) return
    this.#world.note(`rogue ${node.name} ${attack}`)
    this.#count(attack)
    if (space.ownRole === undefined || space.formerMembers().length > 0) {
      this.#world.reached.count('rogue entry after a removal')
    }
    this.#nets.get(node)?.spread(node.device, range)
  }
}

/** Half of all peers. */
function isSecondFace(peer: string): boolean {
  return Number.parseInt(peer.slice(0, 2), 16) % 2 === 1
}
