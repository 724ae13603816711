/** States that a campaign of worlds of logs must have seen, or it does not test what it claims. */

import { ReachedStates } from '../reached.ts'

export const LOG_STATES = [
  'appended',
  'appended much at once',
  'appended a large block',
  'appended to a feed',
  'cleared by the author',
  'cleared in a copy',
  'truncated',
  'truncation adopted by a complete copy',
  'truncation adopted by a sparse copy',
  'complete copy filled',
  'sparse copy fetched',
  'read from afar',
  'read given up',
  'range wanted',
  'want cancelled',
  'want fulfilled',
  'live want',
  'user data kept',
  'log taken off the lines',
  'log reopened',
  'asked and answered',
  'payload read from afar',
  'write refused by a full disk',
  'torn tail repaired',
  'line broken by a lost piece',
  'liar named for a wrong block or hash',
  'liar named for a signature',
  'liar named for what is no message',
  'liar named for what it asked or withheld',
  'fork proven',
  'crash while a write was under way',
  'partition healed',
  'one-way partition',
  'one device cut off',
  'connection reset with messages on their way',
  'links clogged and unclogged',
  'process paused',
  'slept for eight hours',
  'sync failed',
  'read failed',
  'write failed',
  'clock set back',
  'clock a year off',
  'index lost and rebuilt',
  'older index caught up',
  'device lost',
  'backup put back',
  'bit flipped at rest',
  'device upgraded',
] as const satisfies readonly string[]

export type LogState = (typeof LOG_STATES)[number]

/** Faults that worlds of logs do not have: an author's key is never left without its log. */
const ABSENT: ReadonlySet<LogState> = new Set<LogState>([
  'index lost and rebuilt',
  'older index caught up',
  'device lost',
  'backup put back',
  'bit flipped at rest',
  'device upgraded',
])
const RARE: ReadonlySet<LogState> = new Set<LogState>([
  'clock a year off',
  'liar named for what it asked or withheld',
  'fork proven',
  'slept for eight hours',
])

export class ReachedByLogs extends ReachedStates<LogState> {
  constructor() {
    super(
      LOG_STATES.filter((state) => !ABSENT.has(state)),
      RARE,
    )
  }
}
