/**
 * Where an invitation says that members can be met: this device first, then members that are connected now, because
 * the inviter may be offline when the link is used.
 *
 * Invariant: at most `LINK_HINTS_MAX` multiaddrs, each ending in the device it leads to.
 */

import type { DeviceId } from '@hamlet/core'
import { LINK_HINT_BYTES_MAX, LINK_HINTS_MAX } from '@hamlet/space'
import type { PeerNetwork } from './peer-ports.ts'

/** Hints for this device when other members take up the rest. */
const OWN_HINTS_MAX = 4

export function linkHints(network: PeerNetwork, members: ReadonlySet<DeviceId>): string[] {
  const own = network.addresses().filter(fits)
  const connected = network.net.peers().filter((peer) => members.has(peer as DeviceId))
  const others = connected.flatMap((peer) => network.addressesOf(peer).filter(fits).slice(0, 1))
  const ownShare = Math.max(OWN_HINTS_MAX, LINK_HINTS_MAX - others.length)
  return [...new Set([...own.slice(0, ownShare), ...others])].slice(0, LINK_HINTS_MAX)
}

/** Hints by the device they lead to: the last `/p2p/` of the address. */
export function hintsByDevice(hints: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(hints, (hint) => hint.slice(hint.lastIndexOf('/p2p/')))
}

function fits(address: string): boolean {
  return address.length <= LINK_HINT_BYTES_MAX
}
