import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { createMemoryKv, prefixedKv } from '@hamlet/store'
import { toKvError } from '../src/level-to-kv.ts'
import { createLevelKv } from '@hamlet/store/node'
import { kvConformance } from '@hamlet/testkit/conformance/kv'
import type { Kv } from '@hamlet/core'

let directory = ''

kvConformance(
  (title, body) => test(`level ${title}`, body),
  {
    async create(): Promise<Kv> {
      directory = await mkdtemp(join(tmpdir(), 'hamlet-kv-'))
      return createLevelKv(join(directory, 'index'))
    },
    reopen: () => createLevelKv(join(directory, 'index')),
    async destroy(kv): Promise<void> {
      await kv.close()
      await rm(directory, { recursive: true })
    },
  },
  { persistent: true, closes: true },
)

const closing = (kv: Kv): Promise<void> => kv.close()

kvConformance(
  (title, body) => test(`memory ${title}`, body),
  { create: async () => createMemoryKv(), destroy: closing },
  { persistent: false, closes: true },
)

/** Between two neighbours, so that a bound one byte too far is seen. */
async function createPrefixed(prefix: Uint8Array): Promise<Kv> {
  const kv = createMemoryKv()
  const before = prefix.slice()
  before[before.length - 1]! -= 1
  await kv.put(before, utf8('before'))
  await kv.put(new Uint8Array([0, 0]), utf8('first'))
  return prefixedKv(kv, prefix)
}

for (const prefix of [utf8('p/'), new Uint8Array([7, 0xff]), new Uint8Array([0xff])]) {
  kvConformance(
    (title, body) => test(`prefix ${prefix.join()} ${title}`, body),
    { create: () => createPrefixed(prefix), destroy: closing },
    { persistent: false, closes: false },
  )
}

test('prefixed stores over one store do not see each other', async () => {
  const kv = createMemoryKv()
  const [left, right] = [prefixedKv(kv, utf8('a')), prefixedKv(kv, utf8('b'))]
  await left.put(utf8('k'), utf8('left'))
  await right.put(utf8('k'), utf8('right'))
  await left.clear()
  assert.equal(await left.get(utf8('k')), undefined)
  assert.deepEqual(await right.get(utf8('k')), utf8('right'))
})

kvConformance(
  (title, body) => test(`prefix within a prefix ${title}`, body),
  {
    create: async () => prefixedKv(await createPrefixed(utf8('outer/')), utf8('inner/')),
    destroy: closing,
  },
  { persistent: false, closes: false },
)

test('keys of a prefix within a prefix carry both, the outer one first', async () => {
  const kv = createMemoryKv()
  const outer = prefixedKv(kv, utf8('a/'))
  await prefixedKv(outer, utf8('b/')).put(utf8('k'), utf8('value'))
  assert.deepEqual(await outer.get(utf8('b/k')), utf8('value'))
  assert.deepEqual(await kv.get(utf8('a/b/k')), utf8('value'))
})

test('a store that is open refuses a second opening', async () => {
  const path = await mkdtemp(join(tmpdir(), 'hamlet-kv-'))
  const kv = await createLevelKv(path)
  await assert.rejects(createLevelKv(path), { code: 'STORE_LOCKED' })
  await kv.close()
  await rm(path, { recursive: true })
})

test('a full disk is told as such, though LevelDB only says it in words', () => {
  const reasons = ['No space left on device', 'File too large', 'Disk quota exceeded']
  for (const reason of reasons) {
    const inner = Object.assign(new Error(`IO error: 000003.log: ${reason}`), {
      code: 'LEVEL_IO_ERROR',
    })
    assert.equal(toKvError(new Error('batch', { cause: inner }), 'write').code, 'STORE_FULL')
  }
  const other = Object.assign(new Error('IO error: gone'), { code: 'LEVEL_IO_ERROR' })
  assert.equal(toKvError(other, 'write').code, 'STORE_IO')
})
