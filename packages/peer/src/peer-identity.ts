/**
 * Whose this device is. A fresh device belongs to a person of its own, made with it; linking and recovering give it
 * to the person it is really for. Its own key, and with it its place in the network, stays the same.
 *
 * Invariant: what `current` says is what the key file says; a change is durable before it is seen.
 */

import type { Crypto, PersonId } from '@hamlet/core'
import {
  certifyDevice,
  claimDevice,
  derivePersonKeys,
  encodeDeviceCertificate,
  entropyToWords,
  openIdentity,
  wordsToEntropy,
} from '@hamlet/identity'
import type { DeviceClaim, Identity, KeyRing, PersonKeys } from '@hamlet/identity'
import type { SpaceIdentity } from '@hamlet/space'
import { PeerError } from './errors.ts'

/** Where the keys of this device are kept. */
export interface PeerKeys {
  readonly ring: KeyRing
  /** Resolves when it is durable. */
  replace(ring: KeyRing): Promise<void>
}

export class PeerIdentity {
  readonly #crypto: Crypto
  readonly #keys: PeerKeys
  #current: Identity

  /** @throws KeyFileError when the keys do not belong together */
  constructor(crypto: Crypto, keys: PeerKeys) {
    this.#crypto = crypto
    this.#keys = keys
    this.#current = openIdentity(crypto, keys.ring)
  }

  get current(): Identity {
    return this.#current
  }

  get ring(): KeyRing {
    return this.#keys.ring
  }

  get forSpaces(): SpaceIdentity {
    const { person, device, deviceSigner, certificateBytes: certificate } = this.#current
    const [newest, ...earlier] = this.#current.prekeys.map(({ privateKey }) => privateKey)
    const prekeys = { prekeyPrivate: newest!, earlierPrekeys: earlier }
    const recoveryPrivate = this.#current.personKeys?.recoveryPrivate
    const recovery = recoveryPrivate === undefined ? {} : { recoveryPrivate }
    return { person, device, deviceSigner, certificate, ...prekeys, ...recovery }
  }

  /** The 24 words; none when the person keeps them elsewhere. */
  get recoveryWords(): readonly string[] {
    const { personEntropy } = this.#keys.ring
    return personEntropy === undefined ? [] : entropyToWords(personEntropy).split(' ')
  }

  /** This device says that it belongs to a person; their root key has to say so too. */
  claimFor(person: PersonId, label: string, createdAtMs: number): DeviceClaim {
    const { deviceSigner, prekeys } = this.#current
    const { privateKey, serial: prekeySerial } = prekeys[0]!
    const prekey = this.#crypto.agreementKey(privateKey)
    const named = label === '' ? undefined : label
    return claimDevice(deviceSigner, { person, prekey, prekeySerial, label: named, createdAtMs })
  }

  /** Makes this device one of the person behind the words' entropy, and keeps the entropy. */
  async recover(personEntropy: Uint8Array, label: string, createdAtMs: number): Promise<void> {
    const keys = derivePersonKeys(this.#crypto, personEntropy)
    const claim = this.claimFor(keys.person, label, createdAtMs)
    const certified = certifyDevice(keys.rootSigner, claim, keys.recoveryPublic)
    const certificate = encodeDeviceCertificate(certified)
    await this.become({ ...this.ring, personEntropy, certificate })
  }

  /** Makes this device another person's, or the same person's with another certificate. */
  async become(ring: KeyRing): Promise<void> {
    const identity = openIdentity(this.#crypto, ring)
    await this.#keys.replace(ring)
    this.#current = identity
  }

  /** The person's own keys, kept here or typed in. @throws PeerError `WORDS_NEEDED`, `WORDS_OTHER_PERSON`; WordsError */
  personKeys(words?: string): PersonKeys {
    const kept = this.#current.personKeys
    if (kept !== undefined) return kept
    if (words === undefined || words === '') {
      throw new PeerError(
        'WORDS_NEEDED',
        'This device does not keep your recovery words. Type the 24 words to go on.',
      )
    }
    const entropy = wordsToEntropy(words)
    if (!entropy.ok) throw entropy.error
    const keys = derivePersonKeys(this.#crypto, entropy.value)
    if (keys.person === this.#current.person) return keys
    throw new PeerError('WORDS_OTHER_PERSON', 'These are the recovery words of somebody else.')
  }
}
