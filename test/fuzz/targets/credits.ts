/** Targets of `files/credits`: receipts and what stands beside them. */

import { equalBytes } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import {
  decodeReceipt,
  encodeReceipt,
  openReceipt,
  verifyPayee,
  verifyPayer,
  verifyReceipt,
} from '@hamlet/files/credits'
import { judgeCopyingDecoder, require, requireTyped } from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { crypto, goldenHex } from '../_material.ts'

const SOURCE = 'packages/features/files/src/credits'
const GOLDEN = 'features/files/test/credits/golden'
const CODES = /^CREDIT_/

/** Nothing but what was signed opens. */
function judgeSigned<T>(
  input: Uint8Array,
  seeds: readonly Uint8Array[],
  codec: {
    decode(bytes: Uint8Array): Result<T, unknown>
    open(bytes: Uint8Array): Result<unknown, unknown>
    encode(value: T): Uint8Array
  },
): FuzzVerdict {
  const { decode, open, encode } = codec
  const verdict = judgeCopyingDecoder(input, decode, { codes: CODES, encode })
  if (verdict === 'refused') return verdict
  const isSeed = seeds.some((seed) => equalBytes(seed, input))
  const opened = open(input)
  require(opened.ok === isSeed, isSeed ? 'a seed does not open' : 'opens what nobody signed')
  if (!opened.ok) requireTyped(opened.error, CODES)
  return verdict
}

const receiptSeeds = [goldenHex(`${GOLDEN}/receipt-v1.hex`)]

const receipt: FuzzTarget = {
  name: 'credits/receipt',
  decoders: [
    `${SOURCE}/receipt.ts#decodeReceipt`,
    `${SOURCE}/receipt.ts#openReceipt`,
    `${SOURCE}/receipt.ts#readReceipt`,
    `${SOURCE}/receipt.ts#verifyPayee`,
    `${SOURCE}/receipt.ts#verifyPayer`,
    `${SOURCE}/receipt.ts#verifyReceipt`,
  ],
  form: 'cbor',
  seeds: receiptSeeds,
  smokeInputs: 1000,
  run: (input) =>
    judgeSigned(input, receiptSeeds, {
      decode: decodeReceipt,
      encode: encodeReceipt,
      open(bytes) {
        const opened = openReceipt(crypto, bytes)
        if (opened.ok) {
          require(verifyReceipt(crypto, opened.value), 'opened and not verified')
          require(verifyPayer(crypto, opened.value), 'opened without its payer')
          require(verifyPayee(crypto, opened.value), 'opened without its payee')
        }
        return opened
      },
    }),
}

export const targets: readonly FuzzTarget[] = [receipt]
