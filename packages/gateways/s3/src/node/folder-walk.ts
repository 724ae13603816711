/**
 * Walks the keys under a bucket's folder in the order of their UTF-8 bytes, one folder at a time.
 *
 * Inside a folder, a name sorts as what all keys under it begin with: a folder as its piece and a slash. Since pieces are always cut at
 * the same length, all keys under one name come before all keys under the next, so no more than one folder a level is held in memory.
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compareBytes, concatBytes, decodeUtf8, utf8 } from '@hamlet/core'
import type { WalkBound } from '../list-page.ts'
import { isMissing } from './folder-files.ts'
import { decodeName, prefixOfName } from './key-path.ts'

interface Entry {
  readonly name: string
  readonly isFile: boolean
  /** The key, or what all keys under it begin with. */
  readonly start: Uint8Array
}

/** Keys that begin with `prefix`; those before the bound may be left out. */
export async function* walkKeys(
  bucketFolder: string,
  prefix: string,
  bound: Readonly<WalkBound>,
): AsyncGenerator<string> {
  const prefixBytes = utf8(prefix)
  yield* walkFolder(bucketFolder, new Uint8Array(0), (start, isFile) => {
    if (!isRelated(start, prefixBytes, isFile)) return false
    const from = utf8(bound.from)
    return compareBytes(start, from) >= 0 || (!isFile && startsWith(from, start))
  })
}

async function* walkFolder(
  folder: string,
  start: Uint8Array,
  isWanted: (start: Uint8Array, isFile: boolean) => boolean,
): AsyncGenerator<string> {
  for (const entry of await readEntries(folder, start)) {
    if (!isWanted(entry.start, entry.isFile)) continue
    if (!entry.isFile) {
      yield* walkFolder(join(folder, entry.name), entry.start, isWanted)
      continue
    }
    const key = decodeUtf8(entry.start)
    if (key !== undefined) yield key
  }
}

async function readEntries(folder: string, start: Uint8Array): Promise<readonly Entry[]> {
  let names: readonly string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  const entries: Entry[] = []
  for (const name of names) {
    const decoded = decodeName(name)
    if (decoded === undefined) continue
    const bytes = concatBytes(start, prefixOfName(decoded))
    entries.push({ name, isFile: decoded.kind === '_', start: bytes })
  }
  return entries.sort((a, b) => compareBytes(a.start, b.start))
}

/** Whether keys under `start` can begin with the prefix. */
function isRelated(start: Uint8Array, prefix: Uint8Array, isFile: boolean): boolean {
  return startsWith(start, prefix) || (!isFile && startsWith(prefix, start))
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, at) => bytes[at] === byte)
}
