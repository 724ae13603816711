/**
 * The baseline: a log per author, replicated to everybody, where a write counts once a majority has stored it.
 *
 * Each log is a single-writer register of Attiya, Bar-Noy and Dolev ("Sharing memory robustly in message-passing
 * systems", 1995), its length the timestamp. That is the best case a quorum has: authors never contend, so a write
 * takes one round trip and needs neither a leader nor an election. A read asks a majority, takes the greatest lengths,
 * and answers when a majority holds that much, writing back where it must. Because members come and go, what is known
 * about who holds what travels with anybody who meets anybody (epidemic quorums; Holliday, Steinke, Agrawal and
 * El Abbadi, 2003): an author may learn of its majority from a third party, hours later.
 *
 * The machine reads no clock and sends nothing: `step(input)` returns effects for {@link QuorumNode}.
 *
 * Invariants:
 * 1. A holding is reported only when its entries are durable at the holder; it never shrinks.
 * 2. A write is acknowledged only when a majority holds it. A read returns what a majority holds, and no less than any
 *    write acknowledged, or any read answered, before it began.
 * 3. Entries of one author are stored in order, without gaps.
 */

import { assert } from '@hamlet/core'
import type { Holding, Lengths, QuorumMessage } from './quorum-message.ts'

export type QuorumInput =
  | { readonly kind: 'append'; readonly payload: Uint8Array }
  | { readonly kind: 'read'; readonly read: number }
  | { readonly kind: 'up'; readonly peer: number }
  | { readonly kind: 'down'; readonly peer: number }
  | { readonly kind: 'received'; readonly peer: number; readonly message: QuorumMessage }
  /** Everything handed out for storing up to this length is durable. */
  | { readonly kind: 'stored'; readonly author: number; readonly length: number }
  | { readonly kind: 'tick' }

export type QuorumEffect =
  | { readonly kind: 'send'; readonly peer: number; readonly message: QuorumMessage }
  | {
      readonly kind: 'store'
      readonly author: number
      readonly from: number
      readonly payloads: readonly Uint8Array[]
    }
  /** A majority holds the own log up to this length. */
  | { readonly kind: 'acknowledged'; readonly length: number }
  | { readonly kind: 'read'; readonly read: number; readonly lengths: Lengths }

export interface QuorumOptions {
  readonly self: number
  readonly members: number
  /** Durable logs from an earlier life of the process. */
  readonly logs?: ReadonlyMap<number, readonly Uint8Array[]>
}

interface Peer {
  /** Entries of each log sent on this connection. */
  readonly sent: Map<number, number>
  /** Own lengths told on this connection, and what was told about others. */
  readonly told: Map<number, number>
  readonly toldOthers: Map<string, number>
}

interface Want {
  readonly peer: number
  readonly ticks: number
}

interface PendingRead {
  readonly answered: Set<number>
  readonly target: Map<number, number>
}

/** Ticks after which what was sent and not confirmed is sent again. */
const RETRY_TICKS = 5
const ENTRIES_MAX = 500

export class QuorumCore {
  readonly self: number
  readonly majority: number
  readonly #logs = new Map<number, Uint8Array[]>()
  /** By holder: what it is known to have made durable. */
  readonly #held: Map<number, number>[]
  readonly #stable = new Map<number, number>()
  readonly #peers = new Map<number, Peer>()
  readonly #wants = new Map<number, Want>()
  readonly #reads = new Map<number, PendingRead>()
  /** By author: who is to be told when what they sent is durable here. */
  readonly #owed = new Map<number, Set<number>>()
  #ticks = 0
  /** Somebody is known to hold more than at the last gossip. */
  #hasNews = false
  #effects: QuorumEffect[] = []

  constructor({ self, members, logs = new Map() }: QuorumOptions) {
    assert(self >= 0 && self < members, 'one of the members')
    this.self = self
    this.majority = Math.floor(members / 2) + 1
    this.#held = Array.from({ length: members }, () => new Map<number, number>())
    for (const [author, payloads] of logs) {
      this.#logs.set(author, [...payloads])
      this.#held[self]!.set(author, payloads.length)
    }
  }

  /** Durable here. */
  get lengths(): Lengths {
    return this.#held[this.self]!
  }

  /** Known to be held by a majority. */
  get stable(): Lengths {
    return this.#stable
  }

  payload(author: number, seq: number): Uint8Array | undefined {
    return this.#logs.get(author)?.[seq]
  }

  step(input: QuorumInput): QuorumEffect[] {
    this.#effects = []
    switch (input.kind) {
      case 'append':
        this.#store(this.self, [input.payload])
        break
      case 'read':
        this.#beginRead(input.read)
        break
      case 'up':
        this.#up(input.peer)
        break
      case 'down':
        this.#down(input.peer)
        break
      case 'received':
        this.#receive(input.peer, input.message)
        break
      case 'stored':
        this.#stored(input.author, input.length)
        break
      case 'tick':
        this.#tick()
        break
    }
    this.#settleReads()
    return this.#effects
  }

