/** Targets of `log`, published: paths, tiles, bundles, cosignatures, what is said to witnesses, and the files as a whole. */

import { bytesToHex, decodeCbor, encodeCbor, equalBytes, errorCode, utf8 } from '@hamlet/core'
import {
  cosign,
  cosignerKeyOf,
  decodeAddCheckpoint,
  decodeBundle,
  decodeConflict,
  decodeCosignatures,
  decodeTile,
  encodeAddCheckpoint,
  encodeBundle,
  fullTilePath,
  joinHashes,
  Log,
  noteKeyOf,
  openCheckpoint,
  originOf,
  parseCosignerKey,
  parseEntryProof,
  parseNote,
  parseSignatures,
  parseTilePath,
  proveEntry,
  publishLog,
  renderCosignerKey,
  renderEntryProof,
  renderSignatures,
  tilePath,
  TileReader,
  verifyCosignature,
  verifyEntryProof,
  verifyPublished,
  withCosignatures,
  Witness,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeDecoder,
  judgeRejecting,
  require,
} from '@hamlet/testkit/fuzz'
import type { TileFetch } from '@hamlet/log'
import type { Decoded, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import {
  logKeyOf,
  parseLogKey,
  parseLogName,
  renderLogKey,
} from '../../../apps/cli/src/local-log.ts'
import { crypto, filled, texts } from '../_material.ts'

const SOURCE = 'packages/data/log/src/c2sp'
const CODES = /^TLOG_/
const TIME_S = 1_700_000_000
const WIDTHS = [1, 2, 3, 256]

const signer = crypto.signer(filled(7))
const witnessSigner = crypto.signer(filled(8))
const witnessKey = cosignerKeyOf(crypto, 'witness.example/w1', witnessSigner.publicKey)
const entries = ['a', '', 'def', 'x'.repeat(40)].map(utf8)
const { publicKey } = signer
const disk = createMemoryDisk()
const author = { disk: createMemoryDisk(), crypto, directory: 'log', publicKey, signer }
const log = await Log.open({ ...author, namespace: filled(9) })
await log.append(entries.slice(0, 2))
const early = log.checkpoint()!
await log.append(entries.slice(2))
const text = parseNote(utf8(log.checkpoint()!))!.text
const line = cosign(crypto, witnessSigner, witnessKey.name, text, TIME_S)
const checkpoint = withCosignatures(log.checkpoint()!, [line])
await publishLog(log, disk, { crypto, checkpoint })
const policy = {
  logs: [noteKeyOf(crypto, originOf(log.id), publicKey)],
  witnesses: [witnessKey],
  quorum: 1,
}

function orUndefined<T>(value: T | undefined): Decoded<T> {
  return value === undefined ? undefined : { ok: true, value }
}

const paths: FuzzTarget = {
  name: 'tlog/path',
  decoders: [`${SOURCE}/tile-layout.ts#parseTilePath`],
  form: 'text',
  seeds: texts(
    'tile/0/000',
    'tile/entries/x001/x234/067.p/17',
    fullTilePath(63, Number.MAX_SAFE_INTEGER),
  ),
  words: texts('/', 'x', '.p/', '000', '255', 'entries', 'tile/'),
  run(input) {
    const path = bytesToText(input)
    const tile = parseTilePath(path)
    if (tile === undefined) return 'refused'
    require(tilePath(tile) === path, 'a second spelling of a path')
    return 'accepted'
  },
}

const tiles: FuzzTarget = {
  name: 'tlog/tile',
  decoders: [`${SOURCE}/tile-layout.ts#decodeTile`],
  form: 'bytes',
  seeds: [filled(1), filled(2, 96)],
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => orUndefined(decodeTile(bytes, bytes.length >> 5)), {
      encode: joinHashes,
    }),
}

const bundles: FuzzTarget = {
  name: 'tlog/bundle',
  decoders: [`${SOURCE}/entry-bundle.ts#decodeBundle`],
  form: 'bytes',
  seeds: [encodeBundle(entries.slice(0, 3)), encodeBundle([entries[3]!])],
  run: (input) =>
    judgeCopyingDecoder(
      input,
      (bytes) =>
        orUndefined(WIDTHS.map((width) => decodeBundle(bytes, width)).find((each) => each)),
      { encode: encodeBundle },
    ),
}

