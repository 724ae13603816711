/**
 * Epoch keys: making an epoch, sealing its secret, and finding the secrets this device may have.
 *
 * An epoch secret is 32 random bytes. The `epoch` operation names its recipients in the open (one HPKE seal for each
 * device of a member of rank reader or above), commits to the secret by a hash and carries the parents' secrets
 * under the new one, so that whoever opens one epoch opens its ancestors. Format: `docs/formats/control.md`.
 *
 *     commitment = SHA-256("hamlet/v1/epoch\0" ‖ secret)
 *     seal info  = "hamlet/v1/epoch-seal\0" ‖ space ‖ commitment ‖ device
 *     chain key  = HKDF(secret, empty, "hamlet/v1/chain\0" ‖ commitment, 32), AES-256-GCM, nonce of zeros
 *
 * Invariants:
 * 1. A secret is kept only if its hash is the commitment; a seal that gives another one is reported.
 * 2. Secrets live in memory only and are opened again from the seals at every start.
 * 3. Nothing is written under an epoch that someone can read who is not a member in the writer's own past.
 */

import { concatBytes, decodeFields, encodeCbor, equalBytes, idToBytes, utf8 } from '@hamlet/core'
import type { Crypto, DeviceId, EpochId, Random, SpaceId } from '@hamlet/core'
import { openSealed, sealTo } from '@hamlet/identity'
import { EPOCH_PARENTS_MAX } from './control-operation.ts'
import type { AdmitSeal, DeviceSeal, EpochOperation } from './control-operation.ts'
import { recipientsOf } from './control-rules.ts'
import type { ControlState, EpochState, MemberDevice } from './control-state.ts'

export const EPOCH_SECRET_BYTES = 32
/** Under how many epochs' discovery secrets a space can be found. */
export const DISCOVERY_EPOCHS = 3

const EMPTY = new Uint8Array(0)
const ZERO_NONCE = new Uint8Array(12)
const COMMITMENT_DOMAIN = utf8('hamlet/v1/epoch\0')
const SEAL_DOMAIN = utf8('hamlet/v1/epoch-seal\0')
const CHAIN_DOMAIN = utf8('hamlet/v1/chain\0')
const DISCOVERY_DOMAIN = utf8('hamlet/v1/discovery\0')
const REQUEST_KEY_DOMAIN = utf8('hamlet/v1/invite-request-key\0')

export interface EpochPorts {
  readonly crypto: Crypto
  readonly random: Random
}

/** How the recipients of a new epoch differ from the devices of the members. */
export interface RecipientChange {
  readonly newcomers?: readonly MemberDevice[]
  readonly leaving?: readonly DeviceId[]
}

export interface EpochParent {
  readonly id: EpochId
  /** Absent when this device could not open it: it is named as parent and cannot be chained. */
  readonly secret: Uint8Array | undefined
}

export function epochCommitment(crypto: Crypto, secret: Uint8Array): Uint8Array {
  return crypto.hash(COMMITMENT_DOMAIN, secret)
}

/** A new epoch for `recipients`. `parents` are chained unless `history` is `from-join`. */
export function makeEpoch(
  ports: EpochPorts,
  space: SpaceId,
  recipients: readonly MemberDevice[],
  parents: readonly EpochParent[],
  history: 'all' | 'from-join',
): { readonly operation: EpochOperation; readonly secret: Uint8Array } {
  const secret = ports.random.bytes(EPOCH_SECRET_BYTES)
  const commitment = epochCommitment(ports.crypto, secret)
  const ordered = [...recipients].sort((a, b) => (a.device < b.device ? -1 : 1))
  const seals = ordered.map((to) => sealSecret(ports, space, commitment, to, secret))
  const named = [...parents].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, EPOCH_PARENTS_MAX)
  const chain = history === 'all' ? sealChain(ports.crypto, secret, commitment, named) : undefined
  const ids = named.map(({ id }) => id)
  return { operation: { name: 'epoch', commitment, parents: ids, seals, chain }, secret }
}

