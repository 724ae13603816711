import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@hamlet/http/api'
import * as reduce from '../src/state/room-state.ts'
import type { RoomState } from '../src/state/room-state.ts'
import { testId, testMessage } from './_messages.ts'

const NONE: ReadonlySet<string> = new Set()

function roomOf(messages: readonly Message[], changes: Partial<RoomState> = {}): RoomState {
  return { ...reduce.EMPTY_ROOM, loaded: true, messages, ...changes }
}

function numbers(room: RoomState): readonly number[] {
  return room.messages.map(({ id }) => Number.parseInt(id, 16))
}

test('a new message joins at the end, and a known one is replaced in its place', () => {
  const room = roomOf([testMessage(1), testMessage(2)])
  const changed = [testMessage(1, { text: 'changed' }), testMessage(3)]
  const next = reduce.applyMessages(room, changed, NONE)
  assert.deepEqual(numbers(next), [1, 2, 3])
  assert.equal(next.messages[0]?.text, 'changed')
})

test('a late message takes the place its time gives it and is marked until it was shown', () => {
  const room = roomOf([testMessage(1), testMessage(5)])
  const late = testMessage(3, { late: true })
  const next = reduce.applyMessages(room, [late], NONE)
  assert.deepEqual(numbers(next), [1, 3, 5])
  assert.deepEqual(next.late, [testId(3)])
  assert.deepEqual(reduce.applyMessages(room, [late], new Set([testId(3)])).late, [])
})

test('a message beyond a gap does not join the window', () => {
  const older = roomOf([testMessage(5)], { hasOlder: true })
  const early = testMessage(1, { late: true })
  assert.deepEqual(numbers(reduce.applyMessages(older, [early], NONE)), [5])
  const newer = roomOf([testMessage(5)], { hasNewer: true })
  assert.deepEqual(numbers(reduce.applyMessages(newer, [testMessage(9)], NONE)), [5])
})

test('pages join at both ends without repeating a message', () => {
  const room = roomOf([testMessage(3), testMessage(4)], { hasOlder: true, hasNewer: true })
  const older = { messages: [testMessage(1), testMessage(3)], hasOlder: false, hasNewer: true }
  const newer = { messages: [testMessage(4), testMessage(6)], hasOlder: true, hasNewer: false }
  const next = reduce.addNewerPage(reduce.addOlderPage(room, older), newer)
  assert.deepEqual(numbers(next), [1, 3, 4, 6])
  assert.equal(next.hasOlder || next.hasNewer, false)
})

test('what is being saved leaves when its event comes, and stays with its text when it fails', () => {
  const pending = {
    key: 'a',
    text: 'mine',
    replyTo: undefined,
    atMs: testMessage(1).atMs,
    state: 'saving',
  } as const
  const room = reduce.addPending(roomOf([]), pending)
  const saved = testMessage(2, { own: true, text: 'mine' })
  assert.equal(reduce.applyMessages(room, [saved], NONE).pending.length, 0)
  const other = testMessage(2, { own: false, text: 'mine' })
  assert.equal(reduce.applyMessages(room, [other], NONE).pending.length, 1)
  const failed = reduce.failPending(room, 'a', { error: 'why', waits: false })
  assert.deepEqual(failed.pending, [{ ...pending, state: 'failed', error: 'why', waits: false }])
  assert.equal(reduce.applyMessages(failed, [saved], NONE).pending.length, 1)
  assert.equal(reduce.retryPending(failed, 'a').pending[0]?.state, 'saving')
})

test('refreshing changes what is known and adds nothing', () => {
  const room = roomOf([testMessage(1)])
  const delivery = { heldBy: 3, devices: 3, readBy: [] }
  const next = reduce.refreshMessages(room, [testMessage(1, { delivery }), testMessage(2)])
  assert.deepEqual(numbers(next), [1])
  assert.equal(next.messages[0]?.delivery.heldBy, 3)
  assert.equal(reduce.refreshMessages(room, [testMessage(2)]), room)
})

test('a reaction is added, joined, and gone with its last person', () => {
  const once = reduce.toggleReaction(testMessage(1), '👍', 'ana')
  const twice = reduce.toggleReaction(once, '👍', 'ben')
  assert.deepEqual(twice.reactions, [{ emoji: '👍', people: ['ana', 'ben'] }])
  const back = reduce.toggleReaction(reduce.toggleReaction(twice, '👍', 'ana'), '👍', 'ben')
  assert.deepEqual(back.reactions, [])
})
