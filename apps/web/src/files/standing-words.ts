/** What people have given and taken, in words: three facts with what they rest on, and never one number. Pure. */

import type { PersonStanding, StandingFraud, StandingReason } from '@hamlet/http/api'
import { nameOr } from '../format/people.ts'
import { percentText, sizeText } from '../format/sizes.ts'
import type { MembersById, ShareWords } from './share-words.ts'

/** Who gave most comes first; of those who are even, whoever is here longest. */
export function inOrder(standings: readonly PersonStanding[]): readonly PersonStanding[] {
  return standings.toSorted(
    (a, b) => b.balanceBytes - a.balanceBytes || a.memberSinceMs - b.memberSinceMs,
  )
}

export function balanceWords(balanceBytes: number, { texts, locale }: ShareWords): string {
  const { standing: words } = texts
  if (balanceBytes === 0) return words.even
  const size = sizeText(Math.abs(balanceBytes), locale)
  return balanceBytes > 0 ? words.ahead(size) : words.behind(size)
}

/** Where the balance ends, from the middle of a bar: -1 to 1. `most`: the largest of anybody. */
export function balancePart(balanceBytes: number, most: number): number {
  return most <= 0 ? 0 : Math.max(-1, Math.min(1, balanceBytes / most))
}

const SOME = 0.1
const MUCH = 0.5

/** What counts for the one who looks; nothing is said of oneself. */
export function standingFacts(
  standing: PersonStanding,
  { texts, locale }: ShareWords,
): readonly string[] {
  const { standing: words } = texts
  const { isSelf, contribution, reliability, reasons, givenBytes } = standing
  if (isSelf) return []
  const amount =
    contribution <= 0
      ? 'none'
      : contribution < SOME
        ? 'little'
        : contribution < MUCH
          ? 'some'
          : 'much'
  const hasServed =
    givenBytes > 0 || reasons.some(({ kind }) => kind === 'served' || kind === 'failed')
  return [
    words.contribution[amount],
    hasServed ? words.reliability(percentText(reliability, 1, locale)) : words.reliabilityUnknown,
  ]
}

/** `gave Ben 1.2 GB` */
export function reasonWords(
  { kind, other, bytes }: StandingReason,
  members: MembersById,
  { texts, locale }: ShareWords,
): string {
  const { standing: words } = texts
  const member = members.get(other)
  const name =
    member === undefined ? words.somebody : member.self ? words.you : nameOr(member.name, texts)
  return words.reasons[kind](name, sizeText(bytes, locale))
}

export function fraudWords(
  { kind, detail, isForgiven }: StandingFraud,
  { texts }: ShareWords,
): string {
  const { standing: words } = texts
  const isKnown = (each: string): each is keyof typeof words.frauds =>
    Object.hasOwn(words.frauds, each)
  const what = isKnown(kind) ? words.frauds[kind] : words.otherFraud(kind)
  if (!isForgiven) return what
  return `${what} ${detail === '' ? words.forgiven : words.forgivenFor(detail)}`
}
