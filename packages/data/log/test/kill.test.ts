// Goal: a real process killed with SIGKILL while it writes loses nothing it had reported, and what it had begun is done or not. Method: a child prints each
// acknowledged length; it is killed at some moment, and the log is opened here.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createNodeDisk } from '@hamlet/store/node'
import { LogModel } from './_log-model.ts'
import { block, blocksOf, openAuthor } from './_logs.ts'
import type { Step } from './_log-model.ts'

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

const CHANGER = `
import { createNodeDisk } from '@hamlet/store/node'
import { writeSync } from 'node:fs'
import { seededRandom } from './_crypto.ts'
import { randomStep, takeStep } from './_log-model.ts'
import { openAuthor } from './_logs.ts'
const log = await openAuthor(createNodeDisk(process.env.LOG_DIRECTORY), { segmentBytes: 2000, markBlocks: 5 })
const random = seededRandom(Number(process.env.LOG_SEED))
for (;;) {
  const step = randomStep(random, log.length)
  writeSync(1, JSON.stringify(step) + '\\n')
  await takeStep(log, step)
  writeSync(1, 'done\\n')
}
`

/** What the process reported before it was killed. */
async function changeUntilKilled(directory: string, seed: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHANGER], {
    cwd: import.meta.dirname,
    env: { ...process.env, LOG_DIRECTORY: directory, LOG_SEED: String(seed) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > 20 + 31 * (seed % 4)) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return output.split('\n').slice(0, -1)
}

test('a process killed while it clears and truncates leaves each done or not begun', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hamlet-kill-'))
  const model = new LogModel()
  const types = new Set<string>()
  for (let life = 0; life < 6; life++) {
    for (const line of await changeUntilKilled(directory, life)) {
      if (line === 'done') model.end()
      else {
        const step = JSON.parse(line) as Step
        types.add(step.type)
        model.begin(step)
      }
    }
    const log = await openAuthor(createNodeDisk(directory), { segmentBytes: 2000, markBlocks: 5 })
    model.settle(log)
    const { damages, isSigned } = await log.audit()
    assert.deepEqual([damages, isSigned], [[], true])
    await log.close()
  }
  assert.equal(types.size, 3)
  await rm(directory, { recursive: true })
})
