/**
 * Spaces whose messages disappear: what was decided when the space was founded (`docs/design/005-disappearing.md`).
 *
 * The policy `ephemeral` has the value `[rotateMs, rotateEntries, keepMs]` and counts only where its causal past is the
 * genesis operation alone: nobody can lay it on a space later, or lift it.
 */

import type { CborValue } from '@hamlet/core'

export const EPHEMERAL_POLICY = 'ephemeral'
/** An epoch lives at least, and at most, so long. */
export const EPHEMERAL_ROTATE_MS_MIN = 60_000
export const EPHEMERAL_ROTATE_MS_MAX = 30 * 24 * 3_600_000
export const EPHEMERAL_ROTATE_ENTRIES_MAX = 10_000
/** What is written is readable at least, and at most, so long. */
export const EPHEMERAL_KEEP_MS_MIN = 60_000
export const EPHEMERAL_KEEP_MS_MAX = 366 * 24 * 3_600_000

export interface Ephemeral {
  /** Age at which an epoch is replaced. */
  readonly rotateMs: number
  /** Use at which an epoch is replaced. */
  readonly rotateEntries: number
  /** How long after an epoch could have been replaced its secret is kept. */
  readonly keepMs: number
}

const HOUR_MS = 3_600_000

/** What people choose is how long things stay; the rest suits it. */
export function ephemeralFor(keepMs: number): Ephemeral {
  const rotateMs = Math.max(EPHEMERAL_ROTATE_MS_MIN, Math.min(HOUR_MS, Math.floor(keepMs / 24)))
  return { rotateMs, rotateEntries: 500, keepMs }
}

export function ephemeralToCbor({ rotateMs, rotateEntries, keepMs }: Ephemeral): CborValue {
  return [rotateMs, rotateEntries, keepMs]
}

/** `undefined` when it is not made as it should be: then nothing disappears. */
export function readEphemeral(value: CborValue): Ephemeral | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined
  const [rotateMs, rotateEntries, keepMs] = value as readonly CborValue[]
  const isSound =
    isWithin(rotateMs, EPHEMERAL_ROTATE_MS_MIN, EPHEMERAL_ROTATE_MS_MAX) &&
    isWithin(rotateEntries, 1, EPHEMERAL_ROTATE_ENTRIES_MAX) &&
    isWithin(keepMs, EPHEMERAL_KEEP_MS_MIN, EPHEMERAL_KEEP_MS_MAX)
  return isSound
    ? {
        rotateMs: rotateMs as number,
        rotateEntries: rotateEntries as number,
        keepMs: keepMs as number,
      }
    : undefined
}

function isWithin(value: CborValue | undefined, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}

/** When the secret of an epoch is forgotten. */
export function forgottenAtMs({ rotateMs, keepMs }: Ephemeral, madeAtMs: number): number {
  return madeAtMs + rotateMs + keepMs
}
