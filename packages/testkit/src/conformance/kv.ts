/** What every `Kv` does: see the contracts in `packages/base/core/src/ports.ts`. */

import { assert, utf8 } from '@hamlet/core'
import { checkBytes, checkEqual, checkFails } from './check.ts'
import type { Kv, KvRange } from '@hamlet/core'
import type { TestFunction } from './check.ts'

export interface KvFactory {
  /** An empty store. */
  create(): Promise<Kv>
  /** A closed store opened again, for stores that outlive a process. */
  reopen?(): Promise<Kv>
  destroy(kv: Kv): Promise<void>
}

export interface KvSupports {
  /** Contents survive `close` and `reopen`. */
  readonly persistent: boolean
  /** Operations after `close` fail with `STORE_CLOSED`. */
  readonly closes: boolean
}

type KvTest = (title: string, body: (kv: Kv) => Promise<void>) => void

export function kvConformance(test: TestFunction, factory: KvFactory, supports: KvSupports): void {
  const withKv: KvTest = (title, body) => {
    test(`kv: ${title}`, async () => {
      const kv = await factory.create()
      try {
        await body(kv)
      } finally {
        await factory.destroy(kv)
      }
    })
  }
  pointTests(withKv)
  rangeTests(withKv)
  if (supports.closes) closeTests(withKv)
  if (supports.persistent) reopenTests(withKv, factory)
}

function pointTests(test: KvTest): void {
  test('puts, gets, replaces and deletes', async (kv) => {
    await kv.put(utf8('a'), utf8('1'))
    await kv.put(utf8('a'), utf8('2'))
    checkBytes(await kv.get(utf8('a')), utf8('2'))
    await kv.delete(utf8('a'))
    await kv.delete(utf8('a'))
    checkEqual(await kv.get(utf8('a')), undefined)
  })
  test('keeps empty values and binary keys apart', async (kv) => {
    await kv.put(new Uint8Array([0]), utf8(''))
    await kv.put(new Uint8Array([0, 0]), utf8('x'))
    checkBytes(await kv.get(new Uint8Array([0])), utf8(''))
    checkBytes(await kv.get(new Uint8Array([0, 0])), utf8('x'))
  })
  test('gets many in the order asked', async (kv) => {
    await kv.put(utf8('a'), utf8('1'))
    await kv.put(utf8('b'), utf8('2'))
    const values = await kv.getMany([utf8('b'), utf8('absent'), utf8('a')])
    checkBytes(values[0], utf8('2'))
    checkEqual(values[1], undefined)
    checkBytes(values[2], utf8('1'))
    checkEqual(await kv.getMany([]), [])
  })
  test('applies a batch in order', async (kv) => {
    await kv.batch([
      { type: 'put', key: utf8('a'), value: utf8('1') },
      { type: 'put', key: utf8('b'), value: utf8('2') },
      { type: 'del', key: utf8('a') },
    ])
    checkEqual(await keysOf(kv, {}), ['b'])
  })
  test('hands out plain bytes', async (kv) => {
    await kv.put(utf8('a'), utf8('1'))
    const value = await kv.get(utf8('a'))
    assert(value?.constructor === Uint8Array, 'plain bytes, not a Buffer')
  })
}

function rangeTests(test: KvTest): void {
  test('iterates in bytewise order within any bounds', async (kv) => {
    for (const key of ['b', 'a', 'aa', 'c', 'ab']) await kv.put(utf8(key), utf8(`=${key}`))
    checkEqual(await keysOf(kv, {}), ['a', 'aa', 'ab', 'b', 'c'])
    checkEqual(await keysOf(kv, { gt: utf8('a'), lt: utf8('b') }), ['aa', 'ab'])
    checkEqual(await keysOf(kv, { gte: utf8('ab'), lte: utf8('b') }), ['ab', 'b'])
    checkEqual(await keysOf(kv, { reverse: true, limit: 2 }), ['c', 'b'])
    checkEqual(await keysOf(kv, { lt: utf8('b'), reverse: true, limit: 1 }), ['ab'])
    checkEqual(await keysOf(kv, { gte: utf8('d') }), [])
  })
  test('orders bytes as unsigned', async (kv) => {
    for (const byte of [0xff, 0x00, 0x80, 0x7f]) await kv.put(new Uint8Array([byte]), utf8('x'))
    const bytes: number[] = []
    for await (const [key] of kv.range({})) bytes.push(key[0]!)
    checkEqual(bytes, [0x00, 0x7f, 0x80, 0xff])
  })
  test('lets a loop end early', async (kv) => {
    await kv.put(utf8('a'), utf8('1'))
    await kv.put(utf8('b'), utf8('2'))
    for await (const [key] of kv.range({})) {
      checkBytes(key, utf8('a'))
      break
    }
    checkEqual(await keysOf(kv, {}), ['a', 'b'])
  })
  test('clears a range or everything', async (kv) => {
    for (const key of ['a', 'b', 'c', 'd']) await kv.put(utf8(key), utf8('x'))
    await kv.clear({ gte: utf8('b'), lt: utf8('d') })
    checkEqual(await keysOf(kv, {}), ['a', 'd'])
    await kv.clear()
    checkEqual(await keysOf(kv, {}), [])
  })
}

function closeTests(test: KvTest): void {
  test('refuses work after it was closed', async (kv) => {
    await kv.close()
    await kv.close()
    await checkFails(() => kv.get(utf8('a')), 'STORE_CLOSED')
    await checkFails(() => kv.put(utf8('a'), utf8('1')), 'STORE_CLOSED')
    await checkFails(() => keysOf(kv, {}), 'STORE_CLOSED')
  })
}

function reopenTests(test: KvTest, factory: KvFactory): void {
  test('keeps contents for the next process', async (kv) => {
    await kv.put(utf8('a'), utf8('1'))
    await kv.close()
    const again = await factory.reopen!()
    checkBytes(await again.get(utf8('a')), utf8('1'))
    await again.close()
  })
}

async function keysOf(kv: Kv, range: KvRange): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key, value] of kv.range(range)) {
    keys.push(new TextDecoder().decode(key))
    assert(value.length > 0, 'every pair has its value')
  }
  return keys
}
