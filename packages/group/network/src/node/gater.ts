/**
 * The gatekeeper: libp2p asks it before dialing an address and before accepting a connection.
 *
 * Invariants:
 * 1. An address is dialed only if the dial filter allows it for what is known about its origin (`address-filter.ts`).
 * 2. A banned device is neither dialed nor let in.
 * 3. Strangers never use up the connections kept for wanted peers, nor can one address occupy many of them; a host
 *    cannot hold more than a few handshakes open.
 */

import { isDialableTrusted, isDialableUntrusted, judgeAddress } from '../address-filter.ts'
import {
  CONNECTIONS_MAX,
  CONNECTIONS_RESERVED,
  STRANGERS_PER_ADDRESS_MAX,
  STRANGERS_PER_LOCAL_ADDRESS_MAX,
} from '../limits.ts'
import { peerIdToDevice, stripDevice } from './peer-ids.ts'
import type { Logger } from '@hamlet/core'
import type { Connection, ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { AddressBook } from '../address-book.ts'
import type { BanBook } from '../ban-book.ts'

/** Trusted addresses of this run that no connection has confirmed yet; the oldest go first. */
const TRUSTED_ADDRESSES_MAX = 4096

export interface GaterOptions {
  readonly logger: Logger
  readonly book: AddressBook
  readonly bans: BanBook
  readonly allowPrivate: 'learned' | 'always'
  readonly isWanted: (device: string) => boolean
  readonly connections: () => readonly Connection[]
}

export class Gater implements ConnectionGater {
  readonly #options: GaterOptions
  readonly #trusted = new Set<string>()
  readonly #handshakes = new Map<string, Set<MultiaddrConnection>>()

  constructor(options: GaterOptions) {
    this.#options = options
  }

  /** Allows an address that came from the person or the local network. */
  trust(address: string): void {
    const direct = stripDevice(address)
    this.#trusted.add(direct)
    const relay = /^(.*)\/p2p\/[A-Za-z0-9]+\/p2p-circuit$/.exec(direct)?.[1]
    if (relay !== undefined) this.#trusted.add(relay)
    for (const oldest of this.#trusted) {
      if (this.#trusted.size <= TRUSTED_ADDRESSES_MAX) break
      this.#trusted.delete(oldest)
    }
  }

  isTrusted(address: string): boolean {
    return this.#trusted.has(address) || this.#options.book.has(address)
  }

  isBanned(device: string): boolean {
    return this.#options.bans.isBanned(device)
  }

  denyDialPeer = (peer: PeerId): boolean => this.#isRefused(peer)

  denyDialMultiaddr = (address: { toString(): string }): boolean => {
    const text = stripDevice(address.toString())
    const trusted = this.#options.allowPrivate === 'always' || this.isTrusted(text)
    return trusted ? !isDialableTrusted(text) : !isDialableUntrusted(text)
  }

  denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    const { host, strangersMax } = origin(connection.remoteAddr.toString())
    const handshakes = this.#handshakes.get(host) ?? new Set()
    if (handshakes.size >= 2 * strangersMax) return true
    handshakes.add(connection)
    this.#handshakes.set(host, handshakes)
    connection.addEventListener('close', () => this.#finishHandshake(host, connection))
    return false
  }

  denyOutboundEncryptedConnection = (peer: PeerId): boolean => this.#isRefused(peer)

  denyInboundEncryptedConnection = (peer: PeerId, connection: MultiaddrConnection): boolean => {
    const { host, strangersMax } = origin(connection.remoteAddr.toString())
    this.#finishHandshake(host, connection)
    if (this.#isRefused(peer)) return true
    const open = this.#options.connections()
    if (open.length >= CONNECTIONS_MAX) return this.#deny('too many connections', host)
    if (this.#isWanted(peer)) return false
    const strangers = open.filter(({ remotePeer }) => !this.#isWanted(remotePeer))
    if (strangers.length >= CONNECTIONS_MAX - CONNECTIONS_RESERVED) {
      return this.#deny('too many strangers', host)
    }
    const sameHost = strangers.filter((one) => origin(one.remoteAddr.toString()).host === host)
    return sameHost.length >= strangersMax && this.#deny('too many from one address', host)
  }

  #isRefused(peer: PeerId): boolean {
    const device = peerIdToDevice(peer)
    return device === undefined || this.isBanned(device)
  }

  #isWanted(peer: PeerId): boolean {
    const device = peerIdToDevice(peer)
    return device !== undefined && this.#options.isWanted(device)
  }

  #deny(reason: string, host: string): true {
    this.#options.logger.debug('connection refused', { reason, host })
    return true
  }

  #finishHandshake(host: string, connection: MultiaddrConnection): void {
    const handshakes = this.#handshakes.get(host)
    if (handshakes?.delete(connection) === true && handshakes.size === 0) {
      this.#handshakes.delete(host)
    }
  }
}

/** Behind a relay all peers share its address, and the relay is what we trusted. */
function origin(address: string): { readonly host: string; readonly strangersMax: number } {
  const judged = judgeAddress(address)
  const isPublic = judged === undefined || (judged.scope === 'public' && !judged.relayed)
  return {
    host: judged?.host ?? '',
    strangersMax: isPublic ? STRANGERS_PER_ADDRESS_MAX : STRANGERS_PER_LOCAL_ADDRESS_MAX,
  }
}
