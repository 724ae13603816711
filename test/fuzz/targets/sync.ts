/** Targets of sync and of stored views: messages, holdings, meeting tags, checkpoints, values. */

import { bytesToHex, decodeCbor, encodeCbor, equalBytes, hexToBytes } from '@hamlet/core'
import {
  decodeHolding,
  decodeSyncMessage,
  encodeSyncMessage,
  HoldingBook,
  isHoldingValid,
  signHolding,
} from '@hamlet/space'
import type { SyncMessage, SyncSpace } from '@hamlet/space'
import { silentLogger } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import { judgeCopyingDecoder, judgeDecoder, judgeThrowing, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import {
  matchTags,
  meetingTag,
  tagsToSend,
} from '../../../packages/group/space/src/sync/meeting.ts'
import {
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../../packages/group/space/src/view/checkpoint.ts'
import { decodeValue, encodeValue } from '../../../packages/group/space/src/view/value-codec.ts'
import { cbors, crypto, filled, filledId, fixedRandom, identity, NOW_MS } from '../_material.ts'

const SOURCE = 'packages/group/space/src'
const CBOR_CODES = /^CBOR_/
const handle = filled(1, 8)
const device = filledId(2)
const items = [
  { device, length: 3 },
  { device: filledId(3), length: 2 ** 53 - 1 },
]

const MESSAGES: readonly SyncMessage[] = [
  { kind: 'hello', nonce: filled(1) },
  { kind: 'tags', tags: [filled(1, 16), filled(2, 16)] },
  { kind: 'frontier', handle, hash: filled(4), founder: device },
  { kind: 'frontier', handle, hash: filled(4), founder: undefined },
  { kind: 'vector', handle, items },
  { kind: 'have', handle, items: items.slice(1) },
  { kind: 'want', handle, device, from: 5, bytesMax: 65_536 },
  { kind: 'range', handle, device, range: filled(5, 40) },
  { kind: 'holding', handle, holding: filled(6, 40) },
  { kind: 'fork', handle, proof: filled(7, 40) },
  { kind: 'join', handle, request: filled(8, 40) },
  { kind: 'join-state', handle, outcome: 'refused', code: 'SPACE_INVITE_EXPIRED' },
  { kind: 'want-branch', handle, device, seq: 9, id: filledId(9), from: 4, bytesMax: 65_536 },
  { kind: 'branch', handle, id: filledId(9), range: filled(5, 40) },
  { kind: 'later', number: 13, fields: [handle, 'whatever', [1, null]] },
]

const messages: FuzzTarget = {
  name: 'sync/message',
  decoders: [`${SOURCE}/sync/sync-message.ts#decodeSyncMessage`],
  form: 'cbor',
  seeds: MESSAGES.map(encodeSyncMessage),
  run: (input) =>
    judgeCopyingDecoder(input, decodeSyncMessage, { codes: CBOR_CODES, encode: encodeSyncMessage }),
}

const space = filledId(1)
const lengths = new Map(items.map((item) => [item.device, item.length] as const))
const holding = signHolding(identity.deviceSigner, {
  space,
  device: identity.device,
  serial: 9,
  lengths,
})
const emptyHolding = signHolding(identity.deviceSigner, {
  space,
  device: identity.device,
  serial: 0,
  lengths: new Map(),
})
const holdingSeeds = [holding.encoded, emptyHolding.encoded]
const member = {
  id: space,
  memberDevices: () => [identity.device],
  deviceOwner: () => identity.person,
  lengths: () => lengths,
} as unknown as SyncSpace
const clock = { wall: () => NOW_MS, monotonic: () => 0, after: () => () => {} }

const holdings: FuzzTarget = {
  name: 'sync/holding',
  decoders: [
    `${SOURCE}/sync/holding.ts#decodeHolding`,
    `${SOURCE}/sync/holding.ts#isHoldingValid`,
    `${SOURCE}/sync/holding-book.ts#open`,
    `${SOURCE}/sync/holding-book.ts#receive`,
  ],
  form: 'cbor',
  seeds: holdingSeeds,
  smokeInputs: 500,
  async run(input) {
    const isSeed = holdingSeeds.some((seed) => equalBytes(seed, input))
    const verdict = judgeDecoder(input, decodeHolding, {
      codes: CBOR_CODES,
      encode(decoded) {
        require(isHoldingValid(crypto, decoded) === isSeed, 'a holding that nobody signed')
        return decoded.encoded
      },
    })
    const kv = createMemoryKv()
    await kv.put(filled(1), input)
    const book = await HoldingBook.open(member, identity.deviceSigner, {
      kv,
      clock,
      crypto,
      logger: silentLogger,
    })
    require(book.all().length === (verdict === 'accepted' ? 1 : 0), 'a book of other holdings')
    const received = book.receive(input)
    require(received === 'invalid' || received === undefined || isSeed, 'a holding was believed')
    return verdict
  },
}

const ends = [
  { peer: bytesToHex(filled(1)), nonce: filled(2) },
  { peer: bytesToHex(filled(3)), nonce: filled(4) },
] as const
const secret = filled(5)

/** An input is the tags that a peer sent, one after the other. */
const meeting: FuzzTarget = {
  name: 'sync/meeting',
  decoders: [`${SOURCE}/sync/meeting.ts#matchTags`],
  form: 'bytes',
  seeds: [
    Uint8Array.from(
      tagsToSend(crypto, fixedRandom(5), [secret], ends[1], ends[0]).flatMap((tag) => [...tag]),
    ),
  ],
  run(input) {
    const received: Uint8Array[] = []
    for (let at = 0; at < input.length; at += 16) received.push(input.slice(at, at + 16))
    const matched = matchTags(crypto, [{ secret }], received, ends[0], ends[1])
    const tag = meetingTag(crypto, secret, ends[1], ends[0])
    const isThere = received.some((each) => equalBytes(each, tag))
    require(matched.length === (isThere ? 1 : 0), 'met without the tag, or not with it')
    return isThere ? 'accepted' : 'refused'
  },
}

const checkpoints: FuzzTarget = {
  name: 'sync/checkpoint',
  decoders: [`${SOURCE}/view/checkpoint.ts#decodeCheckpoint`],
  form: 'cbor',
  seeds: [
    encodeCheckpoint({ version: 3, complete: true, hidden: '', vector: lengths }),
    encodeCheckpoint({ version: 1, complete: false, hidden: 'abc', vector: new Map() }),
  ],
  run(input) {
    const checkpoint = decodeCheckpoint(input)
    if (checkpoint === undefined) return 'refused'
    const again = decodeCheckpoint(encodeCheckpoint(checkpoint))
    require(again !== undefined && again.hidden === checkpoint.hidden, 'another checkpoint')
    require(again.vector.size === checkpoint.vector.size, 'another vector')
    return 'accepted'
  },
}

const values: FuzzTarget = {
  name: 'sync/view-value',
  decoders: [`${SOURCE}/view/value-codec.ts#decodeValue`],
  form: 'cbor',
  seeds: cbors(['Ada', 1, [hexToBytes('00ff'), null]], new Map([['a', 1]])),
  run: (input) =>
    judgeThrowing(
      () => decodeValue(input),
      /^VIEW_DAMAGED$/,
      (value) => {
        require(equalBytes(encodeValue(value), input), 'another value')
        require(decodeCbor(encodeCbor(value)).ok, 'a value that does not come back')
      },
    ),
}

export const targets: readonly FuzzTarget[] = [messages, holdings, meeting, checkpoints, values]
