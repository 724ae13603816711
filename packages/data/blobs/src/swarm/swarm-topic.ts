/**
 * How a swarm is named to others: so that only who knows the blob's root can say the name, or learns anything from it.
 *
 * The topic is also the key of records in a DHT and at trackers, whose keepers learn no root from it. A proof binds both devices of a line:
 * whoever sees one can use it nowhere else.
 */

import { hexToBytes, uint64ToBytes, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'

const TOPIC_DOMAIN = utf8('hamlet/v1/swarm-topic\0')
const OPEN_DOMAIN = utf8('hamlet/v1/swarm-open\0')

/** 32 bytes. */
export function swarmTopic(crypto: Crypto, { root, sizeBytes }: BlobId): Uint8Array {
  return crypto.hmac(root, TOPIC_DOMAIN, uint64ToBytes(sizeBytes))
}

/** That `sender` knows the root, for `receiver`, both device ids in hex. */
export function swarmProof(
  crypto: Crypto,
  root: Uint8Array,
  sender: string,
  receiver: string,
): Uint8Array {
  return crypto.hmac(root, OPEN_DOMAIN, hexToBytes(sender), hexToBytes(receiver))
}
