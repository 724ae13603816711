/** The schemas of `FilesApi`, as those in `schemas.ts`; `FilesSchemasMatch` holds them to the interfaces. */

import { z } from '@hono/zod-openapi'
import type { FileTicket } from './client.ts'
import type * as api from './files-api.ts'
import { count, id, text, timeMs } from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

/** Characters of a path in a share; the peer has the exact rules, in bytes. */
export const PATH_LENGTH_MAX = 4096
/** Of the name of a share, which is that of a file. */
export const FILE_NAME_LENGTH_MAX = 255
/** Paths or folders chosen at once. */
export const SELECTED_PATHS_MAX = 1000
/** Characters of the paths that are chosen of a share to be one ZIP file; a ticket keeps them. */
export const ARCHIVE_SELECT_LENGTH_MAX = 65_536
/** Of a link to a share. */
export const SHARE_LINK_LENGTH_MAX = 16_384
/** Of the web address of a tracker. */
export const TRACKER_URL_LENGTH_MAX = 300
export const TRACKERS_MAX = 8
/** Of the web address of a web seed. */
export const WEB_SEED_URL_LENGTH_MAX = 300
export const WEB_SEEDS_MAX = 8

const filePath = text(PATH_LENGTH_MAX)
const trackerUrl = text(TRACKER_URL_LENGTH_MAX)
const fraction = z.number().min(0).max(1)
const priority = z.enum(['skip', 'low', 'normal', 'high'])
/** `<64 hex digits>-<size>`: the Merkle root of BEP 52 and the size of the blob. */
const blob = z.string().openapi({ example: `${'0'.repeat(64)}-0` })

export const shareParams = z.object({ share: id })
export const uploadParams = z.object({
  upload: z.string().regex(/^[0-9a-f]{32,64}$/, 'expected 32 to 64 hex digits'),
})
export const blobParams = z.object({
  share: id,
  blob: z.string().regex(/^[0-9a-f]{64}-(?:0|[1-9]\d{0,15})$/, 'expected <64 hex digits>-<size>'),
})
export const ticketParams = z.object({ ticket: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
export const pathQuery = z.strictObject({ path: filePath })
export const contentQuery = z.strictObject({
  path: filePath,
  download: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: 'Whether it is to be saved and not shown.' }),
})
export const ticketQuery = contentQuery.omit({ path: true })
export const sharesQuery = z.strictObject({
  removed: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: 'Those that were removed, too.' }),
})
export const standingQuery = z.strictObject({ person: id.optional() })
export const trackerQuery = z.strictObject({ url: trackerUrl })

export const uploadInput = z
  .strictObject({
    space: id.optional(),
    name: text(FILE_NAME_LENGTH_MAX),
    isFolder: z.boolean(),
    isPublic: z.boolean().optional(),
    trackers: z.array(trackerUrl).max(TRACKERS_MAX).optional(),
    webSeeds: z.array(text(WEB_SEED_URL_LENGTH_MAX)).max(WEB_SEEDS_MAX).optional(),
  })
  .openapi('UploadInput')
export const shareName = z
  .strictObject({ name: text(FILE_NAME_LENGTH_MAX) })
  .openapi('ShareNameInput')
export const pinInput = z.strictObject({ isPinned: z.boolean() }).openapi('PinInput')
export const shareLinkInput = z
  .strictObject({ link: text(SHARE_LINK_LENGTH_MAX) })
  .openapi('ShareLinkInput')
export const transferOptions = z
  .strictObject({
    select: z.array(filePath).max(SELECTED_PATHS_MAX).optional(),
    priority: priority.optional(),
  })
  .openapi('TransferOptions')
export const priorityInput = z.strictObject({ path: filePath, priority }).openapi('PriorityInput')
export const limitsInput = z
  .strictObject({
    downBytesPerSecond: count.optional(),
    upBytesPerSecond: count.optional(),
    quotaBytes: count.optional(),
  })
  .openapi('TransferLimitsInput')
export const trackerInput = z.strictObject({ url: trackerUrl }).openapi('TrackerInput')
export const archiveInput = z
  .strictObject({
    select: z
      .array(filePath)
      .min(1)
      .max(SELECTED_PATHS_MAX)
      .refine(
        (paths) => paths.reduce((sum, { length }) => sum + length, 0) <= ARCHIVE_SELECT_LENGTH_MAX,
        `expected at most ${ARCHIVE_SELECT_LENGTH_MAX} characters in all`,
      )
      .optional(),
  })
  .openapi('ArchiveInput')
export const ticketInput = z.strictObject({ path: filePath }).openapi('FileTicketInput')

const holder = z.object({
  device: id,
  person: id.optional(),
  isThisDevice: z.boolean(),
  isConnected: z.boolean(),
  heldBytes: count,
  atMs: timeMs,
})

