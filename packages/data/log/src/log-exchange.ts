/**
 * Copying logs between peers: any number of logs, complete and sparse, over any line that carries frames.
 *
 * The idea: an exchange knows the logs that are shared here, and its peers. Both sides of a line open the logs they know, under keys that
 * tell nothing to who does not know the log; a log that both have opened is copied both ways. An exchange is driven
 * from outside: the owner of a connection hands in frames and says when more may be sent (`ExchangeLine`).
 *
 * Invariants:
 * 1. Whoever sends what its author did not sign, or breaks the protocol, is cut off and named (`onRefused`).
 * 2. A peer makes us hold no more than its wants (bounded) and one answer at a time; answers wait while the line is full.
 */

import { bytesToHex } from '@hamlet/core'
import type { LogRangeError } from './errors.ts'
import { ExchangePeer } from './exchange-peer.ts'
import type { ExchangeLine } from './exchange-peer.ts'
import { SharedEntry } from './exchange-entry.ts'
import type { EntryOptions, SharedHandle } from './exchange-entry.ts'
import type { Log } from './log.ts'
import type { SparseLog } from './sparse-log.ts'

export interface LogExchangeOptions extends EntryOptions {
  /** A peer was cut off, by the name of its line. */
  readonly onRefused?: (name: string, error: LogRangeError) => void
}

export class LogExchange {
  readonly #options: LogExchangeOptions
  readonly #entries = new Map<string, SharedEntry>()
  readonly #peers = new Set<ExchangePeer>()

  constructor(options: LogExchangeOptions) {
    this.#options = options
  }

  /** Shares a log with every peer that knows it, from now on. A log is shared once. */
  add(log: Log | SparseLog): SharedHandle {
    const entry = new SharedEntry(log, this.#options)
    const key = bytesToHex(entry.key)
    this.#entries.get(key)?.close()
    this.#entries.set(key, entry)
    for (const peer of this.#peers) peer.open(entry)
    return entry.handle(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
  }

  /** A new connection. Hand what comes to the result. */
  connect(line: ExchangeLine): ExchangePeer {
    const { crypto, clock, random, onRefused } = this.#options
    const peer: ExchangePeer = new ExchangePeer({
      line,
      crypto,
      clock,
      nonce: random.bytes(32),
      entryOf: (key) => this.#entries.get(bytesToHex(key)),
      entries: () => [...this.#entries.values()],
      onClosed: (error) => {
        this.#peers.delete(peer)
        if (error) onRefused?.(line.name, error)
      },
    })
    this.#peers.add(peer)
    peer.start()
    return peer
  }

  close(): void {
    for (const peer of [...this.#peers]) peer.closed()
    for (const entry of this.#entries.values()) entry.close()
    this.#entries.clear()
  }
}
