/**
 * Shares that are being put together: files come one after the other, are sealed on their way to the disk, and become a share when
 * all are there.
 *
 * Files of at most 64 KiB are kept in memory until they come to 4 MiB and go into one blob; all others have a blob of their
 * own. What an upload has stored is pinned by it, and dropped with it.
 *
 * Invariants:
 * 1. Memory of one upload: the files of one pack, and some segments of one larger file at a time.
 * 2. Nothing of an upload that was not finished is left once it was dropped or the peer started again.
 */

import { hashBlob, sealBlob, sealBytes } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { bytesToHex, concatBytes } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import {
  checkFileName,
  encodeManifest,
  mendPaths,
  PACK_BYTES_MIN,
  PACKED_FILE_BYTES_MAX,
  SHARE_FILES_MAX,
} from '@hamlet/files'
import type { Manifest, ManifestBlob, ManifestFile, ShareHead } from '@hamlet/files'
import type { Upload, UploadInput } from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { PeerPorts } from '../peer-ports.ts'
import { mediaTypeOf } from './media-type.ts'
import type { SwarmHub } from './swarm-hub.ts'

/** Uploads at a time. */
export const UPLOADS_MAX = 32
/** An upload that is not finished is dropped when nothing was put into it for so long. */
export const UPLOAD_IDLE_MS = 24 * 3_600_000

const KEY_BYTES = 32
const ID_BYTES = 16

interface PutFile {
  readonly path: string
  readonly sizeBytes: number
  readonly blob: number | undefined
  readonly offset: number
}

interface Session {
  readonly id: string
  readonly input: UploadInput
  readonly files: PutFile[]
  readonly paths: Set<string>
  readonly blobs: ManifestBlob[]
  readonly stored: BlobId[]
  pack: { readonly path: string; readonly bytes: Uint8Array }[]
  packBytes: number
  totalBytes: number
  idle: Cancel
  turn: Promise<void>
}

/** What an upload came to; its blobs are kept by the pin until it is taken away. */
export interface FinishedUpload {
  readonly input: UploadInput
  readonly head: ShareHead
  readonly manifest: Manifest
  readonly blobs: readonly BlobId[]
  readonly pin: string
}

export const UPLOAD_PIN_PREFIX = 'upload/'

export class UploadBook {
  readonly #ports: PeerPorts
  readonly #hub: SwarmHub
  readonly #sessions = new Map<string, Session>()

  constructor(ports: PeerPorts, hub: SwarmHub) {
    this.#ports = ports
    this.#hub = hub
  }

  /** Drops what uploads of an earlier run have left. */
  async open(): Promise<void> {
    const { store } = this.#hub
    const left = [...store.list()].filter(({ pins }) => pins.some(isUploadPin))
    for (const { id, pins, tags } of left) {
      if (pins.every(isUploadPin) && tags.length === 0) await store.delete(id)
      else for (const pin of pins.filter(isUploadPin)) await store.unpin(id, pin)
    }
  }

