/**
 * Truncations: how an author takes back the end of a log, visibly.
 *
 * Every truncation begins a fork of the log, numbered from 1. The heads of fork n sign a text with another first line than those of
 * fork n - 1, so no head of one can be taken for one of the other, and the statement that leads from one to the other is signed too:
 * whoever sees it can check, with nothing but these bytes, that what was kept is the beginning of what there was. Two
 * statements for one fork that differ are a proof that the author showed two histories.
 *
 * The statement's signature is over
 *
 *     hamlet/v1/log/<log id, 64 hex digits>/fork/<n>/truncation\n
 *     <blocks kept, decimal>\n
 *     <their root, base64>\n
 *     <length of the last head of fork n - 1, decimal>\n
 *     <its root, base64>\n
 *
 * Encoded (frozen since version 1), big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  format version, 1
 *          1    32  public key of the author
 *         33    32  namespace of the log
 *         65     4  n, the fork that begins, 1 to 256
 *         69     8  blocks kept, less than those of the last head
 *         77    32  root of the tree over them
 *        109    64  signature of a head of fork n over these two, see head.ts
 *        173   104  the last head of fork n - 1
 *        277    64  signature of the statement
 *        341     1  number k of hashes, at most 64
 *        342  32 k  consistency proof (RFC 9162 2.1.4) from the blocks kept to the last head; none when nothing was kept
 */

import { bytesToBase64, bytesToUint64, concatBytes, equalBytes, err, ok, utf8 } from '@hamlet/core'
import { readUint32, writeUint32, writeUint64 } from './frame.ts'
import {
  HEAD_BYTES,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  encodeHead,
  headText,
  isHeadShape,
  logIdOf,
  originOf,
  readHead,
  verifyHead,
} from './head.ts'
import { PROOF_HASHES_MAX, TRUNCATIONS_MAX } from './limits.ts'
import { isPrefixOfHead } from './state.ts'
import { HASH_BYTES, TreeHasher } from './tree.ts'
import type { Crypto, LogId, Result, Signer } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import type { LogHead } from './head.ts'
import type { Truncation } from './types.ts'

const VERSION = 1
const FIXED_BYTES = 342
export const TRUNCATION_BYTES_MAX = FIXED_BYTES + PROOF_HASHES_MAX * HASH_BYTES

type Statement = Pick<Truncation, 'fork' | 'kept' | 'last'>

/** What the author signs. */
export function truncationText(id: LogId, { fork, kept, last }: Statement): string {
  const roots = [kept, last].map(({ length, root }) => `${length}\n${bytesToBase64(root)}\n`)
  return `${originOf(id, fork)}/truncation\n${roots.join('')}`
}

/** The statement that begins `fork`. `kept`: the blocks that stay and their root. `proof` leads from them to `last`. */
export function signTruncation(
  signer: Signer,
  namespace: Uint8Array,
  id: LogId,
  statement: {
    readonly fork: number
    readonly kept: Pick<LogHead, 'length' | 'root'>
    readonly last: LogHead
    readonly proof: readonly Uint8Array[]
  },
): Truncation {
  const { fork, last, proof } = statement
  const { length, root } = statement.kept
  const kept = { length, root, signature: signer.sign(utf8(headText(id, length, root, fork))) }
  const signature = signer.sign(utf8(truncationText(id, { fork, kept, last })))
  return { publicKey: signer.publicKey, namespace, fork, kept, last, proof, signature }
}

/** Whether the author really truncated the log like this. */
export function verifyTruncation(crypto: Crypto, truncation: Truncation): boolean {
  const { publicKey, namespace, fork, kept, last, proof, signature } = truncation
  if (!isShape(truncation)) return false
  const id = logIdOf(crypto, publicKey, namespace)
  const isBeginning =
    kept.length === 0
      ? proof.length === 0 && equalBytes(kept.root, new TreeHasher(crypto).empty())
      : isPrefixOfHead(crypto, kept.length, kept.root, last, proof)
  if (!isBeginning || !verifyHead(crypto, id, publicKey, last, fork - 1)) return false
  const keptText = utf8(headText(id, kept.length, kept.root, fork))
  if (!crypto.verify(publicKey, keptText, kept.signature)) return false
  return crypto.verify(publicKey, utf8(truncationText(id, truncation)), signature)
}

function isShape({ publicKey, namespace, fork, kept, last, signature }: Truncation): boolean {
  if (publicKey.length !== PUBLIC_KEY_BYTES || namespace.length !== PUBLIC_KEY_BYTES) return false
  if (!Number.isSafeInteger(fork) || fork < 1 || fork > TRUNCATIONS_MAX) return false
  if (!Number.isSafeInteger(kept.length) || kept.length < 0 || !isHeadShape(last)) return false
  if (kept.root.length !== HASH_BYTES || kept.signature.length !== SIGNATURE_BYTES) return false
  return kept.length < last.length && signature.length === SIGNATURE_BYTES
}

export function encodeTruncation(truncation: Truncation): Uint8Array {
  const { publicKey, namespace, fork, kept, last, proof, signature } = truncation
  const start = new Uint8Array(FIXED_BYTES)
  start[0] = VERSION
  start.set(publicKey, 1)
  start.set(namespace, 33)
  writeUint32(start, 65, fork)
  writeUint64(start, 69, kept.length)
  start.set(kept.root, 77)
  start.set(kept.signature, 109)
  start.set(encodeHead(last), 173)
  start.set(signature, 277)
  start[341] = proof.length
  return concatBytes(start, ...proof)
}

/** Only the shape is judged: see {@link verifyTruncation}. */
export function decodeTruncation(bytes: Uint8Array): Result<Truncation, LogRangeError> {
  const hashes = bytes[FIXED_BYTES - 1] ?? 0
  const fits = bytes.length === FIXED_BYTES + hashes * HASH_BYTES
  if (!fits || bytes[0] !== VERSION || hashes > PROOF_HASHES_MAX) return malformed
  const fork = readUint32(bytes, 65)
  const length = bytesToUint64(bytes, 69)
  const last = readHead(bytes, 173)
  if (fork < 1 || fork > TRUNCATIONS_MAX || length === undefined || !last) return malformed
  if (length >= last.length || (length === 0 && hashes > 0)) return malformed
  const proof: Uint8Array[] = []
  for (let at = FIXED_BYTES; at < bytes.length; at += HASH_BYTES) {
    proof.push(bytes.slice(at, at + HASH_BYTES))
  }
  return ok({
    publicKey: bytes.slice(1, 33),
    namespace: bytes.slice(33, 65),
    fork,
    kept: { length, root: bytes.slice(77, 109), signature: bytes.slice(109, 173) },
    last,
    proof,
    signature: bytes.slice(173 + HEAD_BYTES, FIXED_BYTES - 1),
  })
}

/** Whether two statements say the same of one fork of one log; their proofs do not matter. */
export function equalTruncations(a: Truncation, b: Truncation): boolean {
  return (
    a.fork === b.fork &&
    equalBytes(a.publicKey, b.publicKey) &&
    equalBytes(a.namespace, b.namespace) &&
    isSameTree(a.kept, b.kept) &&
    isSameTree(a.last, b.last)
  )
}

function isSameTree(a: LogHead, b: LogHead): boolean {
  return a.length === b.length && equalBytes(a.root, b.root)
}

const malformed = err({
  code: 'LOG_MALFORMED',
  message: 'expected a truncation of format version 1',
} as const)
