/**
 * Runs test files with node:test, a few at a time, and counts honestly.
 *
 * Each file is a process of its own under a time limit. Files that say `@mostlyWaits` have one more process among them, as long
 * as there are any: beside those that compute they cost little time. node:test calls a file with no tests a pass, as it does one
 * that exits in the middle; here a file passes only when it reached its own summary and ran at least one test.
 *
 * Invariants:
 * 1. Every test, nested ones included, counts once; suites do not count. Skipped and "todo" tests count as failed.
 * 2. A file that crashes, hangs, exits early or runs nothing adds one failure to what it reported before.
 * 3. A run ends: a file past its limit is killed, and one that cannot be killed is left behind.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { inspect } from 'node:util'

export interface FileResult {
  readonly file: string
  readonly passed: number
  readonly failures: readonly TestFailure[]
  /** What the file and its children printed. */
  readonly output: string
  readonly durationMs: number
}

export interface TestFailure {
  readonly title: string
  readonly reason: string
}

interface Place {
  readonly index: number
  readonly file: string
}

interface RunOptions {
  readonly concurrency: number
  readonly onFile: (result: FileResult) => void
}

/** What we read of the events of node:test. */
interface TestEvent {
  readonly type: string
  readonly data: {
    readonly name?: string
    readonly file?: string
    readonly message?: string
    readonly skip?: string | boolean
    readonly todo?: string | boolean
    readonly details?: { readonly type?: string; readonly error?: Error }
  }
}

const PRELOAD = new URL('test-preload.ts', import.meta.url).href
/** What node:test says of an error that nobody caught. */
const UNCAUGHT = /generated asynchronous activity/
const BROWSER_TEST = /\.browser\.test\.ts$/
const MOSTLY_WAITS = /^\W*(?:@timeoutSeconds \d+ )?@mostlyWaits\b/m
const FILE_TIMEOUT_SECONDS = 120
const FILE_TIMEOUT_SECONDS_MAX = 900
const KILL_GRACE_MS = 3000
const OUTPUT_CHARACTERS_MAX = 200_000
const REASON_LINES_MAX = 25

/** Runs every file, in about this order; results come back in the order of `files`, and to `onFile` as they finish. */
export async function runTestFiles(
  root: string,
  files: readonly string[],
  { concurrency, onFile }: RunOptions,
): Promise<readonly FileResult[]> {
  // Each run of node:test listens on the process for itself.
  process.setMaxListeners(0)
  const results: FileResult[] = []
  const busy: Place[] = []
  const waiting: Place[] = []
  for (const [index, file] of files.entries()) {
    const isIdle = concurrency > 1 && MOSTLY_WAITS.test(readFileSync(join(root, file), 'utf8'))
    const queue = isIdle ? waiting : busy
    queue.push({ index, file })
  }
  const work = async (take: () => Place | undefined): Promise<void> => {
    for (let next = take(); next !== undefined; next = take()) {
      const { index, file } = next
      const result = await runTestFile(root, file, timeoutSecondsOf(root, file))
      results[index] = result
      onFile(result)
    }
  }
  const takeAny = (): Place | undefined => busy.shift() ?? waiting.shift()
  const lanes = Array.from({ length: concurrency }, () => work(takeAny))
  await Promise.all([...lanes, work(() => waiting.shift())])
  return results
}

/**
 * Runs those browser tests once more that failed while other files ran beside them, each alone, and says so in a line that
 * the end of the run repeats: what passes now was in want of time, or hides a race that somebody should look for.
 */
export async function runAgainAlone(
  root: string,
  results: readonly FileResult[],
  onFile: (result: FileResult) => void,
): Promise<readonly FileResult[]> {
  const settled: FileResult[] = []
  for (const first of results) {
    const isTriedAgain = first.failures.length > 0 && BROWSER_TEST.test(first.file)
    settled.push(isTriedAgain ? await tryAgain(root, first) : first)
    if (isTriedAgain) onFile(settled.at(-1)!)
  }
  return settled
}

async function tryAgain(root: string, first: FileResult): Promise<FileResult> {
  const second = await runTestFile(root, first.file, timeoutSecondsOf(root, first.file))
  const titles = first.failures.map(({ title }) => title).join('; ')
  return {
    ...second,
    output: `UNSTABLE ${first.file}: failed at first: ${titles}\n${second.output}`,
  }
}

