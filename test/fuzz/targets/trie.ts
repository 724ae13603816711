/** Targets of `trie`: headers, nodes, hints, checkpoints, and a whole trie that somebody made up. */

import { bytesToHex, concatBytes, decodeCbor, decodeUtf8, encodeCbor, utf8 } from '@hamlet/core'
import { Log } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import {
  decodeCheckpoint,
  decodeTrieHeader,
  decodeTrieHint,
  decodeTrieHintRequest,
  decodeTrieProof,
  encodeCheckpoint,
  encodeTrieHeader,
  encodeTrieHint,
  encodeTrieHintRequest,
  encodeTrieProof,
  proveKey,
  Trie,
  trieLogOf,
  verifyTrieProof,
} from '@hamlet/trie'
import type { TrieLog, TrieView } from '@hamlet/trie'
import {
  judgeCopyingDecoder,
  judgeDecoder,
  judgeRejecting,
  judgeThrowing,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { LevelReader } from '../../../packages/data/trie/src/level-reader.ts'
import { parseNode } from '../../../packages/data/trie/src/node.ts'
import type { TrieNode } from '../../../packages/data/trie/src/node.ts'
import { ByteWriter } from '../../../packages/data/trie/src/varint.ts'
import { crypto, filled, fixedRandom } from '../_material.ts'

const SOURCE = 'packages/data/trie/src'
const TRIE_CODES = /^TRIE_/
const INDEX = 1000

function logOf(blocks: Uint8Array[], isWritable = false): TrieLog {
  const log: TrieLog = {
    get length() {
      return blocks.length
    },
    peek: (index) => blocks[index],
    load: async (index) => blocks[index]!,
  }
  if (!isWritable) return log
  return {
    ...log,
    get length() {
      return blocks.length
    },
    async append(more) {
      blocks.push(...more)
      return { from: blocks.length - more.length, to: blocks.length }
    },
  }
}

/** Blocks of a small trie with folders, deletions and a value of each kind. */
async function exampleBlocks(): Promise<readonly Uint8Array[]> {
  const blocks: Uint8Array[] = []
  const metadata = utf8('example')
  const log = logOf(blocks, true)
  await using trie = await Trie.open({ log, crypto, random: fixedRandom(5), metadata })
  for (let i = 0; i < 12; i++) await trie.put(`folder-${i % 3}/key-${i}`, `value ${i}`)
  await trie.batch([
    { type: 'put', key: 'folder-1', value: new Uint8Array(0) },
    { type: 'del', key: 'folder-0/key-0' },
    { type: 'put', key: filled(0xff, 40), value: filled(1, 200) },
  ])
  return blocks
}

const blocks = await exampleBlocks()

function orUndefined<T>(value: T | undefined): Decoded<T> {
  return value === undefined ? undefined : { ok: true, value }
}

const headers: FuzzTarget = {
  name: 'trie/header',
  decoders: [`${SOURCE}/header.ts#decodeTrieHeader`],
  form: 'bytes',
  seeds: [blocks[0]!],
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => orUndefined(decodeTrieHeader(bytes)), {
      encode: encodeTrieHeader,
    }),
}

/** What the levels and the bucket of a node say, written anew. */
function nodeAgain(node: TrieNode): Uint8Array {
  const levelBytes = new ByteWriter()
  let last = -1
  for (const levels = new LevelReader().open(node); levels.next(); last = levels.position) {
    levelBytes.varint((levels.position - last - 1) * 32 + levels.mask * 4 + levels.own)
    for (let symbol = 0; symbol < 4; symbol++) {
      const index = symbol === levels.own ? 0 : levels.indexOf(symbol)
      if (index === 0) continue
      require(index > 0 && index < INDEX, 'a node after this one, or the header')
      levelBytes.varint(INDEX - index)
    }
  }
  const writer = new ByteWriter()
  writer.byte(node.kind)
  writer.varint(levelBytes.length)
  writer.append(levelBytes.take())
  const bucket = node.bucket()
  if (bucket.length > 0) writer.varint(bucket.length)
  for (const index of bucket) writer.varint(INDEX - index)
  writer.varint(node.key.length)
  writer.append(node.key)
  writer.append(node.value)
  return writer.take()
}

const bucketNode = Uint8Array.of(0x17, 0, 2, 1, 3, 1, 0x61, 9)

const nodes: FuzzTarget = {
  name: 'trie/node',
  decoders: [`${SOURCE}/node.ts#parseNode`],
  form: 'bytes',
  seeds: [...blocks.slice(1), bucketNode],
  run(input) {
    const given = input.slice()
    const node = parseNode(INDEX, input)
    requireSameBytes(given, input, 'the input')
    if (!node) return 'refused'
    requireSameBytes(nodeAgain(node), input, 'the node again')
    return 'accepted'
  },
}

