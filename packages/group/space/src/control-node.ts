/** A control operation as the graph knows it: where it stands, what it has seen, and what was found out about it once. */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { DeviceCertificate, SignedPrekey } from '@hamlet/identity'
import type { ControlOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import type { ForkEvidence } from './fork-evidence.ts'
import type { JoinRequest } from './join-request.ts'
import type { Role } from './types.ts'

/** A control entry as it stands in its log, with the control entries of each device in its causal past. */
export interface ControlRecord {
  readonly id: EntryId
  readonly device: DeviceId
  /** Key of the log it is in, when that is a branch. */
  readonly log?: DeviceId | undefined
  readonly seq: number
  readonly timeMs: number
  readonly operation: ControlOperation
  /** How many control entries of each device precede it. */
  readonly past: ReadonlyMap<DeviceId, number>
  /** Whether its causal past holds an entry of another device at or beyond a length of that device's log. */
  hasSeenBeyond(device: DeviceId, length: number): boolean
}

export interface ControlNode {
  readonly id: EntryId
  readonly device: DeviceId
  /** Key of the log it is in, when that is a branch. */
  readonly log?: DeviceId | undefined
  readonly seq: number
  readonly timeMs: number
  readonly operation: ControlOperation
  readonly deviceIndex: number
  /** Which control entry of its device it is. */
  readonly ordinal: number
  readonly past: ControlPast
  /** The certificate in a genesis, request or device operation, when it is valid and fits. */
  readonly certificate: DeviceCertificate | undefined
  /** The request in a `join-request`, when it is well formed and for this space. */
  readonly request: JoinRequest | undefined
  /** What a `fork` operation proves. */
  readonly fork: ForkEvidence | undefined
  /** The prekey in a `prekey` operation, when it is valid and the author's own. */
  readonly prekey: SignedPrekey | undefined
  isRequestSignedFor(invitePublicKey: Uint8Array): boolean
  hasSeenBeyond(device: DeviceId, length: number): boolean
  readonly verdict: Verdict
}

/** The judgement of an operation in its own causal past; it never changes. */
export interface Verdict {
  /** Whose the device was, and in what role. */
  readonly author: PersonId | undefined
  readonly authorRole: Role | undefined
  /** Whether the operation counts there. */
  readonly authorised: boolean
  /** The least rank of an author with which it counts; 0 when it does not. */
  readonly needs: number
  /** Whose ownership it ends: of an `owner-transfer`, the operation that made the owner there. */
  readonly tenure: EntryId | undefined
}
