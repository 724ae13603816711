/**
 * One way to cheat each: who does what, and what it must not gain them. A scenario runs a world and returns what it measured,
 * with every bound that was broken in words.
 */

import type { Crypto } from '@hamlet/core'
import {
  conflictProof,
  contributionFlow,
  contributionGraph,
  encodeClaim,
  encodeFraudProof,
  STEP_BYTES_MIN,
  sumOf,
} from '@hamlet/files/credits'
import type { Receipt } from '@hamlet/files/credits'
import { inventReceipt } from './credit-person.ts'
import type { CreditPerson } from './credit-person.ts'
import { CreditWorld, latestOf, MIB, ROUNDS_PER_DAY, shuffled } from './credit-world.ts'

export interface ScenarioSize {
  readonly honest: number
  readonly days: number
}

export interface ScenarioReport {
  readonly name: string
  readonly about: string
  /** What cheats got in a day, as a share of what honest people got; `undefined` where it says nothing. */
  readonly service: number | undefined
  /** Bytes the cheats count for together, at most, for any honest person. */
  readonly gainBytes: number
  /** Bytes honest people really got from them. */
  readonly boundBytes: number
  /** The most that one honest person gave somebody who did not sign. */
  readonly lossBytes: number
  readonly caught: string
  readonly problems: readonly string[]
}

interface Cast {
  readonly world: CreditWorld
  readonly honest: readonly CreditPerson[]
  readonly size: ScenarioSize
}

interface Told {
  readonly cheats: readonly CreditPerson[]
  readonly caught?: string
  readonly problems?: readonly string[]
  /** Most service that the cheats may get, as a share of that of honest people. */
  readonly serviceMax?: number
}

interface Scenario {
  readonly name: string
  readonly about: string
  run(cast: Cast): Promise<Told>
}

const INVENTED_BYTES = 2 ** 30
const LEECH: { readonly uploads: false; readonly signs: true } = { uploads: false, signs: true }
const FREE_RIDER: { readonly uploads: false; readonly signs: false } = {
  uploads: false,
  signs: false,
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'honest',
    about: 'everybody gives and signs; a newcomer joins on the second day',
    run: runHonest,
  },
  { name: 'leech', about: 'signs for everything and gives nothing', run: runLeech },
  { name: 'free-rider', about: 'takes and never signs', run: runFreeRider },
  {
    name: 'self-dealer',
    about: 'gives a little, and signs a gibibyte among five keys of its own each day',
    run: runSelfDealer,
  },
  {
    name: 'ring',
    about: 'three who give, and sign each other a gibibyte a day in a circle',
    run: runRing,
  },
  {
    name: 'whitewasher',
    about: 'takes, never signs, and comes back every day under a new name',
    run: runWhitewasher,
  },
  {
    name: 'slanderer',
    about: 'says of everybody that they failed, and writes proofs of nothing',
    run: runSlanderer,
  },
  {
    name: 'replayer',
    about: 'shows old receipts and old claims again and again',
    run: runReplayer,
  },
  {
    name: 'forker',
    about: 'signs two histories with an accomplice and shows each to half of the group',
    run: runForker,
  },
]

export async function runScenario(
  crypto: Crypto,
  scenario: Scenario,
  seed: number,
  size: ScenarioSize,
): Promise<ScenarioReport> {
  const world = new CreditWorld(crypto, seed)
  const honest = Array.from({ length: size.honest }, (_, i) => world.join(`honest ${i}`))
  const {
    cheats,
    caught = '',
    problems = [],
    serviceMax,
  } = await scenario.run({ world, honest, size })
  const service = serviceOf(world, honest, cheats)
  const gainBytes = Math.max(0, ...honest.map((viewer) => jointGain(world, viewer, cheats)))
  const boundBytes = world.realGivenBytes(cheats)
  const found = [
    ...problems,
    ...check(gainBytes <= boundBytes, `cheats count for ${gainBytes}, and gave ${boundBytes}`),
    ...check(sumOf(world.book.sheet.balances) === 0n, 'balances do not come to nothing'),
    ...check(
      world.lossBytesMax <= STEP_BYTES_MIN,
      `${world.lossBytesMax} bytes were lost to one cheat`,
    ),
    ...check(
      serviceMax === undefined || service === undefined || service <= serviceMax,
      `cheats got ${service} of what others got`,
    ),
    ...convergenceProblems(world),
  ]
  return {
    name: scenario.name,
    about: scenario.about,
    service,
    gainBytes,
    boundBytes,
    lossBytes: world.lossBytesMax,
    caught,
    problems: found,
  }
}

