/** Who is who in a ledger: links followed, and names as they are read in a sentence. */

import type { LedgerParty } from '@hamlet/http/api'
import { nameOr } from '../format/people.ts'
import type { Texts } from '../i18n/en.ts'

export interface PartyNames {
  /** The party a name in a bill stands for: a placeholder may be a person. */
  resolve(id: string): string
  isSelf(id: string): boolean
  /** `You` for oneself. */
  nameOf(id: string): string
  /** The name alone. */
  plainName(id: string): string
  partyOf(id: string): LedgerParty | undefined
}

export function partyNames(
  parties: readonly LedgerParty[],
  self: string,
  texts: Texts,
): PartyNames {
  const byId = new Map(parties.map((party) => [party.id, party]))
  const resolve = (id: string) => byId.get(id)?.is ?? id
  const me = resolve(self)
  const plainName = (id: string) =>
    nameOr(byId.get(resolve(id))?.name ?? byId.get(id)?.name ?? '', texts)
  const isSelf = (id: string) => resolve(id) === me
  return {
    resolve,
    isSelf,
    plainName,
    nameOf: (id) => (isSelf(id) ? texts.common.you : plainName(id)),
    partyOf: (id) => byId.get(id),
  }
}

/** Those who can still be chosen: themselves, and not retired. */
export function choosable(parties: readonly LedgerParty[]): readonly LedgerParty[] {
  return parties.filter((party) => party.is === party.id && !party.retired)
}
