/** The keys of a data directory: opened when they are there, made when the directory is new. */

import type { Clock, Crypto, Random } from '@hamlet/core'
import { createIdentity } from '@hamlet/identity'
import type { KeyRing } from '@hamlet/identity'
import { KeyFileStore } from '@hamlet/identity/node'

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

/** @throws KeyFileError when a key file is there and cannot be used: it is never replaced. */
export async function openKeys(ports: KeyPorts, options: OpenKeysOptions): Promise<KeyRing> {
  const { crypto, random, clock } = ports
  const store = new KeyFileStore({ crypto, random, path: options.path })
  const protection = { passphrase: options.passphrase }
  if (await store.exists()) return await store.open(protection)
  const keys = createIdentity(crypto, random, { nowMs: clock.wall(), label: options.deviceName })
  await store.create(keys, protection)
  return keys
}
