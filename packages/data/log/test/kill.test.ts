// Goal: a real process killed with SIGKILL while it appends loses nothing it had reported. Method: a child prints each
// acknowledged length; it is killed at some moment, and the log is opened here.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createNodeDisk } from '@hamlet/store/node'
import { block, blocksOf, openAuthor } from './_logs.ts'

const KILLS = 3

const WRITER = `
import { createNodeDisk } from '@hamlet/store/node'
import { writeSync } from 'node:fs'
import { block, openAuthor } from './_logs.ts'
const log = await openAuthor(createNodeDisk(process.env.LOG_DIRECTORY), { segmentBytes: 20000, markBlocks: 50 })
let next = log.length
for (let lane = 0; lane < 4; lane++) void write()
async function write() {
  for (;;) {
    const index = next++
    const receipt = await log.append([block(index)])
    writeSync(1, receipt.to + '\\n')
  }
}
`

async function writeUntilKilled(directory: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER], {
    cwd: import.meta.dirname,
    env: { ...process.env, LOG_DIRECTORY: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  const numbers = output.split('\n').slice(0, -1).map(Number)
  assert.ok(numbers.length >= lines, 'the process was killed while it wrote')
  return Math.max(...numbers)
}

test('a process killed while appending loses nothing it reported', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hamlet-kill-'))
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeUntilKilled(directory, 30 + 47 * kill)
    const log = await openAuthor(createNodeDisk(directory), { segmentBytes: 20_000 })
    assert.ok(log.length >= acknowledged, `${log.length} of ${acknowledged}`)
    assert.deepEqual([...log.blocks()], blocksOf(0, log.length))
    await log.append([block(log.length)])
    await log.close()
  }
  await rm(directory, { recursive: true })
})
