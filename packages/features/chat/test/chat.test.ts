import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World, idOf, openReplica } from './_world.ts'
import type { EntryId, PersonId } from '@hamlet/core'
import type { CausalEntry, Replica } from './_world.ts'
import { Chat, readDetail } from '../src/index.ts'
import type { ChatPage, ChatQuery, ChatReader } from '../src/index.ts'

const YEAR_MS = 365 * 86_400_000
const ANN = idOf<PersonId>('person Ann')
const BEN = idOf<PersonId>('person Ben')
const CAT = idOf<PersonId>('person Cat')

function group() {
  const world = new World()
  const ann = world.device('a', 'Ann', 'owner')
  const ben = world.device('b', 'Ben')
  const cat = world.device('c', 'Cat', 'admin')
  const room = ann.write({ kind: 'room', name: 'General' })
  ben.sync()
  cat.sync()
  return { world, ann, ben, cat, room: room.id }
}

function texts(page: ChatPage): string[] {
  return page.messages.map(({ text }) => text)
}

async function textsOf(replica: Replica, query: ChatQuery = {}): Promise<string[]> {
  return texts(await replica.chat.page(query, BEN))
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('lists rooms with their last message and what a person has not read', async () => {
  const { world, ann, ben, room } = group()
  const hello = ann.say(room, 'hello')
  world.wallMs += 1000
  ann.write({ kind: 'message', room, text: '@Ben?', replyTo: hello.id, mentions: [BEN, ANN] })
  ben.sync().say(room, 'yes')
  const { chat } = await openReplica(world.entries)
  const [general] = await chat.roomsFor(BEN)
  assert.equal(general?.name, 'General')
  assert.deepEqual([general.unread, general.mentions], [2, 1])
  assert.deepEqual([general.lastMessage?.text, general.lastMessage?.author], ['yes', BEN])
  assert.deepEqual(await chat.unread(room, ANN), { unread: 1, mentions: 0 })
})

test('what was said before a person came is history, not news', async () => {
  const { world, ann, room } = group()
  ann.say(room, 'before')
  world.wallMs += 100_000
  const joinedAtMs = world.wallMs
  world.wallMs += 1000
  ann.say(room, 'after')
  const { view } = await openReplica(world.entries)
  const chat = new Chat(view, { historyBeforeMs: joinedAtMs })
  assert.deepEqual(await chat.unread(room, BEN), { unread: 1, mentions: 0 })
  const page = await chat.page({ room }, BEN)
  assert.equal(page.messages.find(({ id }) => id === page.firstUnread)?.text, 'after')
})

test('the first room is the one made first, whatever its id and name; equal names both stay', async () => {
  const { world, ann } = group()
  for (let i = 0; i < 5; i++) {
    world.wallMs += 1000
    ann.write({ kind: 'room', name: 'General' })
  }
  const { chat } = await openReplica(world.entries)
  const rooms = await chat.rooms()
  assert.equal(rooms.length, 6)
  assert.equal(rooms[0]?.createdAtMs, 1_000_000)
})

test('a room whose own entry cannot be read is known by what writers say of it again', async () => {
  const { world, ann, ben, room } = group()
  const second = ann.write({ kind: 'room', name: 'Garden' })
  const hidden = new Set([room, second.id])
  const early = world.entries.length
  world.wallMs += 1000
  ann.sync().write({ kind: 'room-again', room, name: 'General', madeAtMs: 1_000_000 })
  ann.write({ kind: 'room-again', room: second.id, name: 'Garden', madeAtMs: 1_000_500 })
  const message = ben.sync().say(room, 'for the newcomer')
  const readable = world.entries.slice(early)
  assert.ok(readable.every(({ id }) => !hidden.has(id)))
  const newcomer = await openReplica(readable)
  const rooms = await newcomer.chat.rooms()
  assert.deepEqual(
    rooms.map(({ id, name, creator, createdAtMs }) => [id, name, creator, createdAtMs]),
    [
      [room, 'General', undefined, 1_000_000],
      [second.id, 'Garden', undefined, 1_000_500],
    ],
  )
  assert.equal((await newcomer.chat.page({ room }, BEN)).messages[0]?.id, message.id)
  assert.equal((await newcomer.chat.page({ search: 'newcomer' }, BEN)).messages.length, 1)
  const lines: string[] = []
  for await (const line of newcomer.chat.exportLines()) lines.push(line)
  assert.match(lines[0]!, /"roomName":"General"/)

  world.wallMs += 1000
  await newcomer.receive(ben.write({ kind: 'rename', room, name: 'not an admin' }))
  assert.equal((await newcomer.chat.room(room))?.name, 'General')
  const admin = world.device('admin', 'Ada', 'admin').sync()
  await newcomer.receive(admin.write({ kind: 'rename', room, name: 'Hall' }))
  assert.equal((await newcomer.chat.room(room))?.name, 'Hall')
})

test('what members wrote in a room that does not count stays to be seen, written to and exported', async () => {
  const { world, ann, ben, room } = group()
  ann.say(room, 'in the hall')
  world.wallMs += 1000
  const gone = ann.write({ kind: 'room', name: 'Garden' })
  const first = ben.sync().say(gone.id, 'nobody knew yet')
  const replica = await openReplica(world.entries.filter(({ id }) => id !== gone.id))
  const second = ben.sync().say(gone.id, 'and later')
  await replica.receive(second)
  const rooms = await replica.chat.rooms()
  assert.deepEqual(
    rooms.map(({ id, name, creator, createdAtMs }) => [id, name, creator, createdAtMs]).slice(1),
    [[gone.id, `Room ${gone.id.slice(0, 8)}`, undefined, first.time.milliseconds]],
  )
  const page = await replica.chat.page({ room: gone.id }, BEN)
  assert.deepEqual(
    page.messages.map(({ id }) => id),
    [first.id, second.id],
  )
  assert.equal((await replica.chat.page({ search: 'nobody' }, BEN)).messages.length, 1)
  const lines: string[] = []
  for await (const line of replica.chat.exportLines()) lines.push(line)
  assert.equal(lines.length, 3)

  world.wallMs += 1000
  const admin = world.device('admin', 'Ada', 'admin').sync()
  await replica.receive(admin.write({ kind: 'rename', room: gone.id, name: 'Orchard' }))
  assert.equal((await replica.chat.room(gone.id))?.name, 'Orchard')
})

test('a message that is deleted or edited while it is read is seen before or after, never in between', async () => {
  const { world, ann, ben, room } = group()
  const deleted = ann.say(room, 'soon gone')
  ben.sync().write({ kind: 'react', target: deleted.id, emoji: '👍', on: true, observed: [] })
  const edited = ann.say(room, 'first')
  const changes = [
    ann.write({ kind: 'delete', target: deleted.id }),
    ann.write({ kind: 'edit', target: edited.id, text: 'second' }),
  ]
  const before = world.entries.filter((entry) => !changes.includes(entry))
  const between = [
    [deleted.id, ['soon gone', 1, 1], ['', 0, 0]],
    [edited.id, ['first', 0, 1], ['second', 0, 2]],
  ] as const
  for (const [id, ...wholes] of between) {
    // The change comes after so many reads of the store.
    for (let reads = 0; reads < 8; reads++) {
      const replica = await openReplica(before)
      const view = interrupted(replica, reads, () => replica.receive(...changes))
      const detail = (await readDetail(view, id))!
      const seen = [detail.text, detail.reactions.length, detail.versions.length]
      assert.ok(
        wholes.some((whole) => whole.join() === seen.join()),
        `${reads}: ${seen.join()}`,
      )
    }
  }
})

/** The view of a replica, on which something happens before its read number `at`. */
function interrupted(replica: Replica, at: number, happen: () => Promise<void>): ChatReader {
  const { view } = replica
  let reads = 0
  const count = async (): Promise<void> => (reads++ === at ? await happen() : undefined)
  return {
    local: view.local,
    async get(key) {
      await count()
      return await view.get(key)
    },
    async getMany(keys) {
      await count()
      return await view.getMany(keys)
    },
    async *range(prefix, range) {
      await count()
      yield* view.range(prefix, range)
    },
  }
}

test('what is said of a room again changes nothing for who can read the room itself', async () => {
  const { world, ben, room } = group()
  const replica = await openReplica(world.entries)
  const before = await replica.chat.rooms()
  world.wallMs += 1000
  await replica.receive(
    ben.sync().write({ kind: 'room-again', room, name: 'A lie', madeAtMs: 5 }),
    ben.write({ kind: 'room-again', room: idOf('no room'), name: 'Made up', madeAtMs: 5 }),
  )
  const after = await replica.chat.rooms()
  assert.deepEqual(after.slice(-before.length), before)
  assert.deepEqual(
    after.map(({ name }) => name),
    ['Made up', ...before.map(({ name }) => name)],
    'a writer may make rooms',
  )
})

test('counts unread exactly as messages are read, edited and deleted at any distance in time', async () => {
  const { world, ann, ben, room } = group()
  const messages: CausalEntry[] = []
  for (const pauseMs of [0, 1, 100, 66_000, 60, 5 * 3_600_000, 1, 60 * 86_400_000, 5, 5]) {
    world.wallMs += pauseMs
    messages.push((messages.length % 4 === 3 ? ben : ann).sync().say(room, `at ${world.wallMs}`))
  }
  const replica = await openReplica(world.entries)
  const gone = new Set<EntryId>()
  for (const [i, message] of messages.entries()) {
    await replica.receive(ben.write({ kind: 'read', room, upTo: message }))
    if (i === 4) {
      const deletion = ann.write({ kind: 'delete', target: messages[6]!.id })
      await replica.receive(deletion)
      gone.add(messages[6]!.id)
    }
    const left = messages.slice(i + 1).filter(({ person, id }) => person === ANN && !gone.has(id))
    assert.equal((await replica.chat.unread(room, BEN)).unread, left.length, `after ${i}`)
    const page = await replica.chat.page({ room }, BEN)
    assert.equal(page.firstUnread, left[0]?.id)
  }
})

test('a read mark never goes back', async () => {
  const { world, ann, ben, room } = group()
  const [one, two] = [ann.say(room, 'one'), ann.say(room, 'two')]
  ben.sync()
  ben.write({ kind: 'read', room, upTo: two })
  ben.write({ kind: 'read', room, upTo: one })
  const { chat } = await openReplica(world.entries)
  assert.equal((await chat.unread(room, BEN)).unread, 0)
  const detail = await chat.message(one.id)
  assert.deepEqual(detail?.readBy, [BEN])
  assert.equal(detail?.readers[0]?.person, BEN)
})

test('pages both ways meet without gap or overlap', async () => {
  const { world, ann, room } = group()
  const all: string[] = []
  for (let i = 0; i < 25; i++) all.push(String(ann.say(room, `m${i}`).value && `m${i}`))
  const replica = await openReplica(world.entries)
  const backwards: string[] = []
  let page = await replica.chat.page({ limit: 10 }, BEN)
  assert.deepEqual([page.hasOlder, page.hasNewer], [true, false])
  for (;;) {
    backwards.unshift(...texts(page))
    if (!page.hasOlder) break
    page = await replica.chat.page({ limit: 10, before: page.messages[0]!.id }, BEN)
    assert.equal(page.hasNewer, true)
  }
  assert.deepEqual(backwards, all)
  const forwards = texts(page)
  while (page.hasNewer) {
    page = await replica.chat.page({ limit: 10, after: page.messages.at(-1)!.id }, BEN)
    assert.equal(page.hasOlder, true)
    forwards.push(...texts(page))
  }
  assert.deepEqual(forwards, all)
  const last = page.messages.at(-1)!.id
  const end = await replica.chat.page({ after: last }, BEN)
  assert.deepEqual([texts(end), end.hasOlder, end.hasNewer], [[], true, false])
})

test('beyond an empty page lies the message it was asked by', async () => {
  const { world, ann, room } = group()
  const { id } = ann.say(room, 'the only one')
  const { chat } = await openReplica(world.entries)
  const flags = async (query: ChatQuery) => {
    const { messages, hasOlder, hasNewer } = await chat.page(query, BEN)
    return [messages.length, hasOlder, hasNewer]
  }
  assert.deepEqual(await flags({ after: id }), [0, true, false])
  assert.deepEqual(await flags({ before: id }), [0, false, true])
  assert.deepEqual(await flags({ after: id, before: id }), [0, true, true])
})

test('refuses cursors, rooms and limits that make no sense', async () => {
  const { world, ann, room } = group()
  const message = ann.say(room, 'here')
  const other = ann.write({ kind: 'room', name: 'Other' }).id
  const { chat } = await openReplica(world.entries)
  const nowhere = idOf<EntryId>('nowhere')
  const refusals = [
    [{ before: nowhere }, 'CHAT_UNKNOWN_MESSAGE'],
    [{ room: other, after: message.id }, 'CHAT_UNKNOWN_MESSAGE'],
    [{ room: nowhere }, 'CHAT_UNKNOWN_ROOM'],
    [{ limit: 0 }, 'CHAT_BAD_QUERY'],
    [{ limit: 501 }, 'CHAT_BAD_QUERY'],
    [{ search: 'x'.repeat(1001) }, 'CHAT_BAD_QUERY'],
  ] as const
  for (const [query, code] of refusals) await assert.rejects(chat.page(query, BEN), { code })
})

test('only the author edits; every version stays, the newest shows', async () => {
  const { world, ann, ben, cat, room } = group()
  const message = ann.say(room, 'first')
  world.wallMs += 1000
  ann.write({ kind: 'edit', target: message.id, text: 'second' })
  cat.sync().write({ kind: 'edit', target: message.id, text: 'not mine' })
  ben.sync()
  const { chat } = await openReplica(world.entries)
  const detail = await chat.message(message.id)
  assert.equal(detail?.text, 'second')
  assert.equal(detail?.editedAtMs, world.wallMs)
  assert.deepEqual(
    detail?.versions.map(({ text }) => text),
    ['first', 'second'],
  )
})

test('of concurrent edits on two devices of the author one wins everywhere and both are kept', async () => {
  const world = new World()
  const phone = world.device('p', 'Ann')
  const laptop = world.device('l', 'Ann')
  const room = phone.write({ kind: 'room', name: 'General' }).id
  const message = phone.say(room, 'start')
  laptop.sync()
  world.wallMs += 1000
  const one = phone.write({ kind: 'edit', target: message.id, text: 'from the phone' })
  const other = laptop.write({ kind: 'edit', target: message.id, text: 'from the laptop' })
  const winner = one.id > other.id ? 'from the phone' : 'from the laptop'
  const left = await openReplica(world.entries)
  const right = await openReplica([...world.entries.slice(0, 2), other, one])
  for (const { chat } of [left, right]) {
    const detail = await chat.message(message.id)
    assert.equal(detail?.text, winner)
    assert.equal(detail?.versions.length, 3)
  }
})

test('a deletion wins over a concurrent edit and leaves a stub that says who did it', async () => {
  const { world, ann, ben, cat, room } = group()
  const message = ben.say(room, 'oops')
  cat.sync()
  ben.write({ kind: 'react', target: message.id, emoji: '👍', on: true, observed: [] })
  const deletion = cat.write({ kind: 'delete', target: message.id })
  world.wallMs += 1000
  ben.write({ kind: 'edit', target: message.id, text: 'better' })
  ann.sync()
  const { chat, view } = await openReplica(world.entries)
  const detail = await chat.message(message.id)
  assert.deepEqual([detail?.text, detail?.versions, detail?.reactions], ['', [], []])
  assert.deepEqual(detail?.deleted, { person: CAT, atMs: deletion.time.milliseconds })
  for await (const [key] of view.range('')) assert.ok(!/^[vx]\//.test(key), key)
})

test('writers cannot delete what others wrote', async () => {
  const { world, ann, ben, room } = group()
  const message = ann.say(room, 'stays')
  ben.sync().write({ kind: 'delete', target: message.id })
  assert.deepEqual(await textsOf(await openReplica(world.entries)), ['stays'])
})

test('rooms are renamed by their creator and by admins, and a bad name is not shown', async () => {
  const { world, ben, cat, room } = group()
  ben.write({ kind: 'rename', room, name: 'Mine now' })
  const replica = await openReplica(world.entries)
  assert.equal((await replica.chat.room(room))?.name, 'General')
  await replica.receive(cat.write({ kind: 'rename', room, name: 'Kitchen' }))
  assert.equal((await replica.chat.room(room))?.name, 'Kitchen')
  world.wallMs += 1000
  await replica.receive(cat.write({ kind: 'rename', room, name: 'evil\u202e' }))
  assert.equal((await replica.chat.room(room))?.name, `Room ${room.slice(0, 8)}`)
})

test('a reaction goes on and off, and of concurrent switches on wins', async () => {
  const world = new World()
  const phone = world.device('p', 'Ann')
  const laptop = world.device('l', 'Ann')
  const room = phone.write({ kind: 'room', name: 'General' }).id
  const target = phone.say(room, 'hi').id
  const react = { kind: 'react', target, emoji: '🎉' } as const
  const first = phone.write({ ...react, on: true, observed: [] })
  laptop.sync()
  const observed = [{ replica: phone.id, seq: first.seq }]
  const replica = await openReplica(world.entries)
  assert.deepEqual(await replica.chat.ownReactions(target, ANN, '🎉'), observed)
  const shown = async () => (await replica.chat.messages([target]))[0]?.reactions
  assert.deepEqual(await shown(), [{ emoji: '🎉', people: [ANN] }])
  await replica.receive(laptop.write({ ...react, on: false, observed }))
  assert.deepEqual(await shown(), [])
  await replica.receive(phone.write({ ...react, on: true, observed: [] }))
  assert.deepEqual(await shown(), [{ emoji: '🎉', people: [ANN] }])
})

test('replies show what they answer, also after it was deleted', async () => {
  const { world, ann, ben, room } = group()
  const question = ann.say(room, 'who cooks?')
  ben.sync().say(room, 'me', question.id)
  const replica = await openReplica(world.entries)
  const reply = async () => (await replica.chat.page({}, BEN)).messages[1]?.replyTo
  assert.deepEqual(await reply(), { id: question.id, author: ANN, text: 'who cooks?' })
  await replica.receive(ann.write({ kind: 'delete', target: question.id }))
  assert.deepEqual(await reply(), { id: question.id, author: ANN, text: '' })
})

test('a clock wrong by a year keeps causal order and drags nobody along but who answers', async () => {
  const { world, ann, ben, cat, room } = group()
  ben.skewMs = YEAR_MS
  cat.skewMs = -YEAR_MS
  const one = ann.say(room, 'one')
  const two = ben.sync([one]).say(room, 'two')
  const three = cat.sync([two]).say(room, 'three')
  const apart = ann.say(room, 'meanwhile')
  assert.ok(apart.time.milliseconds < one.time.milliseconds + 1000)
  const replica = await openReplica(world.entries)
  const order = await textsOf(replica)
  assert.deepEqual(
    order.filter((text) => text !== 'meanwhile'),
    ['one', 'two', 'three'],
  )
  assert.ok(three.time.milliseconds >= two.time.milliseconds)
})

test('marks what arrives below newer messages as late, and keeps the mark across a rebuild', async () => {
  const { world, ann, ben, room } = group()
  const offline = ben.say(room, 'from the train')
  world.wallMs += 60_000
  const newer = ann.say(room, 'already here')
  const replica = await openReplica([world.entries[0]!, newer])
  await replica.receive(offline)
  const late = async () => {
    const { messages } = await replica.chat.page({}, BEN)
    return messages.map((message) => [message.text, message.late])
  }
  const expected = [
    ['from the train', true],
    ['already here', false],
  ]
  assert.deepEqual(await late(), expected)
  const gone = ann.say(room, 'void')
  await replica.receive(gone)
  replica.source.hide(gone)
  await replica.runner.caughtUp()
  assert.deepEqual(await late(), expected)
})

test('history from before this device joined is not late', async () => {
  const { world, ann, ben, room } = group()
  const old = ben.say(room, 'long ago')
  world.wallMs += 60_000
  const newer = ann.say(room, 'now')
  const replica = await openReplica([world.entries[0]!], { historyBeforeMs: world.wallMs })
  await replica.receive(newer)
  await replica.receive(old)
  const { messages } = await replica.chat.page({}, BEN)
  assert.ok(messages.every((message) => !message.late))
})

test('tells subscribers which messages, rooms and read marks changed', async () => {
  const { world, ann, ben, room } = group()
  const replica = await openReplica(world.entries)
  const kinds: string[] = []
  replica.view.subscribe((event) => {
    if (event.kind === 'changed') kinds.push(...event.changes.map(({ kind }) => kind))
  })
  const message = ann.say(room, 'hi')
  const read = ben.sync().write({ kind: 'read', room, upTo: message })
  await replica.receive(message, read, ann.write({ kind: 'room', name: 'Two' }))
  assert.deepEqual(kinds, ['message', 'read', 'room'])
})

test('finds words in any case and form, the last one by its beginning, newest first', async () => {
  const { world, ann, ben, room } = group()
  ann.say(room, 'Der Käse ist ALLE')
  ann.say(room, 'käsekuchen und ﬁsch')
  const edited = ben.sync().say(room, 'nothing here')
  ben.write({ kind: 'edit', target: edited.id, text: 'Käse again' })
  const gone = ann.sync().say(room, 'käse gone')
  ann.write({ kind: 'delete', target: gone.id })
  ann.say(room, '明日は東京へ行く')
  const replica = await openReplica(world.entries)
  const find = (search: string) => textsOf(replica, { search })
  assert.deepEqual(await find('käs'), ['Der Käse ist ALLE', 'käsekuchen und ﬁsch', 'Käse again'])
  assert.deepEqual(await find('KÄSE '), ['Der Käse ist ALLE', 'Käse again'])
  assert.deepEqual(await find('alle käse'), ['Der Käse ist ALLE'])
  assert.deepEqual(await find('fisch'), ['käsekuchen und ﬁsch'])
  assert.deepEqual(await find('東京'), ['明日は東京へ行く'])
  assert.deepEqual(await find('nothing'), [])
  assert.deepEqual(await find(' .,! '), [])
})

test('search pages backwards and stays within a room when asked', async () => {
  const { world, ann, room } = group()
  const other = ann.write({ kind: 'room', name: 'Other' }).id
  for (let i = 0; i < 150; i++) ann.say(i % 3 === 0 ? other : room, `item ${i}`)
  const replica = await openReplica(world.entries)
  const first = await replica.chat.page({ search: 'item', limit: 40 }, BEN)
  assert.deepEqual([texts(first)[39], first.hasOlder], ['item 149', true])
  const query = { search: 'item ', limit: 100, room: other, before: first.messages[0]!.id }
  const rest = await replica.chat.page(query, BEN)
  assert.equal(rest.messages.length, 37)
  assert.ok(rest.messages.every((message) => message.room === other))
})

test('exports every message with its history as one line of JSON that comes back', async () => {
  const { world, ann, ben, room } = group()
  const message = ann.say(room, 'line\nbreak \u2028 "quoted", 😀 \u202eעברית')
  world.wallMs += 1000
  ann.write({ kind: 'edit', target: message.id, text: 'edited' })
  ben.sync().say(room, 'bye')
  const { chat } = await openReplica(world.entries)
  const name = 'Ann, "the\n\u2029 boss" \u202e😀'
  const lines = await collect(
    chat.exportLines({ nameOf: (person) => (person === ANN ? name : undefined) }),
  )
  assert.equal(lines.length, 2)
  for (const line of lines) assert.doesNotMatch(line, /[\n\r\u2028\u2029]/)
  const exported = JSON.parse(lines[0]!) as Record<string, unknown>
  const detail = await chat.message(message.id)
  assert.equal(exported.authorName, name)
  assert.equal(exported.roomName, 'General')
  assert.deepEqual(exported.versions, detail?.versions)
  assert.deepEqual([exported.text, exported.seq], ['edited', message.seq])
})

test('names of rooms with commas, quotes, emoji and right-to-left letters are kept as they are', async () => {
  const { world, ann } = group()
  const names = ['a, b', '"quoted"', "o'clock", '🎉🎉', 'עברית', 'العربية', '<b>bold</b>', '日本語']
  const rooms = names.map((name) => ann.write({ kind: 'room', name }).id)
  const { chat } = await openReplica(world.entries)
  const shown = await Promise.all(rooms.map(async (room) => (await chat.room(room))?.name))
  assert.deepEqual(shown, names)
})

test('files of a message are shown with it until it is deleted', async () => {
  const world = new World()
  const ann = world.device('a', 'Ann')
  const room = ann.write({ kind: 'room', name: 'General' }).id
  const file = {
    name: 'cat.png',
    mediaType: 'image/png',
    sizeBytes: 1,
    root: new Uint8Array(32).fill(1),
    key: new Uint8Array(32).fill(2),
  }
  const message = { room, text: 'look', replyTo: undefined, mentions: [], attachments: [file] }
  const { id } = ann.write({ kind: 'message', ...message })
  ann.write({ kind: 'edit', target: id, text: 'look here' })
  const replica = await openReplica(world.entries)
  const [shown] = await replica.chat.messages([id])
  assert.deepEqual([shown?.text, shown?.attachments], ['look here', [file]])
  await replica.receive(ann.write({ kind: 'delete', target: id }))
  const [gone] = await replica.chat.messages([id])
  assert.deepEqual(gone?.attachments, [])
})
