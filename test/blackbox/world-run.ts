/**
 * One world from beginning to end: machines, a space, people, faults; then healing, agreement and judgement.
 *
 * Where there are no network namespaces the machines are plain processes that meet on loopback: everything is as in a
 * full run but for the faults of the network. The report says which it was.
 */

import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkHistory } from './check-history.ts'
import type { FaultClass, FaultPlan } from './fault-plan.ts'
import { Host } from './host.ts'
import type { Anomaly, History, Operation, OutsiderState } from './history.ts'
import { Nemesis } from './nemesis.ts'
import { NetworkWorld } from './network-world.ts'
import { MemberChanges } from './member-changes.ts'
import type { SwitchCounts } from './packet-switch.ts'
import { Recorder } from './recorder.ts'
import { Residents } from './residents.ts'
import { SecondDevice } from './second-device.ts'
import { SeededRandom } from './seeded-random.ts'
import { Settlement } from './settlement.ts'
import type { SystemParts } from './system-parts.ts'
import { Watcher } from './watcher.ts'
import { sleep, Workload } from './workload.ts'

export interface WorldOptions {
  readonly seed: number
  readonly hosts: number
  /** How long the faults go on. */
  readonly chaosMs: number
  readonly plan: FaultPlan
  readonly thinkMs: number
  /** Mean time between two changes of who belongs to the space; none when left out. */
  readonly changeMs?: number
  /** Whether the first person has a second device. */
  readonly hasPhone?: boolean
  /** How long all may take to agree when the faults are over. @default 150,000 */
  readonly settleMs?: number
  readonly system: SystemParts
  /** For data, logs and the history. */
  readonly folder: string
  /** A planted bug, for a test of the harness: done to the data of a host that was killed. */
  readonly sabotage?: (dataDirectory: string) => Promise<void>
}

export interface WorldReport {
  readonly seed: number
  readonly kind: 'namespaces' | 'loopback'
  readonly hosts: number
  readonly chaosMs: number
  readonly settledMs: number | undefined
  readonly operations: readonly Operation[]
  readonly messages: number
  /** What was set aside at the end. */
  readonly aside: number
  readonly outsiders: readonly OutsiderState[]
  /** How often somebody came in again. */
  readonly returns: number
  /** Whether the first person got a second device. */
  readonly isLinked: boolean
  readonly ownersReplaced: number
  readonly faults: Partial<Record<FaultClass, number>>
  readonly frames: SwitchCounts | undefined
  readonly anomalies: readonly Anomaly[]
}

const NAMES = ['anna', 'ben', 'carl', 'dora', 'emil', 'frida', 'gustav', 'hilde', 'ida', 'jan']
export const HOSTS_MAX = NAMES.length - 1
const PHONE = 'phone'
const CLIENTS_PER_HOST = 2
const SETTLE_MS_MAX = 150_000
const DELIVERY_MS_MAX = 60_000
const LOG_TAIL_CHARACTERS = 1500

const running = new Set<WorldRun>()

export async function runWorld(options: WorldOptions): Promise<WorldReport> {
  const run = new WorldRun(options)
  running.add(run)
  try {
    return await run.run()
  } finally {
    running.delete(run)
    await run.close()
  }
}

/** Ends what is running and removes every machine: for an interrupted run. */
export async function abandonWorlds(): Promise<void> {
  await Promise.all([...running].map((run) => run.close()))
}

class WorldRun {
  readonly #options: WorldOptions
  readonly #random: SeededRandom
  readonly #recorder: Recorder
  readonly #anomalies: Anomaly[] = []
  readonly #ends: { readonly host: string; readonly atMs: number }[] = []
  readonly #startMs = performance.now()
  readonly #watchers = new Map<Host, Watcher>()
  #network: NetworkWorld | undefined
  #hosts: Host[] = []
  #phone: Host | undefined

  constructor(options: WorldOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#recorder = new Recorder()
  }

