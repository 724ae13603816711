// Goal: the blocks of format version 1 never change. The golden file was written once and is compared byte for byte;
// `docs/formats/trie.md` explains it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import { Trie, encodeTrieHint, encodeTrieHintRequest } from '@hamlet/trie'
import { BlockList, collect, contentOf, crypto, sorted } from './_tries.ts'

const PATH = join(import.meta.dirname, 'golden/trie-v1.json')

interface Golden {
  readonly blocks: readonly string[]
  readonly hintRequest: string
  readonly hint: string
  readonly checkpoint: string
}

async function write(list: BlockList): Promise<Trie> {
  const random = { bytes: (count: number) => new Uint8Array(count).fill(0x07) }
  const trie = await Trie.open({ log: list.log(), crypto, random, metadata: utf8('golden') })
  await trie.put('a', '1')
  await trie.put('a/b', '2')
  await trie.put('c', '3')
  await trie.batch([
    { type: 'put', key: 'a/d', value: '4' },
    { type: 'del', key: 'a/b' },
  ])
  await trie.put('a', '5')
  return trie
}

test('writes the golden blocks and messages', async () => {
  const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  const list = new BlockList()
  const trie = await write(list)
  const diff = trie.diff(3, { prefix: 'a' })
  for await (const difference of diff) if (difference.before) break
  const request = { by: 'key', version: trie.version, key: utf8('a/d') } as const
  const written = {
    blocks: list.blocks.map(bytesToHex),
    hintRequest: bytesToHex(encodeTrieHintRequest(request)),
    hint: bytesToHex(encodeTrieHint({ indexes: trie.hintFor(request) })),
    checkpoint: bytesToHex(diff.checkpoint()),
  }
  assert.deepEqual(written, golden)
})

test('reads the golden blocks, and goes on from the golden checkpoint', async () => {
  const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  const list = new BlockList()
  list.blocks.push(...golden.blocks.map(hexToBytes))
  const trie = await Trie.open({ log: list.log(), crypto })
  assert.deepEqual((await trie.header())?.metadata, utf8('golden'))
  assert.deepEqual(sorted(await contentOf(trie)), [
    ['a', '5'],
    ['a/d', '4'],
    ['c', '3'],
  ])
  const rest = trie.diff(0, { checkpoint: hexToBytes(golden.checkpoint) })
  const keys = await collect(rest, ({ key }) => new TextDecoder().decode(key))
  assert.deepEqual(keys, ['a/b', 'a/d'])
})
