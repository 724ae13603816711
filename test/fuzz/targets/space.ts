/** Targets of `space`: entries, operations, contents, links, requests, keys, and what a space stores beside its logs. */

import {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToHex,
  concatBytes,
  decodeCbor,
  encodeCbor,
  equalBytes,
  hexToBytes,
  idToBytes,
  utf8,
} from '@hamlet/core'
import type { CborValue, EntryId } from '@hamlet/core'
import {
  composeEntry,
  decodeBundle,
  decodeContent,
  decodeEntry,
  decodeJoinRequest,
  decodeLink,
  decodeOperation,
  deriveInviteKeys,
  encodeBundle,
  encodeContent,
  encodeCore,
  encodeEntry,
  encodeLink,
  encodeOperation,
  entryLeafLength,
  ephemeralFor,
  ephemeralToCbor,
  EpochKeys,
  forgottenAtMs,
  makeEpoch,
  openBundle,
  openContent,
  openPayload,
  openRequestKey,
  openRequestName,
  padmeLength,
  readEphemeral,
  registerName,
  requestCertificate,
  sealRequestKey,
  sealRequestName,
  verifyJoinRequest,
} from '@hamlet/space'
import type { ControlState, EntryCore, InviteLink, JoinRequest } from '@hamlet/space'
import {
  decodeForkPoint,
  encodeForkPoint,
  logIdOf,
  makeForkPoint,
  signHead,
  TreeHasher,
} from '@hamlet/log'
import type { SignedLeaf } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeDecoder,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { readForkPoint } from '../../../packages/group/space/src/fork-evidence.ts'
import {
  readOwnLength,
  readSpaceFile,
  writeSpaceFile,
} from '../../../packages/group/space/src/space-store.ts'
import {
  cbors,
  crypto,
  filled,
  filledId,
  fixedRandom,
  golden,
  identity,
  texts,
} from '../_material.ts'

const SOURCE = 'packages/group/space/src'
const SPACE_CODES = /^SPACE_/

const stored = JSON.parse(golden('group/space/test/golden/space-v1.json')) as Record<string, string>
const { entry: entryHex, entryId: _, link: linkText, request: requestHex, ...rest } = stored
const inviteKey = hexToBytes(rest['invitePublicKey']!)
const operationSeeds = Object.entries(rest)
  .filter(([name]) => name !== 'invitePublicKey')
  .map(([, hex]) => hexToBytes(hex))

const operations: FuzzTarget = {
  name: 'space/operation',
  decoders: [`${SOURCE}/control-operation.ts#decodeOperation`],
  form: 'cbor',
  seeds: operationSeeds,
  bytesMax: 70_000,
  run: (input) =>
    judgeCopyingDecoder(input, decodeOperation, { codes: SPACE_CODES, encode: encodeOperation }),
}

const bundleHex = (
  JSON.parse(golden('group/space/test/golden/bundle-v1.json')) as Record<string, string>
)['bundle']!

const bundles: FuzzTarget = {
  name: 'space/bundle',
  decoders: [
    `${SOURCE}/bundle/bundle-format.ts#decodeBundle`,
    `${SOURCE}/bundle/open-bundle.ts#openBundle`,
    `${SOURCE}/payload.ts#openPayload`,
  ],
  form: 'bytes',
  seeds: [hexToBytes(bundleHex)],
  bytesMax: 20_000,
  smokeInputs: 500,
  run(input) {
    const opened = openBundle(crypto, input)
    const bundle = judgeDecoder(input, decodeBundle, { codes: SPACE_CODES, encode: encodeBundle })
    if (!opened.ok) {
      requireTyped(opened.error, SPACE_CODES)
      return 'refused'
    }
    require(bundle === 'accepted', 'opened what does not decode')
    const { types, contents } = opened.value
    require(contents.every(({ type }) => types.includes(type)), 'a content of another type')
    const key = filled(1)
    require(!openPayload(crypto, key, key, input.slice(0, 200)).ok, 'opened under a made-up key')
    return 'accepted'
  },
}

const core: EntryCore = {
  space: filledId(1),
  device: filledId(2),
  seq: 3,
  previous: filledId(3),
  deps: [
    { device: filledId(4), seq: 5, id: filledId(5) },
    { device: filledId(6), seq: 0, id: filledId(7) },
  ],
  time: { milliseconds: 1_800_000_000_000, counter: 2 },
  epoch: filledId(8),
}
const genesis: EntryCore = {
  ...core,
  space: undefined,
  seq: 0,
  previous: undefined,
  deps: [],
  epoch: undefined,
}
const payload = filled(9, 70)
const blocks = [core, genesis].map(
  (header) => composeEntry(crypto, header, encodeCore(header), payload).block,
)

