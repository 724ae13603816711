/**
 * Fork proofs: two heads signed by one author of which neither tree is a prefix of the other.
 *
 * Both signatures cover the log's id, so the proof stands alone: anyone can check it with nothing but these bytes. It says
 * that in the tree of `b` the first `a.length` leaves have the root `rootAtA`, which is not the root that `a` was signed over.
 *
 * Encoded (frozen since version 1), big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  format version, 1
 *          1    32  public key of the author
 *         33    32  namespace of the log
 *         65   104  head a, see head.ts
 *        169   104  head b; its length is at least that of a
 *        273    32  root of the first a.length leaves of b's tree
 *        305     1  number k of hashes, at most 64
 *        306  32 k  consistency proof (RFC 9162 2.1.4) from a.length to b.length in b's tree
 *
 * Both heads are of one fork of the log (truncation.ts). Unless that is fork 0 the version is 2, and the number of the fork, 4
 * bytes, stands between the namespace and head a.
 */

import { concatBytes, equalBytes, err, ok } from '@hamlet/core'
import { readUint32, writeUint32 } from './frame.ts'
import { HEAD_BYTES, encodeHead, logIdOf, readHead, verifyHead } from './head.ts'
import { PROOF_HASHES_MAX, TRUNCATIONS_MAX } from './limits.ts'
import { isPrefixOfHead } from './state.ts'
import { HASH_BYTES } from './tree.ts'
import type { Crypto, Result } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import type { LogHead } from './head.ts'
import type { ForkProof } from './types.ts'

const VERSION = 1
const VERSION_WITH_FORK = 2
const HEADS_OFFSET = 65
const FIXED_BYTES = 306

/** Whether the author of the log really signed two histories. */
export function verifyForkProof(crypto: Crypto, fork: ForkProof): boolean {
  const { publicKey, namespace, a, b, rootAtA, proof } = fork
  const number = fork.fork ?? 0
  if (publicKey.length !== 32 || namespace.length !== 32 || a.length > b.length) return false
  if (rootAtA.length !== HASH_BYTES || equalBytes(a.root, rootAtA)) return false
  const id = logIdOf(crypto, publicKey, namespace)
  if (![a, b].every((head) => verifyHead(crypto, id, publicKey, head, number))) return false
  return isPrefixOfHead(crypto, a.length, rootAtA, b, proof)
}

/** What one peer answers when asked how its head's tree contains an earlier length. */
export interface PrefixEvidence {
  readonly head: LogHead
  /** Root of the first `length` leaves of the head's tree. */
  readonly root: Uint8Array
  /** Consistency proof from `length` to `head.length`. */
  readonly proof: readonly Uint8Array[]
}

/**
 * The proof that `evidence`, given for `ours.length`, contradicts `ours`; `undefined` when it does not hold or when the heads
 * agree. The shorter head's holder asks: the holder of the longer one can answer.
 */
export function makeForkProof(
  crypto: Crypto,
  log: {
    readonly publicKey: Uint8Array
    readonly namespace: Uint8Array
    readonly fork?: number
  },
  ours: LogHead,
  evidence: PrefixEvidence,
): ForkProof | undefined {
  const { publicKey, namespace } = log
  const { head, root, proof } = evidence
  const heads = { a: ours, b: head, rootAtA: root, proof }
  const fork = { publicKey, namespace, ...forkField(log.fork), ...heads }
  return verifyForkProof(crypto, fork) ? fork : undefined
}

/** Left out for fork 0. */
export function forkField(fork = 0): Pick<ForkProof, 'fork'> {
  return fork === 0 ? {} : { fork }
}

export function encodeForkProof(fork: ForkProof): Uint8Array {
  const number = new Uint8Array(fork.fork ? 4 : 0)
  if (fork.fork) writeUint32(number, 0, fork.fork)
  return concatBytes(
    new Uint8Array([fork.fork ? VERSION_WITH_FORK : VERSION]),
    fork.publicKey,
    fork.namespace,
    number,
    encodeHead(fork.a),
    encodeHead(fork.b),
    fork.rootAtA,
    new Uint8Array([fork.proof.length]),
    ...fork.proof,
  )
}

/** Only the shape is judged: see {@link verifyForkProof}. */
export function decodeForkProof(bytes: Uint8Array): Result<ForkProof, LogRangeError> {
  const version = bytes[0]
  if (version !== VERSION && version !== VERSION_WITH_FORK) return malformed
  const start = version === VERSION ? HEADS_OFFSET : HEADS_OFFSET + 4
  const proofAt = start + FIXED_BYTES - HEADS_OFFSET
  const count = bytes[proofAt - 1] ?? 0
  const fits = bytes.length === proofAt + count * HASH_BYTES
  if (!fits || count > PROOF_HASHES_MAX) return malformed
  const fork = version === VERSION ? 0 : readUint32(bytes, HEADS_OFFSET)
  if (version === VERSION_WITH_FORK && (fork < 1 || fork > TRUNCATIONS_MAX)) return malformed
  const a = readHead(bytes, start)
  const b = readHead(bytes, start + HEAD_BYTES)
  if (!a || !b || a.length > b.length) return malformed
  const proof: Uint8Array[] = []
  for (let at = proofAt; at < bytes.length; at += HASH_BYTES) {
    proof.push(bytes.slice(at, at + HASH_BYTES))
  }
  const [publicKey, namespace] = [bytes.slice(1, 33), bytes.slice(33, HEADS_OFFSET)]
  const rootAtA = bytes.slice(start + 2 * HEAD_BYTES, proofAt - 1)
  return ok({ publicKey, namespace, ...forkField(fork), a, b, rootAtA, proof })
}

const malformed = err({
  code: 'LOG_MALFORMED',
  message: 'expected a fork proof of format version 1 or 2',
} as const)
