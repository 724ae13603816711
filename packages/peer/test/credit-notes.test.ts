/** Goal: what went unsigned and what is left of allowances is kept as the format says, and a damaged file costs nothing else. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, silentLogger } from '@hamlet/core'
import { createNodeClock } from '@hamlet/identity/node'
import { createMemoryDisk } from '@hamlet/store'
import {
  CREDIT_NOTES_FILE,
  CreditNoteKeeper,
  decodeCreditNotes,
  encodeCreditNotes,
} from '../src/files/credit-notes.ts'
import type { CreditNotes } from '../src/files/credit-notes.ts'

const GOLDEN = join(import.meta.dirname, 'golden/credit-notes-v1.hex')
const NOTHING: CreditNotes = { unsigned: [], allowances: new Map() }
const NOTES: CreditNotes = {
  unsigned: [
    {
      peer: '01'.repeat(32),
      ...{ unsignedBytes: 300, forgivenBytes: 20, signedBytes: 70_000, sentAtMs: 1_000 },
    },
  ],
  allowances: new Map([['02'.repeat(32), { bytes: 500, atMs: 2_000 }]]),
}

function keeperOn(disk: ReturnType<typeof createMemoryDisk>, notes: CreditNotes) {
  return new CreditNoteKeeper({ disk, clock: createNodeClock(), logger: silentLogger }, () => notes)
}

test('writes and reads the golden file', () => {
  if (process.env['UPDATE_GOLDEN'] !== undefined) {
    writeFileSync(GOLDEN, `${bytesToHex(encodeCreditNotes(NOTES))}\n`)
  }
  const golden = readFileSync(GOLDEN, 'utf8').trim()
  assert.equal(bytesToHex(encodeCreditNotes(NOTES)), golden)
  assert.deepEqual(decodeCreditNotes(hexToBytes(golden)), { ok: true, value: NOTES })
  assert.equal(bytesToHex(encodeCreditNotes(NOTHING)), '83018080')
})

test('what changed is there after a close, and a damaged file is begun anew', async () => {
  const disk = createMemoryDisk()
  const keeper = keeperOn(disk, NOTES)
  keeper.changed()
  await keeper.close()
  assert.deepEqual(await keeperOn(disk, NOTHING).load(), NOTES)
  await disk.write(CREDIT_NOTES_FILE, Uint8Array.of(1, 2, 3))
  assert.deepEqual(await keeperOn(disk, NOTHING).load(), NOTHING)
})

test('somebody who is noted twice makes the file a damaged one', () => {
  const [once] = NOTES.unsigned
  const twice = encodeCreditNotes({ ...NOTHING, unsigned: [once!, once!] })
  assert.equal(decodeCreditNotes(twice).ok, false)
})
