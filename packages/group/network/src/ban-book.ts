/**
 * Who is refused, why and until when: longer each time, and forgiven in the end.
 *
 * The idea: a first offence costs ten minutes, because software has bugs; the next one twice that, up to a day for a
 * stranger and an hour for a device we want to be connected to, which is a member's. Each day without an offence takes
 * one off the count, so nobody stays refused for good. A person can lift a ban by hand, and the count with it. A refusal
 * shorter than `VIOLATION_BAN_MS` is a pause and no offence.
 *
 * Bans outlive the process. They are kept by the wall clock there and counted on the steady one here, and never last
 * longer than they may, whatever the wall clock has done meanwhile.
 *
 *     key    "network/ban/" ‖ device (32 bytes)
 *     value  canonical CBOR [1, until ms, offences, last offence ms, reason]
 *
 * Invariants: at most `BANS_MAX` devices, the soonest to be forgiven go first; a damaged value counts as absent.
 */

import { bytesToHex, concatBytes, decodeFields, encodeCbor, hexToBytes, utf8 } from '@hamlet/core'
import type { Clock, Kv, KvWrite } from '@hamlet/core'
import { BAN_FORGIVEN_MS, BANS_MAX, FRIEND_BAN_MS_MAX, STRANGER_BAN_MS_MAX } from './limits.ts'
import { VIOLATION_BAN_MS } from './limits.ts'

const PREFIX = utf8('network/ban/')
const PREFIX_END = utf8('network/ban0')
const KEY_BYTES = PREFIX.length + 32
const REASON_BYTES_MAX = 200
/** More make no ban longer. */
const OFFENCES_MAX = 32

/** A device that is refused now. */
export interface Ban {
  readonly device: string
  readonly reason: string
  /** By the wall clock. */
  readonly untilMs: number
  /** Offences that count, this one included. */
  readonly offences: number
}

interface Offender {
  readonly reason: string
  /** By the steady clock. */
  readonly untilMs: number
  readonly offences: number
  /** By the steady clock; may lie before the process began. */
  readonly lastMs: number
}

/** How long the next ban lasts after so many offences that still count. */
export function banLengthMs(baseMs: number, offences: number, isFriend: boolean): number {
  const longestMs = isFriend ? FRIEND_BAN_MS_MAX : STRANGER_BAN_MS_MAX
  return Math.max(baseMs, Math.min(baseMs * 2 ** Math.min(offences, OFFENCES_MAX), longestMs))
}

export class BanBook {
  readonly #clock: Clock
  readonly #storage: Kv | undefined
  readonly #offenders = new Map<string, Offender>()
  readonly #dirty = new Set<string>()

  private constructor(clock: Clock, storage: Kv | undefined) {
    this.#clock = clock
    this.#storage = storage
  }

  static async open(clock: Clock, storage?: Kv): Promise<BanBook> {
    const book = new BanBook(clock, storage)
    if (storage !== undefined) await book.#load(storage)
    return book
  }

