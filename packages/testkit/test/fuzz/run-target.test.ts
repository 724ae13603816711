/** Goal: whatever happens in a thread is reported with the input that did it. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCrasher, runTarget, writeCrasher } from '@hamlet/testkit/fuzz'
import type { TargetReport } from '@hamlet/testkit/fuzz'

const registryUrl = new URL('_labyrinth.ts', import.meta.url).href

function run(name: string, guidedShare = 0): Promise<TargetReport> {
  return runTarget({ registryUrl, name, seed: 1, inputs: 2000, guidedShare })
}

test('a sound target runs all its inputs, guided and not', async () => {
  const { inputs, accepted, crashers } = await run('sound', 0.25)
  assert.deepEqual({ inputs, accepted, crashers }, { inputs: 2000, accepted: 2000, crashers: [] })
})

test('a slip is reported once, with a small input', async () => {
  const { crashers } = await run('wrong')
  assert.equal(crashers.length, 1)
  assert.match(crashers[0]!.problem, /^TypeError: a slip, at Object.run \(packages\//)
  assert.equal(crashers[0]!.input.length, 7)
})

test('a thread that dies is reported with the input it was at', async () => {
  const { crashers } = await run('dying')
  assert.equal(crashers.length, 1)
  assert.match(crashers[0]!.problem, /^dies: Error: outside the promise/)
})

test('a crasher comes back from its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-crashers-'))
  try {
    const crasher = { input: Uint8Array.from({ length: 130 }, (_, i) => i), problem: 'two\nlines' }
    const path = writeCrasher(folder, 'group/name', crasher)
    assert.deepEqual(readCrasher(path), crasher)
    const empty = { input: new Uint8Array(0), problem: 'nothing' }
    assert.deepEqual(readCrasher(writeCrasher(folder, 'group/name', empty)), empty)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
