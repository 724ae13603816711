/**
 * Who repairs first. Everybody who holds a shard may repair an object, nobody coordinates them, and twice the same work is
 * harmless but wasted. So each waits by their place in an order that all can compute: that of the hashes of object, holder
 * and hour. Whoever is first starts at once, the next ones when nothing has been claimed meanwhile; the hour in it keeps an object from
 * waiting for the same absent device for ever.
 */

import { compareBytes, idToBytes, uint64ToBytes, utf8 } from '@hamlet/core'
import type { Crypto, DeviceId } from '@hamlet/core'

const DOMAIN = utf8('hamlet/v1/vault-repair-turn\0')
const HOUR_MS = 60 * 60 * 1000
/** Between one who might repair and the next: time enough for a claim to travel. */
const TURN_MS = 2 * 60 * 1000
/** The last ones do not wait longer than this, so that everybody has had a turn within the hour. */
const DELAY_MS_MAX = 50 * 60 * 1000

export interface RepairTurns {
  /** The object's id, 32 bytes. */
  readonly object: Uint8Array
  /** Holders that may repair. */
  readonly holders: readonly DeviceId[]
  readonly nowMs: number
}

/** The holders in the order in which they may begin, in this hour. */
export function repairOrder(
  hash: Crypto['hash'],
  { object, holders, nowMs }: RepairTurns,
): readonly DeviceId[] {
  const hour = uint64ToBytes(Math.floor(nowMs / HOUR_MS))
  const turns = [...new Set(holders)].map((device) => {
    return { device, turn: hash(DOMAIN, object, idToBytes(device), hour) }
  })
  return turns.sort((a, b) => compareBytes(a.turn, b.turn)).map(({ device }) => device)
}

/** How long a holder waits for a claim of somebody before it; `undefined`: it holds nothing. */
export function repairDelayMs(
  hash: Crypto['hash'],
  turns: RepairTurns,
  device: DeviceId,
): number | undefined {
  const place = repairOrder(hash, turns).indexOf(device)
  return place === -1 ? undefined : Math.min(place * TURN_MS, DELAY_MS_MAX)
}