export function sealSecret(
  ports: EpochPorts,
  space: SpaceId,
  commitment: Uint8Array,
  to: MemberDevice,
  secret: Uint8Array,
): DeviceSeal {
  const info = sealInfo(space, commitment, to.device)
  const { enc, ciphertext } = sealTo(ports.crypto, ports.random, to.prekey, info, EMPTY, secret)
  return { device: to.device, enc, ciphertext }
}

function sealInfo(space: SpaceId, commitment: Uint8Array, device: DeviceId): Uint8Array {
  return concatBytes(SEAL_DOMAIN, idToBytes(space), commitment, idToBytes(device))
}

function chainKey(crypto: Crypto, secret: Uint8Array, commitment: Uint8Array): Uint8Array {
  return crypto.hkdf(secret, EMPTY, concatBytes(CHAIN_DOMAIN, commitment), 32)
}

function sealChain(
  crypto: Crypto,
  secret: Uint8Array,
  commitment: Uint8Array,
  parents: readonly EpochParent[],
): Uint8Array | undefined {
  const known = parents.filter((parent) => parent.secret !== undefined)
  if (known.length === 0) return undefined
  const links = encodeCbor(known.map(({ id, secret }) => [idToBytes(id), secret!]))
  const key = chainKey(crypto, secret, commitment)
  return crypto.encrypt('aes-256-gcm', key, ZERO_NONCE, links, EMPTY)
}

function openChain(
  crypto: Crypto,
  secret: Uint8Array,
  epoch: EpochState,
): readonly (readonly [EpochId, Uint8Array])[] {
  if (epoch.chain === undefined || epoch.chain.length < 16) return []
  const key = chainKey(crypto, secret, epoch.commitment)
  const links = crypto.decrypt('aes-256-gcm', key, ZERO_NONCE, epoch.chain, EMPTY)
  const decoded =
    links &&
    decodeFields(concatBytes(Uint8Array.of(0x81), links), 'chain', (fields) =>
      fields.list(EPOCH_PARENTS_MAX, (items) =>
        items.tuple((link) => [link.id<EpochId>(), link.bytes(EPOCH_SECRET_BYTES)] as const),
      ),
    )
  return decoded?.ok === true ? decoded.value : []
}

/** Epochs that are no other epoch's parent, ascending. */
export function epochHeads(state: ControlState): EpochState[] {
  const parents = new Set([...state.epochs.values()].flatMap((epoch) => epoch.parents))
  const heads = [...state.epochs.values()].filter(({ id }) => !parents.has(id))
  return heads.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Deepest first, then the greatest id. */
export function compareEpochs(a: EpochState, b: EpochState): number {
  return b.depth - a.depth || (a.id > b.id ? -1 : 1)
}

/**
 * The epoch to write under: deepest, then greatest id, of those with a known secret that no outsider can read and
 * every member can. `undefined`: make one first. That is also the answer when the whole history is promised to all and
 * a concurrent epoch left somebody out: the next one chains it.
 */
export function chooseEpoch(
  state: ControlState,
  isKnown: (epoch: EpochId) => boolean,
): EpochState | undefined {
  const members = recipientsOf(state)
  const isForAll = (epoch: EpochState): boolean => members.every((it) => epoch.recipients.has(it))
  const leavesOut = epochHeads(state).some((head) => isKnown(head.id) && !isForAll(head))
  if (leavesOut && state.history === 'all') return undefined
  const candidates = [...state.epochs.values()].filter((epoch) => {
    const isExact = epoch.recipients.size === members.length && isForAll(epoch)
    return isExact && !epoch.retired && isKnown(epoch.id)
  })
  return candidates.sort(compareEpochs)[0]
}

/** The request key of an invitation, for members only: 48 bytes. */
export function sealRequestKey(
  crypto: Crypto,
  epochSecret: Uint8Array,
  invitePublicKey: Uint8Array,
  requestKey: Uint8Array,
): Uint8Array {
  const key = crypto.hkdf(epochSecret, invitePublicKey, REQUEST_KEY_DOMAIN, 32)
  return crypto.encrypt('aes-256-gcm', key, ZERO_NONCE, requestKey, EMPTY)
}

export function openRequestKey(
  crypto: Crypto,
  epochSecret: Uint8Array,
  invitePublicKey: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length !== 48) return undefined
  const key = crypto.hkdf(epochSecret, invitePublicKey, REQUEST_KEY_DOMAIN, 32)
  return crypto.decrypt('aes-256-gcm', key, ZERO_NONCE, sealed, EMPTY)
}

