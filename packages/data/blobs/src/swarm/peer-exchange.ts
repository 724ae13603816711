/** Telling the members of a public swarm of each other, each of each once, some at a time. */

import { hexToBytes } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { SWARM_ADDRESS_BYTES_MAX, SWARM_ADDRESSES_MAX, SWARM_PEERS_MAX } from './swarm-limits.ts'
import type { Swarm, SwarmChannel } from './swarm-state.ts'

const TELL_MS = 60_000

export class PeerExchange {
  readonly #clock: Clock
  readonly #addressesOf: (peer: string) => readonly string[]
  readonly #toldMs = new WeakMap<Swarm, number>()

  constructor(clock: Clock, addressesOf: (peer: string) => readonly string[]) {
    this.#clock = clock
    this.#addressesOf = addressesOf
  }

  /** Tells everybody of whom they were not told yet, once a minute. */
  tell(swarm: Swarm): void {
    const nowMs = this.#clock.monotonic()
    const toldMs = this.#toldMs.get(swarm)
    if (swarm.channels.size < 2 || (toldMs !== undefined && nowMs - toldMs < TELL_MS)) return
    this.#toldMs.set(swarm, nowMs)
    for (const channel of swarm.channels) this.#tellOne(swarm, channel)
  }

  #tellOne(swarm: Swarm, channel: SwarmChannel): void {
    // Who has everything looks for nobody.
    if (channel.held.isFull || !channel.isOpen) return
    const peers = [...swarm.channels]
      .map(({ line }) => line.peer)
      .filter((peer) => peer !== channel.line.peer && !channel.toldPeers.has(peer))
      .slice(0, SWARM_PEERS_MAX)
    if (peers.length === 0) return
    for (const peer of peers) channel.toldPeers.add(peer)
    const named = peers.map((peer) => ({
      device: hexToBytes(peer),
      addresses: this.#soundAddresses(peer),
    }))
    channel.line.send({ type: 'peers', channel: channel.number, peers: named })
  }

  #soundAddresses(peer: string): readonly string[] {
    return this.#addressesOf(peer)
      .filter((address) => address.length <= SWARM_ADDRESS_BYTES_MAX && /^[!-~]+$/.test(address))
      .slice(0, SWARM_ADDRESSES_MAX)
  }
}