function judgeEntry(block: Uint8Array): FuzzVerdict {
  return judgeCopyingDecoder(block, (bytes) => decodeEntry(bytes, crypto), {
    codes: SPACE_CODES,
    encode(entry) {
      requireSameBytes(encodeCore(entry), entry.core, 'the core again')
      require(equalBytes(crypto.hash(entry.payload), entry.payloadHash), 'another payload')
      return encodeEntry(entry)
    },
  })
}

const entries: FuzzTarget = {
  name: 'space/entry',
  decoders: [`${SOURCE}/entry.ts#decodeEntry`, `${SOURCE}/entry.ts#entryLeafLength`],
  form: 'bytes',
  seeds: [...blocks, hexToBytes(entryHex!)],
  run(input) {
    const leaf = entryLeafLength(input)
    require(leaf === undefined || leaf <= input.length, 'a leaf beyond its block')
    return judgeEntry(input)
  },
}

/** An input is a header; framing and payload are put around it. */
const headers: FuzzTarget = {
  name: 'space/entry-header',
  decoders: [`${SOURCE}/entry.ts#decodeEntry`],
  form: 'cbor',
  seeds: blocks.map((block) => block.slice(3, block.length - payload.length)),
  run(input) {
    const framing = Uint8Array.of(1, (input.length >> 8) & 0xff, input.length & 0xff)
    return judgeEntry(concatBytes(framing, input, payload))
  },
}

const contents: FuzzTarget = {
  name: 'space/content',
  decoders: [`${SOURCE}/payload.ts#decodeContent`],
  form: 'cbor',
  seeds: [
    encodeContent({ type: 'chat.message', value: [filled(1), 'hello', null, []] }),
    encodeContent({ type: 'space.name', value: ['Home'] }),
  ],
  run: (input) =>
    judgeCopyingDecoder(input, decodeContent, { codes: SPACE_CODES, encode: encodeContent }),
}

const SECRET = filled(7)
const SALT = filled(8, 16)
const coreBytes = encodeCore(core)
const derived = crypto.hkdf(SECRET, SALT, concatBytes(utf8('hamlet/v1/content\0'), coreBytes), 64)
const ZERO_NONCE = new Uint8Array(12)

/** An input is a plaintext with its padding, sealed as a member could seal it. */
const payloads: FuzzTarget = {
  name: 'space/payload',
  decoders: [`${SOURCE}/payload.ts#openContent`],
  form: 'bytes',
  seeds: [paddedContent(['chat.message', ['hello']]), paddedContent(['a', null])],
  smokeInputs: 1000,
  run(input) {
    const sealed = crypto.encrypt('aes-256-gcm', derived.slice(0, 32), ZERO_NONCE, input, coreBytes)
    const whole = concatBytes(SALT, derived.slice(32), sealed)
    const verdict = judgeDecoder(whole, (bytes) => openContent(crypto, SECRET, coreBytes, bytes), {
      codes: SPACE_CODES,
    })
    const opened = openContent(crypto, SECRET, coreBytes, whole)
    if (opened.ok) requireSameBytes(paddedContent(encodable(opened.value)), input, 'padded again')
    judgeRaw(input)
    return verdict
  },
}

function encodable({
  type,
  value,
}: {
  readonly type: string
  readonly value: CborValue
}): CborValue {
  return [type, value]
}

function paddedContent(value: CborValue): Uint8Array {
  const content = encodeCbor(value)
  const bytes = new Uint8Array(padmeLength(4 + content.length))
  new DataView(bytes.buffer).setUint32(0, content.length)
  bytes.set(content, 4)
  return bytes
}

/** What nobody sealed does not open. */
function judgeRaw(input: Uint8Array): void {
  const opened = openContent(crypto, SECRET, coreBytes, input)
  require(!opened.ok, 'opens what nobody sealed')
  requireTyped(opened.error, SPACE_CODES)
}

const requestSeed = hexToBytes(requestHex!)

const requests: FuzzTarget = {
  name: 'space/join-request',
  decoders: [
    `${SOURCE}/join-request.ts#decodeJoinRequest`,
    `${SOURCE}/join-request.ts#verifyJoinRequest`,
    `${SOURCE}/join-request.ts#openRequestName`,
  ],
  form: 'cbor',
  seeds: [requestSeed],
  smokeInputs: 500,
  run(input) {
    const verdict = judgeDecoder(input, decodeJoinRequest, { codes: SPACE_CODES })
    const decoded = decodeJoinRequest(input)
    if (decoded.ok) judgeRequest(decoded.value, equalBytes(input, requestSeed))
    return verdict
  },
}

const { requestKey } = deriveInviteKeys(crypto, filled(2))

