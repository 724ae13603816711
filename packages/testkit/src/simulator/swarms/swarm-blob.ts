/** A blob of a world: its bytes, who has it and who wants it. */

import { hashBlob } from '@hamlet/blobs'
import type { BlobId, WebSeed } from '@hamlet/blobs'
import type { Crypto } from '@hamlet/core'
import type { Scheduler } from '../scheduler.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { SwarmBlobOptions } from './swarm-options.ts'

const WEB_MS = 30
const WEB_BYTES_PER_MS = 500

export class SimBlob {
  readonly number: number
  readonly options: SwarmBlobOptions
  readonly bytes: Uint8Array
  readonly id: BlobId
  readonly web: WebSeed | undefined
  /** Bytes that the server gave. */
  webBytes = 0

  constructor(
    number: number,
    options: SwarmBlobOptions,
    { crypto, random, scheduler }: { crypto: Crypto; random: SeededRandom; scheduler: Scheduler },
  ) {
    this.number = number
    this.options = options
    this.bytes = random.bytes(options.sizeBytes)
    this.id = hashBlob(crypto, this.bytes)
    this.web = options.web === 'none' ? undefined : this.#webSeed(random, scheduler)
  }

  isSeed(node: number): boolean {
    return this.options.seeds.includes(node)
  }

  isWanted(node: number): boolean {
    return this.isSeed(node) || this.options.leechers.includes(node)
  }

  /** Whether these are the bytes of the chunk. */
  isChunk(chunk: number, bytes: Uint8Array): boolean {
    const start = chunk * 262_144
    const right = this.bytes.subarray(start, start + 262_144)
    return right.length === bytes.length && Buffer.compare(right, bytes) === 0
  }

  #webSeed(random: SeededRandom, scheduler: Scheduler): WebSeed {
    const bytes = this.bytes.slice()
    if (this.options.web === 'wrong' && bytes.length > 0)
      bytes[random.int(0, bytes.length - 1)]! ^= 1
    return {
      name: `web ${this.number}`,
      read: async (offset, length, signal) => {
        this.webBytes += length
        await scheduler.sleep(WEB_MS + length / WEB_BYTES_PER_MS)
        signal.throwIfAborted()
        return bytes.slice(offset, offset + length)
      },
    }
  }
}
