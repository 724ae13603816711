/**
 * The part of `HamletApi` about files: what is shared in a space or by a link, what is under way, and what people have
 * given each other.
 *
 * A share is one file or a folder. Its list of files (the manifest) and every file in it are blobs, sealed unless the share is
 * public; whoever has the entry of the space or the link can open them. Bytes go in and out as streams: a peer never opens
 * a path that somebody names. Ids of shares are 64 hex digits, paths inside a share are separated by `/`.
 */

/** How much a device holds of a share. */
export interface ShareHolder {
  readonly device: string
  /** Absent for a device of nobody this person knows. */
  readonly person?: string
  readonly isThisDevice: boolean
  readonly isConnected: boolean
  readonly heldBytes: number
  /** When it last said so. */
  readonly atMs: number
}

export interface Share {
  readonly id: string
  /** Absent for what came by a link, or was shared by one alone. */
  readonly space?: string
  readonly name: string
  readonly isFolder: boolean
  readonly isPublic: boolean
  readonly fileCount: number
  /** Of the files as people see them. */
  readonly totalBytes: number
  /** Of those, here. */
  readonly heldBytes: number
  /** Of the first file, as far as its name tells; for its picture in a list. */
  readonly mediaType: string
  /** Who shared it, where that is known. */
  readonly person?: string
  readonly createdAtMs: number
  readonly isRemoved: boolean
  /** Kept here whatever the quota says. */
  readonly isPinned: boolean
  /** Devices that hold all of it, and copies of it spread over all devices: 2.5 is two whole ones and half of one. */
  readonly wholeCopies: number
  readonly copies: number
}

export interface SharedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly heldBytes: number
  readonly mediaType: string
  readonly priority: FilePriority
  /** The blob as it lies on devices: `<64 hex digits>-<size>`. */
  readonly blob: string
}

export interface ShareDetail extends Share {
  /** In the order of the manifest; absent until the manifest is here, which asking for the share sets going. */
  readonly files?: readonly SharedFile[]
  readonly holders: readonly ShareHolder[]
}

export type FilePriority = 'skip' | 'low' | 'normal' | 'high'

export interface UploadInput {
  /** Where it is shared; absent for a share by link alone. */
  readonly space?: string
  readonly name: string
  readonly isFolder: boolean
  /** Readable for everybody who has the link or the id, and not sealed. Default: false. */
  readonly isPublic?: boolean
  /** Told to these trackers, by web address. Default: none for a sealed share, all known ones for a public one. */
  readonly trackers?: readonly string[]
  /**
   * Web servers that will hand out the blobs of the share as files (`shareBlobs`), each at `<address><id of the blob>`: named in its
   * link, and to the members of its space.
   */
  readonly webSeeds?: readonly string[]
}

/** A share that is being put together. Unfinished, it is dropped after a day. */
export interface Upload {
  readonly id: string
  readonly fileCount: number
  readonly totalBytes: number
}

/** A part of a share as it is stored and sent, sealed unless the share is public. */
export interface ShareBlob {
  /** `<64 hex digits>-<size>` */
  readonly blob: string
  readonly sizeBytes: number
}

export interface ShareLink {
  /** `hamlet:share#…` */
  readonly link: string
  /** The same behind the `#` of this peer's web address, which no server gets to see. */
  readonly webLink: string
}

export interface TransferSource {
  readonly kind: 'member' | 'peer' | 'web'
  /** A device id, or the host of a web seed. */
  readonly id: string
  readonly person?: string
  readonly bytes: number
  readonly bytesPerSecond: number
  readonly rttMs?: number
  readonly state: 'asking' | 'idle' | 'choked' | 'slow' | 'banned'
  /** Of the share, in thousandths. */
  readonly heldThousandths: number
  /** Why it is slow or banned. */
  readonly reason?: string
}

export interface Transfer {
  readonly share: string
  readonly space?: string
  readonly name: string
  readonly direction: 'down' | 'up'
  readonly state: 'waiting' | 'loading' | 'paused' | 'done' | 'failed' | 'serving'
  readonly wantedBytes: number
  readonly heldBytes: number
  readonly uploadedBytes: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  /** Absent while nothing comes. */
  readonly secondsLeft?: number
  /** Copies among the sources, this device's own included: below 1 not everything is there. */
  readonly availability: number
  /** At most 200 stretches of the wanted bytes: 0 to 100 percent here. */
  readonly pieces: readonly number[]
  readonly sources: readonly TransferSource[]
  /** Code of an error: when it failed, or waits because the disk takes nothing. */
  readonly reason?: string
}

export interface TransferOptions {
  /** Paths or folders of the share; default: all of it. */
  readonly select?: readonly string[]
  readonly priority?: FilePriority
}

