/**
 * The epoch secrets of one device: opening what is sealed to it, and, where the recovery words are at hand, to its person;
 * following chains; giving on what it may.
 *
 * Invariants:
 * 1. A secret is kept only if its hash is the commitment; a seal that gives another one is reported.
 * 2. Secrets are on disk only under a key of the device's own (`secret-store.ts`): prekeys are thrown away in time, and
 *    what was sealed to them has to stay readable here.
 */

import { equalBytes, utf8 } from '@hamlet/core'
import type { EpochId, SpaceId } from '@hamlet/core'
import { openSealed } from '@hamlet/identity'
import type { PrekeySecret } from '@hamlet/identity'
import { ADMIT_SEALS_MAX, EPOCH_PARENTS_MAX } from './control-operation.ts'
import type { AdmitSeal, EpochSeal, RecipientId } from './control-operation.ts'
import type { ControlState, EpochState, MemberState } from './control-state.ts'
import {
  compareEpochs,
  epochCommitment,
  epochHeads,
  isTurningPoint,
  makeEpoch,
  mayOpen,
  openChain,
  sealInfo,
  sealSecret,
} from './epochs.ts'
import type { EpochPorts, IsReleased, MadeEpoch, RecipientChange } from './epochs.ts'
import { forgottenAtMs } from './ephemeral.ts'
import { memberBy, recipientsOf } from './recipients.ts'
import type { Recipient } from './recipients.ts'
import { SPACE_PREKEYS_MAX } from './secret-store.ts'
import type { StoredSecrets } from './secret-store.ts'
import type { SpaceIdentity } from './space-ports.ts'

/** Under how many epochs' discovery secrets a space can be found. */
export const DISCOVERY_EPOCHS = 3
/** So many epochs before those are tried with a member's device, or a former one, that knows none of them. */
export const EARLIER_EPOCHS_MAX = 256

const EMPTY = new Uint8Array(0)
const DISCOVERY_DOMAIN = utf8('hamlet/v1/discovery\0')

/** What a device opens seals with. */
export type OwnKeys = Pick<
  SpaceIdentity,
  'person' | 'device' | 'prekeyPrivate' | 'earlierPrekeys' | 'recoveryPrivate'
>

/** What the keys are judged by besides a state; by default the history is everybody's and no time passes. */
export interface KeysView {
  /** Whether the history may be handed to a member of a state by now. */
  readonly isReleased?: (state: ControlState, member: MemberState) => boolean
  /** The wall clock. */
  readonly nowMs?: () => number
}

/** The secrets this device has opened. */
export class EpochKeys {
  readonly #ports: EpochPorts
  readonly #space: SpaceId
  readonly #own: OwnKeys
  readonly #isReleased: NonNullable<KeysView['isReleased']>
  readonly #nowMs: () => number
  /** By which members meet, of epochs whose secret was forgotten. */
  readonly #discovery = new Map<EpochId, Uint8Array>()
  /** Of this space alone, newest first. */
  #ownPrekeys: readonly PrekeySecret[] = []
  #isUnsaved = false
  /** Newest first. */
  #prekeys: readonly Uint8Array[]
  readonly #secrets = new Map<EpochId, Uint8Array>()
  /** Kept from an earlier run, of epochs that are not known yet: the logs are followed from the beginning, perhaps. */
  readonly #waiting = new Map<EpochId, Uint8Array>()
  /** Seals tried per epoch, so that each costs one agreement a prekey at most. */
  readonly #sealsTried = new Map<EpochId, number>()
  readonly #mismatched = new Set<EpochId>()

  constructor(ports: EpochPorts, space: SpaceId, own: OwnKeys, view: KeysView = {}) {
    this.#ports = ports
    this.#space = space
    this.#own = own
    this.#isReleased = view.isReleased ?? (() => true)
    this.#nowMs = view.nowMs ?? (() => 0)
    this.#prekeys = [own.prekeyPrivate, ...(own.earlierPrekeys ?? [])]
  }

