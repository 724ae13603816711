/** Targets of `blobs`: keys, proofs of chunks, and the files a store finds when it is opened. */

import {
  BlobHasher,
  BlobStore,
  CHUNK_BYTES,
  blobKey,
  hashBlob,
  parseBlobKey,
  unclesOf,
  verifyChunk,
} from '@hamlet/blobs'
import type { BlobId, ChunkRun } from '@hamlet/blobs'
import { concatBytes, crc32c, decodeUtf8, equalBytes, utf8 } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import {
  judgeCopyingDecoder,
  judgeDecoder,
  judgeRejecting,
  require,
  requireBounded,
  requireSameBytes,
} from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import {
  decodeBlobRecord,
  encodeBlobRecord,
} from '../../../packages/data/blobs/src/store/blob-record.ts'
import type { BlobRecord } from '../../../packages/data/blobs/src/store/blob-record.ts'
import { decodeHeld, encodeHeld } from '../../../packages/data/blobs/src/store/held-file.ts'
import {
  decodePackFrame,
  encodePackFrame,
} from '../../../packages/data/blobs/src/store/pack-frame.ts'
import type { PackFrame } from '../../../packages/data/blobs/src/store/pack-frame.ts'
import { NOW_MS, crypto, filled } from '../_material.ts'

const SOURCE = 'packages/data/blobs/src'
const CODES = /^(?:BLOB|STORE)_/

function orUndefined<T>(value: T | undefined): Decoded<T> {
  return value === undefined ? undefined : { ok: true, value }
}

const keys: FuzzTarget = {
  name: 'blobs/key',
  decoders: [`${SOURCE}/blob-id.ts#parseBlobKey`],
  form: 'text',
  seeds: [
    utf8(blobKey(hashBlob(crypto, filled(7, 20_000)))),
    utf8(blobKey(hashBlob(crypto, new Uint8Array()))),
  ],
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => orUndefined(parseBlobKey(decodeUtf8(bytes) ?? '')), {
      encode: (id) => utf8(blobKey(id)),
    }),
}

/** Two chunks, the second of 100 bytes. */
const two = concatBytes(filled(1, CHUNK_BYTES), filled(2, 100))
const twoHasher = new BlobHasher(crypto)
twoHasher.update(two)
const twoHashed = twoHasher.finish()
const [uncle] = unclesOf(crypto, twoHashed.places, twoHashed.nodes, 1)
const secondProof = concatBytes(uncle!, two.subarray(CHUNK_BYTES))

const proofs: FuzzTarget = {
  name: 'blobs/chunk-proof',
  decoders: [`${SOURCE}/merkle/chunk-proof.ts#verifyChunk`],
  form: 'bytes',
  seeds: [secondProof],
  run(input) {
    const isProof = verifyChunk(crypto, twoHashed.id, 1, input.subarray(32), [
      input.subarray(0, 32),
    ])
    require(isProof === equalBytes(input, secondProof), 'proves what is not in the blob')
    return isProof ? 'accepted' : 'refused'
  },
}

function recordOf(id: BlobId, changes: Partial<BlobRecord> = {}): BlobRecord {
  return {
    id,
    isLarge: false,
    isComplete: true,
    addedAtMs: NOW_MS,
    usedAtMs: NOW_MS + 5,
    expiresAtMs: undefined,
    pins: [],
    tags: [],
    ...changes,
  }
}

const content = filled(9, 300)
const small = recordOf(hashBlob(crypto, content), { pins: ['a', 'b'], tags: ['photo'] })
const large = recordOf(twoHashed.id, { isLarge: true, isComplete: false, expiresAtMs: NOW_MS })

const records: FuzzTarget = {
  name: 'blobs/record',
  decoders: [`${SOURCE}/store/blob-record.ts#decodeBlobRecord`],
  form: 'cbor',
  seeds: [small, large].map(encodeBlobRecord),
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => orUndefined(decodeBlobRecord(bytes)), {
      encode: encodeBlobRecord,
    }),
}

const smallFrame: PackFrame = { kind: 'content', record: small }
const frames: readonly PackFrame[] = [
  { kind: 'record', record: large },
  { kind: 'gone', id: small.id },
]

/** The checksum is made right, or nothing else would ever be looked at. */
function mendFrame(input: Uint8Array): Uint8Array {
  const bytes = input.slice()
  if (bytes.length >= 20) new DataView(bytes.buffer).setUint32(0, crc32c(bytes, 4))
  return bytes
}

