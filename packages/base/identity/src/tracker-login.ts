/**
 * What a device signs to log in at a tracker: domain `tracker-login` over these lines of ASCII, each ended by `\n`.
 *
 *     login                     or `renew`
 *     tracker.example           host of the tracker's address as the device has it, with the port unless it is the default
 *     <challenge>               or the token that is renewed
 *
 * The host is what ties the answer to one tracker: another one that passes a challenge on gets a signature for its own
 * name, which is worth nothing where the challenge came from.
 */

import { utf8 } from '@hamlet/core'
import type { Crypto, Signer } from '@hamlet/core'

import { signDomain, verifyDomain } from './domain.ts'

export type TrackerLoginAct = 'login' | 'renew'

export function trackerLoginBytes(
  act: TrackerLoginAct,
  host: string,
  challenge: string,
): Uint8Array {
  return utf8(`${act}\n${host}\n${challenge}\n`)
}

/** 64 bytes. */
export function signTrackerLogin(
  signer: Signer,
  act: TrackerLoginAct,
  host: string,
  challenge: string,
): Uint8Array {
  return signDomain(signer, 'tracker-login', trackerLoginBytes(act, host, challenge))
}

export function verifyTrackerLogin(
  crypto: Crypto,
  publicKey: Uint8Array,
  login: { readonly act: TrackerLoginAct; readonly host: string; readonly challenge: string },
  signature: Uint8Array,
): boolean {
  const bytes = trackerLoginBytes(login.act, login.host, login.challenge)
  return verifyDomain(crypto, publicKey, 'tracker-login', bytes, signature)
}
