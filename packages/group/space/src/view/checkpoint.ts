/**
 * How far a view has folded: written in the same batch as the values, so the two never disagree.
 *
 * Stored form, a CBOR array of five elements:
 *
 *     INDEX  FIELD
 *     0      format, 1
 *     1      version of the view's definition
 *     2      whether the view had caught up once with its source
 *     3      the source's digest of hidden entries within the vector
 *     4      the vector: array of [device 32 B, length], in no meaningful order
 *
 * Only ever read by the device that wrote it; anything else is treated as no checkpoint, and the view is rebuilt.
 */

import { decodeFields, encodeCbor, hexToBytes } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import type { VersionVector } from '../types.ts'

export interface Checkpoint {
  readonly version: number
  readonly complete: boolean
  readonly hidden: string
  readonly vector: VersionVector
}

const FORMAT = 1
const DEVICES_MAX = 1_000_000
const HIDDEN_BYTES_MAX = 200
const CHECKPOINT_BYTES_MAX = 64 * 1024 * 1024
const LIMITS = { bytesMax: CHECKPOINT_BYTES_MAX, itemsMax: 4 * DEVICES_MAX }

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const vector = [...checkpoint.vector].map(([device, length]) => [hexToBytes(device), length])
  return encodeCbor([FORMAT, checkpoint.version, checkpoint.complete, checkpoint.hidden, vector])
}

/** `undefined` for anything `encodeCheckpoint` does not write. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  const decoded = decodeFields(
    bytes,
    'checkpoint',
    (fields) => {
      fields.literal(FORMAT)
      return {
        version: fields.uint(),
        complete: fields.boolean(),
        hidden: fields.text(HIDDEN_BYTES_MAX),
        vector: new Map(
          fields.list(DEVICES_MAX, (items) =>
            items.tuple((pair) => [pair.id<DeviceId>(), pair.uint()] as const),
          ),
        ),
      }
    },
    LIMITS,
  )
  return decoded.ok ? decoded.value : undefined
}