function judgeRequest(request: JoinRequest, isSeed: boolean): void {
  const certificate = requestCertificate(crypto, request)
  const isGood =
    certificate !== undefined && verifyJoinRequest(crypto, request, certificate, inviteKey)
  require(isGood === isSeed, isSeed ? 'the seed is not good' : 'a request that nobody signed')
  const name = openRequestName(crypto, requestKey, request)
  const isBen = name !== undefined && equalBytes(name, utf8('Ben'))
  require(name === undefined || isBen, 'a name that nobody sealed')
}

const links: FuzzTarget = {
  name: 'space/link-text',
  decoders: [`${SOURCE}/invite-link.ts#decodeLink`],
  form: 'text',
  seeds: texts(
    linkText!,
    ` ${linkText!.replace('hamlet:join#', 'https://h.example/app/#join=')}\n`,
  ),
  words: texts('hamlet:join#', '#join=', 'https://', '#', ' '),
  bytesMax: 10_000,
  run(input) {
    const text = bytesToText(input)
    const decoded = decodeLink(text)
    if (!decoded.ok) {
      requireTyped(decoded.error, SPACE_CODES)
      return 'refused'
    }
    const again = encodeLink(decoded.value)
    require(text.endsWith(again.slice('hamlet:join#'.length)) || /\s$/u.test(text), 'another link')
    return 'accepted'
  },
}

const linkSeed = base64UrlToBytes(linkText!.slice('hamlet:join#'.length))!

/** An input is what stands behind the `#`, before base64url. */
const linkPayloads: FuzzTarget = {
  name: 'space/link',
  decoders: [`${SOURCE}/invite-link.ts#decodeLink`],
  form: 'cbor',
  seeds: [linkSeed],
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => decodeLink(`hamlet:join#${bytesToBase64Url(bytes)}`), {
      codes: SPACE_CODES,
      encode: (link: InviteLink) =>
        base64UrlToBytes(encodeLink(link).slice('hamlet:join#'.length))!,
    }),
}

const nonce = filled(6, 16)
const sealedName = sealRequestName(crypto, requestKey, nonce, 'Ben')
const sealedKey = sealRequestKey(crypto, SECRET, filled(4), requestKey)

const sealedNames: FuzzTarget = {
  name: 'space/sealed-names',
  decoders: [`${SOURCE}/join-request.ts#openRequestName`, `${SOURCE}/epochs.ts#openRequestKey`],
  form: 'bytes',
  seeds: [sealedName, sealedKey],
  smokeInputs: 1000,
  run(input) {
    const request = { nonce, sealedName: input } as JoinRequest
    const name = openRequestName(crypto, requestKey, request)
    require(name === undefined || equalBytes(input, sealedName), 'a name that nobody sealed')
    const key = openRequestKey(crypto, SECRET, filled(4), input)
    require(key === undefined || equalBytes(input, sealedKey), 'a key that nobody sealed')
    return name === undefined && key === undefined ? 'refused' : 'accepted'
  },
}

const random = fixedRandom(11)
const space = filledId(1)
const self = { id: identity.device, publicKey: identity.certificate.prekey }
const parent = makeEpoch({ crypto, random }, space, [self], [], 'all')
const child = makeEpoch({ crypto, random }, space, [self], [], 'all')
const [parentId, childId] = [filledId(2), filledId(3)] as [EntryId, EntryId]
const { commitment } = child.operation
const chainInfo = concatBytes(utf8('hamlet/v1/chain\0'), commitment)
const chainKey = crypto.hkdf(child.secret, new Uint8Array(0), chainInfo, 32)

/** An input is the list of parents' secrets under an epoch's own. */
const chains: FuzzTarget = {
  name: 'space/epoch-chain',
  decoders: [`${SOURCE}/epochs.ts#openChain`],
  form: 'cbor',
  seeds: cbors([[idToBytes(parentId), parent.secret]]),
  smokeInputs: 200,
  run(input) {
    const nothing = new Uint8Array(0)
    const chain = crypto.encrypt('aes-256-gcm', chainKey, ZERO_NONCE, input, nothing)
    const common = { depth: 0, parents: [], recipients: new Set([self.id]), retired: false }
    const epochs = new Map([
      [
        parentId,
        {
          ...common,
          id: parentId,
          commitment: parent.operation.commitment,
          chain: undefined,
          seals: [],
        },
      ],
      [
        childId,
        {
          ...common,
          id: childId,
          depth: 1,
          parents: [parentId],
          commitment,
          chain,
          seals: child.operation.seals,
        },
      ],
    ])
    const { person, device, prekeyPrivate } = identity
    const own = { person, device, prekeyPrivate }
    const epochKeys = new EpochKeys({ crypto, random }, space, own)
    const opened = epochKeys.refresh({ epochs } as unknown as ControlState)
    require(opened.includes(childId), 'the epoch itself does not open')
    const secret = epochKeys.secret(parentId)
    if (secret === undefined) return 'refused'
    require(equalBytes(secret, parent.secret), 'another secret than the commitment says')
    return 'accepted'
  },
}

