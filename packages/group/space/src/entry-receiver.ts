/**
 * Receiving: ranges of other devices' logs, and of the own one after a restore.
 *
 * A range is judged twice before anything of it is stored: that its blocks are entries that fit this space, this
 * device and the entry before them (here), and that the author signed them (the log). What passes is durable when
 * `accept` resolves, whether or not it can be applied yet. Of a device that signed two histories nothing is taken beyond
 * the place where they part, except what others have built on (`acceptBranch`, see `branch-receiver.ts`).
 *
 * Invariants:
 * 1. Which devices' logs are stored only grows with the control operations known, so that all members end up with the
 *    same logs, also those of people whose admission became void.
 * 2. Ranges of one device are taken one after the other.
 */

import { err, ok } from '@hamlet/core'
import { QUARANTINE_BYTES_MAX, QUARANTINE_ENTRIES_MAX } from '@hamlet/core'
import type { DeviceId, Result } from '@hamlet/core'
import { verifyHead } from '@hamlet/log'
import type { ForkPoint, LogHead, LogRange } from '@hamlet/log'
import type { Accepted, RefusedEntries } from './acceptance.ts'
import { BranchReceiver } from './branch-receiver.ts'
import type { BranchWant } from './branch-receiver.ts'
import { decodeEntry } from './entry.ts'
import type { EncodedEntry } from './entry.ts'
import type { DeviceTrack } from './device-track.ts'
import { readForkPoint } from './fork-evidence.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceRangeLimits } from './types.ts'
import type { SpaceWriter } from './space-writer.ts'

