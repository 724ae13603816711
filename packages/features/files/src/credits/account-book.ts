/**
 * Receipts with everybody, as the swarm engine asks for them: which account, what is durable when, what is told to whom.
 *
 * An account is one ordered pair of devices in one group, one for each direction. All accounts are in memory, a few hundred
 * bytes each; `open` reads them. A claim or an answer leaves only when the promise of the store has resolved; saves of
 * one account come one after the other, each of the whole state, so the newest is on disk at the end. When the disk fails
 * the promise rejects, nothing is sent, and the next claim brings all that waits.
 *
 * Own devices are never counted, and neither is anybody whose person is not known.
 */

import type { Clock, Crypto, PersonId, Signer, SpaceId } from '@hamlet/core'
import type { JudgeContext } from './judge-receipt.ts'
import { PayeeAccount } from './payee-account.ts'
import type { ClaimRefusal } from './payee-account.ts'
import { PayerAccount } from './payer-account.ts'
import type { Party, PayerSetup } from './payer-account.ts'
import type { SwarmId } from './receipt-ids.ts'
import { decodeReceipt, encodeReceipt } from './receipt.ts'
import type { Receipt, SignedReceipt } from './receipt.ts'
import { STEP_BYTES_MIN } from './limits.ts'

/** A blob as the swarm engine names it. */
export interface BlobName {
  readonly root: Uint8Array
  readonly sizeBytes: number
}

/** Where accounts are kept: one record of at most `ACCOUNT_BYTES_MAX` each. */
export interface AccountStore {
  load(): Promise<ReadonlyMap<string, Uint8Array>>
  /** Resolves when the record is durable, in place of the one before. */
  save(key: string, bytes: Uint8Array): Promise<void>
}

export interface AccountBookOptions extends Pick<JudgeContext, 'personOf' | 'isMemberAt'> {
  readonly crypto: Crypto
  readonly clock: Pick<Clock, 'wall'>
  readonly signer: Signer
  readonly self: Party
  readonly store: AccountStore
  /** In which group a blob goes to or comes from the peer, and its name there; `undefined`: it is not counted. */
  swarmOf(
    peer: string,
    blob: BlobName,
  ): { readonly group: SpaceId | undefined; readonly swarm: SwarmId } | undefined
  /** 0 to 1, of what is known of the person. @default 0 */
  rankOf?(person: PersonId): number
  /** A receipt that both signed by now. */
  onReceipt?(receipt: Receipt): void
  /** Two receipts of one sequence that both bear the payer's signature. */
  onFork?(receipts: readonly [SignedReceipt, SignedReceipt]): void
}

type Role = 'payer' | 'payee'

interface Kept<Account> {
  readonly account: Account
  readonly key: string
  /** The last save that was started, and all before it. */
  saved: Promise<void>
  /** Since it was opened, and how many of them are durable. */
  changes: number
  savedChanges: number
}

const KEY = /^(payer|payee)-(public|[0-9a-f]{64})-([0-9a-f]{64})$/

export class AccountBook {
  readonly #options: AccountBookOptions
  readonly #payers = new Map<string, Kept<PayerAccount>>()
  readonly #payees = new Map<string, Kept<PayeeAccount>>()
  readonly #stored: Map<string, Uint8Array>
  readonly #sizes = new Map<SwarmId, number>()

  private constructor(options: AccountBookOptions, stored: ReadonlyMap<string, Uint8Array>) {
    this.#options = options
    this.#stored = new Map(stored)
  }

  static async open(options: AccountBookOptions): Promise<AccountBook> {
    return new AccountBook(options, await options.store.load())
  }

