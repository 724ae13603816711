/**
 * Receiving: ranges of other devices' logs, and of the own one after a restore.
 *
 * A range is judged twice before anything of it is stored: that its blocks are entries that fit this space, this
 * device and the entry before them (here), and that the author signed them (the log). What passes is durable when
 * `accept` resolves, whether or not it can be applied yet.
 *
 * Invariants:
 * 1. Which devices' logs are stored only grows with the control operations known, so that all members end up with the
 *    same logs, also those of people whose admission became void.
 * 2. Ranges of one device are taken one after the other.
 */

import { bytesToId, err, ID_BYTES, ok } from '@hamlet/core'
import { QUARANTINE_BYTES_MAX, QUARANTINE_ENTRIES_MAX } from '@hamlet/core'
import type { DeviceId, Result, SpaceId } from '@hamlet/core'
import { verifyForkProof, verifyHead } from '@hamlet/log'
import type { ForkProof, LogHead, LogRange } from '@hamlet/log'
import { decodeEntry } from './entry.ts'
import type { EncodedEntry } from './entry.ts'
import type { DeviceTrack } from './device-track.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'

export interface AcceptedEntries {
  /** Length of the log before. */
  readonly from: number
  /** Length of the log after. */
  readonly to: number
}

export interface RefusedEntries {
  /** A `SpaceErrorCode` or a code of `LogRangeError`. */
  readonly code: string
  readonly message: string
}

type Accepted = Result<AcceptedEntries, RefusedEntries>

export class EntryReceiver {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  readonly #lastByDevice = new Map<DeviceId, Promise<unknown>>()

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
  }

  /** Keeps a proof that a device signed two histories. `false`: it proves nothing about a log of this space. */
  acceptForkProof(proof: ForkProof): boolean {
    const { id, forks, ports } = this.#core
    if (proof.publicKey.length !== ID_BYTES || proof.namespace.length !== ID_BYTES) return false
    const device = bytesToId<DeviceId>(proof.publicKey)
    if (bytesToId<SpaceId>(proof.namespace) !== id || !this.acceptsDevice(device)) return false
    if (forks.has(device)) return true
    if (!verifyForkProof(ports.crypto, proof)) return false
    this.#core.keepFork(device, proof)
    return true
  }

  /** A joiner takes any log at first: only one whose first block has the space's id is then kept. */
  acceptsDevice(device: DeviceId): boolean {
    if (this.#core.founderDevice === undefined) return true
    return device === this.#core.founderDevice || this.#core.graph.knownDevices.has(device)
  }

  /** @throws SpaceError `SPACE_CLOSED`; LogError, StoreError when the disk fails: never because of what the range holds */
  async accept(device: DeviceId, range: LogRange): Promise<Accepted> {
    this.#core.throwIfClosed()
    const last = this.#lastByDevice.get(device) ?? Promise.resolve()
    const mine = last.then(() => this.#acceptNow(device, range))
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
    const fitting = this.#fit(device, range)
    if (!fitting.ok) return fitting
    // The first block of a joiner's first log is the genesis entry, and that names its device.
    this.#core.founderDevice ??= device
    const isOwn = device === this.#core.identity.device
    const track = await this.#core.openTrack(device)
    const from = track.stored
    if (isOwn) this.#writer.freezeUntil(range.head.length)
    const accepted = await track.log.accept(range)
    if (!accepted.ok) return this.#refused(device, accepted.error)
    for (const entry of fitting.value) if (entry.seq >= from) track.keepDecoded(entry)
    track.stored = track.log.length
    if (track.stored > from) this.#stored(track, from)
    return ok({ from, to: track.stored })
  }

  #stored(track: DeviceTrack, from: number): void {
    const { device, stored: to } = track
    this.#core.settle([device])
    this.#core.allowances.noteStored(track, from)
    this.#core.emit({ kind: 'stored', device, from, to, local: false })
  }

  #refused(device: DeviceId, error: RefusedEntries & { readonly proof?: ForkProof }): Accepted {
    if (error.proof !== undefined && !this.#core.forks.has(device)) {
      this.#core.keepFork(device, error.proof)
    }
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
    const entries: EncodedEntry[] = []
    let before = this.#entryBefore(track, range.from)
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
