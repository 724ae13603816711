/** From remembered and reported address texts to what libp2p dials. */

import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '@libp2p/interface'

/** The addresses with the peer at their end, each once; a text that is no multiaddr does not spoil the others. */
export function dialAddresses(texts: readonly string[], peer: PeerId): readonly Multiaddr[] {
  return [...new Set(texts)].flatMap((text) => {
    try {
      return [multiaddr(`${text}/p2p/${peer.toString()}`)]
    } catch {
      return []
    }
  })
}
