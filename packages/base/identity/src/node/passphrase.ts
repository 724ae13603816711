/** A 32-byte key from a passphrase by argon2id (RFC 9106), on Node's thread pool: about 0.4 s at the default cost. */

import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'

import { assert, utf8 } from '@hamlet/core'

import { AEAD_KEY_BYTES } from '../crypto-checks.ts'
import type { PassphraseCost } from '../key-file.ts'

export const PASSPHRASE_LENGTH_MAX = 1024

/** Normalised (NFKC) first, since the same passphrase typed on two keyboards may differ in code points. */
export async function derivePassphraseKey(
  passphrase: string,
  salt: Uint8Array,
  cost: PassphraseCost,
): Promise<Uint8Array> {
  const isLengthAllowed = passphrase.length > 0 && passphrase.length <= PASSPHRASE_LENGTH_MAX
  assert(isLengthAllowed, `a passphrase has 1 to ${PASSPHRASE_LENGTH_MAX} characters`)
  const derive = promisify(argon2)
  const key = await derive('argon2id', {
    message: utf8(passphrase.normalize('NFKC')),
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: AEAD_KEY_BYTES,
    memory: cost.memoryKib,
    passes: cost.passes,
  })
  return new Uint8Array(key)
}
