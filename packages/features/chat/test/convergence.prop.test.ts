/**
 * Goal: the stored state is a function of the set of entries. Method: random scripts of three people on four devices
 * that see each other now and then; every replica folds the same entries in another causal order, some of them twice.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { idToBytes } from '@hamlet/core'
import { foldChat } from '../src/chat-fold.ts'
import { World, causalOrder, idOf, openReplica, stateHash } from './_world.ts'
import type { CborValue, EntryId } from '@hamlet/core'
import type { CausalEntry, Replica, WritingDevice } from './_world.ts'
import type { ViewState } from '@hamlet/space/view'

const step = fc.record(
  {
    who: fc.nat({ max: 3 }),
    what: fc.nat({ max: 9 }),
    target: fc.nat({ max: 40 }),
    sync: fc.boolean(),
    skewMs: fc.integer({ min: -100_000, max: 100_000 }),
  },
  { noNullPrototype: true },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
const script = fc.array(step, { minLength: 1, maxLength: 30 })
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 30 })

function play(steps: readonly Step[], lying: boolean): readonly CausalEntry[] {
  const world = new World()
  const devices = [
    world.device('a1', 'Ann', 'owner'),
    world.device('a2', 'Ann', 'owner'),
    world.device('b', 'Ben'),
    world.device('c', 'Cat', 'reader'),
  ]
  const room = devices[0]!.write({ kind: 'room', name: 'General' })
  for (const each of devices) each.sync()
  for (const each of steps) act(world, devices[each.who]!, room.id, each, lying)
  return world.entries
}

/** A liar names entries it has not seen as its past. */
function act(world: World, device: WritingDevice, room: EntryId, each: Step, lying: boolean): void {
  device.skewMs = each.skewMs
  world.wallMs += 40_000
  if (each.sync) device.sync()
  const seen = world.entries.filter(({ id }) => lying || device.hasSeen(id))
  const messages = seen.filter(({ type }) => type.startsWith('chat.message'))
  const target = messages[each.target % Math.max(1, messages.length)]
  const text = `text ${each.target} of ${device.id.slice(0, 4)}`
  if (each.what <= 2 || target === undefined) return void device.say(room, text, target?.id)
  if (each.what === 9) {
    return void device.writeDraft({ type: 'chat.message.poll', value: [idToBytes(room), text] })
  }
  if (each.what === 3) device.write({ kind: 'edit', target: target.id, text })
  else if (each.what === 4) device.write({ kind: 'delete', target: target.id })
  else if (each.what === 5) device.write({ kind: 'rename', room, name: text })
  else if (each.what === 8) {
    const again = { room: each.target % 2 === 0 ? room : idOf<EntryId>('a room nobody can read') }
    device.write({ kind: 'room-again', ...again, name: text, madeAtMs: each.target })
  } else if (each.what === 6) device.write({ kind: 'read', room, upTo: target })
  else device.write(reaction(target, each, seen))
}

function reaction(target: CausalEntry, each: Step, seen: readonly CausalEntry[]) {
  const observed = seen
    .filter(({ type }) => type === 'chat.react')
    .slice(0, 3)
    .map(({ device, seq }) => ({ replica: device, seq }))
  const emoji = each.target % 2 === 0 ? '👍' : '🎉'
  return { kind: 'react', target: target.id, emoji, on: each.target % 3 > 0, observed } as const
}

for (const lying of [false, true]) {
  const title = lying ? 'when authors name targets they have not seen' : 'in every causal order'
  test(`replicas hold the same state ${title}`, async () => {
    await fc.assert(
      fc.asyncProperty(script, choices, choices, async (steps, one, other) => {
        const entries = play(steps, lying)
        const left = await openReplica(causalOrder(entries, one))
        const right = await openReplica()
        for (const entry of causalOrder(entries, other)) right.source.add(entry)
        await right.runner.caughtUp()
        assert.equal(await stateHash(left.view), await stateHash(right.view))
        for (const search of ['text', 'text 4 ', 'of']) {
          assert.deepEqual(await found(left, search), await found(right, search))
        }
      }),
      { numRuns: 60 },
    )
  })
}

test('folding every entry again, in any place, changes nothing', () => {
  fc.assert(
    fc.property(script, choices, (steps, order) => {
      const entries = causalOrder(play(steps, true), order)
      const once = foldAll(entries)
      const twice = foldAll(entries.flatMap((entry, i) => [entry, entries[i >> 1]!, entry]))
      assert.deepEqual(twice, once)
      assert.deepEqual(foldAll([...entries, ...entries.toReversed()]), once)
    }),
  )
})

test('a void message takes what was said about it along, on every device', async () => {
  const world = new World()
  const ann = world.device('a', 'Ann')
  const room = ann.write({ kind: 'room', name: 'General' })
  const lost = ann.say(room.id, 'void')
  const edit = ann.write({ kind: 'edit', target: lost.id, text: 'edited' })
  const answer = ann.say(room.id, 'answer', lost.id)
  const left = await openReplica([room, edit, answer])
  const right = await openReplica([room, lost, edit, answer])
  right.source.hide(lost)
  await right.runner.caughtUp()
  assert.equal(await stateHash(left.view), await stateHash(right.view))
  const page = await right.chat.page({}, idOf('person Ben'))
  assert.deepEqual(
    page.messages.map(({ text, replyTo }) => [text, replyTo?.author]),
    [['answer', undefined]],
  )
})

async function found({ chat }: Replica, search: string): Promise<readonly EntryId[]> {
  const { messages } = await chat.page({ search }, idOf('person Ann'))
  return messages.map(({ id }) => id)
}

function foldAll(entries: readonly CausalEntry[]): ReadonlyMap<string, CborValue> {
  const values = new Map<string, CborValue>()
  const state: ViewState = {
    get: (key) => values.get(key),
    getMany: (keys) => keys.map((key) => values.get(key)),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)).sort(),
    put: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    emit() {},
  }
  for (const entry of entries) foldChat(entry, state)
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)))
}
