/** A peer that says whatever a test wants, by the real messages: what no engine does. */

import {
  decodeSwarmMessage,
  encodeSwarmMessage,
  SWARM_PROTOCOL,
  swarmProof,
  swarmTopic,
} from '@hamlet/blobs'
import type { BlobId, SwarmMessage } from '@hamlet/blobs'
import type { SimNet } from '@hamlet/testkit/simulated-ports'
import { testCrypto } from '../_blobs.ts'
import type { MemoryBlob } from './_memory-blob.ts'
import type { SwarmWorld } from './_swarm-world.ts'

type Of<Type> = Extract<SwarmMessage, { readonly type: Type }>

export class Rogue {
  readonly device: string
  readonly heard: SwarmMessage[] = []
  readonly net: SimNet
  /** What it does when something is said to it. */
  onMessage: (message: SwarmMessage, peer: string) => void = () => undefined

  constructor(world: SwarmWorld, name: string) {
    this.device = world.device(name)
    this.net = world.network.attach(this.device)
    this.net.subscribe({
      peerUp: () => undefined,
      peerDown: () => undefined,
      drain: () => undefined,
      message: (peer, _protocol, bytes) => {
        const message = decodeSwarmMessage(bytes.slice())
        if (!message.ok) throw new Error(message.error.message)
        this.heard.push(message.value)
        this.onMessage(message.value, peer)
      },
    })
  }

  say(peer: string, message: SwarmMessage): void {
    this.net.send(peer, SWARM_PROTOCOL, encodeSwarmMessage(message))
  }

  hello(peer: string): void {
    this.say(peer, { type: 'hello', requestsMax: 128 })
  }

  open(peer: string, id: BlobId, root = id.root, answers?: number): void {
    const proof = swarmProof(testCrypto, root, this.device, peer)
    const topic = swarmTopic(testCrypto, id)
    this.say(peer, { type: 'open', channel: 0, answers, topic, proof, terms: [] })
  }

  all<Type extends SwarmMessage['type']>(type: Type): Of<Type>[] {
    return this.heard.filter((message): message is Of<Type> => message.type === type)
  }

  /** Behaves like a seed of the blob, but for what `answer` does instead. */
  seed(
    blob: MemoryBlob,
    answer: (peer: string, chunk: number, uncles: number) => SwarmMessage | undefined,
  ): void {
    this.onMessage = (message, peer) => {
      if (message.type === 'hello') this.hello(peer)
      if (message.type === 'open') {
        this.open(peer, blob.id, undefined, message.channel)
        this.say(peer, { type: 'have', channel: 0, ranges: [{ first: 0, count: blob.chunkCount }] })
        this.say(peer, { type: 'choke', isChoked: false, stepBytes: 0 })
      }
      if (message.type !== 'request') return
      for (const { chunk, uncles } of message.requests) {
        const said = answer(peer, chunk, uncles ?? 0)
        if (said) this.say(peer, said)
      }
    }
  }
}

/** The right answer to a request. */
export function chunkOf(blob: MemoryBlob, chunk: number, count: number): Of<'chunk'> {
  const uncles = blob.uncles(chunk, count)
  return { type: 'chunk', channel: 0, chunk, uncles, bytes: blob.readChunk(chunk)! }
}
