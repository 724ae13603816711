import assert from 'node:assert/strict'
import test from 'node:test'

import {
  assert as assertTrue,
  bytesToHex,
  bytesToId,
  bytesToUint64,
  compareBytes,
  concatBytes,
  decodeUtf8,
  equalBytes,
  equalBytesConstantTime,
  errorCode,
  HamletError,
  hexToBytes,
  idToBytes,
  parseId,
  shortId,
  silentLogger,
  silentMetrics,
  uint32ToBytes,
  uint64ToBytes,
  unreachable,
} from '@hamlet/core'
import type { EntryId } from '@hamlet/core'

test('writes and reads hex', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  assert.deepEqual(hexToBytes(bytesToHex(bytes)), bytes)
  assert.deepEqual(hexToBytes('0AfF'), Uint8Array.of(0x0a, 0xff))
  for (const text of ['0', 'xy', '0x', ' 00']) assert.throws(() => hexToBytes(text))
})

test('orders bytes bytewise with the shorter first', () => {
  const order = ['', '00', '0000', '00ff', '01', '7f', '80', 'ff'].map(hexToBytes)
  for (let i = 0; i < order.length; i++) {
    for (let j = 0; j < order.length; j++) {
      assert.equal(Math.sign(compareBytes(order[i]!, order[j]!)), Math.sign(i - j))
      assert.equal(equalBytes(order[i]!, order[j]!), i === j)
      assert.equal(equalBytesConstantTime(order[i]!, order[j]!), i === j)
    }
  }
})

test('refuses malformed UTF-8 and keeps a byte order mark', () => {
  assert.equal(decodeUtf8(hexToBytes('c3a9')), 'é')
  assert.equal(decodeUtf8(hexToBytes('efbbbf41')), '\ufeffA')
  for (const hex of ['ff', 'c3', 'c0af', 'eda080'])
    assert.equal(decodeUtf8(hexToBytes(hex)), undefined)
})

test('writes integers big-endian and refuses to read unsafe ones', () => {
  assert.equal(
    bytesToHex(concatBytes(uint32ToBytes(258), uint64ToBytes(2 ** 40))),
    '000001020000010000000000',
  )
  assert.equal(bytesToUint64(uint64ToBytes(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER)
  assert.equal(bytesToUint64(hexToBytes('00ffffffffffffffff'), 1), undefined)
  assert.throws(() => uint64ToBytes(-1))
  assert.throws(() => uint64ToBytes(2 ** 53))
})

test('parses ids of 64 lower-case hex digits only', () => {
  const id = bytesToId<EntryId>(new Uint8Array(32).fill(0xab))
  assert.equal(parseId<EntryId>(id), id)
  assert.deepEqual(idToBytes(id), new Uint8Array(32).fill(0xab))
  assert.equal(shortId(id), 'abababab')
  for (const text of ['', id.toUpperCase(), id.slice(1), `${id}0`, `${id}\n`]) {
    assert.equal(parseId(text), undefined)
  }
  assert.throws(() => bytesToId(new Uint8Array(31)))
})

test('gives the code of whatever was thrown', () => {
  const error = new HamletError('SOME_CODE', 'message', { cause: 1, fields: { limit: 3 } })
  assert.equal(errorCode(error), 'SOME_CODE')
  assert.deepEqual(error.fields, { limit: 3 })
  assert.equal(error.cause, 1)
  for (const thrown of [undefined, null, 'text', new Error('plain'), { code: 7 }]) {
    assert.equal(errorCode(thrown), undefined)
  }
})

test('assertions throw an error without a code', () => {
  assert.doesNotThrow(() => assertTrue(true, 'never'))
  assert.throws(() => assertTrue(false, 'why'), { name: 'AssertionError', message: 'why' })
  assert.throws(() => unreachable('x' as never), { name: 'AssertionError' })
})

test('the silent logger and metrics accept everything', () => {
  const logger = silentLogger.forComponent('core')
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    logger[level]('message', { a: 1 })
  silentMetrics.count('a')
  silentMetrics.gauge('a', 1)
  silentMetrics.observe('a', 1)
  assert.equal(logger, silentLogger)
})
