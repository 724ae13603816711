/**
 * The libp2p node: which modules, with which limits. Everything Hamlet adds to libp2p is plugged in here.
 *
 * Transports: TCP, WebSocket, circuit relay. Encryption: native TLS, then Noise. Muxer: yamux. Services: identify, ping,
 * Kademlia under Hamlet's own protocol, DCUtR, and the relay server on request.
 */

import { noise } from '@chainsafe/libp2p-noise'
import { bootstrap } from '@libp2p/bootstrap'
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify, identifyPush } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { HANDSHAKE_MS_MAX, IDLE_MS_MAX, type Clock, type Crypto, type Random } from '@hamlet/core'
import type { ConnectionGater, Libp2p } from '@libp2p/interface'
import type { DCUtRServiceComponents } from '@libp2p/dcutr'
import type { KadDHT } from '@libp2p/kad-dht'
import type { Libp2pInit } from 'libp2p'
import { compareForDialing } from '../address-filter.ts'
import { newestRecord, verifyRecord } from '../dht-record.ts'
import {
  ADDRESS_DIAL_MS_MAX,
  ADDRESSES_PER_PEER_MAX,
  CONNECTIONS_MAX,
  INBOUND_CONNECTIONS_PER_SECOND_MAX,
  PENDING_CONNECTIONS_MAX,
  RELAY_BYTES_MAX,
  RELAY_MS_MAX,
  RELAY_RESERVATIONS_MAX,
  STREAM_WINDOW_BYTES_MAX,
} from '../limits.ts'
import { BoundedDatastore } from './bounded-datastore.ts'
import { guardedWebSockets } from './guarded-web-sockets.ts'
import { guardedYamux } from './guarded-yamux.ts'
import { HolePunching } from './hole-punching.ts'
import { lanDiscovery, type LanListener } from './lan-discovery.ts'
import { nativeTls } from './native-tls.ts'
import { ownListeners } from './owned-listeners.ts'
import { shareOwnAddresses } from './own-addresses.ts'
import type { OwnAddressParts } from './own-addresses.ts'
import { pacedWalks } from './paced-walk.ts'
import type { NetworkOptions } from '../types.ts'

export const DHT_PROTOCOL = '/hamlet/kad/1.0.0'

const PING_MS = 15_000
const STREAMS_MAX = 256

export interface Libp2pNodeOptions extends Pick<
  NetworkOptions,
  'deviceSeed' | 'bootstrap' | 'relay' | 'relays' | 'mdns' | 'dht'
> {
  readonly listen: readonly string[]
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly gater: ConnectionGater
  /** Called before libp2p hears of a peer that announced itself on the local network. */
  readonly onLanPeer: LanListener
}

export type Libp2pNode = Libp2p & { readonly services: { readonly dht?: KadDHT } }

/** A node that has not started. */
export async function createLibp2pNode(options: Libp2pNodeOptions): Promise<Libp2pNode> {
  const punching = new HolePunching(options.random)
  let parts: OwnAddressParts | undefined
  const own = (components: OwnAddressParts): object => {
    parts = components
    return {}
  }
  const node = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.deviceSeed),
    nodeInfo: { name: 'hamlet', version: '1', userAgent: 'hamlet/1' },
    datastore: new BoundedDatastore(),
    addresses: { listen: [...options.listen] },
    transports: transports(punching),
    connectionEncrypters: [nativeTls(), noise()],
    streamMuxers: [muxer()],
    connectionGater: options.gater,
    connectionManager: connectionLimits(),
    connectionMonitor: {
      pingInterval: PING_MS,
      pingTimeout: { minTimeout: 10_000, maxTimeout: 30_000 },
    },
    peerDiscovery: discovery(options),
    services: { ...services(options, punching), own },
  })
  node.addEventListener('start', () =>
    shareOwnAddresses(parts!, { listen: options.listen, relay: options.relay === true }),
  )
  node.addEventListener('peer:identify', ({ detail }) => punching.observe(detail))
  return node as unknown as Libp2pNode
}

