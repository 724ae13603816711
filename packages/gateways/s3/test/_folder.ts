/** A folder backend in a folder of its own. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FolderBackend } from '../src/node/folder-backend.ts'
import type { FolderBackendOptions } from '../src/node/folder-backend.ts'
import { systemPorts } from '../src/node/system-ports.ts'

export const { clock, random } = systemPorts

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
