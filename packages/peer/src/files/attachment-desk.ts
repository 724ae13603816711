/**
 * Files that messages and bills carry: kept before they are named, served to the members, fetched from them.
 *
 * A blob of an attachment has the tag of its space, so that it is known after a restart whom it may be given to.
 *
 * Invariant: a prepared file is kept until it was used, or for `PREPARED_KEEP_MS`.
 */

import { attachmentBlob } from '@hamlet/blobs'
import type { Attachment, BlobId, PartialBlob } from '@hamlet/blobs'
import { bytesToHex, parseId } from '@hamlet/core'
import type { Cancel, EntryId, SpaceId } from '@hamlet/core'
import { checkFileName } from '@hamlet/files'
import type * as Api from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { OpenSpace } from '../space-registry.ts'
import { rangeOf, readPlain } from './blob-reading.ts'
import type { FilesDesk } from './files-desk.ts'
import type { FilesHost } from './files-host.ts'
import { mediaTypeOf } from './media-type.ts'
import { spaceAccess } from './share-registry.ts'
import { UPLOAD_PIN_PREFIX } from './upload-book.ts'

export const PREPARED_KEEP_MS = 24 * 3_600_000
const ID_BYTES = 16

interface Prepared {
  readonly space: SpaceId
  readonly attachment: Attachment
  readonly pin: string
  readonly idle: Cancel
}

export class AttachmentDesk {
  readonly #host: FilesHost
  readonly #files: FilesDesk
  readonly #prepared = new Map<string, Prepared>()
  readonly #open = new Set<SpaceId>()

  constructor(host: FilesHost, files: FilesDesk) {
    this.#host = host
    this.#files = files
  }

  /** Serves what is here of the space's attachments, the first time it is called. */
  async open({ runtime: { space } }: OpenSpace): Promise<void> {
    if (this.#open.has(space.id)) return
    this.#open.add(space.id)
    const { hub } = this.#files
    for (const { id } of [...hub.store.list({ tag: tagOf(space.id) })]) {
      await hub.add(tagOf(space.id), id, spaceAccess(space, false))
    }
  }

  async closeSpace(id: SpaceId, isForgotten: boolean): Promise<void> {
    this.#open.delete(id)
    const { hub } = this.#files
    for (const info of [...hub.store.list({ tag: tagOf(id) })]) {
      await hub.remove(tagOf(id), info.id)
      if (isForgotten) await hub.store.delete(info.id)
    }
  }

  close(): void {
    for (const { idle } of this.#prepared.values()) idle()
    this.#prepared.clear()
  }

  /** @throws PeerError `FILE_NAME_INVALID`; BlobError */
  async prepare(
    text: string,
    name: string,
    content: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Api.PreparedFile> {
    const open = this.#host.spaces.get(text)
    if (!checkFileName(name).ok) {
      throw new PeerError('FILE_NAME_INVALID', 'Not every system takes a file of this name.')
    }
    const { random, clock } = this.#host.ports
    const id = bytesToHex(random.bytes(ID_BYTES))
    const pin = UPLOAD_PIN_PREFIX + id
    const { root, plainBytes, key } = await this.#files.uploads.keep(content, pin, signal)
    const mediaType = mediaTypeOf(name)
    const attachment = { name, mediaType, sizeBytes: plainBytes, root, key: key! }
    const space = open.runtime.space.id
    const idle = clock.after(PREPARED_KEEP_MS, () => this.#drop(id))
    this.#prepared.set(id, { space, attachment, pin, idle })
    return { id, name, mediaType, sizeBytes: plainBytes }
  }

  /** @throws PeerError `FILE_NOT_FOUND` */
  prepared(space: SpaceId, id: string): Attachment {
    const found = this.#prepared.get(id)
    if (found?.space === space) return found.attachment
    throw new PeerError('FILE_NOT_FOUND', 'There is no such file prepared for this space.')
  }

  /** They stand in an entry now. */
  async used(open: OpenSpace, ids: readonly string[]): Promise<void> {
    const { hub } = this.#files
    const { space } = open.runtime
    for (const id of ids) {
      const prepared = this.#prepared.get(id)
      if (prepared === undefined) continue
      this.#prepared.delete(id)
      prepared.idle()
      const blob = attachmentBlob(prepared.attachment)
      await hub.store.tag(blob, tagOf(space.id))
      await hub.store.unpin(blob, prepared.pin)
      await hub.add(tagOf(space.id), blob, spaceAccess(space, false))
    }
  }

  /** `id`: of a file of a message, or of one on a bill. @throws PeerError `FILE_NOT_FOUND`, `FILE_NOT_HERE` */
  async *read(text: string, id: string, span: Api.ByteSpan = {}): AsyncGenerator<Uint8Array> {
    const open = this.#host.spaces.get(text)
    const attachment = await this.#find(open, id)
    const { root, sizeBytes, key } = attachment
    const range = rangeOf(span, sizeBytes)
    const parts = this.#files.reading.parts((blob) => this.#load(open, blob))
    yield* readPlain(parts, { root, plainBytes: sizeBytes, key }, range)
  }

  async #find({ runtime }: OpenSpace, id: string): Promise<Attachment> {
    const [before = '', behind = ''] = id.split('.')
    const message = parseId<EntryId>(before)
    const found =
      message === undefined
        ? (await runtime.ledger.detail(before as never))?.attachments.find(
            (each) => each.id === behind,
          )?.attachment
        : (await runtime.chat.messages([message]))[0]?.attachments[Number(behind)]
    if (found !== undefined) return found
    throw new PeerError('FILE_NOT_FOUND', 'There is no such file on a message or a bill.')
  }

  async #load({ runtime: { space } }: OpenSpace, blob: BlobId): Promise<PartialBlob> {
    const { hub } = this.#files
    await hub.add(tagOf(space.id), blob, spaceAccess(space, false))
    const { partial, download } = await hub.load(tagOf(space.id), blob, { priority: 4 })
    await hub.store.tag(blob, tagOf(space.id))
    for (const device of space.memberDevices()) hub.addSource(blob, device)
    download.done.catch(() => undefined)
    return partial
  }

  #drop(id: string): void {
    const prepared = this.#prepared.get(id)
    this.#prepared.delete(id)
    if (prepared === undefined) return
    this.#files.hub.store.delete(attachmentBlob(prepared.attachment)).catch(() => undefined)
  }
}

function tagOf(space: SpaceId): string {
  return `attached/${space}`
}
