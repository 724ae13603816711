/** Targets of `network`: frames, DHT records, address lists, addresses, what is remembered. */

import {
  bytesToHex,
  concatBytes,
  encodeCbor,
  encodeFrames,
  equalBytes,
  FrameBuffer,
  FrameDecoder,
  hexToBytes,
  utf8,
} from '@hamlet/core'
import type { Disk, Kv } from '@hamlet/core'
import {
  AddressBook,
  compareForDialing,
  compareForSharing,
  decodeList,
  isBelievable,
  isDialableTrusted,
  isDialableUntrusted,
  judgeAddress,
  loadPorts,
  newestRecord,
  openAddresses,
  portsInUse,
  recordKey,
  savePorts,
  sealAddresses,
  signAddresses,
  signRecord,
  verifyRecord,
  withPorts,
} from '@hamlet/network'
import type { AddressList } from '@hamlet/network'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import {
  bytesToText,
  judgeDecoder,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { BanBook } from '../../../packages/group/network/src/ban-book.ts'
import { dialAddresses } from '../../../packages/group/network/src/node/dial-addresses.ts'
import { Hints } from '../../../packages/group/network/src/node/hints.ts'
import {
  addressDevice,
  deviceToPeerId,
  peerIdToDevice,
  stripDevice,
} from '../../../packages/group/network/src/node/peer-ids.ts'
import { cbors, crypto, filled, fixedRandom, identity, NOW_MS, texts } from '../_material.ts'

const SOURCE = 'packages/group/network/src'
const FRAME_BYTES_MAX = 1024 * 1024
const DAY_MS = 86_400_000

/** The first byte says in pieces of what size the rest arrives. */
const frames: FuzzTarget = {
  name: 'network/frames',
  decoders: ['packages/base/core/src/framing.ts#push'],
  form: 'bytes',
  seeds: [
    concatBytes(Uint8Array.of(255), encodeFrames([utf8('hi'), utf8('')])),
    concatBytes(Uint8Array.of(1), encodeFrames([filled(7, 300), utf8('a')])),
  ],
  run(input) {
    if (input.length === 0) return 'refused'
    const pieceBytes = Math.max(1, input[0]!)
    const stream = input.subarray(1)
    const decoder = new FrameDecoder()
    const messages: Uint8Array[] = []
    const viewer = new FrameBuffer()
    const viewed: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += pieceBytes) {
      const pushed = decoder.push(stream.slice(at, at + pieceBytes))
      const failure = viewer.push(stream.slice(at, at + pieceBytes), (message) => {
        viewed.push(message.slice())
      })
      require(pushed.ok === (failure === undefined), 'views judged otherwise than copies')
      if (pushed.ok) {
        messages.push(...pushed.value)
        continue
      }
      requireTyped(pushed.error, /^frame-too-long$/)
      require(pushed.error.length > FRAME_BYTES_MAX, 'a frame that is not too long')
      require(decoder.bufferedBytes === 0, 'bytes kept after a failure')
      require(!decoder.push(Uint8Array.of(0, 0, 0, 0)).ok, 'a decoder that recovers')
      return 'refused'
    }
    const encoded = encodeFrames(messages)
    requireSameBytes(encodeFrames(viewed), encoded, 'views of the frames')
    requireSameBytes(encoded, stream.subarray(0, encoded.length), 'frames again')
    const left = stream.length - encoded.length
    require(decoder.bufferedBytes <= left, 'more bytes kept than arrived')
    return messages.length > 0 ? 'accepted' : 'refused'
  },
}

const { deviceSigner } = identity
const slot = crypto.signer(filled(3))
const sealing = filled(4)
const list: AddressList = {
  device: identity.device,
  addresses: ['/ip4/203.0.113.7/tcp/4001', '/dns4/home.example/tcp/443/wss'],
}
const times = { sequence: NOW_MS, expiryMs: NOW_MS + 3_600_000 }
const sealedRecord = sealAddresses(
  { crypto, random: fixedRandom(5), signer: slot, sealingKey: sealing, ...times },
  list,
)
const peerRecord = signAddresses(deviceSigner, times.sequence, times.expiryMs, list.addresses)
const records = [sealedRecord, peerRecord]
const recordKeys = [
  recordKey('rendezvous', slot.publicKey),
  recordKey('peer', deviceSigner.publicKey),
]
const RECORD_CODES = /^record-[a-z-]+$/

