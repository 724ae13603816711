/**
 * Goal: search finds exactly the messages that match as they now are, newest first, whatever order the entries came in
 * and wherever the blocks of the index end. Method: a thousand entries of few words, so that several blocks close, with
 * edits and deletions in between; two replicas in different orders against going through all messages.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BLOCK_SLOTS, BLOCK_UNITS_MAX } from '../src/search-index.ts'
import { matchesSearch, parseSearch, textWords } from '../src/words.ts'
import { World, idOf, openReplica } from './_world.ts'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ChatContent, ChatMessage } from '../src/index.ts'
import type { CausalEntry, Replica } from './_world.ts'

const WORDS = ['apple', 'apricot', 'bread', 'brew', 'été', 'étage', 'ab', '東京', '9', 'zebra']
const ANN = idOf<PersonId>('person Ann')
const SEARCHES = ['apple', 'apple ', 'ap', 'bread brew ', 'zebra ap', 'ét', '京東', 'a b', 'none']
const SIZE = 1300

/** Small numbers from a seed: fast-check shrinks one number better than a thousand. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function randomText(next: (below: number) => number): string {
  return Array.from({ length: 1 + next(4) }, () => WORDS[next(next(WORDS.length) + 1)]).join(' ')
}

function play(seed: number): readonly CausalEntry[] {
  const next = numbersFrom(seed)
  const world = new World()
  const devices = ['a', 'b', 'c'].map((name) => world.device(name, 'Ann', 'owner'))
  const room = devices[0]!.write({ kind: 'room', name: 'General' }).id
  const said: EntryId[] = []
  for (let i = 0; i < SIZE; i++) {
    const device = devices[next(devices.length)]!
    device.skewMs = next(1_000_000)
    const target = said[next(said.length)]
    const what = next(10)
    if (what > 2 || target === undefined) said.push(device.say(room, randomText(next)).id)
    else device.write(change(what, target, randomText(next)))
  }
  return world.entries
}

function change(what: number, target: EntryId, text: string): ChatContent {
  return what === 0 ? { kind: 'delete', target } : { kind: 'edit', target, text }
}

/** The devices' logs one after the other: changes come before what they change as well. */
function byDevice(entries: readonly CausalEntry[]): readonly CausalEntry[] {
  return entries.toSorted((a, b) => (a.device < b.device ? -1 : a.device > b.device ? 1 : 0))
}

async function* pagesOf({ chat }: Replica, search: string, limit: number) {
  let before: EntryId | undefined
  for (;;) {
    const query = { search, limit, ...(before === undefined ? {} : { before }) }
    const { messages, hasOlder } = await chat.page(query, ANN)
    yield messages.toReversed()
    if (!hasOlder) return
    before = messages[0]!.id
  }
}

async function found(replica: Replica, search: string, limit: number): Promise<readonly EntryId[]> {
  const ids: EntryId[] = []
  for await (const page of pagesOf(replica, search, limit)) ids.push(...page.map(({ id }) => id))
  return ids
}

async function countKeys({ view }: Pick<Replica, 'view'>, prefix: string): Promise<number> {
  let count = 0
  for await (const [key] of view.range(prefix)) if (key.startsWith(prefix)) count++
  return count
}

async function matching({ chat }: Replica, searches: readonly string[]) {
  const messages: ChatMessage[] = []
  for (let before: EntryId | undefined; ; before = messages.at(-1)!.id) {
    const page = await chat.page({ limit: 500, ...(before === undefined ? {} : { before }) }, ANN)
    messages.push(...page.messages.toReversed())
    if (!page.hasOlder) break
  }
  return searches.map((search) => {
    const parsed = parseSearch(search)
    return messages
      .filter(({ text, deleted }) => !deleted && matchesSearch(parsed, text))
      .map(({ id }) => id)
  })
}

test('finds what matches now, newest first, page by page, in any order of arrival', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 40, max: 500 }), async (seed, limit) => {
      const entries = play(seed)
      const left = await openReplica(entries)
      const right = await openReplica(byDevice(entries))
      const expected = await matching(left, SEARCHES)
      for (const [i, search] of SEARCHES.entries()) {
        assert.deepEqual(await found(left, search, limit), expected[i], search)
        assert.deepEqual(await found(right, search, limit), expected[i], search)
      }
    }),
    { numRuns: 2 },
  )
})

test('writes a fraction of a key per message for what is no longer in the open block', async () => {
  const replica = await openReplica(play(7))
  const pages = await countKeys(replica, 'w/')
  const blocks = await countKeys(replica, 'b/')
  assert.equal(blocks, 2)
  assert.ok(pages <= 8 * blocks, `${pages} pages`)
  assert.ok(blocks * BLOCK_SLOTS <= SIZE)
})

test('long texts end a block early, and one of the longest forms fits into its page', async () => {
  const world = new World()
  const ann = world.device('a', 'Ann')
  const room = ann.write({ kind: 'room', name: 'General' }).id
  for (let i = 0; i < 3; i++) ann.say(room, '\ufdfa'.repeat(5461))
  const replica = await openReplica(world.entries)
  assert.ok(5461 * 18 * 2 > BLOCK_UNITS_MAX)
  assert.equal(await countKeys(replica, 'b/'), 1)
  assert.equal((await found(replica, 'صلى ', 10)).length, 3)
})

test('words of plain text are those of the same text among other scripts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), (text) => {
      const among = [...textWords(`${text} é`)].filter((word) => word !== 'é')
      assert.deepEqual([...textWords(text)], among)
    }),
  )
})
