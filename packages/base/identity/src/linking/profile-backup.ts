/**
 * Backups of a person's profile: which spaces they are in, sealed so that only their recovery words open it.
 *
 * Each space keeps the newest backup of each member as an ordinary entry. Who comes back into one space by their words
 * reads there how to reach members of the others. A backup holds names and addresses, and no secret that would open
 * anything by itself. Format: `docs/formats/linking.md`.
 *
 * Invariants:
 * 1. A backup sealed in one space opens in no other.
 * 2. Its size says how many KiB it takes and nothing finer; places beyond the limit are left out, last ones first.
 */

import {
  concatBytes,
  decodeFields,
  encodeCbor,
  idToBytes,
  NAME_BYTES_MAX,
  utf8,
} from '@hamlet/core'
import type {
  CborError,
  CborValue,
  Crypto,
  FieldReader,
  Random,
  Result,
  SpaceId,
} from '@hamlet/core'

import { openSealed, sealTo } from '../hpke.ts'
import type { Sealed } from '../hpke.ts'
import { TICKET_HINT_BYTES_MAX } from './meeting-ticket.ts'

/** A space, and where members of it were last reached. */
export interface BackupPlace {
  readonly space: SpaceId
  readonly name: string
  readonly hints: readonly string[]
}

export const BACKUP_BYTES_MAX = 48 * 1024
export const BACKUP_PLACES_MAX = 500
export const BACKUP_HINTS_MAX = 4

const VERSION = 1
const STEP_BYTES = 1024
/** Of the padding's own length, at most. */
const PADDING_HEADER_BYTES = 5
const INFO = utf8('hamlet/v1/profile-backup\0')
const NO_AAD = new Uint8Array(0)

export function encodeBackup(places: readonly BackupPlace[]): Uint8Array {
  let count = Math.min(places.length, BACKUP_PLACES_MAX)
  for (;;) {
    const fields = places.slice(0, count).map(placeFields)
    const plain = encodeCbor([VERSION, fields, new Uint8Array(0)])
    const size = Math.ceil((plain.length + PADDING_HEADER_BYTES) / STEP_BYTES) * STEP_BYTES
    if (size <= BACKUP_BYTES_MAX) {
      const padding = new Uint8Array(Math.max(0, size - plain.length - PADDING_HEADER_BYTES))
      return encodeCbor([VERSION, fields, padding])
    }
    count = Math.min(count - 1, Math.floor((count * BACKUP_BYTES_MAX) / size))
  }
}

export function decodeBackup(bytes: Uint8Array): Result<readonly BackupPlace[], CborError> {
  return decodeFields(
    bytes,
    'profile backup',
    (fields) => {
      fields.literal(VERSION)
      const places = fields.list(BACKUP_PLACES_MAX, (item) => item.tuple(readPlace))
      const padding = fields.bytesUpTo(STEP_BYTES)
      if (padding.some((byte) => byte !== 0)) throw fields.refuse('padding that is not zero')
      return places
    },
    { bytesMax: BACKUP_BYTES_MAX },
  )
}

/** `space`: the one it is kept in. */
export function sealBackup(
  ports: { readonly crypto: Crypto; readonly random: Random },
  recoveryPublic: Uint8Array,
  space: SpaceId,
  places: readonly BackupPlace[],
): Sealed {
  const { crypto, random } = ports
  return sealTo(crypto, random, recoveryPublic, infoOf(space), NO_AAD, encodeBackup(places))
}

/** `undefined`: not sealed to this key in this space, or not a backup. */
export function openBackup(
  crypto: Crypto,
  recoveryPrivate: Uint8Array,
  space: SpaceId,
  sealed: Sealed,
): readonly BackupPlace[] | undefined {
  const opened = openSealed(crypto, recoveryPrivate, sealed, infoOf(space), NO_AAD)
  const decoded = opened && decodeBackup(opened)
  return decoded?.ok === true ? decoded.value : undefined
}

function infoOf(space: SpaceId): Uint8Array {
  return concatBytes(INFO, idToBytes(space))
}

function placeFields({ space, name, hints }: BackupPlace): CborValue[] {
  const fitting = hints.filter((hint) => hint.length > 0 && hint.length <= TICKET_HINT_BYTES_MAX)
  return [idToBytes(space), name, fitting.slice(0, BACKUP_HINTS_MAX)]
}

function readPlace(fields: FieldReader): BackupPlace {
  return {
    space: fields.id<SpaceId>(),
    name: fields.text(NAME_BYTES_MAX),
    hints: fields.list(BACKUP_HINTS_MAX, (item) => item.text(TICKET_HINT_BYTES_MAX, 1)),
  }
}
