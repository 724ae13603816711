/**
 * The identity of this device: whose it is, what it signs with, what it opens seals with.
 *
 * `createIdentity` makes a new person with their first device, or a further device of a person whose recovery words
 * are at hand; the result is a key ring to store. `openIdentity` turns a stored key ring into the object the rest of
 * Hamlet uses, after checking that its parts belong together: a key file that was edited by hand or mixed from two
 * devices must not sign anything.
 */

import { assert, bytesToId, equalBytes } from '@hamlet/core'
import type { Crypto, DeviceId, PersonId, Random, Signer } from '@hamlet/core'

import {
  certifyDevice,
  claimDevice,
  encodeDeviceCertificate,
  openDeviceCertificate,
} from './device-certificate.ts'
import type { DeviceCertificate } from './device-certificate.ts'
import { KeyFileError } from './errors.ts'
import type { KeyRing } from './key-file.ts'
import { createPrekey, derivePersonKeys } from './keys.ts'
import type { PersonKeys, PrekeySecret } from './keys.ts'
import { ENTROPY_BYTES } from './words.ts'

export interface Identity {
  readonly person: PersonId
  readonly device: DeviceId
  readonly deviceSigner: Signer
  readonly certificate: DeviceCertificate
  /** The certificate as it is sent and stored. */
  readonly certificateBytes: Uint8Array
  /** Private half of the current prekey. */
  readonly prekeyPrivate: Uint8Array
  /** All prekeys still kept, newest first: the order to try them in. */
  readonly prekeys: readonly PrekeySecret[]
  /** Root and recovery keys; absent when the person keeps the recovery words elsewhere. */
  readonly personKeys?: PersonKeys | undefined
}

export interface CreateIdentityOptions {
  readonly nowMs: number
  /** What the person calls this device. */
  readonly label?: string | undefined
  /** The 32 bytes behind existing recovery words; drawn at random when absent, which makes a new person. */
  readonly personEntropy?: Uint8Array | undefined
}

const SEED_BYTES = 32
const FIRST_PREKEY_SERIAL = 1

export function createIdentity(
  crypto: Crypto,
  random: Random,
  options: CreateIdentityOptions,
): KeyRing {
  const personEntropy = options.personEntropy ?? random.bytes(ENTROPY_BYTES)
  assert(personEntropy.length === ENTROPY_BYTES, `a person's entropy has ${ENTROPY_BYTES} bytes`)
  const { person, rootSigner, recoveryPublic } = derivePersonKeys(crypto, personEntropy)
  const deviceSeed = random.bytes(SEED_BYTES)
  const prekey = createPrekey(random, FIRST_PREKEY_SERIAL, options.nowMs)
  const claim = claimDevice(crypto.signer(deviceSeed), {
    person,
    prekey: crypto.agreementKey(prekey.privateKey),
    prekeySerial: prekey.serial,
    label: options.label,
    createdAtMs: options.nowMs,
  })
  const certificate = encodeDeviceCertificate(certifyDevice(rootSigner, claim, recoveryPublic))
  return { personEntropy, deviceSeed, prekeys: [prekey], certificate }
}

/** @throws {@link KeyFileError} `KEY_FILE_CORRUPT` when the keys do not belong together. */
export function openIdentity(crypto: Crypto, keys: KeyRing): Identity {
  const opened = openDeviceCertificate(crypto, keys.certificate)
  if (!opened.ok) throw corrupt('its device certificate is not valid', opened.error)
  const certificate = opened.value
  const deviceSigner = crypto.signer(keys.deviceSeed)
  const device = bytesToId<DeviceId>(deviceSigner.publicKey)
  if (device !== certificate.device) throw corrupt('the certificate is for another device')
  checkPrekeys(crypto, keys.prekeys, certificate)
  const personKeys =
    keys.personEntropy === undefined ? undefined : derivePersonKeys(crypto, keys.personEntropy)
  if (personKeys !== undefined && personKeys.person !== certificate.person) {
    throw corrupt('the certificate is for another person')
  }
  checkRecovery(personKeys, certificate)
  const prekeys = keys.prekeys.toReversed()
  return {
    person: certificate.person,
    device,
    deviceSigner,
    certificate,
    certificateBytes: keys.certificate,
    prekeyPrivate: prekeys[0]!.privateKey,
    prekeys,
    personKeys,
  }
}

/** The key ring of a person who keeps the recovery words elsewhere: this device can then certify nothing. */
export function withoutPersonEntropy(keys: KeyRing): KeyRing {
  return { ...keys, personEntropy: undefined }
}

/** The certified prekey may have been replaced and dropped; if it is still there, it must be the certified one. */
function checkPrekeys(
  crypto: Crypto,
  prekeys: readonly PrekeySecret[],
  certificate: DeviceCertificate,
): void {
  if (prekeys.length === 0) throw corrupt('it has no prekey')
  const certified = prekeys.find((prekey) => prekey.serial === certificate.prekeySerial)
  if (certified === undefined) return
  if (!equalBytes(crypto.agreementKey(certified.privateKey), certificate.prekey)) {
    throw corrupt('the certificate is for another prekey')
  }
}

function checkRecovery(keys: PersonKeys | undefined, { recovery }: DeviceCertificate): void {
  if (keys === undefined || recovery === undefined) return
  if (!equalBytes(keys.recoveryPublic, recovery)) {
    throw corrupt('the certificate names another recovery key')
  }
}

function corrupt(reason: string, cause?: unknown): KeyFileError {
  return new KeyFileError('KEY_FILE_CORRUPT', `key file: ${reason}`, { cause })
}