  async run(): Promise<WorldReport> {
    await this.#setUp()
    const residents = await this.#found()
    const nemesis = this.#nemesis()
    const workload = this.#workload(residents)
    const [changes, second] = [this.#changes(residents), this.#second(residents)]
    this.#watch(residents)
    residents.start(this.#options.chaosMs / 3)
    workload.start()
    changes?.start()
    second?.start()
    nemesis.start()
    await sleep(this.#options.chaosMs)
    residents.endReturns()
    await Promise.all([workload.stop(), changes?.stop()])
    await nemesis.heal()
    this.#network?.assertWhole()
    this.#log('healed')
    await this.#restart()
    await second?.stop()
    const { settledMs, settlement } = await this.#settle(residents)
    const history = await this.#history(residents, settlement, settledMs !== undefined)
    await writeFile(join(this.#options.folder, 'history.json'), JSON.stringify(history))
    this.#log('everything asked')
    return this.#report(history, settledMs, nemesis, residents)
  }

  async close(): Promise<void> {
    for (const watcher of this.#watchers.values()) watcher.stop()
    await Promise.all(this.#hosts.map((host) => host.close()))
    await this.#network?.close()
  }

  async #setUp(): Promise<void> {
    const { hosts, folder, system, hasPhone } = this.#options
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (system.obstacle === undefined) {
      const machines = hosts + Number(hasPhone === true)
      this.#network = await NetworkWorld.create(machines, this.#random.fork('frames'))
    }
    this.#hosts = NAMES.slice(0, hosts).map((name, index) => this.#host(name, index + 1))
    if (hasPhone === true) this.#hosts.push((this.#phone = this.#host(PHONE, hosts + 1)))
    const [first, ...others] = this.#hosts
    // The first start of all may build the web app; the others find it built.
    await this.#start(first!)
    await Promise.all(others.map((host) => this.#start(host)))
  }

  #host(name: string, number: number): Host {
    const { folder, system } = this.#options
    const host = new Host({
      name,
      number,
      folder,
      prefix: this.#network?.prefix(number) ?? [],
      listen: this.#network === undefined ? ['/ip4/127.0.0.1/tcp/0'] : [],
      faketime: system.faketime,
    })
    host.onExit = ({ code, signal }, asked) => {
      this.#ends.push({ host: name, atMs: performance.now() })
      const how = String(code ?? signal)
      if (asked === undefined) this.#accuse('crashed', `${name} ended by itself: ${how}`)
      if (asked === 'SIGTERM' && code !== 0) this.#accuse('did not stop', `${name}: ${how}`)
    }
    return host
  }

  get #settleMs(): number {
    return this.#options.settleMs ?? SETTLE_MS_MAX
  }

  async #start(host: Host): Promise<void> {
    try {
      await host.up()
    } catch (error) {
      const log = await readFile(host.log, 'utf8').catch(() => '')
      this.#accuse(
        'did not start',
        `${host.name}: ${String(error)}\n${log.slice(-LOG_TAIL_CHARACTERS)}`,
      )
    }
  }

  async #found(): Promise<Residents> {
    const residents = new Residents({
      hosts: this.#hosts.filter((host) => host !== this.#phone),
      recorder: this.#recorder,
      random: this.#random.fork('residents'),
      log: (line) => this.#log(line),
    })
    await residents.found()
    return residents
  }

  #changes(residents: Residents): MemberChanges | undefined {
    const { changeMs: pauseMs } = this.#options
    if (pauseMs === undefined) return undefined
    return new MemberChanges({
      hosts: this.#hosts,
      residents,
      recorder: this.#recorder,
      random: this.#random.fork('changes'),
      pauseMs,
      log: (line) => this.#log(line),
    })
  }

  #second(residents: Residents): SecondDevice | undefined {
    if (this.#phone === undefined) return undefined
    return new SecondDevice({
      first: this.#hosts[0]!,
      second: this.#phone,
      residents,
      recorder: this.#recorder,
      random: this.#random.fork('second device'),
      chaosMs: this.#options.chaosMs,
      log: (line) => this.#log(line),
      onDifferentNumbers: (numbers) => this.#accuse('numbers differ', numbers),
    })
  }

  #nemesis(): Nemesis {
    return new Nemesis({
      hosts: this.#hosts,
      network: this.#network,
      plan: this.#options.plan,
      random: this.#random.fork('nemesis'),
      log: (line) => this.#log(line),
      whileDead: async ({ data }) => await this.#options.sabotage?.(data),
      onFailedStart: (host, error) =>
        this.#accuse('did not start', `${host.name}: ${String(error)}`),
    })
  }

  #workload(residents: Residents): Workload {
    return new Workload({
      hosts: this.#hosts,
      space: residents.space,
      recorder: this.#recorder,
      random: this.#random.fork('workload'),
      clientsPerHost: CLIENTS_PER_HOST,
      thinkMs: this.#options.thinkMs,
      standing: (host) => residents.standing(host),
    })
  }

