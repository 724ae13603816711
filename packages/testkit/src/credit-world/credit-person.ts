/** Somebody in a world of credits: keys of their own, an account with everybody, and a way to behave. */

import type { Crypto, DeviceId, PersonId, Signer } from '@hamlet/core'
import {
  countersignReceipt,
  digestPieces,
  PayeeAccount,
  PayerAccount,
  receiptId,
  signReceipt,
} from '@hamlet/files/credits'
import type { Outcome, Receipt, SwarmFacts } from '@hamlet/files/credits'
import { createIdentity, openIdentity } from '@hamlet/identity'
import type { SpaceId } from '@hamlet/core'
import type { SeededRandom } from '../simulator/seeded-random.ts'

export interface Behaviour {
  /** Gives to others who ask. */
  readonly uploads: boolean
  /** Signs for what came. */
  readonly signs: boolean
}

export const HONEST: Behaviour = { uploads: true, signs: true }

export interface CreditPersonOptions {
  readonly crypto: Crypto
  readonly random: SeededRandom
  readonly group: SpaceId
  readonly name: string
  readonly behaviour: Behaviour
  readonly joinedDay: number
  personOf(device: DeviceId): PersonId | undefined
}

export class CreditPerson {
  readonly name: string
  readonly device: DeviceId
  readonly person: PersonId
  readonly signer: Signer
  readonly behaviour: Behaviour
  readonly joinedDay: number
  /** What this one saw itself. */
  readonly outcomes: Outcome[] = []
  /** Bytes received from and given to, by person. */
  readonly received = new Map<PersonId, number>()
  /** Given and not signed for, by person. */
  readonly unsigned = new Map<PersonId, number>()
  /** When others were served last, in rounds. */
  readonly servedRounds = new Map<PersonId, number>()
  /** When others had their turn last. */
  readonly turnRounds = new Map<PersonId, number>()
  firstServedRound: number | undefined
  readonly #options: CreditPersonOptions
  readonly #payers = new Map<DeviceId, PayerAccount>()
  readonly #payees = new Map<DeviceId, PayeeAccount>()

  constructor(options: CreditPersonOptions) {
    const { crypto, random } = options
    const identity = openIdentity(crypto, createIdentity(crypto, random, { nowMs: 0 }))
    this.#options = options
    this.name = options.name
    this.behaviour = options.behaviour
    this.joinedDay = options.joinedDay
    this.device = identity.device
    this.person = identity.person
    this.signer = identity.deviceSigner
  }

  get receivedBytes(): number {
    return [...this.received.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  payerTo(other: CreditPerson): PayerAccount {
    const known = this.#payers.get(other.device)
    if (known !== undefined) return known
    const { crypto, group } = this.#options
    const account = new PayerAccount({
      crypto,
      group,
      signer: this.signer,
      payer: this,
      payee: other,
    })
    this.#payers.set(other.device, account)
    return account
  }

  payeeOf(other: CreditPerson): PayeeAccount {
    const known = this.#payees.get(other.device)
    if (known !== undefined) return known
    const { crypto, group } = this.#options
    const personOf = (device: DeviceId) => this.#options.personOf(device)
    const setup = { crypto, group, signer: this.signer, payer: other, payee: this, personOf }
    const account = new PayeeAccount(setup)
    this.#payees.set(other.device, account)
    return account
  }

  /** Receipts that others signed for what this one gave them. */
  earned(): readonly Receipt[] {
    return [...this.#payees.values()].flatMap(({ settled }) => settled ?? [])
  }
}

/** A receipt that two signed without anything having gone: their own keys, or a friend's. */
export function inventReceipt(
  crypto: Crypto,
  group: SpaceId,
  sides: { readonly payer: CreditPerson; readonly payee: CreditPerson },
  claim: {
    readonly swarm: SwarmFacts
    readonly totalBytes: number
    readonly atMs: number
    readonly previous?: Receipt
  },
): Receipt {
  const { payer, payee } = sides
  const { swarm, totalBytes, atMs, previous } = claim
  const pieces = [0, 1, 2, 3]
  const facts = {
    group,
    swarm: swarm.swarm,
    payer: payer.device,
    payerPerson: payer.person,
    payee: payee.device,
    payeePerson: payee.person,
    seq: (previous?.seq ?? 0) + 1,
    totalBytes,
    pieceCount: pieces.length,
    piecesDigest: digestPieces(crypto, swarm.swarm, pieces),
    previous: previous === undefined ? undefined : receiptId(crypto, previous),
    windowStartMs: atMs - 1000,
    windowEndMs: atMs,
  }
  return countersignReceipt(payee.signer, signReceipt(payer.signer, facts))
}
