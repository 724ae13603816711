/** A published log, its policy, and the tree by its definition, for comparing. */

import { utf8 } from '@hamlet/core'
import { diskTiles, noteKeyOf, openCheckpoint, originOf, publishLog } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { blocksOf, openAuthor, signer } from './_logs.ts'
import type { CheckpointPolicy, Log, TileReaderOptions } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const COMMIT_BLOCKS = 50_000

export async function authorOf(length: number, disk = createMemoryDisk()): Promise<Log> {
  const log = await openAuthor(disk)
  for (let from = log.length; from < length; from = log.length) {
    await log.append(blocksOf(from, Math.min(length, from + COMMIT_BLOCKS)))
  }
  return log
}

export function policyOf(log: Log): CheckpointPolicy {
  return { logs: [noteKeyOf(testCrypto, originOf(log.id), signer.publicKey)] }
}

export function readerOptions(log: Log, disk: MemoryDisk): TileReaderOptions {
  return { crypto: testCrypto, fetch: diskTiles(disk), policy: policyOf(log) }
}

export async function published(length: number): Promise<{ log: Log; disk: MemoryDisk }> {
  const log = await authorOf(length)
  const disk = createMemoryDisk()
  await publishLog(log, disk, { crypto: testCrypto })
  return { log, disk }
}

/** Length and root that the checkpoint on the disk speaks of, if there is one. */
export async function checkpointOn(disk: MemoryDisk, log: Log): Promise<number | undefined> {
  const bytes = await disk.readAll('checkpoint')
  if (!bytes) return undefined
  const opened = openCheckpoint(testCrypto, bytes, policyOf(log))
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value.length
}

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => testCrypto.hash(...parts)

export function leafOf(entry: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(0), entry)
}

/** MTH as RFC 6962 2.1 writes it down. */
export function treeOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(utf8(''))
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  const [left, right] = [treeOf(leaves.slice(0, split)), treeOf(leaves.slice(split))]
  return sha256(Uint8Array.of(1), left, right)
}
