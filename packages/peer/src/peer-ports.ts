/** What a peer is made of: storage, keys, time, chance and a network, in Node or in a browser tab alike. */

import type { Clock, Crypto, Disk, Kv, Logger, Metrics, Random } from '@hamlet/core'
import type { Network } from '@hamlet/network'
import type { Custody } from './custody.ts'
import type { PeerKeys } from './peer-identity.ts'
import type { WebPort } from './web-port.ts'

/** The part of a network that a peer uses. */
export type PeerNetwork = Pick<
  Network,
  | 'net'
  | 'dial'
  | 'want'
  | 'addresses'
  | 'addressesOf'
  | 'peers'
  | 'originOf'
  | 'bans'
  | 'unban'
  | 'announce'
  | 'lookup'
  | 'provide'
  | 'providers'
  | 'connect'
  | 'handle'
>

export interface PeerPorts {
  readonly disk: Disk
  /** For derived indexes only: deleting it loses nothing. */
  readonly kv: Kv
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly network: PeerNetwork
  /** Whether `disk` is as this device left it. @default it always is */
  readonly custody?: Custody
  /** For trackers. @default none is reached */
  readonly web?: WebPort
  /** The civil day, `YYYY-MM-DD`, at a moment where this device is. @default the day in Greenwich */
  readonly dayOf?: (atMs: number) => string
}

export interface PeerOptions {
  readonly keys: PeerKeys
  readonly version: string
  readonly keysEncrypted: boolean
  /** Where the web app of this peer is, once it is known: for links that open in it. */
  readonly webAddress?: () => string | undefined
  /** What the device is called until the person says otherwise. */
  readonly defaultDeviceName: string
}
