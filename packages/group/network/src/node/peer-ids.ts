/** Device ids (hex of an Ed25519 public key) and libp2p's names for the same key. */

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { PeerId } from '@libp2p/interface'

export function deviceToPeerId(device: string): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(hexToBytes(device)))
}

/** The device id, or `undefined` for a peer whose key is not Ed25519. */
export function peerIdToDevice(peer: PeerId): string | undefined {
  return peer.type === 'Ed25519' ? bytesToHex(peer.publicKey.raw) : undefined
}

/** The device at the end of a multiaddr text, or `undefined` when it names none. */
export function addressDevice(address: string): string | undefined {
  const name = /\/p2p\/([A-Za-z0-9]{1,128})$/.exec(address)?.[1]
  if (name === undefined) return undefined
  try {
    return peerIdToDevice(peerIdFromString(name))
  } catch {
    return undefined
  }
}

/** The address without the /p2p/ at its end. */
export function stripDevice(address: string): string {
  return address.replace(/\/p2p\/[A-Za-z0-9]+$/, '')
}
