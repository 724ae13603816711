/**
 * Files that messages and bills carry: kept before they are named, served to the members, fetched from them.
 *
 * A blob of an attachment has the tag of its space, so that it is known after a restart whom it may be given to.
 *
 * Invariants:
 * 1. A prepared file outlives the peer, and is kept until it was used, or for `PREPARED_KEEP_MS`; then nothing of it is left.
 * 2. Before an entry that names it is begun, it has the tag: what may stand in an entry is kept, also when the peer ends before it knows.
 */

import { attachmentBlob } from '@hamlet/blobs'
import type { Attachment, BlobId, PartialBlob } from '@hamlet/blobs'
import { bytesToHex, errorCode, parseId } from '@hamlet/core'
import type { Cancel, EntryId, SpaceId } from '@hamlet/core'
import { checkFileName } from '@hamlet/files'
import type * as Api from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { OpenSpace } from '../space-registry.ts'
import { rangeOf, readPlain } from './blob-reading.ts'
import type { FilesDesk } from './files-desk.ts'
import type { FilesHost } from './files-host.ts'
import { mediaTypeOf } from './media-type.ts'
import { PREPARED_MAX, PreparedBook } from './prepared-book.ts'
import type { PreparedNote } from './prepared-book.ts'
import { spaceAccess } from './share-registry.ts'
import { unpinLeft } from './upload-book.ts'

export const PREPARED_KEEP_MS = 24 * 3_600_000
const ID_BYTES = 16

const PREPARED_PIN_PREFIX = 'prepared/'

export class AttachmentDesk {
  readonly #host: FilesHost
  readonly #files: FilesDesk
  readonly #book: PreparedBook
  /** When each prepared file is dropped. */
  readonly #drops = new Map<string, Cancel>()
  readonly #open = new Set<SpaceId>()
  #coming = 0

  private constructor(host: FilesHost, files: FilesDesk, book: PreparedBook) {
    this.#host = host
    this.#files = files
    this.#book = book
    for (const [id, note] of book.value) this.#dropLater(id, note)
  }

  /** With what was prepared in an earlier run; what is left of any other goes. */
  static async create(host: FilesHost, files: FilesDesk): Promise<AttachmentDesk> {
    const { disk, logger } = host.ports
    const book = await PreparedBook.open(disk, logger)
    const kept = new Set([...book.value.keys()].map(pinOf))
    await unpinLeft(files.hub.store, PREPARED_PIN_PREFIX, (pin) => kept.has(pin))
    return new AttachmentDesk(host, files, book)
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
    const prepared = [...this.#book.value].filter(([, { space }]) => isForgotten && space === id)
    for (const [each] of prepared) await this.#drop(each)
  }

  close(): void {
    for (const cancel of this.#drops.values()) cancel()
    this.#drops.clear()
  }

  /** Durable when resolved. @throws PeerError `FILE_NAME_INVALID`, `UPLOADS_FULL`; BlobError; StoreError */
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
    if (this.#book.value.size + this.#coming >= PREPARED_MAX) {
      throw new PeerError('UPLOADS_FULL', `At most ${PREPARED_MAX} files are prepared at a time.`)
    }
    this.#coming++
    try {
      return await this.#prepare(open.runtime.space.id, name, content, signal)
    } finally {
      this.#coming--
    }
  }

  /** An entry with it is begun. @throws PeerError `FILE_NOT_FOUND` */
  async named(space: SpaceId, id: string): Promise<Attachment> {
    const note = this.#book.value.get(id)
    if (note?.space !== space) {
      throw new PeerError('FILE_NOT_FOUND', 'There is no such file prepared for this space.')
    }
    if (!note.isNamed) {
      await this.#files.hub.store.tag(attachmentBlob(note.attachment), tagOf(space))
      await this.#book.update(id, { ...note, isNamed: true })
    }
    return note.attachment
  }

  /** They stand in an entry now. */
  async used(open: OpenSpace, ids: readonly string[]): Promise<void> {
    const { hub } = this.#files
    const { space } = open.runtime
    for (const id of ids) {
      const note = this.#book.value.get(id)
      if (note === undefined) continue
      const blob = attachmentBlob(note.attachment)
      await hub.add(tagOf(space.id), blob, spaceAccess(space, false))
      await this.#drop(id)
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

  async #prepare(
    space: SpaceId,
    name: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<Api.PreparedFile> {
    const { random, clock } = this.#host.ports
    const id = bytesToHex(random.bytes(ID_BYTES))
    const { root, plainBytes, key } = await this.#files.uploads.keep(content, pinOf(id), signal)
    const mediaType = mediaTypeOf(name)
    const attachment = { name, mediaType, sizeBytes: plainBytes, root, key: key! }
    const note = { space, atMs: clock.wall(), isNamed: false, attachment }
    await this.#book.update(id, note)
    this.#dropLater(id, note)
    return { id, name, mediaType, sizeBytes: plainBytes }
  }

  #dropLater(id: string, { atMs }: PreparedNote): void {
    const { clock, logger } = this.#host.ports
    const passedMs = Math.max(0, clock.wall() - atMs)
    const drop = (): void => {
      this.#drop(id).catch((error: unknown) => {
        logger.warn('a prepared file is still there', { code: errorCode(error) })
      })
    }
    this.#drops.set(id, clock.after(Math.max(0, PREPARED_KEEP_MS - passedMs), drop))
  }

  /** Not for itself any more; what may stand in an entry stays for that. */
  async #drop(id: string): Promise<void> {
    const { store } = this.#files.hub
    const note = this.#book.value.get(id)
    this.#drops.get(id)?.()
    this.#drops.delete(id)
    if (note === undefined) return
    await this.#book.update(id, undefined)
    const blob = attachmentBlob(note.attachment)
    if (note.isNamed) await store.unpin(blob, pinOf(id))
    else await store.delete(blob)
  }
}

function pinOf(id: string): string {
  return PREPARED_PIN_PREFIX + id
}

function tagOf(space: SpaceId): string {
  return `attached/${space}`
}
