/**
 * What a server and a dialer of names have in common: a key is a name, and this is how its holder is found.
 *
 * After a stream of {@link STREAM_PROTOCOL} is open, the server says one byte before anything else, so that whoever connects
 * knows where it stands:
 *
 *     01  come in: everything after it is the stream's
 *     00  the server does not talk to this key; the stream ends
 *
 * Invariant: addresses of private networks and of this machine that strangers name are believed only in a network that
 * consists of nothing else, as far as the person who named the bootstrap peers says.
 */

import type { Logger } from '@hamlet/core'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { judgeAddress } from '../address-filter.ts'
import { createNetwork } from './network.ts'
import { addressDevice } from './peer-ids.ts'
import type { Network, NetworkFiles, NetworkOptions } from '../types.ts'

/** The protocol of named streams when none is named. */
export const STREAM_PROTOCOL = '/hamlet/stream/1.0.0'
export const WELCOME_BYTE = 1
export const REFUSAL_BYTE = 0

export interface NameOptions {
  /** Peers to join the DHT through: multiaddrs with /p2p/. */
  readonly bootstrap?: readonly string[]
  /** Multiaddrs; port 0 means any, or that of last time with `files`. @default DEFAULT_LISTEN */
  readonly listen?: readonly string[]
  /** Announce to and find on the local network. @default true */
  readonly mdns?: boolean
  /** What is spoken on the stream: both ends name the same. @default {@link STREAM_PROTOCOL} */
  readonly protocol?: string
  /** @default 'always' when all bootstrap peers are on private networks or this machine, else 'learned' */
  readonly allowPrivate?: NetworkOptions['allowPrivate']
  /** Keeps ports and addresses for next time. */
  readonly files?: NetworkFiles
  readonly logger?: Logger
}

export const namesCrypto = createNodeCrypto()
export const namesRandom = createNodeRandom()
export const namesClock = createNodeClock()

/** The node of a server or a dialer, connected to its bootstrap peers as long as it lives. */
export async function startNamedNode(
  options: NameOptions,
  own: Pick<NetworkOptions, 'deviceSeed' | 'dht' | 'announceSelf' | 'relay' | 'relays'>,
): Promise<Network> {
  const { bootstrap = [], listen, mdns, files, logger } = options
  const network = await createNetwork({
    ...own,
    protocols: [],
    crypto: namesCrypto,
    random: namesRandom,
    clock: namesClock,
    bootstrap,
    allowPrivate: options.allowPrivate ?? (isPrivateNetwork(bootstrap) ? 'always' : 'learned'),
    ...(listen !== undefined && { listen }),
    ...(mdns !== undefined && { mdns }),
    ...(files !== undefined && { files }),
    ...(logger !== undefined && { logger }),
  })
  for (const address of bootstrap) network.dial([address]).catch(() => undefined)
  network.want(devicesOf(bootstrap))
  return network
}

function devicesOf(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => addressDevice(address) ?? [])
}

function isPrivateNetwork(bootstrap: readonly string[]): boolean {
  const near = new Set(['private', 'loopback'])
  return (
    bootstrap.length > 0 &&
    bootstrap.every((address) => near.has(judgeAddress(address)?.scope ?? 'public'))
  )
}
