/**
 * Domain-separated signatures: what is signed for one purpose can never be shown for another.
 *
 * The signed message is `"hamlet/v1/" name "\0"` followed by the bytes. No name contains a zero byte, so no two
 * domains can give the same message. A device key also signs two things of other shapes: heads of its logs, which
 * are signed notes that start with `hamlet/v1/log/`, and libp2p handshakes, which start with a prefix of libp2p's
 * own; neither has a zero byte where a domain name would end.
 *
 * This list is the one place where domains are named; a new kind of signature gets a new name here.
 */

import { concatBytes, utf8 } from '@hamlet/core'
import type { Crypto, Signer } from '@hamlet/core'

export const SIGNATURE_DOMAINS = [
  /** A person certifies a device. */
  'device-certificate',
  /** A device accepts the person and vouches for its prekey, in the same certificate. */
  'device-claim',
  /** A device announces its next prekey. */
  'prekey',
  /** A person certifies the key of an API client. */
  'client-certificate',
  /** An API client signs an operation that a device carries in its log. */
  'client-operation',
  /** The invitation key and the joiner sign a request to join. */
  'join-request',
  /** A device states what it stores of a space. */
  'holding',
  /** A device proves to a peer that it belongs to a space. */
  'membership',
  /** A device reports two heads of one log that contradict each other. */
  'fork',
  /** A person takes a device's right away. */
  'device-revoke',
  /** A person unfreezes a device after a fork. */
  'device-reset',
  /** An admin agrees to a new owner. */
  'owner-transfer',
  /** A device announces its addresses under a daily topic. */
  'rendezvous',
  /** A device derives the key of its epoch secrets on disk. */
  'epoch-store',
  /** A device proves to another that it is this person's, to be told of their spaces. */
  'device-recover',
  /** A device publishes a space for everybody to find. */
  'listing',
  /** A device says what it received from another, and verified. */
  'receipt',
  /** The other device agrees. */
  'receipt-countersigned',
  /** A device gives credit of its person's away. */
  'credit-transfer',
  /** Who gets it, or somebody of the group that gets it, accepts. */
  'credit-transfer-accepted',
  /** A device logs in at a tracker. */
  'tracker-login',
  /** A single entry outside a signed head. */
  'entry',
] as const

export type SignatureDomain = (typeof SIGNATURE_DOMAINS)[number]

const prefixByDomain = new Map<SignatureDomain, Uint8Array>(
  SIGNATURE_DOMAINS.map((domain) => [domain, utf8(`hamlet/v1/${domain}\0`)]),
)

/** What is really signed; for signers that are not a `Signer`, such as a WebCrypto key. */
export function domainMessage(domain: SignatureDomain, bytes: Uint8Array): Uint8Array {
  return concatBytes(prefixByDomain.get(domain)!, bytes)
}

/** Ed25519 signature, 64 bytes. */
export function signDomain(signer: Signer, domain: SignatureDomain, bytes: Uint8Array): Uint8Array {
  return signer.sign(domainMessage(domain, bytes))
}

export function verifyDomain(
  crypto: Crypto,
  publicKey: Uint8Array,
  domain: SignatureDomain,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return crypto.verify(publicKey, domainMessage(domain, bytes), signature)
}
