/**
 * Stands between an engine and its lines: what an honest peer says is counted and judged, what it hears is judged by what it does
 * about it.
 */

import { decodeSwarmMessage, SWARM_REQUESTS_QUEUED_MAX, SWARM_WINDOW_MAX } from '@hamlet/blobs'
import type { SwarmMessage, SwarmNet } from '@hamlet/blobs'
import { bytesToHex, concatBytes } from '@hamlet/core'
import type { Cancel, NetHandler } from '@hamlet/core'
import type { Problem } from '../oracles/problem.ts'

export interface WatchWorld {
  /** An honest peer heard this, and has dealt with it. `isStray`: it may answer what was asked in a swarm that it has left since. */
  onHeard(peer: string, message: SwarmMessage | undefined, isStray: boolean): void
  found(problem: Problem): void
}

export interface WatchCounts {
  /** Most chunks one peer was asked for at once. */
  asksPeak: number
  /** How often a peer opened a swarm that it had refused before. */
  wonOver: number
}

export class WatchedNet implements SwarmNet {
  readonly #inner: SwarmNet
  readonly #world: WatchWorld
  readonly #counts: WatchCounts
  /** Chunks asked of each peer and not answered. */
  readonly #open = new Map<string, number>()
  /** Answers of each peer that may still come though their swarm was left. */
  readonly #strays = new Map<string, number>()
  /** Chunks each peer asked for. */
  readonly #owed = new Map<string, number>()
  /** Swarms that each peer was asked to open, by our numbers, and those that it refused. */
  readonly #opening = new Map<string, string>()
  readonly #refused = new Set<string>()

  constructor(inner: SwarmNet, world: WatchWorld, counts: WatchCounts) {
    this.#inner = inner
    this.#world = world
    this.#counts = counts
  }

  get self(): string {
    return this.#inner.self
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    return this.sendParts(peer, protocol, [bytes])
  }

  sendParts(peer: string, protocol: string, parts: readonly Uint8Array[]): boolean {
    const message = decodeSwarmMessage(concatBytes(...parts))
    if (!message.ok) this.#world.found({ oracle: 'conduct', detail: message.error.message })
    else this.#onSaid(peer, message.value)
    return this.#inner.sendParts?.(peer, protocol, parts) ?? true
  }

  subscribe(handler: NetHandler): Cancel {
    return this.#inner.subscribe({
      peerUp: (peer) => {
        this.#open.delete(peer)
        this.#strays.delete(peer)
        this.#owed.delete(peer)
        handler.peerUp(peer)
      },
      peerDown: (peer) => handler.peerDown(peer),
      drain: (peer) => handler.drain(peer),
      message: (peer, protocol, bytes) => {
        const decoded = decodeSwarmMessage(bytes.slice())
        const message = decoded.ok ? decoded.value : undefined
        const isStray = (this.#strays.get(peer) ?? 0) > 0
        if (message) this.#onHearing(peer, message)
        handler.message(peer, protocol, bytes)
        this.#world.onHeard(peer, message, isStray)
      },
    })
  }

  peers(): readonly string[] {
    return this.#inner.peers()
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    this.#inner.disconnect(peer, reason, banMs)
  }

  #onSaid(peer: string, message: SwarmMessage): void {
    if (message.type === 'request') {
      const open = (this.#open.get(peer) ?? 0) + message.requests.length
      this.#open.set(peer, open)
      this.#counts.asksPeak = Math.max(this.#counts.asksPeak, open)
      if (open > SWARM_WINDOW_MAX + SWARM_REQUESTS_QUEUED_MAX) {
        this.#world.found({ oracle: 'bounds', detail: `${open} chunks asked of one peer` })
      }
    }
    if (message.type === 'open' && message.answers === undefined) {
      this.#opening.set(`${peer}/${message.channel}`, `${peer}/${bytesToHex(message.topic)}`)
    }
    if (message.type === 'goodbye') this.#strays.set(peer, this.#open.get(peer) ?? 0)
    if (isAnswer(message)) {
      const owed = (this.#owed.get(peer) ?? 0) - 1
      this.#owed.set(peer, owed)
      if (owed < 0)
        this.#world.found({ oracle: 'conduct', detail: `${message.type} nobody asked for` })
    }
  }

  #onHearing(peer: string, message: SwarmMessage): void {
    if (message.type === 'refused') {
      this.#refused.add(this.#opening.get(`${peer}/${message.channel}`) ?? '')
    }
    if (message.type === 'open' && message.answers !== undefined) {
      const isNew = this.#refused.delete(`${peer}/${bytesToHex(message.topic)}`)
      if (isNew) this.#counts.wonOver++
    }
    if (isAnswer(message)) {
      this.#open.set(peer, Math.max(0, (this.#open.get(peer) ?? 0) - 1))
      this.#strays.set(peer, Math.max(0, (this.#strays.get(peer) ?? 0) - 1))
    }
    if (message.type === 'request') {
      this.#owed.set(peer, (this.#owed.get(peer) ?? 0) + message.requests.length)
    }
  }
}

function isAnswer({ type }: SwarmMessage): boolean {
  return type === 'chunk' || type === 'proof' || type === 'reject'
}
