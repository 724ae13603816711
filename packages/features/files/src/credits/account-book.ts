/**
 * Receipts with everybody, as the swarm engine asks for them: which account, what is durable when, what is told to whom.
 *
 * An account is one ordered pair of devices in one group, one for each direction. All accounts are in memory, a few hundred
 * bytes each; `open` reads them. A claim or an answer leaves only when the promise of the store has resolved; saves of
 * one account come one after the other, each of the whole state, so the newest is on disk at the end. When the disk fails
 * the promise rejects, nothing is sent, and the next claim brings all that waits.
 *
 * Own devices are never counted, and neither is anybody whose person is not known.
 *
 * What goes of a blob is counted in one group, although it may be in several at once: the two sides agree on its name there
 * (`terms`) when they open it, and all that is said about it later goes by that name.
 */

import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { Clock, Crypto, DeviceId, PersonId, Signer, SpaceId } from '@hamlet/core'
import type { JudgeContext } from './judge-receipt.ts'
import { PayeeAccount } from './payee-account.ts'
import { decodeClaim } from './claim.ts'
import { decodeFutureRefusal, encodeFutureRefusal } from './future-refusal.ts'
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

/** A blob, and the name under which both sides count what goes of it. */
export interface CountedName {
  readonly id: BlobName
  readonly terms: Uint8Array | undefined
}

export interface BlobTerms {
  /** Groups in which it may be counted, and its name there, best first. `undefined`: in public. */
  readonly groups: readonly { readonly group: SpaceId | undefined; readonly swarm: SwarmId }[]
  /** Whether whoever shares none of them gets it for nothing. */
  readonly isFree: boolean
}

/** Where accounts are kept: one record of at most `ACCOUNT_BYTES_MAX` each. */
export interface AccountStore {
  load(): Promise<ReadonlyMap<string, Uint8Array>>
  /** Resolves when the record is durable, in place of the one before. */
  save(key: string, bytes: Uint8Array): Promise<void>
}

export interface AccountBookOptions extends Pick<JudgeContext, 'isMemberAt'> {
  readonly crypto: Crypto
  readonly clock: Pick<Clock, 'wall'>
  readonly signer: Signer
  /** The person as it is in public, and wherever `personOf` knows no other. */
  readonly self: Party
  readonly store: AccountStore
  /** Whose a device is in a group; `undefined`: that is not known. */
  personOf(device: DeviceId, group: SpaceId | undefined): PersonId | undefined
  termsOf(peer: string, blob: BlobName): BlobTerms
  /** 0 to 1, of what is known of the device's person. @default 0 */
  rankOf?(peer: string): number
  /** A receipt that both signed by now. */
  onReceipt?(receipt: Receipt): void
  /** Two receipts of one sequence that both bear the payer's signature. */
  onFork?(receipts: readonly [SignedReceipt, SignedReceipt]): void
  /** What the peer signed lies this far in the future here, and is not taken. */
  onFuture?(peer: string, aheadMs: number): void
  /** What was signed here lies this far in the future there, as the peer says, and is not taken. */
  onRefused?(peer: string, aheadMs: number): void
}

type Role = 'payer' | 'payee'

interface Place {
  readonly group: SpaceId | undefined
  readonly sizeBytes: number
}

interface Kept<Account> {
  readonly account: Account
  readonly key: string
  /** The last save that was started, and all before it. */
  saved: Promise<void>
  /** Since it was opened, and how many of them are durable. */
  changes: number
  savedChanges: number
}

/** Names of blobs that were agreed on or offered, the oldest out first. */
const PLACES_MAX = 65_536
const KEY = /^(payer|payee)-(public|[0-9a-f]{64})-([0-9a-f]{64})$/

export class AccountBook {
  readonly #options: AccountBookOptions
  readonly #payers = new Map<string, Kept<PayerAccount>>()
  readonly #payees = new Map<string, Kept<PayeeAccount>>()
  readonly #stored: Map<string, Uint8Array>
  readonly #places = new Map<SwarmId, Place>()

  private constructor(options: AccountBookOptions, stored: ReadonlyMap<string, Uint8Array>) {
    this.#options = options
    this.#stored = new Map(stored)
  }

  static async open(options: AccountBookOptions): Promise<AccountBook> {
    return new AccountBook(options, await options.store.load())
  }

