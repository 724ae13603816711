/**
 * The placeholders for the parties of our own files. A placeholder keeps its id; a person is given the first 16 of their 32
 * bytes, or the next id after it that nobody of the file has. So parties stand in the order they stood in, by which
 * cents are rounded, and whoever imports into the space the file came from can tell who is who.
 */

import { LEDGER_ID_BYTES, parseLedgerId } from '../party.ts'
import type { LedgerId } from '../party.ts'

const DIGITS = 2 * LEDGER_ID_BYTES
const PERSON_PATTERN = /^[0-9a-f]{64}$/
const ID_COUNT = 1n << BigInt(8 * LEDGER_ID_BYTES)

/** One for each; `undefined` for what is no party, or stands in the list before. */
export function partiesToPlaceholders(
  parties: readonly string[],
): readonly (LedgerId | undefined)[] {
  const taken = new Set(parties.filter((party) => parseLedgerId(party) !== undefined))
  const seen = new Set<string>()
  return parties.map((party) => {
    if (seen.has(party)) return undefined
    seen.add(party)
    const placeholder = parseLedgerId(party)
    if (placeholder !== undefined || !PERSON_PATTERN.test(party)) return placeholder
    const free = firstFree(party.slice(0, DIGITS) as LedgerId, taken)
    taken.add(free)
    return free
  })
}

function firstFree(id: LedgerId, taken: ReadonlySet<string>): LedgerId {
  let free = id
  while (taken.has(free)) {
    const next = (BigInt(`0x${free}`) + 1n) % ID_COUNT
    free = next.toString(16).padStart(DIGITS, '0') as LedgerId
  }
  return free
}
