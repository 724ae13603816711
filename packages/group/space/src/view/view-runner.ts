/**
 * Keeps views up to date with a space: one pass over new entries for all of them.
 *
 * The idea: a pass takes a snapshot of how far the space's logs are applied, reads what counts between the least
 * advanced checkpoint and that snapshot, folds it in batches and stores each batch, values and checkpoint of every
 * view together, in one `Kv` batch. Whatever happens in between (a crash, a failed write, a cut that voids entries)
 * the stored state is the fold of exactly the set its checkpoint names, so the next pass goes on from there.
 *
 * Invariants:
 * 1. One pass at a time; changes that arrive during it start another.
 * 2. Changes are emitted after their batch is stored, in order, and not during a rebuild: then one `rebuilt` event.
 * 3. Start costs O(entries since the checkpoint), memory O(batch + cache), however long the history.
 */

import { assert, errorCode, silentLogger } from '@hamlet/core'
import { ViewError } from './errors.ts'
import { isWithin, leastOf } from './version-vector.ts'
import { KvLocalStore, KvReader } from './view.ts'
import { ViewSlot } from './view-slot.ts'
import type { Cancel, Clock, DeviceId, Kv, KvWrite, Logger } from '@hamlet/core'
import type { ContentEntry, VersionVector } from '../types.ts'
import type { View } from './view.ts'
import type { ViewDefinition, ViewEvent } from './view-definition.ts'
import type { ViewSource } from './source.ts'

/** After a failure of the store, a full disk mostly, folding is tried again by itself this much later. */
export const VIEW_RETRY_MS = 5_000
/** Entries folded and stored together: at most 32 MiB of content. */
export const FOLD_BATCH_ENTRIES_MAX = 512

export interface ViewRunnerOptions {
  readonly source: ViewSource
  /** A keyspace of the runner's own; left open by `close`. */
  readonly kv: Kv
  readonly views: readonly ViewDefinition[]
  readonly logger?: Logger
  /** With it, folding that failed is tried again every {@link VIEW_RETRY_MS}; without, when something new comes. */
  readonly clock?: Pick<Clock, 'after'>
}