  /** Names under which this device would count what goes of the blob, best first. */
  terms(peer: string, blob: BlobName): readonly Uint8Array[] {
    return this.#options.termsOf(peer, blob).groups.map(({ group, swarm }) => {
      this.#places.delete(swarm)
      this.#places.set(swarm, { group, sizeBytes: blob.sizeBytes })
      if (this.#places.size > PLACES_MAX) this.#places.delete(this.#places.keys().next().value!)
      return hexToBytes(swarm)
    })
  }

  /** Whether nothing has to be signed for. */
  isFree(peer: string, { id, terms }: CountedName): boolean {
    const place = this.#placeOf(terms)
    if (place === undefined) return this.#options.termsOf(peer, id).isFree
    return this.#personOf(peer, place.group) === this.#self(place.group).person
  }

  /** What may go to the peer unsigned. */
  stepBytes(peer: string): number {
    const steps = this.#ofPeer('payee', peer).map(({ account }) => account.stepBytes)
    return Math.max(STEP_BYTES_MIN, ...steps)
  }

  /** A chunk went to the peer. */
  sent(peer: string, blob: CountedName, piece: number): void {
    const found = this.#find('payee', peer, blob)
    found?.kept.account.sent({ swarm: found.swarm, sizeBytes: found.sizeBytes }, piece)
  }

  /** Chunks came and verified: the claim to send, when it is durable. */
  received(
    peer: string,
    blob: CountedName,
    _bytes: number,
    pieces: readonly number[],
  ): Promise<Uint8Array> | undefined {
    const found = this.#find('payer', peer, blob)
    if (found === undefined) return undefined
    const { kept, swarm, sizeBytes } = found
    const nowMs = this.#options.clock.wall()
    kept.account.received({ swarm, sizeBytes }, pieces, nowMs)
    if (!kept.account.sign(nowMs, swarm)) return undefined
    kept.changes++
    const claim = kept.account.claim()!
    return this.#save(kept).then(() => claim)
  }

  /** A claim of the peer: what to send back, when it is durable. */
  async accept(
    peer: string,
    blob: CountedName,
    claim: Uint8Array,
  ): Promise<
    | { readonly ok: true; readonly countersigned: Uint8Array; readonly bytes: number }
    | { readonly ok: false; readonly reason: ClaimRefusal; readonly answer?: Uint8Array }
  > {
    const found = this.#find('payee', peer, blob)
    if (found === undefined) return { ok: false, reason: 'unknown-device' }
    const { kept } = found
    const sizeOf = (swarm: SwarmId) => this.#places.get(swarm)?.sizeBytes
    const verdict = kept.account.accept(claim, this.#options.clock.wall(), sizeOf)
    if (!verdict.ok) {
      const { reason } = verdict
      if (verdict.fork !== undefined) this.#options.onFork?.(verdict.fork)
      if (reason !== 'window-in-future') return { ok: false, reason }
      return { ok: false, reason, answer: this.#refuseFuture(peer, claim) }
    }
    if (verdict.isNew) kept.changes++
    await this.#save(kept)
    if (verdict.isNew) this.#options.onReceipt?.(verdict.receipt)
    const countersigned = encodeReceipt(verdict.receipt)
    return { ok: true, countersigned, bytes: verdict.increaseBytes }
  }

  /** What the peer answered, or showed when the line opened. */
  countersigned(peer: string, _blob: CountedName, answer: Uint8Array): void {
    const decoded = decodeReceipt(answer)
    if (!decoded.ok) this.#heardRefusal(peer, answer)
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
  async unsettled(peer: string, blob: CountedName): Promise<Uint8Array | undefined> {
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
    return Math.max(0, Math.min(1, this.#options.rankOf?.(peer) ?? 0))
  }

  /** Of everybody whose person is known, the latest that both signed: in each direction, with this device on one end. */
  settled(): readonly Receipt[] {
    const keys = new Set([...this.#stored.keys(), ...this.#kept()])
    return [...keys].flatMap((key) => {
      const [, role, group = '', device = ''] = KEY.exec(key) ?? []
      const kept = this.#account(role as 'payer', device, groupOf(group))
      return kept?.account.settled ?? []
    })
  }

  /** Resolves when everything is durable. */
  async flush(): Promise<void> {
    await Promise.all(
      [...this.#payers.values(), ...this.#payees.values()].map((kept) => this.#save(kept)),
    )
  }

  /** The peer is told what time it is here: it has no other way to learn why. */
  #refuseFuture(peer: string, claim: Uint8Array): Uint8Array {
    const nowMs = this.#options.clock.wall()
    const decoded = decodeClaim(claim)
    const newest = decoded.ok ? decoded.value.receipts.at(-1)?.receipt : undefined
    if (newest !== undefined) this.#options.onFuture?.(peer, newest.windowEndMs - nowMs)
    return encodeFutureRefusal({ nowMs })
  }

  #heardRefusal(peer: string, answer: Uint8Array): void {
    const refusal = decodeFutureRefusal(answer)
    if (!refusal.ok) return
    this.#options.onRefused?.(peer, this.#options.clock.wall() - refusal.value.nowMs)
  }

  *#kept(): Generator<string> {
    for (const { key } of this.#payers.values()) yield key
    for (const { key } of this.#payees.values()) yield key
  }

  #personOf(peer: string, group: SpaceId | undefined): PersonId | undefined {
    return this.#options.personOf(peer as DeviceId, group)
  }

  #self(group: SpaceId | undefined): Party {
    const { device, person } = this.#options.self
    return { device, person: this.#options.personOf(device, group) ?? person }
  }

  #placeOf(terms: Uint8Array | undefined): (Place & { readonly swarm: SwarmId }) | undefined {
    const swarm = terms === undefined ? undefined : (bytesToHex(terms) as string as SwarmId)
    const place = swarm === undefined ? undefined : this.#places.get(swarm)
    return place && { ...place, swarm: swarm! }
  }

  #find(role: 'payer', peer: string, blob: CountedName): Found<PayerAccount> | undefined
  #find(role: 'payee', peer: string, blob: CountedName): Found<PayeeAccount> | undefined
  #find(
    role: Role,
    peer: string,
    { terms }: CountedName,
  ): Found<PayerAccount | PayeeAccount> | undefined {
    const place = this.#placeOf(terms)
    if (place === undefined) return undefined
    const kept =
      role === 'payer'
        ? this.#account('payer', peer, place.group)
        : this.#account('payee', peer, place.group)
    return kept && { kept, swarm: place.swarm, sizeBytes: place.sizeBytes }
  }

  #account(role: 'payer', peer: string, group: SpaceId | undefined): Kept<PayerAccount> | undefined
  #account(role: 'payee', peer: string, group: SpaceId | undefined): Kept<PayeeAccount> | undefined
  #account(
    role: Role,
    peer: string,
    group: SpaceId | undefined,
  ): Kept<PayerAccount | PayeeAccount> | undefined {
    const person = this.#personOf(peer, group)
    if (person === undefined || person === this.#self(group).person) return undefined
    const key = `${role}-${group ?? 'public'}-${peer}`
    const other = { device: peer, person } as Party
    return role === 'payer' ? this.#payer(key, group, other) : this.#payee(key, group, other)
  }

  #payer(key: string, group: SpaceId | undefined, payee: Party): Kept<PayerAccount> {
    const payer = this.#self(group)
    const place = placeOf(key, payer, payee)
    const known = this.#payers.get(place)
    if (known !== undefined) return known
    const { crypto, signer } = this.#options
    const setup: PayerSetup = { crypto, signer, group, payer, payee }
    const bytes = this.#stored.get(key)
    const restored = bytes === undefined ? undefined : PayerAccount.restore(setup, bytes)
    const account =
      restored?.ok === true
        ? restored.value
        : new PayerAccount(setup, { isLost: restored !== undefined })
    const kept = { account, key, saved: Promise.resolve(), changes: 0, savedChanges: 0 }
    this.#payers.set(place, kept)
    return kept
  }

  #payee(key: string, group: SpaceId | undefined, payer: Party): Kept<PayeeAccount> {
    const payee = this.#self(group)
    const place = placeOf(key, payer, payee)
    const known = this.#payees.get(place)
    if (known !== undefined) return known
    const { crypto, signer, isMemberAt } = this.#options
    const personOf = (device: DeviceId) => this.#personInGroup(device, group)
    const membership = isMemberAt === undefined ? {} : { isMemberAt }
    const setup = { crypto, signer, group, payer, payee, personOf, ...membership }
    const bytes = this.#stored.get(key)
    const restored = bytes === undefined ? undefined : PayeeAccount.restore(setup, bytes)
    const account = restored?.ok === true ? restored.value : new PayeeAccount(setup)
    const kept = { account, key, saved: Promise.resolve(), changes: 0, savedChanges: 0 }
    this.#payees.set(place, kept)
    return kept
  }

  #personInGroup(device: DeviceId, group: SpaceId | undefined): PersonId | undefined {
    const own = this.#self(group)
    return device === own.device ? own.person : this.#personOf(device, group)
  }

  #ofPeer(role: 'payee', peer: string): readonly Kept<PayeeAccount>[] {
    const groups = [...this.#stored.keys(), ...this.#kept()].flatMap((key) => {
      const [, ofRole, group = '', device] = KEY.exec(key) ?? []
      return ofRole === role && device === peer ? [groupOf(group)] : []
    })
    return [...new Set(groups)].flatMap((group) => this.#account(role, peer, group) ?? [])
  }

  /** One after the other, each of the state as it is when its turn comes. */
  #save(kept: Kept<PayerAccount | PayeeAccount>): Promise<void> {
    const write = async () => {
      const { changes } = kept
      if (changes === kept.savedChanges) return
      const bytes = kept.account.encode()
      await this.#options.store.save(kept.key, bytes)
      this.#stored.set(kept.key, bytes)
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
  readonly sizeBytes: number
}

/** A device that became somebody else's has another account in memory, which goes on from what is stored. */
function placeOf(key: string, payer: Party, payee: Party): string {
  return `${key}/${payer.person}/${payee.person}`
}

function groupOf(text: string): SpaceId | undefined {
  return text === 'public' ? undefined : (text as SpaceId)
}
