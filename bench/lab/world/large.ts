/** World 3: five hundred members, of whom as many take part as one process can simulate. */

import { SeededRandom } from '@hamlet/testkit/simulator'
import { alwaysAwake, drawActs, HOUR_MS, MINUTE_MS, range } from './script.ts'
import type { Awake, Script } from './script.ts'

/** Members with a copy: what a core can play in some minutes. The others are history, as honest as the rest. */
const LIVE = 32
/** Each phone is awake once in each quarter of the play. */
const SLOTS = 4

export function largeScript(seed: number, quick: boolean): Script {
  const members = quick ? 20 : 500
  const devices = quick ? 4 : LIVE
  const always = quick ? 1 : 4
  const playMs = quick ? 40 * MINUTE_MS : 4 * HOUR_MS
  const random = new SeededRandom(seed).fork('large')
  const awake = [
    ...alwaysAwake(range(0, always), playMs),
    ...range(always, devices).flatMap((member) => phoneDay(random, member, playMs)),
  ]
  const counts = quick ? { writes: 16, reads: 16 } : { writes: 80, reads: 80 }
  return {
    name: 'large',
    title: `${members} members`,
    story: [
      `${members} members, all of them in the control state: admitted one by one, with keys, and counted in every ` +
        `epoch. Of them ${devices} take part for ${(playMs / HOUR_MS).toFixed(1)} hours: ${always} computers that are always on ` +
        `and ${devices - always} phones that are awake for some ten minutes four times. The others were admitted by the same code and do not look in: their keys, ` +
        'their places and their shares of every epoch are there, their devices are not.',
      'The baseline is given twice: with majorities of all members, and with majorities of only those who take part.',
    ],
    ...{ members, devices, playMs, awake },
    settleMs: 2 * MINUTE_MS,
    delayMeanMs: 120,
    partitions: [],
    resets: [],
    acts: drawActs(random, { awake, playMs }, counts),
    phases: [],
    healings: [{ label: 'everybody who takes part is awake', atMs: playMs }],
  }
}

function phoneDay(random: SeededRandom, member: number, playMs: number): Awake[] {
  const day: Awake[] = []
  const slotMs = playMs / SLOTS
  for (let atMs = 0; atMs < playMs; atMs += slotMs) {
    const lengthMs = Math.floor(
      Math.min(slotMs / 2, 3 * MINUTE_MS + random.exponential(7 * MINUTE_MS)),
    )
    const fromMs = atMs + random.int(1, slotMs - lengthMs - MINUTE_MS)
    day.push({ member, fromMs, toMs: fromMs + lengthMs })
  }
  return day
}