async function runHonest({ world, honest, size }: Cast): Promise<Told> {
  await world.runDay()
  const newcomer = world.join('newcomer')
  const joinedRound = world.round
  for (let day = 1; day < size.days; day++) await world.runDay()
  const waited = (newcomer.firstServedRound ?? Number.POSITIVE_INFINITY) - joinedRound
  const knows = honest.filter((viewer) => world.rank(viewer, newcomer) > 0).length
  return {
    cheats: [],
    caught: `newcomer served in round ${waited}, known to ${knows} of ${honest.length}`,
    problems: [
      ...check(waited <= ROUNDS_PER_DAY, `a newcomer waited ${waited} rounds`),
      ...check(knows > honest.length / 2, `a newcomer is known to ${knows} after all days`),
      ...check(world.book.frauds.length === 0, 'somebody honest was accused'),
      ...check(
        honest.every((each) => each.receivedBytes > 0),
        'somebody honest got nothing',
      ),
    ],
  }
}

async function runLeech({ world, size }: Cast): Promise<Told> {
  const leech = world.join('leech', LEECH)
  for (let day = 0; day < size.days; day++) await world.runDay()
  const balance = world.book.balance(leech.person)
  return {
    cheats: [leech],
    caught: `owes ${Number(-balance) / MIB} MiB`,
    serviceMax: 0.6,
    problems: check(balance === BigInt(-leech.receivedBytes), 'a debt is not what was received'),
  }
}

async function runFreeRider({ world, honest, size }: Cast): Promise<Told> {
  const rider = world.join('free-rider', FREE_RIDER)
  for (let day = 0; day < size.days; day++) await world.runDay()
  const most = honest.length * STEP_BYTES_MIN
  return {
    cheats: [rider],
    caught: `got ${rider.receivedBytes / MIB} MiB in all`,
    problems: check(
      rider.receivedBytes <= most,
      `got ${rider.receivedBytes}, more than a step of each`,
    ),
  }
}

async function runSelfDealer({ world, size }: Cast): Promise<Told> {
  const first = world.join('self-dealer', FREE_RIDER)
  const giver = world.join('self-dealer who gives')
  const keys = [first, giver, ...[1, 2, 3].map((i) => world.join(`sybil ${i}`, FREE_RIDER))]
  for (let day = 0; day < size.days; day++) {
    invent(world, pairsOf(keys), day)
    await world.runDay()
  }
  const claimed = world.book.sheet.contributions.filter(({ payer, payee }) => {
    return (
      keys.some(({ person }) => person === payer) && keys.some(({ person }) => person === payee)
    )
  })
  const bytes = claimed.reduce((sum, each) => sum + each.bytes, 0)
  return { cheats: keys, caught: `signed themselves ${Math.round(bytes / 2 ** 30)} GiB` }
}

async function runRing({ world, size }: Cast): Promise<Told> {
  const ring = [0, 1, 2].map((i) => world.join(`ring ${i}`))
  const circle = ring.map((payer, i) => ({ payer, payee: ring[(i + 1) % ring.length]! }))
  for (let day = 0; day < size.days; day++) {
    invent(world, circle, day)
    await world.runDay()
  }
  const balances = ring.map(({ person }) => world.book.balance(person))
  const largest = balances.reduce((most, each) => (each > most ? each : most))
  return {
    cheats: ring,
    caught: `the circle leaves them at most ${Number(largest) / MIB} MiB of credit`,
  }
}

