/**
 * Brings the faults of a plan over a world, each class in a rhythm of its own, and takes them all back at the end.
 *
 * Invariants:
 * 1. At most one fault of a process (kill, stop, pause) per host at a time; network faults add up.
 * 2. A host is given one address at a time.
 * 3. After `heal` every process runs, every cable is in, every line is perfect and every clock is right.
 */

import type { FaultClass, FaultPlan, FaultTiming } from './fault-plan.ts'
import { drawQuality } from './fault-plan.ts'
import type { Host } from './host.ts'
import type { NetworkWorld } from './network-world.ts'
import { PERFECT } from './packet-switch.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Two of them may differ by four minutes: within what members accept of each other. */
const CLOCK_SECONDS_MAX = 120

interface NemesisOptions {
  readonly hosts: readonly Host[]
  readonly network: NetworkWorld | undefined
  readonly plan: FaultPlan
  readonly random: SeededRandom
  readonly log: (line: string) => void
  /** Between a kill and the start after it. */
  readonly whileDead: (host: Host) => Promise<void>
  /** A start that failed; the run goes on. */
  readonly onFailedStart: (host: Host, error: unknown) => void
}

export class Nemesis {
  /** How often each fault was brought about. */
  readonly counts: Partial<Record<FaultClass, number>> = {}
  readonly #options: NemesisOptions
  readonly #stopping = new AbortController()
  readonly #busy = new Set<Host>()
  /** How many partitions block each ordered pair. */
  readonly #blocks = new Map<string, number>()
  /** Hosts whose address is being changed, or that have none. */
  readonly #readdressed = new Set<Host>()
  #loops: Promise<void>[] = []
  #failure: Error | undefined

  constructor(options: NemesisOptions) {
    this.#options = options
  }

