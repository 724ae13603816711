// Goal: a get from a trie that is elsewhere takes one round trip over a real exchange, whatever a peer says its walk needs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogExchange, SparseLog } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import {
  TRIE_HINT_NAME,
  Trie,
  answerTrieHints,
  encodeTrieHint,
  openRemoteTrie,
  trieLogOf,
} from '@hamlet/trie'
import { crypto, latin1, namespace, openSignedTrie, seededRandom, signer } from './_tries.ts'
import type { ExchangePeer, Log, SharedHandle } from '@hamlet/log'

const COUNT = 20_000
const clock = { wall: () => 0, monotonic: () => 0, after: () => () => undefined }

/** A line on which what is said in one trip arrives together, one trip later. */
class SlowLine {
  readonly #ends: ExchangePeer[] = []
  readonly #underWay: (readonly [to: number, frame: Uint8Array])[] = []
  readonly messages: number[] = []
  bytesToReader = 0

  constructor(author: LogExchange, reader: LogExchange) {
    for (const [to, exchange] of [
      [1, author],
      [0, reader],
    ] as const) {
      const send = (frame: Uint8Array): boolean => {
        this.#underWay.push([to, frame])
        if (to === 1) this.bytesToReader += frame.length
        if (to === 1) this.messages.push(frame[0]!)
        return true
      }
      this.#ends[1 - to] = exchange.connect({ name: `${to}`, send, close: () => undefined })
    }
  }

  /** One way; `false` when nothing was under way. */
  async travel(): Promise<boolean> {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    const frames = this.#underWay.splice(0)
    for (const [to, frame] of frames) this.#ends[to]!.receive(frame)
    return frames.length > 0
  }

  async settle(): Promise<void> {
    while (await this.travel());
  }

  /** Ways until it is done: two are a round trip. */
  async waysOf<T>(work: Promise<T>): Promise<{ readonly ways: number; readonly result: T }> {
    let isDone = false
    const mark = work.finally(() => {
      isDone = true
    })
    for (let ways = 0; ways < 500; ways++) {
      await this.travel()
      await Promise.resolve()
      if (isDone) return { ways: ways + 1, result: await mark }
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      if (isDone) return { ways: ways + 1, result: await mark }
    }
    throw new Error('did not end')
  }
}

function exchangeOf(seed: number): LogExchange {
  return new LogExchange({ crypto, clock, random: seededRandom(seed), onRefused: assert.fail })
}

interface Setting {
  readonly log: Log
  readonly trie: Trie
  readonly served: SharedHandle
  readonly author: LogExchange
}

async function filled(): Promise<Setting> {
  const { log, trie } = await openSignedTrie()
  await trie.batch(
    Array.from({ length: COUNT }, (_, i) => {
      return { type: 'put', key: `folder-${i % 100}/key-${i}`, value: `${i}` } as const
    }),
  )
  const author = exchangeOf(1)
  const served = author.add(log)
  answerTrieHints(served, trie)
  return { log, trie, served, author }
}

interface Reader {
  readonly trie: Trie
  readonly sparse: SparseLog
  readonly line: SlowLine
}

/** Somebody who knows the newest head, and no block. */
async function readerOf(author: LogExchange, isHinted = true): Promise<Reader> {
  const { publicKey } = signer
  const disk = createMemoryDisk()
  const sparse = await SparseLog.open({ disk, crypto, directory: 'copy', publicKey, namespace })
  const exchange = exchangeOf(2)
  const shared = exchange.add(sparse)
  const trie = isHinted
    ? await openRemoteTrie(sparse, shared, { crypto })
    : await Trie.open({ log: trieLogOf(sparse), crypto })
  const line = new SlowLine(author, exchange)
  await line.settle()
  return { trie, sparse, line }
}

const setting = await filled()

test('a get from far away takes one round trip: the first, later ones, and one of a key that is not there', async () => {
  const { trie, line, sparse } = await readerOf(setting.author)
  assert.equal(trie.version, COUNT + 1)
  for (const number of [7, 4711, 12_345]) {
    const key = `folder-${number % 100}/key-${number}`
    const { ways, result } = await line.waysOf(trie.get(key))
    assert.equal(latin1(result!.value), `${number}`)
    assert.equal(ways, 2)
    await line.settle()
    assert.ok(setting.trie.visitedBy(key).every((index) => sparse.has(index)))
  }
  const none = await line.waysOf(trie.get('folder-3/none'))
  assert.deepEqual([none.ways, none.result], [2, undefined])
  // What is here needs nobody.
  assert.equal(latin1(trie.peek('folder-7/key-7')!.value), '7')
})

