/** World 2: a club of fifty with phones that are awake some minutes an hour, and meet in the morning. */

import { SeededRandom } from '@hamlet/testkit/simulator'
import { drawActs, HOUR_MS, MINUTE_MS, range } from './script.ts'
import type { Awake, Script } from './script.ts'

const MEETING_LENGTH_MS = 10 * MINUTE_MS

/** When each part of the play begins. */
interface Hours {
  readonly nightMs: number
  readonly morningMs: number
  readonly meetingMs: number
}

const HOURS: Hours = { nightMs: 3 * HOUR_MS, morningMs: 11 * HOUR_MS, meetingMs: 13.5 * HOUR_MS }
const QUICK_HOURS: Hours = {
  nightMs: 0.5 * HOUR_MS,
  morningMs: 2.5 * HOUR_MS,
  meetingMs: 3 * HOUR_MS,
}

export const PHONES = 50

/** `phones`: how many instead of {@link PHONES}; the play's cost grows faster than their square. */
export function clubScript(seed: number, quick: boolean, phones = PHONES): Script {
  const members = quick ? 8 : phones
  const hours = quick ? QUICK_HOURS : HOURS
  const playMs = hours.meetingMs + (quick ? 2 * MINUTE_MS : MEETING_LENGTH_MS)
  const random = new SeededRandom(seed).fork('club')
  const awake = range(0, members).flatMap((member) => [
    ...phoneDay(random, member, hours),
    { member, fromMs: hours.meetingMs, toMs: playMs },
  ])
  const counts = quick ? { writes: 24, reads: 24 } : { writes: 240, reads: 240 }
  return {
    name: 'club',
    title: `A club of ${members} with phones`,
    story: [
      `${members} people, each with a phone that sleeps most of the time. In the evening and in the morning it is awake ` +
        'for about six minutes twice an hour, at night for about two minutes every two hours. No computer is always on.',
      'At the end the club meets: every phone is awake for ten minutes.',
    ],
    members,
    playMs,
    settleMs: 2 * MINUTE_MS,
    delayMeanMs: 120,
    awake,
    partitions: [],
    resets: [],
    acts: drawActs(random, { awake, playMs }, counts),
    phases: [
      { label: 'evening', fromMs: 0, toMs: hours.nightMs },
      { label: 'night', fromMs: hours.nightMs, toMs: hours.morningMs },
      { label: 'morning', fromMs: hours.morningMs, toMs: hours.meetingMs },
      { label: 'meeting', fromMs: hours.meetingMs, toMs: playMs },
    ],
    healings: [{ label: 'the club meets', atMs: hours.meetingMs }],
  }
}

/** Intervals that do not touch: one in each slot of half an hour by day, of two hours at night. */
function phoneDay(random: SeededRandom, member: number, hours: Hours): Awake[] {
  const day: Awake[] = []
  for (let atMs = 0; atMs < hours.meetingMs;) {
    const isNight = atMs >= hours.nightMs && atMs < hours.morningMs
    const slotMs = (isNight ? 120 : 30) * MINUTE_MS
    const drawnMs = MINUTE_MS + random.exponential((isNight ? 1 : 5) * MINUTE_MS)
    const lengthMs = Math.floor(Math.min(slotMs / 2, drawnMs))
    const fromMs = atMs + random.int(1, slotMs - lengthMs - MINUTE_MS)
    day.push({ member, fromMs, toMs: fromMs + lengthMs })
    atMs += slotMs
  }
  return day
}
