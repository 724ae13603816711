/**
 * Control operations: what is said about members, invitations, keys and policy, readable by every holder of the logs.
 *
 * The payload of a control entry is a canonical CBOR array whose first element is the operation's name. The table of
 * operations with their fields and authors is `docs/formats/control.md`; who may say what is judged in
 * `control-rules.ts`, not here.
 *
 * Worked example: `join-decline` of request 11…11 is `82 6c 6a6f696e2d6465636c696e65 5820 11…11`.
 *
 * Invariants:
 * 1. The decoder is strict and bounded and never throws; decode then encode gives the same bytes.
 * 2. Lists that stand for sets (seals, cuts, signatures) are strictly ascending, so a set has one encoding.
 */

import { decodeFields, encodeCbor, err, idToBytes, PAYLOAD_BYTES_MAX } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, EpochId, FieldReader } from '@hamlet/core'
import type { InviteId, PersonId, RequestId, Result } from '@hamlet/core'
import { SpaceError } from './errors.ts'
import type { InviteMode, Role } from './types.ts'

export type HistoryPolicy = 'all' | 'from-join'
export type MemberRole = Exclude<Role, 'owner'>

/** A device, by its prekey; or a person, by the key that their recovery words give. */
export type RecipientId = DeviceId | PersonId

/** An epoch secret sealed to one recipient: HPKE encapsulated key and ciphertext. */
export interface EpochSeal {
  readonly to: RecipientId
  /** 32 bytes. */
  readonly enc: Uint8Array
  /** 48 bytes: the secret and a tag. */
  readonly ciphertext: Uint8Array
}

export interface AdmitSeal extends EpochSeal {
  readonly epoch: EpochId
}

/** The last entry of a device that still counts: its log's length and that entry's id; length 0 has no id. */
export interface CutPoint {
  readonly device: DeviceId
  readonly length: number
  readonly id: EntryId | undefined
}

