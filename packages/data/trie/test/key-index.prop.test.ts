// Goal: the index gives exactly the keys of the trie in byte order, whatever the range, and follows by reading what is new.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TrieKeyIndex } from '@hamlet/trie'
import { createMemoryKv } from '@hamlet/store'
import { BlockList, bytesOf, collect, crypto, latin1, openTrie } from './_tries.ts'
import type { Trie, TrieRange } from '@hamlet/trie'

const KEYS = [
  'a',
  'a-',
  'a/b',
  'a/b/c',
  'a0',
  'b',
  'b/',
  '/',
  '\u0000',
  '\u00ff\u00ff',
  'a/',
  'a.b',
]
const keyArbitrary = fc.constantFrom(...KEYS)
const writesArbitrary = fc.array(fc.tuple(keyArbitrary, fc.boolean()), { maxLength: 30 })
const boundArbitrary = fc.constantFrom(undefined, 'gt', 'gte', 'lt', 'lte')
const rangeArbitrary = fc.record({
  lower: fc.tuple(boundArbitrary, keyArbitrary),
  upper: fc.tuple(boundArbitrary, keyArbitrary),
  prefix: fc.option(fc.constantFrom('a', 'b', 'a/b'), { nil: undefined }),
  reverse: fc.boolean(),
  limit: fc.option(fc.nat(5), { nil: undefined }),
})

type Case = typeof rangeArbitrary extends fc.Arbitrary<infer T> ? T : never

function rangeOf({ lower, upper, prefix, reverse, limit }: Case): TrieRange {
  const [low, high] = [lower[0], upper[0]]
  return {
    ...((low === 'gt' || low === 'gte') && { [low]: bytesOf(lower[1]) }),
    ...((high === 'lt' || high === 'lte') && { [high]: bytesOf(upper[1]) }),
    ...(prefix !== undefined && { prefix }),
    ...(limit !== undefined && { limit }),
    reverse,
  }
}

/** The same by sorting: Latin-1 texts compare as their bytes. */
function expected(content: ReadonlySet<string>, { lower, upper, prefix, reverse, limit }: Case) {
  const [[low, from], [high, to]] = [lower, upper]
  const keys = [...content].sort().filter((key) => {
    if (low === 'gt' && key <= from) return false
    if (low === 'gte' && key < from) return false
    if (high === 'lt' && key >= to) return false
    if (high === 'lte' && key > to) return false
    return prefix === undefined || key === prefix || key.startsWith(`${prefix}/`)
  })
  return (reverse ? keys.reverse() : keys).slice(0, limit)
}

async function write(trie: Trie, content: Set<string>, writes: [string, boolean][]): Promise<void> {
  for (const [key, isPut] of writes) {
    if (isPut) await trie.put(bytesOf(key), bytesOf(key))
    else await trie.del(bytesOf(key))
    if (isPut) content.add(key)
    else content.delete(key)
  }
}

test('any range gives the keys that sorting would, with their values', async () => {
  const property = fc.asyncProperty(
    writesArbitrary,
    writesArbitrary,
    fc.array(rangeArbitrary, { maxLength: 5 }),
    async (first, second, ranges) => {
      const trie = await openTrie(new BlockList())
      const index = await TrieKeyIndex.open({ trie, kv: createMemoryKv(), crypto })
      const content = new Set<string>()
      for (const writes of [first, second]) {
        await write(trie, content, writes)
        for (const range of ranges) {
          const found = await collect(index.range(rangeOf(range)))
          assert.deepEqual(
            found.map(({ key }) => latin1(key)),
            expected(content, range),
          )
          for (const { type, key, value } of found) {
            assert.equal(type, 'put')
            assert.deepEqual(value, key)
          }
        }
      }
    },
  )
  await fc.assert(property, { numRuns: 100 })
})

test('an index that is there is taken up, and reads only what is new', async () => {
  const list = new BlockList()
  const trie = await openTrie(list, { cacheNodes: 1 })
  const kv = createMemoryKv()
  for (let i = 0; i < 50; i++) await trie.put(`key-${i}`, 'x')
  await (await TrieKeyIndex.open({ trie, kv, crypto })).update()
  await trie.put('new', 'y')
  list.forget()
  const remote = await openTrie(list)
  const index = await TrieKeyIndex.open({ trie: remote, kv, crypto })
  assert.equal(index.version, 51)
  await index.update()
  assert.equal(index.version, 52)
  assert.deepEqual(list.loads, [0, 51])
  await index.rebuild()
  assert.equal((await collect(index.range())).length, 51)
})

test('an index of another trie is made anew', async () => {
  const kv = createMemoryKv()
  const [one, other] = [
    await openTrie(new BlockList()),
    await openTrie(new BlockList(), {
      metadata: new Uint8Array(3),
    }),
  ]
  await one.put('a', '1')
  await one.put('b', '1')
  await other.put('c', '2')
  await other.put('d', '2')
  await (await TrieKeyIndex.open({ trie: one, kv, crypto })).update()
  const index = await TrieKeyIndex.open({ trie: other, kv, crypto })
  assert.deepEqual(await collect(index.range(), ({ key }) => latin1(key)), ['c', 'd'])
})

test('after blocks were taken back the index holds what is left', async () => {
  const list = new BlockList()
  let fork = 0
  const log = Object.defineProperty(list.log(), 'fork', { get: () => fork })
  const trie = await openTrie(list, { log })
  const index = await TrieKeyIndex.open({ trie, kv: createMemoryKv(), crypto })
  for (const key of ['a', 'b', 'c']) await trie.put(key, key)
  await index.update()
  list.blocks.length = 2
  fork++
  await trie.put('d', 'd')
  await trie.put('e', 'e')
  assert.deepEqual(await collect(index.range(), ({ key }) => latin1(key)), ['a', 'd', 'e'])
})
