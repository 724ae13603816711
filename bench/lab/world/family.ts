/** World 1: a family of five, split for six hours, then with every device away in turn. */

import { SeededRandom } from '@hamlet/testkit/simulator'
import { drawActs, drawResets, HOUR_MS, MINUTE_MS, range } from './script.ts'
import type { Awake, Script } from './script.ts'

const MEMBERS = 5
const AT_HOME = [0, 1, 2]
const AT_THE_HUT = [3, 4]
const QUICK_HOUR_MS = MINUTE_MS

export function familyScript(seed: number, quick: boolean): Script {
  const hourMs = quick ? QUICK_HOUR_MS : HOUR_MS
  const playMs = 16 * hourMs
  const split = { fromMs: 2 * hourMs, toMs: 8 * hourMs }
  const away = { fromMs: 10 * hourMs, toMs: (10 + MEMBERS) * hourMs }
  const random = new SeededRandom(seed).fork('family')
  const awake = awayInTurn(away.fromMs, hourMs, playMs)
  const counts = quick ? { writes: 30, reads: 30 } : { writes: 480, reads: 480 }
  return {
    name: 'family',
    title: 'A family of five',
    story: [
      'Five people with one device each. From hour 2 to hour 8 two of them are in a hut without a network to the ' +
        'rest of the world: three at home and two at the hut reach each other, but not the other side.',
      'From hour 10 each device is away for an hour, one after the other. Connections break every ten minutes or so.',
    ],
    members: MEMBERS,
    playMs,
    settleMs: 2 * MINUTE_MS,
    delayMeanMs: 60,
    awake,
    partitions: [{ ...split, groups: [AT_HOME, AT_THE_HUT] }],
    resets: drawResets(random, MEMBERS, playMs, 10 * MINUTE_MS),
    acts: drawActs(random, { awake, playMs }, counts),
    phases: [
      { label: 'split: the three at home', ...split, members: AT_HOME },
      { label: 'split: the two at the hut', ...split, members: AT_THE_HUT },
      { label: 'one device away', ...away },
    ],
    healings: [{ label: 'the two come home', atMs: split.toMs }],
  }
}

function awayInTurn(fromMs: number, hourMs: number, playMs: number): Awake[] {
  return range(0, MEMBERS).flatMap((member) => {
    const awayMs = fromMs + member * hourMs
    return [
      { member, fromMs: 0, toMs: awayMs },
      { member, fromMs: awayMs + hourMs, toMs: playMs },
    ]
  })
}
