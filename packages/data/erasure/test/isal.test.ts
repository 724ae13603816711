/**
 * Goal: byte for byte what ISA-L makes, on random stripes of random codes. ISA-L is a Debian package (libisal2); without it, or without
 * Python to call it, this says so and checks nothing. `ISAL_STRIPES=1000000` makes a campaign of it.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { concatBytes } from '@hamlet/core'
import { codeOf, someBytes } from './_shards.ts'

const STRIPES = Number(process.env['ISAL_STRIPES'] ?? 600)
const CODES = 64
const SCRIPT = join(import.meta.dirname, '_isal.py')
const HEADER_BYTES = 6

function isInstalled(): boolean {
  const load = 'import ctypes; ctypes.CDLL("libisal.so.2")'
  return spawnSync('python3', ['-c', load], { stdio: 'ignore' }).status === 0
}

/** Small and large codes, of which the first are those in use. */
function codesFor(seed: Uint8Array): readonly (readonly [needed: number, total: number])[] {
  const known = [
    [4, 6],
    [10, 14],
    [1, 2],
    [200, 255],
  ] as const
  const others = Array.from({ length: CODES - known.length }, (_, at) => {
    const needed = 1 + (seed[2 * at]! % 30)
    return [needed, needed + 1 + (seed[2 * at + 1]! % 12)] as const
  })
  return [...known, ...others]
}

function recordOf(needed: number, total: number, length: number, seed: number): Uint8Array {
  const bytes = someBytes(needed * length, seed)
  const data = Array.from({ length: needed }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
  const header = new Uint8Array(HEADER_BYTES)
  header.set([needed, total])
  new DataView(header.buffer).setUint32(2, length, true)
  return concatBytes(header, bytes, ...cached(needed, total).encode(data))
}

const codes = new Map<string, ReturnType<typeof codeOf>>()

function cached(needed: number, total: number): ReturnType<typeof codeOf> {
  const key = `${needed} ${total}`
  const code = codes.get(key) ?? codeOf(needed, total)
  codes.set(key, code)
  return code
}

async function sendStripes(child: ChildProcess): Promise<void> {
  const random = someBytes(2 * CODES, STRIPES)
  const chosen = codesFor(random)
  for (let at = 0; at < STRIPES; at++) {
    const [needed, total] = chosen[at % CODES]!
    const length = 1 + ((at * 7919) % 700)
    const wantsMore = child.stdin!.write(recordOf(needed, total, length, at))
    if (!wantsMore) await once(child.stdin!, 'drain')
  }
  child.stdin!.end()
}

test('parity is what ISA-L makes of the same data', async () => {
  if (!isInstalled()) {
    console.log('SKIPPED against ISA-L: python3 or libisal.so.2 (Debian: libisal2) is not there')
    return
  }
  const child = spawn('python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [answer] = await Promise.all([text(child.stdout), sendStripes(child)])
  assert.equal(answer.trim(), `${STRIPES} 0`)
  console.log(`ISA-L: ${STRIPES} stripes of ${CODES} codes`)
})