const dhtRecords: FuzzTarget = {
  name: 'network/dht-record',
  decoders: [
    `${SOURCE}/dht-record.ts#verifyRecord`,
    `${SOURCE}/dht-record.ts#newestRecord`,
    `${SOURCE}/dht-record.ts#openAddresses`,
  ],
  form: 'bytes',
  seeds: records,
  smokeInputs: 500,
  run(input) {
    let verdict: FuzzVerdict = 'refused'
    for (const [index, key] of recordKeys.entries()) {
      const verified = verifyRecord(crypto, key, input, NOW_MS)
      const isOurs = equalBytes(input, records[index]!)
      require(verified.ok === isOurs, isOurs ? 'our record is refused' : 'a record nobody signed')
      if (!verified.ok) requireTyped(verified.error, RECORD_CODES)
      if (verified.ok && index === 0) {
        const opened = openAddresses(crypto, key, verified.value, sealing)
        require(opened.ok && opened.value.device === list.device, 'our list does not open')
      }
      if (verified.ok) verdict = 'accepted'
    }
    const newest = newestRecord([input, peerRecord])
    require(newest === 0 || newest === 1, 'no such record')
    return verdict
  },
}

/** An input is a record's key and its body, which the slot then signs. */
const signedRecords: FuzzTarget = {
  name: 'network/dht-record-signed',
  decoders: [`${SOURCE}/dht-record.ts#verifyRecord`],
  form: 'bytes',
  seeds: records.map((record) => record.slice(20, -64)),
  bytesMax: 1024,
  smokeInputs: 500,
  run(input) {
    if (input.length === 0) return 'refused'
    const record = signRecord('rendezvous', slot, times.sequence, times.expiryMs, input)
    const verified = verifyRecord(crypto, recordKeys[0]!, record, NOW_MS)
    require(verified.ok, 'a signed record is refused')
    requireSameBytes(verified.value.payload, input, 'another payload')
    const opened = openAddresses(crypto, recordKeys[0]!, verified.value, sealing)
    const isOurs = equalBytes(input, sealedRecord.slice(20, -64))
    require(opened.ok === isOurs, 'a list that nobody sealed')
    if (!opened.ok) requireTyped(opened.error, RECORD_CODES)
    const wrong = verifyRecord(crypto, input, record, NOW_MS)
    require(!wrong.ok && wrong.error === 'record-bad-key', 'a key that is none')
    return 'accepted'
  },
}

/** An input is the CBOR of a list; its length is put in front and zeros behind. */
const addressLists: FuzzTarget = {
  name: 'network/address-list',
  decoders: [`${SOURCE}/dht-record.ts#decodeList`],
  form: 'cbor',
  seeds: cbors([hexToBytes(list.device), list.addresses], [filled(1), []]),
  run(input) {
    const length = Uint8Array.of((input.length >> 8) & 0xff, input.length & 0xff)
    const payload = concatBytes(length, input, new Uint8Array(5))
    const verdict = judgeDecoder(payload, decodeList, { codes: RECORD_CODES })
    const decoded = decodeList(payload)
    if (!decoded.ok) return verdict
    const { device, addresses } = decoded.value
    requireSameBytes(encodeCbor([hexToBytes(device), addresses]), input, 'the list again')
    return verdict
  },
}

const ADDRESSES = [
  '/ip4/9.9.9.9/tcp/4001',
  '/ip4/127.0.0.1/tcp/4001/ws',
  '/ip6/2001:4860::1/udp/443/quic-v1',
  '/ip6/::1/tcp/4001',
  '/dns4/home.example/tcp/443/wss',
  `/ip4/9.9.9.9/tcp/4001/p2p/${deviceToPeerId(identity.device).toString()}`,
  `/ip4/9.9.9.9/tcp/4001/p2p/${deviceToPeerId(identity.device).toString()}/p2p-circuit`,
]
const peerId = deviceToPeerId(identity.device)

const addresses: FuzzTarget = {
  name: 'network/address',
  decoders: [
    `${SOURCE}/address-filter.ts#judgeAddress`,
    `${SOURCE}/address-filter.ts#isDialableUntrusted`,
    `${SOURCE}/address-filter.ts#isDialableTrusted`,
    `${SOURCE}/address-filter.ts#isBelievable`,
    `${SOURCE}/node/peer-ids.ts#addressDevice`,
    `${SOURCE}/node/peer-ids.ts#stripDevice`,
    `${SOURCE}/node/dial-addresses.ts#dialAddresses`,
  ],
  form: 'text',
  seeds: texts(...ADDRESSES),
  words: texts('/ip4/', '/ip6/', '/tcp/', '/p2p/', '/p2p-circuit', '/ws', '0', '::', '255', '%lo'),
  run(input) {
    const text = bytesToText(input)
    const judged = judgeAddress(text)
    const isPublic = isDialableUntrusted(text)
    if (isPublic) {
      require(isDialableTrusted(text), 'public and not dialable')
      require(judged?.scope === 'public' && isPublicHost(judged.host), 'public and inside')
    }
    isBelievable(text, ADDRESSES[1]!)
    require(!isBelievable(text, ADDRESSES[0]!) || isPublic, 'believed over the internet')
    const device = addressDevice(text)
    if (device !== undefined) {
      const name = deviceToPeerId(device).toString()
      require(peerIdToDevice(deviceToPeerId(device)) === device, `another device: ${name}`)
    }
    compareForDialing(text, ADDRESSES[0]!)
    compareForSharing(text, ADDRESSES[0]!)
    judgeHints(text)
    return judged === undefined ? 'refused' : 'accepted'
  },
}

