/** Targets of `log`: heads, frames, marks, ranges, messages, proofs, notes, and the files as a whole. */

import {
  crc32c,
  bytesToHex,
  concatBytes,
  decodeCbor,
  decodeUtf8,
  encodeCbor,
  equalBytes,
  hexToBytes,
  utf8,
} from '@hamlet/core'
import {
  decodeHead,
  decodeLogRange,
  decodeReplicationMessage,
  encodeHead,
  encodeLogRange,
  encodeReplicationMessage,
  Log,
  logIdOf,
  noteKeyOf,
  openNote,
  parseCheckpointBody,
  parseNote,
  parseNoteKey,
  renderNote,
  signHead,
  TreeHasher,
  verifyConsistency,
  verifyHead,
  verifyInclusion,
  verifyLeafSet,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeDecoder,
  judgeRejecting,
  require,
  requireSameBytes,
} from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import {
  BLOCK_FRAME,
  checkFrame,
  claimedFrameBytes,
  CLEARED_FRAME,
  FRAME_HEADER_BYTES,
  FRAME_INVALID,
  HEAD_FRAME,
  readClearedBlock,
  readHeadRecord,
  readUint32,
  readUint64,
  sealFrame,
  writeClearedFrame,
  writeHeadFrame,
} from '../../../packages/data/log/src/frame.ts'
import { decodeClearing, encodeClearing } from '../../../packages/data/log/src/clearing.ts'
import { decodeUserData, encodeUserData } from '../../../packages/data/log/src/user-data.ts'
import { decodeMark, encodeMark } from '../../../packages/data/log/src/mark.ts'
import { decodeSparseMark, encodeSparseMark } from '../../../packages/data/log/src/sparse-mark.ts'
import { crypto, filled, golden, texts } from '../_material.ts'

const SOURCE = 'packages/data/log/src'
const LOG_CODES = /^LOG_/
const PLACE = { segment: 0, offset: 64, number: 3 }

const signer = crypto.signer(filled(7))
const namespace = filled(9)
const logId = logIdOf(crypto, signer.publicKey, namespace)
const head = signHead(signer, logId, 5, filled(3))
const longer = signHead(signer, logId, 9, filled(4))
const stored = JSON.parse(golden('data/log/test/golden/log-v1.json')) as {
  readonly files: Readonly<Record<string, string>>
  readonly range: string
  readonly checkpoint: string
}

/** For decoders that answer `undefined` to what is not theirs. */
function orUndefined<T>(value: T | undefined): Decoded<T> {
  return value === undefined ? undefined : { ok: true, value }
}

const heads: FuzzTarget = {
  name: 'log/head',
  decoders: [
    `${SOURCE}/head.ts#decodeHead`,
    `${SOURCE}/head.ts#readHead`,
    `${SOURCE}/head.ts#verifyHead`,
  ],
  form: 'bytes',
  seeds: [encodeHead(head)],
  smokeInputs: 500,
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => orUndefined(decodeHead(bytes)), {
      encode(value) {
        const isOurs = equalBytes(input, encodeHead(head))
        const isGood = verifyHead(crypto, logId, signer.publicKey, value)
        require(isGood === isOurs, 'a head that nobody signed')
        return encodeHead(value)
      },
    }),
}

const extension = [filled(1), filled(2)]
const record = { durable: { segment: 0, offset: 64 }, length: 3, head, extension }
const headFrame = new Uint8Array(FRAME_HEADER_BYTES + 120 + 64)
writeHeadFrame(headFrame, 0, record, PLACE)
const blockFrame = concatBytes(new Uint8Array(FRAME_HEADER_BYTES), utf8('block'))
sealFrame(blockFrame, 0, BLOCK_FRAME, 5, PLACE)
const clearedFrame = new Uint8Array(FRAME_HEADER_BYTES + 36)
writeClearedFrame(clearedFrame, 0, { leafHash: filled(5), bytes: 7 }, PLACE)