  /** What may go to the peer unsigned; infinite for own devices. */
  stepBytes(peer: string): number {
    const person = this.#personOf(peer)
    if (person === this.#options.self.person) return Number.POSITIVE_INFINITY
    const steps = this.#ofPeer('payee', peer).map(({ account }) => account.stepBytes)
    return Math.max(STEP_BYTES_MIN, ...steps)
  }

  /** A chunk went to the peer. */
  sent(peer: string, blob: BlobName, piece: number): void {
    const found = this.#find('payee', peer, blob)
    found?.kept.account.sent({ swarm: found.swarm, sizeBytes: blob.sizeBytes }, piece)
  }

  /** Chunks came and verified: the claim to send, when it is durable. */
  received(
    peer: string,
    blob: BlobName,
    _bytes: number,
    pieces: readonly number[],
  ): Promise<Uint8Array> | undefined {
    const found = this.#find('payer', peer, blob)
    if (found === undefined) return undefined
    const { kept, swarm } = found
    const nowMs = this.#options.clock.wall()
    kept.account.received({ swarm, sizeBytes: blob.sizeBytes }, pieces, nowMs)
    if (!kept.account.sign(nowMs, swarm)) return undefined
    kept.changes++
    const claim = kept.account.claim()!
    return this.#save(kept).then(() => claim)
  }

  /** A claim of the peer: what to send back, when it is durable. */
  async accept(
    peer: string,
    blob: BlobName,
    claim: Uint8Array,
  ): Promise<
    | { readonly ok: true; readonly countersigned: Uint8Array; readonly bytes: number }
    | { readonly ok: false; readonly reason: ClaimRefusal }
  > {
    const found = this.#find('payee', peer, blob)
    if (found === undefined) return { ok: false, reason: 'unknown-device' }
    const { kept } = found
    const sizeOf = (swarm: SwarmId) => this.#sizes.get(swarm)
    const verdict = kept.account.accept(claim, this.#options.clock.wall(), sizeOf)
    if (!verdict.ok) {
      if (verdict.fork !== undefined) this.#options.onFork?.(verdict.fork)
      return { ok: false, reason: verdict.reason }
    }
    if (verdict.isNew) kept.changes++
    await this.#save(kept)
    if (verdict.isNew) this.#options.onReceipt?.(verdict.receipt)
    const countersigned = encodeReceipt(verdict.receipt)
    return { ok: true, countersigned, bytes: verdict.increaseBytes }
  }

  /** What the peer answered, or showed when the line opened. */
  countersigned(peer: string, _blob: BlobName, answer: Uint8Array): void {
    const decoded = decodeReceipt(answer)
    if (!decoded.ok || decoded.value.payee !== peer) return
    const kept = this.#account('payer', peer, decoded.value.group)
    const verdict = kept?.account.answered(answer)
    if (kept === undefined || verdict === undefined) return
    if (verdict.kind === 'forked') this.#options.onFork?.([verdict.ours, verdict.theirs])
    if (verdict.kind === 'refused' || verdict.kind === 'known') return
    kept.changes++
    if (verdict.kind !== 'forked') this.#options.onReceipt?.(verdict.receipt)
    // Nothing is sent because of it, so nothing waits for the disk; the next save has it, too.
    this.#save(kept).catch(() => undefined)
  }

  /** Signed and not answered, as far as it is durable. */
  async unsettled(peer: string, blob: BlobName): Promise<Uint8Array | undefined> {
    const found = this.#find('payer', peer, blob)
    const claim = found?.kept.account.claim()
    if (found === undefined || claim === undefined) return undefined
    await this.#save(found.kept)
    return claim
  }

  /** Receipts of the peer that both signed: to be shown to it when a line opens. */
  latest(peer: string): readonly Uint8Array[] {
    return this.#ofPeer('payee', peer).flatMap(({ account, changes, savedChanges }) => {
      const isDurable = changes === savedChanges
      return account.settled === undefined || !isDurable ? [] : [encodeReceipt(account.settled)]
    })
  }

