/** A space as the engine keeps it: with what all its sessions share. */

import type { Cancel, Signer } from '@hamlet/core'
import type { FetchPlan } from './fetch-plan.ts'
import type { HoldingBook } from './holding-book.ts'
import type { SyncSpace } from './sync-space.ts'

/** A join under way: how to meet a member and what to ask. */
export interface JoinIntent {
  readonly meetKey: Uint8Array
  /** The signed request, see `docs/formats/invitation.md`. */
  readonly request: Uint8Array
}

export interface SyncedSpace {
  readonly space: SyncSpace
  readonly signer: Signer
  readonly plan: FetchPlan
  readonly holdings: HoldingBook
  readonly unsubscribe: Cancel
  /** Present until this device is a member. */
  join: JoinIntent | undefined
  holdingTimer: Cancel | undefined
}

/** A secret by which a space can be found on a connection. */
export interface MeetingSecret {
  readonly secret: Uint8Array
  readonly route: 'member' | 'invite'
  readonly synced: SyncedSpace
}

/** Every secret of the space, newest epoch first, then its invitations. */
export function meetingSecrets(synced: SyncedSpace): MeetingSecret[] {
  const { space, join } = synced
  const member = space
    .discoverySecrets()
    .map((secret) => ({ secret, route: 'member', synced }) as const)
  const keys = join === undefined ? space.meetKeys() : [join.meetKey]
  return [...member, ...keys.map((secret) => ({ secret, route: 'invite', synced }) as const)]
}
