/** The sizes of an entry and of what waits: just within a limit it is taken, just beyond it is not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DEPS_MAX,
  encodeCbor,
  HEADER_BYTES_MAX,
  JOIN_REQUEST_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
} from '@hamlet/core'
import type { DeviceId, EntryId, SpaceId } from '@hamlet/core'
import { Log } from '@hamlet/log'
import {
  composeEntry,
  CONTENT_BYTES_MAX,
  decodeEntry,
  DECODED_BYTES_MAX,
  DECODED_ENTRIES_MAX,
  decodeSyncMessage,
  DeviceTrack,
  encodeCore,
  encodeSyncMessage,
  FRAMING_BYTES,
} from '@hamlet/space'
import type { EntryCore } from '@hamlet/space'
import { createMemoryDisk } from '@hamlet/store'
// Not part of the package's face: only a control graph makes one.
import { PastTable } from '../src/control-past.ts'
import { crypto, errorCodeOf, Peer } from './_world.ts'

function idOf(byte: number): string {
  return byte.toString(16).padStart(2, '0').repeat(32)
}

function core(fields: Partial<EntryCore> = {}): EntryCore {
  return {
    space: idOf(1) as SpaceId,
    device: idOf(2) as DeviceId,
    seq: 0,
    previous: undefined,
    deps: [],
    time: { milliseconds: 1, counter: 0 },
    epoch: undefined,
    ...fields,
  }
}

function compose(payloadBytes: number, fields: Partial<EntryCore> = {}) {
  const header = core(fields)
  return composeEntry(crypto, header, encodeCore(header), new Uint8Array(payloadBytes))
}

function codeOf(block: Uint8Array): string | undefined {
  const decoded = decodeEntry(block, crypto)
  return decoded.ok ? undefined : decoded.error.code
}

/** A block whose header is as long as said and whose payload is empty. */
function blockWithHeader(bytes: number): Uint8Array {
  const block = new Uint8Array(FRAMING_BYTES + bytes)
  block[0] = 1
  new DataView(block.buffer).setUint16(1, bytes)
  return block
}

test('a payload of 64 KiB is an entry, one byte more is none', () => {
  assert.equal(codeOf(compose(PAYLOAD_BYTES_MAX).block), undefined)
  assert.equal(codeOf(compose(PAYLOAD_BYTES_MAX + 1).block), 'SPACE_ENTRY_MALFORMED')
})

test('a header beyond 4 KiB is refused for its length, whatever is in it', () => {
  const [within, beyond] = [HEADER_BYTES_MAX, HEADER_BYTES_MAX + 1].map((bytes) => {
    const decoded = decodeEntry(blockWithHeader(bytes), crypto)
    assert.equal(decoded.ok, false)
    return decoded.ok ? '' : decoded.error.message
  })
  assert.notEqual(within, beyond)
})

test('an entry names 32 predecessors and no more', () => {
  const deps = Array.from({ length: DEPS_MAX + 1 }, (_, i) => {
    return { device: idOf(10 + i) as DeviceId, seq: i, id: idOf(90) as EntryId }
  })
  assert.equal(codeOf(compose(5, { deps: deps.slice(1) }).block), undefined)
  assert.equal(codeOf(compose(5, { deps }).block), 'SPACE_ENTRY_MALFORMED')
})

test('content that no entry holds is refused where it is written, and nothing of it is kept', async () => {
  const ada = new Peer('ada')
  await ada.create()
  const length = ada.space.lengths().get(ada.device)
  assert.equal(await errorCodeOf(ada.write('x'.repeat(CONTENT_BYTES_MAX - 100))), undefined)
  assert.equal(
    await errorCodeOf(ada.write('x'.repeat(CONTENT_BYTES_MAX))),
    'SPACE_CONTENT_TOO_LARGE',
  )
  assert.equal(ada.space.lengths().get(ada.device), length! + 1)
})

test('a join request of 8 KiB is read, one byte more ends the conversation', () => {
  const readable = [JOIN_REQUEST_BYTES_MAX, JOIN_REQUEST_BYTES_MAX + 1].map((bytes) => {
    const body = { kind: 'join', request: new Uint8Array(bytes) } as const
    return decodeSyncMessage(encodeSyncMessage({ handle: new Uint8Array(8), ...body })).ok
  })
  assert.deepEqual(readable, [true, false])
})

test('of entries that wait 4,096 or 4 MiB of one log stay in memory, the oldest are let go first', async () => {
  const device = crypto.signer(new Uint8Array(32))
  const options = {
    disk: createMemoryDisk(),
    crypto,
    directory: 'log',
    publicKey: device.publicKey,
  }
  const log = await Log.open({ ...options, namespace: new Uint8Array(32) })
  for (const [count, bytes] of [
    [DECODED_ENTRIES_MAX + 100, 10],
    [100, 60_000],
  ] as const) {
    const track = new DeviceTrack(crypto, new PastTable(), idOf(2) as DeviceId, log)
    for (let seq = 0; seq < count; seq++) track.keepDecoded(compose(bytes, { seq }).entry)
    assert.ok(
      track.decodedEntries <= DECODED_ENTRIES_MAX && track.decodedBytes <= DECODED_BYTES_MAX,
    )
    assert.equal(track.entry(count - 1).seq, count - 1, 'the newest is at hand')
    assert.throws(
      () => track.entry(0),
      { code: 'LOG_OUT_OF_RANGE' },
      'the oldest would be read again',
    )
    for (let seq = 0; seq < count; seq++) track.dropDecoded(seq)
    assert.deepEqual([track.decodedEntries, track.decodedBytes], [0, 0])
  }
  await log.close()
})

test('a vector, tags and a holding are bounded before they are read', () => {
  const handle = new Uint8Array(8)
  const huge = encodeCbor([3, handle, Array.from({ length: 20_000 }, () => 0)])
  const decoded = decodeSyncMessage(huge)
  assert.equal(decoded.ok ? undefined : decoded.error.code, 'CBOR_LIMIT')
})
