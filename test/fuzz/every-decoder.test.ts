/**
 * Goal: no decoder without a fuzz target. Method: what the sources export under the names of decoders is compared with
 * what the targets say they drive, and what they say is compared with what V8 saw run.
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BlockCoverage, problemOf } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { listDecoders, root } from './_decoders.ts'
import { NOT_FUZZED } from './not-fuzzed.ts'

// Before the sources are imported, or their functions are not counted.
const coverage = new BlockCoverage()
coverage.start()
const { loadTarget, loadTargets } = await import('./targets/index.ts')
const targets = await loadTargets()
const driven = new Set(targets.flatMap(({ decoders }) => decoders))

test('every decoder has a fuzz target, or a written reason not to have one', () => {
  const missing = listDecoders().filter((name) => !driven.has(name) && !(name in NOT_FUZZED))
  assert.deepEqual(
    missing,
    [],
    'give it a target in test/fuzz/targets, or a reason in not-fuzzed.ts',
  )
})

test('reasons are given for decoders that exist and have no target', () => {
  const known = new Set(listDecoders())
  const stale = Object.keys(NOT_FUZZED).filter((name) => !known.has(name) || driven.has(name))
  assert.deepEqual(stale, [])
})

test('targets have names of their own in the group that loads them', async () => {
  assert.equal(new Set(targets.map(({ name }) => name)).size, targets.length)
  for (const { name } of targets) assert.equal((await loadTarget(name)).name, name)
})

for (const target of targets) {
  test(`${target.name}: its examples are accepted and run what it says it drives`, async () => {
    assert.ok(target.seeds.length > 0 && target.decoders.length > 0)
    for (const seed of target.seeds) {
      assert.equal(await problemOf(target, seed), undefined)
      assert.equal(await target.run(seed), 'accepted')
    }
    coverage.take()
    for (const decoder of target.decoders) assertDriven(decoder)
  })
}

function assertDriven(decoder: FuzzTarget['decoders'][number]): void {
  const [file, name] = decoder.split('#') as [string, string]
  assert.ok(existsSync(`${root}/${file}`), `${file} is gone`)
  assert.match(readFileSync(`${root}/${file}`, 'utf8'), new RegExp(`\\b${name}\\b`))
  assert.ok(coverage.hasRun(file, name), `${decoder} did not run`)
}
