/**
 * Two devices behind NATs that meet directly: TCP's simultaneous opening, timed by DCUtR over a relay.
 *
 * The idea: a NAT lets in what answers to what went out, by addresses and ports. All our connections to public hosts go out from
 * one local port, so a NAT that maps by the inner address alone shows the same outer port to everybody: who sees it on our
 * connection tells us (identify), and we tell the other end through the relay (DCUtR). Then both dial the other's outer address at
 * the same time, from that port: each NAT takes the other's SYN for an answer, and the two openings are one connection.
 *
 * libp2p's DCUtR does the timing and says who is the server of the two; it dials from a new port each time and tells others its
 * listening addresses alone, which a NAT drops. Here it is given the port and what others saw.
 *
 * Invariants:
 * 1. What others say they saw is told to nobody but the peer that is to dial it at that moment, never announced: without a dial
 *    of ours at the same time it leads nowhere.
 * 2. A dial that cannot have the port has any other: the port is a chance, not a need. Where the system does not let sockets share
 *    a port, as on macOS and Windows, only one connection has it.
 * 3. What is open on the relayed connection stays there until it ends.
 * 4. Of two openings that became one, the end that DCUtR makes the server is one to the muxer too.
 */

import { dcutr } from '@libp2p/dcutr'
import { multiaddr } from '@multiformats/multiaddr'
import type { Random } from '@hamlet/core'
import type { DCUtRServiceComponents } from '@libp2p/dcutr'
import type { Connection, IdentifyResult, MultiaddrConnection, Transport } from '@libp2p/interface'
import { judgeAddress } from '../address-filter.ts'
import { OBSERVED_ADDRESSES_MAX } from '../limits.ts'
import { stripDevice } from './peer-ids.ts'

/** Below the ports that systems hand out by themselves, so that it is seldom taken. */
const PORT_MIN = 20_000
const PORTS = 10_000
/** Socket errors of a port, or a pair of ports, that cannot be had. */
const TAKEN = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EINVAL'])

/** libp2p's own protocols, which need no particular connection; a stream without a name is only just being opened. */
const OWN = /^\/(?:ipfs|libp2p)\//
const IDLE_LOOK_MS = 1000

type Dial = Transport['dial']
type DialOptions = Parameters<Dial>[1]
type UpgradeOptions = Parameters<DialOptions['upgrader']['upgradeOutbound']>[1]
type ConnectionManager = DCUtRServiceComponents['connectionManager']
type Registrar = DCUtRServiceComponents['registrar']

export class HolePunching {
  readonly #port: number
  /** Remote addresses that were dialed from the port. */
  readonly #dialed = new Set<string>()
  /** Addresses being dialed at whose connection we are the server. */
  readonly #serving = new Set<string>()
  /** Our own addresses as others saw them, the newest last. */
  readonly #observed = new Set<string>()

  constructor(random: Random) {
    const [high, low] = random.bytes(2)
    this.#port = PORT_MIN + ((high! * 256 + low!) % PORTS)
  }

  /** A TCP transport that dials public hosts from the port. */
  over(transport: Transport): Transport {
    const dial = transport.dial.bind(transport)
    transport.dial = (address, options) => this.#dial(dial, address, options)
    return transport
  }

  /** DCUtR that knows what others saw. */
  service(components: DCUtRServiceComponents): unknown {
    const { peerStore, connectionManager, registrar, transportManager, logger } = components
    const getAddresses = (): ReturnType<typeof components.addressManager.getAddresses> => [
      ...components.addressManager.getAddresses(),
      ...[...this.#observed].map((address) => multiaddr(address)),
    ]
    const addressManager = { getAddresses } as typeof components.addressManager
    const dialing = {
      openConnection: (peer, options) => this.#open(connectionManager, peer, options),
    } as ConnectionManager
    const parts = { peerStore, transportManager, logger, registrar: lingering(registrar) }
    return dcutr()({ ...parts, addressManager, connectionManager: dialing })
  }

  /** Remembers how the other end of a connection from the port saw us. */
  observe({ connection, observedAddr }: IdentifyResult): void {
    if (observedAddr === undefined || connection.direction !== 'outbound') return
    if (!this.#dialed.has(stripDevice(connection.remoteAddr.toString()))) return
    const address = stripDevice(observedAddr.toString())
    const judged = judgeAddress(address)
    if (judged?.scope !== 'public' || judged.relayed) return
    this.#observed.delete(address)
    this.#observed.add(address)
    shrink(this.#observed)
  }

  /** libp2p's queue of dials loses on the way who is to be the server. */
  async #open(
    manager: ConnectionManager,
    ...[peer, options]: Parameters<ConnectionManager['openConnection']>
  ): ReturnType<ConnectionManager['openConnection']> {
    const isServer = options?.initiator === false && Array.isArray(peer)
    const addresses = isServer ? peer.map((address) => stripDevice(address.toString())) : []
    for (const address of addresses) this.#serving.add(address)
    try {
      return await manager.openConnection(peer, options)
    } finally {
      for (const address of addresses) this.#serving.delete(address)
    }
  }

  async #dial(dial: Dial, ...[address, options]: Parameters<Dial>): ReturnType<Dial> {
    const remote = stripDevice(address.toString())
    const asAgreed = this.#serving.has(remote) ? asServer(options) : options
    this.#dialed.delete(remote)
    if (judgeAddress(remote)?.scope !== 'public') return await dial(address, asAgreed)
    try {
      const fromPort = { ...asAgreed, localPort: this.#port }
      this.#dialed.add(remote)
      shrink(this.#dialed)
      return await dial(address, fromPort)
    } catch (error) {
      if (!TAKEN.has((error as { readonly code?: string }).code ?? '')) throw error
      this.#dialed.delete(remote)
      return await dial(address, asAgreed)
    }
  }
}

/** The muxer goes by the direction of the connection beneath it, which is outbound at both ends. */
function asServer(options: DialOptions): DialOptions {
  const { upgrader } = options
  const serving = {
    upgradeOutbound: async (connection: MultiaddrConnection, more: UpgradeOptions) => {
      connection.direction = 'inbound'
      return await upgrader.upgradeOutbound(connection, { ...more, initiator: false })
    },
  } as typeof upgrader
  return { ...options, upgrader: serving }
}

/** What DCUtR closes when it has succeeded, stays until nothing is open on it any more. */
function lingering(registrar: Registrar): Registrar {
  return {
    register: (protocol, topology) =>
      registrar.register(protocol, {
        ...topology,
        onConnect: (peer, connection) => topology.onConnect?.(peer, closingLate(connection)),
      }),
    unregister: (id) => registrar.unregister(id),
    handle: (protocol, handler, options) =>
      registrar.handle(
        protocol,
        (stream, connection) => handler(stream, closingLate(connection)),
        options,
      ),
    unhandle: (protocol, options) => registrar.unhandle(protocol, options),
  } as Registrar
}

function closingLate(connection: Connection): Connection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'close') return () => closeWhenIdle(target)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

async function closeWhenIdle(connection: Connection): Promise<void> {
  const isIdle = (): boolean => connection.streams.every(({ protocol }) => OWN.test(protocol))
  const look = (): void => {
    if (connection.status !== 'open') return
    if (isIdle()) connection.close().catch(() => undefined)
    else setTimeout(look, IDLE_LOOK_MS).unref()
  }
  setTimeout(look, IDLE_LOOK_MS).unref()
}

function shrink(addresses: Set<string>): void {
  for (const oldest of addresses) {
    if (addresses.size <= OBSERVED_ADDRESSES_MAX) return
    addresses.delete(oldest)
  }
}
