/** Enough of the `Crypto` port for a log, over node:crypto. */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hash as hashOnce,
  sign,
  verify,
} from 'node:crypto'
import type { Crypto, Random, Signer } from '@hamlet/core'
import type { KeyObject } from 'node:crypto'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

const keys = new Map<string, KeyObject>()

function keyOf(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('hex')
  let key = keys.get(name)
  if (!key) {
    const der = Buffer.concat([SPKI_PREFIX, publicKey])
    key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    keys.set(name, key)
  }
  return key
}

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return new Uint8Array(hashOnce('sha256', parts[0]!, 'buffer'))
  const hasher = createHash('sha256')
  for (const part of parts) hasher.update(part)
  return new Uint8Array(hasher.digest())
}

export function signerOf(seed: Uint8Array): Signer {
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length))
  return { publicKey, sign: (message) => new Uint8Array(sign(null, message, key)) }
}

export const testCrypto = {
  hash,
  signer: signerOf,
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
    try {
      return verify(null, message, keyOf(publicKey), signature)
    } catch {
      return false
    }
  },
} as Crypto

export function seededRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = createHash('sha256').update(`${seed}/${counter++}`).digest()
        bytes.set(block.subarray(0, count - offset), offset)
      }
      return bytes
    },
  }
}