/** Resolves when the checkpoints are read; folding starts by itself. */
export async function openViewRunner(options: ViewRunnerOptions): Promise<ViewRunner> {
  const runner = new ViewRunner(options)
  await runner.load()
  return runner
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class ViewRunner {
  readonly #source: ViewSource
  readonly #kv: Kv
  readonly #slots: readonly ViewSlot[]
  readonly #logger: Logger
  readonly #clock: Pick<Clock, 'after'> | undefined
  readonly #listeners = new Map<ViewSlot, Set<(event: ViewEvent) => void>>()
  readonly #waiters: Waiter[] = []
  readonly #unsubscribe: Cancel
  /** What is in memory is what is stored; false after a failure. */
  #loaded = false
  #failed = false
  #stale = true
  #rewritten = false
  #running: Promise<void> | undefined
  #retry: Cancel | undefined
  #closed = false

  constructor({ source, kv, views, logger = silentLogger, clock }: ViewRunnerOptions) {
    assert(new Set(views.map(({ name }) => name)).size === views.length, 'view names differ')
    this.#source = source
    this.#kv = kv
    this.#logger = logger.forComponent('views')
    this.#clock = clock
    const named = new Set(views.flatMap(({ types }) => [...types.keys()]))
    this.#slots = views.map((view) => new ViewSlot(view, kv, this.#logger, named))
    for (const slot of this.#slots) this.#listeners.set(slot, new Set())
    this.#unsubscribe = source.subscribe((change) => {
      if (change === 'rewritten') this.#rewritten = true
      this.#stale = true
      this.#start()
    })
  }

  async load(): Promise<void> {
    await this.#reload()
    this.#start()
  }

  view<Change>(definition: ViewDefinition<Change>): View<Change> {
    const slot = this.#slots.find((each) => each.definition.name === definition.name)
    assert(slot !== undefined, `no view is called ${definition.name}`)
    const reader = new KvReader(this.#kv, () => slot.keys.dataPrefix(slot.active))
    return {
      name: definition.name,
      local: new KvLocalStore(this.#kv, slot.keys.localPrefix),
      get: (key) => reader.get(key),
      getMany: (keys) => reader.getMany(keys),
      range: (prefix, range) => reader.range(prefix, range),
      subscribe: (listener) => this.#subscribe(slot, listener as (event: ViewEvent) => void),
    }
  }

  /**
   * Resolves when everything the source counted at the call is folded and stored.
   * @throws ViewError `VIEW_CLOSED` when the runner closes first; the store's error when it fails.
   */
  caughtUp(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError())
    if (!this.#stale && this.#running === undefined) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#start()
    })
  }

  /** Ends after the batch under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#unsubscribe()
    this.#retry?.()
    await this.#running
    this.#release((waiter) => waiter.reject(closedError()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #subscribe(slot: ViewSlot, listener: (event: ViewEvent) => void): Cancel {
    const listeners = this.#listeners.get(slot)!
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  #start(): void {
    if (this.#closed || this.#running !== undefined) return
    this.#failed = false
    this.#retry?.()
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      // Growth between the end of the loop and here needs another run; a failed run waits for its next caller.
      if (this.#stale && (!this.#failed || this.#waiters.length > 0)) this.#start()
    })
  }

  async #run(): Promise<void> {
    try {
      while (this.#stale && !this.#closed) {
        if (!this.#loaded) await this.#reload()
        this.#stale = false
        if (await this.#pass()) continue
        this.#stale = true
        this.#loaded = false
      }
      if (!this.#closed) this.#release((waiter) => waiter.resolve())
    } catch (error) {
      this.#fail(error)
    }
  }

  /** One pass up to a snapshot of the source; `false` when the set below changed meanwhile. */
  async #pass(): Promise<boolean> {
    this.#rewritten = false
    for (const slot of this.#slots) await slot.align(this.#source)
    const target = this.#source.lengths()
    const reached = new Map(leastOf(this.#slots.map(({ vector }) => vector)))
    for await (const batch of this.#source.entries(new Map(reached), target)) {
      for (let from = 0; from < batch.length; from += FOLD_BATCH_ENTRIES_MAX) {
        if (this.#closed) return true
        const chunk = batch.slice(from, from + FOLD_BATCH_ENTRIES_MAX)
        for (const { device, seq } of chunk) reached.set(device, seq + 1)
        if (!(await this.#foldChunk(chunk, reached, false))) return false
      }
    }
    const done = isWithin(target, reached) && this.#slots.every((slot) => slot.isComplete)
    return done || this.#foldChunk([], target, true)
  }

  async #foldChunk(
    chunk: readonly ContentEntry[],
    reached: ReadonlyMap<DeviceId, number>,
    complete: boolean,
  ): Promise<boolean> {
    for (const slot of this.#slots) {
      const damaged = await foldOrRebuild(slot, chunk)
      if (damaged) return false
    }
    return this.#rewritten ? false : this.#store(reached, complete)
  }

  async #store(reached: VersionVector, complete: boolean): Promise<boolean> {
    const writes: KvWrite[] = []
    const events: (readonly [ViewSlot, ViewEvent])[] = []
    for (const slot of this.#slots) {
      const taken = slot.take(reached, this.#source, complete)
      for (const write of taken.writes) writes.push(write)
      if (taken.event !== undefined) events.push([slot, taken.event])
    }
    await this.#kv.batch(writes)
    for (const [slot, event] of events) this.#emit(slot, event)
    for (const slot of this.#slots) await slot.settle()
    return true
  }

  /** Drops what is in memory and goes back to what is stored. */
  async #reload(): Promise<void> {
    for (const slot of this.#slots) await slot.load()
    this.#loaded = true
  }

  #fail(error: unknown): void {
    this.#stale = true
    this.#failed = true
    this.#loaded = false
    this.#logger.error('views stopped', { code: errorCode(error), error: String(error) })
    this.#release((waiter) => waiter.reject(error))
    if (!this.#closed) this.#retry = this.#clock?.after(VIEW_RETRY_MS, () => this.#start())
  }

  #emit(slot: ViewSlot, event: ViewEvent): void {
    for (const listener of this.#listeners.get(slot)!) listener(event)
  }

  #release(settle: (waiter: Waiter) => void): void {
    for (const waiter of this.#waiters.splice(0)) settle(waiter)
  }
}

/** Damaged values are derived data: the view is built anew. `true` when it has to. */
async function foldOrRebuild(slot: ViewSlot, chunk: readonly ContentEntry[]): Promise<boolean> {
  try {
    await slot.fold(slot.select(chunk))
    return false
  } catch (error) {
    if (errorCode(error) !== 'VIEW_DAMAGED' || !(await slot.discard())) throw error
    return true
  }
}

function closedError(): ViewError {
  return new ViewError('VIEW_CLOSED', 'expected an open view runner')
}