const lines: FuzzTarget = {
  name: 'tlog/cosignatures',
  decoders: [
    `${SOURCE}/cosignature.ts#parseSignatures`,
    `${SOURCE}/cosignature.ts#verifyCosignature`,
    `${SOURCE}/witness-messages.ts#decodeCosignatures`,
  ],
  form: 'text',
  seeds: [utf8(renderSignatures([line])), utf8(renderSignatures([line, line]))],
  words: texts('\n', '\n\n', '\u2014 ', 'witness.example/w1 ', '='),
  smokeInputs: 1000,
  run: (input) =>
    judgeDecoder(input, (bytes) => orUndefined(decodeCosignatures(bytes)), {
      encode(found) {
        require(parseSignatures(input)?.length === found.length, 'two readings')
        for (const each of found) {
          const timeS = verifyCosignature(crypto, witnessKey, text, each)
          const isOurs = equalBytes(each.signature, line.signature)
          require(timeS === undefined || (isOurs && timeS === TIME_S), 'signed by nobody')
        }
        return utf8(renderSignatures(found))
      },
    }),
}

const cosignerKeys: FuzzTarget = {
  name: 'tlog/cosigner-key',
  decoders: [`${SOURCE}/cosignature.ts#parseCosignerKey`],
  form: 'text',
  seeds: [utf8(renderCosignerKey(witnessKey))],
  words: texts('+', '=', '/', ' '),
  run(input) {
    const vkey = bytesToText(input)
    const key = parseCosignerKey(crypto, vkey)
    if (key === undefined) return 'refused'
    require(renderCosignerKey(key) === vkey, 'a second spelling of a key')
    return 'accepted'
  },
}

const checkpoints: FuzzTarget = {
  name: 'tlog/checkpoint',
  decoders: [`${SOURCE}/checkpoint-policy.ts#openCheckpoint`],
  form: 'text',
  seeds: [utf8(checkpoint)],
  words: texts('\n', '\n\n', '\u2014 ', '0', '='),
  smokeInputs: 500,
  run: (input) =>
    judgeDecoder(
      input,
      (bytes) => {
        const opened = openCheckpoint(crypto, bytes, policy)
        if (opened.ok) require(opened.value.note.text === text, 'a text that nobody signed')
        return opened
      },
      { codes: CODES },
    ),
}

const proof = log.consistencyProof(2)
const requests: FuzzTarget = {
  name: 'tlog/witness-request',
  decoders: [`${SOURCE}/witness-messages.ts#decodeAddCheckpoint`],
  form: 'text',
  seeds: [
    encodeAddCheckpoint({ oldLength: 2, proof, checkpoint: utf8(checkpoint) }),
    encodeAddCheckpoint({ oldLength: 0, proof: [], checkpoint: utf8(early) }),
  ],
  words: texts('old ', '\n', '\n\n', '0', '='),
  smokeInputs: 300,
  async run(input) {
    const verdict = judgeDecoder(input, (bytes) => orUndefined(decodeAddCheckpoint(bytes)), {
      encode: encodeAddCheckpoint,
    })
    await judgeWitness(input)
    return verdict
  },
}

/** Of a witness that has cosigned the log at two entries, nothing but that log, continued, gets a line. */
async function judgeWitness(input: Uint8Array): Promise<void> {
  const clock = { wall: () => TIME_S * 1000, monotonic: () => 0, after: () => () => undefined }
  const own = { crypto, clock, disk: createMemoryDisk(), directory: 'w', name: witnessKey.name }
  const witness = new Witness({ ...own, signer: witnessSigner, keysOf: () => policy.logs })
  const first = encodeAddCheckpoint({ oldLength: 0, proof: [], checkpoint: utf8(early) })
  require((await witness.addCheckpoint(first)).status === 200, 'the first checkpoint is taken')
  const answer = await witness.addCheckpoint(input)
  if (answer.status !== 200) return
  const signed = decodeAddCheckpoint(input)?.note.text
  require(signed === text || signed === parseNote(utf8(early))!.text, 'a text that nobody signed')
}

const conflicts: FuzzTarget = {
  name: 'tlog/witness-conflict',
  decoders: [`${SOURCE}/witness-messages.ts#decodeConflict`],
  form: 'text',
  seeds: texts('0\n', '20852163\n', '9007199254740991\n'),
  run: (input) =>
    judgeDecoder(input, (bytes) => orUndefined(decodeConflict(bytes)), {
      encode: (length) => utf8(`${length}\n`),
    }),
}

