/**
 * A small internet in network namespaces: one public host, and two hosts behind a NAT each, as home routers are.
 *
 *     relay 45.9.0.1 ──┐
 *                      ├── bridge
 *     nat a 45.9.0.2 ──┤          host a 10.1.0.2 behind 10.1.0.1
 *     nat b 45.9.0.3 ──┘          host b 10.2.0.2 behind 10.2.0.1
 *
 * The NATs are the kernel's (iptables, MASQUERADE): they keep the port where it is free, or choose one at random for each
 * destination; they let in only what answers to what went out, and answer nothing themselves. The addresses are of a public range,
 * as libp2p punches no holes for others; nothing leaves the namespaces.
 */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const HOSTS = ['bridge', 'relay', 'nat-a', 'nat-b', 'host-a', 'host-b'] as const

export type NatHost = (typeof HOSTS)[number]

export interface NatWorldOptions {
  /** Each destination sees another port: what one was told is of no use to another. */
  readonly mapsByDestination: boolean
}

export class NatWorld implements AsyncDisposable {
  readonly #prefix: string

  private constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** @throws what the system says when it does not allow it */
  static async make({ mapsByDestination }: NatWorldOptions): Promise<NatWorld> {
    const world = new NatWorld(`hnat${process.pid}-`)
    try {
      await world.#build(mapsByDestination ? ['--random-fully'] : [])
      return world
    } catch (error) {
      await world[Symbol.asyncDispose]()
      throw error
    }
  }

  /** What runs a program on a host: the program and its arguments follow. */
  commandOn(host: NatHost): readonly string[] {
    return ['ip', 'netns', 'exec', this.#nameOf(host)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of HOSTS) await run('ip', ['netns', 'del', this.#nameOf(host)]).catch(() => {})
  }

  #nameOf(host: NatHost): string {
    return this.#prefix + host
  }

  async #build(masquerading: readonly string[]): Promise<void> {
    for (const host of HOSTS) {
      await run('ip', ['netns', 'add', this.#nameOf(host)])
      await this.#ip(host, 'link', 'set', 'lo', 'up')
    }
    await this.#ip('bridge', 'link', 'add', 'br0', 'type', 'bridge')
    await this.#ip('bridge', 'link', 'set', 'br0', 'up')
    await this.#plug('relay', '45.9.0.1')
    for (const [nat, host, outer, inner] of [
      ['nat-a', 'host-a', '45.9.0.2', '10.1.0'],
      ['nat-b', 'host-b', '45.9.0.3', '10.2.0'],
    ] as const) {
      await this.#plug(nat, outer)
      await this.#house(nat, host, inner)
      await this.#masquerade(nat, masquerading)
    }
  }

  async #plug(host: NatHost, address: string): Promise<void> {
    const peer = ['type', 'veth', 'peer', 'name', 'wan', 'netns', this.#nameOf(host)]
    await this.#ip('bridge', 'link', 'add', host, ...peer)
    await this.#ip('bridge', 'link', 'set', host, 'master', 'br0', 'up')
    await this.#ip(host, 'addr', 'add', `${address}/24`, 'dev', 'wan')
    await this.#ip(host, 'link', 'set', 'wan', 'up')
  }

  async #house(nat: NatHost, host: NatHost, net: string): Promise<void> {
    const peer = ['type', 'veth', 'peer', 'name', 'lan', 'netns', this.#nameOf(host)]
    await this.#ip(nat, 'link', 'add', 'lan', ...peer)
    for (const [at, last] of [
      [nat, 1],
      [host, 2],
    ] as const) {
      await this.#ip(at, 'addr', 'add', `${net}.${last}/24`, 'dev', 'lan')
      await this.#ip(at, 'link', 'set', 'lan', 'up')
    }
    await this.#ip(host, 'route', 'add', 'default', 'via', `${net}.1`)
  }

  async #masquerade(nat: NatHost, masquerading: readonly string[]): Promise<void> {
    await this.#on(nat, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    const answers = ['-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT']
    for (const rule of [
      ['-t', 'nat', '-A', 'POSTROUTING', '-p', 'tcp', '-o', 'wan', '-j', 'MASQUERADE'],
      ['-A', 'FORWARD', '-i', 'wan', ...answers],
      ['-A', 'FORWARD', '-i', 'wan', '-j', 'DROP'],
      ['-A', 'INPUT', '-i', 'wan', '-j', 'DROP'],
    ]) {
      await this.#on(nat, 'iptables', ...rule, ...(rule[0] === '-t' ? masquerading : []))
    }
  }

  async #ip(host: NatHost, ...argv: readonly string[]): Promise<void> {
    await run('ip', ['-n', this.#nameOf(host), ...argv])
  }

  async #on(host: NatHost, ...argv: readonly string[]): Promise<void> {
    const [program, ...rest] = [...this.commandOn(host), ...argv]
    await run(program!, rest)
  }
}
