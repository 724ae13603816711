/** How the costs of a trie grow: bytes per put and nodes visited per get, at 10^4, 10^5 and 10^6 keys. Counts, not times. */

import { createNodeCrypto } from '@hamlet/identity/node'
import { Trie } from '@hamlet/trie'
import type { TrieLog } from '@hamlet/trie'
import { check, isQuick } from '../_support/measure.ts'

const SIZES = isQuick ? [1e3, 1e4] : [1e4, 1e5, 1e6]
const VALUE = new Uint8Array(100)
const SAMPLES = 1000

const crypto = createNodeCrypto()
const blocks: Uint8Array[] = []
const log: TrieLog = {
  get length() {
    return blocks.length
  },
  peek: (index) => blocks[index],
  load: async (index) => blocks[index]!,
  async append(more) {
    for (const block of more) blocks.push(block)
    return { from: blocks.length - more.length, to: blocks.length }
  },
}
const random = { bytes: (count: number) => new Uint8Array(count).fill(3) }
const trie = await Trie.open({ log, crypto, random })
for (const size of SIZES) {
  await growTo(size)
  const bytes = meanOf(blocks.slice(-SAMPLES).map((block) => block.length))
  const samples = Array.from({ length: SAMPLES }, (_, i) => keyOf(Math.floor((i * size) / SAMPLES)))
  // The header is not visited by a get that has been made before.
  const visits = meanOf(samples.map((key) => trie.visitedBy(key).length - 1))
  check(trie.peek(samples[7]!) !== undefined, 'a key that was put')
  const beside = bytes - VALUE.length - keyOf(size).length
  console.log(
    `${size} keys: ${beside.toFixed(1)} bytes beside key and value, ${visits.toFixed(2)} nodes`,
  )
}

async function growTo(size: number): Promise<void> {
  for (let from = trie.version === 0 ? 0 : trie.version - 1; from < size; from += 1000) {
    await trie.batch(
      Array.from({ length: 1000 }, (_, i) => ({ type: 'put', key: keyOf(from + i), value: VALUE })),
    )
  }
}

function keyOf(number: number): string {
  const scattered = (number * 7919) % 10_000_019
  return `folder-${scattered % 1000}/key-${scattered}`
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
