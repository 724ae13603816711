/** What targets are made of: one cryptography, fixed chance, a person with a device, golden files. */

import { readFileSync } from 'node:fs'
import { bytesToId, encodeCbor, hexToBytes, utf8 } from '@hamlet/core'
import type { CborValue, Random } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'

export const crypto = createNodeCrypto()
export const NOW_MS = 1_800_000_000_000

/** Bytes of SHA-256 over a seed and a counter. */
export function fixedRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let offset = 0; offset < count; offset += 32) {
        const block = crypto.hash(Uint8Array.of(seed, counter >> 8, counter & 0xff))
        counter++
        bytes.set(block.subarray(0, Math.min(32, count - offset)), offset)
      }
      return bytes
    },
  }
}

export const keys = createIdentity(crypto, fixedRandom(1), { nowMs: NOW_MS, label: 'Laptop' })
export const identity = openIdentity(crypto, keys)

export function filled(byte: number, length = 32): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

export function filledId(byte: number): never {
  return bytesToId(filled(byte)) as never
}

/** A golden file, as the package's own test keeps it. */
export function golden(path: string): string {
  return readFileSync(new URL(`../../packages/${path}`, import.meta.url), 'utf8')
}

export function goldenHex(path: string): Uint8Array {
  return hexToBytes(golden(path).replaceAll(/\s/g, ''))
}

export function texts(...list: readonly string[]): readonly Uint8Array[] {
  return list.map(utf8)
}

export function cbors(...list: readonly CborValue[]): readonly Uint8Array[] {
  return list.map(encodeCbor)
}
