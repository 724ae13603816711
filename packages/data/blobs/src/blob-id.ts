/**
 * The name of a blob: the BEP 52 root of its bytes, and how many they are.
 *
 * The root alone would do to recognise bytes, but not to ask for them: how many leaves there are decides the shape of the
 * tree, and what may be allocated for it. So the size is a part of the name, and a blob claimed with another size is another blob.
 *
 * The text form, a {@link BlobKey}, is `<64 hex digits of the root>-<decimal size>`. Each blob has exactly one, made of characters
 * that are plain in file names and web addresses. Worked example: the one byte 00 is
 * `6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d-1`; the empty blob is 64 zeros, then `-0`.
 */

import { assert, bytesToHex, equalBytes, hexToBytes } from '@hamlet/core'
import { BLOB_BYTES_MAX } from './limits.ts'

declare const brand: unique symbol

export interface BlobId {
  /** 32 bytes; all zero for the empty blob. */
  readonly root: Uint8Array
  readonly sizeBytes: number
}

export type BlobKey = string & { readonly [brand]: 'blob' }

export const ROOT_BYTES = 32
/** The empty blob has no leaf to hash. */
export const EMPTY_BLOB: BlobId = { root: new Uint8Array(ROOT_BYTES), sizeBytes: 0 }

const KEY = /^([0-9a-f]{64})-(0|[1-9][0-9]{0,12})$/

/** Whether root and size can belong to a blob at all. */
export function isBlobId(root: Uint8Array, sizeBytes: number): boolean {
  if (root.length !== ROOT_BYTES || !Number.isSafeInteger(sizeBytes)) return false
  if (sizeBytes < 0 || sizeBytes > BLOB_BYTES_MAX) return false
  return sizeBytes > 0 || equalBytes(root, EMPTY_BLOB.root)
}

export function blobKey(id: BlobId): BlobKey {
  assert(isBlobId(id.root, id.sizeBytes), 'a blob id has a root of 32 bytes and a size')
  return `${bytesToHex(id.root)}-${id.sizeBytes}` as BlobKey
}

/** The id written in `text`, or `undefined` when it is not a blob's key in its one form. */
export function parseBlobKey(text: string): BlobId | undefined {
  const match = KEY.exec(text)
  if (!match) return undefined
  const id = { root: hexToBytes(match[1]!), sizeBytes: Number(match[2]) }
  return isBlobId(id.root, id.sizeBytes) ? id : undefined
}

export function isSameBlob(a: BlobId, b: BlobId): boolean {
  return a.sizeBytes === b.sizeBytes && equalBytes(a.root, b.root)
}
