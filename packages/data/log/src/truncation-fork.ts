/**
 * Two truncations that begin the same fork of one log and differ: the author showed two histories. Anyone can verify it with
 * nothing else.
 *
 * Encoded (frozen since version 1), big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  format version, 1
 *          1     2  length of statement a
 *          3     …  statements a and b, see truncation.ts; in the order of their bytes
 */

import { compareBytes, concatBytes, equalBytes, err, ok } from '@hamlet/core'
import {
  decodeTruncation,
  encodeTruncation,
  equalTruncations,
  verifyTruncation,
} from './truncation.ts'
import type { Crypto, Result } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import type { Truncation, TruncationFork } from './types.ts'

const VERSION = 1
const STATEMENTS_OFFSET = 3

/** The proof with its statements in their order. */
export function makeTruncationFork(ours: Truncation, theirs: Truncation): TruncationFork {
  const isOrdered = compareBytes(encodeTruncation(ours), encodeTruncation(theirs)) < 0
  return isOrdered ? { a: ours, b: theirs } : { a: theirs, b: ours }
}

export function verifyTruncationFork(crypto: Crypto, { a, b }: TruncationFork): boolean {
  return isOfOneFork(a, b) && verifyTruncation(crypto, a) && verifyTruncation(crypto, b)
}

function isOfOneFork(a: Truncation, b: Truncation): boolean {
  const isOneLog = equalBytes(a.publicKey, b.publicKey) && equalBytes(a.namespace, b.namespace)
  return isOneLog && a.fork === b.fork && !equalTruncations(a, b)
}

export function encodeTruncationFork(fork: TruncationFork): Uint8Array {
  const [a, b] = [encodeTruncation(fork.a), encodeTruncation(fork.b)]
  return concatBytes(new Uint8Array([VERSION, a.length >> 8, a.length & 0xff]), a, b)
}

/** Only the shape is judged: see {@link verifyTruncationFork}. */
export function decodeTruncationFork(bytes: Uint8Array): Result<TruncationFork, LogRangeError> {
  if (bytes.length < STATEMENTS_OFFSET || bytes[0] !== VERSION) return malformed
  const middle = STATEMENTS_OFFSET + bytes[1]! * 256 + bytes[2]!
  const [first, second] = [bytes.subarray(STATEMENTS_OFFSET, middle), bytes.subarray(middle)]
  if (middle > bytes.length || compareBytes(first, second) >= 0) return malformed
  const [a, b] = [decodeTruncation(first), decodeTruncation(second)]
  if (!a.ok || !b.ok || !isOfOneFork(a.value, b.value)) return malformed
  return ok({ a: a.value, b: b.value })
}

const malformed = err({
  code: 'LOG_MALFORMED',
  message: 'expected two truncations of one fork, format version 1',
} as const)
