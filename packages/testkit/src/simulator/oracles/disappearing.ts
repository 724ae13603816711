/**
 * Disappearing: where a space was founded so, nothing that is due is left on any device, whatever went wrong before.
 *
 * Asked once clocks have been right for long enough: no device opens an entry that is due, no text is in its files or indexes,
 * and whoever takes the device opens nothing that is older than a turn of the epochs and twice the time it is kept.
 */

import { bytesToHex } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { forgottenAtMs } from '@hamlet/space'
import type { Entry, Ephemeral, EpochState, Space } from '@hamlet/space'
import { PLAINTEXT_MARK } from '../chat-acts.ts'
import type { SimNode } from '../sim-node.ts'
import { epochsOn, placeOf } from '../stolen-device.ts'
import type { Files } from '../stolen-device.ts'
import { entriesOf } from './causality.ts'
import type { Problem } from './problem.ts'

/** A device of the core, and its files as a thief finds them. */
export interface Taken {
  readonly node: SimNode
  readonly files: Files
}

export interface Remains {
  readonly problem: Problem | undefined
  /** Entries that cannot be read any more, on the device that has most of them. */
  readonly locked: number
}

/** Nobody has written anything for so long that all of it is due. */
export async function findRemains(
  crypto: Crypto,
  slot: number,
  taken: readonly Taken[],
): Promise<Remains> {
  let locked = 0
  for (const { node, files } of taken) {
    const space = node.space(slot)?.space
    const ephemeral = space?.controlState().ephemeral
    if (space === undefined || ephemeral === undefined) continue
    const found =
      findReadable(node, space, ephemeral) ??
      findText(node) ??
      (await findStolen(crypto, { node, files }, slot, space, ephemeral))
    if (found !== undefined) {
      return { problem: { oracle: 'disappearing', detail: `space ${slot}: ${found}` }, locked }
    }
    locked = Math.max(locked, [...entriesOf(space)].filter(({ epoch }) => epoch).length)
  }
  return { problem: undefined, locked }
}

function findReadable(node: SimNode, space: Space, ephemeral: Ephemeral): string | undefined {
  const nowMs = node.clock.wall()
  const { epochs } = space.controlState()
  const isDue = ({ epoch }: Entry): boolean => {
    const made = epoch && epochs.get(epoch)
    return made !== undefined && nowMs > forgottenAtMs(ephemeral, made.madeAtMs)
  }
  for (const entry of entriesOf(space)) {
    if (!isDue(entry) || space.openContent(entry).kind !== 'content') continue
    return `${node.name} still reads ${entry.id.slice(0, 8)}`
  }
  return undefined
}

/** In the files and indexes of all its spaces: they were founded alike. */
function findText(node: SimNode): string | undefined {
  const place = placeOf(PLAINTEXT_MARK, node)
  return place && `${node.name} still has texts in ${place}`
}

async function findStolen(
  crypto: Crypto,
  { node, files }: Taken,
  slot: number,
  space: Space,
  { rotateMs, keepMs }: Ephemeral,
): Promise<string | undefined> {
  const opened = await epochsOn(crypto, node, slot, space, files)
  const sinceMs = node.clock.wall() - rotateMs - 2 * keepMs
  const isOld = ({ madeAtMs }: EpochState): boolean => madeAtMs < sinceMs
  const old = space.epochs().find((epoch) => isOld(epoch) && opened.has(epoch.id))
  if (old === undefined) return undefined
  return `who takes ${node.name} opens epoch ${bytesToHex(old.commitment).slice(0, 8)}`
}
