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
  Signer,
} from '@hamlet/core'
import type { Result, SpaceId } from '@hamlet/core'
import type { ForkPoint, LogHead, LogRange } from '@hamlet/log'
import type { BranchWant } from './branch-receiver.ts'
import { certificatesOf, makeBundle } from './bundle/make-bundle.ts'
import type { BundleInput } from './bundle/make-bundle.ts'
import { Complainer } from './complainer.ts'
import type { ControlOperation, MemberRole, PersonSignature } from './control-operation.ts'
import type { ControlState, EpochState, FormerState } from './control-state.ts'
import { openEntry } from './content-reader.ts'
import { ContentWriter } from './content-writer.ts'
import type { Rejection } from './device-track.ts'
import { EphemeralKeeper } from './ephemeral-keeper.ts'
import { EntryReceiver } from './entry-receiver.ts'
import type { Accepted } from './acceptance.ts'
import { compareEpochs } from './epochs.ts'
import { SpaceError } from './errors.ts'
import { foundSpace } from './founding.ts'
import type { HistoryNames, HistoryPart } from './history-names.ts'
import { findLeftOut } from './left-out.ts'
import type { LeftOut } from './left-out.ts'
import type { LogDoubt } from './log-doubt.ts'
import { Membership } from './membership.ts'
import type { CreatedInvite, InviteInput } from './membership.ts'
import { listMemberEvents } from './member-history.ts'
import type { MemberEvent } from './member-history.ts'
import { Moderation } from './moderation.ts'
import type { OwnerCount } from './moderation.ts'
import { OwnPlace } from './own-place.ts'
import { rulesKnownTo } from './rules-version.ts'
import { SealGiver } from './seal-giver.ts'
import type { SetAside } from './set-aside.ts'
import { SpaceCore } from './space-core.ts'
import { countPending, cutsWithin, listRejections } from './space-figures.ts'
import type { CreateSpaceInput, SpaceIdentity, SpacePorts } from './space-ports.ts'
import { readOwnLength, readSpaceFile } from './space-store.ts'
import { SpaceWriter } from './space-writer.ts'
import { logOf } from './types.ts'
import type { ContentDraft, Entry, OpenedEntry, PendingCounts, Role, SpaceChange } from './types.ts'
import type { SpaceInvite, SpaceMember, SpaceRangeLimits, SpaceRequest } from './types.ts'
import type { VersionVector } from './types.ts'

export class Space {
  readonly id: SpaceId
  readonly identity: SpaceIdentity
  /** What became of this person here. */
  readonly ownPlace: OwnPlace
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  readonly #contents: ContentWriter
  readonly #receiver: EntryReceiver
  readonly #membership: Membership
  readonly #moderation: Moderation
  readonly #sealGiver: SealGiver
  readonly #ephemeralKeeper: EphemeralKeeper
  readonly #complainer: Complainer

  private constructor(core: SpaceCore) {
    this.#core = core
    this.id = core.id
    this.identity = core.identity
    this.ownPlace = new OwnPlace(core)
    this.#writer = new SpaceWriter(core)
    this.#contents = new ContentWriter(core, this.#writer)
    this.#receiver = new EntryReceiver(core, this.#writer)
    this.#membership = new Membership(core, this.#writer)
    this.#moderation = new Moderation(core, this.#writer)
    this.#complainer = new Complainer(core, this.#writer)
    this.#sealGiver = new SealGiver(core, this.#writer)
    this.#ephemeralKeeper = new EphemeralKeeper(core, this.#writer)
    core.subscribe(({ kind }) => {
      if (kind === 'control') {
        this.#complainer.changed()
        this.#ephemeralKeeper.changed()
      }
      // By anything they write others say that they know of an admission.
      const isAck = kind === 'entries' && core.state.releaseAfterAcks > 0
      if (kind === 'control' || isAck) this.#sealGiver.changed()
    })
    this.#sealGiver.changed()
    this.#ephemeralKeeper.changed()
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
    return Space.#withOwnLength(ports, core)
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
    await core.writeFile()
    return Space.#withOwnLength(ports, core)
  }

