/** Messages that a newer version has written: they are there, at their place, and nothing is made up about what they say. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idToBytes } from '@hamlet/core'
import type { CborValue, EntryId } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import type { ViewDefinition } from '@hamlet/space/view'
import { Chat, chatView, draftDelete, draftEdit, draftMessage, roomOfLater } from '../src/index.ts'
import type { ChatChange } from '../src/index.ts'
import { idOf, openReplica, World } from './_world.ts'
import type { CausalEntry, WritingDevice } from './_world.ts'

const POLL = 'chat.message.poll'

function poll(device: WritingDevice, room: EntryId, ...rest: CborValue[]): CausalEntry {
  return device.writeDraft({ type: POLL, value: [idToBytes(room), ...rest] })
}

function scene() {
  const world = new World()
  const [ann, ben] = [world.device('a', 'Ann', 'owner'), world.device('b', 'Ben')]
  const room = ann.write({ kind: 'room', name: 'General' }).id
  ben.sync()
  return { world, ann, ben, room }
}

test('a message of a newer version stands at its place, by its author, without a text', async () => {
  const { world, ann, ben, room } = scene()
  ann.say(room, 'before')
  const asked = poll(ben.sync(), room, 'lunch?', ['noon', 'one'])
  ann.sync().say(room, 'after', asked.id)
  const { chat } = await openReplica(world.entries)
  const { messages } = await chat.page({ room }, ann.person)
  assert.deepEqual(
    messages.map(({ text, newer, author }) => [text, newer, author]),
    [
      ['before', false, ann.person],
      ['', true, ben.person],
      ['after', false, ann.person],
    ],
  )
  assert.equal(messages[2]!.replyTo?.author, ben.person)
  const detail = await chat.message(asked.id)
  assert.deepEqual([detail?.newer, detail?.versions], [true, []])
})

test('it is unread until it is read, and never the last word of a room, nor found by a search', async () => {
  const { world, ann, ben, room } = scene()
  ann.say(room, 'hello')
  const asked = poll(ben.sync(), room, 'lunch')
  const { chat, receive } = await openReplica(world.entries)
  assert.equal((await chat.unread(room, ann.person)).unread, 1)
  assert.equal((await chat.room(room))?.lastMessage?.text, 'hello')
  const found = await chat.page({ search: 'lunch' }, ann.person)
  assert.deepEqual(found.messages, [])
  await receive(ann.sync().write({ kind: 'read', room, upTo: asked }))
  assert.equal((await chat.unread(room, ann.person)).unread, 0)
})

test('it can be answered, reacted to and deleted like any other, and an edit of it has no effect', async () => {
  const { world, ann, ben, room } = scene()
  const asked = poll(ben, room, 'lunch?')
  ben.write({ kind: 'edit', target: asked.id, text: 'made up' })
  ann.sync().write({ kind: 'react', target: asked.id, emoji: '👍', on: true, observed: [] })
  const { chat, receive } = await openReplica(world.entries)
  const [shown] = await chat.messages([asked.id])
  assert.deepEqual([shown!.text, shown!.editedAtMs, shown!.newer], ['', undefined, true])
  assert.deepEqual(shown!.reactions, [{ emoji: '👍', people: [ann.person] }])
  const byBen = { person: ben.person, role: 'writer' as const }
  assert.throws(() => draftEdit(shown, 'mine', byBen), { code: 'CHAT_NEWER_VERSION' })
  draftMessage({ room: { id: room }, text: 'noon', replyTo: shown })
  await receive(ben.sync().writeDraft(draftDelete(shown, byBen)))
  const [gone] = await chat.messages([asked.id])
  assert.equal(gone!.deleted?.person, ben.person)
})

test('who may not write messages writes none of a newer version either', async () => {
  const { world, room } = scene()
  const asked = poll(world.device('c', 'Cat', 'reader'), room)
  const { chat } = await openReplica(world.entries)
  assert.deepEqual(await chat.messages([asked.id]), [undefined])
})

test('what does not name its room is shown nowhere, and what is known here is no message of a newer version', () => {
  const room = idToBytes(idOf<EntryId>('room'))
  const values: readonly CborValue[] = [null, [], 'text', [null], ['room'], [room.slice(1)], room]
  for (const value of values) assert.equal(roomOfLater(POLL, value), undefined)
  for (const type of ['chat.message', 'chat.edit', 'chat.poll', 'other.message.poll']) {
    assert.equal(roomOfLater(type, [room]), undefined)
  }
  assert.equal(roomOfLater(POLL, [room, 1, 2]), idOf<EntryId>('room'))
})

test('once the software knows what it says it is shown by what it says, and where it does not any more, as before', async () => {
  const { world, ben, room } = scene()
  const asked = poll(ben, room, 'lunch?')
  const source = new MemoryViewSource()
  source.add(...world.entries)
  const kv = createMemoryKv()
  const today = chatView()
  const later: ViewDefinition<ChatChange> = {
    ...today,
    types: new Map([...today.types, [POLL, 'writer']]),
    fold: (entry, state) =>
      entry.type === POLL ? state.put(`poll/${entry.id}`, entry.value) : today.fold(entry, state),
  }
  const shownBy = async (
    definition: ViewDefinition<ChatChange>,
  ): Promise<[stubs: number, polls: number]> => {
    await using runner = await openViewRunner({ source, kv, views: [definition] })
    await runner.caughtUp()
    const view = runner.view(definition)
    const [message] = await new Chat(view).messages([asked.id])
    return [message?.newer === true ? 1 : 0, (await view.get(`poll/${asked.id}`)) ? 1 : 0]
  }
  assert.deepEqual(await shownBy(today), [1, 0])
  assert.deepEqual(await shownBy(later), [0, 1])
  assert.deepEqual(await shownBy(today), [1, 0])
})

test('an export says which messages are of a newer version', async () => {
  const { world, ben, room } = scene()
  poll(ben, room, 'lunch?')
  ben.say(room, 'hello')
  const { chat } = await openReplica(world.entries)
  const lines: { readonly text: string; readonly newer?: boolean }[] = []
  for await (const line of chat.exportLines()) lines.push(JSON.parse(line) as (typeof lines)[0])
  assert.deepEqual(
    lines.map(({ text, newer }) => [text, newer]),
    [
      ['', true],
      ['hello', undefined],
    ],
  )
})
