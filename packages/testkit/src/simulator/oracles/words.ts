/**
 * Recovery: whoever has lost every device and kept the words opens, from any copy of the logs, all that their devices
 * could open. Epochs of hostile devices are left out: they may seal garbage, and the next honest epoch makes it good.
 */

import { EpochKeys } from '@hamlet/space'
import type { Space } from '@hamlet/space'
import type { Crypto, DeviceId, EpochId } from '@hamlet/core'
import { SeededRandom } from '../seeded-random.ts'
import type { Judgement, PersonKeys, Problem } from './problem.ts'

/** A device that nothing is sealed to. */
const NO_DEVICE = '00'.repeat(32) as DeviceId

/** The secrets that the words of a person open, with nothing else at hand. */
export function secretsByWords(
  crypto: Crypto,
  space: Space,
  { person, recoveryPrivate }: PersonKeys,
): ReadonlyMap<EpochId, Uint8Array> {
  if (recoveryPrivate === undefined) return new Map()
  const own = { person, device: NO_DEVICE, prekeyPrivate: new Uint8Array(32), recoveryPrivate }
  const keys = new EpochKeys({ crypto, random: new SeededRandom(0) }, space.id, own)
  keys.refresh(space.controlState())
  return new Map(keys.all)
}

export function findUnrecoverable(judgement: Judgement): Problem | undefined {
  const { crypto, slot, replicas, rings, hostile, isWhole } = judgement
  if (!isWhole) return undefined
  for (const { name, device, copy } of replicas) {
    const ring = rings.find((each) => each.device === device)
    if (ring?.recoveryPrivate === undefined || copy.space.ownRole === 'relay') continue
    const opened = secretsByWords(crypto, replicas[0]!.copy.space, ring)
    if (judgement.disappears) {
      if (opened.size === 0) continue
      return {
        oracle: 'recovery',
        detail: `space ${slot}: the words of ${name} open what disappears`,
      }
    }
    const { members } = copy.space.controlState()
    const lost = copy.space.epochs().find(({ id, isKnown, madeBy }) => {
      const makers = members.get(madeBy!)?.devices ?? []
      return isKnown && !opened.has(id) && !makers.some((maker) => hostile.has(maker.device))
    })
    if (lost === undefined) continue
    const detail = `space ${slot}: the words of ${name} do not open epoch ${lost.id.slice(0, 4)}`
    return { oracle: 'recovery', detail }
  }
  return undefined
}
