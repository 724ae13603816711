/**
 * What this device saw of others' service, and PeerNet's feedback events, which are the same: kept here, told to nobody.
 *
 * PeerNet let a downloader tell the tracker that an upload succeeded or failed, and moved everybody's score by it. Nothing proves
 * such a word, so here it counts for whoever saw it and for nobody else.
 */

import { parseId } from '@hamlet/core'
import type { PersonId } from '@hamlet/core'
import { OUTCOMES_MAX } from './limits.ts'

export interface Outcome {
  readonly person: PersonId
  readonly kind: 'served' | 'failed'
  readonly atMs: number
  /** Such as `chunk`, `wrong-chunk`, `timeout`, `feedback`. */
  readonly what: string
}

/** As PeerNet's `POST /api/v1/peers/feedback` has them; other types count for nothing, as there. */
export const FEEDBACK_EVENTS = ['SUCCESS_UPLOAD', 'FAILED_UPLOAD'] as const
export type FeedbackEvent = (typeof FEEDBACK_EVENTS)[number]

/** The outcome that a feedback event is, or `undefined` for a type that counts for nothing or no person. */
export function feedbackOutcome(
  event: { readonly event_type: string; readonly target_peer_id: string },
  atMs: number,
): Outcome | undefined {
  const person = parseId<PersonId>(event.target_peer_id)
  if (person === undefined) return undefined
  if (event.event_type === 'SUCCESS_UPLOAD') {
    return { person, kind: 'served', atMs, what: 'feedback' }
  }
  if (event.event_type === 'FAILED_UPLOAD') {
    return { person, kind: 'failed', atMs, what: 'feedback' }
  }
  return undefined
}

/** The newest of each person, oldest first. */
export function keepOutcomes(
  outcomes: readonly Outcome[],
  added: readonly Outcome[],
): readonly Outcome[] {
  const all = [...outcomes, ...added].sort((a, b) => a.atMs - b.atMs)
  const counts = new Map<PersonId, number>()
  const kept: Outcome[] = []
  for (const outcome of all.reverse()) {
    const count = (counts.get(outcome.person) ?? 0) + 1
    counts.set(outcome.person, count)
    if (count <= OUTCOMES_MAX) kept.push(outcome)
  }
  return kept.reverse()
}
