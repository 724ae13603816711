// Goal: what a user of a trie relies on beside its content: grouping, conditions, refusals, watching, and hostile keys.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  TRIE_BATCH_OPERATIONS_MAX,
  TRIE_KEY_BYTES_MAX,
  TRIE_KEY_COMPONENTS_MAX,
  TRIE_METADATA_BYTES_MAX,
  TRIE_VALUE_BYTES_MAX,
  Trie,
  trieLogOf,
} from '@hamlet/trie'
import {
  BlockList,
  collect,
  contentOf,
  crypto,
  latin1,
  openSignedTrie,
  openTrie,
  weakCrypto,
} from './_tries.ts'
import type { TrieMove } from '@hamlet/trie'

const text = (bytes: Uint8Array | undefined) => bytes && latin1(bytes)

test('puts that wait together share one append, and each sees those before it', async () => {
  const list = new BlockList()
  const trie = await openTrie(list)
  const versions = await Promise.all([
    trie.put('a', '1'),
    trie.put('b', '2'),
    trie.del('a'),
    trie.put('b', '3', { ifVersion: 3 }),
    trie.put('c', '4', { condition: (previous) => previous === undefined }),
  ])
  assert.deepEqual(versions, [2, 3, 4, 5, 6])
  assert.equal(list.appends, 1)
  assert.deepEqual(
    await contentOf(trie),
    new Map([
      ['b', '3'],
      ['c', '4'],
    ]),
  )
})

test('puts that come during an append are the next one', async () => {
  const list = new BlockList()
  const trie = await openTrie(list)
  const first = trie.put('a', '1')
  while (list.appends === 0) await Promise.resolve()
  const rest = Array.from({ length: 50 }, (_, i) => trie.put(`b${i}`, '2'))
  await Promise.all([first, ...rest])
  assert.equal(list.appends, 2)
  assert.equal((await contentOf(trie)).size, 51)
})

test('a call whose condition fails is refused alone, and says which version is there', async () => {
  const list = new BlockList()
  const trie = await openTrie(list)
  const [first, second, third] = await Promise.allSettled([
    trie.put('a', '1', { ifVersion: 0 }),
    trie.put('a', '2', { ifVersion: 0 }),
    trie.put('b', '3'),
  ])
  assert.equal(first!.status, 'fulfilled')
  assert.equal(third!.status, 'fulfilled')
  assert.ok(second!.status === 'rejected')
  assert.equal(second!.reason.code, 'TRIE_CHANGED')
  assert.equal(second!.reason.fields.version, 2)
  assert.equal(text((await trie.get('a'))?.value), '1')
})

test('a condition that throws refuses its call with what it threw', async () => {
  const trie = await openTrie(new BlockList())
  await assert.rejects(trie.put('a', '1', { condition: refuse }), RangeError)
  assert.equal(await trie.put('a', '1'), 2)
})

test('an append that fails refuses its calls and leaves the trie as it was', async () => {
  const list = new BlockList()
  const log = list.log()
  const append = log.append!
  const trie = await openTrie(list, { log })
  await trie.put('a', '1')
  log.append = () => Promise.reject(new Error('the disk is full'))
  await assert.rejects(trie.put('a', '2'), { message: 'the disk is full' })
  log.append = append
  await trie.put('b', '3')
  assert.deepEqual(
    await contentOf(trie),
    new Map([
      ['a', '1'],
      ['b', '3'],
    ]),
  )
})

test('a trie whose log somebody else appends to takes no more writes', async () => {
  const list = new BlockList()
  const log = list.log()
  const append = log.append!
  const trie = await openTrie(list, { log })
  await trie.put('a', '1')
  log.append = (blocks) => {
    list.blocks.push(list.blocks[1]!)
    return append(blocks)
  }
  await assert.rejects(trie.put('b', '2'), { code: 'TRIE_NOT_ALONE' })
  await assert.rejects(trie.put('c', '3'), { code: 'TRIE_NOT_ALONE' })
})

