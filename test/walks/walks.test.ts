/** What the walks of files stand on: a line that lies when it is told to, digests that see a wrong byte, a report that fails. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeSwarmMessage, encodeSwarmMessage, SWARM_PROTOCOL } from '@hamlet/blobs'
import type { Net } from '@hamlet/core'
import { HostileNet } from './hostile-net.ts'
import type { Behaviour } from './hostile-net.ts'
import { digestsOf, makeFolder, ODD_SIZES, requireSame } from './test-folder.ts'
import { WalkReport } from './walk-report.ts'

const BYTES = new Uint8Array(100).fill(7)
const CHUNK = encodeSwarmMessage({
  ...{ type: 'chunk', channel: 1, chunk: 3, uncles: [new Uint8Array(32)], bytes: BYTES },
})
const HELLO = encodeSwarmMessage({ type: 'hello', requestsMax: 9 })

/** What goes out of these messages, in order. */
function said(behaviour: Behaviour, honestChunks: number | undefined, messages: Uint8Array[]) {
  const out: Uint8Array[] = []
  const net: Net = {
    ...{ self: '', peers: () => [], subscribe: () => () => undefined, disconnect: () => undefined },
    send: (_peer, _protocol, bytes) => out.push(bytes) > 0,
  }
  const hostile = new HostileNet(net, behaviour)
  if (honestChunks !== undefined) hostile.turn(honestChunks)
  for (const bytes of messages) hostile.sendParts('peer', SWARM_PROTOCOL, [bytes])
  return out
}

test('a hostile line is honest until it is turned, and then in everything but chunks', () => {
  assert.deepEqual(said('lie', undefined, [HELLO, CHUNK]), [HELLO, CHUNK])
  const [hello, right, wrong] = said('lie', 1, [HELLO, CHUNK, CHUNK])
  assert.deepEqual([hello, right], [HELLO, CHUNK])
  const decoded = decodeSwarmMessage(wrong!)
  assert.ok(decoded.ok && decoded.value.type === 'chunk')
  const different = [...decoded.value.bytes].filter((byte, index) => byte !== BYTES[index])
  assert.deepEqual([decoded.value.chunk, different.length], [3, 1])
  assert.deepEqual(said('stall', 0, [CHUNK, HELLO]), [HELLO])
})

test('a folder that is made has every odd size, and one wrong byte in it is seen', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-walk-'))
  try {
    const made = await makeFolder(folder, 2 ** 20)
    requireSame(await digestsOf(folder), made)
    for (const size of ODD_SIZES) assert.ok(made.has(`odd/${size}.bin`))
    await writeFile(join(folder, 'odd', '1.bin'), 'x')
    const found = await digestsOf(folder)
    assert.throws(() => requireSame(found, made), /1 of 50 files: odd\/1.bin differs/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a check that throws is counted as failed, with its reason in the line', async () => {
  const lines: string[] = []
  class Quiet extends WalkReport {
    override say(line: string): void {
      lines.push(line)
    }
  }
  const report = new Quiet()
  await report.check('right', () => '3 files')
  await report.check('wrong', () => {
    throw new Error('a byte differs')
  })
  assert.deepEqual([report.passed, report.failed], [1, 1])
  assert.match(lines.join('\n'), /^ok {4}right: 3 files \[.*\]\nFAIL {2}wrong: a byte differs \[/)
})
