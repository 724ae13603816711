/**
 * The vocabulary of a space: what entries, members, invitations and requests are to the rest of Hamlet.
 *
 * A space is a set of entries in one log per member device. Whether an entry counts depends only on its causal past
 * (and on the cuts of removals); everything below is derived from that set and can be rebuilt from it. Formats:
 * `docs/formats/entry.md`, `docs/formats/control.md`.
 */

import type {
  CborValue,
  DeviceId,
  EntryId,
  EpochId,
  InviteId,
  PersonId,
  RequestId,
  SpaceId,
} from '@hamlet/core'
import type { HybridTime } from '@hamlet/crdt'

export type Role = 'owner' | 'admin' | 'writer' | 'reader' | 'relay'

/** Strict ranks: an operation may only affect people of lower rank than its author. */
export const RANK_BY_ROLE: Readonly<Record<Role, number>> = {
  owner: 3,
  admin: 2,
  writer: 1,
  reader: 0,
  relay: -1,
}

/** A causal predecessor in another device's log. */
export interface Dependency {
  readonly device: DeviceId
  readonly seq: number
  readonly id: EntryId
}

export interface EntryHeader {
  /** `undefined` in the genesis entry, whose hash the space id is. */
  readonly space: SpaceId | undefined
  readonly device: DeviceId
  readonly seq: number
  /** The entry before it in the same log; `undefined` at sequence 0. */
  readonly previous: EntryId | undefined
  /** Newest entries of other logs seen since the previous entry, sorted by device, one per device, at most 32. */
  readonly deps: readonly Dependency[]
  readonly time: HybridTime
  /** The epoch the payload is encrypted under; `undefined` for control entries, which are readable by every holder. */
  readonly epoch: EpochId | undefined
  readonly payloadHash: Uint8Array
  readonly payloadBytes: number
}

/** A header with its id and its payload as stored: ciphertext, or a control operation in the clear. */
export interface Entry extends EntryHeader {
  readonly id: EntryId
  readonly payload: Uint8Array
  /** Key of the log it is in, when that is a branch of a device that signed several histories. */
  readonly log?: DeviceId
}

/** Key of the log an entry is in, or what the part of the history is called that a content entry is in. */
export function logOf(entry: Pick<Entry, 'device' | 'log'>): DeviceId {
  return entry.log ?? entry.device
}

/** What a feature writes: a type such as `chat.message`, and a CBOR value of at most `CONTENT_BYTES_MAX`. */
export interface ContentDraft {
  readonly type: string
  readonly value: CborValue
}

/** An applied, valid, decrypted content entry as folds see it. */
export interface ContentEntry {
  readonly id: EntryId
  readonly device: DeviceId
  /** What its part of the author's histories is called, alike on every copy (`history-names.ts`); absent where it is the device. */
  readonly log?: DeviceId
  readonly person: PersonId
  readonly seq: number
  readonly time: HybridTime
  readonly epoch: EpochId
  /** The author's role in the entry's own causal past. */
  readonly role: Role
  readonly type: string
  readonly value: CborValue
}

export interface SpaceMember {
  readonly person: PersonId
  readonly role: Role
  readonly devices: readonly DeviceId[]
  readonly joinedAtMs: number
  /** 0 at first; one more after every re-admission. */
  readonly incarnation: number
}

export type InviteMode = 'approve' | 'auto'

export interface SpaceInvite {
  readonly id: InviteId
  readonly publicKey: Uint8Array
  readonly role: Exclude<Role, 'owner'>
  readonly mode: InviteMode
  readonly createdBy: PersonId
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly maxUses: number
  readonly uses: number
  readonly revoked: boolean
}

export interface SpaceRequest {
  readonly id: RequestId
  readonly invite: InviteId
  readonly person: PersonId
  readonly device: DeviceId
  /** The name the joiner gave; empty until this device can open it. */
  readonly name: string
  readonly role: Exclude<Role, 'owner'>
  readonly atMs: number
  readonly state: 'waiting' | 'admitted' | 'declined'
}

/** How many entries of each log, by its key, which mostly is a device; the version vector of a space. */
export type VersionVector = ReadonlyMap<DeviceId, number>

export type SpaceChange =
  /** Entries became part of the applied set, in causal order. */
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  /** Secrets arrived: entries applied before under these epochs can be opened now. */
  | { readonly kind: 'unlocked'; readonly epochs: readonly EpochId[] }
  /** Secrets were forgotten where messages disappear: what was written under these epochs is locked for good. */
  | { readonly kind: 'forgotten'; readonly epochs: readonly EpochId[] }
  /** Applied entries of these devices stopped counting, or count again: what was folded from them is to be redone. */
  | { readonly kind: 'voided'; readonly devices: readonly DeviceId[] }
  /** Members, roles, invitations, requests, policy or epochs changed. */
  | { readonly kind: 'control' }
  /** A log grew (applied or not): what a sync session must tell its peers. */
  | {
      readonly kind: 'stored'
      readonly device: DeviceId
      readonly from: number
      readonly to: number
      /** By this device's own writing. */
      readonly local: boolean
    }
  | { readonly kind: 'fork'; readonly device: DeviceId }
  /** The own log is known to be whole, or the person does not wait for that: this device writes again. */
  | { readonly kind: 'trusted' }

/** What an applied entry turns out to hold. */
export type OpenedEntry =
  | { readonly kind: 'content'; readonly content: ContentEntry }
  | { readonly kind: 'control' }
  /** It does not count for anybody: the author may not write, or it was not made as the format says. */
  | { readonly kind: 'void'; readonly reason: VoidReason }
  /** This device lacks the epoch's secret, perhaps only for now. */
  | { readonly kind: 'locked'; readonly epoch: EpochId }

export type VoidReason = 'not-member' | 'cut' | 'forked' | 'read-only' | 'epoch' | 'unreadable'

export interface SpaceRangeLimits {
  /** Bytes of the encoded range; one block is given even if it is larger. */
  readonly bytesMax: number
  /** @default the log's own limit */
  readonly blocksMax?: number
}

/** How much is stored and not applied. */
export interface PendingCounts {
  /** Entries that wait for an entry that is not here, and what follows them. */
  readonly waiting: number
  /** Entries that are dated ahead of this device's clock, or precede its admission. */
  readonly held: number
}
