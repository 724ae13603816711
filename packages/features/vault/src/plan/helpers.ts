/** Who may keep shards for somebody, as plans see them: plain figures, from wherever they come. */

import type { DeviceId, PersonId } from '@hamlet/core'

export interface HelperDevice {
  readonly device: DeviceId
  /** Measured share of the time that it is there, from 0 to 1. */
  readonly uptime: number
  /** In how many windows that was measured: few count little, see `trustedUptime`. */
  readonly observations: number
  /** What it still takes of this owner. */
  readonly freeBytes: number
  /** Whether it takes new shards at all; one that does not keeps those it has. */
  readonly accepts: boolean
}

export interface Helper {
  readonly person: PersonId
  /** Whoever lives under the same roof says the same; `undefined`: nobody else does. */
  readonly household: string | undefined
  /** What is left of their pledge to this owner, over all their devices. */
  readonly freeBytes: number
  readonly devices: readonly HelperDevice[]
}

/** By code units, the same on every device. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What fails together at home. The key of a household cannot be that of a person who lives alone. */
export function householdOf({ household, person }: Helper): string {
  return household === undefined ? `person ${person}` : `household ${household}`
}

/** How many more shards of this size the person takes, over all their devices. */
export function shardsTaken({ freeBytes }: Helper, shardBytes: number): number {
  return Math.max(0, Math.floor(freeBytes / shardBytes))
}

/** Whether the device has room for one more shard. */
export function takesShard({ accepts, freeBytes }: HelperDevice, shardBytes: number): boolean {
  return accepts && freeBytes >= shardBytes
}
