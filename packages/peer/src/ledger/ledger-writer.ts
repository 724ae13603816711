/**
 * Writing to a ledger: one act after the other, each on top of what the one before has written.
 *
 * A version names the versions it replaces. Two quick edits that read the same heads would be two versions side by side,
 * for somebody to choose among; so an act begins when the one before is folded, and reads the heads then.
 *
 * Invariant: a version that would say what the record says already is not written.
 */

import { encodeCbor, equalBytes } from '@hamlet/core'
import type { Random } from '@hamlet/core'
import { bytesToLedgerId, LEDGER_ID_BYTES, recordBodyToCbor } from '@hamlet/expenses'
import type {
  LedgerDrafts,
  LedgerId,
  RecordBodies,
  RecordHeads,
  RecordKind,
} from '@hamlet/expenses'
import { SpaceError } from '@hamlet/space'
import type { ContentDraft, Entry } from '@hamlet/space'
import type { SpaceRuntime } from '../space-runtime.ts'

/** Of a record that is not there yet. */
export const NO_HEADS: RecordHeads = { replaces: [], depth: 0 }

export class LedgerWriter {
  readonly #runtime: SpaceRuntime
  readonly #random: Random
  #acts: Promise<unknown> = Promise.resolve()

  constructor(runtime: SpaceRuntime, random: Random) {
    this.#runtime = runtime
    this.#random = random
  }

  newId(): LedgerId {
    return bytesToLedgerId(this.#random.bytes(LEDGER_ID_BYTES))
  }

  /** Does `work` when everything written before it is there to be read. */
  act<T>(work: () => Promise<T>): Promise<T> {
    const act = this.#acts.then(async () => {
      await this.#runtime.caughtUp()
      return await work()
    })
    this.#acts = act.catch(() => undefined)
    return act
  }

  /** What this person may write now. @throws SpaceError `SPACE_NOT_MEMBER` */
  async drafts(): Promise<LedgerDrafts> {
    const { ledger, space } = this.#runtime
    const role = space.ownRole
    if (role === undefined) throw new SpaceError('SPACE_NOT_MEMBER', 'not a member of this space')
    return await ledger.drafts(role)
  }

  /** A version over all heads; none when the record says this already. Only within an act. */
  async draft<Kind extends RecordKind>(
    kind: Kind,
    id: LedgerId,
    body: RecordBodies[Kind],
  ): Promise<readonly ContentDraft[]> {
    const { ledger } = this.#runtime
    const heads = await ledger.heads(kind, id)
    const current = await ledger.record(kind, id)
    const isSaid = current !== undefined && heads.replaces.length === 1
    if (isSaid && isSame(kind, current, body)) return []
    return [(await this.drafts()).record(kind, id, body, heads)]
  }

  async put<Kind extends RecordKind>(
    kind: Kind,
    id: LedgerId,
    body: RecordBodies[Kind],
  ): Promise<void> {
    await this.write(await this.draft(kind, id, body))
  }

  /** All of them or none. @throws SpaceError as `Space.append` */
  async write(drafts: readonly ContentDraft[]): Promise<readonly Entry[]> {
    return drafts.length === 0 ? [] : await this.#runtime.write(...drafts)
  }

  /** As `write` of one draft, unless this device wrote under the same key before. */
  async writeOnce(key: string, draft: ContentDraft): Promise<void> {
    await this.#runtime.writeOnce(key, async () => draft)
  }
}

function isSame<Kind extends RecordKind>(
  kind: Kind,
  a: RecordBodies[Kind],
  b: RecordBodies[Kind],
): boolean {
  return equalBytes(encodeCbor(recordBodyToCbor(kind, a)), encodeCbor(recordBodyToCbor(kind, b)))
}
