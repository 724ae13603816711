/** What tests of catalogs are made of: fixed chance, a scope, operations of every kind. */

import { bytesToId } from '@hamlet/core'
import type { DeviceId, Random } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { toCatalogId, toObjectId } from '../../src/index.ts'
import type {
  CatalogId,
  CatalogOperation,
  CatalogScope,
  FileFacts,
  ObjectId,
} from '../../src/index.ts'

export const crypto = createNodeCrypto()
export const device = (byte: number): DeviceId => bytesToId(new Uint8Array(32).fill(byte))
export const object = (byte: number): ObjectId => toObjectId(new Uint8Array(32).fill(byte))
export const id = <T extends CatalogId>(byte: number): T =>
  toCatalogId<T>(new Uint8Array(16).fill(byte))
export const scope: CatalogScope = {
  space: bytesToId(new Uint8Array(32).fill(0x51)),
  person: bytesToId(new Uint8Array(32).fill(0x52)),
}

/** Bytes of SHA-256 over a seed and a counter. */
export function fixedRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = crypto.hash(Uint8Array.of(seed, counter >> 8, counter & 0xff))
        counter++
        bytes.set(block.subarray(0, Math.min(32, count - offset)), offset)
      }
      return bytes
    },
  }
}

export function facts(byte: number, sizeBytes: number): FileFacts {
  return {
    sizeBytes,
    mtimeMs: 1_800_000_000_000,
    sha256: byte.toString(16).padStart(2, '0').repeat(32),
    etag: undefined,
    isExecutable: false,
    mediaType: undefined,
    meta: [],
  }
}

export const EVERY_KIND: readonly CatalogOperation[] = [
  { kind: 'objects', objects: [{ object: object(1), key: new Uint8Array(32).fill(2) }] },
  { kind: 'folder', node: id(3), parent: undefined, name: 'Photos' },
  { kind: 'file', node: id(4), parent: id(3), name: 'sea.jpg' },
  { kind: 'move', node: id(4), parent: undefined, name: 'lake.jpg' },
  {
    kind: 'version',
    node: id(4),
    version: id(5),
    replaces: [id(6)],
    ...facts(7, 3_000),
    etag: '"abc-2"',
    isExecutable: true,
    mediaType: 'image/jpeg',
    meta: [
      ['mtime', '1.5'],
      ['who', ''],
    ],
    body: { partCount: 2, parts: [{ object: object(1), offset: 10, length: 2_000 }] },
  },
  {
    kind: 'parts',
    version: id(5),
    from: 1,
    parts: [{ object: object(8), offset: 0, length: 1_000 }],
  },
  {
    kind: 'version',
    node: id(9),
    version: id(10),
    replaces: [],
    ...facts(11, 2),
    mtimeMs: -1,
    body: { literal: Uint8Array.of(104, 105) },
  },
  { kind: 'delete', node: id(4), versions: [id(5)] },
  { kind: 'revive', node: id(4), versions: [id(5)] },
  { kind: 'purge', node: id(4), versions: [id(5), id(6)] },
  { kind: 'snapshot', snapshot: id(12), name: 'Before', vector: [[device(13), 14]] },
  { kind: 'forget-snapshot', snapshot: id(12) },
]