  /** A face for each host, until the end of the run. */
  #watch(residents: Residents): void {
    for (const host of this.#hosts) {
      const watcher = new Watcher({
        host,
        space: residents.space,
        recorder: this.#recorder,
        isMember: () => residents.standing(host) !== undefined,
      })
      this.#watchers.set(host, watcher)
      void watcher.run()
    }
  }

  /** What crashed is started again: its copies count, too. */
  async #restart(): Promise<void> {
    await Promise.all(this.#hosts.filter(({ isUp }) => !isUp).map((host) => this.#start(host)))
  }

  /** How long agreement took; undefined when it was not reached. */
  async #settle(
    residents: Residents,
  ): Promise<{ readonly settledMs: number | undefined; readonly settlement: Settlement }> {
    const startMs = performance.now()
    while (residents.missing.length > 0 && performance.now() - startMs < this.#settleMs) {
      await sleep(300)
    }
    const { missing, space } = residents
    await residents.stop()
    const settlement = new Settlement(this.#hosts, space, this.#recorder, this.#watchers)
    if (missing.length > 0) this.#accuse('did not join', missing.join(', '))
    const agreed = missing.length > 0 ? 'not looked for' : await settlement.wait(this.#settleMs)
    this.#log(`agreement: ${typeof agreed === 'string' ? agreed : `${agreed.toFixed(0)} ms`}`)
    if (typeof agreed === 'string') {
      if (missing.length === 0) this.#accuse('did not converge', agreed)
      return { settledMs: undefined, settlement }
    }
    const settledMs = performance.now() - startMs
    await settlement.readAll()
    this.#log('everything marked as read')
    const again = await settlement.wait(this.#settleMs)
    if (typeof again === 'string') this.#accuse('did not converge', `read marks: ${again}`)
    const undelivered = await settlement.waitForDelivery(DELIVERY_MS_MAX)
    await settlement.waitForFaces(DELIVERY_MS_MAX)
    this.#log(`delivery known: ${undelivered ?? 'everywhere'}`)
    if (undelivered !== undefined) this.#accuse('not delivered', undelivered)
    return { settledMs, settlement }
  }

  /** Of a world that did not settle, what members have: the writes of all can still be looked for. */
  async #history(
    residents: Residents,
    settlement: Settlement,
    isSettled: boolean,
  ): Promise<History> {
    const hosts: { name: string; person: string; device: string }[] = []
    for (const host of this.#hosts) {
      const { body } = await host.request('GET', '/status')
      const { person, device } = (body ?? {}) as { person?: string; device?: string }
      hosts.push({ name: host.name, person: person ?? '', device: device ?? '' })
    }
    const random = this.#random.fork('searches')
    return {
      hosts,
      founder: hosts[0]!.person,
      operations: this.#recorder.operations,
      ends: this.#ends,
      finals: await settlement.collect(random, isSettled ? Infinity : 1),
      outsiders: isSettled ? await settlement.outsiders() : [],
    }
  }

  #report(
    history: History,
    settledMs: number | undefined,
    nemesis: Nemesis,
    residents: Residents,
  ): WorldReport {
    const { seed, chaosMs } = this.#options
    for (const defect of this.#recorder.defects) this.#accuse('internal error', defect)
    // Hosts that never agreed are accused of that; what they lack follows from it.
    const found = settledMs === undefined ? [] : checkHistory(history)
    return {
      seed,
      kind: this.#network === undefined ? 'loopback' : 'namespaces',
      hosts: this.#hosts.length,
      chaosMs,
      settledMs,
      operations: history.operations,
      messages: history.finals[0]?.messages.length ?? 0,
      aside: history.finals[0]?.aside.length ?? 0,
      outsiders: history.outsiders,
      returns: residents.returns,
      ownersReplaced: (history.finals[0]?.log ?? []).filter(({ kind }) => kind === 'owner-replaced')
        .length,
      isLinked: (history.finals[0]?.log ?? []).some(({ kind }) => kind === 'device-added'),
      faults: nemesis.counts,
      frames: this.#network?.switch.counts,
      anomalies: [...this.#anomalies, ...found],
    }
  }

  #accuse(kind: Anomaly['kind'], detail: string): void {
    this.#anomalies.push({ kind, detail })
    this.#log(`ANOMALY ${kind}: ${detail}`)
  }

  #log(line: string): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(1)
    const text = `${new Date().toISOString()} ${seconds} ${line}\n`
    void appendFile(join(this.#options.folder, 'run.log'), text).catch(() => {
      // The folder may be gone already.
    })
  }
}
