/** Objects coded in memory, with sources that can be lost, broken or late. */

import { hashBlob, sealBlob, sealedSize } from '@hamlet/blobs'
import { concatBytes } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { codeObject, ShardFan } from '../src/index.ts'
import type { ObjectManifest, ShardSource } from '../src/index.ts'

export const crypto = createNodeCrypto()

export interface CodedObject {
  readonly manifest: ObjectManifest
  readonly plain: Uint8Array
  readonly key: Uint8Array
  readonly sealed: Uint8Array
  readonly shards: readonly Uint8Array[]
}

/** Bytes that differ everywhere, the same for the same seed. */
export function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(...parts)
}

export async function codedObject(
  needed: number,
  total: number,
  plainBytes: number,
): Promise<CodedObject> {
  const plain = someBytes(plainBytes, plainBytes + total)
  const key = someBytes(32, 7)
  const shape = { needed, total, cipherBytes: sealedSize(plainBytes) }
  const fan = new ShardFan(total, codeObject(shape, sealBlob(crypto, key, [plain])))
  const shards = await Promise.all(fan.streams.map(collect))
  const sealed = await collect(sealBlob(crypto, key, [plain]))
  const roots = shards.map((shard) => hashBlob(crypto, shard).root)
  return { manifest: { ...shape, roots }, plain, key, sealed, shards }
}

export function sourceOf({ shards }: CodedObject, shard: number): ShardSource {
  return {
    shard,
    read: async (offset, length) => shards[shard]!.subarray(offset, offset + length),
  }
}

export function brokenSource(shard: number): ShardSource {
  return { shard, read: () => Promise.reject(new Error(`shard ${shard} is broken`)) }
}

/** Never answers. */
export function muteSource(shard: number): ShardSource {
  return { shard, read: () => new Promise(() => undefined) }
}

/** Time that passes when it is told to. */
export class HandClock implements Pick<Clock, 'wall' | 'monotonic' | 'after'> {
  #nowMs = 0
  readonly #due: { readonly atMs: number; readonly callback: () => void }[] = []

  wall(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, callback }
    this.#due.push(due)
    return () => {
      const at = this.#due.indexOf(due)
      if (at !== -1) this.#due.splice(at, 1)
    }
  }

  pass(ms: number): void {
    this.#nowMs += ms
    for (;;) {
      const at = this.#due.findIndex(({ atMs }) => atMs <= this.#nowMs)
      if (at === -1) return
      this.#due.splice(at, 1)[0]!.callback()
    }
  }
}
