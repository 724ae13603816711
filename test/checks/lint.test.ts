/** The rules that need a parser live in the linter's configuration; this plants what each must find. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { plantTree } from './_tree.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PORTS_ONLY = 'packages/data/log/src/a.ts'

interface Problem {
  readonly place: string
  readonly rule: string
}

/** What is wrong with these files under the repository's own configuration. */
function lint(t: TestContext, files: Readonly<Record<string, string>>): readonly Problem[] {
  const root = plantTree(t, files)
  for (const name of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(root, name))
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction')
  const args = [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '--type-aware', '--format=unix']
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  const found = stdout.matchAll(/^([^:]+:\d+):.*\[Error\/[^(]+\(([^)]+)\)\]/gm)
  const problems = [...found].map(([, place = '', rule = '']) => ({ place, rule }))
  assert.equal(status, problems.length === 0 ? 0 : 1, stdout)
  return problems
}

/** The rules broken, each once. */
function rulesBroken(t: TestContext, files: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set(lint(t, files).map(({ rule }) => rule))].sort()
}

/** The lines that break this rule, in order. */
function linesBreaking(
  t: TestContext,
  rule: string,
  files: Readonly<Record<string, string>>,
): readonly string[] {
  const problems = lint(t, files).filter((problem) => problem.rule === rule)
  return [...new Set(problems.map(({ place }) => place))].sort()
}

function functionOfLines(count: number): string {
  return `export function long(): void {\n${'  void 0\n'.repeat(count - 2)}}\n`
}

test('accepts a function of 70 lines', (t) => {
  assert.deepEqual(rulesBroken(t, { [PORTS_ONLY]: functionOfLines(70) }), [])
})

test('refuses a function of 71 lines', (t) => {
  const rules = rulesBroken(t, { [PORTS_ONLY]: functionOfLines(71) })
  assert.deepEqual(rules, ['max-lines-per-function'])
})

test('refuses the clock, chance and the platform where only ports may reach them', (t) => {
  const uses = [
    'Date.now()',
    'performance.now()',
    'setTimeout(() => undefined, 1)',
    'setInterval(() => undefined, 1)',
    'setImmediate(() => undefined)',
    'crypto.randomUUID()',
    'process.pid',
    'globalThis.name',
    "void fetch('a')",
  ]
  const source = uses.map((use, index) => `export const a${index}: unknown = ${use}\n`).join('')
  const lines = linesBreaking(t, 'no-restricted-globals', {
    [PORTS_ONLY]: source,
    'packages/data/log/src/node/a.ts': source,
    'packages/group/network/src/a.ts': source,
  })
  assert.deepEqual(
    lines,
    uses.map((_, index) => `${PORTS_ONLY}:${index + 1}`),
  )
})

test('refuses Math.random and node: modules there too', (t) => {
  const source = "import { sep } from 'node:path'\n\nexport const a = `${sep}${Math.random()}`\n"
  assert.deepEqual(rulesBroken(t, { [PORTS_ONLY]: source }), [
    'no-restricted-imports',
    'no-restricted-properties',
  ])
})

test('lets a port be called what the global is called', (t) => {
  const source =
    'export function a(crypto: { sign(): number }): number {\n  return crypto.sign()\n}\n'
  assert.deepEqual(rulesBroken(t, { [PORTS_ONLY]: source }), [])
})

test('sees promises through node modules: the types of Node are known to the linter', (t) => {
  const source =
    "import { rm } from 'node:fs/promises'\n\nexport function a(): void {\n  rm('a')\n}\n"
  assert.deepEqual(rulesBroken(t, { 'apps/cli/src/a.ts': source }), ['no-floating-promises'])
})

test('finds an import cycle', (t) => {
  const rules = rulesBroken(t, {
    'apps/cli/src/a.ts': "import { b } from './b.ts'\n\nexport const a = () => b\n",
    'apps/cli/src/b.ts': "import { a } from './a.ts'\n\nexport const b = () => a\n",
  })
  assert.deepEqual(rules, ['no-cycle'])
})