  rank(peer: string): number {
    const person = this.#personOf(peer)
    if (person === undefined) return 0
    if (person === this.#options.self.person) return 1
    return Math.max(0, Math.min(1, this.#options.rankOf?.(person) ?? 0))
  }

  /** Resolves when everything is durable. */
  async flush(): Promise<void> {
    await Promise.all(
      [...this.#payers.values(), ...this.#payees.values()].map((kept) => this.#save(kept)),
    )
  }

  #personOf(peer: string): PersonId | undefined {
    return this.#options.personOf(peer as Party['device'])
  }

  #find(role: 'payer', peer: string, blob: BlobName): Found<PayerAccount> | undefined
  #find(role: 'payee', peer: string, blob: BlobName): Found<PayeeAccount> | undefined
  #find(role: Role, peer: string, blob: BlobName): Found<PayerAccount | PayeeAccount> | undefined {
    const place = this.#options.swarmOf(peer, blob)
    if (place === undefined) return undefined
    this.#sizes.set(place.swarm, blob.sizeBytes)
    const kept =
      role === 'payer'
        ? this.#account('payer', peer, place.group)
        : this.#account('payee', peer, place.group)
    return kept === undefined ? undefined : { kept, swarm: place.swarm }
  }

  #account(role: 'payer', peer: string, group: SpaceId | undefined): Kept<PayerAccount> | undefined
  #account(role: 'payee', peer: string, group: SpaceId | undefined): Kept<PayeeAccount> | undefined
  #account(
    role: Role,
    peer: string,
    group: SpaceId | undefined,
  ): Kept<PayerAccount | PayeeAccount> | undefined {
    const person = this.#personOf(peer)
    const { self } = this.#options
    if (person === undefined || person === self.person) return undefined
    const key = `${role}-${group ?? 'public'}-${peer}`
    const other = { device: peer, person } as Party
    return role === 'payer' ? this.#payer(key, group, other) : this.#payee(key, group, other)
  }

  #payer(key: string, group: SpaceId | undefined, payee: Party): Kept<PayerAccount> {
    const known = this.#payers.get(key)
    if (known !== undefined) return known
    const { crypto, signer, self: payer } = this.#options
    const setup: PayerSetup = { crypto, signer, group, payer, payee }
    const bytes = this.#stored.get(key)
    const restored = bytes === undefined ? undefined : PayerAccount.restore(setup, bytes)
    const account =
      restored?.ok === true
        ? restored.value
        : new PayerAccount(setup, { isLost: restored !== undefined })
    const kept = { account, key, saved: Promise.resolve(), changes: 0, savedChanges: 0 }
    this.#payers.set(key, kept)
    return kept
  }

  #payee(key: string, group: SpaceId | undefined, payer: Party): Kept<PayeeAccount> {
    const known = this.#payees.get(key)
    if (known !== undefined) return known
    const { crypto, signer, self: payee, personOf, isMemberAt } = this.#options
    const membership = isMemberAt === undefined ? {} : { isMemberAt }
    const setup = { crypto, signer, group, payer, payee, personOf, ...membership }
    const bytes = this.#stored.get(key)
    const restored = bytes === undefined ? undefined : PayeeAccount.restore(setup, bytes)
    const account = restored?.ok === true ? restored.value : new PayeeAccount(setup)
    const kept = { account, key, saved: Promise.resolve(), changes: 0, savedChanges: 0 }
    this.#payees.set(key, kept)
    return kept
  }

  #ofPeer(role: 'payee', peer: string): readonly Kept<PayeeAccount>[] {
    const groups = [...this.#stored.keys(), ...this.#payees.keys()].flatMap((key) => {
      const [, ofRole, group, device] = KEY.exec(key) ?? []
      if (ofRole !== role || device !== peer) return []
      return [group === 'public' ? undefined : (group as SpaceId)]
    })
    return [...new Set(groups)].flatMap((group) => this.#account(role, peer, group) ?? [])
  }

  /** One after the other, each of the state as it is when its turn comes. */
  #save(kept: Kept<PayerAccount | PayeeAccount>): Promise<void> {
    const write = async () => {
      const { changes } = kept
      if (changes === kept.savedChanges) return
      await this.#options.store.save(kept.key, kept.account.encode())
      kept.savedChanges = changes
    }
    // A save that failed is told to whoever waits for it; the next one tries the whole state again.
    kept.saved = kept.saved.then(write, write)
    return kept.saved
  }
}

interface Found<Account> {
  readonly kept: Kept<Account>
  readonly swarm: SwarmId
}
