// Goal: a trie over a sparse copy of somebody's log reads what it needs through a real exchange, and keeps it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogExchange, SparseLog } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { Trie, trieLogOf } from '@hamlet/trie'
import {
  collect,
  crypto,
  latin1,
  namespace,
  openSignedTrie,
  seededRandom,
  signer,
} from './_tries.ts'
import type { ExchangePeer } from '@hamlet/log'

const clock = { wall: () => 0, monotonic: () => 0, after: () => () => undefined }

function exchangeOf(seed: number): LogExchange {
  return new LogExchange({ crypto, clock, random: seededRandom(seed), onRefused: assert.fail })
}

/** Frames go to the other side one turn later, in their order. */
function connect(a: LogExchange, b: LogExchange): void {
  const ends: { a?: ExchangePeer; b?: ExchangePeer } = {}
  const sendTo = (side: 'a' | 'b') => (frame: Uint8Array) => {
    setImmediate(() => ends[side]?.receive(frame))
    return true
  }
  ends.a = a.connect({ name: 'b', send: sendTo('b'), close: () => undefined })
  ends.b = b.connect({ name: 'a', send: sendTo('a'), close: () => undefined })
}

test('a sparse copy of a log gives the trie, block by block', async () => {
  const { log, trie } = await openSignedTrie()
  const operations = Array.from({ length: 2000 }, (_, i) => {
    return { type: 'put', key: `folder-${i % 40}/key-${i}`, value: `${i}` } as const
  })
  await trie.batch(operations)
  const { publicKey } = signer
  const sparse = await SparseLog.open({
    disk: createMemoryDisk(),
    crypto,
    directory: 'copy',
    publicKey,
    namespace,
  })
  const [author, reader] = [exchangeOf(1), exchangeOf(2)]
  author.add(log)
  reader.add(sparse)
  connect(author, reader)
  const copy = await Trie.open({ log: trieLogOf(sparse), crypto })
  while (copy.version < trie.version) await turn()
  assert.equal(latin1((await copy.get('folder-7/key-7'))!.value), '7')
  assert.equal(await copy.get('folder-7/none'), undefined)
  assert.ok(sparse.storedCount < 25, `${sparse.storedCount} blocks for two gets`)
  const children = await collect(copy.list('folder-3'), ({ name }) => latin1(name))
  assert.equal(children.length, 50)
  assert.ok(sparse.storedCount < 120, `${sparse.storedCount} blocks with a folder`)
  await assert.rejects(copy.put('a', '1'), { code: 'TRIE_READ_ONLY' })
  // What is here is read at once.
  assert.equal(latin1(copy.peek('folder-7/key-7')!.value), '7')
})

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
