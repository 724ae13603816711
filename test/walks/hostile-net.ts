/**
 * A line to other peers that says of files what its owner never meant: chunks with a wrong byte, or none at all. Everything else
 * goes out as it is, so that to everybody it is a member's ordinary peer until it is asked for bytes.
 */

import { concatBytes } from '@hamlet/core'
import type { Cancel, Net, NetHandler } from '@hamlet/core'
import { decodeSwarmMessage, encodeSwarmMessage, SWARM_PROTOCOL } from '@hamlet/blobs'

export const BEHAVIOURS = ['lie', 'stall'] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

export class HostileNet implements Net {
  readonly #net: Net
  readonly #behaviour: Behaviour
  /** Chunks that still go out right. */
  #honestChunks = Number.POSITIVE_INFINITY

  constructor(net: Net, behaviour: Behaviour) {
    this.#net = net
    this.#behaviour = behaviour
  }

  /** It is honest until then, and for so many chunks after. */
  turn(honestChunks: number): void {
    this.#honestChunks = honestChunks
  }

  get self(): string {
    return this.#net.self
  }

  peers(): readonly string[] {
    return this.#net.peers()
  }

  subscribe(handler: NetHandler): Cancel {
    return this.#net.subscribe(handler)
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    this.#net.disconnect(peer, reason, banMs)
  }

  sendParts(peer: string, protocol: string, parts: readonly Uint8Array[]): boolean {
    return this.send(peer, protocol, concatBytes(...parts))
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    const decoded = protocol === SWARM_PROTOCOL ? decodeSwarmMessage(bytes) : undefined
    const isChunk = decoded?.ok === true && decoded.value.type === 'chunk'
    if (!isChunk || this.#honestChunks-- > 0) return this.#net.send(peer, protocol, bytes)
    if (this.#behaviour === 'stall') return true
    const wrong = decoded.value.bytes.slice()
    wrong[wrong.length >> 1]! ^= 1
    return this.#net.send(peer, protocol, encodeSwarmMessage({ ...decoded.value, bytes: wrong }))
  }
}