test('keys that are none are refused, at the edges and for what they are', async () => {
  const trie = await openTrie(new BlockList())
  const longest = new Uint8Array(TRIE_KEY_BYTES_MAX).fill(0xff)
  const deepest = '/'.repeat(TRIE_KEY_COMPONENTS_MAX - 1)
  for (const key of [longest, deepest]) {
    await trie.put(key, 'x')
    assert.equal(text((await trie.get(key))?.value), 'x')
  }
  const invalid = [
    '',
    new Uint8Array(0),
    new Uint8Array(TRIE_KEY_BYTES_MAX + 1),
    `${deepest}/`,
    '\ud800',
  ]
  for (const key of invalid) {
    await assert.rejects(trie.put(key, 'x'), { code: 'TRIE_KEY_INVALID' })
    await assert.rejects(trie.get(key), { code: 'TRIE_KEY_INVALID' })
    await assert.rejects(trie.del(key), { code: 'TRIE_KEY_INVALID' })
  }
})

test('the longest value under the longest key fits a block of a log', async () => {
  const { trie, log } = await openSignedTrie()
  const value = new Uint8Array(TRIE_VALUE_BYTES_MAX).fill(1)
  const key = new Uint8Array(TRIE_KEY_BYTES_MAX).fill(2)
  await trie.put('other', 'x')
  await trie.put(key, value)
  assert.deepEqual((await trie.get(key))?.value, value)
  await assert.rejects(trie.put(key, new Uint8Array(TRIE_VALUE_BYTES_MAX + 1)), {
    code: 'TRIE_VALUE_TOO_LARGE',
  })
  await log.close()
})

test('a batch of more than 500,000 operations is refused', async () => {
  const trie = await openTrie(new BlockList())
  const operation = { type: 'put', key: 'a', value: 'x' } as const
  const operations = Array.from({ length: TRIE_BATCH_OPERATIONS_MAX + 1 }, () => operation)
  await assert.rejects(trie.batch(operations), { code: 'TRIE_BATCH_TOO_LARGE' })
  assert.equal(await trie.batch([]), 0)
})

test('the sixty-sixth other key of one path is refused, and those before it stay', async () => {
  const trie = await openTrie(new BlockList(), { crypto: weakCrypto(0) })
  for (let i = 0; i < 65; i++) await trie.put(`key-${i}`, `${i}`)
  await assert.rejects(trie.put('key-65', '65'), { code: 'TRIE_COLLISIONS' })
  for (let i = 0; i < 65; i++) assert.equal(text((await trie.get(`key-${i}`))?.value), `${i}`)
})

test('keys with the names of an object’s own properties are keys like others', async () => {
  const trie = await openTrie(new BlockList())
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a/__proto__/b']
  for (const name of names) assert.equal(await trie.get(name), undefined)
  for (const name of names) await trie.put(name, name)
  assert.deepEqual([...(await contentOf(trie)).keys()].sort(), [...names].sort())
})

test('keys that are prefixes of each other lie in each other, as deep as keys go', async () => {
  const trie = await openTrie(new BlockList())
  const keys = Array.from({ length: TRIE_KEY_COMPONENTS_MAX }, (_, i) => `x${'/x'.repeat(i)}`)
  for (const key of keys) await trie.put(key, `${key.length}`)
  for (const key of keys.toReversed()) await trie.put(key, `${key.length}`)
  for (const key of keys) assert.equal(text((await trie.get(key))?.value), `${key.length}`)
  assert.equal((await contentOf(trie, new Uint8Array(Buffer.from(keys[100]!)))).size, 28)
  for (const key of keys.slice(1)) await trie.del(key)
  assert.deepEqual([...(await contentOf(trie)).keys()], ['x'])
})

test('a log that is not a trie’s is refused, and a copy takes no writes', async () => {
  const list = new BlockList()
  list.blocks.push(new Uint8Array(60))
  await assert.rejects(openTrie(list), { code: 'TRIE_OTHER' })
  const { append: _, ...readOnly } = new BlockList().log()
  const copy = await Trie.open({ log: readOnly, crypto })
  await assert.rejects(copy.put('a', '1'), { code: 'TRIE_READ_ONLY' })
  assert.equal(await copy.get('a'), undefined)
  const unfounded = await Trie.open({ log: new BlockList().log(), crypto })
  await assert.rejects(unfounded.put('a', '1'), { code: 'TRIE_READ_ONLY' })
})

