/** Shares and transfers as faces see them. */

import { bytesToHex } from '@hamlet/core'
import type { BlobId, SwarmDownload, TransferStatus } from '@hamlet/blobs'
import { blobKey, CHUNK_BYTES, ChunkSet, chunkCountOf } from '@hamlet/blobs'
import type { SharedItem } from '@hamlet/files'
import type * as Api from '@hamlet/http/api'
import { blobIdOf, heldOfRange, storedRange } from './known-share.ts'
import type { KnownShare } from './known-share.ts'
import { mediaTypeOf } from './media-type.ts'
import type { RefusedSource } from './refused-sources.ts'
import type { ShareTransfer } from './share-transfer.ts'
import type { SwarmHub } from './swarm-hub.ts'
import { heldBytesOf, wantedBytesOf } from './wanted-parts.ts'

/** Stretches of a transfer that a face is shown. */
const PIECES_MAX = 200

export interface ShareFacts {
  readonly name: string
  readonly person: string | undefined
  readonly createdAtMs: number
  readonly isRemoved: boolean
  readonly isPinned: boolean
  readonly holders: readonly Api.ShareHolder[]
}

export function toShare(share: KnownShare, facts: ShareFacts): Api.Share {
  const { head, origin } = share
  const { person, holders, ...rest } = facts
  const whole = holders.filter(({ heldBytes }) => heldBytes >= head.totalBytes).length
  return {
    id: share.id,
    ...(origin.space === undefined ? {} : { space: origin.space }),
    ...(person === undefined ? {} : { person }),
    ...rest,
    isFolder: head.isFolder,
    isPublic: head.key === undefined,
    fileCount: head.fileCount,
    totalBytes: head.totalBytes,
    heldBytes: share.heldBytes(),
    mediaType: head.mediaType,
    wholeCopies: whole,
    copies: copiesOf(holders, head.totalBytes),
  }
}

/** What is left to see of a share that was removed. */
export function toRemovedShare(item: SharedItem, space: string): Api.Share {
  const { id, name, person, createdAtMs, isRemoved, isFolder, fileCount, totalBytes, mediaType } =
    item
  return {
    ...{ id, space, name, person, createdAtMs, isRemoved, isFolder },
    ...{ fileCount, totalBytes, mediaType, isPublic: item.key === undefined },
    ...{ heldBytes: 0, isPinned: false, wholeCopies: 0, copies: 0 },
  }
}

function copiesOf(holders: readonly Api.ShareHolder[], totalBytes: number): number {
  if (totalBytes === 0) return holders.length
  const copies = holders.reduce(
    (sum, { heldBytes }) => sum + Math.min(1, heldBytes / totalBytes),
    0,
  )
  return Math.round(copies * 100) / 100
}

/** This device first, then the others by what they hold. */
export function holdersOf(
  item: Pick<SharedItem, 'holdings'> | undefined,
  own: Api.ShareHolder,
  isConnected: (device: string) => boolean,
): readonly Api.ShareHolder[] {
  const others = (item?.holdings ?? []).filter(({ device }) => device !== own.device)
  const told = others.map(({ device, person, heldBytes, atMs }) => {
    return {
      device,
      person,
      heldBytes,
      atMs,
      isThisDevice: false,
      isConnected: isConnected(device),
    }
  })
  const sorted = told.sort((a, b) => b.heldBytes - a.heldBytes || (a.device < b.device ? -1 : 1))
  return own.heldBytes > 0 ? [own, ...sorted] : sorted
}

export async function toFiles(
  hub: SwarmHub,
  share: KnownShare,
  priorityOf: (path: string) => Api.FilePriority,
): Promise<readonly Api.SharedFile[] | undefined> {
  const { manifest } = share
  if (manifest === undefined) return undefined
  const held = await Promise.all(manifest.blobs.map((blob) => heldChunks(hub, blobIdOf(blob))))
  return manifest.files.map(({ path, sizeBytes, blob: index, offset }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const blob = index === undefined ? undefined : manifest.blobs[index]!
    const heldBytes = blob === undefined ? 0 : heldOfFile(held[index!]!, blob, offset, sizeBytes)
    return {
      ...{ path, sizeBytes, heldBytes, mediaType: mediaTypeOf(name) },
      priority: priorityOf(path),
      blob: blob === undefined ? `${'0'.repeat(64)}-0` : blobKey(blobIdOf(blob)),
    }
  })
}

function heldOfFile(
  held: ChunkSet,
  blob: Parameters<typeof storedRange>[0],
  offset: number,
  sizeBytes: number,
): number {
  if (held.isFull) return sizeBytes
  const range = storedRange(blob, offset, sizeBytes)
  return Math.floor((heldOfRange(held, range) * sizeBytes) / Math.max(1, range.length))
}

