/**
 * Shares that are being put together: files come one after the other, are sealed on their way to the disk, and become a share when
 * all are there.
 *
 * Files of at most 64 KiB wait until they come to 4 MiB and go into one blob; all others have a blob of their own. What an upload has
 * stored is pinned by it, and dropped with it; what it is made of stands in a file of its own (`upload-log.ts`).
 *
 * Invariants:
 * 1. Memory of one upload: the files of one pack, and some segments of one larger file at a time.
 * 2. A file that was put in outlives the peer, and so does an upload, until it is finished, cancelled or nothing was put into it for
 *    `UPLOAD_IDLE_MS`. Then nothing of it is left, and after a start nothing of what no upload knows.
 * 3. An upload that is finished again, because nobody heard that it was, comes to the same share.
 */

import { blobKey, hashBlob, sealBlob, sealBytes } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { bytesToHex, concatBytes, errorCode, utf8 } from '@hamlet/core'
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
import { blobIdOf } from './known-share.ts'
import { mediaTypeOf } from './media-type.ts'
import type { SwarmHub } from './swarm-hub.ts'
import { UPLOAD_PATH_BYTES_MAX, UploadLog, UPLOADS_DIRECTORY } from './upload-log.ts'
import type { StoredFile, UploadRecord } from './upload-log.ts'
import { UploadSession } from './upload-session.ts'

/** Uploads at a time. */
export const UPLOADS_MAX = 32
/** An upload that is not finished is dropped when nothing was put into it for so long. */
export const UPLOAD_IDLE_MS = 24 * 3_600_000
/** Of what the file of an upload says twice, before it is written anew; at least half of it. */
export const UPLOAD_WASTE_BYTES_MAX = 8 * 1024 * 1024

const KEY_BYTES = 32
const ID_BYTES = 16
const ID = /^[0-9a-f]{32}$/

interface Running {
  readonly session: UploadSession
  readonly log: UploadLog
  /** Paths that are being put in. */
  readonly coming: Set<string>
  readonly stored: BlobId[]
  /** In the log, of files that are in blobs by now. */
  wastedBytes: number
  isFinishing: boolean
  idle: Cancel
  turn: Promise<void>
}

/** What an upload came to; its blobs are kept by the pin until it is settled. */
export interface FinishedUpload {
  readonly id: string
  readonly input: UploadInput
  readonly head: ShareHead
  readonly manifest: Manifest
  readonly blobs: readonly BlobId[]
}

const UPLOAD_PIN_PREFIX = 'upload/'

export class UploadBook {
  readonly #ports: PeerPorts
  readonly #hub: SwarmHub
  readonly #running = new Map<string, Running>()

  constructor(ports: PeerPorts, hub: SwarmHub) {
    this.#ports = ports
    this.#hub = hub
  }