const packFrames: FuzzTarget = {
  name: 'blobs/pack-frame',
  decoders: [
    `${SOURCE}/store/pack-frame.ts#decodePackFrame`,
    `${SOURCE}/store/pack-frame.ts#readFrameSize`,
  ],
  form: 'bytes',
  seeds: [
    ...frames.map((frame) => encodePackFrame(frame)[0]!),
    encodePackFrame(smallFrame, content)[0]!,
  ],
  run: (input) =>
    judgeDecoder(mendFrame(input), (bytes) => orUndefined(decodePackFrame(bytes)), {
      encode: (frame) => (frame.kind === 'content' ? mendFrame(input) : encodePackFrame(frame)[0]!),
    }),
}

function heldOf(runs: readonly ChunkRun[]): Uint8Array {
  return encodeHeld(twoHashed.id, runs)
}

const held: FuzzTarget = {
  name: 'blobs/held',
  decoders: [`${SOURCE}/store/held-file.ts#decodeHeld`],
  form: 'bytes',
  seeds: [
    heldOf([{ first: 0, count: 2 }]),
    heldOf([]),
    heldOf([
      { first: 1, count: 1 },
      { first: 0, count: 1 },
    ]),
  ],
  run(input) {
    const given = input.slice()
    // The checksums of records are made right as far as there are whole records.
    for (let at = 56; at + 12 <= given.length; at += 12) {
      new DataView(given.buffer).setUint32(at + 8, crc32c(given, at, at + 8))
    }
    const decoded = decodeHeld(twoHashed.id, given)
    if (!decoded) return 'refused'
    require(decoded.intactBytes <= given.length, 'more is intact than there is')
    require([...decoded.chunks].every((chunk) => chunk < 2), 'a chunk of this blob')
    requireBounded(decoded, given.length)
    const again = decodeHeld(twoHashed.id, given.subarray(0, decoded.intactBytes))!
    requireSameBytes(again.chunks.toBits(), decoded.chunks.toBits(), 'the intact part alone')
    return 'accepted'
  },
}

const clock: Clock = {
  wall: () => NOW_MS,
  monotonic: () => 0,
  after(_, callback) {
    queueMicrotask(callback)
    return () => undefined
  },
}

async function storeFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const disk = createMemoryDisk()
  await using store = await BlobStore.open({ disk, clock, crypto })
  await store.put(content, { pinned: 'a', tags: ['photo'] })
  await store.put(two)
  await store.put(filled(3, 100), { ttlMs: 5 })
  await store.delete(hashBlob(crypto, filled(3, 100)))
  const begun = await store.begin(hashBlob(crypto, filled(4, 50)))
  begun.close()
  return disk.files()
}

const files = await storeFiles()
const pathOf = (ending: string): string => [...files.keys()].find((path) => path.endsWith(ending))!
const [packPath, treePath, heldPath] = ['.pack', '.tree', '.held'].map(pathOf) as [
  string,
  string,
  string,
]

/** Whatever the files are, what is given out is what its name says. */
async function judgeStore(changed: ReadonlyMap<string, Uint8Array>): Promise<FuzzVerdict> {
  const disk = createMemoryDisk({ files: new Map([...files, ...changed]) })
  await using store = await BlobStore.open({ disk, clock, crypto })
  let verdict: FuzzVerdict = 'accepted'
  for (const info of [...store.list()]) {
    if (info.sizeBytes > two.length) continue
    const read = await judgeRejecting(
      () => store.read(info.id, 0, info.sizeBytes),
      CODES,
      (bytes) =>
        require(blobKey(hashBlob(crypto, bytes)) === info.key, 'other bytes than the name says'),
    )
    if (read === 'refused' && info.isComplete) verdict = 'refused'
  }
  await store.collect()
  const id = await store.put(content)
  requireSameBytes(await store.read(id, 0, content.length), content, 'what was put after that')
  return verdict
}

const packs: FuzzTarget = {
  name: 'blobs/packs',
  decoders: [
    `${SOURCE}/store/blob-store.ts#open`,
    `${SOURCE}/store/catalog.ts#open`,
    `${SOURCE}/store/pack-journal.ts#open`,
  ],
  form: 'bytes',
  seeds: [files.get(packPath)!],
  smokeInputs: 150,
  run: (input) => judgeStore(new Map([[packPath, input]])),
}

const largeFiles: FuzzTarget = {
  name: 'blobs/large-files',
  decoders: [`${SOURCE}/store/large-body.ts#open`, `${SOURCE}/store/held-file.ts#open`],
  form: 'bytes',
  seeds: [concatBytes(files.get(treePath)!, files.get(heldPath)!)],
  smokeInputs: 150,
  run(input) {
    const split = files.get(treePath)!.length
    return judgeStore(
      new Map([
        [treePath, input.subarray(0, split)],
        [heldPath, input.subarray(split)],
      ]),
    )
  },
}

export const targets: readonly FuzzTarget[] = [
  keys,
  proofs,
  records,
  packFrames,
  held,
  packs,
  largeFiles,
]