async function heldChunks(
  hub: SwarmHub,
  id: Parameters<SwarmHub['heldBytes']>[0],
): Promise<ChunkSet> {
  const count = chunkCountOf(id.sizeBytes)
  if (hub.store.has(id)) return ChunkSet.full(count)
  const loading = hub.loadingOf(id)
  if (loading !== undefined) return loading.partial.held()
  const serving = hub.heldBytes(id) === 0 ? undefined : await hub.store.serve(id)
  const held = serving?.held() ?? new ChunkSet(count)
  serving?.close()
  return held
}

export interface TransferFacts {
  readonly name: string
  readonly personOf: (device: string) => string | undefined
  readonly roundTripMsOf: (device: string) => number | undefined
  /** Who sent something wrong of it. */
  readonly refused: readonly RefusedSource[]
}

export function toTransfer(
  hub: SwarmHub,
  transfer: ShareTransfer,
  facts: TransferFacts,
): Api.Transfer {
  const { share } = transfer
  const { manifest, origin } = share
  const statuses = transfer.loadings.map(({ download }) => download.status())
  const wanted = transfer.wantedParts()
  const wantedBytes = manifest === undefined ? share.head.totalBytes : sumOf(wanted, wantedBytesOf)
  const heldBytes = sumOf(wanted, (part) => heldBytesOf(hub, part))
  const isLoading = transfer.state === 'loading'
  // Rates are those of some seconds, and what is paused has none.
  const downRate = sumOf(statuses, (each) => each.receivedBytesPerSecond)
  const downBytesPerSecond = isLoading ? Math.round(downRate) : 0
  const isMoving = downBytesPerSecond > 0
  const reason = transfer.reason ?? diskReason(statuses)
  return {
    share: share.id,
    ...(origin.space === undefined ? {} : { space: origin.space }),
    name: facts.name,
    direction: 'down',
    state: stateOf(transfer, statuses),
    ...{ wantedBytes, heldBytes, downBytesPerSecond },
    uploadedBytes: sumOf(statuses, ({ sentBytes }) => sentBytes),
    upBytesPerSecond: Math.round(sumOf(statuses, (each) => each.sentBytesPerSecond)),
    ...(isMoving ? { secondsLeft: Math.ceil((wantedBytes - heldBytes) / downBytesPerSecond) } : {}),
    availability: availabilityOf(transfer, statuses),
    pieces: piecesOf(hub, transfer),
    sources: sourcesOf(transfer, statuses, facts),
    ...(reason === undefined ? {} : { reason }),
  }
}

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0)
}

type Status = ReturnType<SwarmDownload['status']>

function stateOf(transfer: ShareTransfer, statuses: readonly Status[]): Api.Transfer['state'] {
  if (transfer.state !== 'loading') return transfer.state
  const isWaiting =
    diskReason(statuses) !== undefined || statuses.every(({ sources }) => sources.length === 0)
  return statuses.length > 0 && isWaiting ? 'waiting' : 'loading'
}

/** What the disk says, when it takes nothing for now. */
function diskReason(statuses: readonly Status[]): string | undefined {
  return statuses.find(({ state }) => state === 'waiting')?.errorCode
}

function availabilityOf(transfer: ShareTransfer, statuses: readonly Status[]): number {
  if (transfer.state === 'done') return 1
  const known = statuses.flatMap(({ availability }) => availability ?? [])
  return known.length === 0 ? 0 : Math.round(Math.min(...known) * 100) / 100
}

function sourcesOf(
  { share, loadings, state }: ShareTransfer,
  statuses: readonly Status[],
  facts: TransferFacts,
): readonly Api.TransferSource[] {
  const byName = new Map<string, Status['sources'][number][]>()
  for (const { sources } of statuses) {
    for (const source of sources)
      byName.set(source.name, [...(byName.get(source.name) ?? []), source])
  }
  const chunks = sumOf(loadings, ({ partial }) => partial.chunkCount)
  const refused = facts.refused.filter(({ name }) => !byName.has(name))
  const asked = [...byName].map(([id, all]): Api.TransferSource => {
    const rttMs = facts.roundTripMsOf(id)
    return {
      ...whoIs(share, id, all[0]!.kind, facts),
      bytes: sumOf(all, ({ receivedBytes }) => receivedBytes),
      bytesPerSecond:
        state === 'loading' ? Math.round(sumOf(all, (each) => each.receivedBytesPerSecond)) : 0,
      ...(rttMs === undefined ? {} : { rttMs }),
      state: sourceState(all),
      heldThousandths: Math.floor(
        (1000 * sumOf(all, ({ heldChunks }) => heldChunks)) / Math.max(1, chunks),
      ),
    }
  })
  return [...asked, ...refused.map((source) => toRefused(share, source, facts))]
}

