/** The keys of a data directory: opened when they are there, made when the directory is new. */

import type { Clock, Crypto, Random } from '@hamlet/core'
import { createIdentity } from '@hamlet/identity'
import type { KeyRing } from '@hamlet/identity'
import { KeyFileStore } from '@hamlet/identity/node'
import type { PassphraseOptions } from '@hamlet/identity/node'
import type { PeerKeys } from '../peer-identity.ts'

export interface OpenKeysOptions {
  readonly path: string
  readonly passphrase: string | undefined
  readonly deviceName: string
}

export interface KeyPorts {
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
}

/** @throws KeyFileError when a key file is there and cannot be used: it is never replaced then. */
export async function openKeys(ports: KeyPorts, options: OpenKeysOptions): Promise<PeerKeys> {
  const { crypto, random, clock } = ports
  const store = new KeyFileStore({ crypto, random, path: options.path })
  const protection = { passphrase: options.passphrase }
  if (await store.exists()) return new FileKeys(store, protection, await store.open(protection))
  const ring = createIdentity(crypto, random, { nowMs: clock.wall(), label: options.deviceName })
  await store.create(ring, protection)
  return new FileKeys(store, protection, ring)
}

class FileKeys implements PeerKeys {
  readonly #store: KeyFileStore
  readonly #protection: PassphraseOptions
  #ring: KeyRing

  constructor(store: KeyFileStore, protection: PassphraseOptions, ring: KeyRing) {
    this.#store = store
    this.#protection = protection
    this.#ring = ring
  }

  get ring(): KeyRing {
    return this.#ring
  }

  async replace(ring: KeyRing): Promise<void> {
    await this.#store.replace(ring, this.#protection)
    this.#ring = ring
  }
}
