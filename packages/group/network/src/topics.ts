/**
 * Rendezvous topics: where the members of a group meet in a public DHT without naming the group.
 *
 * The idea: everybody who knows a secret derives, for each UTC day, the same topic, and from the topic a few Ed25519
 * keys (the slots) and one encryption key. A device announces its addresses under the public key of a slot, so any DHT
 * node can check the record, while only those who know the secret can find it, tell two days apart or read it.
 *
 *     topic(day)      = HMAC-SHA256(secret, "hamlet/v1/rendezvous\0" ‖ day)            day: uint64, days since 1970
 *     slot key(i)     = Ed25519 seed HKDF(topic, no salt, "hamlet/v1/rendezvous-slot\0" ‖ i, 32)     i: one byte, 0 … 7
 *     sealing key     = HKDF(topic, no salt, "hamlet/v1/rendezvous-seal\0", 32)
 *
 * Invariant: without the secret, the topics and slots of two days cannot be linked (each is a PRF output of its own).
 */

import { assert, concatBytes, uint64ToBytes, utf8, type Crypto, type Signer } from '@hamlet/core'
import { RENDEZVOUS_SLOTS } from './limits.ts'

const DAY_MS = 86_400_000
const TOPIC_DOMAIN = utf8('hamlet/v1/rendezvous\0')
const SLOT_DOMAIN = utf8('hamlet/v1/rendezvous-slot\0')
const SEAL_DOMAIN = utf8('hamlet/v1/rendezvous-seal\0')
const NO_SALT = new Uint8Array(0)

export const SECRET_BYTES = 32

/** Days since 1970-01-01 UTC. */
export function utcDay(wallMs: number): number {
  return Math.max(0, Math.floor(wallMs / DAY_MS))
}

/** The topic of a 32-byte secret on a day: 32 bytes. */
export function rendezvousTopic(crypto: Crypto, secret: Uint8Array, day: number): Uint8Array {
  assert(secret.length === SECRET_BYTES, `a rendezvous secret has ${SECRET_BYTES} bytes`)
  return crypto.hmac(secret, TOPIC_DOMAIN, uint64ToBytes(day))
}

/** The signer whose public key names the slot in the DHT. */
export function slotSigner(crypto: Crypto, topic: Uint8Array, slot: number): Signer {
  assert(Number.isInteger(slot) && slot >= 0 && slot < RENDEZVOUS_SLOTS, 'no such slot')
  const info = concatBytes(SLOT_DOMAIN, Uint8Array.of(slot))
  return crypto.signer(crypto.hkdf(topic, NO_SALT, info, 32))
}

/** The key under which the address lists of a topic are sealed: 32 bytes. */
export function sealingKey(crypto: Crypto, topic: Uint8Array): Uint8Array {
  return crypto.hkdf(topic, NO_SALT, SEAL_DOMAIN, 32)
}

/** The slot a device tries first, spread evenly over the members. */
export function preferredSlot(crypto: Crypto, topic: Uint8Array, device: Uint8Array): number {
  return crypto.hash(topic, device)[0]! % RENDEZVOUS_SLOTS
}

/**
 * The slot to announce in, given who holds each one now (`undefined`: free): its own, else the first free one from the
 * preferred on, else the preferred one, whose holder moves on when it announces next.
 */
export function chooseSlot(
  holders: readonly (string | undefined)[],
  device: string,
  preferred: number,
): number {
  const own = holders.indexOf(device)
  if (own !== -1) return own
  for (let step = 0; step < RENDEZVOUS_SLOTS; step++) {
    const slot = (preferred + step) % RENDEZVOUS_SLOTS
    if (holders[slot] === undefined) return slot
  }
  return preferred
}