  #up(peer: number): void {
    this.#peers.set(peer, { sent: new Map(), told: new Map(), toldOthers: new Map() })
    this.#tell(peer, this.lengths, this.#stable, this.#newsFor(peer, true))
    for (const read of this.#reads.keys()) this.#send(peer, { kind: 'ask', read })
  }

  #down(peer: number): void {
    this.#peers.delete(peer)
    for (const [author, want] of this.#wants) if (want.peer === peer) this.#wants.delete(author)
    this.#fetchMissing()
  }

  #receive(peer: number, message: QuorumMessage): void {
    switch (message.kind) {
      case 'state':
        this.#receiveState(peer, message)
        break
      case 'entries':
        this.#receiveEntries(peer, message.author, message.from, message.payloads)
        break
      case 'want':
        this.#sendEntries(peer, message.author, message.from)
        break
      case 'ask':
        this.#send(peer, { kind: 'answer', read: message.read, own: new Map(this.lengths) })
        break
      case 'answer':
        this.#receiveAnswer(peer, message.read, message.own)
        break
    }
  }

  #receiveState(peer: number, state: QuorumMessage & { kind: 'state' }): void {
    for (const [author, length] of state.own) this.#noteHeld(peer, author, length)
    for (const { holder, author, length } of state.others) this.#noteHeld(holder, author, length)
    for (const [author, length] of state.stable) this.#raiseStable(author, length)
    this.#fetchMissing()
  }

  #receiveEntries(
    peer: number,
    author: number,
    from: number,
    payloads: readonly Uint8Array[],
  ): void {
    this.#noteHeld(peer, author, from + payloads.length)
    const length = this.#logLength(author)
    if (from > length) return this.#fetchMissing()
    this.#wants.delete(author)
    const news = payloads.slice(length - from)
    if (news.length === 0) return this.#confirm(peer, author)
    const owed = this.#owed.get(author) ?? new Set<number>()
    this.#owed.set(author, owed.add(peer))
    this.#store(author, news)
  }

  #receiveAnswer(peer: number, read: number, own: Lengths): void {
    for (const [author, length] of own) this.#noteHeld(peer, author, length)
    const pending = this.#reads.get(read)
    if (pending === undefined || pending.answered.has(peer)) return
    pending.answered.add(peer)
    raise(pending.target, own)
    this.#fetchMissing()
  }

  #store(author: number, payloads: readonly Uint8Array[]): void {
    const log = this.#logs.get(author) ?? []
    this.#logs.set(author, log)
    const from = log.length
    log.push(...payloads)
    this.#effects.push({ kind: 'store', author, from, payloads })
  }

  #stored(author: number, length: number): void {
    this.#noteHeld(this.self, author, length)
    if (author === this.self) this.#push()
    for (const peer of [author, ...(this.#owed.get(author) ?? [])]) this.#confirm(peer, author)
    this.#owed.delete(author)
    this.#fetchMissing()
  }

  /** An own entry is durable: it goes to everybody who is here. */
  #push(): void {
    for (const [peer, { sent }] of this.#peers) {
      const from = Math.max(sent.get(this.self) ?? 0, this.#heldBy(peer, this.self))
      this.#sendEntries(peer, this.self, from)
    }
  }

  #sendEntries(peer: number, author: number, from: number): void {
    const durable = this.lengths.get(author) ?? 0
    const payloads =
      this.#logs.get(author)?.slice(from, Math.min(durable, from + ENTRIES_MAX)) ?? []
    const { sent } = this.#peers.get(peer) ?? {}
    if (payloads.length === 0 || sent === undefined) return
    sent.set(author, Math.max(sent.get(author) ?? 0, from + payloads.length))
    this.#send(peer, { kind: 'entries', author, from, payloads })
  }

  /** Tells the author or whoever sent the entries, who count holders, that they are durable here. */
  #confirm(peer: number, author: number): void {
    const length = this.lengths.get(author)
    if (length === undefined || !this.#peers.has(peer) || length <= this.#toldTo(peer, author))
      return
    this.#tell(peer, new Map([[author, length]]))
  }

  #tell(peer: number, own: Lengths, stable: Lengths = new Map(), others: Holding[] = []): void {
    raise(this.#peers.get(peer)!.told, own)
    this.#send(peer, {
      kind: 'state',
      own: new Map(own),
      stable: new Map(stable),
      others,
    })
  }

  /** Asks for what others are known to hold and is not here, of one of them at a time. */
  #fetchMissing(): void {
    for (const peer of this.#peers.keys()) {
      for (const [author, length] of this.#held[peer]!) {
        if (length <= this.#logLength(author) || this.#wants.has(author)) continue
        this.#wants.set(author, { peer, ticks: this.#ticks })
        this.#send(peer, { kind: 'want', author, from: this.#logLength(author) })
      }
    }
  }

  #tick(): void {
    this.#ticks++
    for (const [author, { ticks }] of this.#wants) {
      if (this.#ticks - ticks >= RETRY_TICKS) this.#wants.delete(author)
    }
    this.#fetchMissing()
    if (this.#ticks % RETRY_TICKS === 0) this.#sendAgain()
    if (!this.#hasNews) return
    this.#hasNews = false
    for (const peer of this.#peers.keys()) this.#gossip(peer)
  }

  /** What was sent long enough ago and is not known to have arrived. */
  #sendAgain(): void {
    for (const [peer, { sent }] of this.#peers) {
      for (const [author, length] of sent) {
        const held = this.#heldBy(peer, author)
        if (length <= held) sent.delete(author)
        else if (author === this.self) this.#sendEntries(peer, author, held)
        else sent.set(author, held)
      }
      for (const [read, { answered }] of this.#reads) {
        if (!answered.has(peer)) this.#send(peer, { kind: 'ask', read })
      }
    }
  }

  /** What is here and not known to be there, and holders an author has not heard of. */
  #gossip(peer: number): void {
    const news = new Map<number, number>()
    for (const [author, length] of this.lengths) {
      if (author === peer || length <= this.#heldBy(peer, author)) continue
      if (length > this.#toldTo(peer, author)) news.set(author, length)
    }
    const others = this.#newsFor(peer, false)
    if (news.size > 0 || others.length > 0) this.#tell(peer, news, new Map(), others)
  }

  /** Holders of what no majority is known to hold yet: of every log (`all`), or of the peer's own. */
  #newsFor(peer: number, all: boolean): Holding[] {
    const { toldOthers } = this.#peers.get(peer)!
    const news: Holding[] = []
    for (const [holder, held] of this.#held.entries()) {
      if (holder === peer || holder === this.self) continue
      for (const author of all ? held.keys() : [peer]) {
        const length = held.get(author) ?? 0
        const key = `${holder} ${author}`
        if (length <= (this.#stable.get(author) ?? 0)) continue
        if (length <= (toldOthers.get(key) ?? 0)) continue
        toldOthers.set(key, length)
        news.push({ holder, author, length })
      }
    }
    return news
  }

  #beginRead(read: number): void {
    this.#reads.set(read, { answered: new Set([this.self]), target: new Map(this.lengths) })
    for (const peer of this.#peers.keys()) this.#send(peer, { kind: 'ask', read })
  }

  #settleReads(): void {
    for (const [read, { answered, target }] of this.#reads) {
      if (answered.size < this.majority) continue
      const isHeld = [...target].every(([author, length]) => this.#isReadable(author, length))
      if (isHeld) {
        this.#reads.delete(read)
        this.#effects.push({ kind: 'read', read, lengths: target })
      } else {
        this.#writeBack(target)
      }
    }
  }

  #isReadable(author: number, length: number): boolean {
    return (this.lengths.get(author) ?? 0) >= length && (this.#stable.get(author) ?? 0) >= length
  }

  /** Brings what was read to those who are here and lack it, until a majority holds it. */
  #writeBack(target: Lengths): void {
    for (const [author, length] of target) {
      if ((this.#stable.get(author) ?? 0) >= length) continue
      for (const [peer, { sent }] of this.#peers) {
        const held = this.#heldBy(peer, author)
        if (held >= length || (sent.get(author) ?? 0) >= length) continue
        this.#sendEntries(peer, author, Math.max(held, sent.get(author) ?? 0))
      }
    }
  }

  #noteHeld(holder: number, author: number, length: number): void {
    const held = this.#held[holder]!
    if (length <= (held.get(author) ?? 0)) return
    held.set(author, length)
    this.#hasNews = true
    const lengths = this.#held.map((each) => each.get(author) ?? 0).sort((a, b) => b - a)
    this.#raiseStable(author, lengths[this.majority - 1]!)
  }

  #raiseStable(author: number, length: number): void {
    if (length <= (this.#stable.get(author) ?? 0)) return
    this.#stable.set(author, length)
    if (author === this.self) this.#effects.push({ kind: 'acknowledged', length })
  }

  #heldBy(peer: number, author: number): number {
    return this.#held[peer]!.get(author) ?? 0
  }

  #toldTo(peer: number, author: number): number {
    return this.#peers.get(peer)!.told.get(author) ?? 0
  }

  #logLength(author: number): number {
    return this.#logs.get(author)?.length ?? 0
  }

  #send(peer: number, message: QuorumMessage): void {
    this.#effects.push({ kind: 'send', peer, message })
  }
}

function raise(lengths: Map<number, number>, by: Lengths): void {
  for (const [key, length] of by) lengths.set(key, Math.max(length, lengths.get(key) ?? 0))
}
