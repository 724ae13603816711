// Goal: over a log that is elsewhere a read costs few blocks, and with a hint one round trip.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Trie,
  decodeTrieHint,
  decodeTrieHintRequest,
  encodeTrieHint,
  encodeTrieHintRequest,
} from '@hamlet/trie'
import { BlockList, collect, crypto, latin1, openTrie } from './_tries.ts'
import type { AskHint, TrieHintRequest, TrieLog } from '@hamlet/trie'

const COUNT = 5000

async function filled(): Promise<{ list: BlockList; trie: Trie }> {
  const list = new BlockList()
  const trie = await openTrie(list)
  const operations = Array.from({ length: COUNT }, (_, i) => {
    return { type: 'put', key: `folder-${i % 50}/key-${i}`, value: `${i}` } as const
  })
  await trie.batch(operations)
  return { list, trie }
}

/** Counts the turns in which something was waited for, however much was asked for at once. */
function countedLog(list: BlockList): { readonly log: TrieLog; readonly trips: () => number } {
  const log = list.log()
  let trips = 0
  let isWaiting = false
  const load: TrieLog['load'] = async (index, options) => {
    if (!isWaiting) {
      trips++
      isWaiting = true
      setImmediate(() => {
        isWaiting = false
      })
    }
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    return list.log().load(index, options)
  }
  return {
    log: {
      get length() {
        return log.length
      },
      peek: (index) => log.peek(index),
      load,
    },
    trips: () => trips,
  }
}

test('a get loads about log4 of the keys, and what it loaded it does not load again', async () => {
  const { list } = await filled()
  let total = 0
  for (let i = 0; i < 100; i++) {
    list.forget()
    const remote = await Trie.open({ log: list.log(), crypto })
    const key = `folder-${(i * 37) % 50}/key-${i * 37}`
    assert.equal(latin1((await remote.get(key))!.value), `${i * 37}`)
    total += list.loads.length
    const { length } = list.loads
    await remote.get(key)
    assert.equal(list.loads.length, length)
  }
  // log4(50) and log4(100) levels, three quarters of them taken, the header and the newest node.
  assert.ok(total / 100 < 10, `${total / 100} blocks per get`)
})

test('with a hint a get waits for the blocks once, and asks for no others', async () => {
  const { list: served, trie } = await filled()
  for (let i = 0; i < 20; i++) {
    const list = new BlockList()
    list.blocks.push(...served.blocks)
    list.forget()
    const { log, trips } = countedLog(list)
    const requests: TrieHintRequest[] = []
    const askHint: AskHint = async (request) => {
      // As over a wire.
      const received = decodeTrieHintRequest(encodeTrieHintRequest(request))
      assert.ok(received.ok)
      requests.push(received.value)
      const answer = decodeTrieHint(encodeTrieHint({ indexes: trie.hintFor(received.value) }))
      assert.ok(answer.ok)
      return answer.value.indexes
    }
    const remote = await Trie.open({ log, crypto, askHint })
    const key = `folder-${i}/key-${i}`
    const visited = trie.visitedBy(key)
    assert.equal(latin1((await remote.get(key))!.value), `${i}`)
    assert.equal(requests.length, 1)
    assert.equal(trips(), 1)
    assert.deepEqual(
      [...list.loads].sort((a, b) => a - b),
      visited,
    )
    assert.ok(visited.length <= 20)
  }
})

test('a hint may ask by path alone, and finds the same blocks', async () => {
  const { trie } = await filled()
  const header = await trie.header()
  for (const key of ['folder-3/key-3', 'folder-3/none', 'none']) {
    const parts = key.split('/').map((part) => {
      return crypto.hash(header!.hashKey, Buffer.from(part)).subarray(0, 16)
    })
    const hashes = new Uint8Array(Buffer.concat(parts))
    const byPath = trie.hintFor({ by: 'path', version: trie.version, hashes })
    assert.deepEqual(byPath, trie.visitedBy(key))
  }
  assert.deepEqual(
    trie.hintFor({ by: 'path', version: trie.version + 1, hashes: new Uint8Array(16) }),
    [],
  )
})