const third = await proveEntry(log, 2, checkpoint)
const entryProofs: FuzzTarget = {
  name: 'tlog/entry-proof',
  decoders: [
    `${SOURCE}/entry-proof.ts#parseEntryProof`,
    `${SOURCE}/entry-proof.ts#verifyEntryProof`,
  ],
  form: 'text',
  seeds: [
    utf8(renderEntryProof(third)),
    utf8(renderEntryProof({ ...third, extra: filled(1, 10) })),
  ],
  words: texts('c2sp.org/tlog-proof@v1', 'extra ', 'index ', '\n', '\n\n', '='),
  smokeInputs: 500,
  run: (input) =>
    judgeDecoder(input, (bytes) => orUndefined(parseEntryProof(bytes)), {
      encode(parsed) {
        const isProven = verifyEntryProof(crypto, input, entries[2]!, policy).ok
        require(!isProven || parsed.index === 2, 'an entry in another place')
        require(!verifyEntryProof(crypto, input, utf8('other'), policy).ok, 'another entry')
        return utf8(renderEntryProof(parsed))
      },
    }),
}

const logKeys: FuzzTarget = {
  name: 'tlog/log-key',
  decoders: ['apps/cli/src/local-log.ts#parseLogKey'],
  form: 'text',
  seeds: [utf8(renderLogKey(filled(7)))],
  words: texts('hamlet/v1/log-key ', '\n', '00'),
  run(input) {
    const key = bytesToText(input)
    const seed = parseLogKey(key)
    if (seed === undefined) return 'refused'
    require(seed.length === 32 && renderLogKey(seed) === key, 'a second spelling of a key file')
    return 'accepted'
  },
}

const localName = parseLogName('07'.repeat(32))

/** What a person gives for a log of somebody else. */
const logNames: FuzzTarget = {
  name: 'tlog/log-name',
  decoders: ['apps/cli/src/local-log.ts#parseLogName'],
  form: 'text',
  seeds: [utf8(logKeyOf(localName.id, localName.publicKey)), utf8(bytesToHex(localName.publicKey))],
  words: texts('hamlet/v1/log/', '+', '00'),
  run(input) {
    const name = bytesToText(input)
    try {
      const { id, publicKey } = parseLogName(name)
      const spellings = [logKeyOf(id, publicKey), bytesToHex(publicKey)]
      require(spellings.includes(name), 'another spelling of the key of a log')
      return 'accepted'
    } catch (error) {
      require(errorCode(error) === 'USAGE', `refused as ${String(error)}`)
      return 'refused'
    }
  },
}

const publishedFiles = disk.files()

/** An input is a CBOR map from path to content, read as a published log. */
const files: FuzzTarget = {
  name: 'tlog/files',
  decoders: [
    `${SOURCE}/tile-reader.ts#open`,
    `${SOURCE}/verify-published.ts#verifyPublished`,
    `${SOURCE}/tile-source.ts#fetchTile`,
  ],
  form: 'cbor',
  seeds: [encodeCbor(publishedFiles)],
  smokeInputs: 500,
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok || !(decoded.value instanceof Map)) return 'refused'
    const { value } = decoded
    return judgeFiles(async (path) => {
      const content: unknown = value.get(path)
      return content instanceof Uint8Array ? content : undefined
    })
  },
}

/** Whatever the files are: problems that are named, or the entries that were signed; both readers agree. */
async function judgeFiles(fetch: TileFetch): Promise<FuzzVerdict> {
  const report = await verifyPublished({ crypto, fetch, policy })
  require(report.isSound === (report.problems.length === 0), 'unsound without a problem')
  const verdict = await judgeRejecting(
    async () => {
      const reader = await TileReader.open({ crypto, fetch, policy })
      const found: string[] = []
      for await (const entry of reader.entries()) found.push(bytesToHex(entry))
      return found
    },
    CODES,
    (found) => require(found.join() === entries.map(bytesToHex).join(), 'other entries'),
  )
  require(verdict === 'refused' || report.entries === entries.length, 'the two readers differ')
  require(!report.isSound || verdict === 'accepted', 'sound and not to be read')
  return verdict
}

export const targets: readonly FuzzTarget[] = [
  paths,
  tiles,
  bundles,
  lines,
  cosignerKeys,
  checkpoints,
  requests,
  conflicts,
  entryProofs,
  logKeys,
  logNames,
  files,
]