export const share = z
  .object({
    id,
    space: id.optional(),
    name: z.string(),
    isFolder: z.boolean(),
    isPublic: z.boolean(),
    fileCount: count,
    totalBytes: count,
    heldBytes: count,
    mediaType: z.string(),
    person: id.optional(),
    createdAtMs: timeMs,
    isRemoved: z.boolean(),
    isPinned: z.boolean(),
    wholeCopies: count,
    copies: z.number().min(0),
  })
  .openapi('Share')

export const sharedFile = z
  .object({
    path: z.string(),
    sizeBytes: count,
    heldBytes: count,
    mediaType: z.string(),
    priority,
    blob,
  })
  .openapi('SharedFile')

export const shareDetail = share
  .extend({ files: z.array(sharedFile).optional(), holders: z.array(holder) })
  .openapi('ShareDetail')

export const upload = z
  .object({ id: z.string(), fileCount: count, totalBytes: count })
  .openapi('Upload')

export const shareBlob = z.object({ blob, sizeBytes: count }).openapi('ShareBlob')
export const shareLink = z.object({ link: z.string(), webLink: z.string() }).openapi('ShareLink')

const source = z.object({
  kind: z.enum(['member', 'peer', 'web']),
  id: z.string(),
  person: id.optional(),
  bytes: count,
  bytesPerSecond: z.number().min(0),
  rttMs: z.number().optional(),
  state: z.enum(['asking', 'idle', 'choked', 'slow', 'banned']),
  heldThousandths: count,
  reason: z.string().optional(),
})

export const transfer = z
  .object({
    share: id,
    space: id.optional(),
    name: z.string(),
    direction: z.enum(['down', 'up']),
    state: z.enum(['waiting', 'loading', 'paused', 'done', 'failed', 'serving']),
    wantedBytes: count,
    heldBytes: count,
    uploadedBytes: count,
    downBytesPerSecond: z.number().min(0),
    upBytesPerSecond: z.number().min(0),
    secondsLeft: z.number().min(0).optional(),
    availability: z.number().min(0),
    pieces: z.array(z.number().min(0).max(100)),
    sources: z.array(source),
    reason: z.string().optional(),
  })
  .openapi('Transfer')

export const transferLimits = z
  .object({ downBytesPerSecond: count, upBytesPerSecond: count, quotaBytes: count })
  .openapi('TransferLimits')

export const fileStorage = z
  .object({ usedBytes: count, pinnedBytes: count, blobs: count, freeBytes: count.optional() })
  .openapi('FileStorage')

export const knownTracker = z
  .object({
    url: z.string(),
    state: z.enum(['unknown', 'working', 'failed']),
    checkedAtMs: timeMs.optional(),
    reason: z.string().optional(),
    announced: count,
  })
  .openapi('KnownTracker')

const standingReason = z.object({
  kind: z.enum(['given', 'taken', 'served', 'failed']),
  other: z.string(),
  bytes: count,
  atMs: timeMs,
  entry: id.optional(),
})

export const personStanding = z
  .object({
    person: id,
    isSelf: z.boolean(),
    contribution: fraction,
    reliability: fraction,
    memberSinceMs: timeMs,
    givenBytes: count,
    takenBytes: count,
    balanceBytes: z.int(),
    clockAheadMs: count.optional(),
    reasons: z.array(standingReason),
    frauds: z.array(
      z.object({ kind: z.string(), detail: z.string(), atMs: timeMs, isForgiven: z.boolean() }),
    ),
  })
  .openapi('PersonStanding')

export const fileTicket = z
  .object({ path: z.string(), expiresAtMs: timeMs })
  .openapi('FileTicket', {
    description: 'A path that gives one file to whoever knows it, for elements that send no token.',
  })

export type FilesSchemasMatch = AllTrue<
  [
    Same<typeof share, api.Share>,
    Same<typeof sharedFile, api.SharedFile>,
    Same<typeof shareDetail, api.ShareDetail>,
    Same<typeof uploadInput, api.UploadInput>,
    Same<typeof upload, api.Upload>,
    Same<typeof shareLink, api.ShareLink>,
    Same<typeof shareBlob, api.ShareBlob>,
    Same<typeof transfer, api.Transfer>,
    Same<typeof transferOptions, api.TransferOptions>,
    Same<typeof transferLimits, api.TransferLimits>,
    Same<typeof limitsInput, Partial<api.TransferLimits>>,
    Same<typeof fileStorage, api.FileStorage>,
    Same<typeof knownTracker, api.KnownTracker>,
    Same<typeof personStanding, api.PersonStanding>,
    Same<typeof fileTicket, FileTicket>,
  ]
>
