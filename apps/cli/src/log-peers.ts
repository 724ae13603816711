/**
 * Whoever has a log, found by the log's key or by given addresses, as peers of an exchange.
 *
 * The idea: the author answers under the log's own key, any other holder under a key of its own, which it has announced in the
 * DHT, or which is named by its address. The author and who was named are tried again and again until the command is over, so
 * that a server that restarts is no end; of the others a few at a time, and another when one is gone.
 *
 * Invariants:
 * 1. What peers say is verified by the log that is shared; one that lies is left and told.
 * 2. Who says that it has the log and does not, or has it and gives nothing, costs a connection and some seconds.
 * 3. The time that is allowed begins anew with every step forward.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { bytesToHex, hexToBytes, idToBytes } from '@hamlet/core'
import { createNodeClock, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, LogExchange } from '@hamlet/log'
import type { Log, PeerOffer, SharedHandle, SparseLog } from '@hamlet/log'
import type { Dialer, SecureStream } from '@hamlet/network'

import type { Session } from './command.ts'
import { CliError } from './errors.ts'
import { localCrypto } from './local-log.ts'
import { parseCount } from './text.ts'

/** What is spoken on the streams of a log. */
export const LOG_PROTOCOL = '/hamlet/log/1.0.0'
/** Holders that were found, at a time. */
export const HOLDERS_MAX = 8

export interface PeerFlags {
  readonly peer: readonly string[]
  readonly bootstrap: readonly string[]
  readonly timeout?: string
}

interface Target {
  readonly device: string
  readonly addresses: readonly string[]
  /** The author, or named by the user: never given up. */
  readonly isNamed: boolean
  /** Has answered, or could not be reached. */
  isDecided: boolean
  stream: SecureStream | undefined
  sinceMs: number
}

const POLL_MS = 20
const AGAIN_MS = 300
const TIMEOUT_SECONDS = 30
/** One holder that was found may take this long to be reached. */
const HOLDER_MS_MAX = 10_000
/** A holder that does not open the log in this time does not have it. */
const OPEN_MS_MAX = 5000
/** Without a step forward for so long another is tried. */
const STALL_MS = 8000
/** From the first who answers, the others have so long to say that they have more. */
const SETTLE_MS = 2000
/** From one look into the DHT to the next: while nobody has answered, and later. */
const SEARCH_SOON_MS = 1000
const SEARCH_MS = 15_000
/** Whoever was left is not tried for so long. */
const LEFT_MS = 60_000

export class LogPeers {
  readonly shared: SharedHandle
  readonly #session: Session
  readonly #exchange: LogExchange
  readonly #dialer: Dialer
  readonly #log: Log | SparseLog
  readonly #timeoutMs: number
  readonly #stop = new AbortController()
  readonly #targets = new Map<string, Target>()
  /** Devices that are not tried until then. */
  readonly #leftUntilMs = new Map<string, number>()
  readonly #runs = new Set<Promise<void>>()
  #endedBytes = 0
  #hasSearched = false
  #firstOfferMs: number | undefined
  #failure: Error | undefined
  #lastError: unknown

