/**
 * Shares of people in one memory: bytes lie in arrays, and a device holds what it put in or loaded.
 *
 * A transfer moves on by a quarter of its bytes whenever somebody looks at it, so that whoever waits for one sees it on
 * its way. Receipts are not kept: everybody's standing is that of a newcomer, and no tracker is ever asked, unless a test says what
 * came of it.
 */

import { createHash } from 'node:crypto'
import { HamletError } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { MemoryLedgerFiles } from './_memory-ledger-files.ts'
import { found, RANKS } from './_memory-store.ts'

interface StoredFile {
  readonly path: string
  readonly bytes: Uint8Array
  readonly blob: string
}

interface StoredShare {
  readonly id: string
  readonly space: string | undefined
  readonly isFolder: boolean
  readonly isPublic: boolean
  readonly files: readonly StoredFile[]
  readonly person: string
  readonly createdAtMs: number
  name: string
  isRemoved: boolean
  /** Bytes of each file that a device holds, by device and path. */
  readonly held: Map<string, Map<string, number>>
}

interface StoredUpload {
  readonly input: api.UploadInput
  readonly files: Map<string, StoredFile>
}

interface StoredTransfer {
  readonly priorities: Map<string, api.FilePriority>
  state: api.Transfer['state']
}

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  svg: 'image/svg+xml',
  html: 'text/html',
  mp4: 'video/mp4',
  webm: 'video/webm',
  pdf: 'application/pdf',
  txt: 'text/plain',
}
const PIECE_BYTES = 16_384
const LINK = 'hamlet:share#'

/** By world: everybody takes from the same. */
const sharesByWorld = new WeakMap<object, StoredShare[]>()

export abstract class MemoryFiles extends MemoryLedgerFiles implements api.FilesApi {
  /** Reads of files fail, if set, once they have given so many bytes. */
  failReads: { readonly code: string; readonly afterBytes: number } | undefined
  /** Transfers that are started fail with this code, if set. */
  failTransfers: string | undefined
  /** How many reads of files, and how many uploads, are under way. */
  reading = 0
  receiving = 0
  /** How many bytes were read in all. */
  readBytes = 0
  /** What became of people, and of trackers, by their id and address. */
  readonly standings = new Map<string, Partial<api.PersonStanding>>()
  readonly trackerStates = new Map<string, Partial<api.KnownTracker>>()
  readonly #uploads = new Map<string, StoredUpload>()
  readonly #opened = new Set<string>()
  readonly #pinned = new Set<string>()
  readonly #transfers = new Map<string, StoredTransfer>()
  readonly #trackers = new Set<string>()
  #limits: api.TransferLimits = { downBytesPerSecond: 0, upBytesPerSecond: 0, quotaBytes: 0 }