async function runWhitewasher({ world, honest, size }: Cast): Promise<Told> {
  const names: CreditPerson[] = []
  const problems: string[] = []
  for (let day = 0; day < size.days; day++) {
    const name = world.join(`whitewasher ${day}`, FREE_RIDER)
    names.push(name)
    await world.runDay()
    const best = Math.max(...honest.map((viewer) => world.rank(viewer, name)))
    problems.push(...check(best === 0, 'a new name has a standing'))
    problems.push(
      ...check(
        name.receivedBytes <= honest.length * STEP_BYTES_MIN,
        'a name got more than a step of each',
      ),
    )
    world.leave(name)
  }
  const most = Math.max(...names.map((name) => name.receivedBytes))
  return { cheats: names, caught: `at most ${most / MIB} MiB a name`, problems }
}

async function runSlanderer({ world, honest, size }: Cast): Promise<Told> {
  const slanderer = world.join('slanderer')
  for (let day = 0; day < size.days; day++) await world.runDay()
  const before = ranksOf(world, honest)
  for (const other of honest) {
    const outcome = { person: other.person, kind: 'failed', what: 'feedback' } as const
    for (let i = 0; i < 50; i++) slanderer.outcomes.push({ ...outcome, atMs: world.nowMs })
    const receipt = latestOf(world, slanderer, other)
    if (receipt === undefined) continue
    const proof = conflictProof(world.crypto, receipt, { ...receipt, totalBytes: 1 })
    world.write({ kind: 'proof', proof, bytes: encodeFraudProof(proof) })
  }
  await world.look()
  const isSame = JSON.stringify(ranksOf(world, honest)) === JSON.stringify(before)
  return {
    cheats: [slanderer],
    caught: `${world.book.frauds.length} of ${honest.length} accusations believed`,
    problems: [
      ...check(isSame, 'slander changed what others think'),
      ...check(world.book.frauds.length === 0, 'a proof of nothing was believed'),
    ],
  }
}

async function runReplayer({ world, honest, size }: Cast): Promise<Told> {
  const replayer = world.join('replayer')
  const old: Receipt[] = []
  for (let day = 0; day < size.days; day++) {
    await world.runDay()
    old.push(...replayer.earned())
  }
  const before = new Map(world.book.sheet.balances)
  for (const receipt of old) world.write({ kind: 'receipt', receipt })
  let accepted = 0
  for (const receipt of old) {
    const payer = world.people.find(({ device }) => device === receipt.payer)!
    const { payeeSignature: _, ...claimed } = receipt
    const claim = encodeClaim({ receipts: [{ receipt: claimed, pieces: [0] }], settled: undefined })
    const verdict = replayer.payeeOf(payer).accept(claim, world.nowMs, () => world.film.sizeBytes)
    if (verdict.ok && verdict.increaseBytes > 0) accepted++
  }
  await world.look()
  const isSame = [...before].every(
    ([holder, balance]) => world.book.sheet.balances.get(holder) === balance,
  )
  return {
    cheats: [replayer],
    caught: `${accepted} of ${old.length} counted again`,
    problems: [
      ...check(isSame && accepted === 0, 'a receipt counted twice'),
      ...check(old.length > honest.length, 'there was nothing to replay'),
    ],
  }
}

async function runForker({ world, honest, size }: Cast): Promise<Told> {
  const [forker, accomplice] = [world.join('forker'), world.join('accomplice')]
  for (let day = 0; day < size.days; day++) await world.runDay()
  const previous = latestOf(world, forker, accomplice)
  const histories = [1, 2].map((share): Receipt => {
    const totalBytes = (previous?.totalBytes ?? 0) + share * MIB * 4
    const claim = { swarm: world.film, totalBytes, atMs: world.nowMs }
    const sides = { payer: forker, payee: accomplice }
    return inventReceipt(
      world.crypto,
      world.group,
      sides,
      previous === undefined ? claim : { ...claim, previous },
    )
  })
  const shown = world.entries.length
  for (const receipt of histories) world.write({ kind: 'receipt', receipt })
  const [one, other] = [world.entries[shown]!, world.entries[shown + 1]!]
  const halves = [
    await world.bookOf(world.entries.filter((entry) => entry !== other)),
    await world.bookOf(world.entries.filter((entry) => entry !== one)),
  ]
  await world.look()
  const flows = honest.map((viewer) => flowWithout(world, viewer, forker))
  return {
    cheats: [forker, accomplice],
    caught: `unseen by halves, proven once they meet: ${world.book.frauds[0]?.people.length ?? 0} named`,
    problems: [
      ...check(
        halves.every((half) => half.frauds.length === 0),
        'half of the receipts proved something',
      ),
      ...check(world.book.frauds[0]?.people.length === 2, 'the fork was not proven'),
      ...check(
        flows.every((bytes) => bytes === 0),
        'a proven cheat counts on the word of others',
      ),
    ],
  }
}

