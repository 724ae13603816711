/**
 * Where an invitation says that members can be met: this device first, then members that are connected now, because
 * the inviter may be offline when the link is used.
 *
 * Invariant: at most `LINK_HINTS_MAX` multiaddrs, each ending in the device it leads to.
 */

import type { DeviceId } from '@hamlet/core'
import { LINK_HINT_BYTES_MAX, LINK_HINTS_MAX } from '@hamlet/space'
import type { PeerNetwork } from './peer-ports.ts'

/** Hints for this device: a link is also a QR code, which a phone has to make out. */
const OWN_HINTS_MAX = 3
/** Hints for other members: enough to find one when the inviter is away. */
const OTHER_HINTS_MAX = 3

export function linkHints(
  network: PeerNetwork,
  members: ReadonlySet<DeviceId>,
  { withoutOwn = false }: { readonly withoutOwn?: boolean } = {},
): string[] {
  const addresses = withoutOwn ? [] : network.addresses()
  const own = preferred(addresses.filter(fits)).slice(0, OWN_HINTS_MAX)
  const connected = network.net.peers().filter((peer) => members.has(peer as DeviceId))
  const others = connected.flatMap((peer) => network.addressesOf(peer).filter(fits).slice(0, 1))
  return [...new Set([...own, ...others.slice(0, OTHER_HINTS_MAX)])].slice(0, LINK_HINTS_MAX)
}

/** TCP reaches whatever WebSocket does, and loopback nobody else: they only stand in when there is nothing better. */
function preferred(addresses: readonly string[]): readonly string[] {
  const better = addresses.filter((address) => !isWebSocket(address) && !isLoopback(address))
  return better.length > 0 ? better : addresses
}

function isWebSocket(address: string): boolean {
  return /\/wss?(\/|$)/.test(address)
}

function isLoopback(address: string): boolean {
  return address.startsWith('/ip4/127.') || address.startsWith('/ip6/::1/')
}

/** Hints by the device they lead to: the last `/p2p/` of the address. */
export function hintsByDevice(hints: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(hints, (hint) => hint.slice(hint.lastIndexOf('/p2p/')))
}

function fits(address: string): boolean {
  return address.length <= LINK_HINT_BYTES_MAX
}
