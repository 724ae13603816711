/**
 * A space: what a group shares, as one device holds it.
 *
 * Logs of all members' devices are stored here, whoever brought them; what counts in them, who is a member and what
 * can be read is derived. Two devices that hold the same logs see the same members, the same valid entries and the
 * same frontier hash, in whatever order the entries arrived. The sync engine moves ranges between spaces, the view
 * runner folds what is applied; both see only this class.
 *
 * Invariants:
 * 1. What `append` resolved is durable, and applied here. What `accept` resolved is durable.
 * 2. Nothing that comes from outside makes this class throw untyped; a refused range leaves it as it was.
 * 3. Epoch secrets and names never reach the disk in the clear.
 */

import { assert } from '@hamlet/core'
import type {
  Cancel,
  DeviceId,
  EntryId,
  EpochId,
  InviteId,
  PersonId,
  RequestId,
} from '@hamlet/core'
import type { Result, SpaceId } from '@hamlet/core'
import type { ForkProof, LogHead, LogRange } from '@hamlet/log'
import type { ControlOperation, MemberRole } from './control-operation.ts'
import type { ControlState, EpochState } from './control-state.ts'
import { openEntry } from './content-reader.ts'
import type { Rejection } from './device-track.ts'
import { EntryReceiver } from './entry-receiver.ts'
import type { AcceptedEntries, RefusedEntries } from './entry-receiver.ts'
import { compareEpochs } from './epochs.ts'
import { SpaceError } from './errors.ts'
import { foundSpace } from './founding.ts'
import { Membership } from './membership.ts'
import type { CreatedInvite, InviteInput } from './membership.ts'
import { encodeContent } from './payload.ts'
import { SpaceCore } from './space-core.ts'
import type { CreateSpaceInput, SpaceIdentity, SpacePorts } from './space-ports.ts'
import { readSpaceFile } from './space-store.ts'
import { SpaceWriter } from './space-writer.ts'
import type { ContentDraft, Entry, OpenedEntry, Role, SpaceChange } from './types.ts'
import type { SpaceInvite, SpaceMember, SpaceRequest, VersionVector } from './types.ts'

export interface SpaceRangeLimits {
  /** Bytes of the encoded range; one block is given even if it is larger. */
  readonly bytesMax: number
  /** @default the log's own limit */
  readonly blocksMax?: number
}

/** How much is stored and not applied. */
export interface PendingCounts {
  /** Entries that wait for an entry that is not here, and what follows them. */
  readonly waiting: number
  /** Entries that are dated ahead of this device's clock, or precede its admission. */
  readonly held: number
}

export class Space {
  readonly id: SpaceId
  readonly identity: SpaceIdentity
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  readonly #receiver: EntryReceiver
  readonly #membership: Membership

  private constructor(core: SpaceCore) {
    this.#core = core
    this.id = core.id
    this.identity = core.identity
    this.#writer = new SpaceWriter(core)
    this.#receiver = new EntryReceiver(core, this.#writer)
    this.#membership = new Membership(core, this.#writer)
  }

  /** Founds a space: genesis, first epoch and name in one commit. @throws SpaceError `SPACE_DISK` */
  static async create(
    ports: SpacePorts,
    identity: SpaceIdentity,
    input: CreateSpaceInput,
  ): Promise<Space> {
    return new Space(await foundSpace(ports, identity, input))
  }

  /** @throws SpaceError `SPACE_NOT_FOUND`, `SPACE_DAMAGED`; LogError `LOG_DAMAGED` */
  static async open(ports: SpacePorts, identity: SpaceIdentity, id: SpaceId): Promise<Space> {
    const file = await readSpaceFile(ports.disk)
    if (file === undefined || file.space !== id) {
      throw new SpaceError('SPACE_NOT_FOUND', 'no such space is stored here')
    }
    const core = new SpaceCore(ports, identity, id)
    await core.load(file)
    return new Space(core)
  }

  /**
   * An empty space to be filled by sync: it takes the log whose first block has the space's id, then those of the
   * members it names. Once made, it is opened with `open`.
   */
  static async openForJoin(
    ports: SpacePorts,
    identity: SpaceIdentity,
    id: SpaceId,
  ): Promise<Space> {
    const file = await readSpaceFile(ports.disk)
    if (file?.space === id) return Space.open(ports, identity, id)
    const core = new SpaceCore(ports, identity, id)
    await core.writeFile([])
    return new Space(core)
  }