function toRefused(
  share: ShareTransfer['share'],
  { name, kind, bytes, reason }: RefusedSource,
  facts: TransferFacts,
): Api.TransferSource {
  const nothing = { bytesPerSecond: 0, heldThousandths: 0 }
  return { ...whoIs(share, name, kind, facts), bytes, ...nothing, state: 'banned', reason }
}

function whoIs(
  { origin }: ShareTransfer['share'],
  id: string,
  kind: 'peer' | 'web',
  facts: TransferFacts,
): Pick<Api.TransferSource, 'kind' | 'id' | 'person'> {
  if (kind === 'web') return { kind, id }
  const person = facts.personOf(id)
  if (person === undefined) return { kind, id }
  return { kind: origin.space === undefined ? 'peer' : 'member', id, person }
}

function sourceState(all: readonly Status['sources'][number][]): Api.TransferSource['state'] {
  if (all.some(({ isLate }) => isLate)) return 'slow'
  if (all.some(({ askedChunks }) => askedChunks > 0)) return 'asking'
  return all.every(({ isChoking }) => isChoking) ? 'choked' : 'idle'
}

/** How much of each of at most 200 equal stretches of what is wanted is here, in percent. */
function piecesOf(hub: SwarmHub, transfer: ShareTransfer): readonly number[] {
  const wanted = transfer.wantedParts().flatMap(({ id, ranges }) => {
    return (ranges ?? [{ offset: 0, length: id.sizeBytes }]).map((range) => ({ id, range }))
  })
  const total = sumOf(wanted, ({ range }) => range.length)
  if (total === 0) return []
  const count = Math.min(
    PIECES_MAX,
    Math.max(
      1,
      sumOf(wanted, ({ range }) => chunkCountOf(range.length)),
    ),
  )
  const held = Array.from({ length: count }, () => 0)
  let start = 0
  for (const { id, range } of wanted) {
    const end = range.offset + range.length
    for (const { from, to } of heldRuns(hub, id)) {
      const [first, last] = [Math.max(from, range.offset), Math.min(to, end)]
      if (first < last)
        spread(held, start + first - range.offset, start + last - range.offset, total)
    }
    start += range.length
  }
  // A stretch may end within a byte.
  return held.map((bytes) => Math.floor((100 * bytes * count) / total + ROUNDING))
}

/** Stored bytes of a blob that are here. */
function heldRuns(
  hub: SwarmHub,
  id: BlobId,
): readonly { readonly from: number; readonly to: number }[] {
  if (hub.store.has(id)) return [{ from: 0, to: id.sizeBytes }]
  return [...(hub.heldChunks(id)?.runs() ?? [])].map(({ first, count }) => ({
    from: first * CHUNK_BYTES,
    to: Math.min(id.sizeBytes, (first + count) * CHUNK_BYTES),
  }))
}

const ROUNDING = 1e-6

/** Adds bytes `from` to `to` of `total` to the stretches that they lie in. */
function spread(held: number[], from: number, to: number, total: number): void {
  const length = total / held.length
  for (let index = Math.floor(from / length); index < held.length; index++) {
    const [start, end] = [index * length, (index + 1) * length]
    if (start >= to) return
    held[index]! += Math.max(0, Math.min(end, to) - Math.max(start, from))
  }
}

/** What goes out of a share that is not loading; `undefined` when nothing does. */
export function toServing(
  share: KnownShare,
  statuses: ReadonlyMap<string, TransferStatus>,
  facts: TransferFacts,
): Api.Transfer | undefined {
  const own = share.blobs().flatMap((id) => statuses.get(blobKey(id)) ?? [])
  const upBytesPerSecond = Math.round(sumOf(own, (each) => each.sentBytesPerSecond))
  if (upBytesPerSecond === 0) return undefined
  const { head, origin } = share
  return {
    share: share.id,
    ...(origin.space === undefined ? {} : { space: origin.space }),
    name: facts.name,
    ...{ direction: 'up', state: 'serving' },
    wantedBytes: head.totalBytes,
    heldBytes: share.heldBytes(),
    uploadedBytes: sumOf(own, ({ sentBytes }) => sentBytes),
    ...{ downBytesPerSecond: 0, upBytesPerSecond, availability: 1, pieces: [], sources: [] },
  }
}

export function idOfRoot(root: Uint8Array): string {
  return bytesToHex(root)
}
