/**
 * Who paid, on one line: `ann 30 ben 24`.
 *
 *     line   = { person [ amount ] }
 *
 * An empty line is: I paid all of it. Who stands without an amount shares alike in what the others leave of the bill's
 * amount. Words between people (`and`, `&`) and marks after names are passed over.
 */

import { looksLikeAmount, readAmount } from './amount-reading.ts'
import type { PeopleIndex } from './people-index.ts'
import type { Problem } from './problems.ts'

export interface PayersOptions {
  readonly exponent: number
  /** What is to be paid; unknown: what the payers come to. */
  readonly amountMinor: number | undefined
}

export interface PaidPart {
  readonly party: string
  /** Absent while it is not known. */
  readonly amountMinor: number | undefined
  /** As it was typed; empty for the rest. */
  readonly text: string
}

export interface PayersReading {
  /** In the order of the line. */
  readonly parts: readonly PaidPart[]
  /** What they paid, when everybody's part is known. */
  readonly totalMinor: number | undefined
  readonly problem: Problem | undefined
}

interface Named {
  readonly party: string
  typedMinor: number | undefined
  text: string
}

const BETWEEN = new Set(['and', 'und', '&', '+', ',', ';'])

export function readPayers(
  line: string,
  people: PeopleIndex,
  options: PayersOptions,
): PayersReading {
  const read = readNames(line, people, options.exponent)
  if (!Array.isArray(read)) return { parts: [], totalMinor: undefined, problem: read }
  const typedMinor = read.reduce((sum, each) => sum + (each.typedMinor ?? 0), 0)
  const open = read.filter((each) => each.typedMinor === undefined)
  const restMinor = options.amountMinor === undefined ? undefined : options.amountMinor - typedMinor
  const rests = restMinor === undefined ? [] : divideEvenly(restMinor, open.length)
  const parts = read.map(({ party, typedMinor: typed, text }) => ({
    party,
    amountMinor: typed ?? (restMinor !== undefined && restMinor > 0 ? rests.shift() : undefined),
    text,
  }))
  return {
    parts,
    totalMinor: totalOf(parts),
    problem: problemOf(read.length, open, restMinor, people),
  }
}

function problemOf(
  count: number,
  open: readonly Named[],
  restMinor: number | undefined,
  people: PeopleIndex,
): Problem | undefined {
  if (count === 0) return { where: 'payers', what: 'nobody', isMissing: true }
  if (restMinor === undefined) return undefined
  if (open.length > 0 && restMinor <= 0) {
    return { where: 'payers', what: 'paidNothing', text: people.nameOf(open[0]!.party) }
  }
  if (open.length > 0 || restMinor === 0) return undefined
  return restMinor > 0
    ? { where: 'payers', what: 'paidMissing', minor: restMinor }
    : { where: 'payers', what: 'paidOver', minor: -restMinor }
}

function readNames(line: string, people: PeopleIndex, exponent: number): Named[] | Problem {
  const named: Named[] = []
  let last: Named | undefined
  for (const token of tokensOf(line)) {
    if (looksLikeAmount(token)) {
      const problem = takeAmount(token, last, exponent)
      if (problem !== undefined) return problem
      continue
    }
    const match = people.find(token)
    if (match.kind === 'none' && BETWEEN.has(token.toLowerCase())) continue
    if (match.kind === 'none') return { where: 'payers', what: 'personUnknown', text: token }
    if (match.kind === 'several') {
      return { where: 'payers', what: 'personSeveral', text: token, names: match.names }
    }
    for (const id of match.kind === 'all' ? people.people.map((each) => each.id) : [match.id]) {
      // The second word of a name is the same person.
      last = named.find(({ party }) => party === id)
      if (last === undefined) named.push((last = { party: id, typedMinor: undefined, text: '' }))
    }
  }
  if (named.length > 0 || !people.has(people.self)) return named
  return [{ party: people.self, typedMinor: undefined, text: '' }]
}

function takeAmount(token: string, last: Named | undefined, exponent: number): Problem | undefined {
  if (last === undefined) return { where: 'payers', what: 'amountFirst', text: token }
  const reading = readAmount(token, exponent)
  if (reading.kind === 'wrong') return { where: 'payers', what: reading.what, text: token }
  if (reading.kind === 'empty' || reading.minor <= 0) {
    return { where: 'payers', what: 'amountNotPositive', text: token }
  }
  last.typedMinor = (last.typedMinor ?? 0) + reading.minor
  last.text = `${last.text} ${token}`.trim()
  return undefined
}

/** Words of a line; a sign between name and amount, and marks after a word, part them. */
function tokensOf(line: string): readonly string[] {
  return line
    .split(/[\s=:]+/u)
    .map((token) => (token.length > 1 ? token.replace(/[,;]+$/u, '') : token))
    .filter((token) => token !== '')
}

function totalOf(parts: readonly PaidPart[]): number | undefined {
  let total = 0
  for (const { amountMinor } of parts) {
    if (amountMinor === undefined) return undefined
    total += amountMinor
  }
  return parts.length === 0 ? undefined : total
}

/** Whole units that differ by one at most, the larger ones first. */
export function divideEvenly(minor: number, count: number): number[] {
  const base = Math.floor(minor / Math.max(count, 1))
  return Array.from({ length: count }, (_, place) => base + (place < minor - base * count ? 1 : 0))
}
