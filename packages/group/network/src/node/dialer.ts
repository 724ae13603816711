/**
 * Reaching whoever holds a key, knowing nothing else.
 *
 * The idea: given addresses, the local network and the DHT are tried again and again until one leads there or the time is
 * over: a server may only just be starting. Behind a relay a direct way is tried first (DCUtR), for a short while; if there is
 * none, the relay serves.
 *
 * Invariants: a stream is given out only when its other end has proven the key and has let us in; what cannot become better
 * (a refusal, another key at a given address) is told at once.
 */

import { bytesToHex, hexToBytes } from '@hamlet/core'
import { CONNECT_MS_MAX, CONNECT_PAUSE_MS_MAX, HOLE_PUNCH_MS_MAX } from '../limits.ts'
import { NetworkError } from '../errors.ts'
import { namesClock, namesRandom, startNamedNode, STREAM_PROTOCOL, WELCOME_BYTE } from './names.ts'
import type { NameOptions } from './names.ts'
import { addressDevice, deviceToPeerId } from './peer-ids.ts'
import { SecureStream } from './secure-stream.ts'
import type { Network, RawStream } from '../types.ts'

export interface DialerOptions extends NameOptions {
  /** 32 bytes: the Ed25519 seed to be known by. @default one for this dialer alone */
  readonly seed?: Uint8Array
}

export interface ConnectOptions {
  /** Multiaddrs of the server, to be tried first; a trailing /p2p/ may be left out. */
  readonly addresses?: readonly string[]
  readonly signal?: AbortSignal
  /** How long to look. @default CONNECT_MS_MAX */
  readonly timeoutMs?: number
}

/** Several connections from one node. */
export interface Dialer extends AsyncDisposable {
  /** 32 bytes: what servers know us by. */
  readonly publicKey: Uint8Array
  /**
   * A stream to the holder of the key (32 bytes, Ed25519).
   * @throws NetworkError `NETWORK_UNREACHABLE` when nobody was found in time, `NETWORK_REFUSED`, `NETWORK_WRONG_PEER`,
   * `NETWORK_PROTOCOL_UNSUPPORTED`, `NETWORK_BAD_ADDRESS`, `NETWORK_ABORTED`, `NETWORK_CLOSED`
   */
  connect(publicKey: Uint8Array, options?: ConnectOptions): Promise<SecureStream>
  /** Keys of those who announced themselves under a 32-byte secret; each once. */
  lookup(secret: Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Keys of those who say they hold what the key stands for; each once. */
  providers(key: Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Ends all its streams. */
  close(): Promise<void>
}

const PAUSE_MS = 100
const POLL_MS = 25
/** A server that starts listens before it speaks. */
const MUTE_ATTEMPTS_MAX = 3
const FINAL = new Set(['NETWORK_REFUSED', 'NETWORK_BAD_ADDRESS', 'NETWORK_CLOSED'])

/** @throws NetworkError as `createNetwork` */
export async function createDialer(options: DialerOptions = {}): Promise<Dialer> {
  const deviceSeed = options.seed ?? namesRandom.bytes(32)
  const network = await startNamedNode(options, { deviceSeed, dht: 'client' })
  return new NamedDialer(network, options.protocol ?? STREAM_PROTOCOL)
}

/** One stream, from a node of its own that ends with it. @throws NetworkError as {@link Dialer.connect} */
export async function connect(
  publicKey: Uint8Array,
  options: DialerOptions & ConnectOptions = {},
): Promise<SecureStream> {
  const dialer = await createDialer(options)
  try {
    const stream = await dialer.connect(publicKey, options)
    stream.on('close', () => void dialer.close())
    return stream
  } catch (error) {
    await dialer.close()
    throw error
  }
}

class NamedDialer implements Dialer {
  readonly publicKey: Uint8Array
  readonly #network: Network
  readonly #protocol: string
  readonly #streams = new Set<SecureStream>()

  constructor(network: Network, protocol: string) {
    this.#network = network
    this.#protocol = protocol
    this.publicKey = hexToBytes(network.self)
  }

  async connect(publicKey: Uint8Array, options: ConnectOptions = {}): Promise<SecureStream> {
    const { signal, timeoutMs = CONNECT_MS_MAX } = options
    const device = bytesToHex(publicKey)
    const addresses = addressesOf(device, options.addresses ?? [])
    const deadline = AbortSignal.timeout(timeoutMs)
    const both = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(device, addresses, both)
      } catch (error) {
        throwIfAborted(signal)
        if (isFinal(error, attempt, addresses)) throw error
        await pause(Math.min(PAUSE_MS * attempt, CONNECT_PAUSE_MS_MAX), both)
        throwIfAborted(signal)
        if (deadline.aborted) throw notFound(device, timeoutMs, error)
      }
    }
  }

