/**
 * Receipts in real transfers: the accounts of this device, as its swarms ask for them.
 *
 * **Where a blob is counted.** In a space, if it is shared there and the other is a device of somebody who is in it: then people owe
 * each other. A public share is counted in public, where every device stands for itself: no stranger is told whose it is, and there
 * is nothing that would have to be believed. What goes by a private link is counted nowhere, as little as what goes to a device of
 * the same person.
 *
 * **What it is for.** Receipts are written into the space (`space-credits.ts`) and mirrored to trackers (`tracker-receipts.ts`); who
 * stands well is served first, and whoever owes more than they may, and has used up their allowance, gets what is left.
 *
 * Invariants:
 * 1. No bytes are counted twice, or in a group of which not both are.
 * 2. What was given unsigned and what is left of allowances outlive a restart.
 */

import { swarmTopic } from '@hamlet/blobs'
import type { BlobId, CountedBlob, SwarmAccounts, SwarmDebt, SwarmEngine } from '@hamlet/blobs'
import type { DeviceId, PersonId, SpaceId } from '@hamlet/core'
import {
  AccountBook,
  blindSwarm,
  createDiskAccountStore,
  judgeDebt,
  keepOutcomes,
  pieceBytes,
  refillAllowance,
  spendAllowance,
} from '@hamlet/files/credits'
import type { Allowance, BlobName, BlobTerms, Outcome, Receipt } from '@hamlet/files/credits'
import type { OpenSpace } from '../space-registry.ts'
import { ClockDoubts } from './clock-doubts.ts'
import { ALLOWANCES_MAX, CreditNoteKeeper } from './credit-notes.ts'
import type { CreditNotes } from './credit-notes.ts'
import type { FilesHost } from './files-host.ts'
import { receiptSecret } from './receipt-secret.ts'
import { SpaceCredits } from './space-credits.ts'
import type { PersonCredit } from './space-credits.ts'
import type { ShareAccess } from './swarm-hub.ts'

/** In public a name tells nothing that the topic does not tell. */
const PUBLIC_SECRET = new Uint8Array(32)

export type AccessesOf = (id: BlobId) => readonly ShareAccess[]

export class PeerAccounts implements SwarmAccounts {
  readonly clocks = new ClockDoubts()
  readonly #host: FilesHost
  readonly #notes: CreditNoteKeeper
  readonly #spaces = new Map<SpaceId, SpaceCredits>()
  readonly #secrets = new Map<SpaceId, Uint8Array>()
  readonly #allowances = new Map<string, Allowance>()
  #outcomes: readonly Outcome[] = []
  #book: AccountBook | undefined
  #engine: SwarmEngine | undefined
  #accessesOf: AccessesOf = () => []
  #receiptsChanged: () => void = () => undefined

  constructor(host: FilesHost) {
    this.#host = host
    this.#notes = new CreditNoteKeeper(host.ports, () => this.#noted())
  }

