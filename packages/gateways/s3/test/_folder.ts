/** A folder backend in a folder of its own. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Random } from '@hamlet/core'
import { FolderBackend } from '../src/node/folder-backend.ts'
import type { FolderBackendOptions } from '../src/node/folder-backend.ts'

export const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) }

export const clock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

export interface TestFolder {
  readonly folder: string
  readonly backend: FolderBackend
}

export async function openFolder(
  options: Partial<FolderBackendOptions> = {},
): Promise<TestFolder & AsyncDisposable> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'hamlet-s3-')))
  const fixed = { clock, random, sync: false, partBytesMin: 1 }
  const backend = await FolderBackend.open({ ...fixed, ...options, folder })
  return {
    folder,
    backend,
    async [Symbol.asyncDispose]() {
      await backend.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
