/**
 * How likely it is that an object can be read, and that it is lost: the calculator that plans, reports and simulations
 * share.
 *
 * The idea: an object is there while at least `needed` of its holders are. How many are there at once is a sum of
 * independent yes-or-no variables, each with a chance of its own (a Poisson binomial), and its odds follow by adding one
 * holder after another. Holders that fail together, as a household does whose house burns down, are a domain: with the
 * chance `failure` none of it is there, otherwise each member by itself.
 *
 * 1. Chances are added and multiplied, never subtracted from one another: what is tiny keeps all its digits, which
 *    `1 - availability` would lose below 1e-16. So give chances of failing, not of working, where those are the small ones.
 * 2. Holders with a shard each. Whoever has two shards is a domain with two members, not two holders.
 *
 * Loss (as every system of this kind counts it): a device is lost with the rate a in a year, in a window of W days with
 * q = 1 - (1 - a)^(W/365); W is what it takes to notice, to wait, and to rebuild. Out of m that live when the window
 * begins, fewer than `needed` are left with the chance L = sum over i < needed of C(m,i) (1-q)^i q^(m-i), and in a year with
 * 1 - (1 - L)^(365/W). With eager repair a window begins with all of them; with lazy repair, at worst, with as many as
 * repair waits for. That takes windows one after the other; `yearlyLossOverlapping` takes one at every moment.
 */

import { assert } from '@hamlet/core'

export const DAYS_PER_YEAR = 365

/** Holders that may be gone all at once. */
export interface FailureDomain {
  /** Chance that all of it is gone, from 0 to 1. */
  readonly failure: number
  /** For each holder in it, the chance that it is gone although the domain is not. */
  readonly members: readonly number[]
}

export interface LossWindow {
  readonly needed: number
  /** Holders that live when the window begins. */
  readonly live: number
  /** Share of devices that are lost in a year, from 0 to 1. */
  readonly deviceYearlyLoss: number
  readonly windowDays: number
}

/** Chance that at least `needed` holders are there, each with a chance of its own. */
export function availability(needed: number, uptimes: readonly number[]): number {
  const odds = survivorOdds(holdersApart(uptimes.map((uptime) => 1 - uptime)))
  let sum = 0
  for (let count = odds.length - 1; count >= needed; count--) sum += odds[count]!
  return Math.min(1, sum)
}

/** Chance that fewer than `needed` holders are there; exact also where it is far below 1e-16. */
export function unavailability(needed: number, uptimes: readonly number[]): number {
  return chanceBelow(needed, holdersApart(uptimes.map((uptime) => 1 - uptime)))
}

/** Chance that fewer than `needed` members of all domains are there. */
export function chanceBelow(needed: number, domains: readonly FailureDomain[]): number {
  const odds = survivorOdds(domains)
  let sum = 0
  for (let count = 0; count < needed && count < odds.length; count++) sum += odds[count]!
  return Math.min(1, sum)
}

/** For each count from none to all, the chance that exactly so many are there. O(holders²). */
export function survivorOdds(domains: readonly FailureDomain[]): Float64Array {
  let odds = Float64Array.of(1)
  for (const { failure, members } of domains) {
    let inside = Float64Array.of(1)
    for (const member of members) inside = withHolder(inside, member)
    odds = withDomain(odds, failure, inside)
  }
  return odds
}

/** The odds with one holder more, which is gone with the chance `failure`. */
export function withHolder(
  odds: Float64Array<ArrayBuffer>,
  failure: number,
): Float64Array<ArrayBuffer> {
  assert(failure >= 0 && failure <= 1, `a chance lies between 0 and 1, got ${failure}`)
  const next = new Float64Array(odds.length + 1)
  for (let count = 0; count < odds.length; count++) {
    next[count]! += odds[count]! * failure
    next[count + 1]! += odds[count]! * (1 - failure)
  }
  return next
}

/** Each in a domain of its own that never fails as a whole. */
export function holdersApart(failures: readonly number[]): readonly FailureDomain[] {
  return failures.map((failure) => ({ failure: 0, members: [failure] }))
}

/** Of what is lost at this rate in a year, the share that is lost in so many days. */
export function lossInDays(yearlyLoss: number, days: number): number {
  assert(yearlyLoss >= 0 && yearlyLoss <= 1, `a chance lies between 0 and 1, got ${yearlyLoss}`)
  return -Math.expm1(Math.log1p(-yearlyLoss) * (days / DAYS_PER_YEAR))
}

/** Chance that an object is lost before the window ends. */
export function windowLoss({ needed, live, deviceYearlyLoss, windowDays }: LossWindow): number {
  const lost = lossInDays(deviceYearlyLoss, windowDays)
  return chanceBelow(needed, holdersApart(Array.from({ length: live }, () => lost)))
}

/** Chance that it is lost in a year of such windows. */
export function yearlyLoss(window: LossWindow): number {
  return windowedYear(windowLoss(window), window.windowDays)
}

/** As `yearlyLoss`, for domains whose chances are those of a year: households lost as a whole, devices each by itself. */
export function yearlyLossOfDomains(
  needed: number,
  domains: readonly FailureDomain[],
  windowDays: number,
): number {
  const inWindow = domains.map(({ failure, members }) => ({
    failure: lossInDays(failure, windowDays),
    members: members.map((member) => lossInDays(member, windowDays)),
  }))
  return windowedYear(chanceBelow(needed, inWindow), windowDays)
}

/** Chance of a year, given that of one window; `overlaps`: as if so many windows ran at a time. */
export function windowedYear(loss: number, windowDays: number, overlaps = 1): number {
  if (loss >= 1) return 1
  return -Math.expm1(((overlaps * DAYS_PER_YEAR) / windowDays) * Math.log1p(-loss))
}

/**
 * Chance that it is lost in a year if each lost holder is missing for a window that begins when it is lost, not when the
 * calendar says. The last of the j = live - needed + 1 losses that destroy an object must fall into a moment when the j - 1
 * others are missing: a rate of live · λ · P(j - 1 of the other live - 1 are missing), where λ = -ln(1 - a) a year and a
 * holder is missing with u = λW / (1 + λW). For rare losses about j times `yearlyLoss`.
 */
export function yearlyLossOverlapping(window: LossWindow): number {
  const { needed, live, deviceYearlyLoss, windowDays } = window
  if (live < needed) return 1
  const rate = -Math.log1p(-deviceYearlyLoss)
  const load = (rate * windowDays) / DAYS_PER_YEAR
  const missing = load / (1 + load)
  const others = survivorOdds(holdersApart(Array.from({ length: live - 1 }, () => missing)))
  const atTheEdge = others[needed - 1]!
  return -Math.expm1(-live * (1 - missing) * rate * atTheEdge)
}

function withDomain(
  odds: Float64Array<ArrayBuffer>,
  failure: number,
  inside: Float64Array,
): Float64Array<ArrayBuffer> {
  assert(failure >= 0 && failure <= 1, `a chance lies between 0 and 1, got ${failure}`)
  const next = new Float64Array(odds.length + inside.length - 1)
  for (let count = 0; count < odds.length; count++) {
    next[count]! += odds[count]! * failure
    for (let more = 0; more < inside.length; more++) {
      next[count + more]! += odds[count]! * (1 - failure) * inside[more]!
    }
  }
  return next
}
