/**
 * How much of the time a device is there, as this device saw it: the mean of up to 60 windows of 12 hours, so 30 days (the
 * rule by which Storj scores its nodes).
 *
 * 1. Only time in which this device itself looked counts. Between two looks that are far apart it slept, and what it slept
 *    through is no evidence against anybody.
 * 2. Each window counts once, however long this device was awake in it, so that one long day does not outweigh a week.
 * 3. Evidence ages: a window older than 30 days is gone, and without any the estimate is the prior again.
 */

import { UPTIME_WINDOWS_MAX } from './limits.ts'

const MINUTE_MS = 60_000
export const UPTIME_WINDOW_MS = 12 * 60 * MINUTE_MS
/** Looks further apart than this: the device that looked was asleep. */
const LOOK_GAP_MS_MAX = 15 * MINUTE_MS
/** A window in which this device was awake for less says nothing. */
const AWAKE_MS_MIN = 10 * MINUTE_MS
/** What is believed of a device that nobody has watched: a laptop. */
export const UPTIME_PRIOR = 0.5
/** The prior counts as much as so many windows: two days. */
export const UPTIME_PRIOR_WINDOWS = 4

export interface UptimeWindow {
  /** Windows since the epoch. */
  readonly index: number
  /** Of the window, the time in which this device looked. */
  readonly awakeMs: number
  /** Of that, the time in which the other was there. */
  readonly seenMs: number
}

/** Ascending, at most `UPTIME_WINDOWS_MAX`. */
export type UptimeRecord = readonly UptimeWindow[]

export interface Look {
  /** When this device looked before. */
  readonly sinceMs: number
  readonly nowMs: number
  /** Whether the other was there at this look. */
  readonly isSeen: boolean
}

export interface MeasuredUptime {
  /** From 0 to 1; without observations 0. */
  readonly uptime: number
  /** Windows that say something. */
  readonly observations: number
}

/** The record with what one more look says of the time since the one before. */
export function withLook(record: UptimeRecord, { sinceMs, nowMs, isSeen }: Look): UptimeRecord {
  const oldest = windowOf(nowMs) - UPTIME_WINDOWS_MAX
  const windows = new Map(
    record.filter(({ index }) => index >= oldest).map((window) => [window.index, window]),
  )
  if (nowMs > sinceMs && nowMs - sinceMs <= LOOK_GAP_MS_MAX) {
    for (let index = windowOf(sinceMs); index <= windowOf(nowMs); index++) {
      const from = Math.max(sinceMs, index * UPTIME_WINDOW_MS)
      const to = Math.min(nowMs, (index + 1) * UPTIME_WINDOW_MS)
      if (to <= from) continue
      const { awakeMs, seenMs } = windows.get(index) ?? { awakeMs: 0, seenMs: 0 }
      const lastedMs = to - from
      windows.set(index, {
        index,
        awakeMs: awakeMs + lastedMs,
        seenMs: seenMs + (isSeen ? lastedMs : 0),
      })
    }
  }
  return [...windows.values()].sort((a, b) => a.index - b.index).slice(-UPTIME_WINDOWS_MAX)
}

/** The mean of the windows that are not too old and say something. */
export function measuredUptime(record: UptimeRecord, nowMs: number): MeasuredUptime {
  const newest = windowOf(nowMs)
  const counted = record.filter(({ index, awakeMs }) => {
    return index <= newest && index > newest - UPTIME_WINDOWS_MAX && awakeMs >= AWAKE_MS_MIN
  })
  if (counted.length === 0) return { uptime: 0, observations: 0 }
  const sum = counted.reduce((total, { awakeMs, seenMs }) => total + seenMs / awakeMs, 0)
  return { uptime: sum / counted.length, observations: counted.length }
}

/** What may be planned with: few observations count little against the prior. */
export function trustedUptime({ uptime, observations }: MeasuredUptime): number {
  const believed = uptime * observations + UPTIME_PRIOR * UPTIME_PRIOR_WINDOWS
  return believed / (observations + UPTIME_PRIOR_WINDOWS)
}

function windowOf(ms: number): number {
  return Math.floor(ms / UPTIME_WINDOW_MS)
}
