/**
 * Nobody takes a right: a hostile person is no more than others have made them who could.
 *
 * What honest people say of somebody stands. What a hostile person says stands as far as it goes by the ranks: who has
 * been made an admin makes and unmakes those below, and any writer lets in whom a link of somebody else lets in at once.
 */

import { RANK_BY_ROLE } from '@hamlet/space'
import type { Entry, Role } from '@hamlet/space'
import type { Causality, Standing } from './causality.ts'
import type { Judgement, Problem } from './problem.ts'

export function findUsurper(judgement: Judgement, causality: Causality): Problem | undefined {
  const { slot, replicas, hostile } = judgement
  const { space } = replicas[0]!.copy
  const rights = new Rights(judgement, causality)
  for (const { person, role, devices } of space.members()) {
    if (!devices.some((device) => hostile.has(device))) continue
    if (rights.mayBe(person, RANK_BY_ROLE[role])) continue
    const detail = `space ${slot}: ${person.slice(0, 4)} is ${role}, which nobody made them`
    return { oracle: 'no usurper', detail }
  }
  return undefined
}

/** What follows from what honest people said. */
class Rights {
  readonly #judgement: Judgement
  readonly #causality: Causality
  /** Those being asked about: nobody has a right from themselves. */
  readonly #asked = new Set<Standing>()

  constructor(judgement: Judgement, causality: Causality) {
    this.#judgement = judgement
    this.#causality = causality
  }

  /** Whether somebody who could ever gave the person this rank, or a higher one. */
  mayBe(person: string, rank: number): boolean {
    return this.#causality.standings.some(
      (it) =>
        it.person === person &&
        it.role !== undefined &&
        RANK_BY_ROLE[it.role] >= rank &&
        this.#stands(it, it.role),
    )
  }

  #stands(standing: Standing, role: Role): boolean {
    if (this.#asked.has(standing)) return false
    this.#asked.add(standing)
    const { by, offer } = standing
    const isOffered =
      offer?.role === role &&
      this.#mayGive(offer.by, aboveRole(role)) &&
      this.#mayGive(by, role === 'admin' ? RANK_BY_ROLE.owner : RANK_BY_ROLE.writer)
    const stands = isOffered || this.#mayGive(by, aboveRole(role))
    this.#asked.delete(standing)
    return stands
  }

  #mayGive({ device }: Entry, needs: number): boolean {
    const { hostile, planted } = this.#judgement
    if (!hostile.has(device)) return planted !== 'usurper'
    const claims = this.#causality.claims.filter((claim) => claim.device === device)
    return claims.some(({ person }) => this.mayBe(person, needs))
  }
}

function aboveRole(role: Role): number {
  return Math.max(RANK_BY_ROLE.admin, RANK_BY_ROLE[role] + 1)
}
