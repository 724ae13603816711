/** Circles of made-up people for the tests of plans. */

import type { DeviceId, PersonId } from '@hamlet/core'
import { parseId } from '@hamlet/core'
import type { Helper, HelperDevice } from '@hamlet/vault'

export const SHARD_BYTES = 100

export interface MadeDevice {
  readonly uptime?: number
  readonly observations?: number
  readonly room?: number
  readonly accepts?: boolean
}

export function personOf(index: number): PersonId {
  return parseId<PersonId>(index.toString(16).padStart(64, '0'))!
}

export function deviceOf(person: number, index = 0): DeviceId {
  return parseId<DeviceId>((person * 16 + index + 0x1000).toString(16).padStart(64, '0'))!
}

/** `room` is in shards. */
export function madeHelper(
  index: number,
  {
    household,
    room = 10,
    devices = [{}],
  }: { household?: string; room?: number; devices?: readonly MadeDevice[] } = {},
): Helper {
  return {
    person: personOf(index),
    household,
    freeBytes: room * SHARD_BYTES,
    devices: devices.map((device, at): HelperDevice => ({
      device: deviceOf(index, at),
      uptime: device.uptime ?? 0.9,
      observations: device.observations ?? 60,
      freeBytes: (device.room ?? 10) * SHARD_BYTES,
      accepts: device.accepts ?? true,
    })),
  }
}

/** So many people who live apart, with a device each. */
export function madeCircle(count: number, uptime = 0.9): readonly Helper[] {
  return Array.from({ length: count }, (_, index) => madeHelper(index, { devices: [{ uptime }] }))
}
