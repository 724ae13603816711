/**
 * The checksums that clients may send and ask for: five algorithms, each as base64 of its big-endian value.
 *
 * An object that came in parts has either the checksum of all its bytes (FULL_OBJECT, for CRCs, combined from those of the parts) or one
 * of the checksums of its parts (COMPOSITE, with `-N` behind).
 */

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { base64ToBytes, bytesToBase64, concatBytes, updateCrc32c } from '@hamlet/core'
import { combineCrc, CRC32_SHAPE, CRC32C_SHAPE, CRC64NVME_SHAPE } from './combine-crc.ts'
import type { CrcShape } from './combine-crc.ts'
import { Crc64Nvme } from './crc64-nvme.ts'

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64, with `-N` behind it when composite. */
  readonly value: string
  readonly type: ChecksumType
}

export interface Hasher {
  update(bytes: Uint8Array): void
  /** Called once. */
  digest(): Uint8Array
}

const BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}

const SHAPES: Partial<Readonly<Record<ChecksumAlgorithm, CrcShape>>> = {
  CRC32: CRC32_SHAPE,
  CRC32C: CRC32C_SHAPE,
  CRC64NVME: CRC64NVME_SHAPE,
}

const BY_HEADER = new Map(CHECKSUM_ALGORITHMS.map((each) => [checksumHeader(each), each]))

/** Such as `x-amz-checksum-crc32c`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

export function algorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return BY_HEADER.get(name)
}

export function isChecksumAlgorithm(text: string): text is ChecksumAlgorithm {
  return Object.hasOwn(BYTES, text)
}

/** Whether `value` could be a checksum of one piece by this algorithm. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  return base64ToBytes(value)?.length === BYTES[algorithm]
}

/** Whether the checksum of a whole can be had from those of its parts. */
export function isCombinable(algorithm: ChecksumAlgorithm): boolean {
  return SHAPES[algorithm] !== undefined
}

export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32Hasher()
    case 'CRC32C':
      return new Crc32cHasher()
    case 'CRC64NVME':
      return new Crc64Hasher()
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm.toLowerCase())
  }
}

class Crc32Hasher implements Hasher {
  #value = 0

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value)
  }

  digest(): Uint8Array {
    return numberToBytes(BigInt(this.#value >>> 0), 4)
  }
}

class Crc32cHasher implements Hasher {
  #register = -1

  update(bytes: Uint8Array): void {
    this.#register = updateCrc32c(this.#register, bytes, 0, bytes.length)
  }

  digest(): Uint8Array {
    return numberToBytes(BigInt((this.#register ^ -1) >>> 0), 4)
  }
}

class Crc64Hasher implements Hasher {
  readonly #crc = new Crc64Nvme()

  update(bytes: Uint8Array): void {
    this.#crc.update(bytes)
  }

  digest(): Uint8Array {
    return numberToBytes(this.#crc.digest(), 8)
  }
}

function numberToBytes(value: bigint, count: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes.subarray(8 - count)
}

function bytesToNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

export interface PartChecksum {
  /** Base64 of this part's checksum. */
  readonly value: string
  readonly sizeBytes: number
}

/** The checksum of an object that came in these parts. */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly PartChecksum[],
): Checksum {
  const values = parts.map(({ value }) => base64ToBytes(value)!)
  if (type === 'COMPOSITE') {
    const hasher = createHasher(algorithm)
    hasher.update(concatBytes(...values))
    const value = `${bytesToBase64(hasher.digest())}-${parts.length}`
    return { algorithm, value, type }
  }
  const shape = SHAPES[algorithm]!
  const [first, ...rest] = parts.map(({ sizeBytes }, i) => {
    return { crc: bytesToNumber(values[i]!), sizeBytes }
  })
  const whole = rest.reduce(
    (crc, part) => combineCrc(shape, crc, part.crc, part.sizeBytes),
    first!.crc,
  )
  return { algorithm, value: bytesToBase64(numberToBytes(whole, BYTES[algorithm])), type }
}
