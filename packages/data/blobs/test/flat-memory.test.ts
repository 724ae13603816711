/** A smoke test of `flat-memory.ts`: a blob several times as large as memory may grow. In a process of its own, which is still small. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const SCRIPT = join(import.meta.dirname, 'flat-memory.ts')
/** On a busy machine the collector runs late. */
const GROWN_MIB_MAX = 150

test('a blob of 256 MiB is put, read and received in a fraction of that memory', async () => {
  const options = { encoding: 'utf8' } as const
  const argv = ['--max-semi-space-size=4', SCRIPT, '--gib', `${256 / 1024}`]
  const { stdout } = await promisify(execFile)(process.execPath, argv, options)
  const grown = Number(/grew by (\d+) MiB/.exec(stdout)![1])
  assert.ok(grown < GROWN_MIB_MAX, stdout)
})
