/** Names for files that know people by nothing else: each is another, numbered where two are alike. */

import type { PartyId } from '../party.ts'
import { tidyLine } from './import-draft.ts'
import type { LedgerSnapshot } from './ledger-snapshot.ts'

const NAME_BYTES_LEFT = 180

/** `avoid`: what no name may have in it; a space stands instead. */
export function uniqueNames(
  { parties }: LedgerSnapshot,
  avoid: string,
): ReadonlyMap<PartyId, string> {
  const taken = new Set<string>()
  return new Map(
    parties.map(({ id, name }) => {
      const bare = tidyLine(name.replaceAll(avoid, ' '), NAME_BYTES_LEFT)
      let unique = bare
      for (let number = 2; taken.has(unique); number++) unique = `${bare} (${number})`
      taken.add(unique)
      return [id, unique]
    }),
  )
}
