/** Names of receipts, swarms and proofs: 64 hex digits, each kind with a brand of its own. */

import { bytesToHex, concatBytes, idToBytes, uint64ToBytes, utf8 } from '@hamlet/core'
import type { Crypto, DeviceId, FieldReader, SpaceId } from '@hamlet/core'

declare const kind: unique symbol
type Digest<Kind extends string> = string & { readonly [kind]: Kind }

/** The hash of what a receipt says, signatures aside. */
export type ReceiptId = Digest<'receipt'>
/** A blob, under a name that only members of the group can tell from others: see {@link blindSwarm}. */
export type SwarmId = Digest<'swarm'>
/** The hash of what a transfer says, signatures aside. */
export type TransferId = Digest<'transfer'>
/** The hash of a fraud proof. */
export type ProofId = Digest<'proof'>

/** An ordered pair of devices in a group: who received, and from whom. */
export interface Pair {
  /** `undefined`: in public. */
  readonly group: SpaceId | undefined
  /** Who received, and owes. */
  readonly payer: DeviceId
  /** Who sent, and is owed. */
  readonly payee: DeviceId
}

export const DIGEST_BYTES = 32
const SWARM_LABEL = utf8('hamlet/v1/receipt-swarm\0')
const PIECES_LABEL = utf8('hamlet/v1/receipt-pieces\0')

export function bytesToDigest<T extends ReceiptId | SwarmId | TransferId | ProofId>(
  bytes: Uint8Array,
): T {
  return bytesToHex(bytes) as string as T
}

export function readDigest<T extends ReceiptId | SwarmId | TransferId | ProofId>(
  fields: FieldReader,
): T {
  return bytesToDigest<T>(fields.bytes(DIGEST_BYTES))
}

export function pairKey({ group, payer, payee }: Pair): string {
  return `${group ?? 'public'}/${payer}/${payee}`
}

/** The group as a field of a format: 32 bytes, or null in public. */
export function groupToCbor(group: SpaceId | undefined): Uint8Array | null {
  return group === undefined ? null : idToBytes(group)
}

/**
 * The name of a blob in receipts. `secret`: one that all members know, 32 bytes; in public, anything agreed. `topic`: that
 * of the swarm, 32 bytes.
 */
export function blindSwarm(crypto: Crypto, secret: Uint8Array, topic: Uint8Array): SwarmId {
  return bytesToDigest(crypto.hmac(secret, SWARM_LABEL, topic))
}

/** What a receipt names its chunks by: their numbers in ascending order, under the blinded name of the blob. */
export function digestPieces(
  crypto: Crypto,
  swarm: SwarmId,
  pieces: readonly number[],
): Uint8Array {
  const numbers = [...pieces].sort((a, b) => a - b).map(uint64ToBytes)
  return crypto.hash(PIECES_LABEL, hexOf(swarm), concatBytes(...numbers))
}

function hexOf(digest: string): Uint8Array {
  return idToBytes(digest as DeviceId)
}
