/**
 * The records of a ledger in memory, as they now are: what every query is a pass over.
 *
 * Loaded once from the view (one range for each kind), then kept up by reading again what the view says has changed. All
 * that is derived from it (order, links, effects, balances) is computed when asked for and kept until the next change.
 */

import type { CborValue } from '@hamlet/core'
import type { ViewReader } from '@hamlet/space/view'
import type { LedgerId } from '../party.ts'
import { LedgerCarriers } from './carriers.ts'
import { readClosedPeriods } from './closed-periods.ts'
import type { ClosedPeriod } from './closed-periods.ts'
import { currentKey, currentPrefix } from './keys.ts'
import type { LedgerChange } from './ledger-fold.ts'
import { RECORD_KINDS } from './record-bodies.ts'
import type { RecordKind } from './record-bodies.ts'
import { decodeCurrent } from './records.ts'
import type { CurrentRecord } from './records.ts'
import { LedgerTalk } from './ledger-talk.ts'

type Shelf<Kind extends RecordKind> = Map<LedgerId, CurrentRecord<Kind>>
type Shelves = { readonly [Kind in RecordKind]: Shelf<Kind> }

export class LedgerBook {
  readonly #view: ViewReader
  #shelves: Shelves = emptyShelves()
  #talk: LedgerTalk
  #carriers: LedgerCarriers
  #closedPeriods: readonly ClosedPeriod[] = []
  #revision = 0

  private constructor(view: ViewReader) {
    this.#view = view
    this.#talk = new LedgerTalk(view)
    this.#carriers = new LedgerCarriers(view)
  }

  static async load(view: ViewReader): Promise<LedgerBook> {
    const book = new LedgerBook(view)
    await book.reload()
    return book
  }

  /** Another number after every change. */
  get revision(): number {
    return this.#revision
  }

  get talk(): LedgerTalk {
    return this.#talk
  }

  get carriers(): LedgerCarriers {
    return this.#carriers
  }

  get closedPeriods(): readonly ClosedPeriod[] {
    return this.#closedPeriods
  }

  all<Kind extends RecordKind>(kind: Kind): ReadonlyMap<LedgerId, CurrentRecord<Kind>> {
    return this.#shelves[kind]
  }

  get<Kind extends RecordKind>(kind: Kind, id: LedgerId): CurrentRecord<Kind> | undefined {
    return this.#shelves[kind].get(id)
  }

  async reload(): Promise<void> {
    const shelves = emptyShelves()
    for (const kind of RECORD_KINDS) {
      const prefix = currentPrefix(kind)
      for await (const [key, stored] of this.#view.range(prefix)) {
        put(shelves, kind, key.slice(prefix.length) as LedgerId, stored)
      }
    }
    const talk = new LedgerTalk(this.#view)
    await talk.load()
    const carriers = new LedgerCarriers(this.#view)
    await carriers.load()
    this.#closedPeriods = await readClosedPeriods(this.#view)
    this.#shelves = shelves
    this.#talk = talk
    this.#carriers = carriers
    this.#revision++
  }

  async take(changes: readonly LedgerChange[]): Promise<void> {
    const records = changes.filter((change) => change.kind === 'record')
    const stored = await this.#view.getMany(records.map(({ record, id }) => currentKey(record, id)))
    records.forEach(({ record, id }, i) => {
      if (stored[i] !== undefined) put(this.#shelves, record, id, stored[i])
    })
    const again = records.filter(({ isAgain }) => isAgain === true)
    await this.#carriers.take(new Set(again.map(({ id }) => id)))
    const talked = changes.filter((change) => change.kind === 'talk')
    await this.#talk.take(new Set(talked.map(({ expense }) => expense)))
    if (changes.some(({ kind }) => kind === 'lock')) {
      this.#closedPeriods = await readClosedPeriods(this.#view)
    }
    this.#revision++
  }
}

function emptyShelves(): Shelves {
  return Object.fromEntries(RECORD_KINDS.map((kind) => [kind, new Map()])) as unknown as Shelves
}

function put<Kind extends RecordKind>(
  shelves: Shelves,
  kind: Kind,
  id: LedgerId,
  stored: CborValue,
): void {
  const shelf: Shelf<Kind> = shelves[kind]
  shelf.set(id, decodeCurrent(kind, id, stored))
}
