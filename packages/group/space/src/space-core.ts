/**
 * The parts of an open space and how they move together: logs, applier, control graph, keys, progress, listeners.
 *
 * Everything that makes entries count goes through `settle`, for own and for received entries alike: check what has
 * become checkable, open the keys that came with it, apply what is due, write down the progress, tell listeners. It is
 * synchronous, so listeners always see a state in which all parts agree.
 */

import { assert, errorCode, idToBytes } from '@hamlet/core'
import type { Cancel, DeviceId, EntryId, PersonId, SpaceId } from '@hamlet/core'
import { HybridClock } from '@hamlet/crdt'
import type { PrekeySecret } from '@hamlet/identity'
import { decodeForkPoint, encodeForkPoint, Log } from '@hamlet/log'
import { Allowances } from './allowances.ts'
import { servedOf } from './control-farewell.ts'
import { ControlGraph } from './control-graph.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlState, MemberState } from './control-state.ts'
import { DeviceTrack } from './device-track.ts'
import type { Parting } from './device-track.ts'
import { EntryApplier } from './entry-applier.ts'
import type { SettledEntries } from './entry-applier.ts'
import { entryLeafLength } from './entry.ts'
import type { EncodedEntry } from './entry.ts'
import { EpochKeys } from './epoch-keys.ts'
import { EpochVolumes } from './epoch-volumes.ts'
import { SpaceError } from './errors.ts'
import { ForkBook } from './fork-book.ts'
import { readForkPoint } from './fork-evidence.ts'
import type { ForkEvidence } from './fork-evidence.ts'
import { FrontierMemo } from './frontier-memo.ts'
import type { FrontierPart } from './frontier-memo.ts'
import { LockedEntries } from './locked-entries.ts'
import { commonLength, LogSet } from './log-set.ts'
import { Progress } from './progress.ts'
import { isReleased } from './releases.ts'
import { rulesKnownTo } from './rules-version.ts'
import { SecretStore } from './secret-store.ts'
import {
  branchDirectory,
  forkFile,
  FORKS_DIRECTORY,
  logDirectory,
  ProgressStore,
  writeSpaceFile,
} from './space-store.ts'
import type { BranchName, SpaceFile } from './space-store.ts'
import type { SpaceIdentity, SpacePorts } from './space-ports.ts'
import { logOf } from './types.ts'
import type { SpaceChange, VersionVector } from './types.ts'

/** Entries in one `entries` change. */
const ENTRIES_PER_CHANGE = 1000
/** Entries held back for their time are looked at again at least this often. */
const DUE_CHECK_MS_MAX = 30_000
/** After a read that failed. */
const SETTLE_AGAIN_MS = 1_000

/** Content as the composer takes it: encoded, not yet encrypted. */
export interface ContentToWrite {
  readonly kind: 'content'
  readonly type: string
  readonly content: Uint8Array
}

export class SpaceCore {
  readonly ports: SpacePorts
  readonly identity: SpaceIdentity
  readonly id: SpaceId
  /** What everyone let in without the history is told of it, in the commit that lets them in. */
  welcome: readonly ContentToWrite[] = []
  logs = new LogSet()
  /** Devices that signed two histories. */
  readonly forks: ForkBook
  readonly hybridClock: HybridClock
  readonly volumes = new EpochVolumes()
  readonly allowances: Allowances
  graph: ControlGraph
  keys: EpochKeys
  locked: LockedEntries
  applier: EntryApplier
  progress: Progress
  founderDevice: DeviceId | undefined
  readonly #progressStore: ProgressStore
  readonly #secretStore: SecretStore
  readonly #listeners = new Set<(change: SpaceChange) => void>()
  readonly #frontier: FrontierMemo
  #dueTimer: Cancel | undefined
  #againTimer: Cancel | undefined
  #saving: Promise<void> = Promise.resolve()
  #opening: Promise<unknown> = Promise.resolve()
  #closed = false
  #voidedBefore: ControlState['voided'] = new Set()
  #cutsBefore: ReadonlySet<EntryId> = new Set()