  /** Refuses the device for `baseMs`, or longer if it is not its first offence. Gives the length. */
  ban(device: string, baseMs: number, reason: string, isFriend: boolean): number {
    const nowMs = this.#clock.monotonic()
    const before = this.#offenders.get(device)
    const counted = before === undefined ? 0 : offencesAt(before, nowMs)
    const isOffence = baseMs >= VIOLATION_BAN_MS
    const lengthMs = isOffence ? banLengthMs(baseMs, counted, isFriend) : baseMs
    this.#offenders.delete(device)
    this.#offenders.set(device, {
      reason: reason.slice(0, REASON_BYTES_MAX / 4).toWellFormed(),
      untilMs: Math.max(before?.untilMs ?? 0, nowMs + lengthMs),
      offences: Math.min(counted + (isOffence ? 1 : 0), OFFENCES_MAX),
      lastMs: isOffence ? nowMs : (before?.lastMs ?? nowMs),
    })
    if (isOffence) this.#dirty.add(device)
    this.#makeRoom(nowMs)
    return lengthMs
  }

  isBanned(device: string): boolean {
    const offender = this.#offenders.get(device)
    if (offender === undefined) return false
    const nowMs = this.#clock.monotonic()
    if (offender.untilMs > nowMs) return true
    if (offencesAt(offender, nowMs) === 0) this.#forget(device)
    return false
  }

  /** Lifts the ban, and forgets the offences before it. `false`: there is nothing to forget. */
  lift(device: string): boolean {
    return this.#forget(device)
  }

  /** Devices refused now, the last to be let in first. */
  list(): readonly Ban[] {
    const nowMs = this.#clock.monotonic()
    const wallMs = this.#clock.wall()
    return [...this.#offenders]
      .filter(([, { untilMs }]) => untilMs > nowMs)
      .map(([device, { reason, untilMs, offences }]) => {
        return { device, reason, offences, untilMs: wallMs + untilMs - nowMs }
      })
      .sort((a, b) => b.untilMs - a.untilMs || (a.device < b.device ? -1 : 1))
  }

  /** Writes what changed. @throws whatever the storage throws. */
  async save(): Promise<void> {
    if (this.#storage === undefined || this.#dirty.size === 0) return
    const offsetMs = this.#clock.wall() - this.#clock.monotonic()
    const writes = [...this.#dirty].map((device): KvWrite => {
      const key = concatBytes(PREFIX, hexToBytes(device))
      const offender = this.#offenders.get(device)
      if (offender === undefined) return { type: 'del', key }
      return { type: 'put', key, value: encodeOffender(offender, offsetMs) }
    })
    this.#dirty.clear()
    await this.#storage.batch(writes)
  }

  async #load(storage: Kv): Promise<void> {
    const nowMs = this.#clock.monotonic()
    const offsetMs = this.#clock.wall() - nowMs
    for await (const [key, value] of storage.range({ gte: PREFIX, lt: PREFIX_END })) {
      const offender = key.length === KEY_BYTES ? decodeOffender(value, offsetMs, nowMs) : undefined
      if (offender !== undefined)
        this.#offenders.set(bytesToHex(key.subarray(PREFIX.length)), offender)
    }
    this.#makeRoom(nowMs)
  }

  #makeRoom(nowMs: number): void {
    while (this.#offenders.size > BANS_MAX) {
      const [soonest] = [...this.#offenders].reduce((a, b) => {
        return forgivenAtMs(b[1], nowMs) < forgivenAtMs(a[1], nowMs) ? b : a
      })
      this.#forget(soonest)
    }
  }

  #forget(device: string): boolean {
    if (!this.#offenders.delete(device)) return false
    this.#dirty.add(device)
    return true
  }
}

/** Offences that still count: one is forgiven with every `BAN_FORGIVEN_MS` since the last. */
function offencesAt({ offences, lastMs }: Offender, nowMs: number): number {
  return Math.max(0, offences - Math.floor(Math.max(0, nowMs - lastMs) / BAN_FORGIVEN_MS))
}

function forgivenAtMs(offender: Offender, nowMs: number): number {
  return Math.max(offender.untilMs, nowMs + offencesAt(offender, nowMs) * BAN_FORGIVEN_MS)
}

function encodeOffender(offender: Offender, offsetMs: number): Uint8Array {
  const { untilMs, offences, lastMs, reason } = offender
  const wall = (ms: number): number => Math.max(0, Math.round(ms + offsetMs))
  return encodeCbor([1, wall(untilMs), offences, wall(lastMs), reason])
}

/** A time that the wall clock can no longer place counts as now, so that nothing lasts longer than it may. */
function decodeOffender(value: Uint8Array, offsetMs: number, nowMs: number): Offender | undefined {
  const decoded = decodeFields(value, 'ban', (fields) => {
    fields.literal(1)
    const untilMs = Math.min(fields.uint() - offsetMs, nowMs + STRANGER_BAN_MS_MAX)
    const offences = fields.uint(OFFENCES_MAX)
    const lastMs = Math.min(fields.uint() - offsetMs, nowMs)
    return { untilMs, offences, lastMs, reason: fields.text(REASON_BYTES_MAX) }
  })
  return decoded.ok ? decoded.value : undefined
}
