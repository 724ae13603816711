/** Peers that lie: the real engine behind a line that changes what it says, leaves it out, or says more. */

import { decodeSwarmMessage, encodeSwarmMessage, SWARM_PROTOCOL, swarmTopic } from '@hamlet/blobs'
import type { BlobId, SwarmMessage, SwarmNet } from '@hamlet/blobs'
import { concatBytes } from '@hamlet/core'
import type { Cancel, Crypto, NetHandler } from '@hamlet/core'
import type { SeededRandom } from '../seeded-random.ts'
import type { SwarmAttack, SwarmHostile } from './swarm-options.ts'

type Of<Type> = Extract<SwarmMessage, { readonly type: Type }>

export class LyingNet implements SwarmNet {
  readonly #inner: SwarmNet
  readonly #hostile: SwarmHostile
  readonly #random: SeededRandom
  readonly #counts: Map<string, number>
  readonly #takenBytes: Map<string, number>
  #before: Uint8Array | undefined

  constructor(
    inner: SwarmNet,
    hostile: SwarmHostile,
    random: SeededRandom,
    counts: Map<string, number>,
    takenBytes: Map<string, number>,
  ) {
    this.#inner = inner
    this.#hostile = hostile
    this.#random = random
    this.#counts = counts
    this.#takenBytes = takenBytes
  }

  get self(): string {
    return this.#inner.self
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    return this.sendParts(peer, protocol, [bytes])
  }

