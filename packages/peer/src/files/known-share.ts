/**
 * A share that this device knows: of a space, or taken up by a link. Its manifest is read when it is here; from then on it is
 * known which blobs it is made of, and what is here of them is served.
 */

import { blobKey, CHUNK_BYTES, openBytes, sealedRange, sealedSize } from '@hamlet/blobs'
import type { BlobId, ChunkSet, WebSeed } from '@hamlet/blobs'
import type { Crypto, SpaceId } from '@hamlet/core'
import { decodeManifest } from '@hamlet/files'
import type { Manifest, ManifestBlob, ManifestFile, ShareHead } from '@hamlet/files'
import { PeerError } from '../errors.ts'
import type { ShareAccess, SwarmHub } from './swarm-hub.ts'

/** Where a share is from, and who may be asked for it. */
export interface ShareOrigin {
  /** 64 hex digits: the entry, or the root of what a link names. */
  readonly id: string
  readonly space: SpaceId | undefined
  readonly access: ShareAccess
  /** Devices that may have it, this one not among them. */
  sources(): Iterable<string>
  /** Web servers that may have this blob of it. */
  webSeeds?(id: BlobId): Iterable<WebSeed>
}

export class KnownShare {
  readonly origin: ShareOrigin
  readonly head: ShareHead
  readonly #hub: SwarmHub
  readonly #crypto: Crypto
  #manifest: Manifest | undefined
  #reading: Promise<Manifest> | undefined

  /** `manifest`: of a single public blob, which has none of its own. */
  constructor(
    parts: { readonly hub: SwarmHub; readonly crypto: Crypto },
    origin: ShareOrigin,
    head: ShareHead,
    manifest?: Manifest,
  ) {
    this.#hub = parts.hub
    this.#crypto = parts.crypto
    this.origin = origin
    this.head = head
    this.#manifest = manifest
  }

  get id(): string {
    return this.origin.id
  }

  /** `undefined` while it is not here. */
  get manifest(): Manifest | undefined {
    return this.#manifest
  }

  get manifestId(): BlobId {
    return { root: this.head.root, sizeBytes: this.head.sizeBytes }
  }

  /** Whoever may have a blob of it. */
  *sourcesOf(id: BlobId): Generator<string | WebSeed, void, undefined> {
    yield* this.origin.sources()
    yield* this.origin.webSeeds?.(id) ?? []
  }

  /** Serves what is here of it. */
  async open(): Promise<void> {
    if (this.#manifest === undefined) {
      await this.#hub.add(this.id, this.manifestId, this.origin.access)
      if (this.#hub.store.has(this.manifestId)) await this.readManifest()
    } else await this.#addBlobs(this.#manifest)
  }

  /** Serves nothing of it any more. */
  async close(): Promise<void> {
    await this.#hub.remove(this.id, this.manifestId)
    for (const blob of this.#manifest?.blobs ?? []) await this.#hub.remove(this.id, blobIdOf(blob))
  }

  /** Once the blob of the manifest is here. @throws PeerError `SHARE_DAMAGED`; BlobError */
  async readManifest(): Promise<Manifest> {
    if (this.#manifest !== undefined) return this.#manifest
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return await this.#reading
  }

  /** Bytes of the files that are here, as people count them: files that are equal may be one blob. */
  heldBytes(): number {
    const { totalBytes } = this.head
    if (this.isComplete()) return totalBytes
    const blobs = this.#manifest?.blobs ?? []
    const held = blobs.reduce((sum, blob) => sum + heldPlainBytes(this.#hub, blob), 0)
    return Math.min(held, totalBytes)
  }

  isComplete(): boolean {
    return this.#manifest?.blobs.every((blob) => this.#hub.store.has(blobIdOf(blob))) === true
  }

  /** All blobs that it is made of, its manifest first. */
  blobs(): readonly BlobId[] {
    const blobs = (this.#manifest?.blobs ?? []).map(blobIdOf)
    return blobs.some((id) => blobKey(id) === blobKey(this.manifestId))
      ? blobs
      : [this.manifestId, ...blobs]
  }

  /** @throws PeerError `FILE_NOT_FOUND` */
  file(path: string): ManifestFile {
    const found = this.#manifest?.files.find((file) => file.path === path)
    if (found !== undefined) return found
    throw new PeerError('FILE_NOT_FOUND', 'There is no such file in this share.')
  }

  async #read(): Promise<Manifest> {
    const { key, sizeBytes } = this.head
    const stored = await this.#hub.store.read(this.manifestId, 0, sizeBytes)
    const bytes = key === undefined ? stored : openBytes(this.#crypto, key, stored)
    const decoded = decodeManifest(bytes)
    if (!decoded.ok) {
      throw new PeerError('SHARE_DAMAGED', 'The list of files of this share makes no sense.', {
        cause: decoded.error,
      })
    }
    await this.#addBlobs(decoded.value)
    this.#manifest = decoded.value
    return decoded.value
  }

  async #addBlobs({ blobs }: Manifest): Promise<void> {
    for (const blob of blobs) {
      await this.#hub.add(this.id, blobIdOf(blob), this.origin.access)
    }
  }
}

/** The blob as it is stored and sent. */
export function blobIdOf({ root, plainBytes, key }: ManifestBlob): BlobId {
  return { root, sizeBytes: key === undefined ? plainBytes : sealedSize(plainBytes) }
}

export function heldPlainBytes(hub: SwarmHub, blob: ManifestBlob): number {
  const held = hub.heldBytes(blobIdOf(blob))
  if (blob.key === undefined || held === 0) return held
  const whole = sealedSize(blob.plainBytes)
  return held === whole ? blob.plainBytes : Math.floor((held * blob.plainBytes) / whole)
}

/** The stored bytes that plain bytes `offset` to `offset + length` lie in. */
export function storedRange(
  blob: ManifestBlob,
  offset: number,
  length: number,
): { readonly offset: number; readonly length: number } {
  if (blob.key === undefined) return { offset, length }
  return sealedRange(blob.plainBytes, offset, length)
}

/** How many bytes of a range of stored bytes are here. */
export function heldOfRange(
  held: ChunkSet,
  range: { readonly offset: number; readonly length: number },
): number {
  let bytes = 0
  const end = range.offset + range.length
  for (const { first, count } of held.runs()) {
    const from = Math.max(range.offset, first * CHUNK_BYTES)
    const to = Math.min(end, (first + count) * CHUNK_BYTES)
    if (to > from) bytes += to - from
  }
  return bytes
}

/** What a single public blob would have for a manifest. */
export function bareManifest(id: BlobId, name: string): Manifest {
  const { root, sizeBytes } = id
  const isEmpty = sizeBytes === 0
  return {
    name,
    isFolder: false,
    blobs: isEmpty ? [] : [{ root, plainBytes: sizeBytes, key: undefined }],
    files: [
      { path: name as ManifestFile['path'], sizeBytes, blob: isEmpty ? undefined : 0, offset: 0 },
    ],
  }
}
