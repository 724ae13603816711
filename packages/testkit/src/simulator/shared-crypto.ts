/**
 * Real cryptography for simulated nodes, each answer computed once per process.
 *
 * A signature that one node has found good is good for all of them, and so are a key made of a seed and a secret two
 * keys agree on: these are functions of their arguments alone, so the answer is kept and shared. Nothing is weakened:
 * it is that of the real implementation for these very bytes.
 */

import type { Crypto, Signer } from '@hamlet/core'

/** Answers kept of each kind before the oldest half is dropped. */
const ANSWERS_MAX = 50_000

export function shareCrypto(crypto: Crypto): Crypto {
  const verified = new Answers<boolean>()
  const signers = new Answers<Signer>()
  const publicKeys = new Answers<Uint8Array>()
  const agreed = new Answers<Uint8Array | undefined>()
  return {
    ...crypto,
    verify(publicKey, message, signature) {
      const key = keyOf(crypto.hash(publicKey, signature, message))
      return verified.get(key, () => crypto.verify(publicKey, message, signature))
    },
    signer: (seed) => signers.get(keyOf(seed), () => crypto.signer(seed)),
    agreementKey: (privateKey) =>
      publicKeys.get(keyOf(privateKey), () => crypto.agreementKey(privateKey)).slice(),
    agree(privateKey, publicKey) {
      const key = keyOf(privateKey) + keyOf(publicKey)
      return agreed.get(key, () => crypto.agree(privateKey, publicKey))?.slice()
    },
  }
}

class Answers<T> {
  readonly #answers = new Map<string, { readonly answer: T }>()

  get(key: string, compute: () => T): T {
    const known = this.#answers.get(key)
    if (known !== undefined) return known.answer
    const answer = compute()
    if (this.#answers.size >= ANSWERS_MAX) this.#dropOldest(ANSWERS_MAX / 2)
    this.#answers.set(key, { answer })
    return answer
  }

  #dropOldest(count: number): void {
    for (const key of [...this.#answers.keys()].slice(0, count)) this.#answers.delete(key)
  }
}

/** One character a byte. */
function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