  constructor(ports: SpacePorts, identity: SpaceIdentity, id: SpaceId) {
    this.ports = ports
    this.identity = identity
    this.id = id
    this.hybridClock = new HybridClock(ports.clock)
    this.#frontier = new FrontierMemo(ports.crypto)
    this.allowances = new Allowances(this)
    this.#progressStore = new ProgressStore(ports.kv, rulesKnownTo(ports))
    this.#secretStore = new SecretStore(ports, id, identity)
    this.graph = new ControlGraph(ports.crypto, id)
    this.keys = this.#newKeys()
    this.locked = new LockedEntries()
    this.forks = new ForkBook(this)
    this.applier = this.#newApplier()
    this.progress = this.#newProgress()
  }

  get state(): ControlState {
    return this.graph.current
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** By key. */
  get tracks(): ReadonlyMap<DeviceId, DeviceTrack> {
    return this.logs.tracks
  }

  /** The log this device writes. */
  get ownTrack(): DeviceTrack | undefined {
    return this.forks.currentOf(this.identity.device)
  }

  /** Whether this device was ever let in; before, entries are stored and checked, not applied. */
  get isAdmitted(): boolean {
    return this.graph.knownDevices.has(this.identity.device)
  }

  readonly #isAdmittedNow = (): boolean => this.isAdmitted

  /** Opens what the file names and follows the logs from where the last run stopped. */
  async load(file: SpaceFile): Promise<void> {
    this.founderDevice = file.founderDevice
    for (const device of file.devices) await this.#openLog(device)
    for (const branch of file.branches) await this.#openBranch(branch)
    await this.#loadForks()
    if (!(await this.progress.restore())) await this.#startOver()
    this.forks.restart()
    for (const { fork, verdict } of this.graph.nodes()) {
      if (fork !== undefined && verdict.authorised) this.forks.keep(fork)
    }
    this.forks.refresh()
    // What is on the disk already, or in the logs.
    this.forks.takeNews()
    this.keys.restore(await this.#secretStore.read(), this.state)
    if (this.keys.refresh(this.state).length > 0 || this.keys.isUnsaved) this.#keepSecrets()
    for (const track of this.tracks.values()) this.#observeApplied(track)
    this.#finishSettling(this.applier.resume(this.#isAdmittedNow), [...this.tracks.keys()])
  }

  /** The track of a device, its log made when it is new. */
  async openTrack(device: DeviceId): Promise<DeviceTrack> {
    const known = this.tracks.get(device)
    if (known !== undefined) return known
    const track = this.#opening.then(() => this.#addTrack(device))
    this.#opening = track.catch(() => undefined)
    return track
  }

  /** Keeps evidence that a device signed two histories, when it is news: beside the logs too; tells, and acts on it. */
  keepFork(evidence: ForkEvidence): void {
    if (!this.forks.keep(evidence)) return
    this.#tellForks()
    this.settle([])
  }

  /** `added`: a log that is about to be made. */
  async writeFile(added: { device?: DeviceId; branch?: BranchName } = {}): Promise<void> {
    const tracks = [...this.tracks.values()]
    const devices = tracks.filter(({ parent }) => parent === undefined).map(({ device }) => device)
    const branches = tracks.filter(({ parent }) => parent !== undefined)
    await writeSpaceFile(this.ports.disk, {
      space: this.id,
      founderDevice: this.founderDevice,
      devices: [...devices, ...(added.device === undefined ? [] : [added.device])],
      branches: [...branches, ...(added.branch === undefined ? [] : [added.branch])],
    })
  }

  /** Another history of a device, its log filled and durable. */
  async addBranch(track: DeviceTrack): Promise<void> {
    await this.writeFile({ branch: track })
    this.logs.add(track)
  }

  /** After logs of these devices grew durably. Where the disk does not answer, it goes on a moment later. */
  settle(devices: readonly DeviceId[]): void {
    try {
      this.#finishSettling(this.applier.settle(devices, this.#isAdmittedNow), devices)
    } catch (error) {
      if (errorCode(error) !== 'STORE_IO') throw error
      this.ports.logger.warn('entries could not be read yet', { reason: String(error) })
      this.#settleAgain()
    }
  }

  /** Of each device's log, what is exchanged with others. */
  lengths(): VersionVector {
    return this.#vector((track) => (track.parent === undefined ? this.exchangedLength(track) : 0))
  }

  exchangedLength({ device, stored }: Pick<DeviceTrack, 'device' | 'stored'>): number {
    const isShared = device === this.founderDevice || this.graph.reaches(device)
    if (!isShared) return 0
    return this.forks.has(device) ? this.forks.exchangedLength(device) : stored
  }

  /** Of every log, by its key. */
  appliedLengths(): VersionVector {
    return this.#vector(({ applied }) => applied)
  }

  /** Over every log that is not empty, by ascending device; as far as exchanged. */
  frontierHash(): Uint8Array {
    const parts: FrontierPart[] = []
    for (const device of [...this.tracks.keys()].sort()) {
      const track = this.tracks.get(device)!
      const length = track.parent === undefined ? this.exchangedLength(track) : 0
      if (length === 0) continue
      const current = this.forks.currentOf(device)!
      const root = length === current.stored ? current.root() : current.log.root(length)
      parts.push({ device, length, root })
    }
    return this.#frontier.hashOf(parts)
  }

  deviceOwner(device: DeviceId): PersonId | undefined {
    return this.state.owners.get(device)
  }

  /** Whether the history may be handed to a member of a state, as far as this device knows. */
  readonly isReleased = (state: ControlState, member: MemberState): boolean => {
    const { graph, tracks, identity } = this
    return isReleased({ graph, tracks, person: identity.person }, state, member)
  }

  /** See `Space.servedLength`. */
  servedLength(peer: DeviceId, device: DeviceId): number {
    const first = this.tracks.get(device)
    const stored = first === undefined ? 0 : this.exchangedLength(first)
    if (this.state.owners.has(peer) || !this.graph.knownDevices.has(peer)) return stored
    const farewell = this.graph.farewellOf(peer)
    if (farewell === undefined || first === undefined) return 0
    return Math.min(stored, servedOf(farewell, first))
  }

  emit(change: SpaceChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  subscribe(listener: (change: SpaceChange) => void): Cancel {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  throwIfClosed(): void {
    if (this.#closed) throw new SpaceError('SPACE_CLOSED', 'the space is closed')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#dueTimer?.()
    this.#againTimer?.()
    this.#listeners.clear()
    this.#inBackground(() => this.progress.save(true))
    await this.#saving
    for (const track of this.tracks.values()) await track.log.close()
  }

  /** Devices ascending; those with nothing are left out. */
  #vector(lengthOf: (track: DeviceTrack) => number): VersionVector {
    const vector = new Map<DeviceId, number>()
    for (const device of [...this.tracks.keys()].sort()) {
      const length = lengthOf(this.tracks.get(device)!)
      if (length > 0) vector.set(device, length)
    }
    return vector
  }

  #newKeys(): EpochKeys {
    return new EpochKeys(this.ports, this.id, this.identity, {
      isReleased: this.isReleased,
      nowMs: () => this.ports.clock.wall(),
    })
  }

  #newApplier(): EntryApplier {
    const { clock } = this.ports
    return new EntryApplier(this.graph, this.logs, clock, this.identity.device)
  }

  #newProgress(): Progress {
    const { graph, tracks, locked, volumes } = this
    const parts = { graph, tracks, locked, volumes }
    return new Progress(parts, this.#progressStore)
  }

  /** Forgets what was derived, so that the logs are followed from the beginning. */
  async #startOver(): Promise<void> {
    await this.#progressStore.clear()
    this.graph = new ControlGraph(this.ports.crypto, this.id)
    this.locked = new LockedEntries()
    this.volumes.clear()
    const before = [...this.tracks.values()]
    this.logs = new LogSet()
    for (const { device, log, key, base, parent } of before) {
      const known = parent && this.tracks.get(parent.key)
      this.logs.add(this.newTrack(device, log, known && { key, base, parent: known }))
    }
    this.applier = this.#newApplier()
    this.progress = this.#newProgress()
  }

  async #loadForks(): Promise<void> {
    const { crypto, disk } = this.ports
    for (const name of await disk.list(FORKS_DIRECTORY)) {
      const bytes = await disk.readAll(`${FORKS_DIRECTORY}/${name}`)
      const decoded = bytes && decodeForkPoint(bytes)
      const evidence = decoded?.ok === true && readForkPoint(crypto, this.id, decoded.value)
      if (evidence) this.forks.keep(evidence)
    }
  }

