/**
 * Goal: what fuzzing found stays mended, and every decoder meets some made-up inputs at each `npm test`.
 *
 * The seed is fixed, so a failure here repeats. Campaigns with other seeds: `npm run fuzz`.
 */

import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fuzz, problemOf, readCrasher, SMOKE_INPUTS } from '@hamlet/testkit/fuzz'
import { loadTarget, loadTargets } from './targets/index.ts'

const CRASHERS = join(import.meta.dirname, 'crashers')
const SEED = 1

for (const file of globSync('**/*.hex', { cwd: CRASHERS }).sort()) {
  test(`what ${file} once did does not happen again`, async () => {
    const target = await loadTarget(dirname(file))
    const { input, problem } = readCrasher(join(CRASHERS, file))
    assert.notEqual(problem, '', 'a crasher says what it did')
    assert.equal(await problemOf(target, input), undefined)
  })
}

for (const target of await loadTargets()) {
  const inputs = target.smokeInputs ?? SMOKE_INPUTS
  test(`${target.name} keeps its promises for ${inputs} inputs`, async () => {
    const report = await fuzz(target, { seed: SEED, inputs })
    assert.deepEqual(
      report.crashers.map(({ problem }) => problem),
      [],
    )
    assert.equal(report.inputs, inputs)
    assert.ok(report.accepted > 0, 'no input was accepted')
  })
}
