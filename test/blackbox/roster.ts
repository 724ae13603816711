/**
 * Which hosts are members at the end: those that say so and that the owner lists. Until both lists are the same, somebody
 * has not heard yet.
 *
 * A host that is out and is told so by nobody for a minute leaves by itself, as its person would, so that the others can
 * be judged; the judge takes note of it.
 */

import type { Host } from './host.ts'
import type { ApiMember, Recorder } from './recorder.ts'

const LEAVE_AFTER_MS = 60_000
const READ_TIMEOUT_MS = 20_000

interface SpaceLine {
  readonly id: string
  readonly standing: string
  readonly role: string
  readonly departure?: { readonly by?: string }
}

export interface Outsider {
  readonly host: Host
  readonly standing: string
  readonly by: string | undefined
}

export class Roster {
  /** Hosts that met nobody who could tell them that they are out. */
  readonly outOfReach = new Set<string>()
  /** Hosts that are out, and of which what they wrote last has reached nobody. */
  readonly unheard = new Set<string>()
  readonly #hosts: readonly Host[]
  readonly #space: string
  readonly #recorder: Recorder
  readonly #deviceOf = new Map<Host, string>()
  readonly #startMs = performance.now()
  #members: readonly Host[] = []

  constructor(hosts: readonly Host[], space: string, recorder: Recorder) {
    this.#hosts = hosts
    this.#space = space
    this.#recorder = recorder
  }

  get members(): readonly Host[] {
    return this.#members
  }

  /** What is unclear still; nothing when who is in and who is out agree on it. */
  async look(): Promise<string | undefined> {
    const lines = await Promise.all(
      this.#hosts.map(async (host) => [host, await this.#line(host)] as const),
    )
    const believers = lines.filter(([, line]) => line?.standing === 'member')
    const owners = believers.filter(([, line]) => line?.role === 'owner').map(([host]) => host)
    // The devices of one person have to agree as all others.
    const lists = await Promise.all(owners.map((host) => this.#devices(host)))
    const listed = lists[0]
    if (listed === undefined) return 'nobody owns the space'
    if (lists.some((list) => list.join() !== listed.join())) return 'owners list different members'
    this.#members = believers.map(([host]) => host)
    const devices = await Promise.all(this.#members.map((host) => this.#device(host)))
    const unknown = this.#members.filter((_, i) => !listed.includes(devices[i]!))
    const absent = listed.filter((device) => !devices.includes(device))
    if (absent.length > 0) return `${absent.length} listed devices do not know that they are in`
    if (unknown.length === 0) return undefined
    if (performance.now() - this.#startMs > LEAVE_AFTER_MS) await this.#leave(unknown)
    return `${unknown.map(({ name }) => name).join(', ')} is out and does not know`
  }

  /**
   * What somebody who is out wrote last has not reached anybody, and after a while will not: whoever was told that they are
   * out is connected to by nobody any more.
   */
  giveUp(name: string): void {
    const isMember = this.#members.some((host) => host.name === name)
    if (!isMember && performance.now() - this.#startMs > LEAVE_AFTER_MS) this.unheard.add(name)
  }

  async outsiders(): Promise<readonly Outsider[]> {
    const outsiders: Outsider[] = []
    for (const host of this.#hosts) {
      if (this.#members.includes(host)) continue
      const line = await this.#line(host)
      const standing = line?.standing ?? 'never in'
      outsiders.push({ host, standing, by: line?.departure?.by })
    }
    return outsiders
  }

  async #leave(hosts: readonly Host[]): Promise<void> {
    for (const host of hosts) {
      await this.#recorder.other(host, 'leave untold', 'POST', `/spaces/${this.#space}/leave`)
      this.outOfReach.add(host.name)
    }
  }

  async #line(host: Host): Promise<SpaceLine | undefined> {
    const lines = await this.#get<readonly SpaceLine[]>(host, '/spaces')
    return lines.find(({ id }) => id === this.#space)
  }

  async #devices(host: Host): Promise<readonly string[]> {
    const path = `/spaces/${this.#space}/members`
    const members = await this.#get<readonly ApiMember[]>(host, path)
    return members.flatMap(({ devices }) => devices.map(({ id }) => id)).sort()
  }

  async #device(host: Host): Promise<string> {
    const known = this.#deviceOf.get(host)
    if (known !== undefined) return known
    const { device } = await this.#get<{ device: string }>(host, '/status')
    this.#deviceOf.set(host, device)
    return device
  }

  async #get<T>(host: Host, path: string): Promise<T> {
    const reply = await host.request('GET', path, undefined, READ_TIMEOUT_MS)
    if (reply.outcome !== 'ok') throw new Error(`${host.name} ${path}: ${reply.code}`)
    return reply.body as T
  }
}
