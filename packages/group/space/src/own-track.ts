/**
 * The log this device writes: its first, or after a reset the history it was reset to.
 *
 * What the device may have written in that history behind the reset stays where it is: the new entries go to a log of their
 * own, which begins with what the reset kept, signed anew.
 */

import { assert } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import type { DeviceTrack } from './device-track.ts'
import type { SpaceCore } from './space-core.ts'
import { branchDirectory, removeFiles } from './space-store.ts'

const COPY_BLOCKS = 1024

/** The track to append to, made when there is none yet. The device is not frozen. */
export async function openOwnTrack(core: SpaceCore): Promise<DeviceTrack> {
  const { device } = core.identity
  const reset = core.forks.resetOf(device)
  if (reset === undefined) return core.openTrack(device)
  const known = core.forks.goingOn(device)
  if (known !== undefined) return known
  const history = core.forks.currentOf(device)
  assert(history !== undefined, 'a device with a reset has written')
  // Unique, and not the name of a history that came from elsewhere: those go by an entry of this device.
  const key = reset.node.id as string as DeviceId
  await removeFiles(core.ports.disk, branchDirectory(key))
  const log = await core.openLogAt(branchDirectory(key), device)
  for (let from = 0; from < reset.length; from += COPY_BLOCKS) {
    await log.append([...history.log.blocks(from, Math.min(from + COPY_BLOCKS, reset.length))])
  }
  const parent = reset.length === 0 ? history : history.ownerOf(reset.length - 1)
  const track = core.newTrack(device, log, { key, parent, base: reset.length })
  await core.addBranch(track)
  return track
}