  async shares(
    space?: string,
    { removed = false }: { readonly removed?: boolean } = {},
  ): Promise<readonly api.Share[]> {
    if (space !== undefined) this.spaceOf(space)
    const here = this.#all.filter((share) => share.space === space && this.#knows(share))
    return here
      .filter((share) => removed || !share.isRemoved)
      .map((share) => this.#view(share))
      .toReversed()
  }

  async shareDetail(id: string): Promise<api.ShareDetail> {
    const share = this.#share(id)
    const files = share.files.map((file) => this.#viewFile(share, file))
    const holders = [...share.held].map(([device, byPath]) => ({
      device,
      ...personOf(this.world.people.find((person) => person.device === device)?.id),
      isThisDevice: device === this.device,
      isConnected: device !== this.device,
      heldBytes: sum(byPath.values()),
      atMs: share.createdAtMs,
    }))
    return { ...this.#view(share), files, holders }
  }

  async sharedFile(id: string, path: string): Promise<api.SharedFile> {
    const share = this.#share(id)
    return this.#viewFile(share, fileOf(share, path))
  }

  async startUpload(input: api.UploadInput): Promise<api.Upload> {
    if (input.space !== undefined) this.spaceAs(input.space, 'writer')
    const id = this.world.newId()
    this.#uploads.set(id, { input, files: new Map() })
    return { id, fileCount: 0, totalBytes: 0 }
  }

  async putFile(id: string, path: string, content: AsyncIterable<Uint8Array>): Promise<api.Upload> {
    const { files } = found(this.#uploads.get(id), 'UPLOAD_NOT_FOUND')
    if (path.split('/').some((name) => name === '' || name === '.' || name === '..')) {
      throw new HamletError('FILE_NAME_EMPTY', 'expected a name')
    }
    if (files.has(path)) throw new HamletError('UPLOAD_FILE_EXISTS', 'there is such a file')
    const bytes = await this.#receive(content)
    const hash = createHash('sha256').update(bytes).digest('hex')
    files.set(path, { path, bytes, blob: `${hash}-${bytes.length}` })
    return this.#viewUpload(id)
  }

  async #receive(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    const { quotaBytes } = this.#limits
    let sizeBytes = 0
    this.receiving++
    try {
      for await (const piece of content) {
        sizeBytes += piece.length
        if (quotaBytes > 0 && this.#usedBytes + sizeBytes > quotaBytes) {
          throw new HamletError('BLOB_QUOTA', `expected at most ${quotaBytes} bytes`)
        }
        pieces.push(Uint8Array.from(piece))
      }
      return new Uint8Array(Buffer.concat(pieces))
    } finally {
      this.receiving--
    }
  }

  async finishUpload(id: string): Promise<api.Share> {
    const { input, files } = found(this.#uploads.get(id), 'UPLOAD_NOT_FOUND')
    if (files.size === 0) throw new HamletError('FILES_BAD_SHARE', 'there is no file in it')
    this.#uploads.delete(id)
    const share: StoredShare = {
      id: this.world.newId(),
      space: input.space,
      name: input.name,
      isFolder: input.isFolder,
      isPublic: input.isPublic === true,
      files: [...files.values()],
      person: this.id,
      createdAtMs: this.world.nowMs(),
      isRemoved: false,
      held: new Map(),
    }
    const wholeByPath = share.files.map(({ path, bytes }) => [path, bytes.length] as const)
    share.held.set(this.device, new Map(wholeByPath))
    sharesByWorld.set(this.world, [...this.#all, share])
    this.#opened.add(share.id)
    this.#changed(share)
    return this.#view(share)
  }

  async cancelUpload(id: string): Promise<void> {
    if (!this.#uploads.delete(id)) throw new HamletError('UPLOAD_NOT_FOUND', 'no such upload')
  }

  async openShareLink(link: string): Promise<api.Share> {
    const id = link.startsWith(LINK) ? link.slice(LINK.length) : undefined
    const share = this.#all.find((each) =>
      id === undefined
        ? each.isPublic && each.files.some(({ blob }) => blob === link)
        : each.id === id,
    )
    if (share === undefined) throw new HamletError('SHARE_LINK_MALFORMED', 'no link to a share')
    this.#opened.add(share.id)
    return this.#view(share)
  }

  async shareLink(id: string): Promise<api.ShareLink> {
    const share = this.#share(id)
    return { link: LINK + share.id, webLink: `http://127.0.0.1/#share=${share.id}` }
  }

  async renameShare(id: string, name: string): Promise<api.Share> {
    const share = this.#changeable(id)
    share.name = name
    return this.#changed(share)
  }

  async removeShare(id: string): Promise<void> {
    const share = this.#changeable(id)
    share.isRemoved = true
    this.#changed(share)
  }

  async restoreShare(id: string): Promise<api.Share> {
    const share = this.#changeable(id)
    share.isRemoved = false
    return this.#changed(share)
  }

  async pinShare(id: string, isPinned: boolean): Promise<api.Share> {
    const share = this.#share(id)
    if (isPinned) this.#pinned.add(id)
    else this.#pinned.delete(id)
    return this.#changed(share)
  }

  async forgetShareBytes(id: string): Promise<api.Share> {
    const share = this.#share(id)
    share.held.delete(this.device)
    this.#transfers.delete(id)
    return this.#changed(share)
  }

  async startTransfer(
    id: string,
    { select, priority = 'normal' }: api.TransferOptions = {},
  ): Promise<api.Transfer> {
    const share = this.#share(id)
    const chosen = share.files.filter(
      ({ path }) =>
        select === undefined || select.some((each) => path === each || path.startsWith(`${each}/`)),
    )
    if (chosen.length === 0) throw new HamletError('FILE_NOT_FOUND', 'there is no such file')
    const before = this.#transfers.get(id)?.priorities ?? []
    const priorities = new Map([...before, ...chosen.map(({ path }) => [path, priority] as const)])
    const state = this.failTransfers === undefined ? 'loading' : 'failed'
    const transfer: StoredTransfer = { priorities, state }
    this.#transfers.set(id, transfer)
    return this.#viewTransfer(share, transfer)
  }

  async transfers(): Promise<readonly api.Transfer[]> {
    return [...this.#transfers].map(([id, transfer]) => {
      const share = this.#share(id)
      this.#moveOn(share, transfer)
      return this.#viewTransfer(share, transfer)
    })
  }

  pauseTransfer(id: string): Promise<api.Transfer> {
    return this.#setState(id, 'paused')
  }

  resumeTransfer(id: string): Promise<api.Transfer> {
    return this.#setState(id, 'loading')
  }

  async cancelTransfer(id: string): Promise<void> {
    if (!this.#transfers.delete(id)) throw new HamletError('TRANSFER_NOT_FOUND', 'none')
  }

  async setFilePriority(
    id: string,
    path: string,
    priority: api.FilePriority,
  ): Promise<api.Transfer> {
    const share = this.#share(id)
    const transfer = found(this.#transfers.get(id), 'TRANSFER_NOT_FOUND')
    transfer.priorities.set(fileOf(share, path).path, priority)
    return this.#viewTransfer(share, transfer)
  }

  async *readFile(
    id: string,
    path: string,
    { offset = 0, lengthBytes, signal }: api.ByteSpan = {},
  ): AsyncGenerator<Uint8Array> {
    const share = this.#share(id)
    const { bytes } = fileOf(share, path)
    const end = lengthBytes === undefined ? bytes.length : offset + lengthBytes
    this.reading++
    try {
      for (let at = offset; at < end; at += PIECE_BYTES) {
        signal?.throwIfAborted()
        const { code, afterBytes = Infinity } = this.failReads ?? {}
        if (at - offset >= afterBytes) throw new HamletError(code!, 'cannot be read')
        this.readBytes += Math.min(end, at + PIECE_BYTES) - at
        yield bytes.subarray(at, Math.min(end, at + PIECE_BYTES))
      }
      if (lengthBytes === undefined) this.#hold(share, path, bytes.length)
    } finally {
      this.reading--
    }
  }

  async shareBlobs(id: string): Promise<readonly api.ShareBlob[]> {
    return this.#share(id).files.map(({ blob, bytes }) => ({ blob, sizeBytes: bytes.length }))
  }

  async *readShareBlob(
    id: string,
    blob: string,
    { offset = 0, lengthBytes }: api.ByteSpan = {},
  ): AsyncGenerator<Uint8Array> {
    const { bytes } = found(
      this.#share(id).files.find((file) => file.blob === blob),
      'BLOB_NOT_FOUND',
    )
    yield bytes.subarray(offset, lengthBytes === undefined ? undefined : offset + lengthBytes)
  }

  async transferLimits(): Promise<api.TransferLimits> {
    return this.#limits
  }

  async setTransferLimits(limits: Partial<api.TransferLimits>): Promise<api.TransferLimits> {
    this.#limits = { ...this.#limits, ...limits }
    return this.#limits
  }

  async fileStorage(): Promise<api.FileStorage> {
    const pinned = this.#all.filter(({ id }) => this.#pinned.has(id))
    const pinnedBytes = sum(pinned.map((share) => this.#heldBytes(share)))
    const blobs = sum(this.#all.map(({ held }) => held.get(this.device)?.size ?? 0))
    return { usedBytes: this.#usedBytes, pinnedBytes, blobs }
  }

  async trackers(): Promise<readonly api.KnownTracker[]> {
    return [...this.#trackers].map((url) => this.#viewTracker(url))
  }

  async addTracker(url: string): Promise<api.KnownTracker> {
    if (!/^https?:/.test(url)) throw new HamletError('TRACKER_URL_INVALID', 'not a web address')
    this.#trackers.add(url)
    return this.#viewTracker(url)
  }

  async removeTracker(url: string): Promise<void> {
    if (!this.#trackers.delete(url)) throw new HamletError('TRACKER_NOT_FOUND', 'not known')
  }

  async standing(space: string, person?: string): Promise<readonly api.PersonStanding[]> {
    const { members } = this.spaceOf(space)
    return [...members]
      .filter(([id]) => person === undefined || id === person)
      .map(([id, { joinedAtMs }]) => ({
        person: id,
        isSelf: id === this.id,
        contribution: 0,
        reliability: 0.5,
        memberSinceMs: joinedAtMs,
        givenBytes: 0,
        takenBytes: 0,
        balanceBytes: 0,
        reasons: [],
        frauds: [],
        ...this.standings.get(id),
      }))
  }

  async exportReceipts(space: string): Promise<string> {
    return `receipts of ${this.spaceOf(space).id}\n`
  }

  #viewTracker(url: string): api.KnownTracker {
    return { url, state: 'unknown', announced: 0, ...this.trackerStates.get(url) }
  }

  get #all(): readonly StoredShare[] {
    return sharesByWorld.get(this.world) ?? []
  }

  get #usedBytes(): number {
    const shared = sum(this.#all.map((share) => this.#heldBytes(share)))
    const files = [...this.#uploads.values()].flatMap((upload) => [...upload.files.values()])
    return shared + sum(files.map(({ bytes }) => bytes.length))
  }

  #knows({ id, space }: StoredShare): boolean {
    if (space === undefined) return this.#opened.has(id)
    return this.world.spaces.some((each) => each.id === space && each.members.has(this.id))
  }

  #share(id: string): StoredShare {
    return found(
      this.#all.find((share) => share.id === id && this.#knows(share)),
      'FILES_UNKNOWN_SHARE',
    )
  }

  #changeable(id: string): StoredShare {
    const share = this.#share(id)
    if (share.space === undefined || share.person === this.id) return share
    const role = this.spaceOf(share.space).members.get(this.id)!.role
    if (RANKS[role] >= RANKS.admin) return share
    throw new HamletError('FILES_NOT_ALLOWED', 'only who shared it and admins may do that')
  }

  #changed(share: StoredShare): api.Share {
    const { space } = share
    for (const person of this.world.people) {
      person.emit({ type: 'files', ...(space === undefined ? {} : { space }) })
    }
    return this.#view(share)
  }

  #hold(share: StoredShare, path: string, bytes: number): void {
    const held = share.held.get(this.device) ?? new Map<string, number>()
    held.set(path, bytes)
    share.held.set(this.device, held)
  }

  #heldBytes({ held }: StoredShare): number {
    return sum(held.get(this.device)?.values() ?? [])
  }

  async #setState(id: string, state: api.Transfer['state']): Promise<api.Transfer> {
    const share = this.#share(id)
    const transfer = found(this.#transfers.get(id), 'TRANSFER_NOT_FOUND')
    transfer.state = state
    return this.#viewTransfer(share, transfer)
  }

  #moveOn(share: StoredShare, transfer: StoredTransfer): void {
    if (transfer.state !== 'loading') return
    let isDone = true
    for (const { path, bytes } of wanted(share, transfer)) {
      const held = share.held.get(this.device)?.get(path) ?? 0
      const now = Math.min(bytes.length, held + Math.ceil(bytes.length / 4))
      this.#hold(share, path, now)
      if (now < bytes.length) isDone = false
    }
    if (isDone) transfer.state = 'done'
    this.emitTransfers()
  }

  protected emitTransfers(): void {
    for (const person of this.world.people) {
      if (person.device === this.device) person.emit({ type: 'transfers' })
    }
  }

  #view(share: StoredShare): api.Share {
    const { id, name, isFolder, isPublic, files, createdAtMs, isRemoved } = share
    const totalBytes = sum(files.map(({ bytes }) => bytes.length))
    const held = [...share.held.values()].map((byPath) => sum(byPath.values()))
    const parts = held.map((bytes) => (totalBytes === 0 ? 1 : bytes / totalBytes))
    return {
      id,
      ...(share.space === undefined ? {} : { space: share.space }),
      ...{ name, isFolder, isPublic, fileCount: files.length, totalBytes },
      heldBytes: this.#heldBytes(share),
      mediaType: typeOf(files[0]!.path),
      person: share.person,
      ...{ createdAtMs, isRemoved, isPinned: this.#pinned.has(id) },
      wholeCopies: parts.filter((part) => part === 1).length,
      copies: sum(parts),
    }
  }

  #viewFile(share: StoredShare, { path, bytes, blob }: StoredFile): api.SharedFile {
    const priority = this.#transfers.get(share.id)?.priorities.get(path) ?? 'normal'
    const heldBytes = share.held.get(this.device)?.get(path) ?? 0
    return { path, sizeBytes: bytes.length, heldBytes, mediaType: typeOf(path), priority, blob }
  }

  #viewUpload(id: string): api.Upload {
    const files = [...found(this.#uploads.get(id), 'UPLOAD_NOT_FOUND').files.values()]
    return { id, fileCount: files.length, totalBytes: sum(files.map(({ bytes }) => bytes.length)) }
  }

  #viewTransfer(share: StoredShare, transfer: StoredTransfer): api.Transfer {
    const files = wanted(share, transfer)
    const heldOf = ({ path }: StoredFile) => share.held.get(this.device)?.get(path) ?? 0
    const wantedBytes = sum(files.map(({ bytes }) => bytes.length))
    const heldBytes = sum(files.map(heldOf))
    const others = this.world.people.filter(({ device }) => device !== this.device)
    const sources = others
      .filter(({ device }) => share.held.has(device))
      .map(({ id, device }) => ({
        ...{ kind: 'member' as const, id: device, person: id },
        ...{ bytes: heldBytes, bytesPerSecond: 1_000_000, state: 'asking' as const },
        heldThousandths: 1000,
      }))
    const isLoading = transfer.state === 'loading' && heldBytes < wantedBytes
    return {
      share: share.id,
      ...(share.space === undefined ? {} : { space: share.space }),
      ...{ name: share.name, direction: 'down', state: transfer.state, wantedBytes, heldBytes },
      ...{ uploadedBytes: 0, downBytesPerSecond: isLoading ? 1_000_000 : 0, upBytesPerSecond: 0 },
      ...(isLoading ? { secondsLeft: (wantedBytes - heldBytes) / 1_000_000 } : {}),
      availability: share.held.size,
      pieces: files.slice(0, 200).map((file) => percent(heldOf(file), file.bytes.length)),
      sources,
      ...(transfer.state === 'failed' ? { reason: this.failTransfers ?? 'UNKNOWN' } : {}),
    }
  }
}

function wanted(share: StoredShare, { priorities }: StoredTransfer): readonly StoredFile[] {
  return share.files.filter(({ path }) => (priorities.get(path) ?? 'skip') !== 'skip')
}

function fileOf(share: StoredShare, path: string): StoredFile {
  return found(
    share.files.find((file) => file.path === path),
    'FILE_NOT_FOUND',
  )
}

function personOf(person: string | undefined): { readonly person?: string } {
  return person === undefined ? {} : { person }
}

export function typeOf(path: string): string {
  return TYPES[path.split('.').at(-1)!.toLowerCase()] ?? 'application/octet-stream'
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((100 * part) / whole)
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
