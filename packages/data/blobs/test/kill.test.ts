/** A process that receives a blob is killed again and again with SIGKILL; each next one goes on where the last one was sure to be. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { RECEIVED, openReceiver } from './_receiver.ts'

const directory = await mkdtemp(join(tmpdir(), 'hamlet-blobs-kill-'))
after(() => rm(directory, { recursive: true }))

/** Runs until it has said so many things, then kills it; everything it said. */
async function runAndKill(lineCount: number): Promise<readonly string[]> {
  const script = join(import.meta.dirname, '_receiver.ts')
  const child = spawn(process.execPath, [script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === lineCount) child.kill('SIGKILL')
  }
  await closed
  return lines
}

test('what was said to be safe outlives kill -9, and the blob is completed in the end', async () => {
  const safe = new Set<number>()
  for (const lineCount of [1, 3, 5, Infinity]) {
    const lines = await runAndKill(lineCount)
    for (const line of lines) {
      for (const index of line.split(' ').slice(1)) safe.add(Number(index))
    }
    if (lineCount === Infinity) assert.equal(lines.at(-1), 'complete')
    await using store = await openReceiver(directory)
    const serving = (await store.serve(RECEIVED.id))!
    for (const index of safe) assert.deepEqual(serving.readChunk(index), RECEIVED.chunk(index))
    serving.close()
  }
  await using store = await openReceiver(directory)
  assert.ok(store.has(RECEIVED.id))
  assert.deepEqual(await store.read(RECEIVED.id, 0, RECEIVED.bytes.length), RECEIVED.bytes)
})