  /** All secrets known, by ascending epoch. */
  get all(): readonly (readonly [EpochId, Uint8Array])[] {
    return byEpoch(this.#secrets)
  }

  /** Whether something was forgotten, or found for meeting only, since what is kept was last taken. */
  get isUnsaved(): boolean {
    return this.#isUnsaved
  }

  /** What has to outlive a restart, to be written now. */
  takeStored(): StoredSecrets {
    this.#isUnsaved = false
    const secrets = byEpoch(new Map([...this.#waiting, ...this.#secrets]))
    return { secrets, discovery: byEpoch(this.#discovery), prekeys: this.#ownPrekeys }
  }

  /** Prekeys of this space alone, newest first. */
  get ownPrekeys(): readonly PrekeySecret[] {
    return this.#ownPrekeys
  }

  /** In place of one of the same serial that could not be announced. */
  addOwnPrekey(prekey: PrekeySecret): void {
    const others = this.#ownPrekeys.filter(({ serial }) => serial !== prekey.serial)
    this.#ownPrekeys = [prekey, ...others].slice(0, SPACE_PREKEYS_MAX)
  }

  /** Forgets own prekeys that were replaced so long ago by one that others know of; whether there were any. */
  forgetOwnPrekeys(keptMs: number, serial: number): boolean {
    const nowMs = this.#nowMs()
    const announced = this.#ownPrekeys.filter((prekey) => prekey.serial <= serial)
    const kept = this.#ownPrekeys.filter((prekey) => {
      const next = announced[announced.indexOf(prekey) - 1]
      return next === undefined || nowMs - next.createdAtMs < keptMs
    })
    const isLess = kept.length < this.#ownPrekeys.length
    this.#ownPrekeys = kept
    return isLess
  }

  /** Forgets the secrets that are due, for good; gives their epochs. */
  forgetDue(state: ControlState): EpochId[] {
    const due = [...state.epochs.values()].filter((epoch) => {
      return this.#secrets.has(epoch.id) && this.#isDue(state, epoch)
    })
    for (const epoch of due) {
      this.#keepDiscovery(state, epoch, this.#secrets.get(epoch.id)!)
      this.#secrets.delete(epoch.id)
    }
    return due.map(({ id }) => id)
  }

  /** Seals may be to this prekey from now on. */
  addPrekey(privateKey: Uint8Array): void {
    if (this.#prekeys.some((known) => equalBytes(known, privateKey))) return
    this.#prekeys = [privateKey, ...this.#prekeys]
  }

  /** Takes secrets kept from an earlier run; those that are not what their epochs commit to are left out. */
  restore({ secrets, discovery, prekeys }: StoredSecrets, state: ControlState): void {
    this.#ownPrekeys = prekeys
    for (const [id, secret] of discovery) this.#discovery.set(id, secret)
    for (const [id, secret] of secrets) this.#waiting.set(id, secret)
    this.#takeWaiting(state)
  }

  secret(epoch: EpochId): Uint8Array | undefined {
    return this.#secrets.get(epoch)
  }

  readonly isKnown = (epoch: EpochId): boolean => this.#secrets.has(epoch)

  /** Epochs whose seal to this device holds something else than the commitment says. */
  get mismatched(): ReadonlySet<EpochId> {
    return this.#mismatched
  }

  /** Opens what can be opened in a state; gives the epochs opened for the first time. */
  refresh(state: ControlState): EpochId[] {
    const opened = this.#takeWaiting(state)
    for (const epoch of [...state.epochs.values()].sort(compareEpochs)) {
      if (this.#secrets.has(epoch.id) || this.#discovery.has(epoch.id)) continue
      const secret = this.#openSeals(epoch)
      if (secret === undefined) continue
      if (this.#isDue(state, epoch)) this.#keepDiscovery(state, epoch, secret)
      else this.#keep(epoch, secret, state, opened)
    }
    return opened
  }

  /** Derived from the newest epochs, newest first: members recognise each other by them, for as long as they stay. */
  discoverySecrets(state: ControlState): Uint8Array[] {
    return this.#discoverySecrets(state, 0, DISCOVERY_EPOCHS)
  }

  /** Of the epochs before those: by which a device that has missed the newest is recognised. */
  earlierSecrets(state: ControlState): Uint8Array[] {
    return this.#discoverySecrets(state, DISCOVERY_EPOCHS, EARLIER_EPOCHS_MAX)
  }

  /** Kept also of epochs that nobody meets by, so that none is opened again. */
  #keepDiscovery(state: ControlState, epoch: EpochState, secret: Uint8Array): void {
    if (!this.#fits(epoch, secret)) return
    this.#mismatched.delete(epoch.id)
    this.#discovery.set(epoch.id, this.#meetBy(secret))
    this.#isUnsaved = true
  }

  #isDue({ ephemeral }: ControlState, { madeAtMs }: EpochState): boolean {
    return ephemeral !== undefined && this.#nowMs() >= forgottenAtMs(ephemeral, madeAtMs)
  }

  /**
   * A new epoch on top of the newest known ones (others are left for who can chain them), for the members of `state`,
   * with `newcomers` and without the devices `leaving`.
   */
  makeNext(state: ControlState, { newcomers = [], leaving = [] }: RecipientChange = {}): MadeEpoch {
    const staying = recipientsOf(state).filter(({ id }) => !leaving.includes(id))
    const recipients = [...staying, ...newcomers]
    const isToChain = this.#chainableFor(state, recipients)
    const heads = epochHeads(state).sort(compareEpochs)
    const chained = heads.filter((head) => this.#secrets.has(head.id) && isToChain(head))
    const parents = (chained.length > 0 ? chained : heads)
      .slice(0, EPOCH_PARENTS_MAX)
      .map(({ id }) => {
        return { id, secret: chained.length > 0 ? this.#secrets.get(id) : undefined }
      })
    return makeEpoch(this.#ports, this.#space, recipients, parents, state.history)
  }

  /** The secrets of all newest epochs, sealed to a newcomer: with their chains, the whole history. */
  sealHistoryTo(state: ControlState, newcomer: readonly Recipient[]): AdmitSeal[] {
    return this.#sealAll(epochHeads(state), newcomer)
  }

  /** To a further device of a member: what the member's other devices may have, the newest first. */
  sealOwnTo(state: ControlState, member: MemberState, newcomer: readonly Recipient[]): AdmitSeal[] {
    const epochs = state.history === 'all' ? epochHeads(state) : [...state.epochs.values()]
    const isReleased: IsReleased = (who) => this.#isReleased(state, who)
    const own = epochs.filter((epoch) => mayOpen(state, epoch, member, isReleased))
    return this.#sealAll(own, newcomer)
  }

  /** The secret of an epoch known here, for further recipients. */
  sealTo({ id, commitment }: EpochState, recipients: readonly Recipient[]): EpochSeal[] {
    const secret = this.#secrets.get(id)!
    return recipients.map((to) => sealSecret(this.#ports, this.#space, commitment, to, secret))
  }

  /** As many of the newest as one operation has room for. */
  #sealAll(epochs: readonly EpochState[], newcomer: readonly Recipient[]): AdmitSeal[] {
    const known = epochs.filter(({ id }) => this.#secrets.has(id)).sort(compareEpochs)
    const room = Math.floor(ADMIT_SEALS_MAX / newcomer.length)
    const sealed = known.slice(0, room).sort(byEpochId)
    return sealed.flatMap((epoch) =>
      this.sealTo(epoch, newcomer).map((seal) => ({ epoch: epoch.id, ...seal })),
    )
  }

  /** Whoever gets an epoch gets all that it chains: only what every recipient may have. */
  #chainableFor(
    state: ControlState,
    recipients: readonly Recipient[],
  ): (head: EpochState) => boolean {
    const members = [...new Set(recipients.map(({ id }) => memberBy(state, id)))]
    const isReleased: IsReleased = (who) => this.#isReleased(state, who)
    return (head) =>
      members.every((who) => who !== undefined && mayOpen(state, head, who, isReleased))
  }

  #discoverySecrets(state: ControlState, from: number, count: number): Uint8Array[] {
    const known = [...state.epochs.values()].filter((epoch) => {
      const { id } = epoch
      const isMet = state.ephemeral === undefined || isTurningPoint(state, epoch)
      return isMet && (this.#secrets.has(id) || this.#discovery.has(id))
    })
    const wanted = known.sort(compareEpochs).slice(from, from + count)
    return wanted.map(({ id }) => this.#discovery.get(id) ?? this.#meetBy(this.#secrets.get(id)!))
  }

  #meetBy(secret: Uint8Array): Uint8Array {
    return this.#ports.crypto.hkdf(secret, EMPTY, DISCOVERY_DOMAIN, 32)
  }

  /** Those of earlier runs whose epochs are known by now. */
  #takeWaiting(state: ControlState): EpochId[] {
    const taken: EpochId[] = []
    for (const [id, secret] of this.#waiting) {
      const epoch = state.epochs.get(id)
      if (epoch === undefined) continue
      this.#waiting.delete(id)
      if (this.#secrets.has(id) || this.#discovery.has(id) || !this.#fits(epoch, secret)) continue
      if (this.#isDue(state, epoch)) this.#keepDiscovery(state, epoch, secret)
      else {
        this.#secrets.set(id, secret)
        this.#mismatched.delete(id)
        taken.push(id)
      }
    }
    return taken
  }

  #openSeals(epoch: EpochState): Uint8Array | undefined {
    const tried = this.#sealsTried.get(epoch.id) ?? 0
    const own = epoch.seals.filter(({ to }) => this.#keysOf(to) !== undefined)
    this.#sealsTried.set(epoch.id, own.length)
    for (const seal of own.slice(tried)) {
      const secret = this.#openSeal(seal, sealInfo(this.#space, epoch.commitment, seal.to))
      if (secret !== undefined && this.#fits(epoch, secret)) return secret
      this.#mismatched.add(epoch.id)
    }
    return undefined
  }

  /** The private keys that open what is sealed to a recipient; `undefined`: it is somebody else. */
  #keysOf(to: RecipientId): readonly Uint8Array[] | undefined {
    if (to === this.#own.device) {
      return [...this.#ownPrekeys.map(({ privateKey }) => privateKey), ...this.#prekeys]
    }
    const { recoveryPrivate, person } = this.#own
    return to === person && recoveryPrivate !== undefined ? [recoveryPrivate] : undefined
  }

  #openSeal(seal: EpochSeal, info: Uint8Array): Uint8Array | undefined {
    for (const privateKey of this.#keysOf(seal.to) ?? []) {
      const secret = openSealed(this.#ports.crypto, privateKey, seal, info, EMPTY)
      if (secret !== undefined) return secret
    }
    return undefined
  }

  #keep(epoch: EpochState, secret: Uint8Array, state: ControlState, opened: EpochId[]): void {
    const waiting: [EpochState, Uint8Array][] = [[epoch, secret]]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [current, currentSecret] = next
      if (this.#secrets.has(current.id) || this.#isDue(state, current)) continue
      this.#secrets.set(current.id, currentSecret)
      this.#mismatched.delete(current.id)
      opened.push(current.id)
      for (const [id, parentSecret] of openChain(this.#ports.crypto, currentSecret, current)) {
        const parent = state.epochs.get(id)
        if (parent === undefined || !current.parents.includes(id)) continue
        if (this.#fits(parent, parentSecret)) waiting.push([parent, parentSecret])
        else this.#mismatched.add(id)
      }
    }
  }

  #fits(epoch: EpochState, secret: Uint8Array): boolean {
    return equalBytes(epochCommitment(this.#ports.crypto, secret), epoch.commitment)
  }
}

function byEpoch(secrets: ReadonlyMap<EpochId, Uint8Array>): (readonly [EpochId, Uint8Array])[] {
  return [...secrets].sort(([a], [b]) => (a < b ? -1 : 1))
}

function byEpochId(a: EpochState, b: EpochState): number {
  return a.id < b.id ? -1 : 1
}