  async *lookup(secret: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const { device } of this.#network.lookup(secret, signal && { signal })) {
      yield hexToBytes(device)
    }
  }

  async *providers(key: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const device of this.#network.providers(key, signal && { signal })) {
      yield hexToBytes(device)
    }
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy()
    await this.#network.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #attempt(
    device: string,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<SecureStream> {
    await this.#network.dial(addresses.length > 0 ? addresses : device, { signal })
    await this.#untilDirect(device, signal)
    const protocol = this.#protocol
    const raw = await this.#network.connect(hexToBytes(device), { protocol, signal })
    const stream = await admitted(raw, signal)
    this.#streams.add(stream)
    stream.on('close', () => this.#streams.delete(stream))
    return stream
  }

  /** The other end of a relayed connection tries to reach us, and we it; a stream stays where it was opened. */
  async #untilDirect(device: string, signal: AbortSignal): Promise<void> {
    const endMs = namesClock.monotonic() + HOLE_PUNCH_MS_MAX
    const isRelayed = (): boolean =>
      this.#network.peers().some((peer) => peer.device === device && peer.relayed)
    while (isRelayed() && namesClock.monotonic() < endMs && !signal.aborted) {
      await pause(POLL_MS, signal)
    }
  }
}

/** Waits for the server's first byte. */
async function admitted(raw: RawStream, signal: AbortSignal): Promise<SecureStream> {
  const giveUp = (): void => raw.abort('no answer in time')
  signal.addEventListener('abort', giveUp)
  try {
    const chunks = raw[Symbol.asyncIterator]()
    let first = new Uint8Array(0)
    while (first.length === 0) {
      const next = await chunks.next()
      if (next.done === true) throw new NetworkError('NETWORK_STREAM_CLOSED', 'no answer')
      first = new Uint8Array(next.value)
    }
    if (first[0] === WELCOME_BYTE) return new SecureStream(raw, chunks, first.subarray(1))
    raw.abort('refused')
    const fields = { device: raw.peer }
    throw new NetworkError('NETWORK_REFUSED', 'the server does not talk to our key', { fields })
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function addressesOf(device: string, texts: readonly string[]): readonly string[] {
  const peer = deviceToPeerId(device).toString()
  return texts.map((text) => {
    const named = addressDevice(text)
    if (named !== undefined && named !== device && !text.endsWith('/p2p-circuit')) {
      const fields = { device: named, address: text.slice(0, 200) }
      throw new NetworkError('NETWORK_WRONG_PEER', 'the address is of another key', { fields })
    }
    return named === device ? text : `${text}/p2p/${peer}`
  })
}

/** What is wrong now will be wrong in a moment too. */
function isFinal(error: unknown, attempt: number, addresses: readonly string[]): boolean {
  const { code } = error as { readonly code?: string }
  if (code === 'NETWORK_WRONG_PEER') return addresses.length > 0
  if (code === 'NETWORK_PROTOCOL_UNSUPPORTED') return attempt >= MUTE_ATTEMPTS_MAX
  return code === undefined || FINAL.has(code)
}

function notFound(device: string, timeoutMs: number, cause: unknown): NetworkError {
  const seconds = Math.ceil(timeoutMs / 1000)
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `nobody with this key was found within ${seconds} s (${reason})`
  return new NetworkError('NETWORK_UNREACHABLE', message, { cause, fields: { device } })
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  const message = 'the caller ended the connection attempt'
  throw new NetworkError('NETWORK_ABORTED', message, { cause: signal.reason })
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = namesClock.after(delayMs, done)
    signal.addEventListener('abort', done)
  })
}
