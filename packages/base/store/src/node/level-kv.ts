/** The `Kv` of a Node process: LevelDB through classic-level. */

import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { levelToKv, toKvError } from '../level-to-kv.ts'
import { openMendingKv } from '../mending-kv.ts'
import { toStoreError } from './node-errors.ts'
import type { Kv } from '@hamlet/core'

/** Opening writes the journals out as tables, and a new journal and manifest beside them. */
const ROOM_BYTES_MIN = 256 * 1024
const PROBE_FILE = 'room.probe'
const PROBE_CHUNK_BYTES = 64 * 1024

/**
 * An ordered store in a LevelDB of its own, for derived indexes. Writes are not synced: after a power cut the last of
 * them may be missing, but what is there is consistent. After a failed write it is opened anew, see `mending-kv.ts`.
 *
 * @throws StoreError `STORE_LOCKED` when a process has it open, `STORE_DAMAGED` when it must be deleted and rebuilt.
 */
export async function createLevelKv(directory: string): Promise<Kv> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw toStoreError(error, 'make the directory', directory)
  })
  return openMendingKv({
    open: () => openLevel(directory),
    checkRoom: () => checkRoom(directory),
  })
}

async function openLevel(directory: string): Promise<Kv> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory)
  await level.open().catch((error: unknown) => {
    throw toKvError(error, 'open the key-value store')
  })
  return levelToKv(level)
}

/** Writes as much as an opening may need, and removes it: quotas and limits per file tell themselves this way too. */
async function checkRoom(directory: string): Promise<void> {
  const path = join(directory, PROBE_FILE)
  try {
    const bytes = ROOM_BYTES_MIN + (await journalBytes(directory))
    const file = await open(path, 'w', 0o600)
    try {
      const chunk = new Uint8Array(PROBE_CHUNK_BYTES)
      for (let written = 0; written < bytes; written += chunk.length) await file.appendFile(chunk)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw toStoreError(error, 'find room in', directory)
  } finally {
    await rm(path, { force: true })
  }
}

async function journalBytes(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(directory, name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