/** The secrets this device has opened. */
export class EpochKeys {
  readonly #ports: EpochPorts
  readonly #space: SpaceId
  readonly #device: DeviceId
  readonly #prekeyPrivate: Uint8Array
  readonly #secrets = new Map<EpochId, Uint8Array>()
  /** Seals tried per epoch, so that each costs one agreement at most. */
  readonly #sealsTried = new Map<EpochId, number>()
  readonly #mismatched = new Set<EpochId>()

  constructor(
    ports: EpochPorts,
    space: SpaceId,
    own: { readonly device: DeviceId; readonly prekeyPrivate: Uint8Array },
  ) {
    this.#ports = ports
    this.#space = space
    this.#device = own.device
    this.#prekeyPrivate = own.prekeyPrivate
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
    const opened: EpochId[] = []
    for (const epoch of [...state.epochs.values()].sort(compareEpochs)) {
      if (this.#secrets.has(epoch.id)) continue
      const secret = this.#openSeals(epoch)
      if (secret !== undefined) this.#keep(epoch, secret, state, opened)
    }
    return opened
  }

  /** Derived from the newest epochs, newest first: members recognise each other by them, for as long as they stay. */
  discoverySecrets(state: ControlState): Uint8Array[] {
    const known = [...state.epochs.values()].filter(({ id }) => this.#secrets.has(id))
    const newest = known.sort(compareEpochs).slice(0, DISCOVERY_EPOCHS)
    return newest.map(({ id }) =>
      this.#ports.crypto.hkdf(this.#secrets.get(id)!, EMPTY, DISCOVERY_DOMAIN, 32),
    )
  }

  /**
   * A new epoch on top of the newest known ones (others are left for who can chain them), for the members of `state`,
   * with `newcomers` and without the devices `leaving`.
   */
  makeNext(
    state: ControlState,
    { newcomers = [], leaving = [] }: RecipientChange = {},
  ): { readonly operation: EpochOperation; readonly secret: Uint8Array } {
    const devices = new Set(recipientsOf(state))
    for (const device of leaving) devices.delete(device)
    const members = [...state.members.values()].flatMap((member) => member.devices)
    const recipients = [...members.filter(({ device }) => devices.has(device)), ...newcomers]
    const heads = epochHeads(state).map(({ id }) => ({ id, secret: this.#secrets.get(id) }))
    const known = heads.filter(({ secret }) => secret !== undefined)
    const parents = known.length > 0 ? known : heads
    return makeEpoch(this.#ports, this.#space, recipients, parents, state.history)
  }

  /** The secrets of all newest epochs, sealed to a newcomer: with their chains, the whole history. */
  sealHistoryTo(state: ControlState, newcomer: MemberDevice): AdmitSeal[] {
    const heads = epochHeads(state).filter(({ id }) => this.#secrets.has(id))
    return heads.map(({ id, commitment }) => {
      const secret = this.#secrets.get(id)!
      return { epoch: id, ...sealSecret(this.#ports, this.#space, commitment, newcomer, secret) }
    })
  }

  #openSeals(epoch: EpochState): Uint8Array | undefined {
    const tried = this.#sealsTried.get(epoch.id) ?? 0
    const own = epoch.seals.filter((seal) => seal.device === this.#device)
    this.#sealsTried.set(epoch.id, own.length)
    const info = sealInfo(this.#space, epoch.commitment, this.#device)
    for (const seal of own.slice(tried)) {
      const secret = openSealed(this.#ports.crypto, this.#prekeyPrivate, seal, info, EMPTY)
      if (secret !== undefined && this.#fits(epoch, secret)) return secret
      this.#mismatched.add(epoch.id)
    }
    return undefined
  }

  #keep(epoch: EpochState, secret: Uint8Array, state: ControlState, opened: EpochId[]): void {
    const waiting: [EpochState, Uint8Array][] = [[epoch, secret]]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [current, currentSecret] = next
      if (this.#secrets.has(current.id)) continue
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
