/** What those are called who sent something wrong: members by their names, others by the beginning of their ids. */

import type { HttpClient, Transfer, TransferSource } from '@hamlet/http'

import { printable } from '../text.ts'
import { shortId } from './file-words.ts'

/** By the ids of the sources; asks for members only where somebody was refused. */
export async function refusedNames(
  client: HttpClient,
  transfers: readonly Transfer[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (const transfer of transfers) {
    const refused = refusedOf(transfer)
    if (refused.length === 0) continue
    const { space } = transfer
    const members = space === undefined ? [] : await client.members(space)
    for (const { id, kind, person } of refused) {
      const member = members.find((each) => each.person === person)
      names.set(id, printable(member?.name ?? (kind === 'web' ? id : shortId(id))))
    }
  }
  return names
}

export function refusedOf({ sources }: Transfer): readonly TransferSource[] {
  return sources.filter(({ state }) => state === 'banned')
}
