/**
 * The content types of files and their strict decoders. `docs/formats/files.md` has the same table.
 *
 *     TYPE             VALUE (CBOR array)                                                               LEAST ROLE
 *     files.share      [root 32 B, size, key 32 B | null, name 1-255 B, bytes, files, is a folder,      writer
 *                       media type ≤ 100 B]
 *     files.rename     [share 32 B, name 1-255 B]                                                       writer
 *     files.remove     [share 32 B]                                                                     writer
 *     files.restore    [share 32 B]                                                                     writer
 *     files.seeds      [share 32 B, [web address 1-300 B] ≤ 8]                                          writer
 *     files.held.read  [[[share 32 B, bytes held, is pinned] ≤ 500]]                                    reader
 *
 * A value that does not decode is ignored, on every device alike. So nothing here depends on Unicode tables: whether a name
 * is fit for a disk is judged when it is written, and again when it is used. The last type ends as it does because that is what
 * readers may write: what they say of themselves.
 */

import { MEDIA_TYPE_BYTES_MAX } from '@hamlet/blobs'
import { idToBytes, readFields } from '@hamlet/core'
import type { CborValue, EntryId, FieldReader } from '@hamlet/core'
import type { ContentDraft, Role } from '@hamlet/space'
import { FILE_NAME_BYTES_MAX } from '../names/limits.ts'
import { MANIFEST_BYTES_MAX, SHARE_BYTES_MAX, SHARE_FILES_MAX } from '../shares/limits.ts'
import { ENTRY_WEB_SEED_BYTES_MAX, ENTRY_WEB_SEEDS_MAX, HOLDINGS_MAX } from './limits.ts'

const HASH_BYTES = 32
const KEY_BYTES = 32

/** What names a share and what people see of it before they have its manifest. */
export interface ShareHead {
  /** 32 bytes: the root of the manifest as it is stored. */
  readonly root: Uint8Array
  /** Of the manifest as it is stored. */
  readonly sizeBytes: number
  /** 32 bytes; `undefined`: the share is public. */
  readonly key: Uint8Array | undefined
  readonly name: string
  readonly totalBytes: number
  readonly fileCount: number
  readonly isFolder: boolean
  /** Such as `image/png`, of a single file; empty when nothing is known. */
  readonly mediaType: string
}

export interface Holding {
  readonly share: EntryId
  readonly heldBytes: number
  readonly isPinned: boolean
}

export type FilesContent =
  | ({ readonly kind: 'share' } & ShareHead)
  | { readonly kind: 'rename'; readonly share: EntryId; readonly name: string }
  | { readonly kind: 'remove'; readonly share: EntryId }
  | { readonly kind: 'restore'; readonly share: EntryId }
  | { readonly kind: 'seeds'; readonly share: EntryId; readonly webSeeds: readonly string[] }
  | { readonly kind: 'held'; readonly holdings: readonly Holding[] }

export const FILES_TYPES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['files.share', 'writer'],
  ['files.rename', 'writer'],
  ['files.remove', 'writer'],
  ['files.restore', 'writer'],
  ['files.seeds', 'writer'],
  ['files.held.read', 'reader'],
])

/** What the value says, or `undefined` for another type and for anything malformed. */
export function decodeFiles(type: string, value: CborValue): FilesContent | undefined {
  const read = READERS.get(type)
  if (read === undefined) return undefined
  const decoded = readFields(value, type, read)
  return decoded.ok ? decoded.value : undefined
}

/** The entry to write; the inverse of `decodeFiles`. The caller has checked the limits. */
export function filesDraft(content: FilesContent): ContentDraft {
  switch (content.kind) {
    case 'share':
      return { type: 'files.share', value: shareValue(content) }
    case 'rename':
      return { type: 'files.rename', value: [idToBytes(content.share), content.name] }
    case 'remove':
    case 'restore':
      return { type: `files.${content.kind}`, value: [idToBytes(content.share)] }
    case 'seeds':
      return { type: 'files.seeds', value: [idToBytes(content.share), content.webSeeds] }
    case 'held': {
      const { holdings } = content
      const items = holdings.map(({ share, heldBytes, isPinned }): CborValue => {
        return [idToBytes(share), heldBytes, isPinned]
      })
      return { type: 'files.held.read', value: [items] }
    }
  }
}

function shareValue(share: ShareHead): CborValue {
  const { root, sizeBytes, key, name, totalBytes, fileCount, isFolder, mediaType } = share
  return [root, sizeBytes, key ?? null, name, totalBytes, fileCount, isFolder, mediaType]
}

const READERS = new Map<string, (fields: FieldReader) => FilesContent>([
  [
    'files.share',
    (fields) => ({
      kind: 'share',
      root: fields.bytes(HASH_BYTES),
      sizeBytes: fields.int(1, 2 * MANIFEST_BYTES_MAX),
      key: fields.optional(() => fields.bytes(KEY_BYTES)),
      name: fields.text(FILE_NAME_BYTES_MAX, 1),
      totalBytes: fields.uint(SHARE_BYTES_MAX),
      fileCount: fields.uint(SHARE_FILES_MAX),
      isFolder: fields.boolean(),
      mediaType: fields.text(MEDIA_TYPE_BYTES_MAX),
    }),
  ],
  [
    'files.rename',
    (fields) => ({ kind: 'rename', share: fields.id(), name: fields.text(FILE_NAME_BYTES_MAX, 1) }),
  ],
  ['files.remove', (fields) => ({ kind: 'remove', share: fields.id() })],
  ['files.restore', (fields) => ({ kind: 'restore', share: fields.id() })],
  ['files.seeds', (fields) => ({ kind: 'seeds', share: fields.id(), webSeeds: readSeeds(fields) })],
  [
    'files.held.read',
    (fields) => ({
      kind: 'held',
      holdings: fields.list(HOLDINGS_MAX, (item) => item.tuple(readHolding), 1),
    }),
  ],
])

function readSeeds(fields: FieldReader): readonly string[] {
  return fields.list(ENTRY_WEB_SEEDS_MAX, (item) => item.text(ENTRY_WEB_SEED_BYTES_MAX, 1))
}

function readHolding(fields: FieldReader): Holding {
  return {
    share: fields.id(),
    heldBytes: fields.uint(SHARE_BYTES_MAX),
    isPinned: fields.boolean(),
  }
}
