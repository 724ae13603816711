/** Closing a period and countersigning: only by whoever can read everything that has been written so far. */

import type { ContentDraft } from '@hamlet/space'
import type { LedgerActor } from './ledger-actor.ts'
import { frontierOf, readsEverything } from './space-contents.ts'

/** A lock of all there is; with the planted bug it states the balances of nothing. */
export async function draftLock(actor: LedgerActor): Promise<readonly ContentDraft[]> {
  const { drafts, ledger, today, plantedBug } = actor
  const { space } = ledger
  if (!readsEverything(space) || space.forkPoints().length > 0) return []
  const frontier = frontierOf(space)
  await ledger.caughtUp()
  const stated = plantedBug === 'wrong-lock' ? [] : frontier
  const balances = await ledger.ledger.balancesHash(stated)
  return [drafts.statement({ kind: 'lock', through: today, frontier, balances, note: '' })]
}

/** Of a lock that this device agrees with. */
export async function draftSignature({
  drafts,
  ledger,
  random,
}: LedgerActor): Promise<readonly ContentDraft[]> {
  const locks = await ledger.ledger.locks(frontierOf(ledger.space))
  const right = locks.filter(({ agrees }) => agrees === true)
  if (right.length === 0) return []
  const { id, balances } = random.pick(right)
  return [drafts.statement({ kind: 'lock-sign', lock: id, balances })]
}
