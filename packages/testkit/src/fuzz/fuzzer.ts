/**
 * The loop: take a parent, change it, run the target, keep what is new.
 *
 * Everything but time follows from the seed. With coverage the loop is *guided*: inputs run in batches, and when a
 * batch lit up a block that was dark, its inputs run again one by one, and those that did it join the corpus. Without,
 * it runs at full speed on the corpus it is given.
 *
 * Invariants:
 * 1. The seeds of a target are accepted, or the run ends at once: a target that refuses everything tests nothing.
 * 2. One crasher is reported per problem, made small.
 */

import { setImmediate } from 'node:timers/promises'
import { SeededRandom } from '../simulator/seeded-random.ts'
import type { BlockCoverage } from './block-coverage.ts'
import { INPUT_MS_MAX } from './fuzz-target.ts'
import type { Crasher, FuzzTarget, FuzzVerdict } from './fuzz-target.ts'
import { FuzzViolation } from './invariants.ts'
import { minimise } from './minimise.ts'
import { nextInput } from './mutate.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly inputs: number
  /** Ends the run early. */
  readonly untilMs?: number
  /** Inputs found earlier, beside the target's seeds. */
  readonly corpus?: readonly Uint8Array[]
  readonly coverage?: BlockCoverage
  /** Called before each input: where a watchdog learns what is being run. */
  readonly onInput?: (input: Uint8Array) => void
}

export interface FuzzReport {
  readonly inputs: number
  readonly accepted: number
  readonly durationMs: number
  readonly corpus: readonly Uint8Array[]
  /** 0 without coverage. */
  readonly blocks: number
  readonly crashers: readonly Crasher[]
}

const BATCH_INPUTS = 128
const CORPUS_MAX = 2000
const CRASHERS_MAX = 10
const STACK_FRAMES = 10
/** What all typed arrays of the process may hold after a batch. */
const MEMORY_BYTES_MAX = 512 * 1024 * 1024

export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  return await new Fuzzer(target, options).run()
}

