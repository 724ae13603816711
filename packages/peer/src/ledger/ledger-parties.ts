/**
 * Who can stand in an expense: members, by the names they have in the space; people who were members or are named by an
 * expense; and people without the app, whom the ledger names.
 */

import type { PersonId } from '@hamlet/core'
import { LedgerError } from '@hamlet/expenses'
import type { LedgerId, LedgerParty, PartyId } from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import { toName } from '../given-name.ts'
import { UNKNOWN_NAME } from '../message-mapper.ts'
import type { NamesByPerson, SpaceRuntime } from '../space-runtime.ts'
import { toLedgerId, unknownError } from './ledger-input.ts'
import type { LedgerWriter } from './ledger-writer.ts'

export interface PartyChange {
  readonly name?: string
  readonly retired?: boolean
  /** `null`: nobody else. */
  readonly is?: string | null
}

export class LedgerPartyDesk {
  readonly #runtime: SpaceRuntime
  readonly #writer: LedgerWriter

  constructor(runtime: SpaceRuntime, writer: LedgerWriter) {
    this.#runtime = runtime
    this.#writer = writer
  }

  /** In order of names, then ids. */
  async list(): Promise<readonly Api.LedgerParty[]> {
    const names = await this.#runtime.peopleNames()
    const members = new Set<PartyId>(this.#members())
    const named = await this.#runtime.ledger.parties()
    const described = new Set(named.map(({ id }) => id))
    const unnamed = [...members].filter((id) => !described.has(id)).map(toUnnamed)
    return [...named, ...unnamed]
      .map((party) => toParty(party, names, members))
      .sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
  }

  /** What each party is called. */
  async names(): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.list()).map(({ id, name }) => [id, name]))
  }

  async add(text: string): Promise<Api.LedgerParty> {
    const name = toName(text)
    const id = this.#writer.newId()
    return await this.#writer.act(async () => {
      await this.#writer.put('party', id, { name, retired: false })
      return await this.#find(id)
    })
  }

  async change(text: string, change: PartyChange): Promise<Api.LedgerParty> {
    const id = toLedgerId(text)
    const name = change.name === undefined ? undefined : toName(change.name)
    return await this.#writer.act(async () => {
      const { ledger } = this.#runtime
      const isKnown = (await ledger.parties()).some((party) => party.id === id)
      if (!isKnown) throw unknownError()
      if (typeof change.is === 'string') await this.requireKnown([change.is])
      const body = (await ledger.record('party', id)) ?? { name: UNKNOWN_NAME, retired: false }
      const drafts = [
        ...(name === undefined && change.retired === undefined
          ? []
          : await this.#writer.draft('party', id, {
              name: name ?? body.name,
              retired: change.retired ?? body.retired,
            })),
        ...(change.is === undefined ? [] : await this.draftLink(id, change.is)),
      ]
      await this.#writer.write(drafts)
      return await this.#find(id)
    })
  }

  /** That the placeholder is somebody, who is known; `null`, or itself: nobody else. Only within an act. */
  async draftLink(id: LedgerId, is: string | null): ReturnType<LedgerWriter['draft']> {
    const to = is === null || is === id ? undefined : (is as PartyId)
    const link = await this.#runtime.ledger.record('link', id)
    if (link === undefined && to === undefined) return []
    return await this.#writer.draft('link', id, { to })
  }

  /** @throws LedgerError `LEDGER_BAD_EXPENSE` for somebody nobody here has ever heard of. */
  async requireKnown(parties: readonly string[]): Promise<void> {
    const names = await this.#runtime.peopleNames()
    const members = new Set<string>(this.#members())
    let unseen = parties.filter((id) => !members.has(id) && !names.has(id as PersonId))
    if (unseen.length === 0) return
    const named = new Set<string>((await this.#runtime.ledger.parties()).map(({ id }) => id))
    unseen = unseen.filter((id) => !named.has(id))
    if (unseen.length === 0) return
    throw new LedgerError('LEDGER_BAD_EXPENSE', 'expected people of this space or its ledger', {
      fields: { reason: 'PARTY_UNKNOWN', party: unseen[0] },
    })
  }

  async #find(id: LedgerId): Promise<Api.LedgerParty> {
    const found = (await this.list()).find((party) => party.id === id)
    if (found === undefined) throw unknownError()
    return found
  }

  #members(): readonly PersonId[] {
    return this.#runtime.space.members().map(({ person }) => person)
  }
}

/** Somebody no expense names yet. */
function toUnnamed(id: PartyId): LedgerParty {
  const nobodyElse = { isPlaceholder: false, retired: false, contested: false }
  return { id, name: undefined, ...nobodyElse, is: id, aliases: [] }
}

function toParty(
  { id, name, isPlaceholder, ...party }: LedgerParty,
  names: NamesByPerson,
  members: ReadonlySet<PartyId>,
): Api.LedgerParty {
  return {
    id,
    name: name ?? names.get(id as PersonId) ?? UNKNOWN_NAME,
    ...(isPlaceholder ? {} : { member: members.has(id) }),
    isPlaceholder,
    ...party,
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
