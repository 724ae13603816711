/**
 * Brings the files of large blobs and the catalog together when a store is opened.
 *
 * Files without a record are what a crash left of a blob that was never acknowledged, or of one that was deleted: they are
 * removed. Unless records may have been lost (a pack is damaged in its middle): then whatever says in its `.held` which blob it is
 * gets a record again, pinned as `recovered`, for a person to decide on.
 */

import type { Clock, Disk } from '@hamlet/core'
import { parseBlobKey } from '../blob-id.ts'
import type { BlobId } from '../blob-id.ts'
import type { Catalog, CatalogEntry } from './catalog.ts'
import { decodeHeld } from './held-file.ts'
import { heldBytesOf } from './held-bytes.ts'
import { INCOMING_DIRECTORY } from './incoming.ts'
import { LARGE_DIRECTORY, largePath } from './large-body.ts'

export const RECOVERED_PIN = 'recovered'
const ENDING = /\.(?:data|tree|held)$/

export interface SweepPorts {
  readonly disk: Disk
  readonly clock: Clock
}

export async function sweep(ports: SweepPorts, catalog: Catalog): Promise<void> {
  await removeAll(ports.disk, INCOMING_DIRECTORY, await ports.disk.list(INCOMING_DIRECTORY))
  for (let first = 0; first < 256; first++) {
    const directory = `${LARGE_DIRECTORY}/${first.toString(16).padStart(2, '0')}`
    const names = await ports.disk.list(directory)
    const strays = names.filter((name) => !catalog.hasKey(name.replace(ENDING, '')))
    if (strays.length === 0) continue
    if (catalog.isDamaged) await adopt(ports, catalog, strays)
    else await removeAll(ports.disk, directory, strays)
  }
  for (const entry of catalog.entries()) {
    if (entry.record.isLarge && !entry.record.isComplete)
      await countHeld(ports.disk, catalog, entry)
  }
}

async function removeAll(disk: Disk, directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) await disk.remove(`${directory}/${name}`)
}

async function adopt(ports: SweepPorts, catalog: Catalog, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const id = name.endsWith('.held') ? parseBlobKey(name.replace(ENDING, '')) : undefined
    if (!id || !(await readHeld(ports.disk, id))) continue
    const now = Math.floor(ports.clock.wall())
    catalog.put({
      id,
      isLarge: true,
      isComplete: false,
      addedAtMs: now,
      usedAtMs: now,
      expiresAtMs: undefined,
      pins: [RECOVERED_PIN],
      tags: [],
    })
  }
}

/** A blob of which the last chunk came just before a crash is complete, though no record says so yet. */
async function countHeld(disk: Disk, catalog: Catalog, entry: CatalogEntry): Promise<void> {
  const { id } = entry.record
  const chunks = (await readHeld(disk, id))?.chunks
  if (!chunks) return
  entry.heldBytes = heldBytesOf(chunks, id.sizeBytes)
  if (chunks.isFull) catalog.put({ ...entry.record, isComplete: true })
}

async function readHeld(disk: Disk, id: BlobId): Promise<ReturnType<typeof decodeHeld>> {
  const bytes = await disk.readAll(`${largePath(id)}.held`)
  return bytes && decodeHeld(id, bytes)
}