test('a hint that is wrong, empty or refused costs time only', async () => {
  const { list } = await filled()
  const asks: AskHint[] = [
    async () => [],
    async () => [5, 6, 7, 1e9, -1, 0],
    () => Promise.reject(new Error('no such peer')),
  ]
  for (const askHint of asks) {
    list.forget()
    const remote = await Trie.open({ log: list.log(), crypto, askHint })
    assert.equal(latin1((await remote.get('folder-1/key-1'))!.value), '1')
    assert.equal(await remote.get('folder-1/key-2'), undefined)
  }
})

test('iterating loads many blocks at a time, and each once', async () => {
  const { list } = await filled()
  list.forget()
  const { log, trips } = countedLog(list)
  const remote = await Trie.open({ log, crypto })
  const keys = await collect(remote.iterate({ prefix: 'folder-7' }), ({ key }) => latin1(key))
  assert.equal(keys.length, COUNT / 50)
  assert.equal(new Set(list.loads).size, list.loads.length)
  assert.ok(list.loads.length < COUNT / 50 + 30, `${list.loads.length} blocks`)
  assert.ok(trips() < 60, `${trips()} round trips`)
})

test('the differences of two versions load what is on their ways and nothing else', async () => {
  const { list, trie } = await filled()
  const { version } = trie
  await trie.put('folder-3/key-3', 'changed')
  await trie.put('folder-9/new', 'new')
  await trie.del('folder-4/key-4')
  list.forget()
  const remote = await Trie.open({ log: list.log(), crypto })
  const keys = await collect(remote.diff(version), ({ key }) => latin1(key))
  assert.deepEqual(keys.sort(), ['folder-3/key-3', 'folder-4/key-4', 'folder-9/new'])
  assert.ok(list.loads.length < 3 * 20, `${list.loads.length} blocks`)
})

test('what is not here is not read synchronously, and a read can be called off', async () => {
  const { list } = await filled()
  list.forget()
  const remote = await Trie.open({ log: list.log(), crypto })
  assert.throws(() => remote.peek('folder-1/key-1'), { code: 'TRIE_NOT_HERE' })
  assert.throws(() => remote.visitedBy('folder-1/key-1'), { code: 'TRIE_NOT_HERE' })
  const controller = new AbortController()
  controller.abort(new Error('enough'))
  await assert.rejects(remote.get('folder-1/key-1', { signal: controller.signal }), {
    message: 'enough',
  })
  await assert.rejects(collect(remote.iterate({ signal: controller.signal })), {
    message: 'enough',
  })
  await remote.get('folder-1/key-1')
  assert.equal(latin1(remote.peek('folder-1/key-1')!.value), '1')
})

test('when blocks were taken back nothing of them is remembered', async () => {
  const list = new BlockList()
  let fork = 0
  const log = Object.defineProperty(list.log(), 'fork', { get: () => fork })
  const trie = await openTrie(list, { log })
  await trie.put('a', '1')
  await trie.put('b', '2')
  assert.ok(await trie.get('b'))
  list.blocks.length = 0
  fork++
  assert.equal(await trie.get('a'), undefined)
  await trie.put('c', '3')
  assert.deepEqual(await collect(trie.iterate(), ({ key }) => latin1(key)), ['c'])
})

test('a reader whose author took blocks back sees what stands there now', async () => {
  const list = new BlockList()
  let fork = 0
  const log = Object.defineProperty(list.log(), 'fork', { get: () => fork })
  const reader = await Trie.open({ log, crypto })
  const first = await openTrie(list)
  for (const key of ['a', 'b', 'c']) await first.put(key, 'old')
  assert.equal((await collect(reader.iterate())).length, 3)
  list.blocks.length = 2
  fork++
  const second = await openTrie(list)
  for (const key of ['d', 'e']) await second.put(key, 'new')
  assert.deepEqual(
    await collect(reader.iterate(), ({ key }) => latin1(key)).then((keys) => keys.sort()),
    ['a', 'd', 'e'],
  )
  assert.equal(await reader.get('c'), undefined)
  assert.equal(latin1((await reader.get('e'))!.value), 'new')
})
