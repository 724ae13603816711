/**
 * Whom a tracker names, as this device asks them: those of whom it knows that they give come first, among equals those whom the tracker
 * puts first, and of each only addresses that may be dialed because that tracker said so.
 */

import { isBelievable, isDialableUntrusted } from '@hamlet/network/addresses'
import type { FoundHolder } from './share-sources.ts'
import { trackerMultiaddr } from './tracker-wire.ts'
import type { TrackerPeer } from './tracker-wire.ts'

export interface AskedTracker {
  /** Its web address. */
  readonly origin: string
  /** This device. */
  readonly self: string
  /** 0 to 1: how this person thinks of whom a device belongs to. */
  readonly rankOf: (device: string) => number
}

export function toHolders(
  peers: readonly TrackerPeer[],
  { origin, self, rankOf }: AskedTracker,
): readonly FoundHolder[] {
  const tracker = trackerMultiaddr(origin)
  const mayDial = (address: string): boolean =>
    tracker === undefined ? isDialableUntrusted(address) : isBelievable(address, tracker)
  return peers
    .filter(({ device }) => device !== self)
    .map((peer) => ({ peer, rank: rankOf(peer.device) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ peer: { device, addresses } }) => ({ device, addresses: addresses.filter(mayDial) }))
}
