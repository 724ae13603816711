/**
 * The blobs of a peer and the swarms they are in: one store, one engine, and who may have what.
 *
 * A blob may belong to several shares: then it goes to whoever may have one of them. What is here of a blob is served as long as a
 * share that it belongs to is known; what is missing is loaded when somebody asks for it.
 *
 * Invariants:
 * 1. A blob is served to nobody but those whom a share it belongs to allows, and to nobody at all once the last one is gone.
 * 2. One handle of the store is open for each blob that is served or loaded, and closed with it.
 */

import { blobKey, BlobStore, CHUNK_BYTES } from '@hamlet/blobs'
import type {
  BlobId,
  BlobKey,
  BlobServing,
  ByteRange,
  ChunkSet,
  DownloadOptions,
  PartialBlob,
  SwarmAccess,
  SwarmDownload,
  SwarmEngine,
  SwarmListener,
  WebSeed,
} from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { Cancel, Clock, SpaceId } from '@hamlet/core'
import type { PeerPorts } from '../peer-ports.ts'

/** Who may have a blob, by one of the shares that it belongs to. */
export interface ShareAccess extends SwarmAccess {
  /** The space it is shared in; `undefined`: it came by a link. */
  readonly space?: SpaceId
}

export interface BlobLoading {
  readonly partial: PartialBlob
  readonly download: SwarmDownload
}

/** In the place of a share: somebody reads, and waits for what is read. */
export const READER = 'reader'

interface Member {
  readonly id: BlobId
  /** By the share that it is a part of. */
  readonly accesses: Map<string, ShareAccess>
  serving: BlobServing | undefined
  unshare: Cancel | undefined
  loading: BlobLoading | undefined
  /** What each share that loads it wants of it; `undefined`: all. */
  readonly wanted: Map<string, readonly ByteRange[] | undefined>
  /** Opening and closing of this blob, one after the other. */
  turn: Promise<void>
}

export class SwarmHub {
  readonly store: BlobStore
  readonly engine: SwarmEngine
  readonly #ports: PeerPorts
  readonly #members = new Map<BlobKey, Member>()
  #closed = false

  private constructor(ports: PeerPorts, engine: SwarmEngine, store: BlobStore) {
    this.#ports = ports
    this.engine = engine
    this.store = store
  }

  static async open(ports: PeerPorts, engine: SwarmEngine): Promise<SwarmHub> {
    return new SwarmHub(ports, engine, await BlobStore.open(ports))
  }

  get clock(): Clock {
    return this.#ports.clock
  }

  /** The blob is a part of the share from now on: what is here of it is served. */
  async add(share: string, id: BlobId, access: ShareAccess): Promise<void> {
    const member = this.#member(id)
    member.accesses.set(share, access)
    this.engine.renew(id)
    await this.#inTurn(member, () => this.#serve(member))
  }

  /** The blob is no part of the share any more. */
  async remove(share: string, id: BlobId): Promise<void> {
    const member = this.#members.get(blobKey(id))
    if (member?.accesses.delete(share) !== true || member.accesses.size > 0) return
    this.#members.delete(blobKey(id))
    await this.#inTurn(member, async () => this.#end(member))
  }

