/**
 * Public addresses of this machine's own, as addresses to share.
 *
 * libp2p takes no public address for its own before somebody has dialed it back on request (AutoNAT), which nobody here does. So
 * a relay on a public host would tell nobody where it is, and keep no part of the DHT.
 *
 * What is on an interface of this machine is believed: an IPv4 address, for nothing translates it; any that the person named to
 * listen on; and all of a relay's, for whoever relays says that it can be reached. Not believed is an IPv6 address that was not
 * named: at home it is public too, and the router lets nobody in. If one is wrong, whoever dials it loses a few seconds.
 */

import type { Multiaddr } from '@multiformats/multiaddr'
import { judgeAddress } from '../address-filter.ts'

export interface OwnAddressParts {
  readonly addressManager: {
    confirmObservedAddr(address: Multiaddr, options: { readonly type: 'transport' }): void
  }
  readonly transportManager: { getAddrs(): Multiaddr[] }
}

export interface OwnAddressOptions {
  readonly listen: readonly string[]
  readonly relay: boolean
}

/** To be called when the node listens. */
export function shareOwnAddresses(
  { addressManager, transportManager }: OwnAddressParts,
  { listen, relay }: OwnAddressOptions,
): void {
  const named = new Set(listen.map((address) => judgeAddress(address)?.host))
  for (const address of transportManager.getAddrs()) {
    const text = address.toString()
    const judged = judgeAddress(text)
    if (judged === undefined || judged.scope !== 'public' || judged.relayed) continue
    const isBelieved = relay || text.startsWith('/ip4/') || named.has(judged.host)
    if (isBelieved) addressManager.confirmObservedAddr(address, { type: 'transport' })
  }
}
