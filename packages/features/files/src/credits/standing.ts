/**
 * What a viewer knows of somebody: three facts, each with what it rests on, and never one number for people.
 *
 * - **Contribution**: how much they gave, as far as it counts for this viewer (`contribution-flow`, or `-walks` among many).
 * - **Reliability**: how often what they sent was good, at least, from what the viewer saw and what others signed. What others
 *   merely say counts for nothing: a bad word needs no proof to be told, so it is not listened to.
 * - **Tenure**: since when and with how many people they exchange.
 *
 * Programs need an order, and get one from `rankOf`: it decides who is answered first, never whether.
 */

import type { PersonId } from '@hamlet/core'
import { reliabilityBound } from './beta-posterior.ts'
import { contributionFlow } from './contribution-flow.ts'
import type { ContributionFlow } from './contribution-flow.ts'
import type { ContributionGraph } from './contribution-graph.ts'
import { contributionWalks } from './contribution-walks.ts'
import type { Contribution, CountedReceipt } from './latest-receipts.ts'
import { CONTRIBUTION_HALF_BYTES, FLOW_NODES_MAX, RELIABILITY_HALF_LIFE_MS } from './limits.ts'
import type { Outcome } from './outcomes.ts'
import type { ProofId } from './receipt-ids.ts'

export interface Standing {
  readonly contribution: {
    readonly bytes: number
    /** 0 to 1; 1 GiB is one half. */
    readonly value: number
    /** Found by flow; else by walks, which have no paths to show. */
    readonly isExact: boolean
    readonly why: ContributionFlow['via']
  }
  readonly reliability: {
    /** 0 to 1: at least this share is good. */
    readonly value: number
    readonly good: number
    readonly bad: number
    /** What this device saw, what others signed, what is proven. */
    readonly why: {
      readonly outcomes: readonly Outcome[]
      readonly receipts: readonly CountedReceipt[]
      readonly proofs: readonly ProofId[]
    }
  }
  readonly tenure: {
    /** Of the earliest receipt that is known. */
    readonly sinceMs: number | undefined
    readonly counterpartyCount: number
    readonly why: readonly CountedReceipt[]
  }
}

export interface StandingContext {
  readonly graph: ContributionGraph
  readonly contributions: readonly Contribution[]
  /** Seen by this device, of anybody. */
  readonly outcomes: readonly Outcome[]
  readonly proofs: ReadonlyMap<PersonId, readonly ProofId[]>
  readonly nowMs: number
}

/** Standings as one viewer sees them; asks the graph once for each person. */
export class Standings {
  readonly #context: StandingContext
  readonly #weights = new Map<PersonId, Standing['contribution']>()
  readonly #walks: ReadonlyMap<PersonId, number> | undefined

  constructor(context: StandingContext) {
    this.#context = context
    const isLarge = context.graph.people.size > FLOW_NODES_MAX
    this.#walks = isLarge ? contributionWalks(context.graph) : undefined
  }

  of(person: PersonId): Standing {
    return {
      contribution: this.#contribution(person),
      reliability: this.#reliability(person),
      tenure: this.#tenure(person),
    }
  }

  #contribution(person: PersonId): Standing['contribution'] {
    const known = this.#weights.get(person)
    if (known !== undefined) return known
    const walked = this.#walks?.get(person) ?? 0
    const { bytes, via } =
      this.#walks === undefined
        ? contributionFlow(this.#context.graph, [person])
        : { bytes: walked, via: [] }
    const value = (2 / Math.PI) * Math.atan(bytes / CONTRIBUTION_HALF_BYTES)
    const found = { bytes, value, isExact: this.#walks === undefined, why: via }
    this.#weights.set(person, found)
    return found
  }

  #reliability(person: PersonId): Standing['reliability'] {
    const { outcomes, contributions, proofs, nowMs, graph } = this.#context
    const seen = outcomes.filter((outcome) => outcome.person === person)
    const proven = proofs.get(person) ?? []
    let good = 0
    let bad = proven.length
    for (const { kind, atMs } of seen) {
      const weight = decayed(nowMs - atMs)
      if (kind === 'served') good += weight
      else bad += weight
    }
    const receipts: CountedReceipt[] = []
    for (const { payer, payee, receipts: signed } of contributions) {
      if (payee !== person || payer === graph.viewer) continue
      const weight = this.#contribution(payer).value
      if (weight === 0) continue
      for (const each of signed) good += weight * decayed(nowMs - each.receipt.windowEndMs)
      receipts.push(...signed)
    }
    const why = { outcomes: seen, receipts, proofs: proven }
    return { value: reliabilityBound(good, bad), good, bad, why }
  }

  #tenure(person: PersonId): Standing['tenure'] {
    const own = this.#context.contributions.filter(({ payer, payee }) => {
      return payer === person || payee === person
    })
    const others = new Set(own.map(({ payer, payee }) => (payer === person ? payee : payer)))
    const receipts = own.flatMap((each) => each.receipts)
    receipts.sort((a, b) => a.receipt.windowStartMs - b.receipt.windowStartMs)
    const ends = receipts.length < 2 ? receipts : [receipts[0]!, receipts.at(-1)!]
    return {
      sinceMs: receipts[0]?.receipt.windowStartMs,
      counterpartyCount: others.size,
      why: ends,
    }
  }
}

/** For orders alone: 0 to 1. */
export function rankOf({ contribution, reliability }: Standing): number {
  return contribution.value * reliability.value
}

function decayed(ageMs: number): number {
  return 2 ** (-Math.max(0, ageMs) / RELIABILITY_HALF_LIFE_MS)
}