  /** Takes up the uploads of an earlier run, and drops what belongs to none. */
  async open(): Promise<void> {
    const { disk } = this.#ports
    for (const name of await disk.list(UPLOADS_DIRECTORY)) {
      if (!(await this.#restore(name))) await UploadLog.remove(disk, name)
    }
    const kept = new Set<string>()
    for (const { session, stored } of this.#running.values()) {
      for (const id of stored) kept.add(pinOf(session.id) + blobKey(id))
    }
    await unpinLeft(this.#hub.store, UPLOAD_PIN_PREFIX, (pin, id) => kept.has(pin + blobKey(id)))
  }

  close(): void {
    for (const { idle, log } of this.#running.values()) {
      idle()
      log.close()
    }
    this.#running.clear()
  }

  /** @throws PeerError `FILE_NAME_INVALID`, `UPLOADS_FULL`; StoreError */
  async start(input: UploadInput): Promise<Upload> {
    if (!checkFileName(input.name).ok) throw nameInvalid()
    if (this.#running.size >= UPLOADS_MAX) {
      throw new PeerError(
        'UPLOADS_FULL',
        `At most ${UPLOADS_MAX} shares are put together at a time.`,
      )
    }
    const { random, clock, disk } = this.#ports
    const id = bytesToHex(random.bytes(ID_BYTES))
    const begun = { kind: 'begun', atMs: clock.wall(), input } as const
    const log = await UploadLog.create(disk, id, begun)
    return toUpload(this.#add(new UploadSession(id, begun), log).session)
  }

  /** @throws PeerError `UPLOAD_NOT_FOUND`, `FILE_EXISTS`, `UPLOADS_FULL`, `FILE_NAME_INVALID`; BlobError; StoreError */
  async put(
    id: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Upload> {
    const running = this.#get(id)
    const { session, coming } = running
    if (session.paths.has(path) || coming.has(path)) {
      throw new PeerError('FILE_EXISTS', 'A file of this name is in the upload already.')
    }
    if (session.paths.size + coming.size >= SHARE_FILES_MAX) {
      throw new PeerError('UPLOADS_FULL', `A share has at most ${SHARE_FILES_MAX} files.`)
    }
    if (path === '' || utf8(path).length > UPLOAD_PATH_BYTES_MAX) throw nameInvalid()
    coming.add(path)
    try {
      await this.#inTurn(running, () => this.#take(running, path, content, signal))
    } finally {
      coming.delete(path)
    }
    // Beside the next one: what several put in at once becomes durable together.
    await this.#sync(running)
    return toUpload(session)
  }

  /** To be settled, or taken back. @throws PeerError `UPLOAD_NOT_FOUND`, `UPLOAD_EMPTY`; ShareError `SHARE_TOO_LARGE` */
  async finish(id: string): Promise<FinishedUpload> {
    const running = this.#get(id)
    return await this.#inTurn(running, async () => {
      const { session } = running
      this.#get(id)
      if (session.paths.size === 0) {
        throw new PeerError('UPLOAD_EMPTY', 'There is no file in the upload.')
      }
      await this.#closePack(running)
      const manifest = manifestOf(session)
      const head = await this.#storeManifest(running, manifest)
      running.isFinishing = true
      return { id, input: session.input, head, manifest, blobs: [...running.stored] }
    })
  }

  /** What it came to is known by now. Never rejects: what is left of the upload goes at the next start at the latest. */
  async settle({ id, blobs }: FinishedUpload): Promise<void> {
    const running = this.#running.get(id)
    if (running === undefined) return
    this.#forget(running)
    try {
      await UploadLog.remove(this.#ports.disk, id)
      for (const blob of blobs) await this.#hub.store.unpin(blob, pinOf(id))
    } catch (error) {
      this.#ports.logger.warn('an upload left something', { upload: id, code: errorCode(error) })
    }
  }

  /** It could not be told: it may be finished again. */
  takeBack({ id }: FinishedUpload): void {
    const running = this.#running.get(id)
    if (running !== undefined) running.isFinishing = false
  }

  async cancel(id: string): Promise<void> {
    const running = this.#get(id)
    this.#forget(running)
    await this.#inTurn(running, () => this.#drop(running))
  }

  /** One file as a blob of its own, for what is no share; kept by the pin. */
  async keep(
    content: AsyncIterable<Uint8Array>,
    pin: string,
    signal?: AbortSignal,
  ): Promise<ManifestBlob> {
    const key = this.#ports.random.bytes(KEY_BYTES)
    const { blob } = await this.#storeBlob(counted(content), pin, key, signal)
    return blob
  }

  /** Whether it is an upload that goes on. Never rejects. */
  async #restore(id: string): Promise<boolean> {
    const { disk, clock, logger } = this.#ports
    try {
      const opened = ID.test(id) ? await UploadLog.open(disk, id) : undefined
      const session = opened && UploadSession.of(id, opened.records)
      if (opened === undefined || session === undefined) return false
      const isWhole = session.blobs.every((blob) => this.#hub.store.has(blobIdOf(blob)))
      if (isWhole && clock.wall() - session.touchedAtMs < UPLOAD_IDLE_MS) {
        this.#add(session, opened.log)
        return true
      }
      opened.log.close()
      logger.info('an upload was dropped', { upload: id, isWhole })
    } catch (error) {
      logger.warn('an upload of an earlier run is lost', { upload: id, code: errorCode(error) })
    }
    return false
  }

  #add(session: UploadSession, log: UploadLog): Running {
    const running: Running = {
      ...{ session, log, coming: new Set(), stored: session.blobs.map(blobIdOf) },
      ...{ wastedBytes: 0, isFinishing: false, idle: () => undefined, turn: Promise.resolve() },
    }
    this.#running.set(session.id, running)
    this.#touch(running)
    return running
  }

  async #take(
    running: Running,
    path: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { session } = running
    const source = counted(content)
    const start = await readStart(source)
    const atMs = this.#ports.clock.wall()
    if (start.isAll) {
      if (session.waitingBytes >= PACK_BYTES_MIN) await this.#closePack(running)
      this.#note(running, { kind: 'small', atMs, path, bytes: concatBytes(...start.parts) })
      return
    }
    source.pushBack(start.parts)
    const pin = pinOf(session.id)
    const { blob, id } = await this.#storeBlob(source, pin, this.#newKey(session), signal)
    running.stored.push(id)
    const files = [{ path, sizeBytes: blob.plainBytes, offset: 0 }]
    this.#note(running, { kind: 'stored', atMs: this.#ports.clock.wall(), blob, files })
  }

  async #closePack(running: Running): Promise<void> {
    const { session } = running
    const { waiting, waitingBytes } = session
    if (waiting.length === 0) return
    const source = counted(asyncList(waiting.map(({ bytes }) => bytes)))
    const stored = await this.#storeBlob(source, pinOf(session.id), this.#newKey(session))
    running.stored.push(stored.id)
    let offset = 0
    const files = waiting.map(({ path, bytes }): StoredFile => {
      offset += bytes.length
      return { path, sizeBytes: bytes.length, offset: offset - bytes.length }
    })
    const atMs = this.#ports.clock.wall()
    this.#note(running, { kind: 'stored', atMs, blob: stored.blob, files })
    running.wastedBytes += waitingBytes
    await this.#tidy(running)
  }

  /** Bytes that are in blobs need not stand in the log too. */
  async #tidy(running: Running): Promise<void> {
    const { log, session, wastedBytes } = running
    if (wastedBytes < Math.max(UPLOAD_WASTE_BYTES_MAX, log.sizeBytes / 2)) return
    try {
      await log.rewrite(session.records())
      running.wastedBytes = 0
    } catch (error) {
      // It takes more room than it has to, and is tried again with the next pack.
      this.#ports.logger.info('a list of what was uploaded is as it was', {
        code: errorCode(error),
      })
    }
  }

  #note(running: Running, record: UploadRecord): void {
    running.log.append(record)
    running.session.apply(record)
    this.#touch(running)
  }

  /** A disk that does not keep what it was given is trusted with nothing more. */
  async #sync(running: Running): Promise<void> {
    try {
      await running.log.sync()
    } catch (error) {
      this.#dropLater(running)
      throw error
    }
  }

  #newKey({ input }: UploadSession): Uint8Array | undefined {
    return input.isPublic === true ? undefined : this.#ports.random.bytes(KEY_BYTES)
  }

  async #storeBlob(
    source: Counted,
    pin: string,
    key: Uint8Array | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly blob: ManifestBlob; readonly id: BlobId }> {
    const stored = key === undefined ? source : sealBlob(this.#ports.crypto, key, source)
    const id = await this.#hub.store.put(stored, { pinned: pin, ...(signal && { signal }) })
    return { blob: { root: id.root, plainBytes: source.count, key }, id }
  }

  async #storeManifest(running: Running, manifest: Manifest): Promise<ShareHead> {
    const { crypto, clock } = this.#ports
    const { session } = running
    // One key seals one text: what was put in since the last time has made it void.
    const key = session.manifestKey ?? this.#newKey(session)
    this.#note(running, { kind: 'finishing', atMs: clock.wall(), key })
    await this.#sync(running)
    const plain = encodeManifest(manifest)
    const bytes = key === undefined ? plain : sealBytes(crypto, key, plain)
    const { root, sizeBytes } = hashBlob(crypto, bytes)
    running.stored.push(await this.#hub.store.put(bytes, { pinned: pinOf(session.id) }))
    const { name, isFolder, files } = manifest
    const mediaType = isFolder ? '' : mediaTypeOf(name)
    const { totalBytes } = session
    return {
      ...{ root, sizeBytes, key, name, totalBytes, isFolder, mediaType },
      fileCount: files.length,
    }
  }

  async #drop({ session, stored }: Running): Promise<void> {
    await UploadLog.remove(this.#ports.disk, session.id)
    const { store } = this.#hub
    for (const id of stored) {
      await store.unpin(id, pinOf(session.id)).catch(() => undefined)
      const info = store.info(id)
      if (info !== undefined && info.pins.length === 0 && info.tags.length === 0) {
        await store.delete(id)
      }
    }
  }

  #get(id: string): Running {
    const running = this.#running.get(id)
    if (running?.isFinishing === false) return running
    throw new PeerError('UPLOAD_NOT_FOUND', 'There is no such upload, or it was dropped.')
  }

  #touch(running: Running): void {
    const { clock } = this.#ports
    running.idle()
    const idleMs = Math.max(0, clock.wall() - running.session.touchedAtMs)
    const leftMs = Math.max(0, UPLOAD_IDLE_MS - idleMs)
    running.idle = clock.after(leftMs, () => this.#dropLater(running))
  }

  #dropLater(running: Running): void {
    this.#forget(running)
    this.#inTurn(running, () => this.#drop(running)).catch(() => undefined)
  }

  #forget(running: Running): void {
    running.idle()
    if (this.#running.delete(running.session.id)) running.log.close()
  }

  async #inTurn<T>(running: Running, work: () => Promise<T>): Promise<T> {
    const done = running.turn.then(work)
    running.turn = done.then(
      () => undefined,
      () => undefined,
    )
    return await done
  }
}

/** Frees what pins of an earlier run keep for nobody; what nothing else keeps goes. */
export async function unpinLeft(
  store: SwarmHub['store'],
  prefix: string,
  isKept: (pin: string, id: BlobId) => boolean,
): Promise<void> {
  const infos = [...store.list()].filter(({ pins }) => pins.some((pin) => pin.startsWith(prefix)))
  for (const { id, pins, tags } of infos) {
    const left = pins.filter((pin) => pin.startsWith(prefix) && !isKept(pin, id))
    if (left.length === pins.length && tags.length === 0) await store.delete(id)
    else for (const pin of left) await store.unpin(id, pin)
  }
}

function pinOf(id: string): string {
  return UPLOAD_PIN_PREFIX + id
}

function nameInvalid(): PeerError {
  return new PeerError('FILE_NAME_INVALID', 'Not every system takes a file of this name.')
}

function toUpload({ id, paths, totalBytes }: UploadSession): Upload {
  return { id, fileCount: paths.size, totalBytes }
}

/** Files in the order and under the names that a manifest has. */
function manifestOf(session: UploadSession): Manifest {
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