const requests: FuzzTarget = {
  name: 'trie/hint-request',
  decoders: [`${SOURCE}/hints.ts#decodeTrieHintRequest`],
  form: 'bytes',
  seeds: [
    encodeTrieHintRequest({ by: 'key', version: 300, key: utf8('a/b') }),
    encodeTrieHintRequest({ by: 'path', version: 1, hashes: filled(3, 48) }),
  ],
  run: (input) =>
    judgeCopyingDecoder(input, decodeTrieHintRequest, {
      codes: TRIE_CODES,
      encode: encodeTrieHintRequest,
    }),
}

const hints: FuzzTarget = {
  name: 'trie/hint',
  decoders: [`${SOURCE}/hints.ts#decodeTrieHint`],
  form: 'bytes',
  seeds: [encodeTrieHint({ indexes: [0, 5, 1000, 2 ** 40] }), encodeTrieHint({ indexes: [] })],
  run: (input) =>
    judgeCopyingDecoder(input, decodeTrieHint, { codes: TRIE_CODES, encode: encodeTrieHint }),
}

const start = { isDone: false, before: 5, after: 9, prefix: new Uint8Array(0), key: undefined }

const checkpoints: FuzzTarget = {
  name: 'trie/checkpoint',
  decoders: [`${SOURCE}/checkpoint.ts#decodeCheckpoint`],
  form: 'bytes',
  seeds: [
    encodeCheckpoint(start),
    encodeCheckpoint({ ...start, isDone: true, prefix: utf8('a'), key: utf8('a/b') }),
  ],
  run: (input) =>
    judgeThrowing(
      () => decodeCheckpoint(input),
      TRIE_CODES,
      (value) => requireSameBytes(encodeCheckpoint(value), input, 'the checkpoint again'),
    ),
}

const signer = crypto.signer(filled(7))
const signedLog = await Log.open({
  disk: createMemoryDisk(),
  crypto,
  directory: 'log',
  publicKey: signer.publicKey,
  namespace: filled(9),
  signer,
})
const signedTrie = await Trie.open({ log: trieLogOf(signedLog), crypto, random: fixedRandom(6) })
for (const key of ['a', 'b', 'a/b', 'c/d/e']) await signedTrie.put(key, `value of ${key}`)
const examples = ['a', 'a/b', 'none'].map((key) => proveKey(signedTrie, signedLog, key))
const identity = { logId: signedLog.id, publicKey: signer.publicKey }

const proofs: FuzzTarget = {
  name: 'trie/proof',
  decoders: [`${SOURCE}/proof.ts#decodeTrieProof`, `${SOURCE}/proof.ts#verifyTrieProof`],
  form: 'bytes',
  seeds: examples.map(encodeTrieProof),
  smokeInputs: 500,
  run: (input) =>
    judgeDecoder(input, decodeTrieProof, {
      codes: TRIE_CODES,
      encode(proof) {
        for (const key of ['a', 'a/b', 'none']) {
          const result = verifyTrieProof(crypto, identity, key, proof)
          const shown = result.ok && result.value.entry && decodeUtf8(result.value.entry.value)
          const truth = key === 'none' ? undefined : `value of ${key}`
          if (result.ok) require(shown === truth, 'something false was shown')
          else requireTyped(result.error, TRIE_CODES)
        }
        return encodeTrieProof(proof)
      },
    }),
}

/** An input is a CBOR array of blocks, taken for the whole log of a trie, as its author could sign it. */
const tries: FuzzTarget = {
  name: 'trie/log',
  decoders: [`${SOURCE}/trie.ts#open`],
  form: 'cbor',
  seeds: [encodeCbor([...blocks]), encodeCbor([...blocks.slice(0, 5), bucketNode])],
  smokeInputs: 500,
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok || !Array.isArray(decoded.value)) return 'refused'
    const items = decoded.value.filter((item) => item instanceof Uint8Array)
    return judgeTrie(items)
  },
}

/** Whoever made it up: reading ends, with answers or a typed refusal, and gives no more entries than there were writes. */
function judgeTrie(items: Uint8Array[]): Promise<FuzzVerdict> {
  return judgeRejecting(
    async () => {
      const trie = await Trie.open({ log: logOf(items), crypto })
      return readAll(trie)
    },
    TRIE_CODES,
    (keys) => require(keys.length <= 16 * (items.length + 4), 'more entries than writes'),
  )
}

async function readAll(trie: TrieView): Promise<readonly string[]> {
  await trie.get('folder-1/key-1')
  await trie.closest('folder-1/none')
  for await (const child of trie.list('folder-1')) await trie.get(child.key)
  for await (const difference of trie.diff(Math.min(4, trie.version))) void difference.key
  for await (const change of trie.history({ prefix: 'folder-2' })) void change.value
  if (trie.version > 0) trie.visitedBy('folder-2/key-2')
  const keys: string[] = []
  for await (const { key } of trie.iterate()) keys.push(bytesToHex(key))
  const after = concatBytes(utf8('folder-2/'), filled(7, 3))
  for await (const entry of trie.iterate({ after, prefix: 'folder-2' })) void entry.value
  return keys
}

export const targets: readonly FuzzTarget[] = [
  headers,
  nodes,
  requests,
  hints,
  checkpoints,
  proofs,
  tries,
]
