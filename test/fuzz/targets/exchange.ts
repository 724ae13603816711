/** Targets of sparse copies and exchanges: messages, upgrades of a head, and the files as a whole. */

import { bytesToHex, decodeCbor, encodeCbor } from '@hamlet/core'
import {
  answerWant,
  Log,
  peakRanges,
  pieceSourceOf,
  SparseLog,
  TreeHasher,
  upgradeOf,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { judgeDecoder, judgeRejecting, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { ByteReader, ByteWriter } from '../../../packages/data/log/src/byte-codec.ts'
import {
  decodeExchangeMessage,
  encodeExchangeMessage,
} from '../../../packages/data/log/src/exchange-message.ts'
import {
  readHeadUpgrade,
  verifyHeadUpgrade,
  writeHeadUpgrade,
} from '../../../packages/data/log/src/head-upgrade.ts'
import { runsOf } from '../../../packages/data/log/src/piece.ts'
import { crypto, filled } from '../_material.ts'

const SOURCE = 'packages/data/log/src'
const LOG_CODES = /^LOG_[A-Z_]+$/
const signer = crypto.signer(filled(7))
const namespace = filled(9)
const blocks = Array.from({ length: 9 }, (_, i) => filled(40 + i).subarray(0, i + 1))
const common = { crypto, publicKey: signer.publicKey, namespace }
const author = await Log.open({ ...common, disk: createMemoryDisk(), directory: 'author', signer })
await author.append(blocks.slice(0, 5))
const firstUpgrade = upgradeOf(pieceSourceOf(author), 0)!
await author.append(blocks.slice(5))
const secondUpgrade = upgradeOf(pieceSourceOf(author), 5)!
const longer = author.head!

const shorter = await Log.open({
  ...common,
  disk: createMemoryDisk(),
  directory: 'shorter',
  signer,
})
await shorter.append(blocks)
const truncation = await shorter.truncate(4)

const peakHashes = peakRanges(9).map((_, i) => filled(20 + i))
const piece = {
  blocks: [
    { index: 4, block: filled(1) },
    { index: 5, block: filled(2) },
    { index: 8, block: new Uint8Array() },
  ],
  nodes: [
    { number: 3, hash: filled(5) },
    { number: 13, hash: filled(6) },
  ],
}

const exchangeMessages: FuzzTarget = {
  name: 'exchange/message',
  decoders: [
    `${SOURCE}/exchange-message.ts#decodeExchangeMessage`,
    `${SOURCE}/exchange-message.ts#readAnswer`,
    `${SOURCE}/exchange-message.ts#readHave`,
    `${SOURCE}/head-upgrade.ts#readHeadUpgrade`,
    `${SOURCE}/piece.ts#readWant`,
    `${SOURCE}/piece.ts#readPiece`,
  ],
  form: 'bytes',
  seeds: (
    [
      { type: 'hello', nonce: filled(1) },
      {
        type: 'open',
        channel: 3,
        key: filled(1),
        proof: filled(2),
        length: 300,
        fork: 0,
        isFull: true,
      },
      { type: 'close', channel: 3 },
      { type: 'refuse', channel: 200 },
      {
        type: 'head',
        channel: 1,
        fork: 0,
        upgrade: { from: 0, head: longer, peaks: peakHashes, nodes: [] },
      },
      {
        type: 'head',
        channel: 1,
        fork: 0,
        upgrade: { from: 8, head: longer, peaks: peakHashes, nodes: [] },
      },
      { type: 'want-head', channel: 0, from: 70_000 },
      {
        type: 'have',
        channel: 0,
        isHeld: true,
        ranges: [
          [0, 5],
          [9, 1000],
        ],
      },
      {
        type: 'want',
        channel: 0,
        request: 9,
        want: {
          blocks: [
            [4, 6],
            [8, 9],
          ],
          nodes: [3, 13],
          bytesMax: 65_535,
        },
      },
      { type: 'piece', channel: 0, request: 9, piece },
      { type: 'unavailable', channel: 0, request: 9 },
      { type: 'full', channel: 0, fork: 2, bytes: filled(9) },
      { type: 'truncation', channel: 0, truncation },
      { type: 'extension', channel: 0, name: 'trie/1', bytes: filled(9) },
      { type: 'ask', channel: 0, request: 300, name: 'hamlet/trie/1', bytes: filled(9) },
      { type: 'answer', channel: 0, request: 300, fork: 1, bytes: filled(9), piece },
    ] as const
  ).map(encodeExchangeMessage),
  run: (input) =>
    judgeDecoder(input, decodeExchangeMessage, {
      codes: LOG_CODES,
      encode: encodeExchangeMessage,
    }),
}

const hasher = new TreeHasher(crypto)
const knownOfFive = new Map<number, Uint8Array>([
  [3, author.treeHash(0, 4)],
  [8, author.treeHash(4, 5)],
])

const upgrades: FuzzTarget = {
  name: 'exchange/upgrade',
  decoders: [`${SOURCE}/head-upgrade.ts#verifyHeadUpgrade`],
  form: 'bytes',
  seeds: [firstUpgrade, secondUpgrade].map((upgrade) => {
    const writer = new ByteWriter()
    writeHeadUpgrade(writer, upgrade)
    return writer.finish()
  }),
  run(input) {
    const reader = new ByteReader(input)
    const upgrade = readHeadUpgrade(reader)
    if (!upgrade || !reader.isComplete) return 'refused'
    const verified = verifyHeadUpgrade(hasher, upgrade, (number) => knownOfFive.get(number))
    if (!verified.ok) return 'refused'
    const writer = new ByteWriter()
    writeHeadUpgrade(writer, upgrade)
    require(bytesToHex(writer.finish()) === bytesToHex(input), 'two ways to write an upgrade')
    // The tree it leads to has the known peaks as its beginning, by what the tree itself proves.
    const learned = new Map(verified.value.map(({ number, hash }) => [number, hash]))
    const isKept = upgrade.from !== 5 || upgrade.head.length !== 9 || learned.has(10)
    require(isKept, 'an upgrade that skips a peak')
    return 'accepted'
  },
}

const DIRECTORY = 'copy'

async function sparseFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const disk = createMemoryDisk()
  const copy = await SparseLog.open({ ...common, disk, directory: DIRECTORY })
  await copy.acceptUpgrade(firstUpgrade)
  await copy.acceptUpgrade(secondUpgrade)
  const wanted = [1, 4, 7]
  const nodes = [...copy.plan(wanted).needed].sort((a, b) => a - b)
  const want = { blocks: runsOf(wanted), nodes, bytesMax: 1000 }
  await copy.acceptPiece(answerWant(pieceSourceOf(author), want)!)
  await copy.clear(4, 5)
  await copy.close()
  const files = new Map<string, Uint8Array>()
  for (const name of await disk.list(DIRECTORY)) {
    files.set(`${DIRECTORY}/${name}`, (await disk.readAll(`${DIRECTORY}/${name}`))!)
  }
  return files
}

const written = await sparseFiles()

/** An input is a CBOR map from path to content, put on a disk and opened as a sparse copy. */
const files: FuzzTarget = {
  name: 'exchange/files',
  decoders: [
    `${SOURCE}/sparse-log.ts#open`,
    `${SOURCE}/sparse-journal.ts#open`,
    `${SOURCE}/sparse-blocks.ts#open`,
  ],
  form: 'cbor',
  seeds: [encodeCbor(written)],
  smokeInputs: 500,
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok || !(decoded.value instanceof Map)) return 'refused'
    const contents = new Map<string, Uint8Array>()
    for (const path of written.keys()) {
      const content: unknown = decoded.value.get(path)
      if (content instanceof Uint8Array) contents.set(path, content)
    }
    const disk = createMemoryDisk({ files: contents })
    return judgeRejecting(
      async () => {
        await using copy = await SparseLog.open({ ...common, disk, directory: DIRECTORY })
        return copy.storedRanges().flatMap(([from, to]) => {
          const indexes = Array.from({ length: Math.min(to - from, 10) }, (_, i) => from + i)
          return indexes.map((index) => (index < copy.length ? copy.peek(index) : undefined))
        })
      },
      LOG_CODES,
      (read) => {
        const known = new Set(blocks.map(bytesToHex))
        const isOurs = read.every((block) => !block || known.has(bytesToHex(block)))
        require(isOurs, 'a copy with blocks that nobody wrote')
      },
    )
  },
}

export const targets: readonly FuzzTarget[] = [exchangeMessages, upgrades, files]
