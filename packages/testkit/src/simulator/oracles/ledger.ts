/**
 * Ledgers: whoever has the same entries has the same ledger, and money neither appears nor vanishes in it.
 *
 * Asked of every device whose keys open everything: the same bytes in the view and the same answers to every question, also of
 * a ledger that is opened anew; of one of them, that its entries in any order fold to what it has, that any of them with
 * all they build on come to zero, and that a model (`ledger-model.ts`) says the same. At every write of the world
 * balances are asked for on the device that wrote (`findImbalance`).
 */

import { bytesToHex, encodeCbor, equalBytes } from '@hamlet/core'
import type { CborValue, Crypto, DeviceId } from '@hamlet/core'
import { Ledger } from '@hamlet/expenses'
import type { Balance } from '@hamlet/expenses'
import type { ContentEntry, Space } from '@hamlet/space'
import { MapView } from '../ledger/map-view.ts'
import { simLedgerView } from '../ledger/sim-ledger.ts'
import type { SimLedger } from '../ledger/sim-ledger.ts'
import { contentsOf } from '../ledger/space-contents.ts'
import type { Reached } from '../reached.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { PlantedBug } from '../world-options.ts'
import { entriesOf } from './causality.ts'
import { findLedgerModelDifference } from './ledger-model.ts'
import { findCopies, findWrongLock } from './ledger-once.ts'
import type { Judgement, Problem, Replica } from './problem.ts'

export interface LedgerMeans {
  readonly random: SeededRandom
  readonly reached: Reached
}

interface Keeper extends Replica {
  readonly ledger: SimLedger
}

const PREFIXES = 2

export async function findLedgerFault(
  judgement: Judgement,
  means: LedgerMeans,
): Promise<Problem | undefined> {
  const keepers = judgement.replicas.flatMap((replica): Keeper[] => {
    const { ledger, space } = replica.copy
    return ledger === undefined || space.ownRole === 'relay' ? [] : [{ ...replica, ledger }]
  })
  for (const { name, ledger } of keepers) {
    const problem = await findStale(judgement.slot, name, ledger)
    if (problem !== undefined) return problem
  }
  // Some newcomer may wait for an admin who is not here.
  const readers = keepers.filter(({ copy: { space } }) => isReleasedByAll(judgement, space))
  const [first] = readers
  if (first === undefined) return undefined
  return (
    (await findLedgerDivergence(judgement, readers)) ??
    (await findOrderDependence(judgement, first, means)) ??
    (await findUnbalancedPart(judgement, first, means)) ??
    (await findLedgerModelDifference(judgement, first, means.reached)) ??
    (await findCopies(judgement, first)) ??
    (await findWrongLock(judgement, first))
  )
}

/** What does not sum to zero, if anything. */
export async function findImbalance(
  { ledger }: SimLedger,
  planted: PlantedBug | undefined,
): Promise<string | undefined> {
  const balances = await ledger.balances()
  return imbalanceIn(planted === 'unbalanced' ? balances.slice(1) : balances)
}

function imbalanceIn(balances: readonly Balance[]): string | undefined {
  const sums = new Map<string, bigint>()
  for (const { currency, minor } of balances) {
    sums.set(currency.code, (sums.get(currency.code) ?? 0n) + minor)
  }
  const wrong = [...sums].find(([, sum]) => sum !== 0n)
  return wrong && `balances in ${wrong[0]} sum to ${wrong[1]}`
}

function isReleasedByAll(judgement: Judgement, { identity }: Space): boolean {
  return judgement.replicas.every(({ copy }) => copy.space.isReleasedTo(identity.person))
}

/** A ledger that has followed its view, against one that reads it for the first time. */
async function findStale(
  slot: number,
  name: string,
  ledger: SimLedger,
): Promise<Problem | undefined> {
  const [followed, anew] = [await ledger.answers(), await ledger.answersAnew()]
  if (followed === anew) return undefined
  return problem(slot, 'ledger anew', `${name} answers ${differenceOf(followed, anew)}`)
}

async function findLedgerDivergence(
  { slot }: Judgement,
  keepers: readonly Keeper[],
): Promise<Problem | undefined> {
  const [first, ...others] = keepers
  const hash = bytesToHex(await first!.ledger.hash())
  for (const other of others) {
    if (bytesToHex(await other.ledger.hash()) === hash) continue
    const stored = differingKey(await first!.ledger.stored(), await other.ledger.stored())
    const answers = differenceOf(await first!.ledger.answers(), await other.ledger.answers())
    const what = stored === undefined ? `answer ${answers}` : `keep ${stored}`
    return problem(slot, 'ledger', `${first!.name} and ${other.name} ${what}`)
  }
  return undefined
}

