/**
 * Deleting a space from this device.
 *
 * A mark is written first and taken away last, and whoever finds one (at the next start, or before a join brings the
 * space back) finishes the work. So a crash on the way leaves neither half a space nor one that seems damaged. The length
 * of the own log stays, see `writeOwnLength`.
 */

import { utf8 } from '@hamlet/core'
import type { Disk, Kv } from '@hamlet/core'
import { eraseSpaceFiles, writeOwnLength } from '@hamlet/space'

const MARK = 'forgotten'

/** `disk` and `kv`: of the space alone. It must not be open. `ownLength`: of this device's log in it. */
export async function forgetSpace(
  disk: Disk,
  kv: Kv,
  ownLength: number,
  forget: () => Promise<void>,
): Promise<void> {
  await writeOwnLength(disk, ownLength)
  await disk.write(MARK, utf8('1'))
  await finishForgetting(disk, kv, forget)
}

/** `forget`: makes the rest of the peer forget it; repeating it is harmless. Gives whether there was a mark. */
export async function finishForgetting(
  disk: Disk,
  kv: Kv,
  forget: () => Promise<void>,
): Promise<boolean> {
  if ((await disk.readAll(MARK)) === undefined) return false
  await eraseSpaceFiles(disk)
  await kv.clear()
  await forget()
  await disk.remove(MARK)
  return true
}
