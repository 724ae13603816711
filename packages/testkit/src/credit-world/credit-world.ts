/**
 * A seeded world of people who give each other bytes for receipts, some of them to cheat.
 *
 * Time goes in rounds, six to a day. In each round everybody asks everybody for a mebibyte; each uploader has four slots and
 * gives them by `slotOrder`, from what they know of the others; accounts sign, judge and agree with real keys. At the end of a
 * day receipts go into the space as entries, everybody folds them, and standings are found anew. Nothing waits for a clock or
 * a network: what is tested here is what people can gain by lying, not how messages get lost (`accounts.prop.test.ts`).
 */

import { bytesToHex, bytesToId } from '@hamlet/core'
import type { CborValue, Crypto, DeviceId, PersonId, SpaceId } from '@hamlet/core'
import {
  bytesToDigest,
  CreditBook,
  creditDraft,
  encodeReceipt,
  foldCredit,
  rankOf,
  slotOrder,
} from '@hamlet/files/credits'
import type { CreditContent, Receipt, SwarmFacts, SwarmId } from '@hamlet/files/credits'
import type { ContentEntry } from '@hamlet/space'
import { CausalWorld } from '../causal-world.ts'
import type { CausalDevice } from '../causal-world.ts'
import { SeededRandom } from '../simulator/seeded-random.ts'
import { CreditPerson, HONEST } from './credit-person.ts'
import type { Behaviour } from './credit-person.ts'

export const ROUNDS_PER_DAY = 6
export const SLOTS = 4
export const MIB = 2 ** 20
const PIECES_PER_SLOT = 4
const DAY_MS = 24 * 3_600_000
const START_MS = 1_800_000_000_000

export class CreditWorld {
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly group: SpaceId
  readonly people: CreditPerson[] = []
  readonly entries: ContentEntry[] = []
  readonly film: SwarmFacts
  book!: CreditBook
  round = 0
  /** The most that anybody ever gave somebody who never signed. */
  lossBytesMax = 0
  readonly #devices = new Map<DeviceId, PersonId>()
  readonly #ranks = new Map<string, number>()
  readonly #writer: CausalDevice
  readonly #causal = new CausalWorld()
  readonly #published = new Map<string, number>()
  readonly #pieces = new Map<string, number>()

  constructor(crypto: Crypto, seed: number) {
    this.crypto = rememberVerified(crypto)
    this.random = new SeededRandom(seed)
    this.group = bytesToId<SpaceId>(this.random.bytes(32))
    this.film = { swarm: bytesToDigest<SwarmId>(this.random.bytes(32)), sizeBytes: 2 ** 40 }
    this.#causal.wallMs = START_MS
    this.#writer = this.#causal.device('space', 'space')
  }

  get nowMs(): number {
    return START_MS + (this.round * DAY_MS) / ROUNDS_PER_DAY
  }

  get day(): number {
    return Math.floor(this.round / ROUNDS_PER_DAY)
  }

  join(name: string, behaviour: Behaviour = HONEST): CreditPerson {
    const person = new CreditPerson({
      crypto: this.crypto,
      random: this.random.fork(name),
      group: this.group,
      name,
      behaviour,
      joinedDay: this.day,
      personOf: (device) => this.personOf(device),
    })
    this.#devices.set(person.device, person.person)
    this.people.push(person)
    return person
  }

  leave(person: CreditPerson): void {
    this.people.splice(this.people.indexOf(person), 1)
  }

  personOf(device: DeviceId): PersonId | undefined {
    return this.#devices.get(device)
  }

  /** A day of giving, then what it came to goes into the space. */
  async runDay(): Promise<void> {
    for (let i = 0; i < ROUNDS_PER_DAY; i++) this.#runRound()
    this.publish()
    await this.look()
  }

