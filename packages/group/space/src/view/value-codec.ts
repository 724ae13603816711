/** Stored values: canonical CBOR, with limits for what a fold may keep under one key. */

import { assert, decodeCbor, encodeCbor } from '@hamlet/core'
import { ViewError } from './errors.ts'
import type { CborValue } from '@hamlet/core'

/** One value of a view's state. */
export const VIEW_VALUE_BYTES_MAX = 4 * 1024 * 1024
const LIMITS = { bytesMax: VIEW_VALUE_BYTES_MAX, itemsMax: 1_000_000 }

export function encodeValue(value: CborValue): Uint8Array {
  const bytes = encodeCbor(value)
  assert(bytes.length <= VIEW_VALUE_BYTES_MAX, 'a value of a view has at most 4 MiB')
  return bytes
}

/** @throws ViewError `VIEW_DAMAGED` for bytes this runner did not write. */
export function decodeValue(bytes: Uint8Array): CborValue {
  const decoded = decodeCbor(bytes, LIMITS)
  if (decoded.ok) return decoded.value
  throw new ViewError('VIEW_DAMAGED', `expected a stored value, got ${decoded.error.message}`, {
    cause: decoded.error,
  })
}
