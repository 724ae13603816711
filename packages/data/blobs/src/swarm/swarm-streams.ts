/**
 * The line of swarms over byte streams: one stream to each peer, of `node:net`, `node:tls` or anything else that is a duplex.
 *
 * A chunk goes from the memory it was read into to the stream, and is judged and stored in the memory that the stream was read
 * into: see exchange-stream.ts of logs, which does both.
 */

import { exchangeOver } from '@hamlet/log'
import type { ByteDuplex, ExchangeLine, FrameReceiver, StreamOptions } from '@hamlet/log'
import type { Cancel, NetHandler } from '@hamlet/core'
import { SWARM_PROTOCOL } from './swarm-line.ts'
import type { SwarmNet } from './swarm-types.ts'

/** A peer's line was ended here; `banMs`: for how long it is to be refused. */
export type DisconnectListener = (peer: string, reason: string, banMs: number | undefined) => void

export class SwarmStreams implements SwarmNet {
  readonly self: string
  readonly #onDisconnect: DisconnectListener
  readonly #lines = new Map<string, ExchangeLine>()
  readonly #handlers = new Set<NetHandler>()

  /** `self`: this device's id. */
  constructor(self: string, onDisconnect: DisconnectListener = () => undefined) {
    this.self = self
    this.#onDisconnect = onDisconnect
  }

  /** Talks to a peer, whose id somebody has proven, over a stream. Resolves when it has ended. Of two streams to a peer the newer stays. */
  attach(peer: string, stream: ByteDuplex, options: StreamOptions = {}): Promise<void> {
    const connect = (line: ExchangeLine): FrameReceiver => this.#connect(peer, line)
    return exchangeOver({ connect }, stream, peer, options)
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    return this.sendParts(peer, protocol, [bytes])
  }

  sendParts(peer: string, protocol: string, parts: readonly Uint8Array[]): boolean {
    const line = this.#lines.get(peer)
    if (!line?.sendParts || protocol !== SWARM_PROTOCOL) return true
    return line.sendParts(parts)
  }

  subscribe(handler: NetHandler): Cancel {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  peers(): readonly string[] {
    return [...this.#lines.keys()]
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    const line = this.#lines.get(peer)
    this.#onDisconnect(peer, reason, banMs)
    line?.close(reason)
  }

  #connect(peer: string, line: ExchangeLine): FrameReceiver {
    this.#lines.get(peer)?.close('another stream took its place')
    this.#down(peer)
    this.#lines.set(peer, line)
    const isCurrent = (): boolean => this.#lines.get(peer) === line
    const tell = (event: (handler: NetHandler) => void): void => {
      if (isCurrent()) for (const handler of this.#handlers) event(handler)
    }
    tell((handler) => handler.peerUp(peer))
    return {
      receive: (frame) => tell((handler) => handler.message(peer, SWARM_PROTOCOL, frame)),
      drained: () => tell((handler) => handler.drain(peer)),
      closed: () => {
        if (isCurrent()) this.#down(peer)
      },
      refuse: ({ message }) => {
        if (isCurrent()) this.disconnect(peer, message)
      },
    }
  }

  #down(peer: string): void {
    if (!this.#lines.delete(peer)) return
    for (const handler of this.#handlers) handler.peerDown(peer)
  }
}