  /**
   * Of a blob that was added: begins to load it for a share or a `READER`, or what this one wants of it too. Without ranges it wants all;
   * what was wanted for the same one before is replaced.
   */
  async load(wanter: string, id: BlobId, options: DownloadOptions = {}): Promise<BlobLoading> {
    const member = this.#member(id)
    await this.#inTurn(member, async () => {
      if (this.#closed) return
      member.wanted.set(wanter, options.ranges)
      const ranges = unionOf(member.wanted)
      if (member.loading !== undefined) {
        member.loading.download.select(ranges)
        return
      }
      const partial = await this.store.begin(id)
      const before = member.serving
      const download = this.engine.download(partial, accessOf(member), { ...options, ranges })
      member.unshare ??= this.engine.share(partial, accessOf(member))
      member.serving = partial
      before?.close()
      member.loading = { partial, download }
      // Whoever waits is told by `done` itself; here it only ends the loading.
      download.done.then(
        () => this.#ended(member, download),
        () => this.#ended(member, download),
      )
    })
    if (member.loading !== undefined) return member.loading
    throw new DOMException('the peer closes', 'AbortError')
  }

  /** Who may have it, by each of the shares that it belongs to. */
  accessesOf(id: BlobId): readonly ShareAccess[] {
    return [...(this.#members.get(blobKey(id))?.accesses.values() ?? [])]
  }

  loadingOf(id: BlobId): BlobLoading | undefined {
    return this.#members.get(blobKey(id))?.loading
  }

  /** What a share wants from now on of a blob that is loading for it. */
  reselect(share: string, id: BlobId, ranges: readonly ByteRange[] | undefined): void {
    const member = this.#members.get(blobKey(id))
    const isIt = member?.loading !== undefined && member.wanted.has(share)
    if (!isIt || member.wanted.get(share) === ranges) return
    member.wanted.set(share, ranges)
    member.loading!.download.select(unionOf(member.wanted))
  }

  /** The share has what it wanted of it: it loads on while anybody else wants some. */
  unload(share: string, id: BlobId): void {
    const member = this.#members.get(blobKey(id))
    if (member?.loading === undefined || !member.wanted.delete(share)) return
    if (member.wanted.size === 0) this.#stop(member)
    else member.loading.download.select(unionOf(member.wanted))
  }

  /** The share is not to load it, nor who reads it: what has come stays, and it loads on only for another share. */
  stop(share: string, id: BlobId): void {
    const member = this.#members.get(blobKey(id))
    const others = [...(member?.wanted.keys() ?? [])].filter((wanter) => wanter !== share)
    if (others.length === 1 && others[0] === READER) this.unload(READER, id)
    this.unload(share, id)
  }

  addSource(id: BlobId, source: string | WebSeed): void {
    this.engine.addSource(id, source)
  }

  onChange(listener: SwarmListener): Cancel {
    return this.engine.onChange(listener)
  }

  /** Bytes that are here of a blob. */
  heldBytes(id: BlobId): number {
    return this.store.info(id)?.heldBytes ?? 0
  }

  /** Chunks that are here of a blob that is served or loaded. */
  heldChunks(id: BlobId): ChunkSet | undefined {
    return this.#members.get(blobKey(id))?.serving?.held()
  }

  /** Whether the range is here, of a blob that is served or loaded. */
  holds(id: BlobId, { offset, length }: ByteRange): boolean {
    const serving = this.#members.get(blobKey(id))?.serving
    if (serving === undefined) return this.store.has(id)
    const end = Math.ceil((offset + length) / CHUNK_BYTES)
    for (let chunk = Math.floor(offset / CHUNK_BYTES); chunk < end; chunk++) {
      if (!serving.hasChunk(chunk)) return false
    }
    return true
  }

  /** Frees what is here of a blob, unless another share than this needs it. */
  async free(share: string, id: BlobId): Promise<void> {
    const member = this.#members.get(blobKey(id))
    if (member !== undefined && [...member.accesses.keys()].some((other) => other !== share)) return
    if (member !== undefined) await this.#inTurn(member, async () => this.#end(member))
    await this.store.delete(id)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.engine.close()
    const members = [...this.#members.values()]
    this.#members.clear()
    for (const member of members) await this.#inTurn(member, async () => this.#end(member))
    await this.store[Symbol.asyncDispose]()
  }

  #member(id: BlobId): Member {
    const known = this.#members.get(blobKey(id))
    if (known !== undefined) return known
    const none = { serving: undefined, unshare: undefined, loading: undefined }
    const maps = { accesses: new Map(), wanted: new Map() }
    const member: Member = { id, ...maps, ...none, turn: Promise.resolve() }
    this.#members.set(blobKey(id), member)
    return member
  }

  async #serve(member: Member): Promise<void> {
    if (member.serving !== undefined || member.accesses.size === 0 || this.#closed) return
    member.serving = await this.store.serve(member.id)
    if (member.serving === undefined) return
    member.unshare = this.engine.share(member.serving, accessOf(member))
  }

  #ended(member: Member, download: SwarmDownload): void {
    if (member.loading?.download === download) this.#stop(member)
  }

  #stop(member: Member): void {
    const { loading } = member
    member.loading = undefined
    member.wanted.clear()
    loading?.download.stop()
  }

  #end(member: Member): void {
    this.#stop(member)
    member.unshare?.()
    member.unshare = undefined
    member.serving?.close()
    member.serving = undefined
  }

  async #inTurn(member: Member, work: () => Promise<void>): Promise<void> {
    const turn = member.turn.then(work)
    member.turn = turn.catch((error: unknown) => {
      this.#ports.logger.warn('a blob was not opened', { code: errorCode(error) })
    })
    await turn
  }
}

/** Asked anew each time: shares come and go. */
function accessOf(member: Member): SwarmAccess {
  const all = (): readonly SwarmAccess[] => [...member.accesses.values()]
  const group = all().find((access) => access.group !== undefined)?.group
  return {
    ...(group === undefined ? {} : { group }),
    isAllowed: (peer) => all().some((access) => access.isAllowed(peer)),
    get isPublic() {
      return all().some((access) => access.isPublic)
    },
  }
}

/** What any of them wants; `undefined`: all. */
function unionOf(
  wanted: ReadonlyMap<string, readonly ByteRange[] | undefined>,
): readonly ByteRange[] | undefined {
  const all = [...wanted.values()]
  return all.includes(undefined) ? undefined : all.flatMap((ranges) => ranges ?? [])
}