  /** The device whose log begins with the genesis entry; a joiner does not know it at first. */
  get founderDevice(): DeviceId | undefined {
    return this.#core.founderDevice
  }

  /**
   * Writes content. Resolves when it is durable and applied; all of it or nothing.
   * @throws SpaceError `SPACE_READ_ONLY`, `SPACE_CONTENT_TOO_LARGE`, `SPACE_NOT_MEMBER`, `SPACE_FROZEN`, `SPACE_DISK`,
   * `SPACE_CLOCK_BEHIND`, `SPACE_EPOCH_LOCKED`, `SPACE_CLOSED`
   */
  async append(drafts: readonly ContentDraft[]): Promise<readonly Entry[]> {
    const contents = drafts.map((draft) => ({ type: draft.type, content: encodeContent(draft) }))
    const entries = await this.#writer.submit((view) => {
      view.author()
      return contents.map((content) => ({ kind: 'content', ...content }))
    })
    return entries.filter(({ epoch }) => epoch !== undefined)
  }

  /** Writes control operations that must count as they stand. @throws SpaceError `SPACE_FORBIDDEN` and as `append` */
  appendControl(operations: readonly ControlOperation[]): Promise<readonly Entry[]> {
    return this.#membership.appendControl(operations)
  }

  /** Entries stored and durable here, per device. */
  lengths(): VersionVector {
    return this.#core.lengths()
  }

  /** Entries applied, per device: what views have been given. */
  appliedLengths(): VersionVector {
    return this.#core.appliedLengths()
  }

  /** 32 bytes; equal on two devices exactly when they hold the same logs. */
  frontierHash(): Uint8Array {
    return this.#core.frontierHash()
  }

  /** Bytes of all logs. */
  get storedBytes(): number {
    return [...this.#core.tracks.values()].reduce((sum, { log }) => sum + log.byteLength, 0)
  }

  acceptsDevice(device: DeviceId): boolean {
    return this.#receiver.acceptsDevice(device)
  }

  /** `undefined` when there is nothing from there on. @throws LogError `LOG_DAMAGED` */
  rangeFrom(device: DeviceId, from: number, limits: SpaceRangeLimits): LogRange | undefined {
    const track = this.#core.tracks.get(device)
    if (track === undefined || from >= track.stored) return undefined
    const { bytesMax, blocksMax = track.stored } = limits
    return track.log.rangeFrom(from, { bytesMax, blocksMax })
  }

  /** Verifies, stores and applies; resolves when durable. The error's `code` decides the sender's standing. */
  accept(device: DeviceId, range: LogRange): Promise<Result<AcceptedEntries, RefusedEntries>> {
    return this.#receiver.accept(device, range)
  }

  /** A peer's claim about a log here; a longer own log freezes writing until it has been fetched. */
  noteRemoteHead(device: DeviceId, head: LogHead): boolean {
    return this.#receiver.noteRemoteHead(device, head)
  }

  get isFrozen(): boolean {
    return this.#writer.isFrozen
  }

  entryAt(device: DeviceId, seq: number): Entry | undefined {
    const track = this.#core.tracks.get(device)
    return track !== undefined && seq >= 0 && seq < track.stored ? track.entry(seq) : undefined
  }

  /** Stored entries of one device, from `from` to before `to`. */
  *entries(device: DeviceId, from = 0, to = Infinity): Generator<Entry, void, undefined> {
    const track = this.#core.tracks.get(device)
    if (track !== undefined) yield* track.entries(from, Math.min(to, track.stored))
  }

  /** What a checked entry holds, as it counts now. */
  openContent(entry: Entry): OpenedEntry {
    const track = this.#core.tracks.get(entry.device)
    assert(track !== undefined, 'the entry is one of this space')
    return openEntry(this.#core.ports.crypto, this.#core.graph, this.#core.keys, track, entry)
  }

  /** By person id. */
  members(): SpaceMember[] {
    return [...this.#core.state.members.values()].map((member) => ({
      ...member,
      devices: member.devices.map(({ device }) => device),
    }))
  }

  role(person: PersonId): Role | undefined {
    return this.#core.state.members.get(person)?.role
  }

  get ownRole(): Role | undefined {
    const person = this.deviceOwner(this.identity.device)
    return person === undefined ? undefined : this.role(person)
  }

  deviceOwner(device: DeviceId): PersonId | undefined {
    return this.#core.deviceOwner(device)
  }

  /** Devices of all members, ascending. */
  memberDevices(): DeviceId[] {
    return [...this.#core.state.owners.keys()].sort()
  }

  /** Members, invitations, requests, epochs and policy as derived from all control operations here. */
  controlState(): ControlState {
    return this.#core.state
  }

  /** Deepest first. */
  epochs(): (EpochState & { readonly isKnown: boolean })[] {
    const epochs = [...this.#core.state.epochs.values()].sort(compareEpochs)
    return epochs.map((epoch) => ({ ...epoch, isKnown: this.#core.keys.isKnown(epoch.id) }))
  }

  /** Epochs whose secret, as sealed to this device, is not the one committed to. */
  mismatchedEpochs(): ReadonlySet<EpochId> {
    return this.#core.keys.mismatched
  }

  rotateEpoch(): Promise<void> {
    return this.#membership.rotateEpoch()
  }

  /** Derived from the newest three epochs, newest first. */
  discoverySecrets(): Uint8Array[] {
    return this.#core.keys.discoverySecrets(this.#core.state)
  }

  invites(): SpaceInvite[] {
    return this.#membership.invites()
  }

  requests(): SpaceRequest[] {
    return this.#membership.requests()
  }

  /** Of invitations that are open by this device's clock, or by which a device let in still has to find the space. */
  rendezvousKeys(): Uint8Array[] {
    return this.#membership.rendezvousKeys()
  }

  /** Of these and of the newest closed invitations: by which a link's holder is recognised on a connection. */
  meetKeys(): Uint8Array[] {
    return this.#membership.meetKeys()
  }

  inviteByMeetKey(meetKey: Uint8Array): SpaceInvite | undefined {
    return this.#membership.inviteByMeetKey(meetKey)
  }

  createInvite(input: InviteInput): Promise<CreatedInvite> {
    return this.#membership.createInvite(input)
  }

  revokeInvite(invite: InviteId): Promise<void> {
    return this.#membership.revokeInvite(invite)
  }

  submitRequest(request: Uint8Array): Promise<Result<RequestId, SpaceError>> {
    return this.#membership.submitRequest(request)
  }

  /** `role`: instead of the invitation's. */
  approve(request: RequestId, role?: MemberRole): Promise<void> {
    return this.#membership.approve(request, role)
  }

  decline(request: RequestId): Promise<void> {
    return this.#membership.decline(request)
  }

  grant(person: PersonId, role: MemberRole): Promise<void> {
    return this.#membership.grant(person, role)
  }

  forkProofs(): readonly ForkProof[] {
    return [...this.#core.forks.values()]
  }

  /** Whether the device is known to have signed two histories. */
  isForked(device: DeviceId): boolean {
    return this.#core.forks.has(device)
  }

  /** Keeps a proof found by a peer when it is news; `false` when it proves nothing about a log of this space. */
  acceptForkProof(proof: ForkProof): boolean {
    return this.#receiver.acceptForkProof(proof)
  }

  /** Logs that count only up to an entry, with the reason; by device. */
  rejected(): Rejection[] {
    const rejections = [...this.#core.tracks.values()].map(({ rejection }) => rejection)
    const found = rejections.filter((rejection) => rejection !== undefined)
    return found.sort((a, b) => (a.device < b.device ? -1 : 1))
  }

  pendingCounts(): PendingCounts {
    let [waiting, held] = [0, 0]
    for (const { stored, checked, applied } of this.#core.tracks.values()) {
      waiting += stored - checked
      held += checked - applied
    }
    return { waiting, held }
  }

  /** Operations that counted where they were made and do not count now, ascending. */
  voidedOperations(): EntryId[] {
    return [...this.#core.state.voided].sort()
  }

  /** Epochs this device cannot open that have applied entries within a vector, ascending. */
  lockedEpochs(within: VersionVector): EpochId[] {
    return this.#core.locked.epochsWithin(within, this.#core.keys.isKnown)
  }

  /** SHA-256 of the parts. */
  digest(parts: readonly Uint8Array[]): Uint8Array {
    return this.#core.ports.crypto.hash(...parts)
  }

  subscribe(listener: (change: SpaceChange) => void): Cancel {
    return this.#core.subscribe(listener)
  }

  /** Waits for what is under way. Calling it twice is harmless. */
  async close(): Promise<void> {
    await this.#writer.drain()
    await this.#receiver.drain()
    await this.#core.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
