/** What the report says in words that do not depend on figures, and the summary of all worlds. */

import type { LabResults } from '../results.ts'
import { findingsOf, summarySentence } from './findings.ts'

export { findingsOf }

export const INTRODUCTION =
  'On Hamlet every device writes at once and agrees with the others later: available under partitions, in the words of ' +
  'the CAP theorem. The other choice is to wait for a majority. Here both live through the same days, with the same ' +
  'people, networks and faults, and what each choice costs is counted.'

export const METHODS: readonly string[] = [
  'A world is a script drawn from a seed: who is awake when, which connections are cut, who writes and reads when. Both ' +
    'systems play the same script in virtual time, on networks with the same distribution of delays and on disks whose ' +
    'syncs take 5 ms on average. People act only on devices that are awake.',
  'Hamlet is the real code: log, space, sync and chat. A write is acknowledged when it is durable on the own device and ' +
    'shown there; a read is what the device shows.',
  'The quorum is a small implementation made to do as well as a majority can: one log for each author after Attiya, ' +
    'Bar-Noy and Dolev, so that authors never contend and a write takes one round trip, with no leader to elect. Writes ' +
    'are tried again for as long as it takes, across restarts, and news of who holds what travels with anybody who ' +
    'meets anybody. It neither signs nor encrypts.',
  'A majority read asks a majority and writes back what it found, so that no later read shows less. A local read shows ' +
    'what is stored on the own device, which is what Hamlet always does.',
  'Quantiles are of everything that was asked for: what did not end within the play counts as endless. An answer is ' +
    'complete when it shows everything others had written (acknowledged or not) before the read began.',
  'Every play ends with two minutes in which everybody is awake and connected. Then all copies must be the same and ' +
    'nothing acknowledged may be missing, or the run fails.',
  'The baseline is tested by itself (`test/lab`): a majority acknowledges and a minority does not, what was acknowledged ' +
    'is on a majority of disks at that moment, and histories of reads and writes under loss, duplication, reordering, ' +
    'partitions and restarts pass a brute-force check of linearisability that local reads fail.',
]

export const LIMITS: readonly string[] = [
  'One seed for each world, and a few hundred writes: a p99 rests on a handful of them. `--seed` plays others.',
  'The network is simulated as messages between devices that are both awake: no radio, no address translation, no ' +
    'bandwidth, and computing takes no virtual time. One device for each person. Nobody loses a disk; clocks are right.',
  'The baseline’s bytes are a lower bound: a system of this kind that should be trusted would sign and encrypt too.',
  'It is also the most available quorum there is. What needs one decision (a single order of all messages, one owner) ' +
    'needs consensus, which waits at least as long.',
  'A quorum of a few computers that are always on would do well in every world, and would be a server in the middle. ' +
    'It was not measured.',
  'Of the 500 members only as many have a copy as one process carries; what a copy costs is in `bench/lab/README.md`. ' +
    'More copies would bring messages around faster, and cost more bytes.',
  'People write and read at random moments. Real conversations come in bursts, among people who are awake together.',
]

export function summaryOf(results: LabResults): string[] {
  return [...results.worlds.map(summarySentence), ...DECISIONS]
}

const DECISIONS: readonly string[] = [
  'A group would rather wait where an answer must not change afterwards. Closing a period of the ledger means that ' +
    'everybody has everything up to then: it takes as long as "everybody" in the tables, and the report should say who ' +
    'is still missing. Handing over ownership takes effect at once on the device that does it, so it is better done ' +
    'while the others are in sight.',
]
