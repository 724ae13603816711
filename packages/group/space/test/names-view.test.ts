/** Names as labels: last writer wins, in whatever order entries are folded; what cannot be shown is not shown. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import {
  deviceNameKey,
  NAMES_VIEW,
  personNameKey,
  profileDraft,
  registerName,
  SPACE_NAME_AGAIN_KEY,
  SPACE_NAME_KEY,
  spaceNameAgainDraft,
  spaceNameDraft,
  SpaceViewSource,
} from '@hamlet/space'
import type { ContentDraft, ContentEntry, NamesChange } from '@hamlet/space'
import { openViewRunner } from '@hamlet/space/view'
import type { View, ViewEvent, ViewRunner, ViewState } from '@hamlet/space/view'
import { join, Peer, pull } from './_world.ts'

const ANNA = 'aa'.repeat(32) as PersonId
const PHONE = 'bb'.repeat(32) as DeviceId

function entryOf(draft: ContentDraft, atMs: number, id = 1): ContentEntry {
  return {
    id: String(id).padStart(64, '0') as EntryId,
    device: PHONE,
    person: ANNA,
    seq: 0,
    time: { milliseconds: atMs, counter: 0 },
    epoch: '00'.repeat(32) as ContentEntry['epoch'],
    role: 'owner',
    ...draft,
  }
}

/** The registers after folding the entries in this order. */
function fold(...entries: readonly ContentEntry[]): {
  readonly names: Record<string, string | undefined>
  readonly changes: readonly NamesChange[]
} {
  const values = new Map<string, CborValue>()
  const changes: NamesChange[] = []
  const state = {
    get: (key: string) => values.get(key),
    put: (key: string, value: CborValue) => void values.set(key, value),
    emit: (change: NamesChange) => void changes.push(change),
  } as ViewState<NamesChange>
  for (const entry of entries) NAMES_VIEW.fold(entry, state)
  const names = [...values].map(([key, value]) => [key, registerName(value)] as const)
  return { names: Object.fromEntries(names), changes }
}

test('a space has the name that was given last', () => {
  const older = entryOf(spaceNameDraft('Old'), 1)
  const newer = entryOf(spaceNameDraft('New'), 2)
  for (const order of [
    [older, newer],
    [newer, older],
  ]) {
    assert.equal(fold(...order).names[SPACE_NAME_KEY], 'New')
  }
})

test('a profile names its author and the device it was written on', () => {
  const { names, changes } = fold(entryOf(profileDraft('Anna', "Anna's phone"), 1))
  assert.deepEqual(names, { [personNameKey(ANNA)]: 'Anna', [deviceNameKey(PHONE)]: "Anna's phone" })
  assert.deepEqual(changes, ['profile'])
})

test('a name told again is kept apart from the one that was given', () => {
  const given = entryOf(spaceNameDraft('Given'), 1)
  const told = entryOf(spaceNameAgainDraft('Told'), 2)
  for (const order of [
    [given, told],
    [told, given],
  ]) {
    const { names } = fold(...order)
    assert.deepEqual([names[SPACE_NAME_KEY], names[SPACE_NAME_AGAIN_KEY]], ['Given', 'Told'])
  }
  assert.equal(NAMES_VIEW.types.get('space.name-again'), 'writer')
  assert.equal(NAMES_VIEW.types.get('space.name'), 'admin')
})

test('what changes nothing is not told', () => {
  const newer = entryOf(spaceNameDraft('New'), 2)
  assert.deepEqual(fold(newer, entryOf(spaceNameDraft('Old'), 1)).changes, ['space'])
})

test('any order gives the same names', () => {
  const drafts = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }).map(spaceNameDraft),
    fc.string({ minLength: 1, maxLength: 20 }).map(spaceNameAgainDraft),
    fc
      .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ minLength: 1, maxLength: 20 }))
      .map(([name, device]) => profileDraft(name, device)),
  )
  const entries = fc
    .array(fc.tuple(drafts, fc.nat(3)), { maxLength: 8 })
    .map((list) => list.map(([draft, atMs], i) => entryOf(draft, atMs, i)))
  const shuffled = entries.chain((list) =>
    fc.shuffledSubarray(list, { minLength: list.length }).map((other) => [list, other] as const),
  )
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      assert.deepEqual(
        Object.entries(fold(...list).names)
          .map(String)
          .sort(),
        Object.entries(fold(...other).names)
          .map(String)
          .sort(),
      )
    }),
  )
})

test('malformed values change nothing', () => {
  const values: readonly CborValue[] = [
    [],
    [''],
    ['a', 'b', 'c'],
    [1],
    ['x'.repeat(201)],
    'Home',
    null,
    [['Home']],
    new Map([['name', 'Home']]),
  ]
  for (const value of values) {
    for (const type of ['space.name', 'space.profile']) {
      assert.deepEqual(fold(entryOf({ type, value }, 1)), { names: {}, changes: [] })
    }
  }
  assert.deepEqual(fold(entryOf({ type: 'space.name', value: ['a', 'b'] }, 1)).changes, [])
  assert.deepEqual(fold(entryOf({ type: 'space.profile', value: ['a'] }, 1)).changes, [])
})

test('a name that cannot be shown is kept and not shown', () => {
  for (const name of ['two\nlines', '\u202eright to left', ' ', 'a\u0000b']) {
    const { names } = fold(entryOf(spaceNameDraft(name), 1))
    assert.deepEqual(names, { [SPACE_NAME_KEY]: undefined }, JSON.stringify(name))
  }
  assert.equal(registerName(undefined), undefined)
  assert.equal(registerName(['Home']), undefined)
})

test('the view names keys before it folds', () => {
  assert.deepEqual(NAMES_VIEW.reads?.(entryOf(profileDraft('Anna', 'phone'), 1)), [
    personNameKey(ANNA),
    deviceNameKey(PHONE),
  ])
  assert.deepEqual(NAMES_VIEW.reads?.(entryOf(spaceNameDraft('Home'), 1)), [SPACE_NAME_KEY])
})

async function openNames(peer: Peer): Promise<[ViewRunner, View<NamesChange>]> {
  const runner = await openViewRunner({
    source: new SpaceViewSource(peer.space),
    kv: createMemoryKv(),
    views: [NAMES_VIEW],
    logger: silentLogger,
  })
  return [runner, runner.view(NAMES_VIEW)]
}

test('in a real space an admin names it, a writer does not, and everybody names themselves', async () => {
  const [ada, ben] = [new Peer('ada'), new Peer('ben')]
  await ada.create()
  await join(ada, ben)
  const [runner, names] = await openNames(ada)
  const events: ViewEvent<NamesChange>[] = []
  names.subscribe((event) => events.push(event))
  await ben.space.append([spaceNameDraft("Ben's"), profileDraft('Ben', 'laptop')])
  await pull(ben.space, ada.space)
  await runner.caughtUp()
  assert.equal(registerName(await names.get(SPACE_NAME_KEY)), 'Home')
  assert.equal(registerName(await names.get(personNameKey(ben.person))), 'Ben')
  assert.equal(registerName(await names.get(deviceNameKey(ben.device))), 'laptop')
  assert.equal(events.length > 0, true)
  await runner.close()
})
