// Goal: the files of format version 1 never change. The golden files were written once and are compared byte for byte;
// `docs/formats/log.md` explains them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import { encodeLogRange, encodeTruncation } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { openAuthor } from './_logs.ts'

const PATH = join(import.meta.dirname, 'golden/log-v1.json')

interface Golden {
  readonly files: Readonly<Record<string, string>>
  readonly range: string
  readonly checkpoint: string
}

const BLOCKS = ['a', 'bc', 'def'].map(utf8)

test('writes the golden files', async () => {
  const golden = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  await log.append(BLOCKS.slice(0, 1))
  await log.append(BLOCKS.slice(1))
  const range = bytesToHex(encodeLogRange(log.rangeFrom(1, { bytesMax: 1e5, blocksMax: 1 })!))
  const checkpoint = log.checkpoint()!
  await log.close()
  const files = Object.fromEntries(
    [...disk.files()].map(([path, bytes]) => [path, bytesToHex(bytes)]),
  )
  assert.deepEqual({ files, range, checkpoint }, golden)
})

test('opens the golden files', async () => {
  const { files } = JSON.parse(readFileSync(PATH, 'utf8')) as Golden
  const entries = Object.entries(files).map(([path, hex]) => [path, hexToBytes(hex)] as const)
  const log = await openAuthor(createMemoryDisk({ files: new Map(entries) }))
  assert.deepEqual([...log.blocks()], BLOCKS)
  assert.deepEqual(log.openReport, { blocksScanned: 0, rebuilt: false })
})

const CLEARED_PATH = join(import.meta.dirname, 'golden/log-cleared-v1.json')

test('a log with a cleared block is the golden one, and the golden one opens', async () => {
  const golden = JSON.parse(readFileSync(CLEARED_PATH, 'utf8')) as Golden['files']
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  await log.append(BLOCKS)
  await log.clear(1, 2)
  await log.append([utf8('g')])
  await log.close()
  const files = [...disk.files()].map(([path, bytes]) => [path, bytesToHex(bytes)])
  assert.deepEqual(Object.fromEntries(files), golden)
  const entries = Object.entries(golden).map(([path, hex]) => [path, hexToBytes(hex)] as const)
  const again = await openAuthor(createMemoryDisk({ files: new Map(entries) }))
  assert.deepEqual(
    [0, 2, 3].map((index) => again.get(index)),
    ['a', 'def', 'g'].map(utf8),
  )
  assert.throws(() => again.get(1), { code: 'LOG_CLEARED' })
})

const TRUNCATED_PATH = join(import.meta.dirname, 'golden/log-truncated-v1.json')

test('a truncated log and its statement are the golden ones, and the golden one opens', async () => {
  const golden = JSON.parse(readFileSync(TRUNCATED_PATH, 'utf8')) as Golden & {
    readonly truncation: string
  }
  const disk = createMemoryDisk()
  const log = await openAuthor(disk)
  await log.append(BLOCKS)
  const truncation = bytesToHex(encodeTruncation(await log.truncate(1)))
  await log.append(BLOCKS.slice(1, 2))
  const checkpoint = log.checkpoint()!
  await log.close()
  const files = Object.fromEntries(
    [...disk.files()].map(([path, bytes]) => [path, bytesToHex(bytes)]),
  )
  assert.deepEqual({ files, truncation, checkpoint }, golden)
  const entries = Object.entries(golden.files).map(
    ([path, hex]) => [path, hexToBytes(hex)] as const,
  )
  const again = await openAuthor(createMemoryDisk({ files: new Map(entries) }))
  assert.deepEqual([...again.blocks()], BLOCKS.slice(0, 2))
  assert.deepEqual(again.truncations.map(encodeTruncation).map(bytesToHex), [truncation])
})
