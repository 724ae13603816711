/**
 * Walks through the DHT at a bearable pace.
 *
 * Whoever looks for a relay walks the DHT at random until one is found, one walk after the other (libp2p's random walk).
 * While no peer of the DHT is known, a walk ends in the very turn in which it began, and the next begins: nothing else in the
 * process would ever have its turn again. So each walk has a pause behind it.
 */

import { peerRoutingSymbol } from '@libp2p/interface'
import { WALK_PAUSE_MS } from '../limits.ts'
import type { Clock } from '@hamlet/core'
import type { PeerRouting } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'

/** Only walks asked for from outside the DHT are paced; its own queries are not. */
export function pacedWalks(dht: KadDHT, clock: Clock): KadDHT {
  const routing = (dht as unknown as { readonly [peerRoutingSymbol]: PeerRouting })[
    peerRoutingSymbol
  ]
  const walk = routing.getClosestPeers.bind(routing)
  routing.getClosestPeers = async function* paced(key, options) {
    yield* walk(key, options)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel()
        options?.signal?.removeEventListener('abort', done)
        resolve()
      }
      const cancel = clock.after(WALK_PAUSE_MS, done)
      options?.signal?.addEventListener('abort', done)
    })
  }
  return dht
}
