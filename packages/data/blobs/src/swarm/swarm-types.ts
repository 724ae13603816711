/** What a swarm engine needs and gives: its ports, who may take part, accounts, sources, and what it says of transfers. */

import type { Cancel, Clock, Crypto, Logger, Metrics, Net, Random } from '@hamlet/core'
import type { BlobId } from '../blob-id.ts'
import type { ByteRange } from '../store/types.ts'
import type { SwarmFault } from './errors.ts'
import type { NamedPeer } from './swarm-message.ts'

/** Ordered messages to authenticated peers, on a line of their own. What is handed to `message` may be used again after the call. */
export type SwarmNet = Pick<
  Net,
  'self' | 'send' | 'sendParts' | 'subscribe' | 'peers' | 'disconnect'
>

export interface SwarmPorts {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly net: SwarmNet
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Who may have a blob. */
export interface SwarmAccess {
  /** The space whose members it is for. */
  readonly group?: string
  /** To anybody else it is as if there were nothing. Asked when a swarm is opened, and every moment after. */
  isAllowed(peer: string): boolean
  /** Peers are told of each other. */
  readonly isPublic: boolean
}

/** What has to be durable before it is sent is promised: a promise that is rejected sends nothing. */
export type Promised<T> = T | Promise<T>

/** A blob, and the name under which this device and a peer agreed to count what goes of it. */
export interface CountedBlob {
  readonly id: BlobId
  /** 32 bytes; `undefined`: they have none in common, or accounts need none. */
  readonly terms: Uint8Array | undefined
}

export interface SwarmAccounts {
  /**
   * Names, of 32 bytes, under which what goes of the blob between this device and the peer may be counted: best first. Of those
   * of who opens the swarm the first counts that the other has as well. @default what is counted needs no name
   */
  terms?(peer: string, id: BlobId): readonly Uint8Array[]
  /** Whether nothing has to be signed for: it is given away, or the peer is an own device. @default no */
  isFree?(peer: string, blob: CountedBlob): boolean
  /** How much may go unsigned to the peer; infinite: nothing has to be signed. */
  stepBytes(peer: string): number
  /** A chunk was handed to the peer's line. */
  sent?(peer: string, blob: CountedBlob, chunk: number): void
  /** So much more was received from the peer and verified: the receipt to send, if one is due. */
  received(
    peer: string,
    blob: CountedBlob,
    bytes: number,
    chunks: readonly number[],
  ): Promised<Uint8Array | undefined> | undefined
  /** A receipt of the peer; answered in the order of calls. `bytes`: that it adds to what was signed before. */
  accept(
    peer: string,
    blob: CountedBlob,
    receipt: Uint8Array,
  ): Promised<
    | { readonly ok: true; readonly countersigned: Uint8Array; readonly bytes: number }
    // `answer`: what the peer is told instead; it knows what that is.
    | { readonly ok: false; readonly reason: string; readonly answer?: Uint8Array }
  >
  /** The peer signed a receipt of ours. */
  countersigned(peer: string, blob: CountedBlob, receipt: Uint8Array): void
  /** The newest receipt of ours that the peer has not signed, as far as is known: it may have been lost with a line. */
  unsettled?(peer: string, blob: CountedBlob): Promised<Uint8Array | undefined>
  /** The newest receipts of the peer that we signed: it may have lost its own, and must not sign others in their place. */
  latest?(peer: string): readonly Uint8Array[]
  /** 0 to 1: before whom others are answered. */
  rank(peer: string): number
  /** Whether it owes more than it may, and gets only what nobody else wants. @default no */
  isSpare?(peer: string): boolean
}

/** What went to a peer unsigned, to be kept over a restart. */
export interface SwarmDebt {
  readonly peer: string
  readonly unsignedBytes: number
  /** Of all that it was ever sent, and what it signed for meanwhile. */
  readonly forgivenBytes: number
  readonly signedBytes: number
  /** Since anything went to it. */
  readonly ageMs: number
}

/** Bytes of a blob from somewhere that knows no hashes, such as an HTTP server with ranges. */
export interface WebSeed {
  readonly name: string
  /** Exactly these bytes. */
  read(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array>
}

export interface SwarmLimits {
  /** @default unlimited */
  readonly uploadBytesPerSecond?: number
  /** @default unlimited */
  readonly downloadBytesPerSecond?: number
  /** Peers that are answered at a time. @default 8 */
  readonly slots?: number
}

export interface SwarmOptions extends SwarmLimits {
  readonly accounts?: SwarmAccounts
  /** Where a peer of a public swarm may be reached, to tell others. */
  readonly addressesOf?: (peer: string) => readonly string[]
}

export interface DownloadOptions {
  /** What is to come of it, to whole chunks. @default all */
  readonly ranges?: readonly ByteRange[] | undefined
  /** Of two downloads, one with twice the priority gets twice the share. @default 1 */
  readonly priority?: number
  readonly isPaused?: boolean
  /** All of it is wanted in order, as for playing; by this time of the monotonic clock. */
  readonly deadlineMs?: number
}

export interface SwarmDownload {
  /**
   * Resolves when the whole blob is here and durable. Rejects when it was stopped before, or the disk failed for good. When less is to
   * come, it stays open once that is here, and asks nobody.
   */
  readonly done: Promise<void>
  pause(): void
  resume(): void
  setPriority(priority: number): void
  /** What is to come of it from now on; `undefined`: all. */
  select(ranges: readonly ByteRange[] | undefined): void
  /**
   * Somebody waits for these bytes, until the result is called. `deadlineMs` of the monotonic clock; infinite: before the rest, by no
   * certain time. They come also when they were not selected.
   */
  want(range: ByteRange, deadlineMs: number): Cancel
  /** Nobody waits any more. */
  unwant(): void
  status(): TransferStatus
  /** Ends it; what is here stays. */
  stop(): void
}

export interface SourceStatus {
  readonly name: string
  readonly kind: 'peer' | 'web'
  readonly heldChunks: number
  /** Whether it answers us, and whether we answer it. */
  readonly isChoking: boolean
  readonly isChoked: boolean
  /** Whether it wants something of ours. */
  readonly isInterested: boolean
  readonly isLate: boolean
  readonly askedChunks: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly receivedBytesPerSecond: number
  readonly sentBytesPerSecond: number
}

export type TransferState = 'loading' | 'paused' | 'waiting' | 'seeding' | 'failed'

export interface TransferStatus {
  readonly id: BlobId
  /** `waiting`: the disk did not take what came; it is tried again. */
  readonly state: TransferState
  readonly heldBytes: number
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Received twice, or of no use. */
  readonly wastedBytes: number
  readonly receivedBytesPerSecond: number
  readonly sentBytesPerSecond: number
  /** Until all of it is here, at this rate. */
  readonly remainingMs: number | undefined
  /** Copies among the sources: 1.5 is one whole copy, and a second of every other chunk. Known while it is loading. */
  readonly availability: number | undefined
  readonly sources: readonly SourceStatus[]
  /** The code of what the disk said, in `waiting` and `failed`. */
  readonly errorCode: string | undefined
}

export type SwarmEvent =
  | { readonly type: 'changed'; readonly id: BlobId }
  | { readonly type: 'done'; readonly id: BlobId }
  /** A peer or a web seed lied or broke the protocol, and is refused for a while. */
  | { readonly type: 'banned'; readonly name: string; readonly fault: SwarmFault }
  /** Peers that a member of a public swarm named; nobody has proven anything of them. */
  | { readonly type: 'peers'; readonly id: BlobId; readonly peers: readonly NamedPeer[] }

export type SwarmListener = (event: SwarmEvent) => void
export type { Cancel }
