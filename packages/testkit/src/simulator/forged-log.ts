/** Logs that look right in every way but one: their author is no member. */

import { bytesToId, ID_BYTES, idToBytes } from '@hamlet/core'
import type { Crypto, DeviceId, EpochId, SpaceId } from '@hamlet/core'
import { encodeLogRange, Log } from '@hamlet/log'
import { composeEntry, encodeCore, entryLeafLength } from '@hamlet/space'
import type { EncodedEntry, EntryCore } from '@hamlet/space'
import { createMemoryDisk } from '@hamlet/store'
import type { SeededRandom } from './seeded-random.ts'
import { EPOCH_MS } from './sim-clock.ts'

export interface ForgedLog {
  /** The stranger who signed it. */
  readonly device: DeviceId
  /** Encoded range of the whole log. */
  readonly range: Uint8Array
}

const ENTRIES = 3

/** A validly signed log of a stranger in each space. */
export async function forgeLogs(
  crypto: Crypto,
  random: SeededRandom,
  spaces: readonly SpaceId[],
): Promise<ForgedLog[]> {
  const forged: ForgedLog[] = []
  for (const space of spaces) forged.push(await forgeLog(crypto, random, space))
  return forged
}

async function forgeLog(crypto: Crypto, random: SeededRandom, space: SpaceId): Promise<ForgedLog> {
  const signer = crypto.signer(random.bytes(32))
  const device = bytesToId<DeviceId>(signer.publicKey)
  const log = await Log.open({
    ...{ crypto, signer, publicKey: signer.publicKey, namespace: idToBytes(space) },
    disk: createMemoryDisk(),
    directory: 'forged',
    leafLength: entryLeafLength,
  })
  const epoch = bytesToId<EpochId>(random.bytes(ID_BYTES))
  let previous: EncodedEntry['id'] | undefined
  for (let seq = 0; seq < ENTRIES; seq++) {
    const time = { milliseconds: EPOCH_MS + seq, counter: 0 }
    const header: EntryCore = { space, device, seq, previous, deps: [], time, epoch }
    const { entry, block } = composeEntry(crypto, header, encodeCore(header), random.bytes(64))
    await log.append([block])
    previous = entry.id
  }
  const range = log.rangeFrom(0, { bytesMax: 100_000, blocksMax: ENTRIES })
  return { device, range: encodeLogRange(range!) }
}
