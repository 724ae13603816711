/** What the page knows of files. Parts are absent until a screen has asked for them. */

import type { FileStorage, Share, ShareDetail, Transfer, TransferLimits } from '@hamlet/http/api'
import { NO_SHARE_FILTER } from '../files/share-filter.ts'
import type { ShareFilter } from '../files/share-filter.ts'
import type { AttachJob, UploadJob } from './upload-job.ts'

/** The list of what came by a link stands under this name, where others stand under their space. */
export const BY_LINK = ''

export interface ShareList {
  readonly filter: ShareFilter
  readonly shares?: readonly Share[]
  /** Once somebody has asked for them. */
  readonly removed?: readonly Share[]
  readonly failed: boolean
}

export interface FilesState {
  readonly lists: Readonly<Record<string, ShareList>>
  /** By share: those that are open. */
  readonly details: Readonly<Record<string, ShareDetail | 'failed'>>
  readonly transfers?: readonly Transfer[]
  /** The oldest first. */
  readonly uploads: readonly UploadJob[]
  /** Files chosen for what is being written, by where that is. */
  readonly chosen: Readonly<Record<string, readonly File[]>>
  /** Receipts on their way to their bills. */
  readonly attaching: readonly AttachJob[]
  readonly limits?: TransferLimits
  readonly storage?: FileStorage
}

export const EMPTY_SHARES: ShareList = { filter: NO_SHARE_FILTER, failed: false }

export const EMPTY_FILES: FilesState = {
  lists: {},
  details: {},
  uploads: [],
  chosen: {},
  attaching: [],
}

export function withList(
  files: FilesState,
  list: string,
  change: (shares: ShareList) => ShareList,
): FilesState {
  const old = files.lists[list] ?? EMPTY_SHARES
  const next = change(old)
  return next === old ? files : { ...files, lists: { ...files.lists, [list]: next } }
}

/** Changes a share wherever it stands. */
export function withShare(
  files: FilesState,
  id: string,
  change: (share: Share) => Partial<Share>,
): FilesState {
  const changed = <Kind extends Share>(share: Kind): Kind =>
    share.id === id ? { ...share, ...change(share) } : share
  const lists = Object.fromEntries(
    Object.entries(files.lists).map(([name, list]) => [
      name,
      {
        ...list,
        ...(list.shares === undefined ? {} : { shares: list.shares.map(changed) }),
        ...(list.removed === undefined ? {} : { removed: list.removed.map(changed) }),
      },
    ]),
  )
  const detail = files.details[id]
  const details =
    typeof detail === 'object' ? { ...files.details, [id]: changed(detail) } : files.details
  return { ...files, lists, details }
}

export function withTransfer(files: FilesState, transfer: Transfer): FilesState {
  const known = files.transfers ?? []
  const isKnown = known.some(({ share }) => share === transfer.share)
  const transfers = isKnown
    ? known.map((other) => (other.share === transfer.share ? transfer : other))
    : [...known, transfer]
  return { ...files, transfers }
}

export function withoutTransfer(files: FilesState, share: string): FilesState {
  if (files.transfers === undefined) return files
  return { ...files, transfers: files.transfers.filter((other) => other.share !== share) }
}

/** Of all that is coming in or being taken in; for one line. */
export interface Moving {
  readonly uploads: number
  readonly uploadSent: number
  readonly uploadTotal: number
  readonly downloads: number
  readonly held: number
  readonly wanted: number
  readonly downBytesPerSecond: number
  /** Stopped, and waiting for the person. */
  readonly stuck: number
}

export function movingOf({ uploads, transfers = [] }: FilesState): Moving {
  const running = uploads.filter(({ state }) => state !== 'failed' && state !== 'done')
  const loading = transfers.filter(({ state }) => state === 'loading' || state === 'waiting')
  const failed = [...uploads, ...transfers].filter(({ state }) => state === 'failed')
  return {
    uploads: running.length,
    uploadSent: sum(running.map(({ sentBytes }) => sentBytes)),
    uploadTotal: sum(running.map(({ totalBytes }) => totalBytes)),
    downloads: loading.length,
    held: sum(loading.map(({ heldBytes }) => heldBytes)),
    wanted: sum(loading.map(({ wantedBytes }) => wantedBytes)),
    downBytesPerSecond: sum(loading.map((transfer) => transfer.downBytesPerSecond)),
    stuck: failed.length,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
