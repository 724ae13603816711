/**
 * Two versions in one space: what the earlier one does not know stays, counts and is named as such; and where somebody
 * may have changed who may do what, it does not go on writing as if nothing had happened.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCbor } from '@hamlet/core'
import type { CborValue, Kv } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import {
  countNewer,
  listNewer,
  NAMES_VIEW,
  NEWER_VIEW,
  RULES_POLICY,
  RULES_VERSION,
  SpaceViewSource,
} from '@hamlet/space'
import { openViewRunner } from '@hamlet/space/view'
import type { View, ViewDefinition, ViewRunner } from '@hamlet/space/view'
import { Forger } from './_forger.ts'
import { errorCodeOf, hashOf, join, Peer, pull, syncAll } from './_world.ts'

const POLL = { type: 'chat.poll', value: ['lunch?', ['noon', 'one']] } as const

/** As a later version folds it. */
const POLLS_VIEW: ViewDefinition<string> = {
  name: 'polls',
  version: 1,
  types: new Map([['chat.poll', 'writer']]),
  reads: () => [],
  fold: (entry, state) => state.put(entry.id, entry.value),
}
const MESSAGES_VIEW: ViewDefinition<string> = {
  ...POLLS_VIEW,
  types: new Map([['chat.message', 'writer']]),
}

async function couple(): Promise<[Peer, Peer]> {
  const [ada, ben] = [new Peer('ada'), new Peer('ben')]
  await ada.create()
  await join(ada, ben)
  await syncAll(ada.space, ben.space)
  return [ada, ben]
}

function openViews(peer: Peer, kv: Kv, polls: ViewDefinition<string>): Promise<ViewRunner> {
  const source = new SpaceViewSource(peer.space)
  return openViewRunner({ source, kv, views: [NAMES_VIEW, polls, NEWER_VIEW] })
}

async function contents(view: View<string>): Promise<CborValue[]> {
  const values: CborValue[] = []
  for await (const [, value] of view.range('')) values.push(value)
  return values
}

test('an entry of an unknown type is stored, passed on and counted, and named as from a newer version', async () => {
  const [ada, ben] = await couple()
  const cleo = new Peer('cleo')
  await join(ada, cleo)
  const [poll] = await ada.space.append([POLL])
  await ada.write('what do you think?')
  await pull(ada.space, ben.space)
  // Ben, who does not know what it is, gives it to Cleo.
  await pull(ben.space, cleo.space)
  assert.equal(hashOf(ben.space), hashOf(ada.space))
  assert.equal(cleo.space.entryAt(ada.device, poll!.seq)?.id, poll!.id)
  const opened = cleo.space.openContent(cleo.space.entryAt(ada.device, poll!.seq)!)
  assert.ok(opened.kind === 'content')
  assert.deepEqual(opened.content.value, POLL.value)
  assert.deepEqual(cleo.space.pendingCounts(), { waiting: 0, held: 0 })
  const runner = await openViews(cleo, createMemoryKv(), MESSAGES_VIEW)
  await runner.caughtUp()
  const view = runner.view(NEWER_VIEW)
  assert.equal(await countNewer(view), 1)
  const { person, device } = ada
  const atMs = poll!.time.milliseconds
  const { id, seq } = poll!
  assert.deepEqual(await listNewer(view, 10), [{ id, type: POLL.type, person, device, seq, atMs }])
})

test('what was unknown is folded when the software learns the type, and unknown again where it forgets it', async () => {
  const [ada, ben] = await couple()
  for (let i = 0; i < 3; i++) await ada.space.append([POLL])
  await syncAll(ada.space, ben.space)
  const kv = createMemoryKv()
  for (const [definition, polls, newer] of [
    [MESSAGES_VIEW, 0, 3],
    [POLLS_VIEW, 3, 0],
    [POLLS_VIEW, 3, 0],
    [MESSAGES_VIEW, 0, 3],
  ] as const) {
    const runner = await openViews(ben, kv, definition)
    await runner.caughtUp()
    assert.equal((await contents(runner.view(definition))).length, polls)
    assert.equal(await countNewer(runner.view(NEWER_VIEW)), newer)
    assert.equal((await listNewer(runner.view(NEWER_VIEW), 10)).length, newer)
    await runner.close()
  }
})

test('the newest of what is unknown come first, and no more than asked for', async () => {
  const [ada] = await couple()
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await ada.space.append([POLL]))[0]!.id)
  const runner = await openViews(ada, createMemoryKv(), MESSAGES_VIEW)
  await runner.caughtUp()
  const newest = await listNewer(runner.view(NEWER_VIEW), 2)
  assert.deepEqual(
    newest.map(({ id }) => id),
    ids.slice(-2).reverse(),
  )
})

