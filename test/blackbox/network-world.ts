/**
 * Machines as network namespaces: each has a loopback of its own and one network card, a TAP device that hangs on the
 * packet switch of this process. Nothing of it can reach, or be reached from, the machine's real network.
 *
 * Invariants:
 * 1. Names contain the id of this process; `sweep` removes what processes that are gone have left behind.
 * 2. What carries frames ends with this process, however it ends; what runs in a namespace ends with its agent.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { execute } from './execute.ts'
import { PacketSwitch } from './packet-switch.ts'
import type { SeededRandom } from './seeded-random.ts'

const TRIES_MAX = 3
const CARD_TIMEOUT_MS = 5000
const NAME = /^hbb(\d+)-/

export class NetworkWorld {
  readonly switch: PacketSwitch
  readonly #carriers: ChildProcess[] = []
  readonly #hosts: number[] = []
  /** How often a host has moved to another address. */
  readonly #moves = new Map<number, number>()

  private constructor(random: SeededRandom) {
    this.switch = new PacketSwitch(random)
  }

  static async create(hosts: number, random: SeededRandom): Promise<NetworkWorld> {
    await sweep()
    for (let tries = 1; ; tries++) {
      const world = new NetworkWorld(random)
      try {
        for (let host = 1; host <= hosts; host++) await world.#addHost(host)
        return world
      } catch (error) {
        await world.close()
        // On a busy system a new card may be gone before it was set up.
        if (tries === TRIES_MAX) throw error
      }
    }
  }

  prefix(host: number): readonly string[] {
    return ['ip', 'netns', 'exec', namespaceOf(host)]
  }

  /**
   * Takes the host's address away, or gives it back: unlike in a partition, the host itself notices that it has no
   * network. (Its card stays up: socat ends when it cannot write to it.)
   */
  async setPlugged(host: number, isPlugged: boolean): Promise<void> {
    const action = isPlugged ? 'add' : 'delete'
    await inside(host, 'address', action, `${this.#address(host)}/16`, 'dev', cardOf(host))
    if (isPlugged) await this.#route(host)
  }

  /** @throws Error when a host has lost its card: what was found then says nothing about Hamlet */
  assertWhole(): void {
    const index = this.#carriers.findIndex(
      ({ exitCode, signalCode }) => (exitCode ?? signalCode) !== null,
    )
    if (index >= 0) throw new Error(`the network card of host ${this.#hosts[index]} has gone`)
  }

  /** Gives the host another address, as when a laptop comes to another network. */
  async move(host: number): Promise<void> {
    await this.setPlugged(host, false)
    this.#moves.set(host, (this.#moves.get(host) ?? 0) + 1)
    await this.setPlugged(host, true)
  }

  async close(): Promise<void> {
    for (const carrier of this.#carriers) carrier.kill('SIGKILL')
    for (const host of this.#hosts) await removeNamespace(namespaceOf(host))
    this.switch.close()
  }

  async #addHost(host: number): Promise<void> {
    this.#hosts.push(host)
    const udpPort = await this.switch.addPort(host)
    const card = cardOf(host)
    await execute('ip', 'netns', 'add', namespaceOf(host))
    const tap = `TUN,tun-type=tap,tun-name=${card},iff-no-pi`
    const carrier = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'socat', '-b', '65536', tap, `UDP4:127.0.0.1:${udpPort}`],
      { stdio: 'ignore' },
    )
    this.#carriers.push(carrier)
    await untilExists(`/sys/class/net/${card}`)
    await execute('ip', 'link', 'set', card, 'netns', namespaceOf(host))
    await inside(host, 'link', 'set', 'lo', 'up')
    const macEnd = host.toString(16).padStart(2, '0')
    await inside(host, 'link', 'set', card, 'address', `02:00:00:00:00:${macEnd}`)
    await inside(host, 'link', 'set', card, 'up')
    await this.setPlugged(host, true)
  }

  #address(host: number): string {
    return `10.77.${this.#moves.get(host) ?? 0}.${host}`
  }

  /** A gateway that is not there; without one, multicast would have nowhere to go. */
  async #route(host: number): Promise<void> {
    await inside(host, 'route', 'replace', 'default', 'via', '10.77.255.254')
  }
}

function namespaceOf(host: number): string {
  return `hbb${process.pid}-${host}`
}

function cardOf(host: number): string {
  return `hb${process.pid}t${host}`
}

async function inside(host: number, ...args: readonly string[]): Promise<void> {
  await execute('ip', '-n', namespaceOf(host), ...args)
}

async function untilExists(path: string): Promise<void> {
  const deadlineMs = performance.now() + CARD_TIMEOUT_MS
  while (!existsSync(path)) {
    if (performance.now() > deadlineMs) throw new Error(`no ${path} after ${CARD_TIMEOUT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Removes the namespaces of runs that are gone, and ends what still runs in them. */
async function sweep(): Promise<void> {
  const names = (await execute('ip', 'netns', 'list'))
    .split('\n')
    .map((line) => line.split(' ')[0]!)
  for (const name of names) {
    const pid = NAME.exec(name)?.[1]
    if (pid !== undefined && !isRun(pid)) await removeNamespace(name)
  }
}

function isRun(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('blackbox')
  } catch {
    return false
  }
}

async function removeNamespace(name: string): Promise<void> {
  const pids = await execute('ip', 'netns', 'pids', name).catch(() => '')
  for (const pid of pids.split('\n').filter((line) => line !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
  }
  await execute('ip', 'netns', 'delete', name).catch(() => {
    // It was never made.
  })
}
