/**
 * What one author wrote, as the world knows it: a list of blocks for each fork of the log.
 *
 * The author's own log shows a block once it is durable, and only then may anybody else have it; so the lists grow with what that
 * log shows, in the turn in which it shows it. After a crash the log may hold what it had not shown yet (written, asked
 * for, not answered), never less than it had shown.
 *
 * A liar writes what it likes, and two histories too: of it the model only keeps which blocks it ever signed for which place.
 */

import { bytesToHex, equalBytes } from '@hamlet/core'
import type { Crypto, LogId } from '@hamlet/core'
import { logIdOf } from '@hamlet/log'
import type { BlockEvent, Log } from '@hamlet/log'
import type { Problem } from '../oracles/problem.ts'

export interface AuthorOptions {
  readonly number: number
  readonly name: string
  readonly isHonest: boolean
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly isFeed: boolean
}

/** Blocks whose append was answered. */
export interface Acknowledged {
  readonly from: number
  readonly blocks: readonly Uint8Array[]
}

export class AuthorModel {
  readonly number: number
  readonly name: string
  readonly isHonest: boolean
  readonly publicKey: Uint8Array
  readonly namespace: Uint8Array
  readonly isFeed: boolean
  readonly id: LogId
  readonly #crypto: Crypto
  readonly #forks: Uint8Array[][] = [[]]
  /** Blocks, or payloads of a feed, that the author was ever asked to write. */
  readonly #asked = new Set<string>()
  /** Of a liar. */
  readonly #signed = new Set<string>()
  /** Blocks whose reading failed when the author showed them: whatever others hold there may be right. */
  readonly #unread = new Set<number>()
  readonly acknowledged: Acknowledged[] = []
  /** Payloads of a feed by index, where their append was answered; more than one after a truncation. */
  readonly payloads = new Map<number, Set<string>>()
  /** Values kept beside the log that a read may give: what was answered last, and what was asked for since. */
  readonly userData = new Map<string, readonly string[]>()
  /** Forks whose truncation was answered. */
  acknowledgedFork = 0
  #counter = 0

  constructor(crypto: Crypto, options: AuthorOptions) {
    this.#crypto = crypto
    this.number = options.number
    this.name = options.name
    this.isHonest = options.isHonest
    this.publicKey = options.publicKey
    this.namespace = options.namespace
    this.isFeed = options.isFeed
    this.id = logIdOf(crypto, options.publicKey, options.namespace)
  }

  get fork(): number {
    return this.#forks.length - 1
  }

  get length(): number {
    return this.#forks.at(-1)!.length
  }

  /** Whether the author has shown more than could be read of it so far. */
  get isUnread(): boolean {
    return this.#unread.size > 0
  }

  lengthOf(fork: number): number | undefined {
    return this.#forks[fork]?.length
  }

  /** A block that nobody else writes. */
  makeBlock(bytes: number): Uint8Array {
    const text = `${this.name} ${this.#counter++} `
    const block = Buffer.alloc(Math.max(bytes, text.length), 0x2e)
    block.write(text)
    const made = new Uint8Array(block)
    this.#asked.add(this.#nameOf(made))
    return made
  }

  wasAsked(block: Uint8Array): boolean {
    return this.#asked.has(this.#nameOf(block))
  }

  /** Whether the author wrote this block there, in that fork. */
  holds(fork: number, index: number, block: Uint8Array): boolean {
    if (this.#unread.has(index)) return true
    if (!this.isHonest) return this.#signed.has(`${index} ${this.#nameOf(block)}`)
    const written = this.#forks[fork]?.[index]
    return written !== undefined && equalBytes(written, block)
  }

  /** What became of the author's own log; what is wrong with it. */
  onEvent(log: Log, event: BlockEvent): Problem | undefined {
    if (event.type === 'truncated') return this.#onTruncated(event.length, event.fork)
    if (event.type === 'cleared' || event.type === 'lost') return undefined
    // The head is told of first; the blocks are there already.
    return this.#onStored(log, this.isHonest ? this.length : 0, log.length)
  }

  /** The author's log was opened. It may hold more than it had shown, and not less. */
  onOpened(log: Log): Problem | undefined {
    while (log.fork > this.fork) {
      const { kept, fork } = log.truncations[this.fork]!
      const problem = this.#onTruncated(kept.length, fork)
      if (problem !== undefined) return problem
    }
    const { fork, length } = this
    if (this.isHonest && (log.fork < fork || log.length < length)) {
      const detail = `${this.name} opened its log at fork ${log.fork}, ${log.length} blocks, and had shown ${fork}, ${length}`
      return { oracle: 'no lost write', detail }
    }
    return this.#onStored(log, this.isHonest ? length : 0, log.length)
  }

  acknowledge(acknowledged: Acknowledged): void {
    this.acknowledged.push(acknowledged)
  }

  /** The newest fork in which those blocks are where they were said to be. */
  forkOf({ from, blocks }: Acknowledged): number | undefined {
    const isThere = (fork: readonly Uint8Array[]): boolean =>
      blocks.every((block, i) => fork[from + i] !== undefined && equalBytes(fork[from + i]!, block))
    const found = this.#forks.findLastIndex(isThere)
    return found < 0 ? undefined : found
  }

  #onStored(log: Log, from: number, to: number): Problem | undefined {
    const blocks = this.#forks[this.fork]!
    for (let index = from; index < to; index++) {
      const block = this.#read(log, index)
      // The next event tells of it again.
      if (block === 'unread' && this.isHonest) return undefined
      if (block === undefined || block === 'unread') continue
      if (!this.isHonest) this.#signed.add(`${index} ${this.#nameOf(block)}`)
      else if (index !== blocks.length || (!this.isFeed && !this.wasAsked(block))) {
        const detail = `${this.name} shows block ${index}, of ${blocks.length}, that it was not asked for`
        return { oracle: 'no wrong block', detail }
      } else blocks.push(block.slice())
    }
    return undefined
  }

  #read(log: Log, index: number): Uint8Array | 'unread' | undefined {
    try {
      const block = log.peek(index)
      if (this.isHonest) this.#unread.delete(index)
      return block
    } catch {
      this.#unread.add(index)
      return 'unread'
    }
  }

  #onTruncated(length: number, fork: number): Problem | undefined {
    if (!this.isHonest) {
      while (this.fork < fork) this.#forks.push([])
      return undefined
    }
    if (fork !== this.fork + 1 || length > this.length) {
      const detail = `${this.name} shows fork ${fork} of ${length} blocks after ${this.fork} of ${this.length}`
      return { oracle: 'no wrong block', detail }
    }
    this.#forks.push(this.#forks.at(-1)!.slice(0, length))
    return undefined
  }

  #nameOf(block: Uint8Array): string {
    return bytesToHex(this.#crypto.hash(block))
  }
}