test('metadata beyond its limit is a slip of the program', async () => {
  const metadata = new Uint8Array(TRIE_METADATA_BYTES_MAX + 1)
  await assert.rejects(openTrie(new BlockList(), { metadata }), { name: 'AssertionError' })
})

test('a block that is no node ends a read with its index', async () => {
  const list = new BlockList()
  const trie = await openTrie(list)
  await trie.put('a', '1')
  await trie.put('b', '2')
  list.blocks[2] = Uint8Array.of(0x11, 0x80)
  const reader = await openTrie(list)
  await assert.rejects(reader.get('a'), { code: 'TRIE_DAMAGED', fields: { index: 2 } })
})

test('versions beyond the newest are refused', async () => {
  const trie = await openTrie(new BlockList())
  await trie.put('a', '1')
  for (const version of [3, -1, 0.5, NaN]) {
    assert.throws(() => trie.checkout(version), { code: 'TRIE_VERSION' })
    assert.throws(() => trie.diff(version), { code: 'TRIE_VERSION' })
  }
  assert.throws(() => trie.diff(0, { checkpoint: new Uint8Array(3) }), { code: 'TRIE_CHECKPOINT' })
  assert.deepEqual(await collect(trie.checkout(0).iterate()), [])
  assert.deepEqual(await collect(trie.checkout(1).list()), [])
})

test('a snapshot stays as it is', async () => {
  const trie = await openTrie(new BlockList())
  await trie.put('a', '1')
  const snapshot = trie.snapshot()
  await trie.put('a', '2')
  await trie.put('b', '3')
  assert.deepEqual(await contentOf(snapshot), new Map([['a', '1']]))
  assert.equal(snapshot.version, 2)
})

test('a watcher is told of changes under its prefix and of no others', async () => {
  const trie = await openTrie(new BlockList())
  const moves: TrieMove[] = []
  await trie.put('x/a', '1')
  const stop = trie.watch('x', (move) => moves.push(move))
  await trie.put('y', '2')
  await trie.put('xx', '2')
  await settled()
  assert.deepEqual(moves, [])
  await trie.put('x/a', '1')
  await settled()
  await trie.del('x/a')
  await settled()
  await trie.put('y', '3')
  await settled()
  await trie.put('x', '4')
  await settled()
  assert.deepEqual(
    moves.map(({ to }) => to),
    [5, 6, 8],
  )
  stop()
  await trie.put('x/b', '5')
  await settled()
  assert.equal(moves.length, 3)
})

test('a watcher of a log learns of what came from elsewhere, and of what was taken back', async () => {
  const { log, trie } = await openSignedTrie()
  const reader = await Trie.open({ log: trieLogOf(log), crypto })
  const moves: TrieMove[] = []
  reader.watch(undefined, (move) => moves.push(move))
  await trie.put('a', '1')
  await settled()
  await trie.put('b', '2')
  await settled()
  await log.truncate(2)
  await settled()
  assert.deepEqual(moves, [
    { from: 0, to: 2 },
    { from: 2, to: 3 },
    { from: 3, to: 2 },
  ])
  assert.deepEqual(await contentOf(reader), new Map([['a', '1']]))
  await trie.put('c', '3')
  assert.deepEqual([...(await contentOf(reader)).keys()].sort(), ['a', 'c'])
  await reader.close()
})

test('a closed trie has finished its writes, takes no more, and still reads', async () => {
  const trie = await openTrie(new BlockList())
  const writing = trie.put('a', '1')
  await trie.close()
  await trie.close()
  assert.equal(await writing, 2)
  await assert.rejects(trie.put('b', '2'), { code: 'TRIE_CLOSED' })
  assert.equal(text((await trie.get('a'))?.value), '1')
})

test('what a deletion removed is not reached any more once something near it was written', async () => {
  const list = new BlockList()
  const trie = await openTrie(list)
  for (let i = 0; i < 200; i++) await trie.put(`key-${i}`, 'x')
  for (let i = 0; i < 200; i++) await trie.del(`key-${i}`)
  await trie.put('last', 'y')
  assert.deepEqual(await contentOf(trie), new Map([['last', 'y']]))
  // Nothing is behind the deletions: the node knows no other.
  assert.ok(list.blocks.at(-1)!.length < 10)
})

function refuse(): boolean {
  throw new RangeError('mine')
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
