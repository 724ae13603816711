/** Method: the check values of the CRC catalogue, a bit-by-bit CRC of the test's own, and hashes of joined parts against the whole. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToBase64, concatBytes, hexToBytes, utf8 } from '@hamlet/core'
import {
  CHECKSUM_ALGORITHMS,
  checksumOfParts,
  createHasher,
  isCombinable,
} from '../src/checksums/checksum.ts'
import type { ChecksumAlgorithm } from '../src/checksums/checksum.ts'
import { CRC32_SHAPE, CRC32C_SHAPE, CRC64NVME_SHAPE } from '../src/checksums/combine-crc.ts'

const CHECKS: Readonly<Record<ChecksumAlgorithm, string>> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
}
const SHAPES = { CRC32: CRC32_SHAPE, CRC32C: CRC32C_SHAPE, CRC64NVME: CRC64NVME_SHAPE }

function sumOf(algorithm: ChecksumAlgorithm, ...pieces: readonly Uint8Array[]): string {
  const hasher = createHasher(algorithm)
  for (const piece of pieces) hasher.update(piece)
  return bytesToBase64(hasher.digest())
}

/** As the definition has it, one bit at a time. */
function slowly({ bits, polynomial }: (typeof SHAPES)['CRC32'], bytes: Uint8Array): string {
  const ones = (1n << BigInt(bits)) - 1n
  let crc = ones
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n
  }
  return bytesToBase64(hexToBytes((crc ^ ones).toString(16).padStart(bits / 4, '0')))
}

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`${algorithm} of 123456789 is what the catalogue says`, () => {
    const expected = bytesToBase64(hexToBytes(CHECKS[algorithm]))
    assert.equal(sumOf(algorithm, utf8('123456789')), expected)
  })

  test(`${algorithm} of a whole does not depend on how it is cut`, () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 })
    fc.assert(
      fc.property(pieces, (pieces) => {
        assert.equal(sumOf(algorithm, ...pieces), sumOf(algorithm, concatBytes(...pieces)))
      }),
    )
  })
}

for (const [name, shape] of Object.entries(SHAPES)) {
  const algorithm = name as keyof typeof SHAPES
  test(`${name} agrees with its definition, at every length and alignment`, () => {
    const bytes = Uint8Array.from({ length: 80 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24)
    for (let from = 0; from < 9; from++) {
      for (let to = from; to < 80; to += 3) {
        const piece = bytes.subarray(from, to)
        assert.equal(sumOf(algorithm, piece), slowly(shape, piece))
      }
    }
  })

  test(`${name} of the whole follows from that of its parts`, () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(parts, (parts) => {
        const sums = parts.map((part) => {
          return { value: sumOf(algorithm, part), sizeBytes: part.length }
        })
        const { value } = checksumOfParts(algorithm, 'FULL_OBJECT', sums)
        assert.equal(value, sumOf(algorithm, concatBytes(...parts)))
      }),
      { numRuns: 30 },
    )
  })
}

test('a composite checksum is that of the checksums, with their number', () => {
  const parts = [utf8('one'), utf8('two')].map((part) => {
    return { value: sumOf('SHA256', part), sizeBytes: 3 }
  })
  assert.equal(isCombinable('SHA256'), false)
  const joined = concatBytes(
    ...parts.map(({ value }) => new Uint8Array(Buffer.from(value, 'base64'))),
  )
  const { value, type } = checksumOfParts('SHA256', 'COMPOSITE', parts)
  assert.equal(value, `${sumOf('SHA256', joined)}-2`)
  assert.equal(type, 'COMPOSITE')
})
