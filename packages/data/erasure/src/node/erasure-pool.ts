/**
 * Threads that work on stripes while the event loop does something else.
 *
 * Nothing is copied: a stripe made with `isShared` lies in memory that all threads see. It is worth its way (about 50 µs) for long
 * shards; a stripe of six shards of 64 KiB is coded in less time than that.
 *
 * Invariants:
 * 1. While a call is under way its stripe belongs to the pool: neither read nor write it. A second call for the same stripe waits.
 * 2. A call that is aborted while it waits ends at once. One that is under way ends when the thread has let go of the stripe.
 */

import { availableParallelism } from 'node:os'
import { ErasureError } from '../errors.ts'
import { POOL_THREADS_MAX } from '../limits.ts'
import type { Stripe } from '../stripe.ts'
import { ErasureThread } from './erasure-thread.ts'
import type { ThreadAnswer, ThreadTask } from './thread-task.ts'

export interface ErasurePoolOptions {
  /** 1 to `POOL_THREADS_MAX`; started when they are needed. @default as many as there are cores */
  readonly threads?: number
}

export interface ReconstructOptions {
  /** Those of the missing shards that are made. @default all */
  readonly wanted?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

interface Job {
  readonly stripe: Stripe
  readonly task: ThreadTask
  readonly signal: AbortSignal | undefined
  readonly done: PromiseWithResolvers<ThreadAnswer>
}

export class ErasurePool implements AsyncDisposable {
  readonly #threadsMax: number
  readonly #threads = new Set<ErasureThread>()
  readonly #idle = new Set<ErasureThread>()
  /** The oldest first. */
  readonly #queue: Job[] = []
  readonly #busy = new Set<Stripe>()
  #isClosed = false

  constructor({ threads = availableParallelism() }: ErasurePoolOptions = {}) {
    this.#threadsMax = Math.max(1, Math.min(POOL_THREADS_MAX, Math.floor(threads)))
  }

  /** See {@link Stripe.encode}. @throws ErasureError `ERASURE_NOT_SHARED`, `ERASURE_POOL_CLOSED`, `ERASURE_THREAD_DIED` */
  async encode(stripe: Stripe, signal?: AbortSignal): Promise<void> {
    await this.#add(stripe, { kind: 'encode' }, signal)
  }

  /**
   * See {@link Stripe.reconstruct}.
   *
   * @throws ErasureError `ERASURE_SHARD_INDEX`, `ERASURE_TOO_FEW`, `ERASURE_NOT_SHARED`, `ERASURE_POOL_CLOSED`, `ERASURE_THREAD_DIED`
   */
  async reconstruct(
    stripe: Stripe,
    missing: readonly number[],
    { wanted = missing, signal }: ReconstructOptions = {},
  ): Promise<void> {
    stripe.code.recovery(missing, wanted)
    await this.#add(stripe, { kind: 'reconstruct', missing, wanted }, signal)
  }

  /** See {@link Stripe.verify}. @throws ErasureError `ERASURE_NOT_SHARED`, `ERASURE_POOL_CLOSED`, `ERASURE_THREAD_DIED` */
  verify(stripe: Stripe, signal?: AbortSignal): Promise<boolean> {
    return this.#add(stripe, { kind: 'verify' }, signal)
  }

  /** Ends all threads, whatever they do: what is under way fails, and its stripes hold nothing of use. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const { done } of this.#queue.splice(0)) done.reject(closed())
    await Promise.all([...this.#threads].map((thread) => thread.end()))
  }

  async #add(stripe: Stripe, task: ThreadTask, signal?: AbortSignal): Promise<ThreadAnswer> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw closed()
    if (!stripe.isShared) {
      throw new ErasureError('ERASURE_NOT_SHARED', 'expected a stripe that threads can share')
    }
    const job: Job = { stripe, task, signal, done: Promise.withResolvers() }
    const abort = (): void => this.#abort(job)
    signal?.addEventListener('abort', abort)
    this.#queue.push(job)
    this.#startNext()
    try {
      return await job.done.promise
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  #abort(job: Job): void {
    const at = this.#queue.indexOf(job)
    if (at === -1) return
    this.#queue.splice(at, 1)
    job.done.reject(job.signal?.reason)
  }

  #startNext(): void {
    for (;;) {
      const at = this.#queue.findIndex(({ stripe }) => !this.#busy.has(stripe))
      const job = this.#queue[at]
      if (job === undefined) return
      const thread = this.#freeThread(job.stripe)
      if (thread === undefined) return
      this.#queue.splice(at, 1)
      void this.#run(thread, job)
    }
  }

  /** One that has the stripe already, if there is. */
  #freeThread(stripe: Stripe): ErasureThread | undefined {
    const idle = [...this.#idle]
    const known = idle.find((thread) => thread.knows(stripe))
    if (known === undefined && this.#threads.size < this.#threadsMax && idle.length === 0) {
      const started = new ErasureThread()
      this.#threads.add(started)
      return started
    }
    const thread = known ?? idle[0]
    if (thread !== undefined) this.#idle.delete(thread)
    return thread
  }

  async #run(thread: ErasureThread, { stripe, task, signal, done }: Job): Promise<void> {
    this.#busy.add(stripe)
    try {
      const answer = await thread.run(stripe, task)
      signal?.throwIfAborted()
      done.resolve(answer)
    } catch (error) {
      done.reject(error)
    }
    this.#busy.delete(stripe)
    if (thread.isUsable) this.#idle.add(thread)
    else this.#threads.delete(thread)
    if (!this.#isClosed) this.#startNext()
  }
}

function closed(): ErasureError {
  return new ErasureError('ERASURE_POOL_CLOSED', 'the pool is closed')
}
