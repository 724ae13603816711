/**
 * Epochs: making one, sealing its secret, and choosing which one to write under. The secrets this device has:
 * `epoch-keys.ts`.
 *
 * An epoch secret is 32 random bytes. The `epoch` operation names its recipients in the open (one HPKE seal for each
 * device and each recovery key of a member of rank reader or above, `recipients.ts`), commits to the secret by a hash and carries the parents' secrets
 * under the new one, so that whoever opens one epoch opens its ancestors. Format: `docs/formats/control.md`.
 *
 *     commitment = SHA-256("hamlet/v1/epoch\0" ‖ secret)
 *     seal info  = "hamlet/v1/epoch-seal\0" ‖ space ‖ commitment ‖ device, or person
 *     chain key  = HKDF(secret, empty, "hamlet/v1/chain\0" ‖ commitment, 32), AES-256-GCM, nonce of zeros
 *
 * Invariant: nothing is written under an epoch that someone can read who is not a member in the writer's own past.
 */

import { concatBytes, decodeFields, encodeCbor, idToBytes, utf8 } from '@hamlet/core'
import type { Crypto, EpochId, Random, SpaceId } from '@hamlet/core'
import { sealTo } from '@hamlet/identity'
import { EPOCH_PARENTS_MAX, EPOCH_SEALS_MAX } from './control-operation.ts'
import type { EpochOperation, EpochSeal, RecipientId } from './control-operation.ts'
import { isKeyHolder } from './control-state.ts'
import type { ControlState, EpochState, MemberState } from './control-state.ts'
import { distinct, recipientsOf, recipientsOfMember } from './recipients.ts'
import type { Recipient } from './recipients.ts'

export const EPOCH_SECRET_BYTES = 32

const EMPTY = new Uint8Array(0)
const ZERO_NONCE = new Uint8Array(12)
const COMMITMENT_DOMAIN = utf8('hamlet/v1/epoch\0')
const SEAL_DOMAIN = utf8('hamlet/v1/epoch-seal\0')
const CHAIN_DOMAIN = utf8('hamlet/v1/chain\0')
const REQUEST_KEY_DOMAIN = utf8('hamlet/v1/invite-request-key\0')

export interface EpochPorts {
  readonly crypto: Crypto
  readonly random: Random
}

/** How the recipients of a new epoch differ from those of the members. */
export interface RecipientChange {
  readonly newcomers?: readonly Recipient[]
  readonly leaving?: readonly RecipientId[]
}

export interface MadeEpoch {
  readonly operation: EpochOperation
  readonly secret: Uint8Array
  /** For the recipients the operation has no room for, to be given by `seals`. */
  readonly more: readonly EpochSeal[]
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
  recipients: readonly Recipient[],
  parents: readonly EpochParent[],
  history: 'all' | 'from-join',
): MadeEpoch {
  const secret = ports.random.bytes(EPOCH_SECRET_BYTES)
  const commitment = epochCommitment(ports.crypto, secret)
  const seals = distinct(recipients).map((to) => sealSecret(ports, space, commitment, to, secret))
  const named = [...parents].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, EPOCH_PARENTS_MAX)
  const chain = history === 'all' ? sealChain(ports.crypto, secret, commitment, named) : undefined
  const ids = named.map(({ id }) => id)
  const first = seals.slice(0, EPOCH_SEALS_MAX)
  const operation = { name: 'epoch', commitment, parents: ids, seals: first, chain } as const
  return { operation, secret, more: seals.slice(EPOCH_SEALS_MAX) }
}

export function sealSecret(
  ports: EpochPorts,
  space: SpaceId,
  commitment: Uint8Array,
  { id: to, publicKey }: Recipient,
  secret: Uint8Array,
): EpochSeal {
  const info = sealInfo(space, commitment, to)
  const { enc, ciphertext } = sealTo(ports.crypto, ports.random, publicKey, info, EMPTY, secret)
  return { to, enc, ciphertext }
}

