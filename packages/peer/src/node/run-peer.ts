/**
 * Runs a peer on this machine: one data directory, one process.
 *
 *     <data>/keys          the key file, 0600
 *     <data>/lock          held while the process lives
 *     <data>/peer/state    names, spaces, links, joins
 *     <data>/peer/spaces/… the logs
 *     <data>/peer/files    shares by link, what is wanted and kept, limits
 *     <data>/peer/blobs/…  what is here of shares
 *     <data>/seal          whether this is the directory as it was left, or a copy or backup (`folder-seal.ts`)
 *     <data>/network       addresses at which others were reached, and own ports; deleting it costs a search
 *     <data>/index         derived indexes, LevelDB; deleting it loses nothing
 *     <data>/run           socket, token and address of the running peer, for the command line
 *
 * Invariants:
 * 1. Whatever fails while starting, everything opened before is closed again, in reverse order.
 * 2. `close` is idempotent and leaves the process nothing to wait for.
 */

import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { SWARM_PROTOCOL } from '@hamlet/blobs'
import { errorCode, scopedDisk, utf8 } from '@hamlet/core'
import type { Kv, Logger } from '@hamlet/core'
import { silentMetrics } from '@hamlet/core'
import { createHttpServer, createTokenFile } from '@hamlet/http/node'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createNetwork } from '@hamlet/network'
import { SYNC_PROTOCOL } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import { createLevelKv, createNodeDisk, lockDirectory } from '@hamlet/store/node'
import { Peer } from '../peer.ts'
import { FolderSeal } from './folder-seal.ts'
import { nodeDay } from './node-day.ts'
import { createWebPort } from './node-web.ts'
import { openKeys } from './open-keys.ts'
import { createPinoLogger } from './pino-logger.ts'
import type { LogLevel } from './pino-logger.ts'

export const PEER_VERSION = '0.1.0'

export interface RunPeerOptions {
  readonly dataDirectory: string
  /** @default 127.0.0.1, a port chosen by the system */
  readonly http?: { readonly host: string; readonly port: number }
  /** Multiaddrs; empty for the network's defaults. */
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly relay: boolean
  readonly passphrase?: string
  /** @default 'warn' */
  readonly logLevel?: LogLevel
  /** The build of the web app. */
  readonly webDirectory?: string
  /** Announce on the local network. @default true */
  readonly localDiscovery?: boolean
  /** Web seeds that links name may be on this machine and in its network. @default false */
  readonly nearWebSeeds?: boolean
}

export interface RunningPeer {
  readonly info: {
    readonly http: string
    readonly socket: string
    readonly peer: string
    readonly addresses: readonly string[]
    readonly data: string
  }
  readonly api: Peer
  /** The web app's address with a code that signs in once, within a minute. */
  createLoginUrl(): string
  close(): Promise<void>
}

export async function runPeer(options: RunPeerOptions): Promise<RunningPeer> {
  await using opened = new AsyncDisposableStack()
  const { dataDirectory } = options
  const logger = createPinoLogger(options.logLevel ?? 'warn')
  opened.use(await lockDirectory(dataDirectory))
  const web: { address?: string } = {}
  const peer = await openPeer(options, { logger, webAddress: () => web.address }, opened)
  const runDirectory = join(dataDirectory, 'run')
  await mkdir(runDirectory, { recursive: true, mode: 0o700 })
  const random = createNodeRandom()
  const token = await createTokenFile(join(runDirectory, 'token'), random)
  const socket = join(runDirectory, 'api.sock')
  const server = opened.use(
    await createHttpServer({
      api: peer,
      http: options.http ?? { host: '127.0.0.1', port: 0 },
      socketPath: socket,
      tokens: [{ token, scope: 'admin' }],
      ...(options.webDirectory === undefined ? {} : { staticDirectory: options.webDirectory }),
      clock: createNodeClock(),
      random,
      logger: logger.forComponent('http'),
      metrics: silentMetrics,
    }),
  )
  web.address = new URL('/', server.url).href
  const status = await peer.status()
  const info = {
    http: server.url,
    socket,
    peer: status.device,
    addresses: status.addresses,
    data: dataDirectory,
  }
  await announce(runDirectory, info, status.startedAtMs, opened)
  const resources = opened.move()
  return {
    info,
    api: peer,
    createLoginUrl: () => server.createLoginUrl(),
    close: () => resources.disposeAsync(),
  }
}

async function openPeer(
  options: RunPeerOptions,
  parts: { readonly logger: Logger; readonly webAddress: () => string | undefined },
  opened: AsyncDisposableStack,
): Promise<Peer> {
  const { dataDirectory } = options
  const { logger, webAddress } = parts
  const ports = {
    crypto: createNodeCrypto(),
    random: createNodeRandom(),
    clock: createNodeClock(),
    logger,
    metrics: silentMetrics,
  }
  const deviceName = hostname().slice(0, 60) || 'this computer'
  const keyPath = join(dataDirectory, 'keys')
  const isNew = await isAbsent(keyPath)
  const keys = await openKeys(ports, {
    path: keyPath,
    passphrase: options.passphrase,
    deviceName,
  })
  const { clock } = ports
  const seal = await FolderSeal.open({ directory: dataDirectory, clock, logger, isNew })
  opened.defer(() => seal.close())
  const kv = await openIndex(join(dataDirectory, 'index'), logger)
  opened.defer(() => kv.close())
  const network = opened.use(
    await createNetwork({
      ...ports,
      logger: logger.forComponent('network'),
      deviceSeed: keys.ring.deviceSeed,
      protocols: [SYNC_PROTOCOL, SWARM_PROTOCOL],
      files: scopedDisk(createNodeDisk(dataDirectory), 'network'),
      storage: prefixedKv(kv, utf8('network/')),
      bootstrap: options.bootstrap,
      relay: options.relay,
      mdns: options.localDiscovery ?? true,
      ...(options.listen.length === 0 ? {} : { listen: options.listen }),
    }),
  )
  const disk = scopedDisk(createNodeDisk(dataDirectory), 'peer')
  const peer = await Peer.open(
    {
      ...{ ...ports, disk, kv: prefixedKv(kv, utf8('peer/')), network },
      ...{
        custody: seal,
        dayOf: nodeDay,
        web: createWebPort({ isNearAllowed: options.nearWebSeeds === true }),
      },
    },
    {
      keys,
      version: PEER_VERSION,
      keysEncrypted: options.passphrase !== undefined,
      defaultDeviceName: deviceName,
      webAddress,
    },
  )
  return opened.use(peer)
}

async function isAbsent(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    (error: unknown) => errorCode(error) === 'ENOENT',
  )
}

/** What is in it was derived from the logs, so a damaged one is made anew. */
async function openIndex(path: string, logger: Logger): Promise<Kv> {
  try {
    return await createLevelKv(path)
  } catch (error) {
    // Damage to the files that name the others is an I/O error to LevelDB.
    if (errorCode(error) !== 'STORE_DAMAGED' && errorCode(error) !== 'STORE_IO') throw error
    logger.warn('the index is damaged and is made anew', { reason: String(error) })
    await rm(path, { recursive: true, force: true })
    return await createLevelKv(path)
  }
}

/** Leaves word for the command line where this peer answers. */
async function announce(
  directory: string,
  info: RunningPeer['info'],
  startedAtMs: number,
  opened: AsyncDisposableStack,
): Promise<void> {
  const path = join(directory, 'peer.json')
  const text = JSON.stringify({ ...info, pid: process.pid, startedAtMs })
  await writeFile(path, `${text}\n`, { mode: 0o600 })
  opened.defer(() => rm(path, { force: true }))
}
