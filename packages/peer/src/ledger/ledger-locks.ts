/**
 * Closing a period: a statement of what the balances were, by the entries this device has, and what others say of it.
 *
 * A lock names how much of each log was applied here; the balances are those of exactly these entries, so it does not
 * matter what arrives while they are computed. Who cannot read all of these entries, because they joined when the
 * history was not for newcomers, computes something else, and therefore says nothing.
 */

import { parseId } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import { LedgerError, parseCivilDate } from '@hamlet/expenses'
import type { AppliedLog, LedgerLock, LockedLog } from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import { defined, toAuthorship } from './body-mapper.ts'
import type { LedgerDeskParts } from './ledger-desk-parts.ts'
import { required, unknownError } from './ledger-input.ts'

export class LedgerLockDesk {
  readonly #parts: LedgerDeskParts

  constructor(parts: LedgerDeskParts) {
    this.#parts = parts
  }

  /** Oldest first. */
  async list(): Promise<readonly Api.LedgerLock[]> {
    return (await this.#locks()).map(toLock)
  }

  async lock(day: string, note: string): Promise<Api.LedgerLock> {
    const through = required(parseCivilDate(day), 'a last day, YYYY-MM-DD')
    const { runtime, writer } = this.#parts
    return await writer.act(async () => {
      const drafts = await writer.drafts()
      const frontier = this.#applied()
      await runtime.caughtUp()
      this.#requireReadable(frontier)
      const balances = await runtime.ledger.balancesHash(frontier)
      const statement = { kind: 'lock', through, frontier, balances, note } as const
      const [entry] = await writer.write([drafts.statement(statement)])
      return toLock(await this.#find(entry!.id))
    })
  }

  /**
   * A person's first word stands, as does that of whoever made the lock: a second is not written.
   * @throws LedgerError `LEDGER_LOCK_NEWER` while this device lacks entries the lock names, `LEDGER_LOCK_UNREADABLE` when it
   * cannot read them.
   */
  async sign(text: string): Promise<Api.LedgerLock> {
    const { runtime, writer } = this.#parts
    return await writer.act(async () => {
      const lock = await this.#find(parseId<EntryId>(text))
      const { person } = runtime.space.identity
      const said = [lock.by, ...lock.signatures]
      if (said.some((each) => each.person === person)) return toLock(lock)
      this.#requireReadable(lock.frontier)
      if (lock.agrees === undefined) {
        throw new LedgerError(
          'LEDGER_LOCK_NEWER',
          'This device does not have everything yet that the lock is about.',
        )
      }
      const drafts = await writer.drafts()
      const balances = await runtime.ledger.balancesHash(lock.frontier)
      await writer.write([drafts.statement({ kind: 'lock-sign', lock: lock.id, balances })])
      return toLock(await this.#find(lock.id))
    })
  }

  async #find(id: EntryId | undefined): Promise<LedgerLock> {
    const found = (await this.#locks()).find((lock) => lock.id === id)
    if (found === undefined) throw unknownError()
    return found
  }

  /** Judged by what was folded at least: the logs are measured before the view is waited for. */
  async #locks(): Promise<readonly LedgerLock[]> {
    const { runtime } = this.#parts
    const applied = this.#applied()
    await runtime.caughtUp()
    const locks = await runtime.ledger.locks(applied)
    return locks.map((lock) =>
      this.#isReadable(lock.frontier) ? lock : { ...lock, agrees: undefined },
    )
  }

  #requireReadable(frontier: readonly LockedLog[]): void {
    if (this.#isReadable(frontier)) return
    throw new LedgerError(
      'LEDGER_LOCK_UNREADABLE',
      'Some of what the balances are made of was written before you could read along.',
    )
  }

  #isReadable(frontier: readonly LockedLog[]): boolean {
    const { space } = this.#parts.runtime
    const named = new Map(frontier.map(({ device, count }) => [device, count]))
    return space.lockedEpochs(space.historyNames.lengthsOf(named)).length === 0
  }

  /** In ascending order of logs. */
  #applied(): readonly AppliedLog[] {
    const parts = this.#parts.runtime.space.historyParts()
    return parts.map(({ name, device, length }) => ({ device: name, of: device, count: length }))
  }
}

function toLock({ id, by, through, note, agrees, signatures }: LedgerLock): Api.LedgerLock {
  return { id, by: toAuthorship(by), through, note, ...defined({ agrees }), signatures }
}