  close(): void {
    for (const { idle } of this.#sessions.values()) idle()
    this.#sessions.clear()
  }

  /** @throws PeerError `FILE_NAME_INVALID`, `UPLOADS_FULL` */
  start(input: UploadInput): Upload {
    if (!checkFileName(input.name).ok) {
      throw new PeerError('FILE_NAME_INVALID', 'Not every system takes a file of this name.')
    }
    if (this.#sessions.size >= UPLOADS_MAX) {
      throw new PeerError(
        'UPLOADS_FULL',
        `At most ${UPLOADS_MAX} shares are put together at a time.`,
      )
    }
    const session: Session = {
      id: bytesToHex(this.#ports.random.bytes(ID_BYTES)),
      input,
      ...{ files: [], paths: new Set(), blobs: [], stored: [], pack: [], packBytes: 0 },
      ...{ totalBytes: 0, idle: () => undefined, turn: Promise.resolve() },
    }
    this.#sessions.set(session.id, session)
    this.#touch(session)
    return toUpload(session)
  }

  /** @throws PeerError `UPLOAD_NOT_FOUND`, `FILE_EXISTS`, `UPLOADS_FULL`; BlobError; StoreError */
  async put(
    id: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Upload> {
    const session = this.#session(id)
    if (session.paths.has(path)) {
      throw new PeerError('FILE_EXISTS', 'A file of this name is in the upload already.')
    }
    if (session.paths.size >= SHARE_FILES_MAX) {
      throw new PeerError('UPLOADS_FULL', `A share has at most ${SHARE_FILES_MAX} files.`)
    }
    session.paths.add(path)
    try {
      await this.#inTurn(session, () => this.#take(session, path, content, signal))
    } catch (error) {
      session.paths.delete(path)
      throw error
    }
    return toUpload(session)
  }

  /** @throws PeerError `UPLOAD_NOT_FOUND`, `UPLOAD_EMPTY`; ShareError `SHARE_TOO_LARGE` */
  async finish(id: string): Promise<FinishedUpload> {
    const session = this.#session(id)
    return await this.#inTurn(session, async () => {
      if (session.files.length === 0 && session.pack.length === 0) {
        throw new PeerError('UPLOAD_EMPTY', 'There is no file in the upload.')
      }
      await this.#closePack(session)
      const manifest = manifestOf(session)
      const head = await this.#storeManifest(session, manifest)
      this.#forget(session)
      const { input, stored } = session
      return { input, head, manifest, blobs: [...stored], pin: pinOf(session) }
    })
  }

  async cancel(id: string): Promise<void> {
    const session = this.#session(id)
    this.#forget(session)
    await this.#inTurn(session, () => this.#drop(session))
  }

  /** One file as a blob of its own, for what is no share; kept by the pin. */
  async keep(
    content: AsyncIterable<Uint8Array>,
    pin: string,
    signal?: AbortSignal,
  ): Promise<ManifestBlob> {
    return await this.#storeBlob(counted(content), pin, true, signal)
  }

  async #take(
    session: Session,
    path: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#touch(session)
    const source = counted(content)
    const start = await readStart(source)
    if (start.isAll) {
      const bytes = concatBytes(...start.parts)
      session.totalBytes += bytes.length
      if (bytes.length === 0) session.files.push({ path, sizeBytes: 0, blob: undefined, offset: 0 })
      else {
        session.pack.push({ path, bytes })
        session.packBytes += bytes.length
        if (session.packBytes >= PACK_BYTES_MIN) await this.#closePack(session)
      }
      return
    }
    source.pushBack(start.parts)
    const isSealed = session.input.isPublic !== true
    const blob = await this.#storeBlob(source, pinOf(session), isSealed, signal)
    const index = this.#addBlob(session, blob)
    session.files.push({ path, sizeBytes: blob.plainBytes, blob: index, offset: 0 })
    session.totalBytes += blob.plainBytes
  }

  async #closePack(session: Session): Promise<void> {
    const { pack } = session
    if (pack.length === 0) return
    const isSealed = session.input.isPublic !== true
    const source = counted(asyncList(pack.map(({ bytes }) => bytes)))
    const blob = await this.#storeBlob(source, pinOf(session), isSealed)
    const index = this.#addBlob(session, blob)
    let offset = 0
    for (const { path, bytes } of pack) {
      session.files.push({ path, sizeBytes: bytes.length, blob: index, offset })
      offset += bytes.length
    }
    session.pack = []
    session.packBytes = 0
  }

  /** Equal files of a public share are one blob. */
  #addBlob(session: Session, blob: ManifestBlob): number {
    const root = bytesToHex(blob.root)
    const known = session.blobs.findIndex((each) => bytesToHex(each.root) === root)
    if (known >= 0) return known
    return session.blobs.push(blob) - 1
  }

  async #storeBlob(
    source: Counted,
    pin: string,
    isSealed: boolean,
    signal?: AbortSignal,
  ): Promise<ManifestBlob> {
    const { crypto, random } = this.#ports
    const key = isSealed ? random.bytes(KEY_BYTES) : undefined
    const stored = key === undefined ? source : sealBlob(crypto, key, source)
    const id = await this.#hub.store.put(stored, { pinned: pin, ...(signal && { signal }) })
    this.#sessions.get(pin.slice(UPLOAD_PIN_PREFIX.length))?.stored.push(id)
    return { root: id.root, plainBytes: source.count, key }
  }

  async #storeManifest(session: Session, manifest: Manifest): Promise<ShareHead> {
    const { crypto, random } = this.#ports
    const isSealed = session.input.isPublic !== true
    const key = isSealed ? random.bytes(KEY_BYTES) : undefined
    const plain = encodeManifest(manifest)
    const bytes = key === undefined ? plain : sealBytes(crypto, key, plain)
    const { root, sizeBytes } = hashBlob(crypto, bytes)
    session.stored.push(await this.#hub.store.put(bytes, { pinned: pinOf(session) }))
    const { name, isFolder, files } = manifest
    const mediaType = isFolder ? '' : mediaTypeOf(name)
    const { totalBytes } = session
    return {
      ...{ root, sizeBytes, key, name, totalBytes, isFolder, mediaType },
      fileCount: files.length,
    }
  }

  async #drop(session: Session): Promise<void> {
    for (const id of session.stored) {
      await this.#hub.store.unpin(id, pinOf(session)).catch(() => undefined)
      const info = this.#hub.store.info(id)
      if (info !== undefined && info.pins.length === 0 && info.tags.length === 0) {
        await this.#hub.store.delete(id)
      }
    }
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id)
    if (session !== undefined) return session
    throw new PeerError('UPLOAD_NOT_FOUND', 'There is no such upload, or it was dropped.')
  }

  #touch(session: Session): void {
    session.idle()
    session.idle = this.#ports.clock.after(UPLOAD_IDLE_MS, () => {
      this.#forget(session)
      this.#inTurn(session, () => this.#drop(session)).catch(() => undefined)
    })
  }

  #forget(session: Session): void {
    session.idle()
    this.#sessions.delete(session.id)
  }

  async #inTurn<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const done = session.turn.then(work)
    session.turn = done.then(
      () => undefined,
      () => undefined,
    )
    return await done
  }
}

