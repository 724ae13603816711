/**
 * Who vouches for whom: an edge from each person to those whom they received from, with as much as counts.
 *
 * Anybody can sign anything with keys of their own, so what counts of a receipt depends on who signed it
 * (`swarm.md` 2.3):
 *
 * 1. What the viewer received counts whole: they know.
 * 2. What others say they received counts up to what they themselves gave to anybody but the one they speak for.
 * 3. Of all that is said of somebody, one other person's word counts up to a twentieth, or two parts of as many as there
 *    are where those are fewer than forty: one friend does not make a reputation.
 * 4. Of whoever is proven to have cheated nothing counts but what the viewer received.
 *
 * Flow through these edges is then bounded by what real people vouch for: two keys of one person have no edge from
 * anybody else.
 */

import type { PersonId } from '@hamlet/core'
import type { Contribution } from './latest-receipts.ts'
import { PAIR_SHARE_MIN } from './limits.ts'

export interface VouchEdge {
  /** Who received. */
  readonly from: PersonId
  /** Who sent, and is vouched for. */
  readonly to: PersonId
  /** What is said. */
  readonly claimedBytes: number
  /** What counts of it. */
  readonly bytes: number
  readonly contribution: Contribution
}

export interface ContributionGraph {
  readonly viewer: PersonId
  readonly people: ReadonlySet<PersonId>
  /** By who vouches, then by whom for. */
  readonly edges: ReadonlyMap<PersonId, ReadonlyMap<PersonId, VouchEdge>>
  /** By whom it is for, who vouches. */
  readonly vouchers: ReadonlyMap<PersonId, readonly PersonId[]>
}

/** `distrusted`: who is proven to have cheated, and not cleared. */
export function contributionGraph(
  viewer: PersonId,
  contributions: readonly Contribution[],
  distrusted: ReadonlySet<PersonId> = new Set(),
): ContributionGraph {
  const given = new Map<PersonId, number>()
  const claimed = new Map<PersonId, { bytes: number; count: number }>()
  for (const { payee, bytes } of contributions) {
    given.set(payee, (given.get(payee) ?? 0) + bytes)
    const sum = claimed.get(payee) ?? { bytes: 0, count: 0 }
    claimed.set(payee, { bytes: sum.bytes + bytes, count: sum.count + 1 })
  }
  const gaveBy = new Map(
    contributions.map(({ payer, payee, bytes }) => [`${payee}/${payer}`, bytes]),
  )
  const counts = ({ payer, payee, bytes }: Contribution): number => {
    if (payer === viewer) return bytes
    if (distrusted.has(payer) || distrusted.has(payee) || payee === viewer) return 0
    const toOthers = (given.get(payer) ?? 0) - (gaveBy.get(`${payer}/${payee}`) ?? 0)
    const all = claimed.get(payee)!
    const share = Math.max(PAIR_SHARE_MIN, Math.min(1, 2 / all.count))
    return Math.floor(Math.min(bytes, toOthers, share * all.bytes))
  }
  return linkUp(viewer, contributions, counts)
}

function linkUp(
  viewer: PersonId,
  contributions: readonly Contribution[],
  counts: (contribution: Contribution) => number,
): ContributionGraph {
  const people = new Set<PersonId>([viewer])
  const edges = new Map<PersonId, Map<PersonId, VouchEdge>>()
  const vouchers = new Map<PersonId, PersonId[]>()
  for (const contribution of contributions) {
    const { payer: from, payee: to, bytes: claimedBytes } = contribution
    people.add(from).add(to)
    const bytes = counts(contribution)
    if (bytes <= 0) continue
    const ofPayer = edges.get(from) ?? new Map<PersonId, VouchEdge>()
    edges.set(from, ofPayer.set(to, { from, to, claimedBytes, bytes, contribution }))
    const known = vouchers.get(to) ?? []
    known.push(from)
    vouchers.set(to, known)
  }
  return { viewer, people, edges, vouchers }
}
