/**
 * Who is asked for which blocks of a sparse copy, without input or output of its own.
 *
 * The idea: what is wanted is a few sets of blocks with priorities (single reads share one for each priority). Each provider
 * has a window of wants, so that its line is never idle; a want takes the most urgent blocks that nobody was asked for and that
 * the provider holds, and names only hashes that are neither known nor on their way from the same provider, whose
 * answers come in order. What is not answered goes back to the others.
 *
 * Invariants:
 * 1. A block is asked of one provider at a time; it leaves the sets when the log stored it, whoever brought it.
 * 2. A provider that sends what is not in the tree, or never answers, is given up, and named.
 */

import type { Cancel, Clock, Random } from '@hamlet/core'
import { BlockDemand } from './block-demand.ts'
import type { BlockEvent, BlockFetcher, LoadOptions } from './block-source.ts'
import { LogError } from './errors.ts'
import type { LogRangeError } from './errors.ts'
import { PIECE_NODES_MAX } from './limits.ts'
import { runsOf } from './piece.ts'
import type { Piece, PieceWant } from './piece.ts'
import type { SparseLog } from './sparse-log.ts'

/** A peer that holds blocks of the log. */
export interface PieceProvider {
  /** The fork of the log it is at, as far as it said. */
  readonly fork: number
  /** The first block it holds at or after `index`. */
  nextHeld(index: number): number | undefined
  ask(request: number, want: PieceWant): void
  /** It holds the blocks and could not prove them: there is no use in asking again at once. */
  couldNotProve(blocks: readonly number[]): void
  /** There may be now: hashes that it lacked are here. */
  mayProve(): void
  /** It lied, or does not answer. */
  giveUp(error: LogRangeError): void
}

export interface DownloadOptions {
  readonly from?: number
  /** @default the length of the log when the download begins; with `live`, no end */
  readonly to?: number
  /** Also what the log grows by. */
  readonly live?: boolean
  /** Higher is sooner. @default 0 */
  readonly priority?: number
  /** @default 'linear' */
  readonly order?: 'linear' | 'random'
}

export interface Download {
  /** Resolves when all of it is here; rejects when cancelled. Never for a live one. */
  readonly done: Promise<void>
  /** Blocks still missing. */
  readonly remaining: number
  cancel(): void
}

export interface PieceDownloadOptions {
  /** Wants of one provider that wait for an answer. @default 16 */
  readonly window?: number
  /** Bytes of blocks in one piece. @default 256 KiB */
  readonly wantBytes?: number
  /** @default 10,000 */
  readonly timeoutMs?: number
}

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

interface Outstanding {
  readonly blocks: readonly number[]
  readonly learned: readonly number[]
  /** Whether it relies on hashes of wants before it. */
  readonly isDependent: boolean
  readonly fork: number
  readonly sentMs: number
  /** However it ended. */
  readonly onSettled?: (() => void) | undefined
}

interface ProviderState {
  readonly provider: PieceProvider
  readonly outstanding: Map<number, Outstanding>
  readonly expected: Set<number>
  strikes: number
}

const READ_PRIORITY = 1
const STRIKES_MAX = 3
const WANT_BLOCKS_MAX = 1024
/** So many are looked up one by one instead of going through all that is stored. */
const FEW_BLOCKS = 1024
/** While nothing is known of the size of blocks. */
const FIRST_WANT_BLOCKS = 16

export class PieceDownload implements BlockFetcher {
  readonly #log: SparseLog
  readonly #clock: Clock
  readonly #random: Random
  readonly #window: number
  readonly #wantBytes: number
  readonly #timeoutMs: number
  readonly #providers = new Map<PieceProvider, ProviderState>()
  readonly #reads = new Map<number, BlockDemand>()
  readonly #waiters = new Map<number, Set<Waiter>>()
  readonly #stopWatching: Cancel
  #demands: readonly BlockDemand[] = []
  /** Blocks that somebody was asked for. */
  readonly #asked = new Set<number>()
  #nextRequest = 1
  #isPumpDue = false
  #timer: Cancel | undefined
  #isClosed = false

  constructor(log: SparseLog, clock: Clock, random: Random, options: PieceDownloadOptions = {}) {
    this.#log = log
    this.#clock = clock
    this.#random = random
    this.#window = options.window ?? 16
    this.#wantBytes = options.wantBytes ?? 256 * 1024
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#stopWatching = log.watch((event) => this.#onEvent(event))
  }

  addProvider(provider: PieceProvider): void {
    const state = { provider, outstanding: new Map(), expected: new Set<number>(), strikes: 0 }
    this.#providers.set(provider, state)
    this.pumpSoon()
  }

