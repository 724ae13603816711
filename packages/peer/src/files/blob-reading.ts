/**
 * Reading a range of a blob that may still be on its way: what is here is given out at once, what comes next is asked for before
 * everything else, in order, and no longer than somebody reads: who goes elsewhere in a film waits for nothing before that place.
 *
 * Invariants:
 * 1. Bytes come in order, and only bytes that were verified; of a sealed blob, opened.
 * 2. Memory holds some segments, however long the range is.
 * 3. When nobody has what is missing, the reading ends with an error after `READ_WAIT_MS_MAX` without a byte.
 */

import { CHUNK_BYTES, openRange } from '@hamlet/blobs'
import type { BlobId, PartialBlob } from '@hamlet/blobs'
import type { Cancel, Clock, Crypto } from '@hamlet/core'
import type { ManifestBlob } from '@hamlet/files'
import type { ByteSpan } from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import { blobIdOf, storedRange } from './known-share.ts'
import type { SwarmHub } from './swarm-hub.ts'

/** Without a byte of what somebody waits for. */
export const READ_WAIT_MS_MAX = 60_000
/** Read at once of a blob that is not sealed. */
const PIECE_BYTES = 65_536
/** How soon somebody who plays a film needs what comes next. */
const NEED_MS = 2_000
/** What is asked for first beyond what was read: some seconds of a film. */
export const AHEAD_BYTES = 8 * 1024 * 1024

export interface ReadingParts {
  readonly hub: SwarmHub
  readonly crypto: Crypto
  readonly clock: Clock
  /** Begins to load the blob, and names who may have it. */
  load(id: BlobId): Promise<PartialBlob>
}

export interface PlainRange {
  readonly offset: number
  readonly length: number
  readonly signal?: AbortSignal
}

/** Plain bytes of the range. @throws PeerError `FILE_NOT_HERE`; CipherError; BlobError */
export async function* readPlain(
  parts: ReadingParts,
  blob: ManifestBlob,
  range: PlainRange,
): AsyncGenerator<Uint8Array, void, void> {
  const { hub, crypto } = parts
  const { offset, length, signal } = range
  const id = blobIdOf(blob)
  const stored = storedRange(blob, offset, length)
  if (!hub.store.has(id) && !hub.holds(id, stored)) await parts.load(id)
  const ahead = new Ahead(parts, id, stored)
  const read = (at: number, count: number): Promise<Uint8Array> => {
    ahead.moveTo(at)
    return readStored(parts, id, { offset: at, length: count, ...(signal && { signal }) })
  }
  try {
    if (blob.key !== undefined) {
      yield* openRange(crypto, blob.key, blob.plainBytes, { offset, length }, read)
      return
    }
    for (let at = offset; at < offset + length; at += PIECE_BYTES) {
      yield await read(at, Math.min(PIECE_BYTES, offset + length - at))
    }
  } finally {
    ahead.end()
  }
}

/** What comes next for a reader is asked for first, as it goes on. */
class Ahead {
  readonly #parts: ReadingParts
  readonly #id: BlobId
  readonly #end: number
  #wantedTo = 0
  #cancel: Cancel | undefined

  constructor(parts: ReadingParts, id: BlobId, range: PlainRange) {
    this.#parts = parts
    this.#id = id
    this.#end = range.offset + range.length
  }

  moveTo(at: number): void {
    const isFar = this.#wantedTo - at >= AHEAD_BYTES / 2 || this.#wantedTo >= this.#end
    const loading = this.#parts.hub.loadingOf(this.#id)
    if (isFar || loading === undefined) return
    const before = this.#cancel
    const length = Math.min(AHEAD_BYTES, this.#end - at)
    const deadlineMs = this.#parts.clock.monotonic() + NEED_MS
    this.#cancel = loading.download.want({ offset: at, length }, deadlineMs)
    this.#wantedTo = at + length
    before?.()
  }

  end(): void {
    this.#cancel?.()
  }
}

async function readStored(parts: ReadingParts, id: BlobId, range: PlainRange): Promise<Uint8Array> {
  range.signal?.throwIfAborted()
  const loading = parts.hub.loadingOf(id)
  if (loading !== undefined) await waitFor(parts.clock, loading.partial, range)
  range.signal?.throwIfAborted()
  return await parts.hub.store.read(id, range.offset, range.length)
}

async function waitFor(
  clock: Clock,
  partial: PartialBlob,
  { offset, length, signal }: PlainRange,
): Promise<void> {
  const first = Math.floor(offset / CHUNK_BYTES)
  const last = Math.floor((offset + Math.max(0, length - 1)) / CHUNK_BYTES)
  for (let chunk = first; chunk <= last; chunk++) {
    while (!partial.hasChunk(chunk)) await nextChunk(clock, partial, signal)
  }
}

/** Until something came of the blob. */
async function nextChunk(
  clock: Clock,
  partial: PartialBlob,
  signal: AbortSignal | undefined,
): Promise<void> {
  const waited = Promise.withResolvers<void>()
  const abort = (): void => waited.reject(signal?.reason)
  const forget = partial.onHeld(() => waited.resolve())
  const cancel = clock.after(READ_WAIT_MS_MAX, () => {
    waited.reject(
      new PeerError('FILE_NOT_HERE', 'No device that has this file can be reached now.'),
    )
  })
  signal?.addEventListener('abort', abort)
  try {
    await waited.promise
  } finally {
    forget()
    cancel()
    signal?.removeEventListener('abort', abort)
  }
}

/** What of `sizeBytes` a span is; beyond the end there is nothing. */
export function rangeOf(
  { offset = 0, lengthBytes, signal }: ByteSpan,
  sizeBytes: number,
): { readonly offset: number; readonly length: number; readonly signal?: AbortSignal } {
  const from = Math.min(Math.max(0, offset), sizeBytes)
  const length = Math.min(lengthBytes ?? sizeBytes, sizeBytes - from)
  return { offset: from, length, ...(signal && { signal }) }
}
