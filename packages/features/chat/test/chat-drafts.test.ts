import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeChat,
  draftDelete,
  draftEdit,
  draftMessage,
  draftReaction,
  draftRead,
  draftRename,
  draftRoom,
  findMentions,
} from '../src/index.ts'
import { matchesSearch, parseSearch, textWords } from '../src/words.ts'
import { World, idOf, openReplica } from './_world.ts'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ContentDraft } from '@hamlet/space'
import type { ChatMessage } from '../src/index.ts'

const ANN = idOf<PersonId>('person Ann')
const BEN = idOf<PersonId>('person Ben')
const room = { id: idOf<EntryId>('room'), creator: ANN }

function content(draft: ContentDraft): unknown {
  return decodeChat(draft.type, draft.value)
}

async function sampleMessages(): Promise<{ present: ChatMessage; deleted: ChatMessage }> {
  const world = new World()
  const ann = world.device('a', 'Ann')
  const general = ann.write({ kind: 'room', name: 'General' }).id
  const ids = [ann.say(general, 'here').id, ann.say(general, 'gone').id]
  ann.write({ kind: 'delete', target: ids[1]! })
  const { chat } = await openReplica(world.entries)
  const [present, deleted] = await chat.messages(ids)
  return { present: present!, deleted: deleted! }
}

test('writes messages as typed and refuses what cannot be one', () => {
  const draft = draftMessage({ room, text: ' hi \n', mentions: [BEN, BEN] })
  const expected = { kind: 'message', room: room.id, text: ' hi \n', mentions: [BEN] }
  assert.deepEqual(content(draft), { ...expected, replyTo: undefined })
  const tooMany = Array.from({ length: 65 }, (_, i) => idOf<PersonId>(`p${i}`))
  const refusals = [
    [{ room, text: ' \n\t ' }, 'CHAT_TEXT_EMPTY'],
    [{ room, text: 'é'.repeat(8193) }, 'CHAT_TEXT_TOO_LONG'],
    [{ room, text: 'x'.repeat(10_000_000) }, 'CHAT_TEXT_TOO_LONG'],
    [{ room: undefined, text: 'a' }, 'CHAT_UNKNOWN_ROOM'],
    [{ room, text: 'a', replyTo: null }, 'CHAT_UNKNOWN_MESSAGE'],
    [{ room, text: 'a', mentions: tooMany }, 'CHAT_TOO_MANY_MENTIONS'],
  ] as const
  for (const [message, code] of refusals) assert.throws(() => draftMessage(message), { code })
})

test('a message of files needs no text, and takes sixteen of them', () => {
  const file = {
    name: 'cat.png',
    mediaType: 'image/png',
    sizeBytes: 1,
    root: new Uint8Array(32),
    key: new Uint8Array(32),
  }
  const draft = draftMessage({ room, text: ' ', attachments: [file] })
  assert.equal(draft.type, 'chat.message.files')
  const { text, attachments } = content(draft) as { text: string; attachments: unknown }
  assert.deepEqual([text, attachments], ['', [file]])
  const attached = Array.from({ length: 17 }, () => file)
  assert.throws(() => draftMessage({ room, text: 'a', attachments: attached }), {
    code: 'CHAT_TOO_MANY_FILES',
  })
})

test('half a character in a text becomes a replacement character', () => {
  const draft = draftMessage({ room, text: 'a\ud800b' })
  assert.equal((content(draft) as { text: string }).text, 'a\ufffdb')
})

