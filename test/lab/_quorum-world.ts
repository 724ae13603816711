/** Devices of the quorum baseline in a simulated network, with what each has made durable. */

import { utf8 } from '@hamlet/core'
import { Scheduler, SeededRandom, SimNetwork } from '@hamlet/testkit/simulator'
import { QuorumNode } from '../../bench/lab/quorum/quorum-node.ts'

export class QuorumTestWorld {
  readonly scheduler = new Scheduler()
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly devices: readonly string[]
  readonly nodes: readonly QuorumNode[]
  /** By entry (`author/seq`): the members on whose disk it is. */
  readonly holders = new Map<string, Set<number>>()

  constructor(members: number, seed: number) {
    this.random = new SeededRandom(seed)
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), () => undefined)
    this.devices = Array.from({ length: members }, (_, i) => `m${String(i).padStart(3, '0')}`)
    const { scheduler, network, devices } = this
    const seen = (member: number, author: number, from: number, to: number): void => {
      for (let seq = from; seq < to; seq++) this.#hold(`${author}/${seq}`, member)
    }
    const world = { scheduler, network, devices, syncMeanMs: 5, seen }
    this.nodes = devices.map((_, i) => new QuorumNode(world, this.random.fork(`node ${i}`), i))
  }

  async startAll(): Promise<void> {
    for (const node of this.nodes) await node.start()
    await this.pass(2_000)
  }

  pass(ms: number): Promise<void> {
    return this.scheduler.run(this.scheduler.nowMs + ms)
  }

  /** Only members of one group hear each other. */
  partition(...groups: readonly (readonly number[])[]): void {
    const groupOf = (member: number): number => groups.findIndex((group) => group.includes(member))
    const cuts = this.devices.flatMap((a, i) =>
      this.devices.flatMap((b, j) => (groupOf(i) === groupOf(j) ? [] : [[a, b] as const])),
    )
    this.network.setCuts(cuts)
  }

  heal(): void {
    this.network.setCuts([])
  }

  /** When it was acknowledged, filled in later. */
  write(member: number, text: string): { atMs: number | undefined } {
    const outcome: { atMs: number | undefined } = { atMs: undefined }
    void this.nodes[member]!.write(utf8(text)).then(() => {
      outcome.atMs = this.scheduler.nowMs
    })
    return outcome
  }

  read(member: number): { lengths: ReadonlyMap<number, number> | undefined } {
    const outcome: { lengths: ReadonlyMap<number, number> | undefined } = { lengths: undefined }
    void this.nodes[member]!.read().then((lengths) => {
      outcome.lengths = lengths
    })
    return outcome
  }

  #hold(entry: string, member: number): void {
    this.holders.set(entry, (this.holders.get(entry) ?? new Set()).add(member))
  }
}