  start(): void {
    const { plan, random } = this.#options
    this.#changeWeather(random.fork('first weather'), false)
    this.#loops = (Object.entries(plan.classes) as [FaultClass, FaultTiming][]).map(
      async ([name, timing]) => {
        // Heard when the world heals; the other classes go on till then.
        await this.#loop(name, timing, random.fork(name)).catch((error: unknown) => {
          this.#failure = new Error(`the fault ${name} could not be brought about`, {
            cause: error,
          })
        })
      },
    )
  }

  async heal(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#loops)
    if (this.#failure !== undefined) throw this.#failure
    const { hosts, network } = this.#options
    for (const from of hosts) {
      if (from.hasClock) await from.setClock(0)
      for (const to of hosts) network?.switch.setQuality(from.number, to.number, PERFECT)
    }
  }

  async #loop(
    name: FaultClass,
    { pauseMs, lengthMs }: FaultTiming,
    random: SeededRandom,
  ): Promise<void> {
    for (;;) {
      await this.#sleep(random.exponential(pauseMs))
      if (this.#stopping.signal.aborted) return
      await this.#bring(name, random, random.exponential(lengthMs))
    }
  }

  async #bring(name: FaultClass, random: SeededRandom, lengthMs: number): Promise<void> {
    switch (name) {
      case 'weather':
        this.#changeWeather(random, true)
        return
      case 'partition':
        await this.#partition(name, this.#drawPartition(random), lengthMs)
        return
      case 'one-way':
        await this.#partition(name, this.#drawOneWay(random), lengthMs)
        return
      case 'unplug':
        await this.#unplug(random, lengthMs)
        return
      case 'move':
        await this.#move(random)
        return
      case 'clock':
        await this.#setClock(random)
        return
      case 'kill':
      case 'stop':
      case 'pause':
        await this.#disturb(name, random, lengthMs)
    }
  }

  #count(name: FaultClass, detail: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
    this.#options.log(`${name} ${detail}`)
  }

  #changeWeather(random: SeededRandom, isFault: boolean): void {
    const { hosts, network, plan } = this.#options
    if (network === undefined) return
    const weather = random.pick(plan.weather)
    if (isFault) this.#count('weather', weather)
    for (const from of hosts) {
      for (const to of hosts) {
        network.switch.setQuality(from.number, to.number, drawQuality(random, weather))
      }
    }
  }

  /** Two halves; or one host alone; or a pair that cannot hear each other while others hear both. */
  #drawPartition(random: SeededRandom): (readonly [Host, Host])[] {
    const shuffled = random.shuffled(this.#options.hosts)
    const kind = random.weighted({ halves: 3, alone: 3, pair: 2 })
    const size = kind === 'halves' ? Math.ceil(shuffled.length / 2) : 1
    const left = shuffled.slice(0, size)
    const right = kind === 'pair' ? shuffled.slice(1, 2) : shuffled.slice(size)
    return left.flatMap((a) => right.flatMap((b) => [[a, b] as const, [b, a] as const]))
  }

  /** Some are heard by nobody, though they hear; or hear nobody, though they are heard. */
  #drawOneWay(random: SeededRandom): (readonly [Host, Host])[] {
    const [one, ...others] = random.shuffled(this.#options.hosts)
    const affected = others.slice(0, random.integer(1, others.length))
    return random.chance(0.5)
      ? affected.map((other) => [one!, other] as const)
      : affected.map((other) => [other, one!] as const)
  }

  async #partition(
    name: 'partition' | 'one-way',
    pairs: readonly (readonly [Host, Host])[],
    lengthMs: number,
  ): Promise<void> {
    this.#count(name, pairs.map(([from, to]) => `${from.name}→${to.name}`).join(' '))
    for (const [from, to] of pairs) this.#block(from, to, 1)
    await this.#sleep(lengthMs)
    for (const [from, to] of pairs) this.#block(from, to, -1)
    this.#options.log(`${name} over`)
  }

  #block(from: Host, to: Host, by: number): void {
    const key = `${from.name} ${to.name}`
    const count = (this.#blocks.get(key) ?? 0) + by
    this.#blocks.set(key, count)
    this.#options.network!.switch.setBlocked(from.number, to.number, count > 0)
  }

  async #unplug(random: SeededRandom, lengthMs: number): Promise<void> {
    await this.#readdress('unplug', random, async (network, host) => {
      await network.setPlugged(host.number, false)
      await this.#sleep(lengthMs)
      await network.setPlugged(host.number, true)
    })
  }

  async #move(random: SeededRandom): Promise<void> {
    await this.#readdress('move', random, (network, host) => network.move(host.number))
  }

  /** One at a time for each host. */
  async #readdress(
    name: 'unplug' | 'move',
    random: SeededRandom,
    change: (network: NetworkWorld, host: Host) => Promise<void>,
  ): Promise<void> {
    const host = random.pick(this.#options.hosts)
    if (this.#readdressed.has(host)) return
    this.#readdressed.add(host)
    this.#count(name, host.name)
    await change(this.#options.network!, host)
    this.#readdressed.delete(host)
    this.#options.log(`${name} ${host.name} over`)
  }

  async #setClock(random: SeededRandom): Promise<void> {
    const host = random.pick(this.#options.hosts)
    const seconds = random.integer(-CLOCK_SECONDS_MAX, CLOCK_SECONDS_MAX)
    this.#count('clock', `${host.name} ${seconds} s`)
    await host.setClock(seconds)
  }

  async #disturb(
    name: 'kill' | 'stop' | 'pause',
    random: SeededRandom,
    lengthMs: number,
  ): Promise<void> {
    const host = random.pick(this.#options.hosts)
    if (this.#busy.has(host) || !host.isUp) return
    this.#busy.add(host)
    try {
      this.#count(name, host.name)
      if (name === 'pause') await this.#pause(host, lengthMs)
      else await this.#restart(host, name, lengthMs)
      this.#options.log(`${name} ${host.name} over`)
    } finally {
      this.#busy.delete(host)
    }
  }

  async #pause(host: Host, lengthMs: number): Promise<void> {
    host.pause()
    await this.#sleep(lengthMs)
    host.resume()
  }

  async #restart(host: Host, name: 'kill' | 'stop', lengthMs: number): Promise<void> {
    await host[name]()
    await this.#sleep(lengthMs)
    if (name === 'kill') await this.#options.whileDead(host)
    try {
      await host.up()
    } catch (error) {
      this.#options.onFailedStart(host, error)
    }
  }

  /** Ends early when the world is to heal. */
  #sleep(waitMs: number): Promise<void> {
    const { signal } = this.#stopping
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve()
        return
      }
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, waitMs)
      signal.addEventListener('abort', done)
    })
  }
}
