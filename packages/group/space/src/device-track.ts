/**
 * One device's log as a space follows it: what is stored, what is checked, what is applied.
 *
 *     applied ≤ checked ≤ stored
 *
 * *Stored* entries are verified against the signed head and durable. *Checked* ones have all they depend on and fit
 * it; their control operations count. *Applied* ones have been given to views; they lag behind while an entry is dated
 * in the future or this device has not been admitted yet.
 *
 * A *branch* is another history that the device signed. Its log holds all of it; what it shares with the log it parts from is
 * counted there (`ownerOf`), so `checked` and `applied` begin at `base`.
 *
 * `runs` remember from which entry on the log has which control past, so the role of any author at any entry is found
 * by one binary search, in memory that grows with control operations.
 */

import type { Crypto, DeviceId, EntryId } from '@hamlet/core'
import { compareHybridTimes, HYBRID_TIME_ZERO } from '@hamlet/crdt'
import type { HybridTime } from '@hamlet/crdt'
import type { Log } from '@hamlet/log'
import type { ControlPast, PastTable } from './control-past.ts'
import { decodeEntry } from './entry.ts'
import type { EncodedEntry } from './entry.ts'
import { SpaceError } from './errors.ts'

/** From entry `from` on, each entry and its past hold these control entries. */
export interface PastRun {
  readonly from: number
  readonly past: ControlPast
}

/** Where a branch parts from the log it shares its beginning with. */
export interface Parting {
  readonly key: DeviceId
  readonly parent: DeviceTrack
  /** Sequence of its first entry that is not in the other log. */
  readonly base: number
}

/** Why a log counts only up to an entry, for everybody. */
export interface Rejection {
  readonly device: DeviceId
  readonly seq: number
  readonly reason: 'dependency' | 'time'
}

export interface EntryPoint {
  readonly id: EntryId
  readonly time: HybridTime
}

/** Ids and times of so many entries are at hand per device; others are read again from the log. */
const RECENT_MAX = 1024
/**
 * Entries of one log that arrived and are not applied yet, above all those that wait for an entry that is missing, are
 * kept decoded up to so many, and bytes of their payloads; the oldest go first. All of them are durable in the log, so
 * what is let go here costs another read.
 */
export const DECODED_ENTRIES_MAX = 4096
export const DECODED_BYTES_MAX = 4 * 1024 * 1024
/** Two system calls for so many entries; more of them would only cost memory, once per device of a space. */
const READ_AHEAD = 64

export class DeviceTrack {
  readonly device: DeviceId
  /** The device, or what the branch goes by here. */
  readonly key: DeviceId
  readonly parent: DeviceTrack | undefined
  readonly base: number
  readonly log: Log
  /** Entries that are verified and durable. */
  stored: number
  checked: number
  applied: number
  lastTime: HybridTime
  rejection: Rejection | undefined
  readonly runs: PastRun[] = []
  readonly #crypto: Crypto
  readonly #pasts: PastTable
  readonly #recent = new Map<number, EntryPoint>()
  readonly #decoded = new Map<number, EncodedEntry>()
  #decodedBytes = 0
  #root: { readonly length: number; readonly root: Uint8Array } | undefined

  constructor(crypto: Crypto, pasts: PastTable, device: DeviceId, log: Log, parting?: Parting) {
    this.#crypto = crypto
    this.#pasts = pasts
    this.device = device
    this.log = log
    this.stored = log.length
    this.key = parting?.key ?? device
    this.parent = parting?.parent
    this.base = parting?.base ?? 0
    this.checked = this.base
    this.applied = this.base
    this.lastTime = this.base === 0 ? HYBRID_TIME_ZERO : this.point(this.base - 1).time
  }

  get deviceIndex(): number {
    return this.#pasts.indexOf(this.key)
  }

  /** Whether the author is not known to have signed more of this history than is stored. */
  get isWhole(): boolean {
    return (this.log.head?.length ?? 0) <= this.stored
  }

  /** The control past of the last checked entry, itself included. */
  get lastPast(): ControlPast | undefined {
    return this.runs.at(-1)?.past ?? this.parent?.pastAt(this.base - 1)
  }

  /** Applied from the beginning of this history on: of a branch also what it shares with the log it parts from. */
  get appliedFromStart(): number {
    const shared = this.parent === undefined ? this.base : this.parent.appliedFromStart
    return shared < this.base ? shared : this.applied
  }