test('only authors edit, authors and admins delete, nobody touches what is deleted', async () => {
  const { present, deleted } = await sampleMessages()
  const target = present.id
  assert.deepEqual(content(draftEdit(present, 'x', { person: ANN })), {
    kind: 'edit',
    target,
    text: 'x',
  })
  assert.deepEqual(content(draftDelete(present, { person: BEN, role: 'admin' })), {
    kind: 'delete',
    target,
  })
  assert.throws(() => draftEdit(present, 'x', { person: BEN }), { code: 'CHAT_NOT_AUTHOR' })
  assert.throws(() => draftEdit(present, '', { person: ANN }), { code: 'CHAT_TEXT_EMPTY' })
  assert.throws(() => draftEdit(undefined, 'x', { person: ANN }), { code: 'CHAT_UNKNOWN_MESSAGE' })
  const deletedEdit = () => draftEdit(deleted, 'x', { person: ANN })
  assert.throws(deletedEdit, { code: 'CHAT_MESSAGE_DELETED' })
  const ben = { person: BEN, role: 'writer' } as const
  assert.throws(() => draftDelete(present, ben), { code: 'CHAT_NOT_ALLOWED' })
  assert.throws(() => draftDelete(deleted, ben), { code: 'CHAT_MESSAGE_DELETED' })
})

test('reactions are one emoji', async () => {
  const { present } = await sampleMessages()
  const react = (emoji: string) => draftReaction(present, { emoji, on: true, observed: [] })
  for (const emoji of ['👍', '❤️', '❤', '👩‍👩‍👧‍👦', '🇩🇪', '1️⃣', '👋🏽']) {
    assert.equal((content(react(emoji)) as { emoji: string }).emoji, emoji)
  }
  for (const emoji of ['', 'a', '1', '👍👍', ' 👍', '<b>', '👍'.repeat(50)]) {
    assert.throws(() => react(emoji), { code: 'CHAT_BAD_EMOJI' }, emoji)
  }
})

test('rooms need a name that can be shown, renames their creator or an admin', () => {
  assert.deepEqual(content(draftRoom('Küche')), { kind: 'room', name: 'Küche' })
  assert.throws(() => draftRoom('a\nb'), { code: 'CHAT_BAD_NAME' })
  const ben = { person: BEN, role: 'writer' } as const
  assert.throws(() => draftRename(room, 'Mine', ben), { code: 'CHAT_NOT_ALLOWED' })
  assert.throws(() => draftRename(undefined, 'Mine', ben), { code: 'CHAT_UNKNOWN_ROOM' })
  const renamed = content(draftRename(room, 'Ours', { person: BEN, role: 'owner' }))
  assert.deepEqual(renamed, { kind: 'rename', room: room.id, name: 'Ours' })
})

test('a read mark names the place of the message', async () => {
  const { present } = await sampleMessages()
  assert.deepEqual(content(draftRead(present)), {
    kind: 'read',
    room: present.room,
    upTo: { time: present.time, id: present.id },
  })
  assert.throws(() => draftRead(undefined), { code: 'CHAT_UNKNOWN_MESSAGE' })
})

test('mentions are whole names after an at sign, the longest first, equal names all of them', () => {
  const [ann, annLee, ben, ben2] = ['1', '2', '3', '4'].map((name) => idOf<PersonId>(name))
  const people = [
    { person: ann!, name: 'Ann' },
    { person: annLee!, name: 'Ann Lee' },
    { person: ben!, name: 'Bén' },
    { person: ben2!, name: 'Bén' },
    { person: idOf<PersonId>('5'), name: '' },
  ]
  assert.deepEqual(findMentions('@ann lee and @BÉN, @Annika me@ann', people), [annLee, ben, ben2])
  assert.deepEqual(findMentions('(@Ann) @', people), [ann])
})

test('words are folded, bounded, and cut between characters', () => {
  assert.deepEqual(
    [...textWords('Ǆ ﬁ 100％ it’s 東京')],
    ['dž', 'fi', '100', 'it', 's', '東', '京'],
  )
  assert.equal(textWords(Array.from({ length: 2000 }, (_, i) => `w${i}`).join(' ')).size, 1000)
  const long = `a${'𝒜'.repeat(40)}`
  for (const word of textWords(long)) assert.ok(word.isWellFormed() && word.length <= 32)
  assert.deepEqual(parseSearch('One two'), { words: ['one'], prefix: 'two' })
  assert.deepEqual(parseSearch('One two '), { words: ['one', 'two'], prefix: undefined })
  assert.ok(matchesSearch(parseSearch(long), `x ${long}`))
})