function judgeFrame(bytes: Uint8Array): FuzzVerdict {
  const length = checkFrame(bytes, 0, PLACE)
  const claimed = claimedFrameBytes(bytes, 0)
  if (length < 0) return 'refused'
  require(claimed === FRAME_HEADER_BYTES + length, 'a frame and its claim differ')
  require(bytes.length >= claimed, 'a frame longer than its bytes')
  const elsewhere = checkFrame(bytes, 0, { ...PLACE, offset: PLACE.offset + 1 })
  require(elsewhere === FRAME_INVALID, 'a frame is good in two places')
  if (bytes[8] === CLEARED_FRAME) return judgeClearedFrame(bytes.subarray(0, claimed))
  if (bytes[8] !== HEAD_FRAME) return 'accepted'
  const read = readHeadRecord(bytes.slice(FRAME_HEADER_BYTES, claimed))
  if (read === undefined) return 'refused'
  const again = new Uint8Array(claimed)
  writeHeadFrame(again, 0, read, PLACE)
  requireSameBytes(again, bytes.subarray(0, claimed), 'the head record again')
  return 'accepted'
}

function judgeClearedFrame(bytes: Uint8Array): FuzzVerdict {
  const read = readClearedBlock(bytes.slice(FRAME_HEADER_BYTES))
  if (read === undefined) return 'refused'
  const again = new Uint8Array(bytes.length)
  writeClearedFrame(again, 0, read, PLACE)
  requireSameBytes(again, bytes, 'the cleared block again')
  return 'accepted'
}

const frames: FuzzTarget = {
  name: 'log/frame',
  decoders: [`${SOURCE}/frame.ts#checkFrame`, `${SOURCE}/frame.ts#claimedFrameBytes`],
  form: 'bytes',
  seeds: [headFrame, blockFrame, clearedFrame],
  run: judgeFrame,
}

const mendedFrames: FuzzTarget = {
  name: 'log/frame-mended',
  decoders: [
    `${SOURCE}/frame.ts#checkFrame`,
    `${SOURCE}/frame.ts#readHeadRecord`,
    `${SOURCE}/frame.ts#readClearedBlock`,
  ],
  form: 'bytes',
  seeds: [headFrame, blockFrame, clearedFrame],
  /** The checksum is made right, and the length too when the bytes do not reach that far. */
  run(input) {
    if (input.length < FRAME_HEADER_BYTES) return 'refused'
    const bytes = input.slice()
    const claim = readUint32(bytes, 0)
    const room = bytes.length - FRAME_HEADER_BYTES
    sealFrame(bytes, 0, bytes[8]!, Math.min(claim, room), PLACE)
    return judgeFrame(bytes)
  },
}

const MARK = {
  position: { segment: 1, offset: 500 },
  headOffset: 300,
  length: 40,
  byteLength: 9000,
}

const marks: FuzzTarget = {
  name: 'log/mark',
  decoders: [
    `${SOURCE}/mark.ts#decodeMark`,
    `${SOURCE}/frame.ts#readUint32`,
    `${SOURCE}/frame.ts#readUint64`,
  ],
  form: 'bytes',
  seeds: [encodeMark(logId, MARK)],
  run(input) {
    const verdict = judgeDecoder(input, (bytes) => orUndefined(decodeMark(logId, bytes)), {
      encode: (mark) => encodeMark(logId, mark),
    })
    if (input.length < 40) return verdict
    const position = { segment: readUint32(input, 12), offset: readUint32(input, 16) }
    const [length, byteLength] = [readUint64(input, 24), readUint64(input, 32)]
    const mended = { position, headOffset: readUint32(input, 20), length, byteLength }
    if (!Number.isSafeInteger(length) || !Number.isSafeInteger(byteLength)) return verdict
    const again = decodeMark(logId, encodeMark(logId, mended))
    require(JSON.stringify(again) === JSON.stringify(mended), 'a mark does not come back')
    return 'accepted'
  },
}

const sparseMarks: FuzzTarget = {
  name: 'log/sparse-mark',
  decoders: [`${SOURCE}/sparse-mark.ts#decodeSparseMark`],
  form: 'bytes',
  seeds: [encodeSparseMark(logId, 4711)],
  run: (input) =>
    judgeDecoder(input, (bytes) => orUndefined(decodeSparseMark(logId, bytes) || undefined), {
      encode: (journalBytes) => encodeSparseMark(logId, journalBytes),
    }),
}