export interface PersonSignature {
  readonly person: PersonId
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export interface GenesisOperation {
  readonly name: 'genesis'
  readonly person: PersonId
  readonly certificate: Uint8Array
  readonly history: HistoryPolicy
  readonly nonce: Uint8Array
}

export interface EpochOperation {
  readonly name: 'epoch'
  readonly commitment: Uint8Array
  readonly parents: readonly EpochId[]
  readonly seals: readonly EpochSeal[]
  readonly chain: Uint8Array | undefined
}

export interface InviteOperation {
  readonly name: 'invite'
  readonly publicKey: Uint8Array
  readonly role: MemberRole
  readonly mode: InviteMode
  readonly expiresAtMs: number
  readonly maxUses: number
  readonly sealedRequestKey: Uint8Array
  readonly epoch: EpochId
  readonly sealedSecret: Uint8Array | undefined
}

export interface InviteRevokeOperation {
  readonly name: 'invite-revoke'
  readonly invite: InviteId
}

export interface JoinRequestOperation {
  readonly name: 'join-request'
  readonly request: Uint8Array
}

export interface JoinDeclineOperation {
  readonly name: 'join-decline'
  readonly request: RequestId
}

export interface AdmitOperation {
  readonly name: 'admit'
  readonly request: RequestId
  readonly role: MemberRole
  readonly incarnation: number
  readonly seals: readonly AdmitSeal[]
}

export interface GrantOperation {
  readonly name: 'grant'
  readonly person: PersonId
  readonly role: MemberRole
}

export interface RemoveOperation {
  readonly name: 'remove'
  readonly person: PersonId
  readonly cut: readonly CutPoint[]
}

/** Lowers a role; `grant` raises one. */
export interface DemoteOperation {
  readonly name: 'demote'
  readonly person: PersonId
  readonly role: MemberRole
  readonly cut: readonly CutPoint[]
}

export interface LeaveOperation {
  readonly name: 'leave'
  /** For the person's other devices. */
  readonly cut: readonly CutPoint[]
}

export interface PolicyOperation {
  readonly name: 'policy'
  readonly policy: string
  readonly value: CborValue
}

export interface OwnerTransferOperation {
  readonly name: 'owner-transfer'
  readonly person: PersonId
  readonly cut: readonly CutPoint[]
  readonly signatures: readonly PersonSignature[]
}

export interface DeviceAddOperation {
  readonly name: 'device-add'
  readonly certificate: Uint8Array
  /** Epoch secrets for the new device. */
  readonly seals: readonly AdmitSeal[]
}

export interface DeviceRevokeOperation {
  readonly name: 'device-revoke'
  readonly device: DeviceId
  /** What still counts of the device's log. */
  readonly length: number
  readonly id: EntryId | undefined
  /** By the person's root key, 64 bytes; without it the author has to be an older device of the person. */
  readonly rootSignature: Uint8Array | undefined
}

export interface DeviceResetOperation {
  readonly name: 'device-reset'
  readonly device: DeviceId
  readonly length: number
  readonly id: EntryId | undefined
  readonly rootSignature: Uint8Array | undefined
}

/** Gives an epoch's secret to further recipients among the members: the rest of a large group, or who was left out. */
export interface SealsOperation {
  readonly name: 'seals'
  readonly epoch: EpochId
  readonly seals: readonly EpochSeal[]
}

/** The author's device replaces its prekey. */
export interface PrekeyOperation {
  readonly name: 'prekey'
  readonly prekey: Uint8Array
}

/** The seal of an epoch for the author's device does not hold what the epoch commits to. */
export interface ComplaintOperation {
  readonly name: 'complaint'
  readonly epoch: EpochId
}

export interface ForkOperation {
  readonly name: 'fork'
  readonly proof: Uint8Array
}

export type ControlOperation =
  | GenesisOperation
  | EpochOperation
  | SealsOperation
  | InviteOperation
  | InviteRevokeOperation
  | JoinRequestOperation
  | JoinDeclineOperation
  | AdmitOperation
  | GrantOperation
  | RemoveOperation
  | DemoteOperation
  | LeaveOperation
  | PolicyOperation
  | OwnerTransferOperation
  | DeviceAddOperation
  | DeviceRevokeOperation
  | DeviceResetOperation
  | ForkOperation
  | PrekeyOperation
  | ComplaintOperation

export const CERTIFICATE_BYTES_MAX = 1024
export const EPOCH_SEALS_MAX = 500
export const EPOCH_PARENTS_MAX = 32
export const CHAIN_BYTES_MAX = 4096
export const ADMIT_SEALS_MAX = 64
export const INVITE_USES_MAX = 1000
export const SEALED_KEY_BYTES_MAX = 128
export const REQUEST_BYTES_MAX = 4096
export const CUT_DEVICES_MAX = 500
export const SIGNATURES_MAX = 128
export const POLICY_NAME_BYTES_MAX = 64
export const POLICY_VALUE_BYTES_MAX = 1024
export const FORK_BYTES_MAX = 16_384
/** A signed prekey in an operation. */
export const SIGNED_PREKEY_BYTES_MAX = 256

export const MEMBER_ROLES: readonly MemberRole[] = ['admin', 'writer', 'reader', 'relay']
export const INVITE_MODES: readonly InviteMode[] = ['approve', 'auto']
export const HISTORY_POLICIES: readonly HistoryPolicy[] = ['all', 'from-join']

export function decodeOperation(payload: Uint8Array): Result<ControlOperation, SpaceError> {
  const decoded = decodeFields(payload, 'control operation', readOperation, {
    bytesMax: PAYLOAD_BYTES_MAX,
  })
  if (decoded.ok) return decoded
  return err(
    new SpaceError('SPACE_OPERATION_MALFORMED', 'not a control operation', {
      cause: decoded.error,
    }),
  )
}

type ReaderByName = {
  readonly [Name in ControlOperation['name']]: (
    fields: FieldReader,
  ) => Omit<Extract<ControlOperation, { name: Name }>, 'name'>
}

const READERS: ReaderByName = {
  genesis: (fields) => ({
    person: fields.id(),
    certificate: fields.bytesUpTo(CERTIFICATE_BYTES_MAX),
    history: fields.oneOf(HISTORY_POLICIES),
    nonce: fields.bytes(16),
  }),
  epoch: (fields) => ({
    commitment: fields.bytes(32),
    parents: ascending(
      fields,
      fields.list(EPOCH_PARENTS_MAX, (items) => items.id()),
      (id) => id,
    ),
    seals: readSeals(fields),
    chain: fields.optional(() => fields.bytesUpTo(CHAIN_BYTES_MAX)),
  }),
  seals: (fields) => ({ epoch: fields.id(), seals: readSeals(fields) }),
  invite: (fields) => ({
    publicKey: fields.bytes(32),
    role: fields.oneOf(MEMBER_ROLES),
    mode: fields.oneOf(INVITE_MODES),
    expiresAtMs: fields.uint(),
    maxUses: fields.int(1, INVITE_USES_MAX),
    sealedRequestKey: fields.bytesUpTo(SEALED_KEY_BYTES_MAX),
    epoch: fields.id(),
    sealedSecret: fields.optional(() => fields.bytesUpTo(SEALED_KEY_BYTES_MAX)),
  }),
  'invite-revoke': (fields) => ({ invite: fields.id() }),
  'join-request': (fields) => ({ request: fields.bytesUpTo(REQUEST_BYTES_MAX) }),
  'join-decline': (fields) => ({ request: fields.id() }),
  admit: (fields) => ({
    request: fields.id(),
    role: fields.oneOf(MEMBER_ROLES),
    incarnation: fields.uint(),
    seals: readAdmitSeals(fields),
  }),
  grant: (fields) => ({ person: fields.id(), role: fields.oneOf(MEMBER_ROLES) }),
  remove: (fields) => ({ person: fields.id(), cut: readCut(fields) }),
  demote: (fields) => ({
    person: fields.id(),
    role: fields.oneOf(MEMBER_ROLES),
    cut: readCut(fields),
  }),
  leave: (fields) => ({ cut: readCut(fields) }),
  policy: (fields) => ({
    policy: fields.text(POLICY_NAME_BYTES_MAX, 1),
    value: readPolicyValue(fields),
  }),
  'owner-transfer': (fields) => ({
    person: fields.id(),
    cut: readCut(fields),
    signatures: ascending(
      fields,
      fields.list(SIGNATURES_MAX, (items) => items.tuple(readSignature)),
      (signature) => signature.person,
    ),
  }),
  'device-add': (fields) => ({
    certificate: fields.bytesUpTo(CERTIFICATE_BYTES_MAX),
    seals: readAdmitSeals(fields),
  }),
  'device-revoke': (fields) => ({ ...readPoint(fields), rootSignature: readRootSignature(fields) }),
  'device-reset': (fields) => ({ ...readPoint(fields), rootSignature: readRootSignature(fields) }),
  fork: (fields) => ({ proof: fields.bytesUpTo(FORK_BYTES_MAX) }),
  prekey: (fields) => ({ prekey: fields.bytesUpTo(SIGNED_PREKEY_BYTES_MAX) }),
  complaint: (fields) => ({ epoch: fields.id() }),
}

const OPERATION_NAMES = Object.keys(READERS) as ControlOperation['name'][]

function readOperation(fields: FieldReader): ControlOperation {
  const name = fields.oneOf(OPERATION_NAMES)
  return { name, ...READERS[name](fields) } as ControlOperation
}

function readSeal(fields: FieldReader): EpochSeal {
  return { to: fields.id(), enc: fields.bytes(32), ciphertext: fields.bytes(48) }
}

function readAdmitSeal(fields: FieldReader): AdmitSeal {
  return { epoch: fields.id(), ...readSeal(fields) }
}

function readSeals(fields: FieldReader): EpochSeal[] {
  const seals = fields.list(EPOCH_SEALS_MAX, (items) => items.tuple(readSeal))
  return ascending(fields, seals, (seal) => seal.to)
}

function readAdmitSeals(fields: FieldReader): AdmitSeal[] {
  const seals = fields.list(ADMIT_SEALS_MAX, (items) => items.tuple(readAdmitSeal))
  return ascending(fields, seals, (seal) => seal.epoch + seal.to)
}

function readRootSignature(fields: FieldReader): Uint8Array | undefined {
  return fields.optional(() => fields.bytes(64))
}

function readCut(fields: FieldReader): CutPoint[] {
  const points = fields.list(CUT_DEVICES_MAX, (items) => items.tuple(readPoint))
  return ascending(fields, points, (point) => point.device)
}

function readPoint(fields: FieldReader): CutPoint {
  const device = fields.id<DeviceId>()
  const length = fields.uint()
  const id = fields.optional(() => fields.id<EntryId>())
  if ((id === undefined) !== (length === 0)) throw fields.refuse('id does not fit length')
  return { device, length, id }
}

function readSignature(fields: FieldReader): PersonSignature {
  return { person: fields.id(), signature: fields.bytes(64) }
}

function readPolicyValue(fields: FieldReader): CborValue {
  const value = fields.value()
  if (encodeCbor(value).length > POLICY_VALUE_BYTES_MAX) throw fields.refuse('value too large')
  return value
}

function ascending<T>(fields: FieldReader, list: T[], keyOf: (item: T) => string): T[] {
  for (let i = 1; i < list.length; i++) {
    if (keyOf(list[i - 1]!) >= keyOf(list[i]!)) throw fields.refuse('list out of order')
  }
  return list
}

export function encodeOperation(operation: ControlOperation): Uint8Array {
  return encodeCbor([operation.name, ...fieldsOf(operation)])
}

function fieldsOf(operation: ControlOperation): readonly CborValue[] {
  switch (operation.name) {
    case 'genesis': {
      const { person, certificate, history, nonce } = operation
      return [idToBytes(person), certificate, history, nonce]
    }
    case 'epoch': {
      const { commitment, parents, seals, chain } = operation
      return [commitment, parents.map(idToBytes), seals.map(sealToCbor), chain ?? null]
    }
    case 'seals':
      return [idToBytes(operation.epoch), operation.seals.map(sealToCbor)]
    case 'invite':
      return inviteToCbor(operation)
    case 'invite-revoke':
      return [idToBytes(operation.invite)]
    case 'join-request':
      return [operation.request]
    case 'join-decline':
      return [idToBytes(operation.request)]
    case 'admit': {
      const { request, role, incarnation, seals } = operation
      return [idToBytes(request), role, incarnation, seals.map(admitSealToCbor)]
    }
    case 'grant':
      return [idToBytes(operation.person), operation.role]
    case 'remove':
      return [idToBytes(operation.person), operation.cut.map(pointToCbor)]
    case 'demote':
      return [idToBytes(operation.person), operation.role, operation.cut.map(pointToCbor)]
    case 'leave':
      return [operation.cut.map(pointToCbor)]
    case 'policy':
      return [operation.policy, operation.value]
    case 'owner-transfer': {
      const { person, cut, signatures } = operation
      return [idToBytes(person), cut.map(pointToCbor), signatures.map(signatureToCbor)]
    }
    case 'device-add':
      return [operation.certificate, operation.seals.map(admitSealToCbor)]
    case 'device-revoke':
    case 'device-reset':
      return [...pointToCbor(operation), operation.rootSignature ?? null]
    case 'fork':
      return [operation.proof]
    case 'prekey':
      return [operation.prekey]
    case 'complaint':
      return [idToBytes(operation.epoch)]
  }
}

function inviteToCbor(invite: InviteOperation): CborValue[] {
  const { publicKey, role, mode, expiresAtMs, maxUses, sealedRequestKey, epoch } = invite
  const secret = invite.sealedSecret ?? null
  return [publicKey, role, mode, expiresAtMs, maxUses, sealedRequestKey, idToBytes(epoch), secret]
}

function sealToCbor(seal: EpochSeal): CborValue[] {
  return [idToBytes(seal.to), seal.enc, seal.ciphertext]
}

function admitSealToCbor(seal: AdmitSeal): CborValue[] {
  return [idToBytes(seal.epoch), ...sealToCbor(seal)]
}

function pointToCbor(point: CutPoint): CborValue[] {
  return [
    idToBytes(point.device),
    point.length,
    point.id === undefined ? null : idToBytes(point.id),
  ]
}

function signatureToCbor(signature: PersonSignature): CborValue[] {
  return [idToBytes(signature.person), signature.signature]
}