export interface TransferLimits {
  /** 0: as fast as it goes. */
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  /** What shares may take on this device's disk; 0: no limit. */
  readonly quotaBytes: number
}

export interface FileStorage {
  readonly usedBytes: number
  readonly pinnedBytes: number
  readonly blobs: number
  /** Of the disk, where it can be told. */
  readonly freeBytes?: number
}

export interface ByteSpan {
  readonly offset?: number
  readonly lengthBytes?: number
  readonly signal?: AbortSignal
}

/** What is known of a person's giving and taking, as this person sees it; never one number. */
export interface PersonStanding {
  readonly person: string
  readonly isSelf: boolean
  /** 0 to 1: what they gave, as far as it reached this person or those who gave to this person. */
  readonly contribution: number
  /** 0 to 1: the lower bound of how often what they promised came and was right. */
  readonly reliability: number
  readonly memberSinceMs: number
  readonly givenBytes: number
  readonly takenBytes: number
  /** Given less taken; over all people of a space the sum is 0. */
  readonly balanceBytes: number
  /**
   * The clock of a device of theirs is that far ahead, more than receipts may be: what it takes is not signed for, and others stop giving.
   * Of oneself, as others say.
   */
  readonly clockAheadMs?: number
  readonly reasons: readonly StandingReason[]
  readonly frauds: readonly StandingFraud[]
}

/** A receipt that counts for one of the facts. */
export interface StandingReason {
  readonly kind: 'given' | 'taken' | 'served' | 'failed'
  readonly other: string
  readonly bytes: number
  readonly atMs: number
  /** The entry it stands in, where there is one. */
  readonly entry?: string
}

export interface StandingFraud {
  readonly kind: string
  readonly detail: string
  readonly atMs: number
  readonly isForgiven: boolean
}

export interface KnownTracker {
  readonly url: string
  readonly state: 'unknown' | 'working' | 'failed'
  readonly checkedAtMs?: number
  readonly reason?: string
  readonly announced: number
}

export interface FilesApi {
  /** Of a space, or without one those by link; the newest first. */
  shares(space?: string, options?: { readonly removed?: boolean }): Promise<readonly Share[]>
  shareDetail(share: string): Promise<ShareDetail>
  /** One file of it, without the list of all; of a share whose manifest is not here yet, once it is. */
  sharedFile(share: string, path: string): Promise<SharedFile>

  startUpload(input: UploadInput): Promise<Upload>
  /** Resolves when it is durable here. A path that is there already is refused. */
  putFile(
    upload: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Upload>
  /** Tells the space, and serves it from now on. */
  finishUpload(upload: string): Promise<Share>
  cancelUpload(upload: string): Promise<void>

  /** Takes up a share by its link, or a public blob by its id; its files load when they are asked for. */
  openShareLink(link: string): Promise<Share>
  shareLink(share: string): Promise<ShareLink>
  renameShare(share: string, name: string): Promise<Share>
  /** From the space for everybody, or what came by a link from this device. What is here goes when nothing else needs it. */
  removeShare(share: string): Promise<void>
  restoreShare(share: string): Promise<Share>
  pinShare(share: string, isPinned: boolean): Promise<Share>
  /** Frees what this device holds of it; the share stays. */
  forgetShareBytes(share: string): Promise<Share>

  startTransfer(share: string, options?: TransferOptions): Promise<Transfer>
  transfers(): Promise<readonly Transfer[]>
  pauseTransfer(share: string): Promise<Transfer>
  resumeTransfer(share: string): Promise<Transfer>
  /** What has come stays. */
  cancelTransfer(share: string): Promise<void>
  setFilePriority(share: string, path: string, priority: FilePriority): Promise<Transfer>

  /** The bytes of a file as people see them; what is not here yet is fetched first, before everything else. */
  readFile(share: string, path: string, span?: ByteSpan): AsyncIterable<Uint8Array>

  /** What a web server has to hand out to be a web seed of it: its list of files and its files, as blobs. */
  shareBlobs(share: string): Promise<readonly ShareBlob[]>
  /** The bytes of such a blob; what is not here yet is fetched first. */
  readShareBlob(share: string, blob: string, span?: ByteSpan): AsyncIterable<Uint8Array>

  transferLimits(): Promise<TransferLimits>
  setTransferLimits(limits: Partial<TransferLimits>): Promise<TransferLimits>
  fileStorage(): Promise<FileStorage>

  trackers(): Promise<readonly KnownTracker[]>
  addTracker(url: string): Promise<KnownTracker>
  removeTracker(url: string): Promise<void>

  /** Of everybody in the space, or of one. */
  standing(space: string, person?: string): Promise<readonly PersonStanding[]>
  /** Every receipt of the space that counts, as a file anybody can verify. */
  exportReceipts(space: string): Promise<string>
}