export class EntryReceiver {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  readonly #branches: BranchReceiver
  readonly #lastByDevice = new Map<DeviceId, Promise<unknown>>()

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
    this.#branches = new BranchReceiver(core)
  }

  /** Keeps a proof that a device signed two histories. `false`: it proves nothing about a log of this space. */
  acceptForkPoint(point: ForkPoint): boolean {
    const evidence = readForkPoint(this.#core.ports.crypto, this.#core.id, point)
    if (evidence === undefined || !this.acceptsDevice(evidence.device)) return false
    this.#core.keepFork(evidence)
    return true
  }

  /** Histories of devices that entries here build on and that are not here. */
  wantedBranches(): BranchWant[] {
    return this.#branches.wants()
  }

  /** What of it is here, when that entry is. @throws LogError `LOG_DAMAGED` */
  branchRange(want: BranchWant, limits: SpaceRangeLimits): LogRange | undefined {
    const { seq, from } = want
    const holder = this.#core.logs.historyWith(want)
    if (holder === undefined || from > seq) return undefined
    const blocksMax = Math.min(seq + 1 - from, limits.blocksMax ?? Infinity)
    return holder.log.rangeFrom(from, { bytesMax: limits.bytesMax, blocksMax })
  }

  /** As `accept`, of a history that was asked for. */
  acceptBranch(want: BranchWant, range: LogRange): Promise<Accepted> {
    return this.#inTurn(want.device, () => this.#acceptBranchNow(want, range))
  }

  /** A joiner takes any log at first: only one whose first block has the space's id is then kept. */
  acceptsDevice(device: DeviceId): boolean {
    const { founderDevice, graph } = this.#core
    if (founderDevice === undefined || device === founderDevice || graph.reaches(device))
      return true
    return graph.knownDevices.has(device) && this.#isAwaited(device)
  }

  /** Whether an entry of somebody else builds on the log: it may be what makes the admission of its device count. */
  #isAwaited(device: DeviceId): boolean {
    const { applier, graph, tracks } = this.#core
    return applier.waitersFor(device).some((log) => graph.reaches(tracks.get(log)!.device))
  }

  /** @throws SpaceError `SPACE_CLOSED`; LogError, StoreError when the disk fails: never because of what the range holds */
  async accept(device: DeviceId, range: LogRange): Promise<Accepted> {
    return this.#inTurn(device, () => this.#acceptNow(device, range))
  }

  async #inTurn(device: DeviceId, accept: () => Promise<Accepted>): Promise<Accepted> {
    this.#core.throwIfClosed()
    const last = this.#lastByDevice.get(device) ?? Promise.resolve()
    const mine = last.then(accept)
    this.#lastByDevice.set(
      device,
      mine.catch(() => undefined),
    )
    return mine
  }

  /** Resolves when ranges under way are stored. */
  async drain(): Promise<void> {
    await Promise.all(this.#lastByDevice.values())
  }

  /** `head`: claimed by a peer for a log of this space. Freezes writing when it is the own log and longer than here. */
  noteRemoteHead(device: DeviceId, head: LogHead): boolean {
    const track = this.#core.ownTrack
    if (track === undefined || device !== track.device || head.length <= track.stored) return false
    const { id, publicKey } = track.log
    if (!verifyHead(this.#core.ports.crypto, id, publicKey, head)) return false
    this.#writer.freezeUntil(head.length)
    return true
  }

  async #acceptNow(device: DeviceId, range: LogRange): Promise<Accepted> {
    this.#core.throwIfClosed()
    if (this.#core.forks.has(device)) {
      const known = this.#acceptForked(device, range)
      if (known !== undefined) return known
    }
    const fitting = this.#fit(device, range)
    if (!fitting.ok) return fitting
    // The first block of a joiner's first log is the genesis entry, and that names its device.
    this.#core.founderDevice ??= device
    const isOwn = device === this.#core.identity.device
    const track = await this.#core.openTrack(device)
    const from = track.stored
    if (isOwn) this.#writer.freezeUntil(range.head.length)
    const accepted = await track.log.accept(range)
    if (!accepted.ok) return this.#refused(accepted.error)
    for (const entry of fitting.value) if (entry.seq >= from) track.keepDecoded(entry)
    track.stored = track.log.length
    if (track.stored > from) this.#stored(track, from)
    return ok({ from, to: track.stored })
  }

  /** `undefined`: the beginning of the log, up to where its histories part, is taken as any other. */
  #acceptForked(device: DeviceId, range: LogRange): Promise<Accepted> | Accepted | undefined {
    const { forks } = this.#core
    const length = forks.exchangedLength(device)
    if (range.from >= forks.limitOf(device)) return ok({ from: length, to: length })
    if (forks.resetOf(device) === undefined || forks.isFrozen(device)) return undefined
    const entries = this.#entriesOf(device, range)
    return entries.ok ? this.#branches.acceptBehindReset(device, range, entries.value) : entries
  }

  async #acceptBranchNow(want: BranchWant, range: LogRange): Promise<Accepted> {
    this.#core.throwIfClosed()
    const entries = this.#entriesOf(want.device, range)
    return entries.ok ? this.#branches.accept(want, range, entries.value) : entries
  }

  #stored(track: DeviceTrack, from: number): void {
    const { device, stored: to } = track
    this.#core.settle([device])
    this.#core.allowances.noteStored(track, from)
    this.#core.emit({ kind: 'stored', device, from, to, local: false })
  }

  #refused(error: RefusedEntries & { readonly point?: ForkPoint }): Accepted {
    if (error.point !== undefined) this.acceptForkPoint(error.point)
    return err({ code: error.code, message: error.message })
  }

  /** The range's entries, when all of them fit. */
  #fit(device: DeviceId, range: LogRange): Result<readonly EncodedEntry[], RefusedEntries> {
    const track = this.#core.tracks.get(device)
    if (!this.acceptsDevice(device))
      return refuse('SPACE_DEVICE_UNKNOWN', 'not a device of a member')
    if (track === undefined && (range.from > 0 || range.blocks.length === 0))
      return refuse('LOG_GAP', 'expected the first block')
    if (track !== undefined && this.#isQuarantineFull(track)) {
      return refuse('SPACE_QUARANTINE_FULL', 'too many entries dated in the future')
    }
    if (this.#core.allowances.isSlowed(device)) {
      return refuse('SPACE_TOO_FAST', 'more than a device may write in a day; it is taken later')
    }
    return this.#entriesOf(device, range, this.#entryBefore(track, range.from))
  }

  /** The entries in a range, when each fits the one before. */
  #entriesOf(
    device: DeviceId,
    range: LogRange,
    previous?: EncodedEntry['id'],
  ): Result<readonly EncodedEntry[], RefusedEntries> {
    const entries: EncodedEntry[] = []
    let before = previous
    for (const [i, block] of range.blocks.entries()) {
      const decoded = decodeEntry(block, this.#core.ports.crypto)
      if (!decoded.ok) return refuse(decoded.error.code, decoded.error.message)
      const reason = this.#misfit(decoded.value, device, range.from + i, before)
      if (reason !== undefined) return refuse('SPACE_ENTRY_MISPLACED', reason)
      before = decoded.value.id
      entries.push(decoded.value)
    }
    return ok(entries)
  }

  #entryBefore(track: DeviceTrack | undefined, from: number): EncodedEntry['id'] | undefined {
    if (track === undefined || from === 0 || from > track.stored) return undefined
    return track.point(from - 1).id
  }

  #misfit(
    entry: EncodedEntry,
    device: DeviceId,
    seq: number,
    before: EncodedEntry['id'] | undefined,
  ): string | undefined {
    const { id, founderDevice } = this.#core
    if (entry.device !== device || entry.seq !== seq) return 'another place in the log'
    if (before !== undefined && entry.previous !== before) return 'another predecessor'
    const isFounder = founderDevice === undefined || founderDevice === device
    const isGenesis = isFounder && seq === 0
    if (isGenesis) return (entry.id as string) === id ? undefined : 'not this genesis'
    return entry.space === id ? undefined : 'another space'
  }

  #isQuarantineFull(track: DeviceTrack): boolean {
    const { applied, checked, log } = track
    if (!this.#core.isAdmitted || applied === checked) return false
    if (checked - applied >= QUARANTINE_ENTRIES_MAX) return true
    return log.bytesBetween(applied, checked) >= QUARANTINE_BYTES_MAX
  }
}

function refuse(code: string, message: string): Result<never, RefusedEntries> {
  return err({ code, message })
}
