/**
 * Replacing prekeys: what is sealed to a device today must not be readable with what a thief finds on it in a month.
 *
 * A device makes a new prekey every seven days and throws a private half away fourteen days after it was replaced; by
 * then seals to it have arrived or never will. The prekey named in the device's certificate is what strangers seal to,
 * so it stays until there is a certificate with a newer one, and that takes the person's root key.
 *
 * Source: `reference/security.md` 3.4. Invariant: serials rise, and the certified prekey is never missing.
 */

import { assert } from '@hamlet/core'
import type { Crypto, Random } from '@hamlet/core'

import { certifyDevice, claimDevice } from './device-certificate.ts'
import { encodeDeviceCertificate, openDeviceCertificate } from './device-certificate.ts'
import type { DeviceCertificate } from './device-certificate.ts'
import { PREKEYS_MAX } from './key-file.ts'
import type { KeyRing } from './key-file.ts'
import { createPrekey, derivePersonKeys } from './keys.ts'
import type { PrekeySecret } from './keys.ts'

const DAY_MS = 24 * 3_600_000
/** A prekey older than this is replaced. */
export const PREKEY_MS_MAX = 7 * DAY_MS
/** A replaced prekey is kept this long. */
export const PREKEY_KEPT_MS = 14 * DAY_MS

/** The key ring as it should be now; the same object when nothing is due. */
export function renewPrekeys(
  crypto: Crypto,
  random: Random,
  keys: KeyRing,
  nowMs: number,
): KeyRing {
  const newest = keys.prekeys.at(-1)!
  // A clock that was ahead must not keep a prekey for years.
  const isFresh = nowMs - newest.createdAtMs < PREKEY_MS_MAX && newest.createdAtMs <= nowMs
  const prekeys = isFresh
    ? keys.prekeys
    : [...keys.prekeys, createPrekey(random, newest.serial + 1, nowMs)]
  const certificate = isFresh ? keys.certificate : certifyAgain(crypto, keys, prekeys, nowMs)
  const opened = openDeviceCertificate(crypto, certificate)
  assert(opened.ok, 'the certificate of a key ring is valid')
  const kept = prekeysToKeep(prekeys, opened.value, nowMs)
  const isSame = isFresh && kept.length === keys.prekeys.length
  return isSame ? keys : { ...keys, prekeys: kept, certificate }
}

/** With the newest prekey, where the root key is at hand; else as it was. */
function certifyAgain(
  crypto: Crypto,
  keys: KeyRing,
  prekeys: readonly PrekeySecret[],
  nowMs: number,
): Uint8Array {
  const opened = openDeviceCertificate(crypto, keys.certificate)
  if (keys.personEntropy === undefined || !opened.ok) return keys.certificate
  const { rootSigner, person, recoveryPublic } = derivePersonKeys(crypto, keys.personEntropy)
  const newest = prekeys.at(-1)!
  const claim = claimDevice(crypto.signer(keys.deviceSeed), {
    person,
    prekey: crypto.agreementKey(newest.privateKey),
    prekeySerial: newest.serial,
    label: opened.value.label,
    createdAtMs: nowMs,
  })
  return encodeDeviceCertificate(certifyDevice(rootSigner, claim, recoveryPublic))
}

function prekeysToKeep(
  prekeys: readonly PrekeySecret[],
  certificate: DeviceCertificate,
  nowMs: number,
): PrekeySecret[] {
  const kept = prekeys.filter(({ serial }, i) => {
    const next = prekeys[i + 1]
    const isDue = next !== undefined && nowMs - next.createdAtMs >= PREKEY_KEPT_MS
    return !isDue || serial === certificate.prekeySerial
  })
  const surplus = Math.max(0, kept.length - PREKEYS_MAX)
  return kept.filter(({ serial }, i) => i >= surplus || serial === certificate.prekeySerial)
}