/** The same entries in a random order, which need not even be a causal one, and some of them twice. */
async function findOrderDependence(
  { slot, crypto, planted }: Judgement,
  { ledger, name, copy }: Keeper,
  { random, reached }: LedgerMeans,
): Promise<Problem | undefined> {
  const entries = contentsOf(copy.space)
  const view = new MapView(simLedgerView({ crypto, plantedBug: planted }))
  const shuffled = random.shuffle(entries)
  const again = shuffled.filter(() => random.chance(0.1))
  for (const entry of [...shuffled, ...again]) {
    view.fold(planted === 'order-bound' && random.chance(0.3) ? forgetful(entry) : entry)
  }
  const key = differingKey(await ledger.stored(), view.stored())
  if (key !== undefined) {
    return problem(slot, 'ledger order', `${name} folds to another state in another order: ${key}`)
  }
  if (entries.length > 0) reached.count('ledger folded anew')
  return undefined
}

/** With the planted bug some entries lose their place when they are folded. */
function forgetful(entry: ContentEntry): ContentEntry {
  return { ...entry, time: { ...entry.time, counter: entry.time.counter + 1 } }
}

/** Some of each log, and all that this builds on, in an order of its own. */
async function findUnbalancedPart(
  { slot, crypto, planted }: Judgement,
  { name, copy }: Keeper,
  { random }: LedgerMeans,
): Promise<Problem | undefined> {
  for (let i = 0; i < PREFIXES; i++) {
    const lengths = closedPrefix(copy.space, random)
    const entries = contentsOf(copy.space).filter((entry) => {
      return entry.seq < (lengths.get(entry.log ?? entry.device) ?? 0)
    })
    const wrong = await imbalanceOf(crypto, planted, random.shuffle(entries))
    if (wrong === undefined) continue
    return problem(slot, 'ledger sum', `${name} with ${entries.length} of its entries: ${wrong}`)
  }
  return undefined
}

async function imbalanceOf(
  crypto: Crypto,
  plantedBug: PlantedBug | undefined,
  entries: readonly ContentEntry[],
): Promise<string | undefined> {
  const view = new MapView(simLedgerView({ crypto, plantedBug }))
  for (const entry of entries) view.fold(entry)
  return imbalanceIn(await new Ledger(view, (...parts) => crypto.hash(...parts)).balances())
}

/** By log, how much of it; closed under what entries name as seen. */
function closedPrefix(space: Space, random: SeededRandom): ReadonlyMap<DeviceId, number> {
  const lengths = new Map<DeviceId, number>()
  for (const [log, length] of space.appliedLengths()) lengths.set(log, random.int(0, length))
  const logOfId = new Map<string, { readonly log: DeviceId; readonly seq: number }>()
  const all = [...entriesOf(space)]
  for (const { id, log, device, seq } of all) logOfId.set(id, { log: log ?? device, seq })
  for (let isStable = false; !isStable;) {
    isStable = true
    for (const { log, device, seq, deps } of all) {
      if (seq >= (lengths.get(log ?? device) ?? 0)) continue
      for (const dep of deps) {
        const at = logOfId.get(dep.id)
        if (at === undefined || at.seq < (lengths.get(at.log) ?? 0)) continue
        lengths.set(at.log, at.seq + 1)
        isStable = false
      }
    }
  }
  return lengths
}

/** The first key under which they hold something else. */
function differingKey(
  a: ReadonlyMap<string, CborValue>,
  b: ReadonlyMap<string, CborValue>,
): string | undefined {
  for (const key of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const [x, y] = [a.get(key), b.get(key)]
    if (x === undefined || y === undefined) return key
    if (!equalBytes(encodeCbor(x), encodeCbor(y))) return key
  }
  return undefined
}

/** Where two texts part. */
function differenceOf(a: string, b: string): string {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const from = Math.max(0, at - 60)
  return `${a.slice(from, at + 60)} against ${b.slice(from, at + 60)}`
}

function problem(slot: number, oracle: string, detail: string): Problem {
  return { oracle, detail: `space ${slot}: ${detail}` }
}