function transports(punching: HolePunching): NonNullable<Libp2pInit['transports']> {
  const timeouts = {
    inboundSocketInactivityTimeout: IDLE_MS_MAX,
    outboundSocketInactivityTimeout: IDLE_MS_MAX,
  }
  return [
    (components) => ownListeners(punching.over(tcp(timeouts)(components))),
    guardedWebSockets(),
    circuitRelayTransport(),
  ]
}

function muxer(): ReturnType<typeof guardedYamux> {
  return guardedYamux({
    maxInboundStreams: STREAMS_MAX,
    maxOutboundStreams: STREAMS_MAX,
    streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX },
  })
}

function connectionLimits(): NonNullable<Libp2pInit['connectionManager']> {
  return {
    maxConnections: CONNECTIONS_MAX,
    inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND_MAX,
    maxIncomingPendingConnections: PENDING_CONNECTIONS_MAX,
    inboundUpgradeTimeout: HANDSHAKE_MS_MAX,
    dialTimeout: ADDRESS_DIAL_MS_MAX * ADDRESSES_PER_PEER_MAX,
    addressDialTimeout: ADDRESS_DIAL_MS_MAX,
    maxPeerAddrsToDial: 3 * ADDRESSES_PER_PEER_MAX,
    addressSorter: (a, b) => {
      const order = compareForDialing(a.multiaddr.toString(), b.multiaddr.toString())
      return order < 0 ? -1 : order > 0 ? 1 : 0
    },
  }
}

function discovery(options: Libp2pNodeOptions): NonNullable<Libp2pInit['peerDiscovery']> {
  const modules: NonNullable<Libp2pInit['peerDiscovery']> = []
  if (options.mdns !== false) {
    modules.push(lanDiscovery(options.onLanPeer))
  }
  const list = [...(options.bootstrap ?? []), ...(options.relays ?? [])]
  if (list.length > 0) modules.push(bootstrap({ list, timeout: 0 }))
  return modules
}

function services(
  options: Libp2pNodeOptions,
  punching: HolePunching,
): NonNullable<Libp2pInit['services']> {
  return {
    identify: identify({ runOnLimitedConnection: true }),
    identifyPush: identifyPush({ runOnLimitedConnection: true }),
    // The connection monitor, the routing table and the status page ping at the same time; the default allows one.
    ping: ping({ runOnLimitedConnection: true, maxInboundStreams: 8, maxOutboundStreams: 8 }),
    dcutr: (components: DCUtRServiceComponents) => punching.service(components),
    ...(options.relay === true && { relay: relayServer() }),
    ...(options.dht !== false && { dht: distributedHashTable(options) }),
  } as unknown as NonNullable<Libp2pInit['services']>
}

function relayServer(): ReturnType<typeof circuitRelayServer> {
  return circuitRelayServer({
    reservations: {
      maxReservations: RELAY_RESERVATIONS_MAX,
      defaultDataLimit: BigInt(RELAY_BYTES_MAX),
      defaultDurationLimit: RELAY_MS_MAX,
      reservationTtl: RELAY_MS_MAX,
    },
  })
}

/** Private addresses pass through: the dial filter decides, and a network may consist of nothing else. */
function distributedHashTable(options: Libp2pNodeOptions): ReturnType<typeof kadDHT> {
  const { crypto, clock, dht, relay } = options
  // Whoever relays can be reached, be it on a private network only: there nobody else would keep the DHT.
  const mode = relay === true && dht !== 'client' ? 'server' : dht
  const create = kadDHT({
    protocol: DHT_PROTOCOL,
    ...((mode === 'client' || mode === 'server') && { clientMode: mode === 'client' }),
    allowQueryWithZeroPeers: true,
    peerInfoMapper: passthroughMapper,
    validators: {
      hamlet: (key, value) => {
        const record = verifyRecord(crypto, key, value, clock.wall())
        if (!record.ok) throw new Error(record.error)
      },
    },
    selectors: { hamlet: (_key, values) => newestRecord(values) },
  })
  return (components) => pacedWalks(create(components), clock)
}
