import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCbor, encodeCbor, idToBytes } from '@hamlet/core'
import fc from 'fast-check'
import { CHAT_TYPES, chatDraft, decodeChat } from '../src/index.ts'
import { idOf } from './_world.ts'
import type { CborValue, EntryId } from '@hamlet/core'
import type { ChatContent } from '../src/index.ts'

const ROOM = idOf<EntryId>('room')
const BYTES = idToBytes(ROOM)

const PICTURE = {
  name: 'cat.png',
  mediaType: 'image/png',
  sizeBytes: 5000,
  root: new Uint8Array(32).fill(1),
  key: new Uint8Array(32).fill(2),
}

const samples: readonly ChatContent[] = [
  { kind: 'room', name: 'General' },
  { kind: 'rename', room: ROOM, name: 'Kitchen' },
  { kind: 'room-again', room: ROOM, name: 'Kitchen', madeAtMs: 2 ** 48 - 1 },
  { kind: 'message', room: ROOM, text: 'hi', replyTo: ROOM, mentions: [idOf('person a')] },
  { kind: 'message', room: ROOM, text: 'x'.repeat(16_384), replyTo: undefined, mentions: [] },
  {
    kind: 'message',
    room: ROOM,
    text: '',
    replyTo: undefined,
    mentions: [],
    attachments: [PICTURE],
  },
  { kind: 'edit', target: ROOM, text: 'ho' },
  { kind: 'delete', target: ROOM },
  { kind: 'react', target: ROOM, emoji: '👍', on: true, observed: [] },
  {
    kind: 'react',
    target: ROOM,
    emoji: '👍',
    on: false,
    observed: [{ replica: idOf('device'), seq: 7 }],
  },
  {
    kind: 'read',
    room: ROOM,
    upTo: { time: { milliseconds: 2 ** 48 - 1, counter: 65_535 }, id: ROOM },
  },
]

test('every content comes back from its entry', () => {
  for (const content of samples) {
    const { type, value } = chatDraft(content)
    assert.ok(CHAT_TYPES.has(type))
    assert.deepEqual(decodeChat(type, value), content)
  }
})

test('refuses what is beyond a limit or of another form', () => {
  const position: CborValue = [1, 2, BYTES]
  const refused: readonly (readonly [string, CborValue])[] = [
    ['chat.room', ['']],
    ['chat.room', ['x'.repeat(201)]],
    ['chat.room', ['a', 'b']],
    ['chat.room', 'a'],
    ['chat.room-again', [BYTES, 'a', 2 ** 48]],
    ['chat.room-again', [BYTES, '', 1]],
    ['chat.room-rename', [BYTES.slice(1), 'a']],
    ['chat.message', [BYTES, '', null, []]],
    ['chat.message', [BYTES, 'é'.repeat(8193), null, []]],
    ['chat.message', [BYTES, 'a', null, Array.from({ length: 65 }, () => BYTES)]],
    ['chat.message', [BYTES, 'a', 'reply', []]],
    ['chat.message.files', [BYTES, 'a', null, [], []]],
    ['chat.message.files', [BYTES, 'a', null, [], [['', '', 1, BYTES, BYTES]]]],
    ['chat.message.files', [BYTES, 'a', null, [], [['a', '', 1, BYTES, null]]]],
    ['chat.edit', [BYTES, 'a', 1]],
    ['chat.delete', []],
    ['chat.react', [BYTES, '', true, []]],
    ['chat.react', [BYTES, 'x'.repeat(33), true, []]],
    ['chat.react', [BYTES, '👍', 1, []]],
    ['chat.react', [BYTES, '👍', true, Array.from({ length: 17 }, () => [BYTES, 1])]],
    ['chat.react', [BYTES, '👍', true, [[BYTES, 2 ** 48]]]],
    ['chat.read', [BYTES, [2 ** 48, 0, BYTES]]],
    ['chat.read', [BYTES, [0, 65_536, BYTES]]],
    ['chat.read', [BYTES, position, position]],
    ['chat.unknown', [BYTES]],
    ['__proto__', [BYTES]],
  ]
  for (const [type, value] of refused) assert.equal(decodeChat(type, value), undefined, type)
})

test('any damage to an entry is refused or read as what it now says', () => {
  const sample = fc.constantFrom(...samples.filter(({ kind }) => kind !== 'message'), samples[2]!)
  const byte = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(sample, fc.nat(), byte, (content, at, damage) => {
      const { type, value } = chatDraft(content)
      const bytes = encodeCbor(value)
      bytes[at % bytes.length] = damage
      const damaged = decodeCbor(bytes)
      if (!damaged.ok) return
      const decoded = decodeChat(type, damaged.value)
      if (decoded !== undefined) assert.deepEqual(encodeCbor(chatDraft(decoded).value), bytes)
    }),
  )
})
