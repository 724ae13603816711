/**
 * How two peers find what they share without naming it: blinded tags.
 *
 * Each side sends a fresh nonce, then for every secret it knows (the discovery secrets of its spaces' newest epochs,
 * the meeting keys of open invitations) the tag `HMAC(secret, domain ‖ own nonce ‖ other nonce ‖ own id ‖ other id)`.
 * The other side computes what the tags of its own secrets would be and looks for them. A stranger sees random bytes,
 * cannot replay them on another connection and learns only a rounded-up count. The ids are those the transport has
 * authenticated, so a relayed tag does not match either.
 *
 * Invariants:
 * 1. A tag proves knowledge of the secret to a peer that knows it too, and says nothing to anyone else.
 * 2. The handle of a space on a connection is the same on both sides and different on every connection.
 */

import { bytesToHex, compareBytes, hexToBytes, utf8 } from '@hamlet/core'
import type { Crypto, Random } from '@hamlet/core'
import { HANDLE_BYTES, TAG_BYTES, TAGS_MAX } from './sync-message.ts'

const TAG_DOMAIN = utf8('hamlet/v1/sync-tag\0')
const HANDLE_DOMAIN = utf8('hamlet/v1/sync-handle\0')
/** The number of tags is rounded up to a multiple of this. */
const TAGS_MULTIPLE = 8

/** One end of a connection: its device id (hex) and the nonce it sent. */
export interface Endpoint {
  readonly peer: string
  readonly nonce: Uint8Array
}

export function meetingTag(
  crypto: Crypto,
  secret: Uint8Array,
  sender: Endpoint,
  receiver: Endpoint,
): Uint8Array {
  const mac = crypto.hmac(
    secret,
    TAG_DOMAIN,
    sender.nonce,
    receiver.nonce,
    hexToBytes(sender.peer),
    hexToBytes(receiver.peer),
  )
  return mac.subarray(0, TAG_BYTES)
}

/** The same on both sides: the endpoints are ordered by device id. */
export function meetingHandle(
  crypto: Crypto,
  secret: Uint8Array,
  a: Endpoint,
  b: Endpoint,
): Uint8Array {
  const [low, high] = a.peer < b.peer ? [a, b] : [b, a]
  return crypto.hmac(secret, HANDLE_DOMAIN, low.nonce, high.nonce).subarray(0, HANDLE_BYTES)
}

/** The tags to send: one per secret, padded with random ones and sorted so that position tells nothing. */
export function tagsToSend(
  crypto: Crypto,
  random: Random,
  secrets: readonly Uint8Array[],
  self: Endpoint,
  other: Endpoint,
): Uint8Array[] {
  const tags = secrets.slice(0, TAGS_MAX).map((secret) => meetingTag(crypto, secret, self, other))
  while (tags.length % TAGS_MULTIPLE !== 0 || tags.length === 0) tags.push(random.bytes(TAG_BYTES))
  return tags.sort(compareBytes)
}

/** Those of `secrets` whose tag the other side sent. */
export function matchTags<T extends { readonly secret: Uint8Array }>(
  crypto: Crypto,
  candidates: readonly T[],
  received: readonly Uint8Array[],
  self: Endpoint,
  other: Endpoint,
): T[] {
  const known = new Set(received.map(bytesToHex))
  return candidates.filter(({ secret }) =>
    known.has(bytesToHex(meetingTag(crypto, secret, other, self))),
  )
}