  publish(): void {
    for (const person of this.people) {
      for (const receipt of person.earned()) {
        const key = `${receipt.payer}/${receipt.payee}`
        if (this.#published.get(key) === receipt.seq) continue
        this.#published.set(key, receipt.seq)
        this.write({ kind: 'receipt', receipt })
      }
    }
  }

  write(content: CreditContent): void {
    this.#causal.wallMs = this.nowMs
    this.entries.push(this.#writer.writeDraft(creditDraft(content)))
  }

  /** Everybody folds what the space has, and thinks anew of everybody. */
  async look(): Promise<void> {
    this.book = await this.bookOf(this.entries)
    for (const viewer of this.people) {
      const standings = this.book.standings(viewer.person, viewer.outcomes, this.nowMs)
      for (const other of this.people) {
        this.#ranks.set(`${viewer.person}/${other.person}`, rankOf(standings.of(other.person)))
      }
    }
  }

  async bookOf(entries: readonly ContentEntry[]): Promise<CreditBook> {
    const members = { personOf: (device: DeviceId) => this.personOf(device) }
    const view = { range: rangeOf(this.foldOf(entries)) }
    return CreditBook.load(view, { crypto: this.crypto, members, nowMs: this.nowMs })
  }

  /** What the fold makes of entries in this order. */
  foldOf(entries: readonly ContentEntry[]): ReadonlyMap<string, CborValue> {
    const kept = new Map<string, CborValue>()
    const state = {
      get: (key: string) => kept.get(key),
      put: (key: string, value: CborValue) => void kept.set(key, value),
      emit: () => undefined,
    }
    for (const entry of entries) foldCredit(this.crypto, this.group, entry, state)
    return kept
  }

  rank(viewer: CreditPerson, other: CreditPerson): number {
    return this.#ranks.get(`${viewer.person}/${other.person}`) ?? 0
  }

  /** Bytes that really went over to somebody from people outside a group of accomplices. */
  realGivenBytes(givers: readonly CreditPerson[]): number {
    const accomplices = new Set(givers.map(({ person }) => person))
    return this.people
      .filter(({ person }) => !accomplices.has(person))
      .flatMap(({ received }) => givers.map(({ person }) => received.get(person) ?? 0))
      .reduce((sum, bytes) => sum + bytes, 0)
  }

  #runRound(): void {
    this.round++
    for (const uploader of this.people) {
      if (uploader.behaviour.uploads) this.#serve(uploader)
    }
  }

  #serve(uploader: CreditPerson): void {
    const waiting = this.people
      .filter((other) => other !== uploader && this.#mayServe(uploader, other))
      .map((other) => ({
        peer: other.device,
        rank: this.rank(uploader, other),
        servedMs: uploader.servedRounds.get(other.person) ?? -1,
        turnMs: uploader.turnRounds.get(other.person) ?? -1,
      }))
    for (const { peer, by } of slotOrder(waiting, SLOTS)) {
      const other = this.people.find(({ device }) => device === peer)!
      if (by === 'turn') uploader.turnRounds.set(other.person, this.round)
      this.#give(uploader, other)
    }
  }

  /** As the swarm engine: a step may be unsigned, and no byte more. */
  #mayServe(uploader: CreditPerson, other: CreditPerson): boolean {
    const unsigned = uploader.unsigned.get(other.person) ?? 0
    return unsigned + PIECES_PER_SLOT * 262_144 <= uploader.payeeOf(other).stepBytes
  }

  #give(from: CreditPerson, to: CreditPerson): void {
    const key = `${from.person}/${to.person}`
    const first = this.#pieces.get(key) ?? 0
    this.#pieces.set(key, first + PIECES_PER_SLOT)
    const pieces = Array.from({ length: PIECES_PER_SLOT }, (_, i) => first + i)
    const payee = from.payeeOf(to)
    for (const piece of pieces) payee.sent(this.film, piece)
    from.unsigned.set(to.person, (from.unsigned.get(to.person) ?? 0) + MIB)
    from.servedRounds.set(to.person, this.round)
    to.received.set(from.person, (to.received.get(from.person) ?? 0) + MIB)
    to.firstServedRound ??= this.round
    to.outcomes.push({ person: from.person, kind: 'served', atMs: this.nowMs, what: 'chunk' })
    if (to.behaviour.signs) this.#settle(from, to, pieces)
    else this.lossBytesMax = Math.max(this.lossBytesMax, from.unsigned.get(to.person)!)
  }

  #settle(from: CreditPerson, to: CreditPerson, pieces: readonly number[]): void {
    const payer = to.payerTo(from)
    payer.received(this.film, pieces, this.nowMs)
    payer.sign(this.nowMs)
    const verdict = from.payeeOf(to).accept(payer.claim()!, this.nowMs, () => this.film.sizeBytes)
    if (!verdict.ok) throw new Error(`an honest claim was refused: ${verdict.reason}`)
    payer.answered(encodeReceipt(verdict.receipt))
    from.unsigned.set(to.person, from.unsigned.get(to.person)! - verdict.increaseBytes)
  }
}

export function latestOf(
  world: CreditWorld,
  payer: CreditPerson,
  payee: CreditPerson,
): Receipt | undefined {
  return world.book.receipts.find(
    (each) => each.payer === payer.device && each.payee === payee.device,
  )
}

export function shuffled<T>(list: readonly T[], random: SeededRandom): readonly T[] {
  const mixed = [...list]
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = random.int(0, i)
    ;[mixed[i], mixed[other]] = [mixed[other]!, mixed[i]!]
  }
  return mixed
}

/** Everybody in the world judges the same signatures: each is checked once. */
function rememberVerified(crypto: Crypto): Crypto {
  const known = new Map<string, boolean>()
  const verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
    const key = bytesToHex(crypto.hash(publicKey, signature, message))
    const isValid = known.get(key) ?? crypto.verify(publicKey, message, signature)
    known.set(key, isValid)
    return isValid
  }
  return { ...bindAll(crypto), verify }
}

/** The methods of an object that may keep them on its class. */
function bindAll(crypto: Crypto): Crypto {
  return {
    hash: (...parts) => crypto.hash(...parts),
    hmac: (...parts) => crypto.hmac(...parts),
    hkdf: (...parts) => crypto.hkdf(...parts),
    signer: (...parts) => crypto.signer(...parts),
    verify: (...parts) => crypto.verify(...parts),
    verifyP256: (...parts) => crypto.verifyP256(...parts),
    agreementKey: (...parts) => crypto.agreementKey(...parts),
    agree: (...parts) => crypto.agree(...parts),
    encrypt: (...parts) => crypto.encrypt(...parts),
    decrypt: (...parts) => crypto.decrypt(...parts),
  }
}

function rangeOf(kept: ReadonlyMap<string, CborValue>) {
  return async function* range(prefix: string): AsyncGenerator<readonly [string, CborValue]> {
    for (const [key, value] of kept) if (key.startsWith(prefix)) yield [key, value]
  }
}
