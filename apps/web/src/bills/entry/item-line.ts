/**
 * One item of a bill on one line: `Pizza 24 ann ben`.
 *
 *     line   = title amount { person [ "*" weight ] }
 *
 * The amount is the last word that looks like one; what stands before it is the title, what comes after it are people. No
 * people: everybody who takes part. `ann*2` counts twice. A negative amount is a discount. The title may be left out.
 */

import { looksLikeAmount, readAmount } from './amount-reading.ts'
import type { PeopleIndex } from './people-index.ts'
import type { Problem } from './problems.ts'

export interface ItemShare {
  readonly party: string
  readonly weight: number
}

export interface ItemReading {
  readonly title: string
  readonly amountMinor: number | undefined
  /** As it was typed. */
  readonly amount: string
  /** Empty: everybody of the bill. */
  readonly shares: readonly ItemShare[]
  readonly problem: Problem | undefined
}

const WEIGHTED = /^(.+?)[*×]([1-9][0-9]{0,3})$/u
const BETWEEN = new Set(['and', 'und', '&', '+', ',', ';', 'für', 'for'])

/** `everybody`: whom `all` stands for. */
export function readItem(
  line: string,
  people: PeopleIndex,
  exponent: number,
  everybody: readonly string[],
): ItemReading {
  const tokens = line.split(/\s+/u).filter((token) => token !== '')
  const at = tokens.findLastIndex(looksLikeAmount)
  if (at < 0) {
    const problem = { where: 'item', what: 'itemAmount', isMissing: true } as const
    return { title: tokens.join(' '), amountMinor: undefined, amount: '', shares: [], problem }
  }
  const title = tokens.slice(0, at).join(' ')
  const amount = tokens[at]!
  const reading = readAmount(amount, exponent)
  if (reading.kind !== 'amount') {
    const what = reading.kind === 'wrong' ? reading.what : 'amountEmpty'
    const problem = { where: 'item', what, text: amount } as const
    return { title, amountMinor: undefined, amount, shares: [], problem }
  }
  const shares = readShares(tokens.slice(at + 1), people, everybody)
  const { minor } = reading
  if ('what' in shares) return { title, amountMinor: minor, amount, shares: [], problem: shares }
  return { title, amountMinor: minor, amount, shares: shares.list, problem: undefined }
}

/** The line that reads as this item. */
export function itemToLine(
  item: { readonly title: string; readonly shares: readonly ItemShare[] },
  amount: string,
  people: PeopleIndex,
): string {
  const who = item.shares.map(({ party, weight }) => {
    const token = people.tokenOf(party)
    return weight === 1 ? token : `${token}*${weight}`
  })
  return [item.title, amount, ...who].filter((word) => word !== '').join(' ')
}

function readShares(
  tokens: readonly string[],
  people: PeopleIndex,
  everybody: readonly string[],
): { readonly list: readonly ItemShare[] } | Problem {
  const weights = new Map<string, number>()
  for (const token of tokens) {
    const weighted = WEIGHTED.exec(token)
    const name = (weighted?.[1] ?? token).replace(/(.)[,;]+$/u, '$1')
    const weight = weighted === null ? 1 : Number(weighted[2])
    const match = people.find(name)
    if (match.kind === 'none' && BETWEEN.has(token.toLowerCase())) continue
    if (match.kind === 'none') return { where: 'item', what: 'personUnknown', text: name }
    if (match.kind === 'several') {
      return { where: 'item', what: 'personSeveral', text: name, names: match.names }
    }
    for (const id of match.kind === 'all' ? everybody : [match.id]) {
      weights.set(id, weight)
    }
  }
  return { list: [...weights].map(([party, weight]) => ({ party, weight })) }
}
