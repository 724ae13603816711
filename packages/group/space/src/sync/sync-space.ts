/**
 * What the sync engine asks of a space. {@link Space} is the implementation; the interface is here so that the engine
 * states exactly what it relies on.
 */

import type { Cancel, DeviceId, PersonId, RequestId, Result, SpaceId } from '@hamlet/core'
import type { ForkPoint, LogRange } from '@hamlet/log'
import type { BranchWant } from '../branch-receiver.ts'
import type { LogDoubt } from '../log-doubt.ts'
import type { SpaceChange, SpaceRequest, VersionVector } from '../types.ts'

export interface AcceptedRange {
  readonly from: number
  readonly to: number
}

export interface SyncSpace {
  readonly id: SpaceId
  /** The device whose log begins with the genesis entry; unknown to a joiner at first. */
  readonly founderDevice: DeviceId | undefined
  /** Entries stored and durable here, per device. */
  lengths(): VersionVector
  /** 32 bytes; equal on two devices exactly when they hold the same logs. */
  frontierHash(): Uint8Array
  /** Whether entries of this device's log may be stored here now. */
  acceptsDevice(device: DeviceId): boolean
  /** Whether the log outruns what its device may write in a day and is left alone for now; a delay, never for good. */
  isSlowed(device: DeviceId): boolean
  rangeFrom(
    device: DeviceId,
    from: number,
    limits: { bytesMax: number; blocksMax?: number },
  ): LogRange | undefined
  /** How much of a log a peer may be given: of who lost their place, only what tells them so. */
  servedLength(peer: DeviceId, device: DeviceId): number
  /** Verifies, stores and applies; resolves when durable. The error's `code` decides the sender's standing. */
  accept(
    device: DeviceId,
    range: LogRange,
  ): Promise<Result<AcceptedRange, { readonly code: string }>>
  /** The person a device belongs to, when that device is a member's now. */
  deviceOwner(device: DeviceId): PersonId | undefined
  /** Whether the device was a member's and is not any more. */
  hasLost(device: DeviceId): boolean
  /** Devices of all members, this one included. */
  memberDevices(): readonly DeviceId[]
  discoverySecrets(): readonly Uint8Array[]
  /** Of earlier epochs, for a device that is or was a member's and may have missed the newest. */
  earlierSecrets(device: DeviceId): readonly Uint8Array[]
  /** Meeting keys of invitations whose holders are answered, be it only that they come too late. */
  meetKeys(): readonly Uint8Array[]
  submitRequest(request: Uint8Array): Promise<Result<RequestId, { readonly code: string }>>
  requests(): readonly SpaceRequest[]
  /** Whether the device is known to have signed two histories. */
  isForked(device: DeviceId): boolean
  /** Beyond this length nothing of the device's log is taken in, except what others have built on. */
  forkLimit(device: DeviceId): number
  forkPoints(): readonly ForkPoint[]
  /** Keeps a proof found by a peer when it is news; `false` when it proves nothing about a log of this space. */
  acceptForkPoint(point: ForkPoint): boolean
  /** Histories that entries here build on and that are not here. */
  wantedBranches(): readonly BranchWant[]
  /** A part of the history with that entry, when it is here. */
  branchRange(want: BranchWant, limits: { bytesMax: number }): LogRange | undefined
  /** As `accept`, of a history that was wanted. */
  acceptBranch(
    want: BranchWant,
    range: LogRange,
  ): Promise<Result<AcceptedRange, { readonly code: string }>>
  /** Whether this device may have written more than it has, and writes nothing until members have confirmed its log. */
  readonly ownLogDoubt: Pick<LogDoubt, 'isOpen' | 'confirm'>
  subscribe(listener: (change: SpaceChange) => void): Cancel
}
