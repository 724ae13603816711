/** Bugs planted in one honest peer, to see whether the oracles of swarms find them. */

import { decodeSwarmMessage, encodeSwarmMessage } from '@hamlet/blobs'
import type { SwarmMessage, SwarmNet } from '@hamlet/blobs'
import { concatBytes } from '@hamlet/core'
import type { Cancel, NetHandler } from '@hamlet/core'
import { SimAccounts } from './swarm-accounts.ts'
import type { SwarmPlantedBug } from './swarm-options.ts'

/** A peer that says something else than its engine, though nobody calls it hostile. */
export class PlantedNet implements SwarmNet {
  readonly #inner: SwarmNet
  readonly #bug: SwarmPlantedBug

  constructor(inner: SwarmNet, bug: SwarmPlantedBug) {
    this.#inner = inner
    this.#bug = bug
  }

  get self(): string {
    return this.#inner.self
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    return this.sendParts(peer, protocol, [bytes])
  }

  sendParts(peer: string, protocol: string, parts: readonly Uint8Array[]): boolean {
    const bytes = concatBytes(...parts)
    const message = decodeSwarmMessage(bytes)
    const said = message.ok ? this.#change(message.value, bytes) : [bytes]
    return said.map((each) => this.#inner.send(peer, protocol, each)).at(-1) ?? true
  }

  subscribe(handler: NetHandler): Cancel {
    return this.#inner.subscribe(handler)
  }

  peers(): readonly string[] {
    return this.#inner.peers()
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    this.#inner.disconnect(peer, reason, banMs)
  }

  #change(message: SwarmMessage, bytes: Uint8Array): Uint8Array[] {
    if (this.#bug === 'asks-nothing' && message.type === 'request') return []
    if (message.type !== 'chunk') return [bytes]
    if (this.#bug === 'answers-twice') return [bytes, bytes]
    if (this.#bug !== 'wrong-chunk') return [bytes]
    const wrong = message.bytes.slice()
    wrong[0]! ^= 1
    return [encodeSwarmMessage({ ...message, bytes: wrong })]
  }
}

/** Signs for more than came. */
export class GenerousAccounts extends SimAccounts {
  override received(peer: string, id: unknown, bytes: number): Uint8Array {
    return super.received(peer, id, bytes + 1)
  }
}
