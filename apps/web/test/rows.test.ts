import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildRows, rowIndexOf } from '../src/chat/rows.ts'
import { EMPTY_ROOM } from '../src/state/room-state.ts'
import { MINUTE_MS, testId, testMessage } from './_messages.ts'

const DAY_MINUTES = 24 * 60

test('messages of one person within minutes form a group; another person or day begins a new one', () => {
  const messages = [
    testMessage(0),
    testMessage(1),
    testMessage(2, { author: testId(9) }),
    testMessage(60, { author: testId(9) }),
    testMessage(DAY_MINUTES + 60, { author: testId(9) }),
  ]
  const rows = buildRows({ ...EMPTY_ROOM, messages })
  assert.deepEqual(
    rows.map((row) => (row.kind === 'message' ? row.head : row.kind)),
    ['start', 'day', true, false, true, true, 'day', true],
  )
})

test('the line of what is new stands before its message and begins a group', () => {
  const messages = [testMessage(0), testMessage(1)]
  const rows = buildRows({ ...EMPTY_ROOM, messages, firstUnread: testId(1), hasOlder: true })
  assert.equal(rows[0]?.kind, 'loading')
  assert.equal(rowIndexOf(rows, 'unread') + 1, rowIndexOf(rows, testId(1)))
  const last = rows.at(-1)
  assert.ok(last?.kind === 'message' && last.head)
})

test('only the newest own message tells its delivery in words', () => {
  const messages = [testMessage(0, { own: true }), testMessage(1, { own: true }), testMessage(2)]
  const told = buildRows({ ...EMPTY_ROOM, messages }).filter(
    (row) => row.kind === 'message' && row.newestOwn,
  )
  assert.deepEqual(
    told.map((row) => row.key),
    [testId(1)],
  )
})

test('keys are different, so that rows keep their height', () => {
  const messages = Array.from({ length: 50 }, (_, i) =>
    testMessage(i, { atMs: i * 977 * MINUTE_MS }),
  )
  const keys = buildRows({ ...EMPTY_ROOM, messages, firstUnread: testId(20) }).map((row) => row.key)
  assert.equal(new Set(keys).size, keys.length)
})
