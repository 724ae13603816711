/**
 * Dots: names of single operations, by which replicas tell what they have seen.
 *
 * A dot is the name of a replica and a number that this replica uses once. Nobody chooses dots: whoever takes in an
 * operation derives them from the verified entry that carried it, so that a liar can name none but its own.
 *
 * - `logDot`: the log's id and the entry's place in it. A log with a million entries is one row of a context. Should a
 *   forked log have two entries at one place, both get one dot; replicas still end up equal (the greater content wins),
 *   and the fork is proven elsewhere.
 * - `entryDot`: the hash of the entry, and which of its operations. Nobody can make two operations of one name, as in
 *   Kleppmann, "Making CRDTs Byzantine fault tolerant" (2022), and an entry needs no log; but each entry whose
 *   operations came is a row of a context. It suits entries that carry many operations.
 */

import { assert, bytesToBase64Url } from '@hamlet/core'

export interface Dot<Replica extends string = string> {
  readonly replica: Replica
  readonly seq: number
}

/**
 * Operations of one entry that have dots. Small, since numbers below 2^31 are the fast and short ones: half a million
 * entries stay below.
 */
export const ENTRY_OPERATIONS_MAX = 4096
/** Of an entry's hash, which is SHA-256: finding two equal prefixes takes 2^64 hashes. */
const HASH_PREFIX_BYTES = 16

/** The dot of an operation in the entry at `index` of a log. */
export function logDot(log: string, index: number, operation = 0): Dot {
  checkOperation(operation)
  const seq = index * ENTRY_OPERATIONS_MAX + operation
  assert(Number.isSafeInteger(seq) && index >= 0, 'expected an index below 2^41')
  return { replica: log, seq }
}

/** The dot of an operation in the entry with this hash (32 bytes). */
export function entryDot(hash: Uint8Array, operation = 0): Dot {
  checkOperation(operation)
  assert(hash.length === 32, `expected a hash of 32 bytes, got ${hash.length}`)
  return { replica: bytesToBase64Url(hash.subarray(0, HASH_PREFIX_BYTES)), seq: operation }
}

function checkOperation(operation: number): void {
  const isNumber = Number.isInteger(operation) && operation >= 0
  assert(isNumber && operation < ENTRY_OPERATIONS_MAX, 'expected an operation below 4,096')
}
