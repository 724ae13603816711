/** What hostile devices are and do, as drawn from the seed. Several may live in one world. */

import type { SeededRandom } from './seeded-random.ts'

/** What it has by right: nothing, links from the board, or a place in the space. */
export type HostileRank = 'stranger' | 'link-holder' | 'member'

const MESSAGE_ATTACKS = [
  'garbage',
  'damage',
  'replay',
  'lie',
  'flap',
  'withhold',
  'forge',
  'flood',
  'borrow',
] as const

/** `equivocate`: two histories under one key. The others: entries that no honest device would write. */
const LOG_ATTACKS = ['equivocate', 'seize', 'future', 'old-epoch', 'backdate'] as const

export type MessageAttack = (typeof MESSAGE_ATTACKS)[number]
export type LogAttack = (typeof LOG_ATTACKS)[number]
export type Attack = MessageAttack | LogAttack

export interface HostileOptions {
  readonly rank: HostileRank
  readonly attacks: readonly Attack[]
  /** Of messages. */
  readonly rate: number
}

export function isMessageAttack(attack: Attack): attack is MessageAttack {
  return (MESSAGE_ATTACKS as readonly string[]).includes(attack)
}

export function drawHostiles(random: SeededRandom, nodes: number): HostileOptions[] {
  if (nodes < 3 || !random.chance(0.5)) return []
  const count = random.chance(0.2) && nodes > 3 ? 2 : 1
  return Array.from({ length: count }, () => drawHostile(random))
}

/** Half of them do one thing only: being banned for garbage ends every other attack. */
function drawHostile(random: SeededRandom): HostileOptions {
  const rank = random.pick(['stranger', 'link-holder', 'member', 'member', 'member'] as const)
  const possible: readonly Attack[] =
    rank === 'member' ? [...MESSAGE_ATTACKS, ...LOG_ATTACKS, ...LOG_ATTACKS] : MESSAGE_ATTACKS
  const attacks = random.chance(0.5)
    ? [random.pick(possible)]
    : random.shuffle([...new Set(possible)]).slice(0, random.int(2, 5))
  return { rank, attacks, rate: random.pick([0.02, 0.2, 0.8]) }
}
