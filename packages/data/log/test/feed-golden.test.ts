// Goal: the stored blocks of a feed never change. The golden file was written once; docs/formats/feed.md explains it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { collect, feedOver, secret } from './_feeds.ts'
import { openAuthor } from './_logs.ts'

const PATH = join(import.meta.dirname, 'golden/feed-v1.json')
const PAYLOADS = ['a', '', 'bcd'].map(utf8)

interface Golden {
  readonly plain: readonly string[]
  readonly encrypted: readonly string[]
}

test('writes and reads the golden blocks', async () => {
  const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  for (const [name, more] of [
    ['plain', {}],
    ['encrypted', { secret }],
  ] as const) {
    const log = await openAuthor(createMemoryDisk())
    await feedOver(log, more).append(PAYLOADS)
    assert.deepEqual([...log.blocks()].map(bytesToHex), golden[name])
    const other = await openAuthor(createMemoryDisk())
    await other.append(golden[name].map(hexToBytes))
    assert.deepEqual(await collect(feedOver(other, more).read()), PAYLOADS)
  }
})
