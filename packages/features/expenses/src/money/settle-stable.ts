/**
 * A plan that stays while people pay: payments made since it was computed are applied to its steps, and nothing is
 * computed anew until something other than a payment changes.
 *
 * A payment is the plan's own step, or a part of it: the step shrinks or goes, and no other is touched. Anything else, an
 * overpayment or a payment nobody planned, means that the payee owes the payer that much back. This refund evens out the
 * balances together with the steps there are; it is then worked into them, changing as little as possible:
 *
 * - if the payer was to pay somebody, and somebody was to pay the payee, these two are brought together
 *   (I paid Ben's creditor directly: now Ben pays mine);
 * - if only the payer was to pay, the payee pays that step in their place;
 * - if only the payee was to be paid, the payer is paid in their place;
 * - otherwise the refund is a step of its own.
 *
 * Each touches one step on either side. Where there is a choice, among the first DETOUR_STEPS_MAX on each side: the step that leads to a step which is there anyhow, then
 * the one of equal amount, then by ids. In plans along existing debts only steps between people who may pay each other are
 * made, and what cannot be worked in remains a refund; so does what comes after DETOURS_MAX of these changes.
 *
 * Invariants: 1. Steps and balances agree after every payment. 2. Following the plan, whole steps or parts in any order,
 * never changes another step.
 */

import type { PartyId } from '../party.ts'
import { DETOURS_MAX, DETOUR_STEPS_MAX } from './money-limits.ts'
import type { Transfer } from './settle-minimal.ts'

export type MayPay = (from: PartyId, to: PartyId) => boolean

interface Detour {
  readonly minor: bigint
  /** The step of the payer that is shortened, and the one to the payee. */
  readonly paying: Transfer | undefined
  readonly paid: Transfer | undefined
  /** Who pays whom instead. */
  readonly from: PartyId
  readonly to: PartyId
}

/** The steps that remain after `payments`, in their order, of a plan of one currency. */
export function applyPayments(
  plan: readonly Transfer[],
  payments: readonly Transfer[],
  mayPay: MayPay = () => true,
): readonly Transfer[] {
  const steps = new Steps(plan)
  let detours = 0
  for (const { from, to, minor } of payments) {
    if (from === to) continue
    const refund = { from: to, to: from, minor }
    detours += workIn(steps, refund, mayPay, DETOURS_MAX - detours)
  }
  return steps.list()
}

/** `refund` is from the payee of a payment to its payer; answers how many detours it took. */
function workIn(steps: Steps, refund: Transfer, mayPay: MayPay, detoursMax: number): number {
  let detours = 0
  let left = refund.minor - steps.reduce(refund.to, refund.from, refund.minor)
  for (; left > 0n && detours < detoursMax; detours++) {
    const detour = findDetour(steps, { ...refund, minor: left }, mayPay)
    if (detour === undefined) break
    for (const step of [detour.paying, detour.paid]) {
      if (step !== undefined) steps.reduce(step.from, step.to, detour.minor)
    }
    steps.add(detour.from, detour.to, detour.minor)
    left -= detour.minor
  }
  steps.add(refund.from, refund.to, left)
  return detours
}

function findDetour(steps: Steps, refund: Transfer, mayPay: MayPay): Detour | undefined {
  const paying = steps.from(refund.to)
  const paid = steps.to(refund.from)
  const both = paying.flatMap((payment) =>
    paid.map((receipt) => detourOf(refund, payment, receipt)),
  )
  const candidates = [
    both,
    paying.map((payment) => detourOf(refund, payment, undefined)),
    paid.map((receipt) => detourOf(refund, undefined, receipt)),
  ]
  for (const detours of candidates) {
    const allowed = detours.filter(({ from, to }) => from === to || mayPay(from, to))
    const best = allowed.reduce<Detour | undefined>(
      (best, each) => (best === undefined || isBetter(steps, each, best) ? each : best),
      undefined,
    )
    if (best !== undefined) return best
  }
  return undefined
}

function detourOf(
  refund: Transfer,
  paying: Transfer | undefined,
  paid: Transfer | undefined,
): Detour {
  const minors = [refund.minor, paying?.minor ?? refund.minor, paid?.minor ?? refund.minor]
  return {
    minor: minors.reduce((least, minor) => (minor < least ? minor : least)),
    paying,
    paid,
    from: paid?.from ?? refund.from,
    to: paying?.to ?? refund.to,
  }
}

/** Steps come in order of ids, so the first of equals stays. */
function isBetter(steps: Steps, detour: Detour, than: Detour): boolean {
  return rank(steps, detour) > rank(steps, than)
}

function rank(steps: Steps, { minor, paying, paid, from, to }: Detour): number {
  const joins = from === to || steps.has(from, to) ? 4 : 0
  return joins + (paying?.minor === minor ? 1 : 0) + (paid?.minor === minor ? 1 : 0)
}

/** The steps of a plan, one for each pair, in their order; new ones come last. */
class Steps {
  readonly #steps = new Map<string, Transfer>()
  readonly #payees = new Map<PartyId, Set<PartyId>>()
  readonly #payers = new Map<PartyId, Set<PartyId>>()

  constructor(plan: readonly Transfer[]) {
    for (const { from, to, minor } of plan) this.add(from, to, minor)
  }

  list(): readonly Transfer[] {
    return [...this.#steps.values()]
  }

  /** The first of those a party pays, by ids. */
  from(party: PartyId): readonly Transfer[] {
    const payees = [...(this.#payees.get(party) ?? [])].sort().slice(0, DETOUR_STEPS_MAX)
    return payees.map((payee) => this.#steps.get(`${party} ${payee}`)!)
  }

  /** The first of those that pay a party, by ids. */
  to(party: PartyId): readonly Transfer[] {
    const payers = [...(this.#payers.get(party) ?? [])].sort().slice(0, DETOUR_STEPS_MAX)
    return payers.map((payer) => this.#steps.get(`${payer} ${party}`)!)
  }

  has(from: PartyId, to: PartyId): boolean {
    return this.#steps.has(`${from} ${to}`)
  }

  /** Adds to a step, or makes it, or takes from the one in the other direction. */
  add(from: PartyId, to: PartyId, minor: bigint): void {
    if (from === to) return
    const rest = minor - this.reduce(to, from, minor)
    if (rest > 0n) this.#set(from, to, this.#minorOf(from, to) + rest)
  }

  /** Takes up to `minor` from a step, and says how much. */
  reduce(from: PartyId, to: PartyId, minor: bigint): bigint {
    const there = this.#minorOf(from, to)
    const taken = there < minor ? there : minor
    if (taken > 0n) this.#set(from, to, there - taken)
    return taken
  }

  #minorOf(from: PartyId, to: PartyId): bigint {
    return this.#steps.get(`${from} ${to}`)?.minor ?? 0n
  }

  #set(from: PartyId, to: PartyId, minor: bigint): void {
    if (minor > 0n) {
      this.#steps.set(`${from} ${to}`, { from, to, minor })
      setOf(this.#payees, from).add(to)
      setOf(this.#payers, to).add(from)
    } else {
      this.#steps.delete(`${from} ${to}`)
      setOf(this.#payees, from).delete(to)
      setOf(this.#payers, to).delete(from)
    }
  }
}

function setOf(sets: Map<PartyId, Set<PartyId>>, party: PartyId): Set<PartyId> {
  const set = sets.get(party) ?? new Set()
  sets.set(party, set)
  return set
}
