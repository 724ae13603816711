/**
 * The files by which a device tells its data directory from a copy of it (`node/folder-seal.ts`).
 *
 *     seal/mark-0, mark-1   canonical CBOR [1, generation, [[space, length of the own log], …]]
 *     seal/seal             canonical CBOR [1, generation, place of mark 0 or null, place of mark 1 or null]
 *
 * A place is text that only the file itself can have: "inode/nanoseconds of its making".
 */

import { decodeFields, encodeCbor, idToBytes } from '@hamlet/core'
import type { CborError, Result, SpaceId } from '@hamlet/core'

export interface Mark {
  readonly generation: number
  /** How much of the own log was written, by space. */
  readonly lengths: readonly (readonly [space: SpaceId, length: number])[]
}

/** Of mark 0 and mark 1. */
export type Places = readonly [string | undefined, string | undefined]

export interface Seal {
  /** Of the newest mark. */
  readonly generation: number
  readonly places: Places
}

const FORMAT = 1
const SPACES_MAX = 10_000
const MARK_LIMITS = { bytesMax: 1024 * 1024, itemsMax: 3 * SPACES_MAX + 16 }
const PLACE_CHARS_MAX = 64

/** Of more spaces than it holds, those named last. */
export function encodeMark({ generation, lengths }: Mark): Uint8Array {
  const pairs = lengths.slice(-SPACES_MAX)
  return encodeCbor([FORMAT, generation, pairs.map(([id, length]) => [idToBytes(id), length])])
}

export function decodeMark(bytes: Uint8Array): Result<Mark, CborError> {
  return decodeFields(
    bytes,
    'mark',
    (fields) => {
      fields.literal(FORMAT)
      const generation = fields.uint()
      const lengths = fields.list(SPACES_MAX, (items) =>
        items.tuple((pair) => [pair.id<SpaceId>(), pair.uint()] as const),
      )
      return { generation, lengths }
    },
    MARK_LIMITS,
  )
}

export function encodeSeal({ generation, places }: Seal): Uint8Array {
  return encodeCbor([FORMAT, generation, places[0] ?? null, places[1] ?? null])
}

export function decodeSeal(bytes: Uint8Array): Result<Seal, CborError> {
  return decodeFields(bytes, 'seal', (fields) => {
    fields.literal(FORMAT)
    const generation = fields.uint()
    const place = (): string | undefined => fields.optional(() => fields.text(PLACE_CHARS_MAX))
    return { generation, places: [place(), place()] }
  })
}
