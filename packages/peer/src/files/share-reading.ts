/** Reading what is shared, also while it is on its way: of a blob that many files lie in nothing comes but what is read. */

import type { BlobId, PartialBlob } from '@hamlet/blobs'
import type { Clock, Crypto } from '@hamlet/core'
import type { ByteSpan } from '@hamlet/http/api'
import { rangeOf, readPlain } from './blob-reading.ts'
import type { ReadingParts } from './blob-reading.ts'
import type { KnownShare } from './known-share.ts'
import { blobBytes } from './share-blobs.ts'
import { READER } from './swarm-hub.ts'
import type { SwarmHub } from './swarm-hub.ts'

/** Of downloads that somebody waits for, against those of transfers. */
const PRIORITY = 4

export class ShareReading {
  readonly #parts: {
    readonly hub: SwarmHub
    readonly crypto: Crypto
    readonly clock: Clock
    readonly look: (share: KnownShare) => void
  }

  /** `look`: looks for whoever may have the share. */
  constructor(parts: {
    readonly hub: SwarmHub
    readonly crypto: Crypto
    readonly clock: Clock
    readonly look: (share: KnownShare) => void
  }) {
    this.#parts = parts
  }

  /** Of a share whose list of files is here. @throws PeerError `FILE_NOT_FOUND`, `FILE_NOT_HERE`; BlobError */
  async *file(share: KnownShare, path: string, span: ByteSpan): AsyncGenerator<Uint8Array> {
    const file = share.file(path)
    const { offset, ...range } = rangeOf(span, file.sizeBytes)
    if (file.blob === undefined || range.length === 0) return
    const blob = share.manifest!.blobs[file.blob]!
    const isWhole = file.sizeBytes === blob.plainBytes
    const parts = this.parts((id) => this.load(share, id, isWhole))
    yield* readPlain(parts, blob, { ...range, offset: file.offset + offset })
  }

  /** As it is stored. @throws PeerError `BLOB_NOT_FOUND`, `FILE_NOT_HERE`; BlobError */
  async *blob(share: KnownShare, key: string, span: ByteSpan): AsyncGenerator<Uint8Array> {
    yield* blobBytes(
      this.parts((id) => this.load(share, id, true)),
      share,
      key,
      span,
    )
  }

  parts(load: (id: BlobId) => Promise<PartialBlob>): ReadingParts {
    const { hub, crypto, clock } = this.#parts
    return { hub, crypto, clock, load }
  }

  /** Begins to load a blob of the share: all of it, or what is waited for alone. */
  async load(share: KnownShare, id: BlobId, isWhole: boolean): Promise<PartialBlob> {
    const { hub, look } = this.#parts
    const known = isWhole ? undefined : hub.loadingOf(id)
    const ranges = isWhole ? undefined : []
    const { partial } = known ?? (await hub.load(READER, id, { priority: PRIORITY, ranges }))
    for (const source of share.sourcesOf(id)) hub.addSource(id, source)
    look(share)
    return partial
  }
}