/** The limit for a file: 120 s, or what its `@timeoutSeconds` says. */
function timeoutSecondsOf(root: string, file: string): number {
  const asked = /@timeoutSeconds (\d+)/.exec(readFileSync(join(root, file), 'utf8'))?.[1]
  return Math.min(Number(asked ?? FILE_TIMEOUT_SECONDS), FILE_TIMEOUT_SECONDS_MAX)
}

export async function runTestFile(
  root: string,
  file: string,
  timeoutSeconds: number,
): Promise<FileResult> {
  const started = performance.now()
  const limit = new AbortController()
  const tally = new Tally(file, join(root, file))
  const stream = run({
    files: [join(root, file)],
    cwd: root,
    isolation: 'process',
    execArgv: ['--import', PRELOAD],
    signal: limit.signal,
  })
  const reading = (async () => {
    for await (const event of stream as AsyncIterable<TestEvent>) tally.add(event)
  })()
  const timer = setTimeout(() => limit.abort(), timeoutSeconds * 1000)
  const lost = new Promise<void>((resolve) => {
    limit.signal.addEventListener('abort', () => {
      setTimeout(resolve, KILL_GRACE_MS).unref()
    })
  })
  await Promise.race([reading, lost])
  clearTimeout(timer)
  const overdue = limit.signal.aborted ? `ran past its limit of ${timeoutSeconds} s` : undefined
  return tally.result(performance.now() - started, overdue)
}

/** Adds up the events of one file. */
class Tally {
  readonly #file: string
  readonly #path: string
  readonly #failures: TestFailure[] = []
  #passed = 0
  #output = ''
  #ended = false
  #crashed = false

  constructor(file: string, path: string) {
    this.#file = file
    this.#path = path
  }

  add({ type, data }: TestEvent): void {
    if (type === 'test:stdout' || type === 'test:stderr') this.#addOutput(data.message ?? '')
    if (type === 'test:diagnostic' && UNCAUGHT.test(data.message ?? '')) {
      this.#addOutput(`${data.message}\n`)
    }
    if (type === 'test:summary' && data.file !== undefined) this.#ended = true
    if (data.details?.type === 'suite' && type === 'test:pass') return
    // node:test reports a file that failed as a whole, and one without tests, as a test named by its path.
    const isWholeFile = data.name === this.#path
    if (type === 'test:fail' && isWholeFile) this.#crashed = true
    else if (type === 'test:fail') this.#addFailure(data)
    else if (type === 'test:pass' && !isWholeFile) this.#addPass(data)
  }

  #addOutput(text: string): void {
    if (this.#output.length < OUTPUT_CHARACTERS_MAX) this.#output += text
  }

  #addPass({ name = '', skip, todo }: TestEvent['data']): void {
    const isOff = (skip ?? false) !== false || (todo ?? false) !== false
    if (isOff) this.#failures.push({ title: name, reason: 'did not run: skipped or "todo"' })
    else this.#passed += 1
  }

  #addFailure({ name = '', details }: TestEvent['data']): void {
    // A suite fails because a test in it did, which is counted by itself, or because its own body or hook threw.
    const isEcho = /subtests? failed/.test(details?.error?.message ?? '')
    if (details?.type === 'suite' && isEcho) return
    this.#failures.push({ title: name, reason: describeError(details?.error) })
  }

  result(durationMs: number, overdue: string | undefined): FileResult {
    const failures = [...this.#failures]
    const whole = overdue ?? this.#wholeFileFailure()
    if (whole !== undefined) failures.push({ title: this.#file, reason: whole })
    return {
      file: this.#file,
      passed: this.#passed,
      failures,
      output: this.#output,
      durationMs,
    }
  }

  #wholeFileFailure(): string | undefined {
    if (this.#crashed) return 'the file failed outside its tests; its output says why'
    if (!this.#ended) return 'the file ended before its tests did, or has none'
    const count = this.#passed + this.#failures.length
    return count === 0 ? 'the file ran no test' : undefined
  }
}

function describeError(error: Error | undefined): string {
  const cause = error?.cause instanceof Error ? error.cause : error
  const text = cause?.stack ?? inspect(error?.cause ?? error)
  const lines = text.split('\n').filter((line) => !/^\s+at .*\bnode:internal\b/.test(line))
  return lines.slice(0, REASON_LINES_MAX).join('\n')
}
