/** Who does something in a ledger, and what they make it of. */

import type { Crypto } from '@hamlet/core'
import { bytesToLedgerId } from '@hamlet/expenses'
import type { CivilDate, LedgerDrafts, LedgerId, PartyId } from '@hamlet/expenses'
import { PLAINTEXT_MARK } from '../chat-acts.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { PlantedBug } from '../world-options.ts'
import type { SimLedger } from './sim-ledger.ts'

export interface LedgerActor {
  readonly crypto: Crypto
  readonly random: SeededRandom
  /** The same for everybody who does the same at once. */
  readonly target: SeededRandom
  readonly drafts: LedgerDrafts
  readonly ledger: SimLedger
  /** By the clock of the device. */
  readonly today: CivilDate
  readonly plantedBug: PlantedBug | undefined
}

export function textOf(random: SeededRandom, what: string): string {
  return `${what} ${PLAINTEXT_MARK} ${random.uint32()}`
}

export function newId(random: SeededRandom): LedgerId {
  return bytesToLedgerId(random.bytes(16))
}

/** Members, and people without the app. */
export async function partiesOf({ ledger }: LedgerActor): Promise<readonly PartyId[]> {
  const known = await ledger.ledger.parties()
  const beside = known.filter(({ isPlaceholder, retired }) => isPlaceholder && !retired)
  return [...ledger.members(), ...beside.map(({ id }) => id)].sort()
}
