/** The two lines of a bill in a list: who paid, and what it means to the person who reads. */

import type { Expense } from '@hamlet/http/api'
import { joinNames } from '../format/people.ts'
import { sizeText } from './money-text.ts'
import { ownPart } from './own-part.ts'
import type { OwnPart } from './own-part.ts'
import type { LedgerWords } from './use-bills.ts'

export function payersText(
  bill: Expense,
  { names, locale, texts: { bills } }: LedgerWords,
): string {
  const payers = [...new Set(bill.paid.map(({ party }) => names.resolve(party)))]
  const alone = payers.length === 1 ? payers[0] : undefined
  const selfAlone = alone !== undefined && names.isSelf(alone)
  const list = joinNames(
    payers.map((party) => names.nameOf(party)),
    locale,
  )
  if (bill.kind === 'income') return selfAlone ? bills.youGot : bills.got(list)
  if (bill.kind === 'expense') return selfAlone ? bills.youPaid : bills.paid(list)
  const takers = [...new Set(bill.owed.map(({ party }) => names.resolve(party)))]
  const taken = joinNames(
    takers.map((party) => names.nameOf(party)),
    locale,
  )
  if (selfAlone) return bills.youPaidTo(taken)
  const toSelf = takers.length === 1 && takers.every((party) => names.isSelf(party))
  return toSelf ? bills.paidYou(list) : bills.transfer(list, taken)
}

export function ownPartText(bill: Expense, words: LedgerWords): string {
  const part = ownPart(bill, words.names)
  return partText(part, bill, words)
}

function partText(
  part: OwnPart,
  { currency }: Expense,
  { locale, texts: { bills } }: LedgerWords,
): string {
  if (part.kind === 'none') return bills.notInvolved
  if (part.kind === 'even') return bills.even
  const sum = sizeText(part.minor, currency, locale)
  switch (part.kind) {
    case 'lent':
      return bills.lent(sum)
    case 'owe':
      return bills.owe(sum)
    case 'paid':
      return bills.partPaid(sum)
    case 'got':
      return bills.partGot(sum)
  }
}