  private constructor(session: Session, log: Log | SparseLog, dialer: Dialer, timeoutMs: number) {
    this.#session = session
    this.#dialer = dialer
    this.#log = log
    this.#timeoutMs = timeoutMs
    this.#exchange = new LogExchange({
      crypto: localCrypto,
      clock: createNodeClock(),
      random: createNodeRandom(),
      onRefused: (name, error) => {
        this.#leftUntilMs.set(name, Infinity)
        this.#lastError = error
        session.note(`${name} is left: ${error.message}`)
      },
      onForked: (_log, error) => {
        const message = `the author signed two histories: ${error.message}`
        this.#failure = new CliError('NOT_SOUND', message)
      },
    })
    this.shared = this.#exchange.add(log)
  }

  static async find(session: Session, log: Log | SparseLog, flags: PeerFlags): Promise<LogPeers> {
    const seconds = parseCount(flags.timeout ?? `${TIMEOUT_SECONDS}`, 86_400)
    const { addressDevice, createDialer } = await import('@hamlet/network')
    const author = bytesToHex(log.publicKey)
    const addresses = Map.groupBy(flags.peer, (address) => addressDevice(address) ?? author)
    const { bootstrap } = flags
    const dialer = await createDialer({ bootstrap, protocol: LOG_PROTOCOL })
    const peers = new LogPeers(session, log, dialer, 1000 * seconds)
    for (const device of new Set([...addresses.keys(), author])) {
      peers.#add(device, addresses.get(device) ?? [], true)
    }
    peers.#track(peers.#search())
    return peers
  }

  /** Bytes that came from peers. */
  get receivedBytes(): number {
    let bytes = this.#endedBytes
    for (const { stream } of this.#targets.values()) bytes += stream?.bytesRead ?? 0
    return bytes
  }

  /** What the connected peers say they have. */
  get offers(): readonly PeerOffer[] {
    return this.shared.offers
  }

  /** Whoever could have more has said so, or has had the time to. */
  get isSettled(): boolean {
    if (this.offers.length === 0) return false
    this.#firstOfferMs ??= performance.now()
    if (performance.now() - this.#firstOfferMs > SETTLE_MS) return true
    const isOpen = new Set(this.shared.peers)
    const isDecided = ({ device, isDecided: done }: Target): boolean => done || isOpen.has(device)
    return this.#hasSearched && [...this.#targets.values()].every(isDecided)
  }

  /** Resolves when it is so. `progress`: a number that grows while there is hope. @throws CliError `STOPPED`, `NOBODY_SERVES`, `NOT_SOUND` */
  async until(isSo: () => boolean, progress: () => number = () => 0): Promise<void> {
    let [steps, sinceMs, stalledMs] = [progress(), performance.now(), performance.now()]
    while (!isSo()) {
      if (this.#failure) throw this.#failure
      if (this.#session.io.signal.aborted) throw new CliError('STOPPED', 'stopped')
      const now = progress()
      const nowMs = performance.now()
      if (now !== steps) [steps, sinceMs, stalledMs] = [now, nowMs, nowMs]
      else if (nowMs - sinceMs > this.#timeoutMs) throw this.#nobody()
      else if (nowMs - stalledMs > STALL_MS) {
        this.#leaveSlowest()
        stalledMs = nowMs
      }
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

  #track(run: Promise<void>): void {
    this.#runs.add(run)
    void run.finally(() => this.#runs.delete(run))
  }

  async #search(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      for await (const key of this.#dialer.providers(idToBytes(this.#log.id), signal)) {
        this.#add(bytesToHex(key), [], false)
      }
      this.#hasSearched = true
      const pauseMs = this.offers.length === 0 ? SEARCH_SOON_MS : SEARCH_MS
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  #add(device: string, addresses: readonly string[], isNamed: boolean): void {
    if (this.#targets.has(device) || this.#isLeft(device) || this.#stop.signal.aborted) return
    const found = [...this.#targets.values()].filter((target) => !target.isNamed)
    if (!isNamed && found.length >= HOLDERS_MAX) return
    const target: Target = {
      ...{ device, addresses, isNamed },
      ...{ isDecided: false, stream: undefined, sinceMs: performance.now() },
    }
    this.#targets.set(device, target)
    this.#track(this.#stay(target))
  }

  #isLeft(device: string): boolean {
    return performance.now() < (this.#leftUntilMs.get(device) ?? 0)
  }

  async #stay(target: Target): Promise<void> {
    const { signal } = this.#stop
    const { device, isNamed } = target
    do {
      if (!this.#isLeft(device)) await this.#exchangeWith(target)
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    } while (!signal.aborted && isNamed && this.#leftUntilMs.get(device) !== Infinity)
    this.#targets.delete(device)
  }

  async #exchangeWith(target: Target): Promise<void> {
    const { device, addresses, isNamed } = target
    const { signal } = this.#stop
    const timeoutMs = isNamed ? this.#timeoutMs : Math.min(this.#timeoutMs, HOLDER_MS_MAX)
    try {
      const options = { addresses, signal, timeoutMs }
      const stream = await this.#dialer.connect(hexToBytes(device), options)
      target.stream = stream
      target.sinceMs = performance.now()
      const isEmpty = setTimeout(() => this.#leaveUnopened(target), OPEN_MS_MAX)
      await exchangeOver(this.#exchange, stream, device)
      clearTimeout(isEmpty)
    } catch (error) {
      this.#lastError = error
      if (!isNamed) this.#leftUntilMs.set(device, performance.now() + LEFT_MS)
    }
    target.isDecided = true
    this.#endedBytes += target.stream?.bytesRead ?? 0
    target.stream = undefined
  }

  /** Says that it has the log, and has not. */
  #leaveUnopened(target: Target): void {
    if (!target.isNamed && !this.shared.peers.includes(target.device)) this.#leave(target)
  }

  /** Nothing comes: who says to have more than it has shown is left, or of several the one that had the most time. */
  #leaveSlowest(): void {
    const open = [...this.#targets.values()].filter(({ stream }) => stream !== undefined)
    open.sort((a, b) => a.sinceMs - b.sinceMs)
    const provenLength = this.#log.head?.length ?? 0
    const boasting = this.offers.filter(({ length }) => length > provenLength)
    const boaster = open.find(({ device }) => boasting.some(({ peer }) => peer === device))
    if (boaster) this.#leave(boaster)
    else if (open.length > 1) this.#leave(open[0]!)
  }

  #leave(target: Target): void {
    this.#leftUntilMs.set(target.device, performance.now() + LEFT_MS)
    target.isDecided = true
    target.stream?.destroy()
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
