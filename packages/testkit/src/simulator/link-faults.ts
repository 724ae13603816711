/**
 * What goes wrong between devices: partitions of several shapes, one way or both, clogged links, resets.
 *
 * Swizzle-clogging is FoundationDB's: the links of a random group are stopped one by one and restored in another order.
 */

import type { FaultWorld, FaultyNode } from './fault-world.ts'
import type { Rhythm } from './rhythm.ts'
import type { SeededRandom } from './seeded-random.ts'

type Pair = readonly [from: string, to: string]

export class LinkFaults {
  readonly #world: FaultWorld
  readonly #rhythm: Rhythm
  readonly #random: SeededRandom

  constructor(world: FaultWorld, rhythm: Rhythm) {
    this.#world = world
    this.#rhythm = rhythm
    this.#random = world.random
  }

  begin(): void {
    const { options, network } = this.#world
    network.faults = options.network
    if (options.partitions !== 'none') {
      this.#rhythm.every(options.partitionEveryMs, () => this.#cut())
    }
    this.#rhythm.every(options.resetEveryMs, () => this.#reset())
    this.#rhythm.every(options.clogEveryMs, () => this.#swizzle())
  }

  #cut(): void {
    const { options, network, reached, counts, nodes } = this.#world
    const [left, right] = this.#sides(nodes)
    if (left.length === 0 || right.length === 0) return
    const isOneWay = this.#random.chance(options.oneWayRate)
    if (isOneWay) reached.count('one-way partition')
    if (options.partitions === 'isolate') reached.count('one device cut off')
    counts.partitions++
    const cuts = left.flatMap((a) => right.map((b) => [a.device, b.device] as const))
    const back = cuts.map(([a, b]): Pair => [b, a])
    const names = left.map(({ name }) => name).join()
    this.#world.note(`partition ${names}${isOneWay ? ' one way' : ''}`)
    network.setCuts(isOneWay ? cuts : [...cuts, ...back])
    this.#rhythm.later(this.#random.int(1_000, options.partitionMsMax), () => {
      this.#world.note('partition heals')
      reached.count('partition healed')
      network.setCuts([])
    })
  }

  #sides(
    nodes: readonly FaultyNode[],
  ): [left: readonly FaultyNode[], right: readonly FaultyNode[]] {
    const { partitions } = this.#world.options
    const shuffled = this.#random.shuffle(nodes)
    if (partitions === 'uniform') {
      const left = shuffled.filter(() => this.#random.chance(0.5))
      return [left, shuffled.filter((node) => !left.includes(node))]
    }
    const size = partitions === 'isolate' ? 1 : this.#random.int(1, Math.max(1, nodes.length - 1))
    const [left, right] = [shuffled.slice(0, size), shuffled.slice(size)]
    return this.#random.chance(0.5) ? [left, right] : [right, left]
  }

  #reset(): void {
    const { nodes, network, reached } = this.#world
    if (nodes.length < 2) return
    const [a, b] = this.#random.shuffle(nodes)
    if (network.inFlightBytes(a!.device, b!.device) > 0) {
      reached.count('connection reset with messages on their way')
    }
    network.reset(a!.device, b!.device)
  }

  #swizzle(): void {
    const { nodes, network, counts, reached } = this.#world
    const pairs = this.#random
      .shuffle(nodes)
      .slice(0, this.#random.int(2, Math.max(2, nodes.length)))
      .flatMap((a, i, group) => group.slice(i + 1).flatMap((b): Pair[] => pairsOf(a, b)))
    if (pairs.length === 0) return
    counts.clogs++
    reached.count('links clogged and unclogged')
    const stopMs = this.#random.int(0, 500)
    for (const [i, [from, to]] of pairs.entries()) {
      this.#rhythm.later(i * stopMs, () => network.clog(from, to))
    }
    const freeMs = this.#random.int(200, 2_000)
    for (const [i, [from, to]] of this.#random.shuffle(pairs).entries()) {
      this.#rhythm.later(pairs.length * stopMs + (i + 1) * freeMs, () => network.unclog(from, to))
    }
  }
}

function pairsOf(a: FaultyNode, b: FaultyNode): Pair[] {
  return [
    [a.device, b.device],
    [b.device, a.device],
  ]
}