  /** What this device wrote before the space was deleted from it has to be here before it writes again. */
  static async #withOwnLength(ports: SpacePorts, core: SpaceCore): Promise<Space> {
    const space = new Space(core)
    space.#writer.freezeUntil(await readOwnLength(ports.disk))
    return space
  }

  /** The device whose log begins with the genesis entry; a joiner does not know it at first. */
  get founderDevice(): DeviceId | undefined {
    return this.#core.founderDevice
  }

  /**
   * Writes content. Resolves when it is durable and applied; all of it or nothing.
   * @throws SpaceError `SPACE_READ_ONLY`, `SPACE_CONTENT_TOO_LARGE`, `SPACE_NOT_MEMBER`, `SPACE_FROZEN`, `SPACE_UNCONFIRMED`,
   * `SPACE_NEWER_RULES`, `SPACE_DISK`, `SPACE_CLOCK_BEHIND`, `SPACE_EPOCH_LOCKED`, `SPACE_DAY_SPENT` (`fields.againAtMs`: when it goes on), `SPACE_CLOSED`
   */
  async append(drafts: readonly ContentDraft[]): Promise<readonly Entry[]> {
    return await this.#contents.append(drafts)
  }

  /**
   * Writes content unless it was written before under the same key by this device: then that entry is the answer and
   * `draft` is not asked. Keys are compared with those of the newest `ONCE_ENTRIES_MAX` entries of this device.
   * @throws as `append`, and what `draft` throws
   */
  async appendOnce(key: string, draft: () => Promise<ContentDraft>): Promise<Entry> {
    return await this.#contents.appendOnce(key, draft)
  }

  /** Writes control operations that must count as they stand. @throws SpaceError `SPACE_FORBIDDEN` and as `append` */
  appendControl(operations: readonly ControlOperation[]): Promise<readonly Entry[]> {
    return this.#membership.appendControl(operations)
  }

  /** Entries stored and durable here, per device; of one that signed two histories, up to where they part. */
  lengths(): VersionVector {
    return this.#core.lengths()
  }

  /** Entries applied, per log: what views have been given. */
  appliedLengths(): VersionVector {
    return this.#core.appliedLengths()
  }

  get historyNames(): HistoryNames {
    return this.#core.forks.names
  }

  /** Entries applied in parts of histories that are called alike on every copy, by name. */
  historyParts(): readonly HistoryPart[] {
    return this.historyNames.parts(this.appliedLengths())
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

  /** Whether the log outruns what its device may write in a day and is left alone for now. */
  isSlowed(device: DeviceId): boolean {
    return this.#core.allowances.isSlowed(device)
  }

  /** Devices whose logs are left alone for now, ascending. */
  slowedDevices(): DeviceId[] {
    return this.#core.allowances.slowedDevices()
  }

  /** `undefined` when there is nothing from there on. @throws LogError `LOG_DAMAGED` */
  rangeFrom(device: DeviceId, from: number, limits: SpaceRangeLimits): LogRange | undefined {
    const track = this.#core.forks.currentOf(device)
    const length = track === undefined ? 0 : this.#core.exchangedLength(track)
    if (track === undefined || from >= length) return undefined
    const { bytesMax, blocksMax = length } = limits
    return track.log.rangeFrom(from, { bytesMax, blocksMax: Math.min(blocksMax, length - from) })
  }

  /** Verifies, stores and applies; resolves when durable. The error's `code` decides the sender's standing. */
  accept(device: DeviceId, range: LogRange): Promise<Accepted> {
    return this.#receiver.accept(device, range)
  }

  /** A peer's claim about a log here; a longer own log freezes writing until it has been fetched. */
  noteRemoteHead(device: DeviceId, head: LogHead): boolean {
    return this.#receiver.noteRemoteHead(device, head)
  }

  /** Whether the space has rules that this version does not know: it stores and shows, and writes nothing. */
  get needsNewerVersion(): boolean {
    return this.#core.state.rules > rulesKnownTo(this.#core.ports)
  }

  get isFrozen(): boolean {
    return this.#writer.isFrozen
  }

  /** While it is open this device writes nothing, see `log-doubt.ts`. */
  get ownLogDoubt(): LogDoubt {
    return this.#writer.doubt
  }

  /** `log`: a device, or the key of a branch. */
  entryAt(log: DeviceId, seq: number): Entry | undefined {
    const track = this.#core.tracks.get(log)
    return track !== undefined && seq >= 0 && seq < track.stored ? track.entry(seq) : undefined
  }

  /** Stored entries that belong to one log, from `from` to before `to`. */
  *entries(log: DeviceId, from = 0, to = Infinity): Generator<Entry, void, undefined> {
    const track = this.#core.tracks.get(log)
    if (track === undefined) return
    yield* track.entries(Math.max(from, track.base), Math.min(to, track.stored))
  }

  /** What a checked entry holds, as it counts now. */
  openContent(entry: Entry): OpenedEntry {
    const track = this.#core.tracks.get(logOf(entry))
    assert(track !== undefined, 'the entry is one of this space')
    return openEntry(this.#core, track, entry)
  }

  /**
   * The entries of some types that count here, as bytes by which somebody with nothing else sees who signed what
   * ({@link openBundle}). @throws SpaceError `SPACE_BUNDLE_TOO_LARGE`, `SPACE_DAMAGED`; LogError `LOG_DAMAGED`
   */
  signedBundle(input: BundleInput): Promise<Uint8Array> {
    return makeBundle(this.#core, input)
  }

  /** By person id. */
  members(): SpaceMember[] {
    return [...this.#core.state.members.values()].map((member) => {
      const { person, role, joinedAtMs, incarnation } = member
      const devices = member.devices.map(({ device }) => device)
      return { person, role, devices, joinedAtMs, incarnation }
    })
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

  /** Whether the device was a member's and is not any more. */
  hasLost(device: DeviceId): boolean {
    return this.#core.graph.hasLost(device)
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

  /** Epochs known here whose secret some member's device may have and lacks; it is given by itself. */
  leftOut(): readonly LeftOut[] {
    const { state, keys } = this.#core
    return findLeftOut(state, keys.isKnown, (member) => this.#core.isReleased(state, member))
  }

  /** Whether the history may be handed to a member, as far as this device knows (policy `releaseAfterAcks`). */
  isReleasedTo(person: PersonId): boolean {
    const member = this.#core.state.members.get(person)
    return member !== undefined && this.#core.isReleased(this.#core.state, member)
  }

  rotateEpoch(): Promise<void> {
    return this.#membership.rotateEpoch()
  }

  /** Serial of the prekey that members seal to for this device; `undefined` while it is not a member's. */
  get ownPrekeySerial(): number | undefined {
    const { state, identity } = this.#core
    const devices = state.members.get(identity.person)?.devices
    return devices?.find(({ device }) => device === identity.device)?.prekeySerial
  }

  /**
   * Replaces this device's prekey: `prekey` is its signed public half, `privateKey` the other, kept by the caller for as
   * long as seals to it may come.
   */
  async announcePrekey(prekey: Uint8Array, privateKey: Uint8Array): Promise<void> {
    this.#core.keys.addPrekey(privateKey)
    await this.#membership.appendControl([{ name: 'prekey', prekey }])
  }

  /** Derived from the newest three epochs, newest first. */
  discoverySecrets(): Uint8Array[] {
    return this.#core.keys.discoverySecrets(this.#core.state)
  }

  /** Derived from epochs before those, for a device that is or was a member's and may have missed the newest. */
  earlierSecrets(device: DeviceId): Uint8Array[] {
    const { graph, keys, state } = this.#core
    return graph.knownDevices.has(device) ? keys.earlierSecrets(state) : []
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

  /**
   * What this device says again to everyone it lets into a space with the history `from-join`, in the same commit and
   * under the newcomer's first epoch: what can be read of the time before. The first
   * `WELCOME_DRAFTS_MAX` count.
   */
  setWelcome(drafts: readonly ContentDraft[]): void {
    this.#membership.setWelcome(drafts)
  }

  /** `role`: instead of the invitation's. */
  approve(request: RequestId, role?: MemberRole): Promise<void> {
    return this.#membership.approve(request, role)
  }

  decline(request: RequestId): Promise<void> {
    return this.#membership.decline(request)
  }

  /** Removes somebody of lower rank; of a former member, sets anew what of their logs counts. */
  remove(person: PersonId): Promise<void> {
    return this.#moderation.remove(person)
  }

  /** @throws SpaceError `SPACE_FORBIDDEN`, `SPACE_PERSON_UNKNOWN` */
  setRole(person: PersonId, role: MemberRole): Promise<void> {
    return this.#moderation.setRole(person, role)
  }

  /** @throws SpaceError `SPACE_OWNER_STAYS` */
  leave(): Promise<void> {
    return this.#moderation.leave()
  }

  transferOwnership(person: PersonId): Promise<void> {
    return this.#moderation.transferOwnership(person)
  }

  /** This admin's signature under the wish that another admin become owner. */
  signOwnerVote(person: PersonId): Uint8Array {
    return this.#moderation.signOwnerVote(this.#core.state, person)
  }

  /** @throws SpaceError `SPACE_NO_QUORUM`: more than two thirds of at least three admins have to agree */
  replaceOwner(person: PersonId, votes: readonly PersonSignature[]): Promise<void> {
    return this.#moderation.replaceOwner(person, votes)
  }

  /** `certificate`: of a new device of a member; it gets the secrets known here. */
  addDevice(certificate: Uint8Array): Promise<void> {
    return this.#moderation.addDevice(certificate)
  }

  /** By an older device of the same person, or with the person's root key. */
  revokeDevice(device: DeviceId, root?: Signer): Promise<void> {
    return this.#moderation.revokeDevice(device, root)
  }

  resetDevice(device: DeviceId, root?: Signer): Promise<void> {
    return this.#moderation.resetDevice(device, root)
  }

  setPolicy(policy: string, value: boolean | number | string): Promise<void> {
    return this.#moderation.setPolicy(policy, value)
  }

  /** People who were members and are not now, by person id. */
  formerMembers(): FormerState[] {
    return [...this.#core.state.former.values()]
  }

  /** Of each device that is or was a member's, the certificate of the person it belongs to. */
  deviceCertificates(): ReadonlyMap<DeviceId, Uint8Array> {
    return certificatesOf(this.#core)
  }

  /** What happened to members, devices, owners and policy, by time. */
  memberHistory(): MemberEvent[] {
    return listMemberEvents(this.#core.graph)
  }

  /** Of votes for `person`, those that are valid now, one per admin; and how many it takes, if any number does. */
  countOwnerVotes(person: PersonId, votes: readonly PersonSignature[]): OwnerCount {
    return this.#moderation.countOwnerVotes(this.#core.state, person, votes)
  }

  /** Content written beyond a cut, which counts for nobody. */
  setAside(): SetAside[] {
    return this.#contents.setAside()
  }

  /** Writes content that was set aside again, under one's own name, in its order. */
  async adopt(ids: readonly EntryId[]): Promise<readonly Entry[]> {
    return await this.#contents.adopt(ids)
  }

  /** Operations with a cut that a vector goes beyond, ascending. */
  cutsWithin(within: VersionVector): EntryId[] {
    return cutsWithin(this.#core.graph, within)
  }

  /**
   * How much of a log a peer may be given. All of it; to a device that lost its place here, only what its person has to
   * know to see that, and why (`control-farewell.ts`).
   */
  servedLength(peer: DeviceId, device: DeviceId): number {
    return this.#core.servedLength(peer, device)
  }

  forkPoints(): readonly ForkPoint[] {
    return this.#core.forks.points
  }

  /** Beyond this length nothing of the device is taken in: it signed two histories and was not reset since. */
  forkLimit(device: DeviceId): number {
    return this.#core.forks.limitOf(device)
  }

  /** Histories that entries here build on and that are not here. */
  wantedBranches(): readonly BranchWant[] {
    return this.#receiver.wantedBranches()
  }

  /** A part of the history with that entry, when it is here; for a peer that asks for it. @throws LogError `LOG_DAMAGED` */
  branchRange(want: BranchWant, limits: SpaceRangeLimits): LogRange | undefined {
    return this.#receiver.branchRange(want, limits)
  }

  acceptBranch(want: BranchWant, range: LogRange): Promise<Accepted> {
    return this.#receiver.acceptBranch(want, range)
  }

  /** Whether the device is known to have signed two histories. */
  isForked(device: DeviceId): boolean {
    return this.#core.forks.has(device)
  }

  /** Keeps a proof found by a peer when it is news; `false` when it proves nothing about a log of this space. */
  acceptForkPoint(point: ForkPoint): boolean {
    return this.#receiver.acceptForkPoint(point)
  }

  /** What of devices that signed two histories counts within a vector: equal texts, equal sets. */
  forksWithin(within: VersionVector): string {
    return this.#core.forks.digestWithin(within)
  }

  /** Logs that count only up to an entry, with the reason; by device. */
  rejected(): Rejection[] {
    return listRejections(this.#core)
  }

  pendingCounts(): PendingCounts {
    return countPending(this.#core)
  }

  /** Operations that counted where they were made and do not count now, ascending. */
  voidedOperations(): EntryId[] {
    return [...this.#core.state.voided].sort()
  }

  /** Operations that counted for nothing already where they were made, ascending. */
  futileOperations(): EntryId[] {
    const all = [...this.#core.graph.nodes()]
    return all.flatMap(({ id, verdict }) => (verdict.authorised ? [] : [id])).sort()
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
    this.#sealGiver.close()
    this.#ephemeralKeeper.close()
    await this.#writer.drain()
    await this.#receiver.drain()
    await this.#core.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