const clearings: FuzzTarget = {
  name: 'log/clearing',
  decoders: [`${SOURCE}/clearing.ts#decodeClearing`],
  form: 'bytes',
  seeds: [encodeClearing(logId, { from: 3, to: 9, length: 12, fork: 1 })],
  run: (input) =>
    judgeDecoder(input, (bytes) => orUndefined(decodeClearing(logId, bytes)), {
      encode: (clearing) => encodeClearing(logId, clearing),
    }),
}

const userData: FuzzTarget = {
  name: 'log/user-data',
  decoders: [`${SOURCE}/user-data.ts#decodeUserData`, `${SOURCE}/user-data.ts#open`],
  form: 'bytes',
  seeds: [
    encodeUserData(logId, new Map()),
    encodeUserData(
      logId,
      new Map([
        ['a', filled(1)],
        ['name', utf8('of a log')],
      ]),
    ),
  ],
  run(input) {
    const end = input.length - 4
    const mended = input.slice()
    if (end > 0) new DataView(mended.buffer).setUint32(end, checksumOf(mended.subarray(0, end)))
    const verdict = judgeUserData(mended)
    return judgeUserData(input) === 'accepted' ? 'accepted' : verdict
  },
}

function judgeUserData(bytes: Uint8Array): FuzzVerdict | Promise<FuzzVerdict> {
  return judgeDecoder(bytes, (each) => orUndefined(decodeUserData(logId, each)), {
    encode: (values) => encodeUserData(logId, values),
  })
}

const checksumOf = (bytes: Uint8Array): number =>
  crc32c(bytes, 0, bytes.length, readUint32(hexToBytes(logId), 0))

const range = {
  from: 2,
  blocks: [utf8('a'), new Uint8Array(0), filled(7, 300)],
  head,
  extension: [],
}
const longRange = { from: 0, blocks: [utf8('b')], head: longer, extension }

const ranges: FuzzTarget = {
  name: 'log/range',
  decoders: [`${SOURCE}/range.ts#decodeLogRange`],
  form: 'bytes',
  seeds: [encodeLogRange(range), encodeLogRange(longRange), hexToBytes(stored.range)],
  run: (input) => judgeDecoder(input, decodeLogRange, { codes: LOG_CODES, encode: encodeLogRange }),
}

const messages: FuzzTarget = {
  name: 'log/replication-message',
  decoders: [`${SOURCE}/replication.ts#decodeReplicationMessage`],
  form: 'bytes',
  seeds: [
    encodeReplicationMessage({ type: 'head', head, available: 4 }),
    encodeReplicationMessage({ type: 'want', want: { from: 7, blocksMax: 10, bytesMax: 5000 } }),
    encodeReplicationMessage({ type: 'range', range: longRange }),
  ],
  run: (input) =>
    judgeDecoder(input, decodeReplicationMessage, {
      codes: LOG_CODES,
      encode: encodeReplicationMessage,
    }),
}

const truncated = JSON.parse(golden('data/log/test/golden/log-truncated-v1.json')) as {
  readonly files: Readonly<Record<string, string>>
}

const noteKey = noteKeyOf(crypto, 'example.com/log', signer.publicKey)
const noteText = 'example.com/log\n5\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n'
const note = utf8(
  renderNote({
    text: noteText,
    signatures: [
      { name: noteKey.name, keyId: noteKey.keyId, signature: signer.sign(utf8(noteText)) },
      { name: 'witness', keyId: '01020304', signature: filled(1, 72) },
    ],
  }),
)

const notes: FuzzTarget = {
  name: 'log/signed-note',
  decoders: [
    `${SOURCE}/signed-note.ts#parseNote`,
    `${SOURCE}/signed-note.ts#openNote`,
    `${SOURCE}/signed-note.ts#parseCheckpointBody`,
  ],
  form: 'text',
  seeds: [note, utf8(stored.checkpoint)],
  words: texts('\n', '\n\n', '\u2014 ', 'witness ', '\r', '=', '\t'),
  smokeInputs: 1000,
  run(input) {
    const verdict = judgeDecoder(input, (bytes) => orUndefined(parseNote(bytes)), {
      encode: (parsed) => utf8(renderNote(parsed)),
    })
    const opened = openNote(crypto, input, [noteKey])
    if (opened.ok) require(opened.text === noteText, 'a text that nobody signed')
    judgeBody(decodeUtf8(input)?.split('\n\n')[0])
    return verdict
  },
}

