/** States that a campaign of worlds of swarms must have seen, or it does not test what it claims. */

import { ReachedStates } from '../reached.ts'

export const SWARM_STATES = [
  'blob loaded from peers',
  'blob loaded beside a web seed',
  'empty blob',
  'download resumed after a crash',
  'download paused',
  'download stopped and begun again',
  'range wanted by a deadline',
  'limits changed',
  'peer told of others',
  'source that had refused asked again',
  'private swarm',
  'stranger told nothing',
  'liar named for a wrong chunk',
  'liar named for an answer nobody asked for',
  'liar named for a flood',
  'liar named for what is no message',
  'web seed named',
  'waited for a disk',
  'line broken by a lost piece',
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
  'crash while a write was under way',
  'index lost and rebuilt',
  'older index caught up',
  'device lost',
  'backup put back',
  'bit flipped at rest',
  'device upgraded',
] as const satisfies readonly string[]

export type SwarmState = (typeof SWARM_STATES)[number]

/** Faults that worlds of swarms do not have. */
const ABSENT: ReadonlySet<SwarmState> = new Set<SwarmState>([
  'crash while a write was under way',
  'index lost and rebuilt',
  'older index caught up',
  'device lost',
  'backup put back',
  'bit flipped at rest',
  'device upgraded',
])
const RARE: ReadonlySet<SwarmState> = new Set<SwarmState>([
  'clock a year off',
  'slept for eight hours',
  'empty blob',
  'sync failed',
  'write failed',
  'line broken by a lost piece',
])

export class ReachedBySwarms extends ReachedStates<SwarmState> {
  constructor() {
    super(
      SWARM_STATES.filter((state) => !ABSENT.has(state)),
      RARE,
    )
  }
}