test('without hints the same get takes a round trip per node of its walk', async () => {
  const { trie, line } = await readerOf(setting.author, false)
  const { ways, result } = await line.waysOf(trie.get('folder-11/key-4711'))
  assert.equal(latin1(result!.value), '4711')
  assert.ok(ways > 10, `${ways} ways`)
})

test('gets that are made together travel together, and bring each block once', async () => {
  const { trie, line, sparse } = await readerOf(setting.author)
  const numbers = Array.from({ length: 64 }, (_, i) => i * 311)
  const before = line.bytesToReader
  const gets = Promise.all(numbers.map((i) => trie.get(`folder-${i % 100}/key-${i}`)))
  const { ways, result } = await line.waysOf(gets)
  assert.deepEqual(
    result.map((entry) => latin1(entry!.value)),
    numbers.map(String),
  )
  assert.equal(ways, 2)
  const content = sparse.storedBytes
  const bytes = line.bytesToReader - before
  assert.ok(bytes < 2.5 * content + 64 * 700, `${bytes} bytes for ${content}`)
})

test('an older version is read in one round trip too', async () => {
  const { trie, line } = await readerOf(setting.author)
  const old = trie.checkout(5000)
  const there = await line.waysOf(old.get('folder-20/key-1020'))
  assert.deepEqual([there.ways, latin1(there.result!.value)], [2, '1020'])
  await line.settle()
  const later = await line.waysOf(old.get('folder-20/key-10020'))
  assert.deepEqual([later.ways, later.result], [2, undefined])
})

test('a lying hint costs time only, whatever it says', async () => {
  const { log, served, trie } = setting
  const lies: readonly Uint8Array[] = [
    encodeTrieHint({ indexes: [] }),
    encodeTrieHint({ indexes: [5, 6, 7, 2 ** 40] }),
    encodeTrieHint({ indexes: [COUNT] }),
    Uint8Array.of(0x11, 0xff),
    Uint8Array.of(1),
  ]
  let number = 500
  for (const bytes of lies) {
    served.onAsk(TRIE_HINT_NAME, () => ({ bytes, blocks: [1, 2, 3, log.length + 5] }))
    const reader = await readerOf(setting.author)
    const { ways, result } = await reader.line.waysOf(
      reader.trie.get(`folder-${number % 100}/key-${number}`),
    )
    assert.equal(latin1(result!.value), `${number++}`)
    assert.ok(ways > 2)
  }
  answerTrieHints(served, trie)
})

test('a request that is none, of a version that is not there or from a part of a trie gets no answer', async () => {
  const { trie, line, sparse } = await readerOf(setting.author)
  const { ways } = await line.waysOf(trie.get('folder-1/key-1'))
  assert.equal(ways, 2)
  await line.settle()
  // The reader serves what it has in turn: it knows this key's walk and no other's.
  const [middle, last] = [exchangeOf(3), exchangeOf(4)]
  const shared = middle.add(sparse)
  answerTrieHints(shared, trie)
  const { publicKey } = signer
  const disk = createMemoryDisk()
  const far = await SparseLog.open({ disk, crypto, directory: 'far', publicKey, namespace })
  const handle = last.add(far)
  const remote = await openRemoteTrie(far, handle, { crypto })
  const second = new SlowLine(middle, last)
  await second.settle()
  assert.equal(remote.version, COUNT + 1)
  const known = await second.waysOf(remote.get('folder-1/key-1'))
  assert.deepEqual([known.ways, latin1(known.result!.value)], [2, '1'])
  for (const bytes of [Uint8Array.of(0x10), Uint8Array.of(0x10, 0, 0xff, 0xff, 0x7f, 0x61)]) {
    const said = await second.waysOf(handle.ask(TRIE_HINT_NAME, bytes))
    assert.equal(said.result, undefined)
  }
})
