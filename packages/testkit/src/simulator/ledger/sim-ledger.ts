/**
 * The ledger of one space on one simulated device: the real view, a `Ledger` that follows it, and everything it answers.
 *
 * Bugs are planted here: in what the view folds or what the ledger hears, never in the product.
 */

import { encodeCbor } from '@hamlet/core'
import type { CborValue, Crypto, PersonId } from '@hamlet/core'
import { Ledger, ledgerView } from '@hamlet/expenses'
import type { LedgerChange } from '@hamlet/expenses'
import type { ContentEntry, Space } from '@hamlet/space'
import type { View, ViewDefinition, ViewRunner } from '@hamlet/space/view'
import type { PlantedBug } from '../world-options.ts'
import { frontierOf } from './space-contents.ts'

/** Later than any bill of a series is asked for. */
const SERIES_UNTIL = '2026-03-01'
const PAGE = 500
const NAMED = ['category', 'template', 'couple', 'budget'] as const
const MODES = ['minimal', 'pairwise', 'existing'] as const

export interface SimLedgerOptions {
  readonly crypto: Crypto
  readonly plantedBug: PlantedBug | undefined
}

/** What the runner of the device is given. */
export function simLedgerView({
  crypto,
  plantedBug,
}: SimLedgerOptions): ViewDefinition<LedgerChange> {
  const view = ledgerView((...parts) => crypto.hash(...parts))
  if (plantedBug === 'heeds-anyone') {
    return { ...view, fold: (entry, state) => view.fold(promoted(entry), state) }
  }
  if (plantedBug !== 'lossy-ledger') return view
  const fold: typeof view.fold = (entry, state) => {
    if (entry.type !== 'ledger.comment') view.fold(entry, state)
  }
  return { ...view, fold }
}

/** A planted bug: whoever takes a comment back may do so. */
function promoted(entry: ContentEntry): ContentEntry {
  return entry.type === 'ledger.uncomment' ? { ...entry, role: 'admin' } : entry
}

export class SimLedger {
  readonly space: Space
  readonly ledger: Ledger
  readonly view: View<LedgerChange>
  readonly #runner: ViewRunner
  readonly #crypto: Crypto

  /** `definition`: of {@link simLedgerView}, one of the runner's. */
  constructor(
    space: Space,
    runner: ViewRunner,
    definition: ViewDefinition<LedgerChange>,
    { crypto, plantedBug }: SimLedgerOptions,
  ) {
    this.space = space
    this.#runner = runner
    this.#crypto = crypto
    this.view = runner.view(definition)
    const followed = plantedBug === 'stale-ledger' ? unheard(this.view) : this.view
    this.ledger = new Ledger(followed, (...parts) => crypto.hash(...parts))
  }

  get person(): PersonId {
    return this.space.identity.person
  }

  members(): readonly PersonId[] {
    return this.space.members().map(({ person }) => person)
  }

  caughtUp(): Promise<void> {
    return this.#runner.caughtUp()
  }

  /** What is stored, as pairs in the order of keys. */
  async stored(): Promise<ReadonlyMap<string, CborValue>> {
    await this.#runner.caughtUp()
    const pairs = new Map<string, CborValue>()
    for await (const [key, value] of this.view.range('')) pairs.set(key, value)
    return pairs
  }

  /** Equal on two devices exactly when what their views hold is, and what their ledgers answer. */
  async hash(): Promise<Uint8Array> {
    const pairs = await this.stored()
    const answers = await this.answers()
    return this.#crypto.hash(encodeCbor([...pairs].flat()), encodeCbor(answers))
  }

  /** Of the ledger that was asked all along. */
  async answers(): Promise<string> {
    await this.#runner.caughtUp()
    return answersOf(this.ledger, this.space)
  }

  /** Of one that reads the same view for the first time. */
  async answersAnew(): Promise<string> {
    const anew = new Ledger(this.view, (...parts) => this.#crypto.hash(...parts))
    const answers = await answersOf(anew, this.space)
    anew.close()
    return answers
  }
}

/** Whatever a ledger can be asked that is the same for everybody, as text. */
async function answersOf(ledger: Ledger, space: Space): Promise<string> {
  const plans = []
  for (const mode of MODES) plans.push(await ledger.plan({ mode }))
  const named = []
  for (const kind of NAMED) named.push(await ledger.named(kind))
  const answers = {
    list: await ledger.list({ state: 'all', limit: PAGE }),
    balances: await ledger.balances(),
    converted: await ledger.convertedBalances({ code: 'EUR', exponent: 2 }),
    byCouple: await ledger.balances({ byCouple: true }),
    parties: await ledger.parties(),
    settings: await ledger.settings(),
    statistics: await ledger.statistics(),
    activity: await ledger.activity({ limit: PAGE }),
    series: await ledger.series(SERIES_UNTIL),
    locks: await ledger.locks(frontierOf(space)),
    imports: await ledger.imports(),
    ...{ plans, named },
  }
  return JSON.stringify(answers, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
}

/** A planted bug: nobody is told of changes. */
function unheard(view: View<LedgerChange>): View<LedgerChange> {
  return {
    name: view.name,
    local: view.local,
    get: (key) => view.get(key),
    getMany: (keys) => view.getMany(keys),
    range: (prefix, range) => view.range(prefix, range),
    subscribe: () => () => undefined,
  }
}