  /** One at a time: the file names every log, and two writes of it at once would leave one out. */
  async #addTrack(device: DeviceId): Promise<DeviceTrack> {
    const known = this.tracks.get(device)
    if (known !== undefined) return known
    await this.writeFile({ device })
    return this.#openLog(device)
  }

  async #openLog(device: DeviceId): Promise<DeviceTrack> {
    const track = this.newTrack(device, await this.openLogAt(logDirectory(device), device))
    this.logs.add(track)
    return track
  }

  /** Where it parts from the other histories shows when they are compared. */
  async #openBranch({ device, key }: BranchName): Promise<void> {
    const log = await this.openLogAt(branchDirectory(key), device)
    const shared = this.logs.logsOf(device).map((track) => {
      return { track, base: commonLength(track.log, log) }
    })
    const [longest] = shared.sort((a, b) => b.base - a.base)
    if (longest === undefined) return
    const { track, base } = longest
    const parent = base === 0 ? track : track.ownerOf(base - 1)
    this.logs.add(this.newTrack(device, log, { key, base, parent }))
  }

  async openLogAt(directory: string, device: DeviceId): Promise<Log> {
    const { disk, crypto, logger } = this.ports
    const isOwn = device === this.identity.device
    return Log.open({
      disk,
      crypto,
      directory,
      publicKey: idToBytes(device),
      namespace: idToBytes(this.id),
      leafLength: entryLeafLength,
      logger,
      ...(isOwn ? { signer: this.identity.deviceSigner } : {}),
    })
  }

  newTrack(device: DeviceId, log: Log, parting?: Parting): DeviceTrack {
    return new DeviceTrack(this.ports.crypto, this.graph.pasts, device, log, parting)
  }

  #observeApplied(track: DeviceTrack): void {
    if (track.applied > 0) this.hybridClock.observe(track.point(track.applied - 1).time)
  }

  #finishSettling(settled: SettledEntries, devices: readonly DeviceId[]): void {
    const { entries, nodes, released } = settled
    for (const device of devices) this.progress.note(device, 0)
    for (const entry of entries) this.progress.note(logOf(entry), 1)
    for (const node of nodes) this.progress.noteNode(node)
    const recounted = this.#followForks(entries, nodes)
    // What a forked device wrote may come to count by an entry that is no operation.
    const opened = nodes.length + recounted.length > 0 ? this.#followControl(nodes) : []
    const unlocked = opened.filter((epoch) => this.locked.has(epoch))
    for (const entry of released) this.#noteReleased(entry)
    this.#save()
    this.#announce(nodes, unlocked, released, recounted)
    this.#setDueTimer()
    if (this.forks.isStale) this.#settleAgain()
  }

  #tellForks(): void {
    for (const { device, seq, point } of this.forks.takeNews()) {
      this.ports.metrics.count('space_forks')
      this.#inBackground(() => this.ports.disk.write(forkFile(device, seq), encodeForkPoint(point)))
      this.emit({ kind: 'fork', device })
    }
  }

  /** Devices of which something else counts now because they signed two histories. */
  #followForks(entries: readonly EncodedEntry[], nodes: readonly ControlNode[]): DeviceId[] {
    for (const { fork, verdict } of nodes) {
      if (fork !== undefined && verdict.authorised) this.forks.keep(fork)
    }
    this.#tellForks()
    try {
      for (const entry of entries) this.forks.note(this.tracks.get(logOf(entry))!, entry)
      const changed = this.forks.refresh()
      this.#tellForks()
      return changed
    } catch (error) {
      // What counts of forked devices is found from the logs alone, so it is found anew, a moment later.
      this.ports.logger.error('a log could not be read', { code: errorCode(error) })
      this.forks.forgetSightings()
      return []
    }
  }

  #followControl(nodes: readonly ControlNode[]): readonly EncodedEntry['id'][] {
    const opened = this.keys.refresh(this.state)
    if (opened.length > 0 || this.keys.isUnsaved) this.#keepSecrets()
    for (const id of this.keys.mismatched) {
      this.ports.logger.warn('an epoch secret sealed to this device is not the one committed to', {
        epoch: id,
      })
    }
    this.ports.metrics.count('space_control_operations', nodes.length)
    return opened
  }

  #keepSecrets(): void {
    this.#inBackground(() => this.#secretStore.write(this.keys.takeStored()))
  }

  /** Where messages disappear: forgets the secrets that are due. What was written under them cannot be read any more. */
  forgetDue(): void {
    const epochs = this.keys.forgetDue(this.state)
    if (epochs.length === 0) return
    this.#keepSecrets()
    this.ports.metrics.count('space_epochs_forgotten', epochs.length)
    this.emit({ kind: 'forgotten', epochs })
  }

  /** A prekey of this space alone; resolves when it is durable. */
  async keepPrekey(prekey: PrekeySecret): Promise<void> {
    this.keys.addOwnPrekey(prekey)
    await this.#secretStore.write(this.keys.takeStored())
  }

  /** `serial`: of the prekey that others seal to for this device. */
  forgetPrekeys(keptMs: number, serial: number): void {
    if (this.keys.forgetOwnPrekeys(keptMs, serial)) this.#keepSecrets()
  }

  #noteReleased(entry: EncodedEntry): void {
    const { seq, epoch, time } = entry
    const log = logOf(entry)
    this.progress.note(log, 0)
    this.hybridClock.observe(time)
    if (epoch === undefined) return
    this.volumes.note(epoch)
    // Where messages disappear, what can be read today will be locked one day.
    const isToLock = this.state.ephemeral !== undefined || !this.keys.isKnown(epoch)
    if (isToLock) this.locked.note(epoch, log, seq)
  }

  #announce(
    nodes: readonly ControlNode[],
    unlocked: readonly EncodedEntry['id'][],
    released: readonly EncodedEntry[],
    recounted: readonly DeviceId[],
  ): void {
    const voided = [...new Set([...this.#newlyVoided(), ...recounted])].sort()
    if (nodes.length + recounted.length > 0) this.emit({ kind: 'control' })
    if (voided.length > 0) this.emit({ kind: 'voided', devices: voided })
    if (unlocked.length > 0) this.emit({ kind: 'unlocked', epochs: unlocked })
    for (let i = 0; i < released.length; i += ENTRIES_PER_CHANGE) {
      this.emit({ kind: 'entries', entries: released.slice(i, i + ENTRIES_PER_CHANGE) })
    }
  }

  /** Devices of which entries stopped counting, or count again, since the last call. */
  #newlyVoided(): DeviceId[] {
    const { voided } = this.state
    const cuts = new Set(this.graph.cuts.map(({ id }) => id))
    const changed = [
      ...differenceOf(voided, this.#voidedBefore),
      ...differenceOf(cuts, this.#cutsBefore),
    ]
    this.#voidedBefore = voided
    this.#cutsBefore = cuts
    const devices = changed.flatMap((id) => this.graph.devicesAffectedBy(id))
    return [...new Set(devices)].sort()
  }

  #save(): void {
    this.#inBackground(() => this.progress.save())
  }

  /** One after the other; what fails here can be made again from the logs. */
  #inBackground(action: () => Promise<void>): void {
    this.#saving = this.#saving.then(action).catch((error: unknown) => {
      this.ports.logger.warn('could not write beside the logs', { reason: String(error) })
    })
  }

  /** Nobody waits for this: a log that cannot be read any more stays where it is, and the process goes on. */
  #settleDue(devices: readonly DeviceId[]): void {
    try {
      this.settle(devices)
    } catch (error) {
      this.ports.logger.error('held entries could not be read', { code: errorCode(error) })
    }
  }

  #setDueTimer(): void {
    this.#dueTimer?.()
    this.#dueTimer = undefined
    if (!this.isAdmitted) return
    const dueInMs = this.applier.dueInMs()
    if (dueInMs === undefined) return
    // Not one long wait: the wall clock may be set right, or the device may sleep, long before it is over.
    this.#dueTimer = this.#after(Math.min(dueInMs + 1, DUE_CHECK_MS_MAX), () => this.#settleDue([]))
  }

  /** What could not be read, a moment later, whatever is settled until then: by a timer that nothing else sets. */
  #settleAgain(): void {
    this.#againTimer ??= this.#after(SETTLE_AGAIN_MS, () => {
      this.#againTimer = undefined
      this.#settleDue([...this.tracks.keys()])
    })
  }

  #after(inMs: number, action: () => void): Cancel | undefined {
    if (this.#closed) return undefined
    return this.ports.clock.after(inMs, () => {
      assert(!this.#closed, 'the timer is cancelled when the space closes')
      action()
    })
  }
}

/** What is in one of two sets. */
function differenceOf<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): T[] {
  return [...[...a].filter((item) => !b.has(item)), ...[...b].filter((item) => !a.has(item))]
}
