/** How people of a space stand, as this person sees it: three facts, each with what it rests on. */

import type { PersonId } from '@hamlet/core'
import type { Contribution, CreditBook, Fraud } from '@hamlet/files/credits'
import type * as Api from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { OpenSpace } from '../space-registry.ts'
import type { PeerAccounts } from './peer-accounts.ts'

/** Receipts shown of one person. */
const REASONS_MAX = 100

/** Of everybody in the space, or of one. @throws PeerError `PERSON_NOT_FOUND` */
export async function personStandings(
  { runtime }: OpenSpace,
  accounts: Pick<PeerAccounts, 'receiptsIn' | 'outcomes' | 'clocks'>,
  asked: { readonly nowMs: number; readonly person: string | undefined },
): Promise<readonly Api.PersonStanding[]> {
  const { space } = runtime
  const { nowMs, person } = asked
  const members = space.members().filter((each) => person === undefined || each.person === person)
  if (person !== undefined && members.length === 0) {
    throw new PeerError('PERSON_NOT_FOUND', 'Nobody in this space is this person.')
  }
  const book = await runtime.credits(nowMs, accounts.receiptsIn(space.id))
  const viewer = space.identity.person
  const standings = book.standings(viewer, accounts.outcomes, nowMs)
  return members.map((member): Api.PersonStanding => {
    const { contribution, reliability } = standings.of(member.person)
    const isSelf = member.person === viewer
    const clockAheadMs = isSelf
      ? accounts.clocks.own?.aheadMs
      : accounts.clocks.aheadOf((device) => space.deviceOwner(device as never) === member.person)
    return {
      person: member.person,
      isSelf,
      contribution: contribution.value,
      reliability: reliability.value,
      memberSinceMs: member.joinedAtMs,
      givenBytes: bytesOf(book, ({ payee }) => payee === member.person),
      takenBytes: bytesOf(book, ({ payer }) => payer === member.person),
      balanceBytes: Number(book.balance(member.person)),
      ...(clockAheadMs === undefined ? {} : { clockAheadMs }),
      reasons: reasonsOf(book, member.person),
      frauds: book.frauds.filter(({ people }) => people.includes(member.person)).map(toFraud),
    }
  })
}

function bytesOf(book: CreditBook, isOne: (contribution: Contribution) => boolean): number {
  return book.sheet.contributions.filter(isOne).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The newest first. */
function reasonsOf(book: CreditBook, person: PersonId): readonly Api.StandingReason[] {
  const reasons = book.sheet.contributions.flatMap(({ payer, payee, receipts }) => {
    if (payer !== person && payee !== person) return []
    const kind = payee === person ? ('given' as const) : ('taken' as const)
    const other = payee === person ? payer : payee
    return receipts.map(({ receipt: { totalBytes: bytes, windowEndMs: atMs } }) => {
      return { kind, other, bytes, atMs }
    })
  })
  return reasons.sort((a, b) => b.atMs - a.atMs).slice(0, REASONS_MAX)
}

function toFraud({ proof, cleared }: Fraud): Api.StandingFraud {
  return {
    kind: proof.kind,
    detail: cleared.map(({ note }) => note).join('; '),
    atMs: (proof.kind === 'conflict' ? proof.second : proof.receipt).windowEndMs,
    isForgiven: cleared.length > 0,
  }
}
