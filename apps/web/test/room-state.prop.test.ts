import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyMessages, EMPTY_ROOM } from '../src/state/room-state.ts'
import type { RoomState } from '../src/state/room-state.ts'
import { testMessage } from './_messages.ts'

test('whatever arrives, no message stands twice and none that was known is lost', () => {
  const arrival = fc.record({ number: fc.nat(40), late: fc.boolean(), text: fc.string() })
  fc.assert(
    fc.property(fc.array(arrival), fc.boolean(), fc.boolean(), (arrivals, hasOlder, hasNewer) => {
      let room: RoomState = { ...EMPTY_ROOM, loaded: true, hasOlder, hasNewer }
      for (const { number, late, text } of arrivals) {
        const before = room.messages.map((message) => message.id)
        room = applyMessages(room, [testMessage(number, { late, text })], new Set())
        const ids = new Set(room.messages.map((message) => message.id))
        assert.equal(ids.size, room.messages.length)
        assert.ok(before.every((id) => ids.has(id)))
        assert.ok(room.late.every((id) => ids.has(id)))
      }
    }),
  )
})
