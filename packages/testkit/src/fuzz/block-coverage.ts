/**
 * Which blocks of the sources ran: V8's precise coverage, asked for through the inspector of this thread.
 *
 * The idea: V8 counts how often each block of a function ran since it was last asked, for functions compiled after
 * counting began. What matters to a fuzzer is whether a place ran that never had. So counts are painted over a map of
 * each source, one byte a character, inner ranges over outer ones, and a paint on a white place is news. Asking costs
 * about half a millisecond and is done once per batch; counting itself slows a decoder down to a third.
 *
 * Source: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#method-takePreciseCoverage
 *
 * Invariant: start before the sources are imported, or their functions are not counted by block.
 */

import { Session } from 'node:inspector'
import type { Profiler } from 'node:inspector'

/** Sources of the product; tests, the fuzzer and dependencies tell nothing. */
const OWN_SOURCE = /\/(packages|apps)\/(?!testkit\/).*\/src\/.*\.tsx?$/

interface SourceMap {
  covered: Uint8Array
  /** Where blocks begin. */
  readonly starts: Set<number>
  /** Functions that ran, by name. */
  readonly functions: Set<string>
}

export class BlockCoverage {
  readonly #session = new Session()
  readonly #sources = new Map<string, SourceMap>()
  #paint = new Uint8Array(0)

  start(): void {
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  stop(): void {
    this.#post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }

  /** What ran since the last time is covered from now on: whether any of it was not before. */
  take(): boolean {
    return this.#take(true)
  }

  /** As `take`, but what ran stays as new as it was. */
  hasNews(): boolean {
    return this.#take(false)
  }

  #take(keeps: boolean): boolean {
    const { result } = this.#post(
      'Profiler.takePreciseCoverage',
    ) as Profiler.TakePreciseCoverageReturnType
    let isNew = false
    for (const script of result) {
      if (OWN_SOURCE.test(script.url) && this.#add(script, keeps)) isNew = true
    }
    return isNew
  }

  /** What ran since the last time is forgotten: the coverage of imports. */
  discard(): void {
    this.#post('Profiler.takePreciseCoverage')
  }

  /** Blocks that ran. */
  get blocks(): number {
    let blocks = 0
    for (const { covered, starts } of this.#sources.values()) {
      for (const start of starts) if (covered[start] === 1) blocks++
    }
    return blocks
  }

  /** Whether a function of this name in a file whose path ends so has run. */
  hasRun(fileEnd: string, name: string): boolean {
    for (const [url, { functions }] of this.#sources) {
      if (url.endsWith(fileEnd) && functions.has(name)) return true
    }
    return false
  }

  #add({ url, functions }: Profiler.ScriptCoverage, keeps: boolean): boolean {
    const source = this.#source(url)
    const end = Math.max(...functions.map(({ ranges }) => ranges[0]!.endOffset))
    if (this.#paint.length < end) this.#paint = new Uint8Array(2 * end)
    const paint = this.#paint.fill(0, 0, end)
    for (const { functionName, ranges } of functions) {
      if (ranges[0]!.count > 0) source.functions.add(functionName)
      for (const { startOffset, endOffset, count } of ranges) {
        source.starts.add(startOffset)
        paint.fill(count > 0 ? 1 : 0, startOffset, endOffset)
      }
    }
    return merge(source, paint, end, keeps)
  }

  #source(url: string): SourceMap {
    const known = this.#sources.get(url)
    if (known !== undefined) return known
    const made = {
      covered: new Uint8Array(0),
      starts: new Set<number>(),
      functions: new Set<string>(),
    }
    this.#sources.set(url, made)
    return made
  }

  /** The inspector of one's own thread answers before `post` returns. */
  #post(method: string, parameters: object = {}): unknown {
    let reply: unknown
    let failure: Error | null = null
    this.#session.post(method, parameters, (error, result) => {
      failure = error
      reply = result
    })
    if (failure !== null) throw failure as Error
    return reply
  }
}

function merge(source: SourceMap, paint: Uint8Array, end: number, keeps: boolean): boolean {
  if (source.covered.length < end) {
    const larger = new Uint8Array(end)
    larger.set(source.covered)
    source.covered = larger
  }
  const { covered } = source
  let isNew = false
  for (let i = 0; i < end; i++) {
    if (paint[i] !== 1 || covered[i] !== 0) continue
    if (!keeps) return true
    covered[i] = 1
    isNew = true
  }
  return isNew
}