const spaceFiles: FuzzTarget = {
  name: 'space/space-file',
  decoders: [`${SOURCE}/space-store.ts#readSpaceFile`],
  form: 'cbor',
  seeds: cbors(
    [1, filled(1), filled(2), [filled(2), filled(3)]],
    [1, filled(1), null, []],
    [2, filled(1), filled(2), [filled(2), filled(3)], [[filled(3), filled(9)]]],
  ),
  async run(input) {
    const file = await readSpaceFile(createMemoryDisk({ files: new Map([['space', input]]) }))
    if (file === undefined) return 'refused'
    const disk = createMemoryDisk()
    await writeSpaceFile(disk, file)
    const again = await readSpaceFile(disk)
    const devices = [...file.devices].sort()
    require(JSON.stringify(again) === JSON.stringify({ ...file, devices }), 'another space')
    return 'accepted'
  },
}

const forkSigner = identity.deviceSigner
const forkLog = logIdOf(crypto, forkSigner.publicKey, filled(1))

/** The first entry of the device's log, signed. */
function firstLeaf(payloadByte: number, space: EntryCore['space'] = filledId(1)): SignedLeaf {
  const header = { ...genesis, space, device: identity.device }
  const { block } = composeEntry(crypto, header, encodeCore(header), filled(payloadByte, 8))
  const leaf = block.slice(0, entryLeafLength(block))
  const head = signHead(forkSigner, forkLog, 1, new TreeHasher(crypto).leaf(leaf))
  return { head, leaf, proof: [] }
}

const forkLogOf = { publicKey: forkSigner.publicKey, namespace: filled(1) }
const forkPoint = encodeForkPoint(makeForkPoint(forkLogOf, 0, firstLeaf(1), firstLeaf(2)))
/** One side is the first entry of a space: whatever stands in its place is no entry of that space. */
const noFork = encodeForkPoint(makeForkPoint(forkLogOf, 0, firstLeaf(1), firstLeaf(2, undefined)))

const forkPoints: FuzzTarget = {
  name: 'space/fork-point',
  decoders: [`${SOURCE}/fork-evidence.ts#readForkPoint`, `${SOURCE}/entry.ts#decodeLeaf`],
  form: 'bytes',
  seeds: [forkPoint, noFork],
  smokeInputs: 500,
  run(input): FuzzVerdict {
    const point = decodeForkPoint(input)
    const evidence = point.ok ? readForkPoint(crypto, filledId(1), point.value) : undefined
    if (evidence === undefined) return 'refused'
    require(equalBytes(input, forkPoint), 'a fork that was never signed')
    require(evidence.device === identity.device && evidence.seq === 0, 'another place')
    return 'accepted'
  },
}

const ownLengths: FuzzTarget = {
  name: 'space/own-length',
  decoders: [`${SOURCE}/space-store.ts#readOwnLength`],
  form: 'cbor',
  seeds: cbors([1, 7], [1, 2 ** 53 - 1]),
  async run(input) {
    const disk = createMemoryDisk({ files: new Map([['written', input]]) })
    const length = await readOwnLength(disk)
    require(Number.isSafeInteger(length) && length >= 0, 'no length')
    if (length === 0) return 'refused'
    requireSameBytes(encodeCbor([1, length]), input, 'the length again')
    return 'accepted'
  },
}

const nameRegisters: FuzzTarget = {
  name: 'space/name-register',
  decoders: [`${SOURCE}/names-view.ts#registerName`],
  form: 'cbor',
  seeds: cbors(['Ada', 1_800_000_000_000, 2, bytesToHex(filled(1))]),
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok) return 'refused'
    const name = registerName(decoded.value)
    require(name === undefined || !/[\p{Cc}\u202e]/u.test(name), 'a name that lies')
    return name === undefined ? 'refused' : 'accepted'
  },
}

const ephemeral: FuzzTarget = {
  name: 'space/ephemeral',
  decoders: [`${SOURCE}/ephemeral.ts#readEphemeral`],
  form: 'cbor',
  seeds: cbors(ephemeralToCbor(ephemeralFor(86_400_000)), [60_000, 1, 60_000]),
  run(input) {
    const decoded = decodeCbor(input)
    const read = decoded.ok ? readEphemeral(decoded.value) : undefined
    if (!decoded.ok || read === undefined) return 'refused'
    require(equalBytes(encodeCbor(ephemeralToCbor(read)), input), 'another value than was read')
    require(forgottenAtMs(read, 0) >= 120_000, 'forgotten at once')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [
  bundles,
  ephemeral,
  operations,
  entries,
  headers,
  contents,
  payloads,
  requests,
  links,
  linkPayloads,
  sealedNames,
  chains,
  spaceFiles,
  forkPoints,
  ownLengths,
  nameRegisters,
]
