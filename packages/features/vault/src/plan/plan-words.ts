/**
 * A solution in sentences: as data, which faces translate, and in English. What is most often asked comes first: does it do
 * what I want, what does it cost, what does it withstand.
 */

import { chanceText, percentText, singular } from './goal.ts'
import type { LossKind } from './goal.ts'
import type { Shortfall } from './shortfalls.ts'
import type { Solution, VaultPlan } from './solve.ts'

export type PlanStatement =
  | { readonly says: 'refused' }
  | { readonly says: 'scheme'; readonly needed: number; readonly total: number }
  | { readonly says: 'cost'; readonly times: number; readonly bytesEach: number }
  | { readonly says: 'readable'; readonly share: number }
  | { readonly says: 'survives'; readonly losses: number; readonly of: LossKind }
  | { readonly says: 'loss'; readonly yearlyLoss: number }
  | Shortfall

export function describeSolution({ plan, shortfalls }: Solution): readonly PlanStatement[] {
  return plan === undefined
    ? [{ says: 'refused' }, ...shortfalls]
    : [...describePlan(plan), ...shortfalls]
}

/** Of people, households and devices what survives is said of people, and of the others where it differs. */
function describePlan(plan: VaultPlan): readonly PlanStatement[] {
  const { needed, total, cost, shardBytes, readable, yearlyLoss, survives } = plan
  const kinds: readonly LossKind[] = ['people', 'households', 'devices']
  return [
    { says: 'scheme', needed, total },
    { says: 'cost', times: cost, bytesEach: shardBytes },
    { says: 'readable', share: readable },
    ...kinds
      .filter((of) => of === 'people' || survives[of] !== survives.people)
      .map((of) => ({ says: 'survives', losses: survives[of], of }) as const),
    { says: 'loss', yearlyLoss },
  ]
}

export function statementText(statement: PlanStatement): string {
  if ('short' in statement) return shortfallText(statement)
  switch (statement.says) {
    case 'refused':
      return 'nobody has room for it'
    case 'scheme':
      return `any ${statement.needed} of ${counted(statement.total, 'holder')} give it back`
    case 'cost':
      return `costs ${rounded(statement.times)} times its size, ${statement.bytesEach} bytes each`
    case 'readable':
      return `readable ${sharesText(statement.share)} of the time from them alone`
    case 'survives':
      return `survives losing any ${countedKind(statement.losses, statement.of)}`
    case 'loss':
      return `lost with a chance of ${likelihoodText(statement.yearlyLoss)} a year`
  }
}

function shortfallText(shortfall: Shortfall): string {
  switch (shortfall.short) {
    case 'people':
    case 'devices':
    case 'households': {
      const { needed, there, short } = shortfall
      return `needs ${countedKind(needed, short)}; ${thereText(there)}`
    }
    case 'uptime': {
      const { holders, uptime, there } = shortfall
      const who = counted(holders, 'holder')
      return `needs ${who} online at least ${percentText(uptime)} of the time; ${thereText(there)}`
    }
    case 'room': {
      const { people, bytesEach, there } = shortfall
      const who = counted(people, 'holder')
      return `needs ${who} with room for ${bytesEach} bytes each; ${thereText(there)}`
    }
    case 'cost':
      return `would cost ${rounded(shortfall.cost)} times the size`
    case 'loss':
      return `at best it is lost with a chance of ${likelihoodText(shortfall.yearlyLoss)} a year`
  }
}

function thereText(count: number): string {
  return count === 1 ? 'there is 1' : `there are ${count}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function countedKind(count: number, kind: LossKind): string {
  return `${count} ${count === 1 ? singular(kind) : kind}`
}

function rounded(times: number): string {
  return String(Number(times.toFixed(2)))
}

/** Rounded down, but for the last bits of a sum: nobody is promised more than there is. */
function sharesText(share: number): string {
  const percents = Math.floor(share * 1_000_000 + 1e-6) / 10_000
  return percentText(percents / 100)
}

function likelihoodText(chance: number): string {
  return chance < 0.01 && chance > 0 ? `1 in ${roundedTimes(1 / chance)}` : chanceRounded(chance)
}

/** Two digits are all that the assumptions carry. */
function roundedTimes(times: number): string {
  return times < 1e15 ? String(Number(times.toPrecision(2))) : 'more than 1000000000000000'
}

function chanceRounded(chance: number): string {
  return chance === 0 ? chanceText(0) : percentText(Number(chance.toPrecision(2)))
}
