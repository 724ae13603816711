/**
 * `npm run bench`: runs the benchmarks one after the other, each in a process of its own, and nothing beside them.
 *
 *     npm run bench                 all of them
 *     npm run bench -- log sync     those whose path contains one of the words
 *     npm run bench -- --update     writes what is measured as the baseline of each suite
 *     npm run bench -- --quick      small workloads, to see that all of them work
 *
 * Without `--update` figures are compared with the baseline.
 *
 * A benchmark is a file `bench/<suite>/<name>.bench.ts` that prints its own table; its suite's README says what is
 * measured and on which machine.
 */

import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from '@hamlet/testkit/command-line'

const { values, positionals: words } = readCommandLine(import.meta.url, {
  allowPositionals: true,
  options: {
    update: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
})
const folder = fileURLToPath(new URL('.', import.meta.url))
const flags = [...(values.update ? ['--update'] : []), ...(values.quick ? ['--quick'] : [])]
const files = globSync('*/*.bench.ts', { cwd: folder })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

if (files.length === 0) {
  console.error('bench: no benchmark to run')
  process.exitCode = 1
}
for (const file of files) {
  console.log(`\n${file}`)
  const { status } = spawnSync(process.execPath, [file, ...flags], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
