/** World 4: an admin stands between two halves of a group, and is honest or hostile. */

import { SeededRandom } from '@hamlet/testkit/simulator'
import { alwaysAwake, drawActs, HOUR_MS, MINUTE_MS, range } from './script.ts'
import type { Act, Script } from './script.ts'

const MEMBERS = 5
export const ADMIN = 1
/** The admin alone reaches both sides. */
const SIDES = [
  [0, ADMIN, 2],
  [ADMIN, 3, 4],
]
const QUICK_HOUR_MS = 3 * MINUTE_MS

export function hostileScript(seed: number, quick: boolean): Script {
  const hourMs = quick ? QUICK_HOUR_MS : HOUR_MS
  const playMs = 5 * hourMs
  const random = new SeededRandom(seed).fork('hostile')
  const honest = range(0, MEMBERS).filter((member) => member !== ADMIN)
  const between = { fromMs: hourMs, toMs: 3 * hourMs }
  const flood = { fromMs: 4 * hourMs, toMs: 4 * hourMs + hourMs / 6 }
  const counts = quick ? { writes: 20, reads: 20 } : { writes: 200, reads: 200 }
  const awake = alwaysAwake(range(0, MEMBERS), playMs)
  const acts = drawActs(random, { awake: alwaysAwake(honest, playMs), playMs }, counts)
  return {
    name: 'hostile',
    title: 'A hostile admin',
    story: [
      'Five people; one of them is an admin. From hour 1 to hour 3 two of the others are in one place and two in ' +
        'another, and only the admin has a connection to both. Then everybody reaches everybody.',
      'The world is played twice: the admin passes on what the others write, as everybody does; or keeps it back, while ' +
        'confirming to each author that it is stored. Both times the admin floods the group at hour 4: as many messages ' +
        'in ten minutes as the others write in a day.',
    ],
    members: MEMBERS,
    admin: ADMIN,
    hostile: ADMIN,
    playMs,
    settleMs: 2 * MINUTE_MS,
    delayMeanMs: 60,
    awake,
    partitions: [{ ...between, groups: SIDES }],
    resets: [],
    acts: [...acts, ...floodActs(flood.fromMs, quick ? 20 : 1_000, flood.toMs)],
    phases: [
      { label: 'only the admin in between', ...between },
      { label: 'flood', ...flood },
    ],
    healings: [{ label: 'everybody reaches everybody', atMs: between.toMs }],
  }
}

function floodActs(fromMs: number, count: number, toMs: number): Act[] {
  return range(0, count).map((i) => ({
    atMs: Math.floor(fromMs + (i * (toMs - fromMs)) / count),
    member: ADMIN,
    kind: 'write',
    text: 'buy now '.repeat(100),
  }))
}
