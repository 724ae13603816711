/**
 * `npm test`: every check, then every test; the last line is the sum.
 *
 * Run by `scripts/test.mjs`, which brings the pinned Node along. A check counts as one; a failing step does not stop
 * the ones after it. `--checks` runs the checks alone, `--tests` the tests alone, `--slow` the slow tests alone; any
 * other argument keeps only the test files whose path contains it (and runs no checks).
 */

import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { provideChromium } from '../test/_chromium.ts'
import { bundlePrograms } from './bundle-programs.ts'
import { checkDeploy } from './check-deploy.ts'
import { checkDocs } from './check-docs.ts'
import { checkLayers } from './check-layers.ts'
import { checkLock } from './check-lock.ts'
import { type FileResult, runAgainAlone, runTestFiles } from './run-tests.ts'
import { type Finding, formatFinding } from './source-tree.ts'
import { tidy } from './tidy.ts'

interface Check {
  readonly name: string
  /** What is wrong, one finding a line; empty when all is well. */
  readonly run: () => Promise<string>
}

interface Sum {
  readonly passed: number
  readonly failed: number
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** The folders with the longest files first, so that none of them is left to run alone at the end. */
const TESTS = [
  'test/**/*.test.ts',
  'packages/testkit/test/**/*.test.ts',
  'apps/**/test/**/*.test.ts',
  'packages/**/test/**/*.test.ts',
]
const SLOW = /\.slow\.test\.ts$/
const CONCURRENCY_MAX = 4
/** For fewer, the sources are started. */
const FILES_WORTH_BUNDLING = 10

const checks: readonly Check[] = [
  tool('format', 'oxfmt/bin/oxfmt', ['--check']),
  tool('lint', 'oxlint/bin/oxlint', ['--type-aware', '--format=unix']),
  ...globSync(['tsconfig.json', 'apps/*/tsconfig.json'], { cwd: root })
    .sort()
    .map((file) => tool(`types ${file}`, 'typescript/bin/tsc', ['-p', file, '--noEmit'])),
  own('layers', checkLayers),
  own('lock', checkLock),
  own('tidy', tidy),
  own('docs', checkDocs),
  own('deploy', checkDeploy),
]

function tool(name: string, entry: string, args: readonly string[]): Check {
  return { name, run: () => runNode([join(root, 'node_modules', entry), ...args]) }
}

function own(name: string, find: (root: string) => readonly Finding[]): Check {
  return { name, run: async () => find(root).map(formatFinding).join('\n') }
}

/** The output of a tool that failed, or nothing. */
function runNode(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) => resolve(code === 0 ? '' : output.trim() || `exit code ${code}`))
  })
}

async function runChecks(): Promise<Sum> {
  let failed = 0
  for (const { name, run } of checks) {
    const started = performance.now()
    const problems = await run().catch((error: unknown) => String(error))
    if (problems !== '') failed += 1
    report(problems === '', name, '', performance.now() - started)
    if (problems !== '') console.log(indent(problems))
  }
  return { passed: checks.length - failed, failed }
}

async function runTests(files: readonly string[]): Promise<Sum> {
  if (files.length === 0) {
    console.log('FAIL no test files found')
    return { passed: 0, failed: 1 }
  }
  await prepareBrowser(files)
  if (files.length >= FILES_WORTH_BUNDLING) {
    process.env['HAMLET_TEST_PROGRAMS'] = await bundlePrograms(root)
  }
  // One more than there are cores: many tests wait for other processes most of their time.
  const concurrency = Math.min(availableParallelism() + 1, CONCURRENCY_MAX)
  const first = await runTestFiles(root, files, { concurrency, onFile: reportFile })
  const results = await runAgainAlone(root, first, reportFile)
  const notices = results.flatMap(
    ({ output }) => output.match(/^(?:SKIPPED|REDUCED|UNSTABLE) .*$/gm) ?? [],
  )
  if (notices.length > 0) console.log(`\n${notices.join('\n')}`)
  return results.reduce(
    ({ passed, failed }, result) => ({
      passed: passed + result.passed,
      failed: failed + result.failures.length,
    }),
    { passed: 0, failed: 0 },
  )
}

/** Finds or installs Chromium once, before files that run side by side would each try. */
async function prepareBrowser(files: readonly string[]): Promise<void> {
  if (!files.some((file) => file.endsWith('.browser.test.ts'))) return
  try {
    process.env['CHROMIUM_PATH'] = await provideChromium()
  } catch {
    // The browser tests fail by themselves, with the reason.
  }
}

function findTestFiles(isWanted: (file: string) => boolean): readonly string[] {
  const files = TESTS.flatMap((pattern) => globSync(pattern, { cwd: root }).sort())
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !file.includes('node_modules/') && isWanted(file))
  return [...new Set(files)]
}

function reportFile({ file, passed, failures, output, durationMs }: FileResult): void {
  const isGood = failures.length === 0
  const counts = isGood ? `${passed} passed` : `${passed} passed, ${failures.length} failed`
  report(isGood, file, counts, durationMs)
  if (isGood) return
  for (const { title, reason } of failures) console.log(indent(`x ${title}\n${indent(reason)}`))
  if (output.trim() !== '') console.log(indent(`output:\n${indent(output.trim())}`))
}

function report(isGood: boolean, name: string, detail: string, durationMs: number): void {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`
  console.log([isGood ? 'ok  ' : 'FAIL', name, detail, seconds].filter(Boolean).join('  '))
}

function indent(text: string): string {
  return text.replace(/^/gm, '     ')
}

async function main(args: readonly string[]): Promise<void> {
  const started = performance.now()
  const filters = args.filter((arg) => !arg.startsWith('--'))
  const isSlow = args.includes('--slow')
  const withChecks = filters.length === 0 && !isSlow && !args.includes('--tests')
  const files = findTestFiles(
    (file) =>
      SLOW.test(file) === isSlow &&
      (filters.length === 0 || filters.some((filter) => file.includes(filter))),
  )
  // Test files and what they start load the same sources over and over.
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compile')
  const none = { passed: 0, failed: 0 }
  const checked = withChecks ? await runChecks() : none
  const tested = args.includes('--checks') ? none : await runTests(files)
  const failed = checked.failed + tested.failed
  console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s in all`)
  process.stdout.write(`${checked.passed + tested.passed} passed, ${failed} failed\n`, () => {
    process.exit(failed === 0 ? 0 : 1)
  })
}

await main(process.argv.slice(2))
