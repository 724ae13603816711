/**
 * What an uploader answers to a claim that lies in the future: what its own clock says, so that the downloader learns why nothing it signs
 * is taken. Any other claim that is not taken is answered by nothing.
 *
 * A canonical CBOR array of two: version 1; the uploader's wall clock in milliseconds. It goes where an answer would; versions that
 * do not know it find no receipt in it and pass over it.
 */

import { decodeFields, encodeCbor, err } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { CreditError } from './errors.ts'

const VERSION = 1
const BYTES_MAX = 16

export interface FutureRefusal {
  /** By the clock of whoever refuses. */
  readonly nowMs: number
}

export function encodeFutureRefusal({ nowMs }: FutureRefusal): Uint8Array {
  return encodeCbor([VERSION, nowMs])
}

export function decodeFutureRefusal(bytes: Uint8Array): Result<FutureRefusal, CreditError> {
  const decoded = decodeFields(
    bytes,
    'refusal of a claim',
    (fields): FutureRefusal => {
      fields.literal(VERSION)
      return { nowMs: fields.uint() }
    },
    { bytesMax: BYTES_MAX },
  )
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CreditError('CREDIT_MALFORMED', message, { cause: decoded.error }))
}
