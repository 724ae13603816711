/**
 * How much one device writes in a space in 24 hours, and what happens beyond.
 *
 * The idea: the author's own software holds back, the others only pace themselves.
 *
 * *Writing.* Content beyond the allowance is refused with `SPACE_DAY_SPENT`, which says when it goes on; nothing is
 * dropped and nothing is queued behind the person's back. Control entries are not counted there: a removal must not
 * wait because somebody wrote a lot.
 *
 * *Receiving.* A log is *dense* when more than the allowance, and a reserve for control entries, was dated within the
 * 24 hours before its newest entry. The dates are the author's and part of what was signed, so a log is dense for
 * everybody or for nobody, and a log written by our software never is, whenever and wherever it is fetched. Of a dense
 * log a device takes one allowance more, and from then on one in 24 hours of its steady clock. No entry becomes void,
 * no wall clock is asked, and a device that has just started has its full share: a flood is delayed, for everybody
 * equally, and what a device keeps of it grows no faster than an honest author could have made it grow.
 *
 * Nobody honest waits for that: a log is taken as far as a stored entry of another person builds on it. Two members who
 * conspire can therefore outrun the pace; leaving honest entries waiting would be worse.
 *
 * The policies `entries-per-day` and `bytes-per-day` set another allowance: a number for all roles, or a map from role
 * to number. Dates before the author joined count as the moment of joining.
 */

import {
  CONTROL_BYTES_PER_DAY_RESERVE,
  CONTROL_ENTRIES_PER_DAY_RESERVE,
  DEVICE_BYTES_PER_DAY_MAX,
  DEVICE_ENTRIES_PER_DAY_MAX,
} from '@hamlet/core'
import type { CborValue, Clock, DeviceId } from '@hamlet/core'
import type { ControlState } from './control-state.ts'
import type { DeviceTrack } from './device-track.ts'
import { SpaceError } from './errors.ts'
import type { Entry, Role } from './types.ts'
import { WorkBudget } from './work-budget.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const ENTRIES_POLICY = 'entries-per-day'
export const BYTES_POLICY = 'bytes-per-day'

export interface Allowance {
  readonly entries: number
  readonly bytes: number
}

/** What of a space decides who may write how much. */
export interface AllowanceContext {
  readonly identity: { readonly device: DeviceId }
  readonly ports: { readonly clock: Clock }
  readonly state: ControlState
  readonly applier: { waitersFor(device: DeviceId): readonly DeviceId[] }
}

/** What a device of a person of that role may write in 24 hours. */
export function allowanceOf(policy: ReadonlyMap<string, CborValue>, role: Role): Allowance {
  return {
    entries: policyFor(policy.get(ENTRIES_POLICY), role) ?? DEVICE_ENTRIES_PER_DAY_MAX,
    bytes: policyFor(policy.get(BYTES_POLICY), role) ?? DEVICE_BYTES_PER_DAY_MAX,
  }
}

function policyFor(value: CborValue | undefined, role: Role): number | undefined {
  const chosen = value instanceof Map ? (value.get(role) as CborValue | undefined) : value
  return typeof chosen === 'number' && Number.isSafeInteger(chosen) && chosen >= 0
    ? chosen
    : undefined
}

export class Allowances {
  readonly #space: AllowanceContext
  readonly #paces = new Map<DeviceId, WorkBudget>()

  constructor(space: AllowanceContext) {
    this.#space = space
  }

