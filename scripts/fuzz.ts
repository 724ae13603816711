/**
 * `npm run fuzz`: the property tests over and over, with fresh seeds, for as long as asked or until one fails.
 *
 *     npm run fuzz -- [--minutes 5] [part of a file name]...
 *
 * A property that fails prints its seed and path; commit both as a numbered regression.
 */

import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '5' } },
})
const files = globSync('packages/**/test/**/*.prop.test.ts', { cwd: root })
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  .sort()

/** Whether every property held. */
function runRound(): boolean {
  const args = ['--test', '--test-reporter=dot', ...files]
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
}

function fuzz(minutes: number): boolean {
  const end = performance.now() + minutes * 60_000
  let rounds = 0
  do {
    if (!runRound()) return false
    rounds += 1
  } while (performance.now() < end)
  console.log(`${rounds} rounds over ${files.length} files, every property held`)
  return true
}

if (files.length === 0 || !(Number(values.minutes) >= 0)) {
  console.error('fuzz: expected --minutes NUMBER and parts of the names of property test files')
  process.exitCode = 2
} else if (!fuzz(Number(values.minutes))) {
  process.exitCode = 1
}