  /** Where in this history an entry was first: here, or in the log this one parted from. */
  ownerOf(seq: number): DeviceTrack {
    return seq < this.base && this.parent !== undefined ? this.parent.ownerOf(seq) : this
  }

  /** The control entries in entry `seq` and its past; `undefined` when it is not checked yet. */
  pastAt(seq: number): ControlPast | undefined {
    if (seq < this.base) return this.parent?.pastAt(seq)
    if (seq >= this.checked) return undefined
    let low = 0
    let high = this.runs.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.runs[middle]!.from <= seq) low = middle
      else high = middle - 1
    }
    return this.runs[low]?.past
  }

  /** The stored entry. @throws SpaceError `SPACE_DAMAGED` when the log holds something else there. */
  entry(seq: number): EncodedEntry {
    return this.#decoded.get(seq) ?? this.#decode(seq, this.log.get(seq))
  }

  /** The stored entries [from, to), `READ_AHEAD` at a time. @throws as {@link entry} */
  *entries(from: number, to: number): Generator<EncodedEntry, void, undefined> {
    for (let at = from; at < to; at += READ_AHEAD) {
      let seq = at
      for (const block of this.log.blocks(at, Math.min(at + READ_AHEAD, to))) {
        yield this.#decode(seq++, block)
      }
    }
  }

  point(seq: number): EntryPoint {
    return this.#recent.get(seq) ?? this.entry(seq)
  }

  /** How many checked entries are dated before a time, by binary search: times increase along a log. */
  lengthBefore(time: HybridTime): number {
    let low = 0
    let high = this.checked
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareHybridTimes(this.point(middle).time, time) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** How many checked entries there are before the first that has seen enough. `isEnough`: also of every later past. */
  lengthWithout(isEnough: (past: ControlPast) => boolean): number {
    let low = 0
    let high = this.runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isEnough(this.runs[middle]!.past)) high = middle
      else low = middle + 1
    }
    return this.runs[low]?.from ?? this.checked
  }

  /** Root of the stored log's tree, verified by the log when it is computed. */
  root(): Uint8Array {
    if (this.#root?.length !== this.stored) {
      this.#root = { length: this.stored, root: this.log.root(this.stored) }
    }
    return this.#root.root
  }

  /** Entries kept decoded, and bytes of their payloads. */
  get decodedEntries(): number {
    return this.#decoded.size
  }

  get decodedBytes(): number {
    return this.#decodedBytes
  }

  /** Keeps an entry that arrived decoded until it is applied, or until newer ones need the room. */
  keepDecoded(entry: EncodedEntry): void {
    this.dropDecoded(entry.seq)
    this.#decoded.set(entry.seq, this.#named(entry))
    this.#decodedBytes += entry.payloadBytes
    for (const oldest of this.#decoded.keys()) {
      const isWithin = this.#decoded.size <= DECODED_ENTRIES_MAX
      if (isWithin && this.#decodedBytes <= DECODED_BYTES_MAX) break
      this.dropDecoded(oldest)
    }
  }

  dropDecoded(seq: number): void {
    const entry = this.#decoded.get(seq)
    if (entry === undefined) return
    this.#decoded.delete(seq)
    this.#decodedBytes -= entry.payloadBytes
  }

  /** Moves past an entry that fits. `past`: with the entry itself. */
  advance(entry: EncodedEntry, past: ControlPast): void {
    if (this.runs.length === 0 || past !== this.lastPast) this.runs.push({ from: entry.seq, past })
    this.checked = entry.seq + 1
    this.lastTime = entry.time
    this.#recent.set(entry.seq, { id: entry.id, time: entry.time })
    this.#recent.delete(entry.seq - RECENT_MAX)
  }

  #decode(seq: number, block: Uint8Array): EncodedEntry {
    const entry = decodeEntry(block, this.#crypto)
    if (entry.ok) return this.#named(entry.value)
    throw new SpaceError('SPACE_DAMAGED', `block ${seq} of a log is not an entry`, {
      cause: entry.error,
      fields: { device: this.device, seq },
    })
  }

  /** With the branch it is in. */
  #named(entry: EncodedEntry): EncodedEntry {
    return this.key === this.device ? entry : { ...entry, log: this.key }
  }
}
