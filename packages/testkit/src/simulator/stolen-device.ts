/**
 * What somebody finds on a device they take: its files, its indexes, its keys and the recovery words of its person, looked at
 * with software that forgets nothing.
 *
 * One key is not among them: the prekey of the device's certificate, which lives as long as the device. What is sealed to a
 * newcomer before they have announced another one opens with it (`docs/design/005-disappearing.md`).
 */

import { scopedDisk } from '@hamlet/core'
import type { Crypto, EpochId } from '@hamlet/core'
import { EpochKeys, SecretStore } from '@hamlet/space'
import type { Space } from '@hamlet/space'
import { createMemoryDisk } from '@hamlet/store'
import { SeededRandom } from './seeded-random.ts'
import type { SimNode } from './sim-node.ts'

export type Files = ReadonlyMap<string, Uint8Array>

const NO_KEY = new Uint8Array(32)

/** The epochs that open with what is on the device. `files`: those of its disk. */
export async function epochsOn(
  crypto: Crypto,
  node: SimNode,
  slot: number,
  space: Space,
  files: Files,
): Promise<ReadonlySet<EpochId>> {
  const random = new SeededRandom(0)
  const disk = scopedDisk(createMemoryDisk({ files }), `s${slot}`)
  const state = space.controlState()
  const recoveryPrivate = node.identity.personKeys?.recoveryPrivate
  const words = recoveryPrivate === undefined ? {} : { recoveryPrivate }
  const own = { ...node.spaceIdentity(), prekeyPrivate: NO_KEY, ...words }
  const keys = new EpochKeys({ crypto, random }, space.id, own)
  keys.restore(await new SecretStore({ crypto, random, disk }, space.id, own).read(), state)
  keys.refresh(state)
  return new Set(keys.all.map(([id]) => id))
}

/** Where a text is found among the files or in the indexes of the device; `undefined`: nowhere. */
export function placeOf(text: string, node: SimNode): string | undefined {
  for (const [path, bytes] of node.disk.files()) {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(text)) return path
  }
  return node.kv.holds(text) ? 'the indexes' : undefined
}
