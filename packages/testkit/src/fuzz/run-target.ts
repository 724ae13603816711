/**
 * Fuzzes one target in threads of its own: first guided by coverage to grow a corpus, then at full speed on it.
 *
 * A thread that does not finish an input, or dies (out of memory, an error outside the target's promise), is ended, and
 * the input it was running is reported. Two threads share nothing but the corpus, which is passed on.
 */

import { Worker } from 'node:worker_threads'
import type { Crasher } from './fuzz-target.ts'
import type { FuzzWork } from './fuzz-worker.ts'
import type { FuzzReport } from './fuzzer.ts'
import { WatchedInput } from './watched-input.ts'

export interface RunTargetOptions {
  readonly registryUrl: string
  readonly name: string
  readonly seed: number
  /** Inputs of both phases together. @default no limit */
  readonly inputs?: number
  /** Time of both phases together. @default no limit */
  readonly durationMs?: number
  /** The part of inputs and time under coverage, 0 to 1. @default 0.25 */
  readonly guidedShare?: number
}

export interface TargetReport extends FuzzReport {
  readonly name: string
}

const GUIDED_SHARE = 0.25
const STUCK_MS_MAX = 60_000
const WATCH_MS = 1000
const HEAP_MIB_MAX = 1024

export async function runTarget(options: RunTargetOptions): Promise<TargetReport> {
  const { name, guidedShare = GUIDED_SHARE } = options
  const { inputs = Number.MAX_SAFE_INTEGER, durationMs = Number.MAX_SAFE_INTEGER } = options
  const phase = (guided: boolean, corpus: readonly Uint8Array[]): Promise<FuzzReport> => {
    const share = guided ? guidedShare : 1 - guidedShare
    const { registryUrl, seed } = options
    return runThread({
      registryUrl,
      name,
      guided,
      seed: guided ? seed : seed + 1,
      inputs: Math.ceil(inputs * share),
      durationMs: durationMs * share,
      corpus,
    })
  }
  const first = guidedShare > 0 ? await phase(true, []) : EMPTY
  const second = guidedShare < 1 ? await phase(false, first.corpus) : EMPTY
  return { name, ...sumOf(first, second) }
}

const EMPTY: FuzzReport = {
  inputs: 0,
  accepted: 0,
  durationMs: 0,
  corpus: [],
  blocks: 0,
  crashers: [],
}

function sumOf(a: FuzzReport, b: FuzzReport): FuzzReport {
  return {
    inputs: a.inputs + b.inputs,
    accepted: a.accepted + b.accepted,
    durationMs: a.durationMs + b.durationMs,
    corpus: b.corpus.length > a.corpus.length ? b.corpus : a.corpus,
    blocks: Math.max(a.blocks, b.blocks),
    crashers: [...a.crashers, ...b.crashers],
  }
}

/** Crashers that ended a thread are reported and not made small: each try would cost another thread. */
function runThread(work: Omit<FuzzWork, 'memory'>): Promise<FuzzReport> {
  const watched = new WatchedInput()
  const started = performance.now()
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), {
    workerData: { ...work, memory: watched.memory } satisfies FuzzWork,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  })
  return new Promise((resolve, reject) => {
    const end = (crasher: Crasher): void => {
      const durationMs = performance.now() - started
      finish({ ...EMPTY, inputs: watched.count, durationMs, crashers: [crasher] })
    }
    const timer = watch(watched, () =>
      end({ input: watched.input, problem: `hangs: no answer within ${STUCK_MS_MAX} ms` }),
    )
    const finish = (report: FuzzReport): void => {
      clearInterval(timer)
      void worker.terminate().then(() => resolve(report))
    }
    worker.on('message', finish)
    worker.on('error', (error) => {
      if (watched.count > 0) return end({ input: watched.input, problem: `dies: ${String(error)}` })
      clearInterval(timer)
      reject(error as Error)
    })
  })
}

/**
 * Calls when the count stood still for too long; the imports before the first input do not count. Looks are counted and
 * not time, so that a machine that slept, or starves this thread too, hangs nobody.
 */
function watch(watched: WatchedInput, onStuck: () => void): NodeJS.Timeout {
  let { count } = watched
  let looks = 0
  return setInterval(() => {
    looks = watched.count !== count || count === 0 ? 0 : looks + 1
    count = watched.count
    if (looks * WATCH_MS > STUCK_MS_MAX) onStuck()
  }, WATCH_MS)
}
