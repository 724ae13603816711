/**
 * Whoever serves a log, found by the log's key or by given addresses, as peers of an exchange.
 *
 * The idea: the author answers under the log's own key, a copy's holder under a key of its own, named by its address. Each is
 * connected to again and again until the command is over, so that a server that restarts is no end.
 *
 * Invariants: what peers say is verified by the log that is shared; one that lies is left and told; the time that is allowed
 * begins anew with every step forward.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { createNodeClock, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, LogExchange } from '@hamlet/log'
import type { Log, LogOffer, SharedHandle, SparseLog } from '@hamlet/log'
import type { Dialer, SecureStream } from '@hamlet/network'

import type { Session } from './command.ts'
import { CliError } from './errors.ts'
import { localCrypto } from './local-log.ts'
import { parseCount } from './text.ts'

/** What is spoken on the streams of a log. */
export const LOG_PROTOCOL = '/hamlet/log/1.0.0'

export interface PeerFlags {
  readonly peer: readonly string[]
  readonly bootstrap: readonly string[]
  readonly timeout?: string
}

interface Target {
  readonly device: string
  readonly addresses: readonly string[]
}

const POLL_MS = 20
const AGAIN_MS = 300
const TIMEOUT_SECONDS = 30

export class LogPeers {
  readonly shared: SharedHandle
  readonly #session: Session
  readonly #exchange: LogExchange
  readonly #dialer: Dialer
  readonly #timeoutMs: number
  readonly #stop = new AbortController()
  readonly #lied = new Set<string>()
  readonly #runs: readonly Promise<void>[]
  readonly #streams: SecureStream[] = []
  #failure: Error | undefined
  #lastError: unknown

  private constructor(
    session: Session,
    log: Log | SparseLog,
    dialer: Dialer,
    targets: readonly Target[],
    timeoutMs: number,
  ) {
    this.#session = session
    this.#dialer = dialer
    this.#timeoutMs = timeoutMs
    this.#exchange = new LogExchange({
      crypto: localCrypto,
      clock: createNodeClock(),
      random: createNodeRandom(),
      onRefused: (name, error) => {
        this.#lied.add(name)
        this.#lastError = error
        session.note(`${name} is left: ${error.message}`)
      },
      onForked: (_log, error) => {
        this.#failure = new CliError(
          'NOT_SOUND',
          `the author signed two histories: ${error.message}`,
        )
      },
    })
    this.shared = this.#exchange.add(log)
    this.#runs = targets.map((target) => this.#stay(target))
  }

  static async find(session: Session, log: Log | SparseLog, flags: PeerFlags): Promise<LogPeers> {
    const seconds = parseCount(flags.timeout ?? `${TIMEOUT_SECONDS}`, 86_400)
    const { addressDevice, createDialer } = await import('@hamlet/network')
    const author = bytesToHex(log.publicKey)
    const addresses = Map.groupBy(flags.peer, (address) => addressDevice(address) ?? author)
    const devices = new Set([...addresses.keys(), author])
    const targets = [...devices].map((device) => ({
      device,
      addresses: addresses.get(device) ?? [],
    }))
    const { bootstrap } = flags
    const dialer = await createDialer({ bootstrap, protocol: LOG_PROTOCOL })
    return new LogPeers(session, log, dialer, targets, 1000 * seconds)
  }

  /** Bytes that came from peers. */
  get receivedBytes(): number {
    return this.#streams.reduce((sum, { bytesRead }) => sum + bytesRead, 0)
  }

  /** What the connected peers say they have. */
  get offers(): readonly LogOffer[] {
    return this.shared.offers
  }

  /** Resolves when it is so. `progress`: a number that grows while there is hope. @throws CliError `STOPPED`, `NOBODY_SERVES`, `NOT_SOUND` */
  async until(isSo: () => boolean, progress: () => number = () => 0): Promise<void> {
    let [steps, sinceMs] = [progress(), performance.now()]
    while (!isSo()) {
      if (this.#failure) throw this.#failure
      if (this.#session.io.signal.aborted) throw new CliError('STOPPED', 'stopped')
      const now = progress()
      if (now !== steps) [steps, sinceMs] = [now, performance.now()]
      else if (performance.now() - sinceMs > this.#timeoutMs) throw this.#nobody()
      await delay(POLL_MS)
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#exchange.close()
    await this.#dialer.close()
    await Promise.all(this.#runs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #stay({ device, addresses }: Target): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted && !this.#lied.has(device)) {
      try {
        const options = { addresses, signal, timeoutMs: this.#timeoutMs }
        const stream = await this.#dialer.connect(hexToBytes(device), options)
        this.#streams.push(stream)
        await exchangeOver(this.#exchange, stream, device)
      } catch (error) {
        this.#lastError = error
      }
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  #nobody(): CliError {
    const seconds = Math.round(this.#timeoutMs / 1000)
    const error = this.#lastError
    const reason = error instanceof Error ? ` (${error.message})` : ''
    const isHere = this.shared.peers.length > 0
    const who = isHere ? 'nobody gave more of the log' : 'nobody who serves the log was found'
    return new CliError('NOBODY_SERVES', `${who} within ${seconds} s${isHere ? '' : reason}`, {
      cause: error,
      fields: { seconds, peers: this.shared.peers.length },
    })
  }
}
