/**
 * What there must be one of, and what an honest lock states: one bill for each day a series is due, one copy of each row of a
 * file however many have imported it, and balances that everybody computes who has what the lock names.
 *
 * What hostile people wrote is left out: they may enter what they like.
 */

import type { DeviceId } from '@hamlet/core'
import type { LedgerExpense } from '@hamlet/expenses'
import type { SimLedger } from '../ledger/sim-ledger.ts'
import { frontierOf, readsEverything } from '../ledger/space-contents.ts'
import type { Judgement, Problem, Replica } from './problem.ts'

type Keeper = Replica & { readonly ledger: SimLedger }

export async function findCopies(
  { slot, hostile }: Judgement,
  { name, ledger }: Keeper,
): Promise<Problem | undefined> {
  const { expenses } = await ledger.ledger.list({ state: 'all', limit: 500 })
  const seen = new Set<string>()
  for (const expense of expenses) {
    const origin = originOf(expense)
    if (origin === undefined || isBy(hostile, expense)) continue
    if (seen.has(origin)) {
      return { oracle: 'ledger once', detail: `space ${slot}: ${name} has two of ${origin}` }
    }
    seen.add(origin)
  }
  return undefined
}

/** Of a bill that nobody typed. */
function originOf({ body: { origin } }: LedgerExpense): string | undefined {
  if (origin === undefined) return undefined
  return origin.kind === 'series' ? `bill due ${origin.due}` : `row ${origin.line}`
}

function isBy(devices: ReadonlySet<DeviceId>, { created, updated }: LedgerExpense): boolean {
  return devices.has(created.device) || devices.has(updated.device)
}

/** Where nothing became void since: what is void counted when the lock was written. */
export async function findWrongLock(
  { slot, hostile, forked }: Judgement,
  { name, ledger }: Keeper,
): Promise<Problem | undefined> {
  if (forked.size > 0 || !readsEverything(ledger.space)) return undefined
  for (const { id, by, agrees } of await ledger.ledger.locks(frontierOf(ledger.space))) {
    const isLie = hostile.has(by.device)
    if (isLie || agrees === true) continue
    const detail = `space ${slot}: ${name} does not find what lock ${id.slice(0, 8)} states`
    return { oracle: 'ledger locks', detail }
  }
  return undefined
}
