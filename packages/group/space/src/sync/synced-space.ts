/** A space as the engine keeps it: with what all its sessions share. */

import type { Cancel, DeviceId, Signer } from '@hamlet/core'
import type { FetchPlan } from './fetch-plan.ts'
import type { HoldingBook } from './holding-book.ts'
import type { SyncSpace } from './sync-space.ts'

/** A join under way: how to meet a member and what to ask. */
export interface JoinIntent {
  readonly meetKey: Uint8Array
  /** The signed request, see `docs/formats/invitation.md`. */
  readonly request: Uint8Array
}

/** Others have written this device into the space: it meets them by secrets it was given, and asks nothing. */
export interface ArrivalIntent {
  readonly secrets: readonly Uint8Array[]
}

export interface SyncedSpace {
  readonly space: SyncSpace
  readonly signer: Signer
  readonly plan: FetchPlan
  readonly holdings: HoldingBook
  readonly unsubscribe: Cancel
  /** Present until this device is a member. */
  join: JoinIntent | undefined
  /** Used until this device has secrets of its own. */
  readonly arrival: ArrivalIntent | undefined
  holdingTimer: Cancel | undefined
}

/** A secret by which a space can be found on a connection. */
export interface MeetingSecret {
  readonly secret: Uint8Array
  readonly route: 'member' | 'invite'
  readonly synced: SyncedSpace
}

/** Secrets by which the peer may know the space though it knows none of the newest. */
export function earlierSecrets(synced: SyncedSpace, peer: DeviceId): MeetingSecret[] {
  const secrets = synced.space.earlierSecrets(peer)
  return secrets.map((secret) => ({ secret, route: 'member', synced }))
}

/** Every secret of the space, newest epoch first, then its invitations. */
export function meetingSecrets(synced: SyncedSpace): MeetingSecret[] {
  const { space, join, arrival } = synced
  const own = space.discoverySecrets()
  const member = (own.length > 0 ? own : (arrival?.secrets ?? [])).map(
    (secret) => ({ secret, route: 'member', synced }) as const,
  )
  const keys = join === undefined ? space.meetKeys() : [join.meetKey]
  return [...member, ...keys.map((secret) => ({ secret, route: 'invite', synced }) as const)]
}
