/**
 * Entries that no honest device writes, on top of a hostile device's own log, signed with its own key.
 *
 * The log is copied to a disk of its own and goes on there. The range with the new entry is sent to peers like any
 * other, and comes back to the device from them.
 */

import { idToBytes } from '@hamlet/core'
import type { Crypto, PersonId, Signer } from '@hamlet/core'
import { encodeLogRange, Log } from '@hamlet/log'
import { composeEntry, encodeContent, encodeCore, encodeOperation } from '@hamlet/space'
import { entryLeafLength, sealContent } from '@hamlet/space'
import type { ContentDraft, ControlOperation, Entry, EntryCore, Space } from '@hamlet/space'
import { createMemoryDisk } from '@hamlet/store'
import type { LogAttack } from './hostile-options.ts'
import type { KeyRing } from './key-ring.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface RogueMeans {
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly signer: Signer
  readonly ring: KeyRing
  /** What the entry says unless it is an operation. @default a message */
  readonly said?: ContentDraft | undefined
}

const RANGE_BYTES_MAX = 10_000_000
const SALT_BYTES = 16
/** Beyond what others take for a clock that is a little fast. */
const AHEAD_MS = 30 * 60_000

/** An encoded range that ends with the rogue entry; `undefined` when there is nothing to build on. */
export async function writeRogue(
  means: RogueMeans,
  space: Space,
  attack: Exclude<LogAttack, 'equivocate'>,
): Promise<Uint8Array | undefined> {
  const { crypto, signer } = means
  const device = space.identity.device
  const whole = space.rangeFrom(device, 0, { bytesMax: RANGE_BYTES_MAX })
  const last = whole && space.entryAt(device, whole.blocks.length - 1)
  const block = last && composeRogue(means, space, attack, last)
  if (whole === undefined || block === undefined) return undefined
  const log = await Log.open({
    ...{ crypto, signer, publicKey: signer.publicKey, namespace: idToBytes(space.id) },
    disk: createMemoryDisk(),
    directory: 'rogue',
    leafLength: entryLeafLength,
  })
  await log.append(whole.blocks)
  await log.append([block])
  const from = whole.blocks.length
  const range = log.rangeFrom(from, { bytesMax: RANGE_BYTES_MAX, blocksMax: 1 })
  return range && encodeLogRange(range)
}

function composeRogue(
  means: RogueMeans,
  space: Space,
  attack: Exclude<LogAttack, 'equivocate'>,
  last: Entry,
): Uint8Array | undefined {
  const { crypto, random } = means
  const header = headerAfter(space, last)
  if (attack === 'seize') {
    const core = { ...header, epoch: undefined }
    const { person } = space.identity
    const operation = random.pick<ControlOperation>([
      { name: 'grant', person, role: 'admin' },
      { name: 'policy', policy: 'history', value: 'from-join' },
      { name: 'owner-transfer', person, cut: [], signatures: [] },
      { name: 'remove', person: ownerOf(space) ?? person, cut: [] },
    ])
    return composeEntry(crypto, core, encodeCore(core), encodeOperation(operation)).block
  }
  const epochs = space.epochs().filter(({ commitment }) => means.ring.secretOf(commitment))
  const epoch = attack === 'old-epoch' ? epochs.at(-1) : epochs[0]
  if (epoch === undefined) return undefined
  const aheadMs = attack === 'future' ? AHEAD_MS : 1
  const time = { milliseconds: last.time.milliseconds + aheadMs, counter: 0 }
  const core: EntryCore = { ...header, time, epoch: epoch.id }
  const content = encodeContent(
    means.said ?? { type: 'chat.message', value: ['rogue', random.uint32()] },
  )
  const secret = means.ring.secretOf(epoch.commitment)!
  const encoded = encodeCore(core)
  const payload = sealContent(crypto, secret, random.bytes(SALT_BYTES), encoded, content)
  return composeEntry(crypto, core, encoded, payload).block
}

/** It names nothing it has seen, so it looks as if written long ago. */
function headerAfter(space: Space, last: Entry): EntryCore {
  const time = { milliseconds: last.time.milliseconds + 1, counter: 0 }
  const { device } = last
  const place = { space: space.id, device, seq: last.seq + 1, previous: last.id }
  return { ...place, deps: [], time, epoch: undefined }
}

function ownerOf(space: Space): PersonId | undefined {
  return space.members().find(({ role }) => role === 'owner')?.person
}
