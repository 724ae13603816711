/** A control operation as the graph knows it: where it stands, what it has seen, and what was found out about it once. */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { DeviceCertificate } from '@hamlet/identity'
import type { ControlOperation } from './control-operation.ts'
import type { ControlPast } from './control-past.ts'
import type { JoinRequest } from './join-request.ts'
import type { Role } from './types.ts'

/** A control entry as it stands in its log, with the control entries of each device in its causal past. */
export interface ControlRecord {
  readonly id: EntryId
  readonly device: DeviceId
  readonly seq: number
  readonly timeMs: number
  readonly operation: ControlOperation
  /** How many control entries of each device precede it. */
  readonly past: ReadonlyMap<DeviceId, number>
}

export interface ControlNode {
  readonly id: EntryId
  readonly device: DeviceId
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
  isRequestSignedFor(invitePublicKey: Uint8Array): boolean
  readonly verdict: Verdict
}

/** The judgement of an operation in its own causal past; it never changes. */
export interface Verdict {
  /** Whose the device was, and in what role. */
  readonly author: PersonId | undefined
  readonly authorRole: Role | undefined
  /** Whether the operation counts there. */
  readonly authorised: boolean
}
