/** The thread that fuzzes one target, guided or not; started by `run-target.ts`. */

import { parentPort, workerData } from 'node:worker_threads'
import { BlockCoverage } from './block-coverage.ts'
import type { FuzzTarget } from './fuzz-target.ts'
import { fuzz } from './fuzzer.ts'
import { WatchedInput } from './watched-input.ts'

export interface FuzzWork {
  /** A module with `loadTarget(name)`. */
  readonly registryUrl: string
  readonly name: string
  readonly guided: boolean
  readonly seed: number
  readonly inputs: number
  readonly durationMs: number
  readonly corpus: readonly Uint8Array[]
  readonly memory: SharedArrayBuffer
}

interface Registry {
  readonly loadTarget: (name: string) => Promise<FuzzTarget>
}

const { registryUrl, name, guided, seed, inputs, durationMs, corpus, memory } =
  workerData as FuzzWork
// Before the sources are imported: see block-coverage.ts.
const coverage = guided ? new BlockCoverage() : undefined
coverage?.start()
const { loadTarget } = (await import(registryUrl)) as Registry
const target = await loadTarget(name)
coverage?.discard()
const report = await fuzz(target, {
  seed,
  inputs,
  untilMs: performance.now() + durationMs,
  corpus,
  onInput: new WatchedInput(memory).set,
  ...(coverage === undefined ? {} : { coverage }),
})
parentPort!.postMessage(report, [])
