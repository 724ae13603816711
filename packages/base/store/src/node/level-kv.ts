/** The `Kv` of a Node process: LevelDB through classic-level. */

import { mkdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { levelToKv, toKvError } from '../level-to-kv.ts'
import { toStoreError } from './node-errors.ts'
import type { Kv } from '@hamlet/core'

/**
 * An ordered store in a LevelDB of its own, for derived indexes. Writes are not synced: after a power cut the last of
 * them may be missing, but what is there is consistent.
 *
 * @throws StoreError `STORE_LOCKED` when a process has it open, `STORE_DAMAGED` when it must be deleted and rebuilt.
 */
export async function createLevelKv(directory: string): Promise<Kv> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw toStoreError(error, 'make the directory', directory)
  })
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory)
  await level.open().catch((error: unknown) => {
    throw toKvError(error, 'open the key-value store')
  })
  return levelToKv(level)
}