  /** Before any blob is shared. */
  async open(engine: SwarmEngine): Promise<void> {
    const { ports, identity } = this.#host
    const { crypto, clock, disk } = ports
    const { device, deviceSigner: signer } = identity.current
    this.#book = await AccountBook.open({
      ...{ crypto, clock, signer, store: createDiskAccountStore(disk) },
      self: { device, person: inPublic(device) },
      personOf: (each, group) => this.#personOf(each, group),
      termsOf: (peer, blob) => this.#termsOf(peer, blob),
      rankOf: (peer) => Math.max(0, ...this.#creditsOf(peer).map(({ rank }) => rank)),
      onReceipt: (receipt) => this.#onReceipt(receipt),
      onFuture: (peer, aheadMs) => this.#doubted(this.clocks.refused(peer, aheadMs)),
      onRefused: (peer, aheadMs) => this.#doubted(this.clocks.refusedBy(peer, aheadMs)),
      onFork: (receipts) => {
        ports.logger.warn('two receipts of one sequence', { payer: receipts[0].payer })
        this.#credits(receipts[0].group)?.forked(receipts)
      },
    })
    const { unsigned, allowances } = await this.#notes.load()
    for (const [person, allowance] of allowances) this.#allowances.set(person, allowance)
    const nowMs = clock.wall()
    engine.restoreDebts(
      unsigned.map(({ sentAtMs, ...rest }): SwarmDebt => ({ ...rest, ageMs: nowMs - sentAtMs })),
    )
    this.#engine = engine
  }

  /** `accessesOf`: who may have a blob now. `receiptsChanged`: something in public was signed. */
  use(accessesOf: AccessesOf, receiptsChanged: () => void): void {
    this.#accessesOf = accessesOf
    this.#receiptsChanged = receiptsChanged
  }

  /** It was opened, or what it knows of receipts or of its people changed. */
  spaceChanged(open: OpenSpace): void {
    const { id } = open.runtime.space
    const { ports } = this.#host
    const known = this.#spaces.get(id)
    const credits =
      known ??
      new SpaceCredits({
        ...{ ports, open },
        receipts: () => this.receiptsIn(id),
        outcomes: () => this.#outcomes,
      })
    this.#spaces.set(id, credits)
    if (known === undefined) this.#seeServed(open)
    credits.changed()
  }

  async spaceClosed(id: SpaceId): Promise<void> {
    await this.#spaces.get(id)?.close()
    this.#spaces.delete(id)
    this.#secrets.delete(id)
  }

  async close(): Promise<void> {
    for (const credits of this.#spaces.values()) await credits.close()
    this.#spaces.clear()
    await this.#notes.close()
    await this.#book?.flush().catch(() => undefined)
  }

  /** Of a group, the latest of each pair with this device on one end. */
  receiptsIn(group: SpaceId | undefined): readonly Receipt[] {
    return (this.#book?.settled() ?? []).filter((receipt) => receipt.group === group)
  }

  get outcomes(): readonly Outcome[] {
    return this.#outcomes
  }

  /** It sent what it could not have read from its disk, or broke the protocol. */
  lied(peer: string): void {
    const atMs = this.#host.ports.clock.wall()
    this.#see(this.#peopleOf(peer), { kind: 'failed', atMs, what: 'wrong-chunk' })
    for (const credits of this.#spaces.values()) credits.changed()
  }

  terms(peer: string, id: BlobId): readonly Uint8Array[] {
    return this.#book?.terms(peer, id) ?? []
  }

  isFree(peer: string, blob: CountedBlob): boolean {
    return this.#book?.isFree(peer, blob) ?? true
  }

  stepBytes(peer: string): number {
    return this.#book?.stepBytes(peer) ?? Number.POSITIVE_INFINITY
  }

  sent(peer: string, blob: CountedBlob, chunk: number): void {
    this.#book?.sent(peer, blob, chunk)
    this.#spend(peer, pieceBytes(blob.id.sizeBytes, chunk))
    this.#notes.changed()
  }

  received(peer: string, blob: CountedBlob, bytes: number, chunks: readonly number[]) {
    return this.#book?.received(peer, blob, bytes, chunks)
  }

  accept(
    peer: string,
    blob: CountedBlob,
    receipt: Uint8Array,
  ): ReturnType<SwarmAccounts['accept']> {
    return this.#book?.accept(peer, blob, receipt) ?? { ok: false, reason: 'not open yet' }
  }

  countersigned(peer: string, blob: CountedBlob, receipt: Uint8Array): void {
    this.#book?.countersigned(peer, blob, receipt)
  }

  unsettled(peer: string, blob: CountedBlob) {
    return this.#book?.unsettled(peer, blob)
  }

  latest(peer: string): readonly Uint8Array[] {
    return this.#book?.latest(peer) ?? []
  }

  rank(peer: string): number {
    return this.#book?.rank(peer) ?? 0
  }

  /** Beyond their credit wherever they are known, and beyond their allowance. */
  isSpare(peer: string): boolean {
    const credits = this.#creditsOf(peer)
    if (credits.length === 0) return false
    const nowMs = this.#host.ports.clock.wall()
    return credits.every((credit) => {
      const allowance = refillAllowance(this.#allowances.get(credit.person), nowMs)
      return judgeDebt(credit, allowance).by === 'spare'
    })
  }

  #termsOf(peer: string, blob: BlobName): BlobTerms {
    const { crypto } = this.#host.ports
    if (this.#isOwn(peer)) return { groups: [], isFree: true }
    const accesses = this.#accessesOf(blob).filter((access) => access.isAllowed(peer))
    const topic = swarmTopic(crypto, blob)
    const spaces = new Set(accesses.flatMap(({ space }) => space ?? []))
    const groups: BlobTerms['groups'][number][] = [...spaces].sort().flatMap((group) => {
      const secret = this.#secretOf(group)
      const isMember = this.#personOf(peer, group) !== undefined
      if (secret === undefined || !isMember) return []
      return [{ group, swarm: blindSwarm(crypto, secret, topic) }]
    })
    if (accesses.some(({ isPublic }) => isPublic)) {
      groups.push({ group: undefined, swarm: blindSwarm(crypto, PUBLIC_SECRET, topic) })
    }
    const isLinked = accesses.some(({ space, isPublic }) => space === undefined && !isPublic)
    return { groups, isFree: isLinked }
  }

  #secretOf(group: SpaceId): Uint8Array | undefined {
    const known = this.#secrets.get(group)
    if (known !== undefined) return known
    const open = this.#host.spaces.find(group)
    const secret = open && receiptSecret(this.#host.ports.crypto, open.runtime.space)
    if (secret !== undefined) this.#secrets.set(group, secret)
    return secret
  }

  /** In public a device stands for itself. */
  #personOf(device: string, group: SpaceId | undefined): PersonId | undefined {
    if (group === undefined) return inPublic(device)
    return this.#host.spaces.find(group)?.runtime.space.deviceOwner(device as DeviceId)
  }

  #isOwn(peer: string): boolean {
    return this.#host.spaces.all().some(({ runtime: { space } }) => {
      return space.deviceOwner(peer as DeviceId) === space.identity.person
    })
  }

  #credits(group: SpaceId | undefined): SpaceCredits | undefined {
    return group === undefined ? undefined : this.#spaces.get(group)
  }

  /** In each space where its person is known. */
  #creditsOf(peer: string): readonly (PersonCredit & { readonly person: PersonId })[] {
    return [...this.#spaces].flatMap(([group, credits]) => {
      const person = this.#personOf(peer, group)
      const credit = person === undefined ? undefined : credits.of(person)
      return credit === undefined ? [] : [{ ...credit, person: person! }]
    })
  }

  #spend(peer: string, bytes: number): void {
    const nowMs = this.#host.ports.clock.wall()
    for (const { person, balance, limitBytes } of this.#creditsOf(peer)) {
      const allowance = refillAllowance(this.#allowances.get(person), nowMs)
      if (judgeDebt({ balance, limitBytes }, allowance).by === 'credit') continue
      this.#allowances.delete(person)
      this.#allowances.set(person, spendAllowance(allowance, bytes))
      if (this.#allowances.size <= ALLOWANCES_MAX) continue
      this.#allowances.delete(this.#allowances.keys().next().value!)
    }
  }

  #onReceipt(receipt: Receipt): void {
    const { group, payer, payee, payeePerson, windowEndMs: atMs } = receipt
    this.#doubted(this.clocks.agreed(payer) || this.clocks.agreed(payee))
    if (payer === this.#host.identity.current.device) {
      this.#see([payeePerson], { kind: 'served', atMs, what: 'receipt' })
    }
    if (group === undefined) return this.#receiptsChanged()
    this.#credits(group)?.changed()
    this.#host.events.emitSoon({ type: 'files', space: group })
  }

  /** Faces show it with how the peer is, and how people stand. */
  #doubted(isNews: boolean): void {
    if (!isNews) return
    this.#host.events.emitSoon({ type: 'status' })
    for (const credits of this.#spaces.values()) credits.changed()
  }

  /** What receipts of earlier lives say of who served us. */
  #seeServed({ runtime: { space } }: OpenSpace): void {
    for (const { payer, payeePerson, windowEndMs: atMs } of this.receiptsIn(space.id)) {
      if (payer !== space.identity.device) continue
      this.#see([payeePerson], { kind: 'served', atMs, what: 'receipt' })
    }
  }

  #peopleOf(peer: string): readonly PersonId[] {
    const people = [...this.#spaces.keys()].flatMap((group) => this.#personOf(peer, group) ?? [])
    return [...new Set(people)]
  }

  #see(people: readonly PersonId[], outcome: Omit<Outcome, 'person'>): void {
    const added = people.map((person) => ({ ...outcome, person }))
    this.#outcomes = keepOutcomes(this.#outcomes, added)
  }

  #noted(): CreditNotes {
    const nowMs = this.#host.ports.clock.wall()
    const debts = this.#engine?.debts() ?? []
    const unsigned = debts.map(({ ageMs, ...rest }) => ({ ...rest, sentAtMs: nowMs - ageMs }))
    return { unsigned, allowances: this.#allowances }
  }
}

/** Nobody has to believe whose a device is where everybody is a stranger: it counts as a person of its own. */
function inPublic(device: string): PersonId {
  return device as PersonId
}
