/** Problems and sums of a form in words. */

import type { Currency } from '@hamlet/http/api'
import { useApp } from '../../app-context.tsx'
import { joinNames, nameOr } from '../../format/people.ts'
import { moneyText } from '../money-text.ts'
import type { Problem, ProblemPlace } from './problems.ts'
import { useEntry } from './use-bill-entry.ts'

export interface BillWords {
  /** In the currency of the bill. */
  readonly money: (minor: number) => string
  readonly moneyIn: (minor: number, currency: Currency) => string
  /** `Ann (you)` for oneself. */
  readonly nameOf: (party: string) => string
  readonly names: (parties: readonly string[]) => string
  readonly say: (problem: Problem) => string
  /** What is to be said beside a part of the form now: what is missing only once saving was tried. */
  readonly beside: (where: ProblemPlace, key?: string) => string | undefined
}

export function useBillWords(): BillWords {
  const { words } = useApp()
  const { form, people, ledger, reading, isTried } = useEntry()
  const { texts, locale } = words
  const moneyIn = (minor: number, currency: Currency) => moneyText(minor, currency, locale)
  const money = (minor: number) => moneyIn(minor, form.currency)
  const bareName = (party: string) => {
    const kept = ledger.parties.find(({ id }) => id === party)?.name
    return nameOr(people.has(party) ? people.nameOf(party) : (kept ?? ''), texts)
  }
  const nameOf = (party: string) => {
    const name = bareName(party)
    return party === ledger.self ? texts.billForm.you(name) : name
  }
  const say = ({ what, text, minor, names }: Problem) => {
    const isPercent = what === 'percentMissing' || what === 'percentOver'
    const typed = isPercent ? percent(Number(text), locale) : (text ?? '')
    const first = minor === undefined ? typed : money(minor)
    const about = what === 'negative' ? nameOf(first) : first
    return texts.billForm.problems[what](about, orNames(names ?? [], locale))
  }
  const beside = (where: ProblemPlace, key?: string) => {
    const problem = reading.problems.find(
      (each) => each.where === where && each.key === key && (isTried || each.isMissing !== true),
    )
    return problem === undefined ? undefined : say(problem)
  }
  const names = (parties: readonly string[]) => joinNames(parties.map(nameOf), locale)
  return { money, moneyIn, nameOf, names, say, beside }
}

function percent(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }).format(value)
}

function orNames(names: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: 'disjunction' }).format(names)
}
