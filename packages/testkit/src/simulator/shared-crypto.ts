/**
 * Real cryptography for simulated nodes, each answer computed once per process.
 *
 * A signature that one node has found good is good for all of them; so it is with derived keys, opened ciphertexts and
 * agreed secrets: these are functions of their arguments alone, so the answer is kept and shared. Nothing is weakened:
 * it is that of the real implementation for these very bytes. Two answers follow from others: what was signed here
 * verifies, and two keys agree on the same secret from either side. Of those every sixteenth is computed all the same
 * and must be what was said.
 */

import { hash } from 'node:crypto'
import { assert, equalBytes } from '@hamlet/core'
import type { Crypto, Signer } from '@hamlet/core'

/** Answers kept of each kind before the oldest half is dropped. */
const ANSWERS_MAX = 20_000
/** Of answers that follow from others, those that are computed too. */
const CHECKED_EVERY = 16
const LONG_BYTES = 512
/** Where the parts of a question lie side by side; none has as many as would not fit. */
const scratch = Buffer.alloc(64 * LONG_BYTES)

export function shareCrypto(crypto: Crypto): Crypto {
  const macs = new Answers<Uint8Array>()
  const derived = new Answers<Uint8Array>()
  const opened = new Answers<Uint8Array | undefined>()
  return {
    ...crypto,
    ...shareSignatures(crypto),
    ...shareAgreements(crypto),
    hmac: (key, ...parts) =>
      macs.get(textOf(key, ...parts), () => crypto.hmac(key, ...parts)).slice(),
    hkdf(secret, salt, info, length) {
      const compute = (): Uint8Array => crypto.hkdf(secret, salt, info, length)
      return derived.get(`${length} ${textOf(secret, salt, info)}`, compute).slice()
    },
    decrypt(name, key, nonce, ciphertext, aad) {
      const compute = (): Uint8Array | undefined =>
        crypto.decrypt(name, key, nonce, ciphertext, aad)
      return opened.get(`${name} ${textOf(key, nonce, aad, ciphertext)}`, compute)?.slice()
    },
  }
}

function shareSignatures(crypto: Crypto): Pick<Crypto, 'signer' | 'verify'> {
  const verified = new Answers<boolean>()
  const signers = new Answers<Signer>()
  const isDue = everySixteenth()
  const share = (signer: Signer): Signer => {
    const { publicKey } = signer
    return {
      publicKey,
      sign(message) {
        const signature = signer.sign(message)
        if (isDue()) assert(crypto.verify(publicKey, message, signature), 'what is signed verifies')
        verified.set(textOf(publicKey, signature, message), true)
        return signature
      },
    }
  }
  return {
    verify: (publicKey, message, signature) =>
      verified.get(textOf(publicKey, signature, message), () =>
        crypto.verify(publicKey, message, signature),
      ),
    signer: (seed) => signers.get(textOf(seed), () => share(crypto.signer(seed))),
  }
}

function shareAgreements(crypto: Crypto): Pick<Crypto, 'agreementKey' | 'agree'> {
  const publicKeys = new Answers<Uint8Array>()
  const agreed = new Answers<Uint8Array | undefined>()
  const isDue = everySixteenth()
  const publicKeyOf = (privateKey: Uint8Array): Uint8Array =>
    publicKeys.get(textOf(privateKey), () => crypto.agreementKey(privateKey))
  return {
    agreementKey: (privateKey) => publicKeyOf(privateKey).slice(),
    agree(privateKey, publicKey) {
      const pair = [textOf(publicKeyOf(privateKey)), textOf(publicKey)].sort().join(' ')
      const compute = (): Uint8Array | undefined => crypto.agree(privateKey, publicKey)
      const secret = agreed.get(pair, compute)
      if (isDue()) assert(areEqual(secret, compute()), 'both sides agree on the same secret')
      return secret?.slice()
    },
  }
}

/** The last half that was asked for is always kept: as the newer half fills, the older one goes. */
class Answers<T> {
  #newer = new Map<string, { readonly answer: T }>()
  #older: ReadonlyMap<string, { readonly answer: T }> = new Map()

  get(key: string, compute: () => T): T {
    const known = this.#newer.get(key) ?? this.#older.get(key)
    return known === undefined ? this.set(key, compute()) : known.answer
  }

  set(key: string, answer: T): T {
    if (this.#newer.size >= ANSWERS_MAX / 2) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(key, { answer })
    return answer
  }
}

function everySixteenth(): () => boolean {
  let asked = 0
  return () => asked++ % CHECKED_EVERY === 0
}

function areEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}

/**
 * One character a byte, after the lengths, which keep `ab, c` and `a, bc` apart. What is long is named by its hash. All
 * parts become text at once: a conversion costs as much as the few bytes it converts.
 */
function textOf(...parts: readonly Uint8Array[]): string {
  let length = 0
  let lengths = ''
  for (const part of parts) {
    lengths += `${part.length} `
    const named = part.length > LONG_BYTES ? hash('sha256', part, 'buffer') : part
    scratch.set(named, length)
    length += named.length
  }
  return lengths + scratch.toString('latin1', 0, length)
}
