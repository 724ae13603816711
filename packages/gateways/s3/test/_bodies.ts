/** Bodies and bytes for tests of backends. */

import { concatBytes, utf8 } from '@hamlet/core'
import { OwnBody } from '../src/body/incoming-body.ts'
import type { ChecksumAlgorithm } from '../src/checksums/checksum.ts'
import { S3Error } from '../src/errors.ts'
import type { IncomingBody, S3Backend } from '../src/s3-backend.ts'

export type BackendTest = (title: string, body: (backend: S3Backend) => Promise<void>) => void

/** The bucket of most tests. */
export const BUCKET = 'photos'

/** Bytes that differ from place to place and from seed to seed. */
export function bytesOf(count: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(count)
  for (let i = 0; i < count; i++) bytes[i] = Math.imul(i + 1, 0x9e3779b1 + 2 * seed) >>> 24
  return bytes
}

export function bodyOf(
  bytes: Uint8Array,
  algorithm?: ChecksumAlgorithm,
  pieceBytes = 100_000,
): IncomingBody {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes)
  }
  return new OwnBody(pieces(), bytes.length, algorithm)
}

/** Breaks off behind these bytes. */
export function brokenBody(bytes: Uint8Array): IncomingBody {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes
    throw new S3Error('BadDigest')
  }
  return new OwnBody(pieces(), 2 * bytes.length, undefined)
}

export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return concatBytes(...all)
}

export async function readObject(
  backend: S3Backend,
  bucket: string,
  key: string,
): Promise<Uint8Array> {
  const object = await backend.open(bucket, key)
  try {
    return await readAll(object.read(0, object.info.sizeBytes))
  } finally {
    await object.close()
  }
}

/** The etag. */
export async function put(
  backend: S3Backend,
  key: string,
  content: Uint8Array | string,
  bucket: string = BUCKET,
): Promise<string> {
  const body = bodyOf(typeof content === 'string' ? utf8(content) : content)
  const { etag } = await backend.put(bucket, key, body, { headers: {} })
  return etag
}
