/**
 * Heads: what the author of a log signs, and the log's name.
 *
 *     LogId = SHA-256("hamlet/v1/log\0" || public key || namespace)
 *
 * A head's signature is Ed25519 over the text of a C2SP tlog-checkpoint, so that a head is a signed note as it stands:
 *
 *     hamlet/v1/log/<log id, 64 hex digits>\n
 *     <length, decimal>\n
 *     <root, base64>\n
 *
 * The origin line names the log, which separates these signatures from those of every other log and purpose. After the n-th
 * truncation (truncation.ts) it is followed by `/fork/<n>`.
 *
 * Encoded (frozen since version 1), big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  length in blocks, at least 1, at most 2^53 - 1
 *          8    32  root of the tree over them
 *         40    64  signature
 */

import { bytesToBase64, bytesToId, bytesToUint64, utf8 } from '@hamlet/core'
import type { Crypto, LogId, Signer } from '@hamlet/core'
import { equalBytes } from '@hamlet/core'
import { HASH_BYTES } from './tree.ts'

export interface LogHead {
  readonly length: number
  readonly root: Uint8Array
  readonly signature: Uint8Array
}

export const HEAD_BYTES = 104
export const SIGNATURE_BYTES = 64
export const NAMESPACE_BYTES = 32
export const PUBLIC_KEY_BYTES = 32

const DOMAIN = utf8('hamlet/v1/log\0')

/** `publicKey` and `namespace`: 32 bytes each. */
export function logIdOf(crypto: Crypto, publicKey: Uint8Array, namespace: Uint8Array): LogId {
  const input = new Uint8Array(DOMAIN.length + PUBLIC_KEY_BYTES + NAMESPACE_BYTES)
  input.set(DOMAIN)
  input.set(publicKey, DOMAIN.length)
  input.set(namespace, DOMAIN.length + PUBLIC_KEY_BYTES)
  return bytesToId<LogId>(crypto.hash(input))
}

/** First line of the signed text, and the name of the key in a signed note. */
export function originOf(id: LogId, fork = 0): string {
  return fork === 0 ? `hamlet/v1/log/${id}` : `hamlet/v1/log/${id}/fork/${fork}`
}

export function headText(id: LogId, length: number, root: Uint8Array, fork = 0): string {
  return `${originOf(id, fork)}\n${length}\n${bytesToBase64(root)}\n`
}

export function signHead(
  signer: Signer,
  id: LogId,
  length: number,
  root: Uint8Array,
  fork = 0,
): LogHead {
  return { length, root, signature: signer.sign(utf8(headText(id, length, root, fork))) }
}

export function verifyHead(
  crypto: Crypto,
  id: LogId,
  publicKey: Uint8Array,
  head: LogHead,
  fork = 0,
): boolean {
  if (!isHeadShape(head)) return false
  const text = utf8(headText(id, head.length, head.root, fork))
  return crypto.verify(publicKey, text, head.signature)
}

export function isHeadShape(head: LogHead): boolean {
  return (
    Number.isSafeInteger(head.length) &&
    head.length > 0 &&
    head.root.length === HASH_BYTES &&
    head.signature.length === SIGNATURE_BYTES
  )
}

export function equalHeads(a: LogHead, b: LogHead): boolean {
  return a.length === b.length && equalBytes(a.root, b.root) && equalBytes(a.signature, b.signature)
}

export function encodeHead(head: LogHead): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES)
  writeHead(bytes, 0, head)
  return bytes
}

/** The head, or `undefined` unless `bytes` are exactly one. The root and signature are copies. */
export function decodeHead(bytes: Uint8Array): LogHead | undefined {
  return bytes.length === HEAD_BYTES ? readHead(bytes, 0) : undefined
}

export function writeHead(target: Uint8Array, offset: number, head: LogHead): void {
  new DataView(target.buffer, target.byteOffset).setBigUint64(offset, BigInt(head.length))
  target.set(head.root, offset + 8)
  target.set(head.signature, offset + 8 + HASH_BYTES)
}

/** `undefined` when the length is 0 or not a safe integer; `bytes` holds at least 104 from `offset`. */
export function readHead(bytes: Uint8Array, offset: number): LogHead | undefined {
  const length = bytesToUint64(bytes, offset)
  if (length === undefined || length === 0) return undefined
  const rootAt = offset + 8
  const signatureAt = rootAt + HASH_BYTES
  return {
    length,
    root: bytes.slice(rootAt, signatureAt),
    signature: bytes.slice(signatureAt, offset + HEAD_BYTES),
  }
}
