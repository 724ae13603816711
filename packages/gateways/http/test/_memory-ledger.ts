/**
 * The ledger of one space in the shared memory: the real fold and the real `Ledger`, over entries that nobody signs and
 * everybody has at once.
 */

import { createHash } from 'node:crypto'
import { bytesToId, utf8 } from '@hamlet/core'
import type { DeviceId, EntryId, EpochId, PersonId } from '@hamlet/core'
import { HybridClock } from '@hamlet/crdt'
import { bytesToLedgerId, Ledger, ledgerView } from '@hamlet/expenses'
import type { AppliedLog, LedgerDrafts, LedgerId } from '@hamlet/expenses'
import type { ContentDraft } from '@hamlet/space'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import type { ViewRunner } from '@hamlet/space/view'
import { createMemoryKv } from '@hamlet/store'

import type { Role } from '../src/hamlet-api.ts'

export interface LedgerAuthor {
  readonly person: string
  readonly device: string
  readonly role: Role
}

export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const sha256 = createHash('sha256')
  for (const part of parts) sha256.update(part)
  return Uint8Array.from(sha256.digest())
}

export class MemoryLedger {
  readonly #source = new MemoryViewSource()
  readonly #clock: HybridClock
  readonly #nameOf: (person: string) => string
  readonly #lengths = new Map<string, number>()
  #opened: Promise<{ readonly runner: ViewRunner; readonly ledger: Ledger }> | undefined
  #acts: Promise<unknown> = Promise.resolve()
  #ids = 0

  constructor(nowMs: () => number, nameOf: (person: string) => string) {
    this.#clock = new HybridClock({ wall: nowMs })
    this.#nameOf = nameOf
  }

  async read(): Promise<Ledger> {
    return (await this.#open()).ledger
  }

  /** One act after the other: what it reads is what it writes over. */
  act<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
    const act = this.#acts.then(async () => await work(await this.read()))
    this.#acts = act.catch(() => undefined)
    return act
  }

  /** Only within an act. */
  async write(author: LedgerAuthor, drafts: readonly ContentDraft[]): Promise<readonly EntryId[]> {
    const { runner } = await this.#open()
    const entries = drafts.map((draft) => this.#entry(author, draft))
    this.#source.add(...entries)
    await runner.caughtUp()
    return entries.map(({ id }) => id)
  }

  async drafts(author: LedgerAuthor): Promise<LedgerDrafts> {
    const { role } = author
    return await (await this.read()).drafts(role === 'relay' ? 'reader' : role)
  }

  /** How much of each log there is. */
  applied(): readonly AppliedLog[] {
    const logs = [...this.#source.lengths()].map(([device, count]) => ({ device, count }))
    return logs.sort((a, b) => (a.device < b.device ? -1 : 1))
  }

  newId(): LedgerId {
    return bytesToLedgerId(hash(utf8(`memory ledger ${++this.#ids}`)))
  }

  #entry({ person, device, role }: LedgerAuthor, draft: ContentDraft) {
    const seq = this.#lengths.get(device) ?? 0
    this.#lengths.set(device, seq + 1)
    return {
      ...draft,
      id: bytesToId<EntryId>(hash(utf8(`entry ${device} ${seq}`))),
      device: device as DeviceId,
      person: person as PersonId,
      seq,
      time: this.#clock.now(),
      epoch: bytesToId<EpochId>(hash(utf8('epoch'))),
      role,
    }
  }

  #open() {
    this.#opened ??= (async () => {
      const view = ledgerView(hash)
      const runner = await openViewRunner({
        source: this.#source,
        kv: createMemoryKv(),
        views: [view],
      })
      await runner.caughtUp()
      return { runner, ledger: new Ledger(runner.view(view), hash, { nameOf: this.#nameOf }) }
    })()
    return this.#opened
  }
}