  removeProvider(provider: PieceProvider): void {
    const state = this.#providers.get(provider)
    if (!state) return
    this.#providers.delete(provider)
    for (const want of state.outstanding.values()) this.#release(want)
    this.pumpSoon()
  }

  /** Resolves when the block is stored. @throws LogError `LOG_CLOSED`, or the signal's reason */
  fetch(index: number, { signal, priority = READ_PRIORITY }: LoadOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      if (this.#isClosed) throw new LogError('LOG_CLOSED', 'the log is closed')
      const waiters = this.#waiters.get(index) ?? new Set()
      this.#waiters.set(index, waiters)
      const waiter = { resolve, reject }
      waiters.add(waiter)
      signal?.addEventListener('abort', () => {
        waiters.delete(waiter)
        if (waiters.size === 0) this.#giveUpRead(index)
        reject(signal.reason as Error)
      })
      this.#want(this.#readsOf(priority), index, index + 1)
      this.pumpSoon()
    })
  }

  /** Fetches what is missing of a stretch. */
  download(options: DownloadOptions = {}): Download {
    const { from = 0, live = false, priority = 0, order = 'linear' } = options
    const to = Math.min(options.to ?? this.#log.length, this.#log.length)
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    // Who does not ask for the outcome is not told of it by a crash.
    promise.catch(() => undefined)
    const demand = new BlockDemand({ priority, from, isRandom: order === 'random', isLive: live })
    if (!live) {
      demand.onComplete = () => {
        this.#remove(demand)
        resolve(undefined)
      }
    }
    this.#add(demand)
    this.#want(demand, from, to)
    if (demand.missing.size === 0) demand.onComplete()
    this.pumpSoon()
    return {
      done: promise,
      get remaining() {
        return demand.remaining
      },
      cancel: () => {
        this.#remove(demand)
        reject(new LogError('LOG_CLOSED', 'the download was cancelled'))
      },
    }
  }

  /**
   * Hashes alone, from whoever has them; says whether all are here then. For proving to somebody else what this copy has
   * not needed itself.
   */
  async fetchNodes(numbers: readonly number[]): Promise<boolean> {
    const { fork } = this.#log
    for (const state of [...this.#providers.values()]) {
      // Nothing leads to these hashes any more.
      if (this.#log.fork !== fork) return false
      const nodes = this.#log.planNodes(numbers)
      if (nodes.length === 0) return true
      if (nodes.length > PIECE_NODES_MAX || state.provider.fork !== this.#log.fork) continue
      await new Promise<void>((resolve) => {
        this.#ask(state, { blocks: [], learned: nodes, onSettled: resolve }, nodes)
      })
    }
    return this.#log.fork === fork && this.#log.planNodes(numbers).length === 0
  }

  /** Asks for more once the current turn is over: what is wanted in one turn is asked for together. */
  pumpSoon(): void {
    if (this.#isPumpDue || this.#isClosed) return
    this.#isPumpDue = true
    void Promise.resolve().then(() => {
      this.#isPumpDue = false
      this.#pump()
    })
  }

  /** An answer; resolves when it was judged and stored. @throws StoreError */
  async onPiece(provider: PieceProvider, request: number, piece: Piece): Promise<void> {
    const state = this.#providers.get(provider)
    const want = state?.outstanding.get(request)
    // Late answers to what was given up are normal.
    if (!state || !want) return
    const asked = new Set(want.blocks)
    if (piece.blocks.some(({ index }) => !asked.has(index))) {
      this.#refuse(state, { code: 'LOG_MALFORMED', message: 'a block nobody asked for' })
      return
    }
    const judged = await this.#log.acceptPiece(piece)
    if (!this.#settle(state, request)) return
    const isOfFork = want.fork === this.#log.fork && want.fork === provider.fork
    const isExcused = !judged.ok && judged.error.code === 'LOG_GAP' && want.isDependent
    if (judged.ok) this.#onProven(state, want, piece)
    else if (isOfFork && !isExcused) this.#refuse(state, judged.error)
    this.pumpSoon()
  }

  /** Who has one of the blocks that were asked for gives it: the others do not fit. Hashes alone say that it has none. */
  #onProven(state: ProviderState, want: Outstanding, piece: Piece): void {
    state.strikes = 0
    const hasNone = want.blocks.length > 0 && piece.blocks.length === 0
    if (hasNone && want.fork === state.provider.fork) state.provider.couldNotProve(want.blocks)
  }

  onUnavailable(provider: PieceProvider, request: number): void {
    const state = this.#providers.get(provider)
    const want = state?.outstanding.get(request)
    if (!state || !want) return
    this.#settle(state, request)
    // The author truncated the log meanwhile, or it is a copy that never needed these hashes itself.
    if (want.fork !== provider.fork || want.blocks.length === 0) return
    // It cleared them meanwhile, or has not heard of our head yet, or does not want to: nobody can tell.
    provider.couldNotProve(want.blocks)
    this.pumpSoon()
    void this.#helpToProve(provider, want.blocks)
  }

  /** Of a copy that is behind, which alone has kept the blocks, the hashes that it lacks come from the others. */
  async #helpToProve(provider: PieceProvider, blocks: readonly number[]): Promise<void> {
    const { needed } = this.#log.plan(blocks)
    if (needed.length === 0 || this.#providers.size < 2) return
    await this.fetchNodes(needed)
    const isLess = !this.#isClosed && this.#log.plan(blocks).needed.length < needed.length
    if (isLess && this.#providers.has(provider)) provider.mayProve()
  }

  close(): void {
    this.#isClosed = true
    this.#stopWatching()
    this.#timer?.()
    for (const waiters of this.#waiters.values()) {
      for (const waiter of waiters) waiter.reject(new LogError('LOG_CLOSED', 'the log is closed'))
    }
    this.#waiters.clear()
    for (const provider of [...this.#providers.keys()]) this.removeProvider(provider)
    this.#demands = []
  }

  #pump(): void {
    // Who let us wait is asked for what the others do not have.
    const states = [...this.#providers.values()].sort((a, b) => a.strikes - b.strikes)
    for (const state of states) {
      while (state.outstanding.size < this.#window && this.#askMore(state));
    }
    this.#setTimer()
  }

  /** One more want; `false` when the provider has nothing that is needed. */
  #askMore(state: ProviderState): boolean {
    let blocks = this.#choose(state.provider, this.#wantBlocks())
    if (blocks.length === 0) return false
    const isExpected = (number: number): boolean => state.expected.has(number)
    let plan = this.#log.plan(blocks, isExpected)
    while (plan.needed.length > PIECE_NODES_MAX / 2) {
      blocks = blocks.slice(0, Math.ceil(blocks.length / 2))
      plan = this.#log.plan(blocks, isExpected)
    }
    for (const [from, to] of runsOf(blocks)) {
      for (const demand of this.#demands) demand.unasked.remove(from, to)
    }
    for (const index of blocks) this.#asked.add(index)
    const nodes = plan.needed.toSorted((a, b) => a - b)
    this.#ask(state, { blocks, learned: plan.learned }, nodes)
    return true
  }

  #ask(
    state: ProviderState,
    { blocks, learned, onSettled }: Pick<Outstanding, 'blocks' | 'learned' | 'onSettled'>,
    nodes: readonly number[],
  ): void {
    const request = this.#nextRequest++ % 2 ** 32
    state.outstanding.set(request, {
      blocks,
      learned,
      onSettled,
      isDependent: state.expected.size > 0,
      fork: this.#log.fork,
      sentMs: this.#clock.monotonic(),
    })
    for (const number of learned) state.expected.add(number)
    state.provider.ask(request, { blocks: runsOf(blocks), nodes, bytesMax: this.#wantBytes })
    this.#setTimer()
  }

  /** The most urgent blocks that the provider holds and nobody was asked for, ascending. */
  #choose(provider: PieceProvider, count: number): readonly number[] {
    const chosen = new Set<number>()
    const nextHeld = (index: number): number | undefined => provider.nextHeld(index)
    for (const demand of this.#demands) {
      const start = demand.isRandom ? this.#somewhere() : 0
      demand.choose(start, this.#log.length, nextHeld, count, chosen)
      if (start > 0) demand.choose(0, start, nextHeld, count, chosen)
    }
    return [...chosen].sort((a, b) => a - b)
  }

  #somewhere(): number {
    const bytes = this.#random.bytes(4)
    const part = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
    return Math.floor(part * this.#log.length)
  }

  #wantBlocks(): number {
    const { storedCount, storedBytes } = this.#log
    if (storedCount === 0) return FIRST_WANT_BLOCKS
    const average = Math.max(1, storedBytes / storedCount)
    return Math.max(1, Math.min(WANT_BLOCKS_MAX, Math.floor(this.#wantBytes / average)))
  }

  #settle(state: ProviderState, request: number): boolean {
    const want = state.outstanding.get(request)
    if (!want) return false
    state.outstanding.delete(request)
    for (const number of want.learned) state.expected.delete(number)
    this.#release(want)
    return true
  }

  /** What was asked for and did not come may be asked for again. */
  #release({ blocks, onSettled }: Outstanding): void {
    onSettled?.()
    for (const index of blocks) this.#asked.delete(index)
    for (const [from, to] of runsOf(blocks.filter((index) => !this.#log.has(index)))) {
      for (const demand of this.#demands) demand.released(from, to)
    }
  }

  #refuse(state: ProviderState, error: LogRangeError): void {
    this.removeProvider(state.provider)
    state.provider.giveUp(error)
  }

  #strike(state: ProviderState): void {
    state.strikes++
    if (state.strikes >= STRIKES_MAX) {
      this.#refuse(state, { code: 'LOG_GAP', message: 'does not answer' })
      return
    }
    this.pumpSoon()
  }

  #setTimer(): void {
    if (this.#timer || this.#isClosed) return
    const isWaiting = [...this.#providers.values()].some(({ outstanding }) => outstanding.size > 0)
    if (!isWaiting) return
    this.#timer = this.#clock.after(this.#timeoutMs, () => {
      this.#timer = undefined
      this.#giveUpLate()
    })
  }

  #giveUpLate(): void {
    const lateMs = this.#clock.monotonic() - this.#timeoutMs
    for (const state of [...this.#providers.values()]) {
      const late = [...state.outstanding].filter(([, { sentMs }]) => sentMs <= lateMs)
      if (late.length === 0) continue
      for (const request of [...state.outstanding.keys()]) this.#settle(state, request)
      this.#strike(state)
    }
    this.#pump()
  }

  #onEvent(event: BlockEvent): void {
    if (event.type === 'head') {
      for (const demand of this.#demands) {
        if (demand.isLive) this.#want(demand, demand.end, event.length)
      }
      this.pumpSoon()
    } else if (event.type === 'stored') {
      this.#onStored(event.from, event.to)
    } else if (event.type === 'lost') {
      for (const demand of this.#demands) demand.lost(event.from, event.to)
      this.pumpSoon()
    } else if (event.type === 'truncated') {
      this.#onTruncated(event.length)
    }
  }

  /** Answers under way are of no use, and what the author took back will not come. */
  #onTruncated(length: number): void {
    for (const state of this.#providers.values()) {
      for (const request of [...state.outstanding.keys()]) this.#settle(state, request)
    }
    for (const demand of this.#demands) demand.truncated(length)
    for (const [index, waiters] of [...this.#waiters]) {
      if (index < length) continue
      this.#waiters.delete(index)
      const fields = { index, length }
      const error = new LogError('LOG_OUT_OF_RANGE', 'the author took the block back', { fields })
      for (const waiter of waiters) waiter.reject(error)
    }
    this.pumpSoon()
  }

  #onStored(from: number, to: number): void {
    for (const demand of this.#demands) demand.stored(from, to)
    for (let index = from; index < to && this.#waiters.size > 0; index++) {
      const waiters = this.#waiters.get(index)
      this.#waiters.delete(index)
      for (const waiter of waiters ?? []) waiter.resolve()
    }
  }

  #want(demand: BlockDemand, from: number, to: number): void {
    demand.end = Math.max(demand.end, to)
    if (to - from <= FEW_BLOCKS) {
      for (let index = from; index < to; index++) {
        if (this.#log.has(index)) continue
        demand.missing.add(index, index + 1)
        if (!this.#asked.has(index)) demand.unasked.add(index, index + 1)
      }
      return
    }
    demand.missing.add(from, to)
    for (const [start, end] of this.#log.storedRanges()) demand.missing.remove(start, end)
    for (const [start, end] of demand.missing.ranges) demand.unasked.add(start, end)
    for (const index of this.#asked) demand.unasked.remove(index, index + 1)
  }

  #giveUpRead(index: number): void {
    this.#waiters.delete(index)
    for (const demand of this.#reads.values()) {
      demand.missing.remove(index, index + 1)
      demand.unasked.remove(index, index + 1)
    }
  }

  #readsOf(priority: number): BlockDemand {
    const existing = this.#reads.get(priority)
    if (existing) return existing
    const demand = new BlockDemand({ priority })
    this.#reads.set(priority, demand)
    this.#add(demand)
    return demand
  }

  #add(demand: BlockDemand): void {
    this.#demands = [...this.#demands, demand].sort((a, b) => b.priority - a.priority)
  }

  #remove(demand: BlockDemand): void {
    this.#demands = this.#demands.filter((other) => other !== demand)
  }
}
