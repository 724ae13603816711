/**
 * Who is who in a ledger: placeholders, the links that say who they are, and couples.
 *
 * Links are aliases, applied when something is summed or shown; no expense is rewritten. Links in a circle stand for the
 * least id among those in it, so that every device names the same. A link of a person cannot exist: a link's record is
 * a placeholder's id.
 */

import type { LedgerId, PartyId } from '../party.ts'
import { isPlaceholder } from '../party.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { LedgerParty } from './ledger-model.ts'

export class LedgerParties {
  readonly #book: LedgerBook
  readonly #resolved = new Map<PartyId, PartyId>()
  readonly #aliases = new Map<PartyId, LedgerId[]>()
  readonly #couples = new Map<PartyId, LedgerId>()

  constructor(book: LedgerBook) {
    this.#book = book
    // In the order of ids: that of the book is the one in which they became known.
    for (const placeholder of [...book.all('link').keys()].sort()) {
      const is = this.resolve(placeholder)
      if (is === placeholder) continue
      const aliases = this.#aliases.get(is)
      if (aliases === undefined) this.#aliases.set(is, [placeholder])
      else aliases.push(placeholder)
    }
    for (const [couple, { body }] of [...book.all('couple')].sort(byId)) {
      if (body.retired) continue
      for (const member of body.members) {
        const party = this.resolve(member)
        if (!this.#couples.has(party)) this.#couples.set(party, couple)
      }
    }
  }

  /** Who the party is, links followed. */
  resolve(party: PartyId): PartyId {
    return this.#resolved.get(party) ?? this.#follow(party)
  }

  #follow(party: PartyId): PartyId {
    // Whoever is met on the way is the same in the end: a long chain is followed once.
    const path = new Set<PartyId>()
    let at: PartyId = party
    for (;;) {
      const known = this.#resolved.get(at)
      if (known !== undefined) return this.#remember(path, known)
      if (path.has(at)) break
      path.add(at)
      const next = this.#linkOf(at)
      if (next === undefined) return this.#remember(path, at)
      at = next
    }
    const way = [...path]
    const circle = way.slice(way.indexOf(at))
    return this.#remember(
      path,
      circle.reduce((a, b) => (a < b ? a : b)),
    )
  }

  #remember(path: Iterable<PartyId>, is: PartyId): PartyId {
    for (const party of path) this.#resolved.set(party, is)
    return is
  }

  /** The couple the party counts for, of several the one with the least id; else the party, links followed. */
  unit(party: PartyId): PartyId {
    const is = this.resolve(party)
    return this.#couples.get(is) ?? is
  }

  describe(party: PartyId): LedgerParty {
    const body = isPlaceholder(party) ? this.#book.get('party', party)?.body : undefined
    const link = isPlaceholder(party) ? this.#book.get('link', party) : undefined
    return {
      id: party,
      name: body?.name,
      isPlaceholder: isPlaceholder(party),
      retired: body?.retired ?? false,
      is: this.resolve(party),
      aliases: this.#aliases.get(party) ?? [],
      contested: (link?.choices ?? 1) > 1,
    }
  }

  #linkOf(party: PartyId): PartyId | undefined {
    return isPlaceholder(party) ? this.#book.get('link', party)?.body.to : undefined
  }
}

function byId([a]: readonly [LedgerId, unknown], [b]: readonly [LedgerId, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
