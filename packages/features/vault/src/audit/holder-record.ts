/**
 * What one device remembers of audits of one holder, and how the holder therefore stands: pure functions over plain data.
 *
 * Being offline is not dishonest. A holder that can be reached and is silent is asked again, ever more seldom, for three days before it
 * counts as late; one that nobody has seen for two weeks counts as gone. Only a wrong answer speaks against it at once.
 *
 *     STATE    SINCE                                               WHAT FOLLOWS
 *     ok       its last answer was right                           nothing
 *     due      no answer for longer than usual                     it is asked when it can be reached
 *     late     it can be reached and was silent for three days     its shards count as lost, and come back with an answer
 *     failed   its last answer was wrong                           the shard is lost, and all others of it are audited
 *     gone     unseen for two weeks                                its shards count as lost
 */

import type { AuditOutcome } from './audit-engine.ts'

export type ProofState = 'ok' | 'due' | 'late' | 'failed' | 'gone'

export interface HolderRecord {
  /** When it was first heard that this device holds something. */
  readonly knownAtMs: number
  /** When it could last be reached. */
  readonly seenAtMs: number
  /** `undefined`: never yet. */
  readonly provenAtMs: number | undefined
  readonly failedAtMs: number | undefined
  /** Since when it is silent although it can be reached. */
  readonly silentSinceMs: number | undefined
  /** Challenges in a row that were not answered. */
  readonly silences: number
  readonly askedAtMs: number | undefined
  readonly answers: number
  readonly failures: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Between two audits of a holder that answers. */
export const AUDIT_EVERY_MS = 12 * HOUR_MS
/** Without proof for longer than this something is due. */
export const PROOF_DUE_MS = 2 * DAY_MS
/** How long a holder that can be reached may be silent. */
export const SILENCE_MS_MAX = 3 * DAY_MS
/** How long a holder may be unseen: holidays are no loss. */
export const GONE_AFTER_MS = 14 * DAY_MS
/** Leaves that one audit asks for. */
export const AUDIT_LEAVES = 5
const RETRY_FIRST_MS = 5 * MINUTE_MS

export function newHolderRecord(nowMs: number): HolderRecord {
  return {
    knownAtMs: nowMs,
    seenAtMs: nowMs,
    ...{ provenAtMs: undefined, failedAtMs: undefined, silentSinceMs: undefined },
    ...{ silences: 0, askedAtMs: undefined, answers: 0, failures: 0 },
  }
}

export function recordOutcome(
  record: HolderRecord,
  outcome: AuditOutcome,
  nowMs: number,
): HolderRecord {
  const asked = { ...record, askedAtMs: nowMs }
  const heard = { ...asked, seenAtMs: nowMs, silentSinceMs: undefined, silences: 0 }
  switch (outcome.kind) {
    case 'proven':
      return { ...heard, provenAtMs: nowMs, failedAtMs: undefined, answers: record.answers + 1 }
    case 'wrong':
      return { ...heard, failedAtMs: nowMs, failures: record.failures + 1 }
    case 'silent': {
      const silentSinceMs = record.silentSinceMs ?? nowMs
      return { ...asked, seenAtMs: nowMs, silentSinceMs, silences: record.silences + 1 }
    }
    case 'unknown':
      return { ...asked, seenAtMs: nowMs }
    case 'offline':
      return record
  }
}

export function recordSeen(record: HolderRecord, nowMs: number): HolderRecord {
  return { ...record, seenAtMs: Math.max(record.seenAtMs, nowMs) }
}

export function proofStateOf(record: HolderRecord, nowMs: number): ProofState {
  if (record.failedAtMs !== undefined) return 'failed'
  if (nowMs - record.seenAtMs >= GONE_AFTER_MS) return 'gone'
  const { silentSinceMs } = record
  if (silentSinceMs !== undefined && nowMs - silentSinceMs >= SILENCE_MS_MAX) return 'late'
  return nowMs - (record.provenAtMs ?? record.knownAtMs) >= PROOF_DUE_MS ? 'due' : 'ok'
}

/** From when on the holder is to be asked again, if it can be reached. */
export function nextAuditAtMs(record: HolderRecord): number {
  if (record.askedAtMs === undefined) return record.knownAtMs
  if (record.silences > 0) {
    const waitMs = RETRY_FIRST_MS * 2 ** Math.min(record.silences - 1, 10)
    return record.askedAtMs + Math.min(waitMs, AUDIT_EVERY_MS)
  }
  // After a failure all that it holds is looked at, one shard after the other.
  if (record.failedAtMs !== undefined) return record.askedAtMs + RETRY_FIRST_MS
  return record.askedAtMs + AUDIT_EVERY_MS
}