function judgeBody(text: string | undefined): void {
  const body = text === undefined ? undefined : parseCheckpointBody(`${text}\n`)
  if (body === undefined) return
  require(Number.isSafeInteger(body.length) && body.root.length === 32, 'no checkpoint')
  require(`${text}\n`.startsWith(`${body.origin}\n${body.length}\n`), 'another checkpoint')
}

const noteKeys: FuzzTarget = {
  name: 'log/note-key',
  decoders: [`${SOURCE}/signed-note.ts#parseNoteKey`],
  form: 'text',
  seeds: texts(
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    keyTextOf(noteKey.name),
  ),
  words: texts('+', '=', '/', ' '),
  run(input) {
    const text = bytesToText(input)
    const key = parseNoteKey(crypto, text)
    if (key === undefined) return 'refused'
    require(keyTextOf(key.name, key.publicKey) === text, 'a second spelling of a key')
    return 'accepted'
  },
}

function keyTextOf(name: string, bytes: Uint8Array = signer.publicKey): string {
  const key = noteKeyOf(crypto, name, bytes)
  return `${name}+${key.keyId}+${Buffer.concat([Uint8Array.of(1), bytes]).toString('base64')}`
}

const hasher = new TreeHasher(crypto)
const leaves = ['a', 'b', 'c'].map((text) => hasher.leaf(utf8(text)))
const pair = hasher.node(leaves[0]!, leaves[1]!)
const treeRoot = hasher.node(pair, leaves[2]!)
const number64 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** An input is three numbers of eight bytes, two hashes and a proof. */
const proofs: FuzzTarget = {
  name: 'log/proofs',
  decoders: [
    `${SOURCE}/proofs.ts#verifyInclusion`,
    `${SOURCE}/proofs.ts#verifyConsistency`,
    `${SOURCE}/proofs.ts#verifySubtreeInclusion`,
    `${SOURCE}/proofs.ts#verifySubtreeConsistency`,
    `${SOURCE}/leaf-set.ts#verifyLeafSet`,
  ],
  form: 'bytes',
  seeds: [
    concatBytes(number64(2), number64(3), number64(0), leaves[2]!, treeRoot, pair),
    concatBytes(
      number64(0),
      number64(3),
      number64(0),
      leaves[0]!,
      treeRoot,
      leaves[1]!,
      leaves[2]!,
    ),
    concatBytes(number64(2), number64(3), number64(0), pair, treeRoot, leaves[2]!),
  ],
  run(input) {
    const claim = proofClaim(input)
    if (claim === undefined) return 'refused'
    const { a, b, start, first, root, proof } = claim
    const isLeaf = verifyInclusion(crypto, { index: a, length: b, leafHash: first, root, proof })
    const isPrefix = verifyConsistency(crypto, {
      from: a,
      to: b,
      fromRoot: first,
      toRoot: root,
      proof,
    })
    verifySubtreeInclusion(crypto, {
      index: a,
      start,
      end: b,
      leafHash: first,
      subtreeRoot: root,
      proof,
    })
    verifySubtreeConsistency(crypto, { start, end: a, length: b, subtreeRoot: first, root, proof })
    const set = { leafHashes: [first], length: b, root, proof }
    const isInSet = verifyLeafSet(crypto, { ...set, indices: [a] })
    require(!verifyLeafSet(crypto, { ...set, indices: [a, start] }), 'a leaf without a hash')
    if (isLeaf) require(a < b, 'a leaf beyond the tree')
    if (isInSet && equalBytes(root, treeRoot) && b === 3) {
      require(equalBytes(first, leaves[a]!), 'a leaf of a set that is not in the tree')
    }
    if (isPrefix) require(a > 0 && a <= b, 'a prefix longer than the tree')
    if (!equalBytes(root, treeRoot) || b !== 3) return isLeaf || isPrefix ? 'accepted' : 'refused'
    if (isLeaf) require(equalBytes(first, leaves[a]!), 'a leaf that is not in the tree')
    if (isPrefix && a === 2) require(equalBytes(first, pair), 'a prefix that is not one')
    return isLeaf || isPrefix ? 'accepted' : 'refused'
  },
}