/** What others say of somebody, the viewer's own receipts aside. */
function flowWithout(world: CreditWorld, viewer: CreditPerson, other: CreditPerson): number {
  const standing = world.book.standings(viewer.person, [], world.nowMs).of(other.person)
  const own = world.book.sheet.contributions.find(({ payer, payee }) => {
    return payer === viewer.person && payee === other.person
  })
  return standing.contribution.bytes - (own?.bytes ?? 0)
}

function invent(
  world: CreditWorld,
  pairs: readonly { readonly payer: CreditPerson; readonly payee: CreditPerson }[],
  day: number,
): void {
  for (const sides of pairs) {
    const previous =
      day === 0
        ? undefined
        : invented.get(world)?.get(`${sides.payer.device}/${sides.payee.device}`)
    const totalBytes = (previous?.totalBytes ?? 0) + INVENTED_BYTES
    const claim = { swarm: world.film, totalBytes, atMs: world.nowMs }
    const receipt = inventReceipt(
      world.crypto,
      world.group,
      sides,
      previous === undefined ? claim : { ...claim, previous },
    )
    const known = invented.get(world) ?? new Map<string, Receipt>()
    invented.set(world, known.set(`${receipt.payer}/${receipt.payee}`, receipt))
    world.write({ kind: 'receipt', receipt })
  }
}

const invented = new WeakMap<CreditWorld, Map<string, Receipt>>()

function pairsOf(people: readonly CreditPerson[]) {
  return people.flatMap((payer) =>
    people.filter((payee) => payee !== payer).map((payee) => ({ payer, payee })),
  )
}

/** What the cheats count for, taken together, as one honest person sees it. */
function jointGain(
  world: CreditWorld,
  viewer: CreditPerson,
  cheats: readonly CreditPerson[],
): number {
  const graph = contributionGraph(viewer.person, world.book.sheet.contributions)
  return contributionFlow(
    graph,
    cheats.map(({ person }) => person),
  ).bytes
}

function serviceOf(
  world: CreditWorld,
  honest: readonly CreditPerson[],
  cheats: readonly CreditPerson[],
): number | undefined {
  if (cheats.length === 0) return undefined
  const perDay = (people: readonly CreditPerson[]) => {
    const each = people.map(
      ({ receivedBytes, joinedDay }) => receivedBytes / Math.max(1, world.day - joinedDay),
    )
    return each.reduce((sum, bytes) => sum + bytes, 0) / people.length
  }
  return perDay(cheats) / perDay(honest)
}

function ranksOf(world: CreditWorld, people: readonly CreditPerson[]): readonly number[] {
  return people.flatMap((viewer) => people.map((other) => world.rank(viewer, other)))
}

/** In three other orders the space comes to the same. */
function convergenceProblems(world: CreditWorld): readonly string[] {
  const expected = digest(world, world.entries)
  return [1, 2, 3].flatMap(() => {
    const order = shuffled(world.entries, world.random)
    return check(digest(world, order) === expected, 'another order gave something else')
  })
}

function digest(
  world: CreditWorld,
  entries: CreditWorld['entries'] | readonly CreditWorld['entries'][number][],
): string {
  const kept = [...world.foldOf(entries)].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(
    kept.map(([key, value]) => [key, value instanceof Uint8Array ? [...value] : value]),
  )
}

function check(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem]
}