function pinOf({ id }: Session): string {
  return UPLOAD_PIN_PREFIX + id
}

function isUploadPin(pin: string): boolean {
  return pin.startsWith(UPLOAD_PIN_PREFIX)
}

function toUpload({ id, paths, totalBytes }: Session): Upload {
  return { id, fileCount: paths.size, totalBytes }
}

/** Files in the order and under the names that a manifest has. */
function manifestOf(session: Session): Manifest {
  const { input, files, blobs } = session
  const mended = mendPaths(files.map(({ path }) => path.split('/')))
  if (!mended.ok) throw mended.error
  const named = files.map((file, index): ManifestFile => ({ ...file, path: mended.value[index]! }))
  if (!input.isFolder) {
    const [only] = named
    if (named.length !== 1 || only === undefined) {
      throw new PeerError('FILE_EXISTS', 'A share of one file has one file.')
    }
    return {
      name: input.name,
      isFolder: false,
      blobs,
      files: [{ ...only, path: input.name as ManifestFile['path'] }],
    }
  }
  const sorted = named.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { name: input.name, isFolder: true, blobs, files: sorted }
}

/** A source that knows how much it gave, and takes back what was read to look at it. */
interface Counted extends AsyncIterable<Uint8Array> {
  readonly count: number
  next(): Promise<Uint8Array | undefined>
  pushBack(parts: readonly Uint8Array[]): void
}

function counted(content: AsyncIterable<Uint8Array>): Counted {
  const source = content[Symbol.asyncIterator]()
  const waiting: Uint8Array[] = []
  let count = 0
  const next = async (): Promise<Uint8Array | undefined> => {
    const first = waiting.shift()
    if (first !== undefined) return first
    const result = await source.next()
    if (result.done === true) return undefined
    count += result.value.length
    return result.value
  }
  return {
    get count() {
      return count
    },
    next,
    pushBack: (parts) => void waiting.unshift(...parts),
    async *[Symbol.asyncIterator]() {
      try {
        for (let part = await next(); part !== undefined; part = await next()) yield part
      } finally {
        await source.return?.()
      }
    },
  }
}

/** All of a file that is small, or enough of another to see that it is not. */
async function readStart(
  source: Counted,
): Promise<{ readonly parts: readonly Uint8Array[]; readonly isAll: boolean }> {
  const parts: Uint8Array[] = []
  let length = 0
  while (length <= PACKED_FILE_BYTES_MAX) {
    const part = await source.next()
    if (part === undefined) return { parts, isAll: true }
    // Whoever gave it may use its memory again.
    parts.push(part.slice())
    length += part.length
  }
  return { parts, isAll: false }
}

async function* asyncList(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}