test('an operation nobody knows the rules of counts for nobody, and everybody goes on', async () => {
  const [ada, ben] = await couple()
  const forger = await Forger.open(ben, ben.space)
  const unknown = await forger.payload(encodeCbor(['banish', new Uint8Array(32), 7]))
  for (const { space } of [ada, ben]) assert.ok((await space.accept(ben.device, unknown)).ok)
  await ada.write('on we go')
  await syncAll(ada.space, ben.space)
  assert.equal(hashOf(ada.space), hashOf(ben.space))
  assert.deepEqual(ben.messages(), ['on we go'])
  assert.equal(ada.space.needsNewerVersion, false)
  assert.deepEqual(ada.space.rejected(), [])
})

/** The owner's later software raises the rules, and says what only those know. */
async function raise(ada: Peer, others: readonly Peer[], rules: number): Promise<void> {
  const forger = await Forger.open(ada, ada.space)
  for (const make of [
    () => forger.control({ name: 'policy', policy: RULES_POLICY, value: rules }),
    () => forger.payload(encodeCbor(['banish', new Uint8Array(32)])),
  ]) {
    const range = await make()
    for (const { space } of [ada, ...others]) assert.ok((await space.accept(ada.device, range)).ok)
  }
}

test('where the owner raised the rules, a device that does not know them stores, passes on, shows and writes nothing', async () => {
  const [ada, ben] = await couple()
  const cleo = new Peer('cleo')
  await join(ada, cleo)
  await syncAll(ada.space, ben.space, cleo.space)
  await ada.write('before')
  await syncAll(ada.space, ben.space, cleo.space)
  await raise(ada, [ben], RULES_VERSION + 1)
  assert.equal(ben.space.needsNewerVersion, true)
  assert.equal(await errorCodeOf(ben.write('after')), 'SPACE_NEWER_RULES')
  assert.equal(await errorCodeOf(ben.space.leave()), 'SPACE_NEWER_RULES')
  assert.equal(await errorCodeOf(ben.space.rotateEpoch()), 'SPACE_NEWER_RULES')
  assert.deepEqual(ben.messages(), ['before'])
  // Cleo writes without having heard; it arrives and is shown.
  await cleo.write('meanwhile')
  await syncAll(ada.space, ben.space, cleo.space)
  assert.deepEqual(ben.messages(), ['before', 'meanwhile'])
  assert.equal(hashOf(ben.space), hashOf(cleo.space))
  assert.equal(await errorCodeOf(cleo.write('too late')), 'SPACE_NEWER_RULES')
  await ben.space.close()
  await ben.reopen(ada.space.id)
  assert.equal(await errorCodeOf(ben.write('after a restart')), 'SPACE_NEWER_RULES')
})

test('nobody but the owner raises the rules, and nobody lowers them', async () => {
  const [ada, ben] = await couple()
  const forger = await Forger.open(ben, ben.space)
  const usurped = await forger.control({ name: 'policy', policy: RULES_POLICY, value: 9 })
  for (const { space } of [ada, ben]) await space.accept(ben.device, usurped)
  assert.equal(ada.space.controlState().rules, RULES_VERSION)
  await raise(ada, [ben], RULES_VERSION + 2)
  const owner = await Forger.open(ada, ada.space)
  const values: readonly CborValue[] = [RULES_VERSION, 0, -1, 'all', null, [99], 2 ** 60]
  for (const value of values) {
    const range = await owner.control({ name: 'policy', policy: RULES_POLICY, value })
    assert.ok((await ben.space.accept(ada.device, range)).ok)
  }
  assert.equal(ben.space.controlState().rules, RULES_VERSION + 2)
})

test('who does not know rules does not ask others to keep them', async () => {
  const [ada] = await couple()
  for (const value of [RULES_VERSION + 1, 'newest', true]) {
    assert.equal(await errorCodeOf(ada.space.setPolicy(RULES_POLICY, value)), 'SPACE_NEWER_RULES')
  }
  await ada.space.setPolicy(RULES_POLICY, RULES_VERSION)
  await ada.write('as before')
})

test('what was found by other rules is found anew: operations passed over then may count now', async () => {
  const [ada] = await couple()
  await ada.write('kept')
  const id = ada.space.id
  await ada.space.close()
  let clears = 0
  const kv = ada.kv
  ada.kv = {
    get: (key) => kv.get(key),
    getMany: (keys) => kv.getMany(keys),
    put: (key, value) => kv.put(key, value),
    delete: (key) => kv.delete(key),
    batch: (writes) => kv.batch(writes),
    range: (range) => kv.range(range),
    close: () => kv.close(),
    clear: (range) => {
      clears++
      return kv.clear(range)
    },
  }
  await (await ada.reopen(id)).close()
  assert.equal(clears, 0, 'by the same rules it is read')
  await kv.put(Uint8Array.of(0), Uint8Array.of(2, RULES_VERSION + 1))
  await ada.reopen(id)
  assert.equal(clears, 1)
  assert.deepEqual(ada.messages(), ['kept'])
  assert.equal(ada.space.members().length, 2)
})
