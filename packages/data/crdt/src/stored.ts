/** Stored states: a CBOR array that begins with the name and version of its type. */

import { assert, decodeFields, encodeCbor, utf8 } from '@hamlet/core'
import {
  CRDT_NAME_BYTES_MAX,
  CRDT_STATE_BYTES_MAX,
  CRDT_STATE_ITEMS_MAX,
  CRDT_VALUE_BYTES_MAX,
} from './limits.ts'
import type { CborError, CborValue, FieldReader, Result } from '@hamlet/core'

export function encodeState(stored: string, ...fields: readonly CborValue[]): Uint8Array {
  return encodeCbor([stored, ...fields])
}

export function decodeState<State>(
  bytes: Uint8Array,
  stored: string,
  read: (fields: FieldReader) => State,
): Result<State, CborError> {
  const limits = {
    bytesMax: CRDT_STATE_BYTES_MAX,
    itemsMax: CRDT_STATE_ITEMS_MAX,
    stringBytesMax: CRDT_VALUE_BYTES_MAX,
  }
  return decodeFields(
    bytes,
    stored,
    (fields) => {
      fields.literal(stored)
      return read(fields)
    },
    limits,
  )
}

/** Names of replicas, elements and keys are such that they can be stored. */
export function checkStorable(name: string): void {
  const isShort = name.length * 3 <= CRDT_NAME_BYTES_MAX || utf8(name).length <= CRDT_NAME_BYTES_MAX
  assert(isShort && name.isWellFormed(), `expected text of at most ${CRDT_NAME_BYTES_MAX} bytes`)
}
