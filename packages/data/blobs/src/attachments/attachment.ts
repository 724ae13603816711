/**
 * Attachments: one sealed blob that an entry carries with it, such as a picture in a message or the receipt of a bill.
 *
 *     ATTACHMENT  [name 1-255 B, media type ≤ 100 B, bytes, root 32 B, key 32 B]
 *
 * The entry is sealed to the members, and so is the key in it. The root is that of the sealed blob; how long that is
 * follows from the plain bytes, so the two cannot contradict each other. Name and media type are what the author says:
 * whoever shows them judges them, and nothing is decided by them.
 */

import type { CborValue, FieldReader } from '@hamlet/core'
import { SEAL_KEY_BYTES, sealedSize } from '../cipher/segments.ts'
import type { BlobId } from '../blob-id.ts'
import { ATTACHMENT_BYTES_MAX, ATTACHMENT_NAME_BYTES_MAX, MEDIA_TYPE_BYTES_MAX } from './limits.ts'

const ROOT_BYTES = 32

export interface Attachment {
  readonly name: string
  /** Such as `image/png`; empty when nothing is known. */
  readonly mediaType: string
  /** Before it was sealed. */
  readonly sizeBytes: number
  /** 32 bytes: of the sealed blob. */
  readonly root: Uint8Array
  /** 32 bytes. */
  readonly key: Uint8Array
}

export function attachmentToCbor(attachment: Attachment): CborValue {
  const { name, mediaType, sizeBytes, root, key } = attachment
  return [name, mediaType, sizeBytes, root, key]
}

/** Reads the fields of an attachment; `fields` holds nothing else. */
export function readAttachment(fields: FieldReader): Attachment {
  return {
    name: fields.text(ATTACHMENT_NAME_BYTES_MAX, 1),
    mediaType: fields.text(MEDIA_TYPE_BYTES_MAX),
    sizeBytes: fields.uint(ATTACHMENT_BYTES_MAX),
    root: fields.bytes(ROOT_BYTES),
    key: fields.bytes(SEAL_KEY_BYTES),
  }
}

/** The blob as it is stored and sent. */
export function attachmentBlob({ root, sizeBytes }: Attachment): BlobId {
  return { root, sizeBytes: sealedSize(sizeBytes) }
}
