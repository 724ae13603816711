/** Folders for benchmarks: one that goes away with the process, and one that is kept because filling it takes minutes. */

import { mkdirSync, mkdtempSync, renameSync, existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Raised when what a data directory holds changes, so that no stale one is measured. */
const DATA_VERSION = 2

export interface Workspace extends Disposable {
  path(name: string): string
}

export function createWorkspace(): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'hamlet-bench-'))
  return {
    path: (name) => join(root, name),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** The folder of that name, made by `fill` unless an earlier run has made it. */
export async function cachedFolder(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const root = join(tmpdir(), `hamlet-bench-cache-${DATA_VERSION}`)
  const folder = join(root, name)
  if (existsSync(folder)) return folder
  mkdirSync(root, { recursive: true })
  const unfinished = mkdtempSync(join(root, 'unfinished-'))
  await fill(unfinished)
  renameSync(unfinished, folder)
  return folder
}