function isPublicHost(host: string): boolean {
  return (
    !/^(0|10|127|169\.254|192\.168|22[4-9]|23\d|24\d|25\d)\./.test(host) &&
    !/^::|^f[cde]/i.test(host)
  )
}

/** One bad address among those of a device must not keep the good ones from being dialed. */
function judgeHints(text: string): void {
  const hints = new Hints()
  hints.add(identity.device, [stripDevice(text), ADDRESSES[0]!])
  const dialed = dialAddresses(hints.get(identity.device), peerId)
  const names = dialed.map((address) => address.toString())
  require(names.includes(`${ADDRESSES[0]}/p2p/${peerId.toString()}`), 'a good address was lost')
}

async function filledKv(key: Uint8Array, value: Uint8Array): Promise<Kv> {
  const kv = createMemoryKv()
  await kv.put(key, value)
  return kv
}

async function filledDisk(path: string, bytes: Uint8Array): Promise<Disk> {
  const disk = createMemoryDisk()
  await disk.write(path, bytes)
  return disk
}

const clock = { wall: () => NOW_MS, monotonic: () => NOW_MS, after: () => () => {} }

const book: FuzzTarget = {
  name: 'network/address-book',
  decoders: [`${SOURCE}/address-book.ts#open`],
  form: 'cbor',
  seeds: cbors(
    [
      1,
      [
        [filled(1), [[ADDRESSES[1]!, NOW_MS - 9]]],
        [
          hexToBytes(identity.device),
          [
            [ADDRESSES[0]!, NOW_MS],
            [ADDRESSES[3]!, NOW_MS - 5],
          ],
        ],
      ],
    ],
    [1, [[hexToBytes(identity.device), [['x', 0]]]]],
  ),
  async run(input) {
    const opened = await AddressBook.open(clock, await filledDisk('addresses', input))
    const known = opened.addresses(identity.device)
    require(known.length <= 8, 'too many addresses')
    for (const address of known) require(opened.has(address), 'an address it does not have')
    opened.remember(identity.device, ADDRESSES[4]!)
    await opened.save()
    require(opened.addresses(identity.device)[0] === ADDRESSES[4], 'the newest is not first')
    return known.length > 0 || opened.addresses(bytesToHex(filled(1))).length > 0
      ? 'accepted'
      : isOldSeed(input)
  },
}

/** The second seed is good and too old to be shown. */
function isOldSeed(input: Uint8Array): FuzzVerdict {
  const old = encodeCbor([1, [[hexToBytes(identity.device), [['x', 0]]]]])
  return equalBytes(input, old) ? 'accepted' : 'refused'
}

const LISTEN = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0/ws']

const ports: FuzzTarget = {
  name: 'network/ports',
  decoders: [`${SOURCE}/sticky-ports.ts#loadPorts`],
  form: 'cbor',
  seeds: cbors([
    1,
    [
      [LISTEN[0]!, 4001],
      [LISTEN[1]!, 65_535],
    ],
  ]),
  async run(input) {
    const loaded = await loadPorts(await filledDisk('ports', input))
    const chosen = withPorts(LISTEN, loaded)
    require(chosen.length === LISTEN.length, 'another number of addresses')
    for (const port of loaded.values()) require(port > 0 && port < 65_536, 'no port')
    portsInUse(LISTEN, [...loaded.keys(), bytesToText(input)])
    const disk = createMemoryDisk()
    await savePorts(disk, loaded)
    require((await loadPorts(disk)).size === loaded.size, 'other ports')
    return loaded.size > 0 ? 'accepted' : 'refused'
  },
}

const BAN_KEY = concatBytes(utf8('network/ban/'), hexToBytes(identity.device))

const bans: FuzzTarget = {
  name: 'network/ban-book',
  decoders: [`${SOURCE}/ban-book.ts#open`],
  form: 'cbor',
  seeds: cbors([1, NOW_MS + 60_000, 2, NOW_MS - 5, 'a bad signature'], [1, NOW_MS + 1, 1, 0, '']),
  smokeInputs: 1000,
  async run(input) {
    const opened = await BanBook.open(clock, await filledKv(BAN_KEY, input))
    const listed = opened.list()
    require(listed.length === (opened.isBanned(identity.device) ? 1 : 0), 'a ban not listed')
    for (const { untilMs } of listed) {
      require(untilMs > NOW_MS && untilMs <= NOW_MS + DAY_MS, 'a ban that lasts too long')
    }
    opened.ban(identity.device, 600_000, bytesToText(input), false)
    await opened.save()
    require(opened.isBanned(identity.device), 'not banned')
    return listed.length > 0 ? 'accepted' : 'refused'
  },
}

export const targets: readonly FuzzTarget[] = [
  frames,
  dhtRecords,
  signedRecords,
  addressLists,
  addresses,
  book,
  ports,
  bans,
]
