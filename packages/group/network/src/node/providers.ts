/**
 * Who has something, in the DHT: each holder says so itself, as many as there are (Kademlia's provider records).
 *
 * The idea: the nodes nearest to the hash of a key remember who announced that they hold it, for a day. A node takes a record
 * of nobody but the holder itself, so a forger adds itself and takes nobody's place.
 *
 *     DHT key: the multihash (12 20) of SHA-256("hamlet/v1/provider\0" ‖ key)
 *
 * Invariant: whoever is found is a hint; what it holds is proven by what it sends.
 */

import { bytesToHex, concatBytes, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { KadDHT } from '@libp2p/kad-dht'
import { PROVIDERS_MAX } from '../limits.ts'
import { peerIdToDevice } from './peer-ids.ts'

/** Where a provider can be found, as the nodes of the DHT say. */
export interface Provider {
  readonly device: string
  readonly addresses: readonly string[]
}

type ContentId = Parameters<KadDHT['provide']>[0]

const PROVIDER_DOMAIN = utf8('hamlet/v1/provider\0')
const MULTIHASH_SHA256 = Uint8Array.of(0x12, 0x20)

/** Resolves with the number of nodes that were told. */
export async function provideKey(
  dht: KadDHT,
  crypto: Crypto,
  key: Uint8Array,
  signal: AbortSignal,
): Promise<number> {
  let told = 0
  for await (const event of dht.provide(contentId(crypto, key), { signal })) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told++
  }
  return told
}

/** Takes back what this node says of itself; what others remember lapses. */
export async function unprovideKey(dht: KadDHT, crypto: Crypto, key: Uint8Array): Promise<void> {
  await dht.cancelReprovide(contentId(crypto, key))
}

/** Each once, as they are found. */
export async function* findProviders(
  dht: KadDHT,
  crypto: Crypto,
  key: Uint8Array,
  signal: AbortSignal,
): AsyncGenerator<Provider> {
  const seen = new Set<string>()
  for await (const event of dht.findProviders(contentId(crypto, key), { signal })) {
    if (event.name !== 'PROVIDER') continue
    for (const { id, multiaddrs } of event.providers) {
      const device = peerIdToDevice(id)
      if (device === undefined || seen.has(device)) continue
      if (seen.size >= PROVIDERS_MAX) return
      seen.add(device)
      yield { device, addresses: multiaddrs.map((address) => address.toString()) }
    }
  }
}

/** The DHT looks at nothing of a content id but its multihash, so that is all that this one has. */
function contentId(crypto: Crypto, key: Uint8Array): ContentId {
  const digest = crypto.hash(PROVIDER_DOMAIN, key)
  const bytes = concatBytes(MULTIHASH_SHA256, digest)
  const multihash = { code: 0x12, size: digest.length, digest, bytes }
  return { multihash, toString: () => bytesToHex(bytes) } as unknown as ContentId
}
