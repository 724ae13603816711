/**
 * mDNS that knows who speaks: peers that announce themselves on the local network, and whether it was this machine.
 *
 * The idea: "127.0.0.1" in an announcement means the machine it came from. Said by this very machine it is the way to
 * another process here, and often the only one, since a peer may listen on nothing else. Said by a neighbour it would
 * make this device knock on its own doors. So the source of the packet decides. It cannot be pretended from outside: a
 * packet that arrives on an interface with one of the machine's own addresses as its source is dropped by the system.
 */

import { networkInterfaces } from 'node:os'
import { mdns } from '@libp2p/mdns'
import type { MulticastDNSComponents } from '@libp2p/mdns'
import type { PeerDiscovery, PeerInfo } from '@libp2p/interface'

export const MDNS_SERVICE = '_hamlet._udp.local'

/** `isThisMachine`: the announcement was sent by a process of this machine. */
export type LanListener = (peer: PeerInfo, isThisMachine: boolean) => void

/** What of the module is used beyond its interface. */
interface MdnsModule extends PeerDiscovery {
  /** There once it has started. */
  readonly mdns?: {
    prependListener(
      event: 'response',
      listener: (packet: unknown, from: { readonly address: string }) => void,
    ): unknown
  }
  start(): Promise<void>
}

/** `onPeer` is called before libp2p hears of the peer. */
export function lanDiscovery(
  onPeer: LanListener,
): (components: MulticastDNSComponents) => PeerDiscovery {
  return (components) => {
    const service = mdns({ serviceTag: MDNS_SERVICE })(components) as MdnsModule
    let source = ''
    const start = service.start.bind(service)
    service.start = async () => {
      await start()
      // Listeners run one after the other: what the packet says is told before the next packet is heard of.
      service.mdns?.prependListener('response', (_packet, from) => (source = from.address))
    }
    service.addEventListener('peer', ({ detail }) => onPeer(detail, isOwnAddress(source)))
    return service
  }
}

/** Whether an interface of this machine has the address. */
export function isOwnAddress(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return own.some((each) => each.address === address)
}