interface ProofClaim {
  readonly a: number
  readonly b: number
  readonly start: number
  readonly first: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

function proofClaim(input: Uint8Array): ProofClaim | undefined {
  if (input.length < 88) return undefined
  const view = new DataView(input.buffer, input.byteOffset)
  const [a, b, start] = [0, 8, 16].map((at) => Number(view.getBigUint64(at)))
  const proof: Uint8Array[] = []
  for (let at = 88; at < input.length; at += 32) proof.push(input.slice(at, at + 32))
  const [first, root] = [input.slice(24, 56), input.slice(56, 88)]
  return { a: a!, b: b!, start: start!, first, root, proof }
}

function filesOf(
  files: Readonly<Record<string, string>>,
  more: readonly (readonly [string, Uint8Array])[] = [],
): Map<string, Uint8Array> {
  const own = Object.entries(files).map(([path, hex]) => [path, hexToBytes(hex)] as const)
  return new Map([...own, ...more])
}

const goldenFiles = filesOf(stored.files)
const clearedFiles = filesOf(
  JSON.parse(golden('data/log/test/golden/log-cleared-v1.json')) as Record<string, string>,
  [['log/clearing', encodeClearing(logId, { from: 0, to: 1, length: 3, fork: 0 })]],
)
const truncatedFiles = filesOf(truncated.files)
const paths = new Set([goldenFiles, clearedFiles, truncatedFiles].flatMap((map) => [...map.keys()]))
const goldenBlocks = ['a', 'bc', 'def', 'g'].map(utf8)
const DIRECTORY = 'log'

/** An input is a CBOR map from path to content, put on a disk and opened as a log. */
const files: FuzzTarget = {
  name: 'log/files',
  decoders: [
    `${SOURCE}/log.ts#open`,
    `${SOURCE}/log-store.ts#open`,
    `${SOURCE}/log-notes.ts#readNotes`,
    `${SOURCE}/segments.ts#open`,
    `${SOURCE}/derived.ts#open`,
    `${SOURCE}/scan.ts#scanSegments`,
    `${SOURCE}/recovery.ts#recover`,
  ],
  form: 'cbor',
  seeds: [goldenFiles, clearedFiles, truncatedFiles].map(encodeCbor),
  smokeInputs: 500,
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok || !(decoded.value instanceof Map)) return 'refused'
    const contents = new Map<string, Uint8Array>()
    for (const path of paths) {
      const content: unknown = decoded.value.get(path)
      if (content instanceof Uint8Array) contents.set(path, content)
    }
    return judgeFiles(contents)
  },
}

const CLEARED = 'cleared'
const hexOrCleared = (block?: Uint8Array): string => (block ? bytesToHex(block) : CLEARED)

/** Whatever the files are: a typed refusal on opening or reading, or a prefix of what was written and nothing else. */
function judgeFiles(contents: ReadonlyMap<string, Uint8Array>): Promise<FuzzVerdict> {
  const disk = createMemoryDisk({ files: contents })
  const { publicKey: author } = signer
  return judgeRejecting(
    async () => {
      await using log = await Log.open({
        disk,
        crypto,
        directory: DIRECTORY,
        publicKey: author,
        namespace,
      })
      return Array.from({ length: log.length }, (_, i) => log.peek(i)).map(hexOrCleared)
    },
    LOG_CODES,
    (blocks) => {
      const written = goldenBlocks.map(bytesToHex)
      const isOurs = blocks.every((one, i) => one === CLEARED || one === written[i])
      require(isOurs, 'a log with blocks that nobody wrote')
    },
  )
}

export const targets: readonly FuzzTarget[] = [
  heads,
  frames,
  mendedFrames,
  marks,
  sparseMarks,
  clearings,
  userData,
  ranges,
  messages,
  notes,
  noteKeys,
  proofs,
  files,
]
