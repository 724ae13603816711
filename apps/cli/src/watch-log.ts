/**
 * Seeing from outside that a log of this machine has grown, without holding it: a log is used by one process at a time, and
 * who waits for it must not keep others from writing.
 */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 100

/** Names and sizes of the log's segments: another text after every append. `directory`: the log's, as `LocalLog` has it. */
export async function logState(directory: string): Promise<string> {
  const blocks = join(directory, 'blocks')
  const names = (await readdir(blocks)).filter((name) => name.endsWith('.seg')).sort()
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(blocks, name))).size))
  return names.map((name, i) => `${name} ${sizes[i]}`).join('\n')
}

/** Resolves with `true` once the state is another, `false` when the user asked to end. */
export async function hasLogChanged(
  directory: string,
  state: string,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    if ((await logState(directory)) !== state) return true
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
  return false
}
