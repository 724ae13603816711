/**
 * One thread of the pool, seen from outside. It does not keep the process alive while it has nothing to do.
 *
 * Invariant: one task at a time. A thread that has failed or was ended is never used again.
 */

import { Worker } from 'node:worker_threads'
import { assert } from '@hamlet/core'
import { ErasureError } from '../errors.ts'
import type { Stripe } from '../stripe.ts'
import type { ThreadAnswer, ThreadRequest, ThreadTask } from './thread-task.ts'

export class ErasureThread {
  readonly #worker: Worker
  /** The one whose memory it has. */
  #stripe: Stripe | undefined
  #running: PromiseWithResolvers<ThreadAnswer> | undefined
  #failure: ErasureError | undefined

  constructor() {
    // Flags for the program, such as how its standard input is to be read, are not for the thread.
    this.#worker = new Worker(new URL('erasure-worker.ts', import.meta.url), { execArgv: [] })
    this.#worker.unref()
    this.#worker.on('message', (answer: ThreadAnswer) =>
      this.#settle((task) => task.resolve(answer)),
    )
    this.#worker.on('error', (cause) => {
      this.#fail(new ErasureError('ERASURE_THREAD_DIED', 'a thread of the pool died', { cause }))
    })
    this.#worker.on('exit', () => {
      this.#fail(new ErasureError('ERASURE_POOL_CLOSED', 'the thread was ended'))
    })
  }

  get isUsable(): boolean {
    return this.#failure === undefined
  }

  knows(stripe: Stripe): boolean {
    return this.#stripe === stripe
  }

  /** @throws {@link ErasureError} `ERASURE_THREAD_DIED`, `ERASURE_POOL_CLOSED` */
  run(stripe: Stripe, task: ThreadTask): Promise<ThreadAnswer> {
    assert(this.#running === undefined, 'a thread that is free')
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#running = Promise.withResolvers()
    const handle = this.knows(stripe) ? undefined : stripe.handle()
    this.#stripe = stripe
    this.#worker.ref()
    const request: ThreadRequest = { task, shardBytes: stripe.shardBytes, handle }
    this.#worker.postMessage(request, [])
    return this.#running.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(failure: ErasureError): void {
    this.#failure ??= failure
    this.#settle((task) => task.reject(this.#failure))
  }

  #settle(how: (task: PromiseWithResolvers<ThreadAnswer>) => void): void {
    const running = this.#running
    this.#running = undefined
    this.#worker.unref()
    if (running !== undefined) how(running)
  }
}
