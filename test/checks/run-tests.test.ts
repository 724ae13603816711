/** The count at the end of `npm test` is only worth something if every way a test file can go wrong is counted. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { plantTree } from './_tree.ts'

interface Counts {
  readonly passed: number
  readonly reasons: readonly string[]
  readonly output: string
}

const RUNNER = fileURLToPath(new URL('../../scripts/run-tests.ts', import.meta.url))
const HEAD = "import { beforeEach, test, describe } from 'node:test'\n"

/** Runs a test file with this body. */
function runBody(t: TestContext, body: string): Promise<Counts> {
  const root = plantTree(t, {
    'a.test.ts': HEAD + body,
    'run.ts': [
      `import { runTestFile } from ${JSON.stringify(RUNNER)}`,
      "const { passed, failures, output } = await runTestFile(import.meta.dirname, 'a.test.ts', 2)",
      'const reasons = failures.map((each) => each.reason)',
      'console.log(JSON.stringify({ passed, reasons, output }))',
      'process.exit(0)',
    ].join('\n'),
  })
  return runScript<Counts>(root)
}

/** Runs `run.ts` there, which prints JSON. In a process of its own, since node:test does not run inside node:test. */
function runScript<T>(root: string): Promise<T> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['run.ts'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.on('close', () => {
      try {
        resolve(JSON.parse(output) as T)
      } catch (error) {
        reject(error as Error)
      }
    })
  })
}

test('counts nested tests, and not the suites around them', async (t) => {
  const body = `
    test('a', () => {})
    describe('s', () => { test('b', async (t) => { await t.test('c', () => {}) }) })`
  const { passed, reasons } = await runBody(t, body)
  assert.deepEqual([passed, reasons], [3, []])
})

test('counts a failing test once, inside a suite too', async (t) => {
  const body =
    "describe('s', () => { test('a', () => { throw new Error('no') }); test('b', () => {}) })"
  const { passed, reasons } = await runBody(t, body)
  assert.equal(passed, 1)
  assert.equal(reasons.length, 1)
  assert.match(reasons[0] ?? '', /no/)
})

test('counts a suite whose own body throws', async (t) => {
  const body = "describe('s', () => { throw new Error('in the suite') })\ntest('a', () => {})"
  const { passed, reasons } = await runBody(t, body)
  assert.equal(passed, 1)
  assert.equal(reasons.length, 1)
  assert.match(reasons[0] ?? '', /in the suite/)
})

test('counts a test whose hook throws', async (t) => {
  const body = `describe('s', () => {
    beforeEach(() => { throw new Error('in the hook') })
    test('a', () => {})
  })`
  const { passed, reasons } = await runBody(t, body)
  assert.equal(passed, 0)
  assert.equal(reasons.length, 1)
  assert.match(reasons[0] ?? '', /in the hook/)
})

const BROKEN: readonly (readonly [title: string, body: string, passed: number, reason: RegExp])[] =
  [
    ['that throws while loading', "throw new Error('boom')", 0, /outside its tests/],
    ['that is no TypeScript', 'const a: = 1', 0, /outside its tests/],
    ['without tests', '', 0, /before its tests did, or has none/],
    ['that exits in the middle', "test('a', () => process.exit(0))", 0, /before its tests did/],
    [
      'that throws after a test passed',
      "test('a', () => { setTimeout(() => { throw new Error('late') }, 50) })",
      1,
      /outside its tests/,
    ],
    [
      'that hangs',
      "test('a', () => new Promise((resolve) => setTimeout(resolve, 60_000)))",
      0,
      /past its limit of 2 s/,
    ],
    ['that spins', "test('a', () => { for (;;); })", 0, /past its limit of 2 s/],
    [
      'that keeps the process alive',
      "test('a', () => { setInterval(() => {}, 1000) })",
      1,
      /past its limit of 2 s/,
    ],
    ['that skips', 'test.' + "skip('a', () => {})", 0, /did not run/],
  ]

for (const [title, body, passed, reason] of BROKEN) {
  test(`fails a file ${title}`, async (t) => {
    const counts = await runBody(t, body)
    assert.equal(counts.passed, passed)
    assert.equal(counts.reasons.length, 1)
    assert.match(counts.reasons[0] ?? '', reason)
  })
}

/** A test that waits until three are on. */
function meeting(name: string): string {
  return `
    import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
    test('meets two others', async () => {
      writeFileSync('${name}.on', '')
      const others = () => readdirSync('.').filter((file) => /on$/.test(file)).length
      while ('${name}' !== 'd' && !existsSync('met') && others() < 3) await new Promise(setImmediate)
      writeFileSync('met', '')
      rmSync('${name}.on')
    })`
}

test('an error that nobody caught fails the file and is told', async (t) => {
  const { passed, reasons, output } = await runBody(
    t,
    `test('a', async () => { setTimeout(() => { throw new Error('on its own') }, 50); await new Promise((resolve) => setTimeout(resolve, 200)) })`,
  )
  assert.equal(passed, 1)
  assert.equal(reasons.length, 1)
  assert.match(reasons[0] ?? '', /outside its tests/)
  assert.match(output, /on its own/)
})

test('runs files that mostly wait beside as many others, and gives results in the order of the files', async (t) => {
  const waits = '// @mostlyWaits: for others.\n'
  const root = plantTree(t, {
    'a.test.ts': HEAD + meeting('a'),
    'b.test.ts': waits + HEAD + meeting('b'),
    'c.test.ts': HEAD + meeting('c'),
    'd.test.ts': waits + HEAD + meeting('d'),
    'run.ts': [
      `import { runTestFiles } from ${JSON.stringify(RUNNER)}`,
      "const files = ['a', 'b', 'c', 'd'].map((name) => `${name}.test.ts`)",
      'const options = { concurrency: 2, onFile: () => {} }',
      'const results = await runTestFiles(import.meta.dirname, files, options)',
      'console.log(JSON.stringify(results.map(({ file, passed }) => [file, passed])))',
      'process.exit(0)',
    ].join('\n'),
  })
  assert.deepEqual(await runScript(root), [
    ['a.test.ts', 1],
    ['b.test.ts', 1],
    ['c.test.ts', 1],
    ['d.test.ts', 1],
  ])
})

test('runs a browser test that failed once more alone, says so, and never hides one that fails again', async (t) => {
  const once = `
    import { existsSync, writeFileSync } from 'node:fs'
    test('late', () => {
      const wasHere = existsSync('mark')
      writeFileSync('mark', '')
      if (!wasHere) throw new Error('too late')
    })`
  const root = plantTree(t, {
    'once.browser.test.ts': HEAD + once,
    'never.browser.test.ts': HEAD + "test('never', () => { throw new Error('no') })",
    'plain.test.ts': HEAD + once.replaceAll('mark', 'other'),
    'run.ts': [
      `import { runAgainAlone, runTestFiles } from ${JSON.stringify(RUNNER)}`,
      'const onFile = () => {}',
      "const files = ['once.browser.test.ts', 'never.browser.test.ts', 'plain.test.ts']",
      'const first = await runTestFiles(import.meta.dirname, files, { concurrency: 3, onFile })',
      'const results = await runAgainAlone(import.meta.dirname, first, onFile)',
      'console.log(JSON.stringify(results.map(({ passed, output }) => [passed, output.trim()])))',
      'process.exit(0)',
    ].join('\n'),
  })
  assert.deepEqual(await runScript(root), [
    [1, 'UNSTABLE once.browser.test.ts: failed at first: late'],
    [0, 'UNSTABLE never.browser.test.ts: failed at first: never'],
    [0, ''],
  ])
})