/** Runs one input: `undefined` when every promise was kept, otherwise what was broken and where. */
export async function problemOf(
  target: FuzzTarget,
  input: Uint8Array,
): Promise<string | undefined> {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = STACK_FRAMES
  try {
    const verdict = await tryInput(target, input)
    return typeof verdict === 'string' ? undefined : verdict.problem
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

class Fuzzer {
  readonly #target: FuzzTarget
  readonly #options: FuzzOptions
  readonly #random: SeededRandom
  readonly #corpus: Uint8Array[]
  readonly #crashers = new Map<string, Crasher>()
  #inputs = 0
  #accepted = 0

  constructor(target: FuzzTarget, options: FuzzOptions) {
    this.#target = target
    this.#options = options
    this.#random = new SeededRandom(options.seed).fork(target.name)
    this.#corpus = [...target.seeds, ...(options.corpus ?? [])]
  }

  async run(): Promise<FuzzReport> {
    const started = performance.now()
    const { stackTraceLimit } = Error
    // Most inputs are refused with an error, and its stack would cost more than the decoder.
    Error.stackTraceLimit = 0
    try {
      await this.#runSeeds()
      while (!this.#isOver()) await this.#runBatch()
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    return {
      inputs: this.#inputs,
      accepted: this.#accepted,
      durationMs: performance.now() - started,
      corpus: this.#corpus,
      blocks: this.#options.coverage?.blocks ?? 0,
      crashers: [...this.#crashers.values()],
    }
  }

  #isOver(): boolean {
    const { inputs, untilMs = Infinity } = this.#options
    const isLate = performance.now() >= untilMs
    return this.#inputs >= inputs || isLate || this.#crashers.size >= CRASHERS_MAX
  }

  async #runSeeds(): Promise<void> {
    for (const [index, seed] of this.#target.seeds.entries()) {
      const verdict = await tryInput(this.#target, seed)
      if (verdict === 'accepted') continue
      const reason = verdict === 'refused' ? 'refused' : verdict.problem
      throw new FuzzViolation(`${this.#target.name}: seed ${index} is ${reason}`)
    }
    this.#options.coverage?.take()
  }

  async #runBatch(): Promise<void> {
    const { coverage, inputs } = this.#options
    const count = Math.min(BATCH_INPUTS, inputs - this.#inputs)
    const batch: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      const input = nextInput(this.#target, this.#corpus, this.#random)
      batch.push(input)
      await this.#runInput(input)
    }
    // So that what a target left to happen later happens, and a rejection nobody heard ends the thread.
    await setImmediate()
    const { arrayBuffers } = process.memoryUsage()
    if (arrayBuffers > MEMORY_BYTES_MAX) {
      this.#note(batch.at(-1)!, `${arrayBuffers} bytes held after a batch`)
    }
    if (coverage !== undefined) await this.#keepWhatIsNew(batch, coverage)
  }

  async #runInput(input: Uint8Array): Promise<void> {
    this.#inputs++
    this.#options.onInput?.(input)
    const pending = tryInput(this.#target, input)
    const verdict = pending instanceof Promise ? await pending : pending
    if (verdict === 'accepted') this.#accepted++
    else if (verdict !== 'refused') await this.#addCrasher(input, verdict.problem)
  }

  /** Which inputs of a batch that has news have it: halves run again until they are single. */
  async #keepWhatIsNew(batch: readonly Uint8Array[], coverage: BlockCoverage): Promise<void> {
    const [only] = batch
    if (batch.length === 1) {
      if (coverage.take() && this.#corpus.length < CORPUS_MAX) this.#corpus.push(only!)
      return
    }
    if (!coverage.hasNews()) return
    const middle = batch.length >> 1
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      for (const input of half) await tryInput(this.#target, input)
      await this.#keepWhatIsNew(half, coverage)
    }
  }

  async #addCrasher(input: Uint8Array, seen: string): Promise<void> {
    const problem = (await problemOf(this.#target, input)) ?? `${seen}, not when run again`
    const kind = kindOf(problem)
    if (this.#crashers.has(kind)) return
    const small = await minimise(input, async (candidate) => {
      this.#options.onInput?.(candidate)
      const found = await problemOf(this.#target, candidate)
      return found !== undefined && kindOf(found) === kind
    })
    this.#note(small, (await problemOf(this.#target, small)) ?? problem)
  }

  #note(input: Uint8Array, problem: string): void {
    this.#crashers.set(kindOf(problem), { input, problem })
  }
}

type Attempt = FuzzVerdict | { readonly problem: string }

/** Synchronous targets get a synchronous answer: a promise for each of millions of inputs would cost a third. */
function tryInput(target: FuzzTarget, input: Uint8Array): Attempt | Promise<Attempt> {
  const startedMs = performance.now()
  try {
    const verdict = target.run(input)
    if (verdict instanceof Promise) return settle(target, input, verdict, startedMs)
    return isInTime(target, startedMs) ? verdict : measure(target, input)
  } catch (error) {
    return { problem: describe(error) }
  }
}

async function settle(
  target: FuzzTarget,
  input: Uint8Array,
  pending: Promise<FuzzVerdict>,
  startedMs: number,
): Promise<Attempt> {
  try {
    const verdict = await pending
    return isInTime(target, startedMs) ? verdict : await measure(target, input)
  } catch (error) {
    return { problem: describe(error) }
  }
}

function isInTime(target: FuzzTarget, startedMs: number): boolean {
  return performance.now() - startedMs <= (target.msMax ?? INPUT_MS_MAX)
}

/** Once more by the time of the processor: on a busy machine any input may be slow by the clock. */
async function measure(target: FuzzTarget, input: Uint8Array): Promise<Attempt> {
  const before = process.threadCpuUsage()
  const verdict = await target.run(input)
  const { user, system } = process.threadCpuUsage(before)
  const msMax = target.msMax ?? INPUT_MS_MAX
  return user + system <= 1000 * msMax ? verdict : { problem: `slow: more than ${msMax} ms` }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`
  const frame = /^\s+at (.*)$/m
    .exec(error.stack ?? '')?.[1]
    ?.replace(/file:\/\/[^)]*?\/(?=(?:packages|apps|test)\/)/, '')
  return `${error.name}: ${error.message}${frame === undefined ? '' : `, at ${frame}`}`
}

/** Problems that differ only in the bytes and numbers they name are one. */
function kindOf(problem: string): string {
  return problem.replaceAll(/[0-9a-f]{6,}…?|\d+/g, '#').slice(0, 160)
}