  /**
   * `entries`, `bytes`: of the commit in the making, behind what is stored.
   * @throws SpaceError `SPACE_DAY_SPENT`
   */
  throwIfSpent(track: DeviceTrack, role: Role, entries: readonly Entry[], bytes: number): void {
    const allowed = allowanceOf(this.#space.state.policy, role)
    const left = { entries: allowed.entries - entries.length, bytes: allowed.bytes - bytes }
    const atMs = entries.at(-1)!.time.milliseconds
    if (isWithinDay(track, atMs, 0, left)) return
    const { stored, log } = track
    const fits = firstThat(0, stored, (seq) => {
      return stored - seq <= left.entries && log.bytesBetween(seq, stored) <= left.bytes
    })
    const againAtMs = track.point(Math.max(0, fits - 1)).time.milliseconds + DAY_MS
    if (left.entries < 0 || left.bytes < 0) {
      const message = 'this is more than one may write here in a day'
      throw new SpaceError('SPACE_DAY_SPENT', message, { fields: { ...allowed } })
    }
    const hours = Math.ceil((againAtMs - atMs) / HOUR_MS)
    const message = `as much has been written here as one may in a day; it goes on in ${hours} h`
    throw new SpaceError('SPACE_DAY_SPENT', message, { fields: { ...allowed, againAtMs } })
  }

  /** Whether the log is to be left alone for now: it outruns what may be written in a day. */
  isSlowed(device: DeviceId): boolean {
    const pace = this.#paces.get(device)
    if (pace === undefined || !pace.isSpent(this.#space.ports.clock.monotonic())) return false
    return !this.#isAwaited(device)
  }

  slowedDevices(): DeviceId[] {
    return [...this.#paces.keys()].filter((device) => this.isSlowed(device)).sort()
  }

  /** After entries of another device's log were stored. */
  noteStored(track: DeviceTrack, from: number): void {
    if (track.device === this.#space.identity.device) return
    const allowed = this.#allowanceOf(track.device)
    if (!this.#isDense(track, allowed)) return
    const nowMs = this.#space.ports.clock.monotonic()
    let pace = this.#paces.get(track.device)
    if (pace === undefined) {
      pace = new WorkBudget({ capacity: 1, refillMs: DAY_MS })
      this.#paces.set(track.device, pace)
    }
    const ofEntries = (track.stored - from) / Math.max(1, allowed.entries)
    const ofBytes = track.log.bytesBetween(from, track.stored) / Math.max(1, allowed.bytes)
    pace.spend(Math.max(ofEntries, ofBytes), nowMs)
  }

  #allowanceOf(device: DeviceId): Allowance {
    const { state } = this.#space
    const person = state.owners.get(device)
    const role = (person === undefined ? undefined : state.members.get(person)?.role) ?? 'writer'
    return allowanceOf(state.policy, role)
  }

  #isDense(track: DeviceTrack, allowed: Allowance): boolean {
    const most = {
      entries: allowed.entries + CONTROL_ENTRIES_PER_DAY_RESERVE,
      bytes: allowed.bytes + CONTROL_BYTES_PER_DAY_RESERVE,
    }
    const joinedAtMs = this.#joinedAtMs(track.device)
    const atMs = Math.max(track.point(track.stored - 1).time.milliseconds, joinedAtMs)
    return !isWithinDay(track, atMs, joinedAtMs, most)
  }

  #joinedAtMs(device: DeviceId): number {
    const { state } = this.#space
    const person = state.owners.get(device)
    return (person === undefined ? undefined : state.members.get(person)?.joinedAtMs) ?? 0
  }

  /** Whether an entry of somebody else is here that cannot count before entries of this log are. */
  #isAwaited(device: DeviceId): boolean {
    const { applier, state } = this.#space
    const owner = state.owners.get(device)
    return applier.waitersFor(device).some((waiter) => {
      const person = state.owners.get(waiter)
      return person !== undefined && person !== owner
    })
  }
}

/**
 * Whether what is stored and dated within the 24 hours before a time is no more than that; reads one entry, mostly.
 * `earliestMs`: older dates count as this one.
 */
function isWithinDay(
  track: DeviceTrack,
  atMs: number,
  earliestMs: number,
  most: Allowance,
): boolean {
  if (most.entries < 0 || most.bytes < 0) return false
  const { stored, log } = track
  const isRecent = (seq: number): boolean =>
    Math.max(track.point(seq).time.milliseconds, earliestMs) > atMs - DAY_MS
  const first = Math.max(0, stored - most.entries)
  if (first > 0 && isRecent(first - 1)) return false
  if (log.bytesBetween(first, stored) <= most.bytes) return true
  return log.bytesBetween(firstThat(first, stored, isRecent), stored) <= most.bytes
}

/** The first number in [from, to) for which `holds`, when it does so for all after it; else `to`. */
function firstThat(from: number, to: number, holds: (seq: number) => boolean): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