export function sealInfo(space: SpaceId, commitment: Uint8Array, to: RecipientId): Uint8Array {
  return concatBytes(SEAL_DOMAIN, idToBytes(space), commitment, idToBytes(to))
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

export function openChain(
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

/**
 * The newest epochs, ascending: those no other one leads to. Where the whole history is promised, a later epoch leads to
 * its parents by its chain only: whoever knew none of their secrets named them all the same, and left them unreachable
 * for all who come.
 */
export function epochHeads(state: ControlState): EpochState[] {
  const epochs = [...state.epochs.values()]
  const leading = epochs.filter(({ chain }) => chain !== undefined || state.history !== 'all')
  const reached = new Set(leading.flatMap(({ parents }) => parents))
  return epochs.filter(({ id }) => !reached.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Whether the history may be handed to a member by now. */
export type IsReleased = (member: MemberState) => boolean

/** Whether a member may have the secret of an epoch, by what the space promises to those who come. */
export function mayOpen(
  { history }: ControlState,
  { recipients }: EpochState,
  member: MemberState,
  isReleased: IsReleased,
): boolean {
  const ever = [...member.everDevices, member.person]
  if (ever.some((id) => recipients.has(id))) return true
  return history === 'all' && isReleased(member)
}

/**
 * Whether an epoch was made because the members had changed: its recipients are others than those of any parent. Where
 * epochs are short-lived members find each other by these, since all who are in were given one of the newest.
 */
export function isTurningPoint(state: ControlState, epoch: EpochState): boolean {
  const own = firstRecipients(epoch)
  return epoch.parents.every((id) => {
    const parent = state.epochs.get(id)
    return parent === undefined || firstRecipients(parent) !== own
  })
}

function firstRecipients({ seals, sealsAtFirst }: EpochState): string {
  return seals
    .slice(0, sealsAtFirst)
    .map(({ to }) => to)
    .join()
}

/** Deepest first, then the greatest id. */
export function compareEpochs(a: EpochState, b: EpochState): number {
  return b.depth - a.depth || (a.id > b.id ? -1 : 1)
}

/**
 * The epoch to write under: deepest, then greatest id, of those with a known secret that no outsider can read and
 * every member can. `undefined`: make one first. That is also the answer when the whole history is promised to all and
 * a concurrent epoch left somebody out who may have it by now: the next one chains it. `isFit`: whether one may be used for anything else that
 * is known of it, such as its age, complaints, or what its maker had not heard of.
 */
export function chooseEpoch(
  state: ControlState,
  isKnown: (epoch: EpochId) => boolean,
  isReleased: IsReleased,
  isFit: (epoch: EpochState) => boolean = () => true,
): EpochState | undefined {
  const members = recipientsOf(state).map(({ id }) => id)
  const isForAll = (epoch: EpochState): boolean => members.every((it) => epoch.recipients.has(it))
  const isOwed = (head: EpochState): boolean =>
    isKnown(head.id) && leavesOut(state, head, isReleased)
  if (state.history === 'all' && epochHeads(state).some(isOwed)) return undefined
  const candidates = [...state.epochs.values()].filter((epoch) => {
    const isExact = epoch.recipients.size === members.length && isForAll(epoch)
    return isExact && !epoch.retired && isKnown(epoch.id)
  })
  return candidates
    .sort(compareEpochs)
    .find((epoch) => isFit(epoch) && countReaders(state, epoch) === members.length)
}

function leavesOut(state: ControlState, epoch: EpochState, isReleased: IsReleased): boolean {
  return [...state.members.values()].some((member) => {
    if (!isKeyHolder(member) || !mayOpen(state, epoch, member, isReleased)) return false
    return recipientsOfMember(state, member).some(({ id }) => !epoch.recipients.has(id))
  })
}

/** How many recipients can open an epoch: those it or a later one that carries its secret in its chain is sealed to. */
function countReaders(state: ControlState, epoch: EpochState): number {
  const readers = new Set<RecipientId>()
  const seen = new Set<EpochId>()
  const waiting = [epoch]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, recipients } = next
    if (seen.has(id)) continue
    seen.add(id)
    for (const id of recipients) readers.add(id)
    for (const later of state.epochs.values()) {
      if (later.chain !== undefined && later.parents.includes(id)) waiting.push(later)
    }
  }
  return readers.size
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
