/** A share as blobs: what it is made of as it is stored and sent, for whoever hands it out without being a peer. */

import { blobKey } from '@hamlet/blobs'
import type { ByteSpan, ShareBlob } from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import { rangeOf, readPlain } from './blob-reading.ts'
import type { ReadingParts } from './blob-reading.ts'
import type { KnownShare } from './known-share.ts'

/** Its list of files first. */
export function blobsOf(share: KnownShare): readonly ShareBlob[] {
  return share.blobs().map((id) => ({ blob: blobKey(id), sizeBytes: id.sizeBytes }))
}

/** What is not here yet is fetched first. @throws PeerError `BLOB_NOT_FOUND`, `FILE_NOT_HERE`; BlobError */
export async function* blobBytes(
  parts: ReadingParts,
  share: KnownShare,
  key: string,
  span: ByteSpan,
): AsyncGenerator<Uint8Array, void, void> {
  const id = share.blobs().find((each) => blobKey(each) === key)
  if (id === undefined) throw new PeerError('BLOB_NOT_FOUND', 'The share has no such blob.')
  const range = rangeOf(span, id.sizeBytes)
  // Nothing is opened: what is stored is what goes out.
  const stored = { root: id.root, plainBytes: id.sizeBytes, key: undefined }
  if (range.length > 0) yield* readPlain(parts, stored, range)
}
