/** What a request says about the hash of its body: the value of `x-amz-content-sha256`. */

import { S3Error } from '../errors.ts'

export type PayloadMode =
  | { readonly kind: 'hash'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunks'; readonly signed: boolean; readonly trailer: boolean }

const HASH = /^[0-9a-f]{64}$/

const NAMED: Readonly<Record<string, PayloadMode>> = {
  'UNSIGNED-PAYLOAD': { kind: 'unsigned' },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunks', signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunks', signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunks', signed: false, trailer: true },
}

/** @throws S3Error `InvalidRequest`, `InvalidArgument` */
export function parsePayloadMode(value: string): PayloadMode {
  if (HASH.test(value)) return { kind: 'hash', sha256: value }
  if (Object.hasOwn(NAMED, value)) return NAMED[value]!
  throw new S3Error(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING mode that is known, or a SHA-256 in hex.',
  )
}
