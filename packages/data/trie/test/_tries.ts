/** Tries over logs in memory, and a plain log of blocks for tests that need no signatures. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Log } from '@hamlet/log'
import { createNodeCrypto } from '@hamlet/identity/node'
import { createMemoryDisk } from '@hamlet/store'
import { Trie, trieLogOf } from '@hamlet/trie'
import type { Crypto, Random } from '@hamlet/core'
import type { TrieLog, TrieOptions, TrieView } from '@hamlet/trie'

export const crypto = createNodeCrypto()
export const signer = crypto.signer(new Uint8Array(32).fill(7))
export const namespace = new Uint8Array(32).fill(9)

/** The real cryptography, with a hash of which `bits` remain: components collide. */
export function weakCrypto(bits: number): Crypto {
  const hash = (...parts: readonly Uint8Array[]): Uint8Array => {
    const digest = crypto.hash(...parts)
    const weak = new Uint8Array(32)
    weak[0] = digest[0]! & ((0xff << (8 - bits)) & 0xff)
    return weak
  }
  return { ...methodsOf(crypto), hash }
}

function methodsOf(whole: Crypto): Crypto {
  return {
    hash: whole.hash.bind(whole),
    hmac: whole.hmac.bind(whole),
    hkdf: whole.hkdf.bind(whole),
    signer: whole.signer.bind(whole),
    verify: whole.verify.bind(whole),
    verifyP256: whole.verifyP256.bind(whole),
    agreementKey: whole.agreementKey.bind(whole),
    agree: whole.agree.bind(whole),
    encrypt: whole.encrypt.bind(whole),
    decrypt: whole.decrypt.bind(whole),
  }
}

export function seededRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = createHash('sha256').update(`${seed}/${counter++}`).digest()
        bytes.set(block.subarray(0, count - offset), offset)
      }
      return bytes
    },
  }
}

/** Blocks in an array: a log without files or signatures. */
export class BlockList {
  readonly blocks: Uint8Array[] = []
  appends = 0
  /** Blocks that can be loaded only. */
  isRemote = false
  loads: number[] = []
  readonly #present = new Set<number>()

  log(): TrieLog {
    const { blocks } = this
    return {
      get length() {
        return blocks.length
      },
      peek: (index) => {
        assert.ok(index < blocks.length, `no block ${index}`)
        return this.isRemote && !this.#present.has(index) ? undefined : blocks[index]
      },
      load: async (index) => {
        assert.ok(index < blocks.length, `no block ${index}`)
        this.loads.push(index)
        this.#present.add(index)
        return blocks[index]!
      },
      append: async (more) => {
        const from = blocks.length
        this.appends++
        // As a disk would: the blocks are there some turns later.
        await Promise.resolve()
        blocks.push(...more)
        return { from, to: blocks.length }
      },
    }
  }

  /** As on a device that has nothing yet. */
  forget(): void {
    this.isRemote = true
    this.#present.clear()
    this.loads = []
  }
}

export async function openTrie(list: BlockList, more: Partial<TrieOptions> = {}): Promise<Trie> {
  return Trie.open({ log: list.log(), crypto, random: seededRandom(1), ...more })
}

/** A trie on a real log, and that log. */
export async function openSignedTrie(
  more: Partial<TrieOptions> = {},
): Promise<{ readonly log: Log; readonly trie: Trie }> {
  const { publicKey } = signer
  const log = await Log.open({
    disk: createMemoryDisk(),
    crypto,
    directory: 'log',
    publicKey,
    namespace,
    signer,
  })
  const trie = await Trie.open({ log: trieLogOf(log), crypto, random: seededRandom(1), ...more })
  return { log, trie }
}

/** All entries by key, as text in Latin-1: any bytes are a distinct text. */
export async function contentOf(view: TrieView, prefix?: Uint8Array): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  for await (const { key, value } of view.iterate(prefix ? { prefix } : {})) {
    content.set(latin1(key), latin1(value))
  }
  return content
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

export function sorted<V>(map: ReadonlyMap<string, V>): readonly (readonly [string, V])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]>
export async function collect<T, R>(items: AsyncIterable<T>, map: (item: T) => R): Promise<R[]>
export async function collect<T>(items: AsyncIterable<T>, map = (item: T): unknown => item) {
  const collected: unknown[] = []
  for await (const item of items) collected.push(map(item))
  return collected
}