  sendParts(peer: string, _protocol: string, parts: readonly Uint8Array[]): boolean {
    const bytes = concatBytes(...parts)
    const message = decodeSwarmMessage(bytes)
    if (!message.ok || !this.#random.chance(this.#hostile.rate)) return this.#say(peer, bytes)
    let said: readonly Uint8Array[] = [bytes]
    for (const attack of this.#hostile.attacks) {
      const changed = this.#attack(attack, message.value, bytes)
      if (!changed) continue
      this.#counts.set(attack, (this.#counts.get(attack) ?? 0) + 1)
      said = changed
      break
    }
    this.#before = bytes
    let hasRoom = true
    for (const each of said) hasRoom = this.#say(peer, each)
    return hasRoom
  }

  subscribe(handler: NetHandler): Cancel {
    return this.#inner.subscribe({
      peerUp: (peer) => handler.peerUp(peer),
      peerDown: (peer) => handler.peerDown(peer),
      drain: (peer) => handler.drain(peer),
      message: (peer, protocol, bytes) => {
        const message = decodeSwarmMessage(bytes)
        const taken = message.ok && message.value.type === 'chunk' ? message.value.bytes.length : 0
        this.#takenBytes.set(peer, (this.#takenBytes.get(peer) ?? 0) + taken)
        handler.message(peer, protocol, bytes)
      },
    })
  }

  peers(): readonly string[] {
    return this.#inner.peers()
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    this.#inner.disconnect(peer, reason, banMs)
  }

  #say(peer: string, bytes: Uint8Array): boolean {
    return this.#inner.send(peer, SWARM_PROTOCOL, bytes)
  }

  /** What is said instead; `undefined`: it has nothing to do with this message. */
  #attack(attack: SwarmAttack, message: SwarmMessage, bytes: Uint8Array): Uint8Array[] | undefined {
    const random = this.#random
    if (attack === 'garbage') return [random.bytes(random.int(1, 300))]
    if (attack === 'replay') return this.#before && [bytes, this.#before]
    if (attack === 'chatter') return [bytes, ...this.#chatter(message)]
    if (message.type === 'chunk') return this.#attackChunk(attack, message, bytes)
    if (message.type === 'have' && attack === 'false-have') return [bytes, this.#claim(message)]
    if (message.type === 'request' && attack === 'flood') return this.#flood(message, bytes)
    if (message.type === 'receipt' && attack === 'no-receipts') return []
    if (message.type === 'receipt' && attack === 'bad-receipts') {
      return [encodeSwarmMessage({ ...message, receipt: random.bytes(8) })]
    }
    return undefined
  }

  #attackChunk(
    attack: SwarmAttack,
    message: Of<'chunk'>,
    bytes: Uint8Array,
  ): Uint8Array[] | undefined {
    const random = this.#random
    const { chunk, channel } = message
    switch (attack) {
      case 'wrong-byte': {
        const wrong = bytes.slice()
        wrong[bytes.length - 1 - random.int(0, message.bytes.length - 1)]! ^= random.int(1, 255)
        return [wrong]
      }
      case 'wrong-hash': {
        const uncles = message.uncles.map(() => random.bytes(32))
        return uncles.length === 0 ? undefined : [encodeSwarmMessage({ ...message, uncles })]
      }
      case 'wrong-length':
        return [concatBytes(bytes, random.bytes(1))]
      case 'unasked':
        return [bytes, encodeSwarmMessage({ ...message, chunk: chunk + random.int(0, 3) })]
      case 'withhold':
        return []
      case 'deny': {
        const reason = random.pick(['not-here', 'not-now', 'choked'] as const)
        return [encodeSwarmMessage({ type: 'reject', channel, chunk, reason })]
      }
      default:
        return undefined
    }
  }

  #chatter(message: SwarmMessage): Uint8Array[] {
    const channel = 'channel' in message ? message.channel : 0
    const said = encodeSwarmMessage({
      type: 'interest',
      channel,
      isInterested: this.#random.chance(0.5),
    })
    return Array.from({ length: this.#random.int(1, 600) }, () => said)
  }

  #claim({ channel, ranges }: Of<'have'>): Uint8Array {
    const { first, count } = ranges.at(-1)!
    const more = this.#random.pick([0, 0, 1, 5])
    return encodeSwarmMessage({
      type: 'have',
      channel,
      ranges: [{ first: 0, count: first + count + more }],
    })
  }

  #flood({ channel, requests }: Of<'request'>, bytes: Uint8Array): Uint8Array[] {
    const again = encodeSwarmMessage({ type: 'request', channel, requests })
    return [bytes, ...Array.from({ length: this.#random.int(1, 100) }, () => again)]
  }
}

export interface StrangerWorld {
  readonly crypto: Crypto
  readonly ids: readonly BlobId[]
  readonly isHonest: (peer: string) => boolean
}

/** Who knows topics, as trackers and the DHT show them, and no roots. */
export class Stranger {
  readonly #net: SwarmNet
  readonly #random: SeededRandom
  readonly #topics: readonly Uint8Array[]
  /** What honest peers told it, by kind. */
  readonly heard = new Set<SwarmMessage['type']>()

  constructor(net: SwarmNet, random: SeededRandom, { crypto, ids, isHonest }: StrangerWorld) {
    this.#net = net
    this.#random = random
    this.#topics = ids.map((id) => swarmTopic(crypto, id))
    net.subscribe({
      peerUp: (peer) => this.#ask(peer),
      peerDown: () => undefined,
      drain: () => undefined,
      message: (peer, _protocol, bytes) => {
        const message = decodeSwarmMessage(bytes)
        // Two strangers would answer each other's openings without end.
        if (!message.ok || !isHonest(peer)) return
        this.heard.add(message.value.type)
        if (message.value.type === 'open') this.#open(peer, message.value.proof.slice())
      },
    })
  }

  #ask(peer: string): void {
    this.#say(peer, { type: 'hello', requestsMax: 10 })
    this.#open(peer, this.#random.bytes(32))
    this.#say(peer, { type: 'interest', channel: 0, isInterested: true })
    this.#say(peer, { type: 'request', channel: 0, requests: [{ chunk: 0, uncles: 0 }] })
  }

  #open(peer: string, proof: Uint8Array): void {
    for (const [channel, topic] of this.#topics.entries()) {
      const answers = this.#random.pick([undefined, channel])
      this.#say(peer, { type: 'open', channel, answers, topic, proof, terms: [] })
    }
  }

  #say(peer: string, message: SwarmMessage): void {
    this.#net.send(peer, SWARM_PROTOCOL, encodeSwarmMessage(message))
  }
}
