/**
 * Every epoch secret a device ever held, seen where they all pass: at the hash that commits to them.
 *
 * It is what an adversary could have written down. The secrecy oracle tries the whole ring on everything; a hostile
 * member writes with it.
 */

import { bytesToHex, equalBytes, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { EPOCH_SECRET_BYTES } from '@hamlet/space'

const COMMITMENT_DOMAIN = utf8('hamlet/v1/epoch\0')

export class KeyRing {
  readonly #secrets = new Map<string, Uint8Array>()

  get secrets(): readonly Uint8Array[] {
    return [...this.#secrets.values()]
  }

  secretOf(commitment: Uint8Array): Uint8Array | undefined {
    return this.#secrets.get(bytesToHex(commitment))
  }

  /** The device's cryptography, overheard. */
  overhear(crypto: Crypto): Crypto {
    return {
      ...crypto,
      hash: (...parts) => {
        const digest = crypto.hash(...parts)
        const [domain, secret] = parts
        const isCommitment = parts.length === 2 && secret!.length === EPOCH_SECRET_BYTES
        if (isCommitment && equalBytes(domain!, COMMITMENT_DOMAIN)) {
          this.#secrets.set(bytesToHex(digest), secret!.slice())
        }
        return digest
      },
    }
  }
}
