import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, encodeCbor, hexToBytes } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import { decodeFiles, filesDraft } from '../src/entries/content.ts'
import type { FilesContent } from '../src/entries/content.ts'
import {
  draftHoldings,
  draftRemoval,
  draftShare,
  draftShareName,
} from '../src/entries/files-drafts.ts'
import { HOLDINGS_MAX } from '../src/entries/limits.ts'
import { head, idOf, openReplica, World } from './_world.ts'

test('gives every content back as it was, and refuses others', () => {
  const share = idOf<never>('share')
  const contents: readonly FilesContent[] = [
    { kind: 'share', ...head('Holiday') },
    { kind: 'share', ...head('film.mp4'), key: undefined, isFolder: false, mediaType: 'video/mp4' },
    { kind: 'rename', share, name: 'Summer' },
    { kind: 'remove', share },
    { kind: 'restore', share },
    { kind: 'seeds', share, webSeeds: ['https://files.example/'] },
    { kind: 'held', holdings: [{ share, heldBytes: 5, isPinned: true }] },
  ]
  for (const content of contents) {
    const { type, value } = filesDraft(content)
    assert.deepEqual(decodeFiles(type, value), content)
    assert.equal(decodeFiles(type, [...(value as []), 1]), undefined)
  }
  assert.equal(decodeFiles('files.other', []), undefined)
  assert.equal(decodeFiles('files.held.read', [[]]), undefined)
})

test('shares are listed with the newest first, by the name they were given last', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const first = ann.share('Holiday')
  world.wallMs += 1000
  const second = ann.share('film.mp4')
  ann.write({ kind: 'rename', share: first.id, name: 'Summer' })
  const { shares } = await openReplica(world.entries)
  const list = await shares.list()
  assert.deepEqual(
    list.map(({ id, name }) => [id, name]),
    [
      [second.id, 'film.mp4'],
      [first.id, 'Summer'],
    ],
  )
  assert.equal(list[0]!.person, ann.person)
  assert.equal(list[0]!.totalBytes, 1000)
})

test('only who shared it and admins rename and remove it', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const share = ann.share('Holiday').id
  const ben = world.device('phone', 'ben').sync()
  ben.write({ kind: 'rename', share, name: 'Mine' })
  ben.write({ kind: 'remove', share })
  const replica = await openReplica(world.entries)
  assert.equal((await replica.shares.get(share))?.name, 'Holiday')
  assert.equal((await replica.shares.get(share))?.isRemoved, false)
  const cleo = world.device('tablet', 'cleo', 'admin').sync()
  const removal = cleo.write({ kind: 'remove', share })
  await replica.receive(...world.entries.slice(3, 4), removal)
  assert.deepEqual(await replica.shares.list(), [])
  assert.equal((await replica.shares.list({ removed: true })).length, 1)
  await replica.receive(ann.sync().write({ kind: 'restore', share }))
  assert.equal((await replica.shares.list()).length, 1)
})

test('of what a device says it holds the last word counts, and it speaks for itself alone', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const share = ann.share('Holiday').id
  const ben = world.device('phone', 'ben', 'reader').sync()
  ben.hold(share, 300)
  ben.hold(share, 700)
  const replica = await openReplica(world.entries)
  const held = async (): Promise<unknown> =>
    (await replica.shares.get(share))?.holdings
      .map(({ device, heldBytes, isPinned }) => `${device} ${heldBytes} ${isPinned}`)
      .sort()
  assert.deepEqual(
    await held(),
    [`${ann.id} 1000 false`, `${ben.id} 700 false`].sort(),
    'whoever shared it has it',
  )
  await replica.receive(ann.hold(share, 1000, true))
  await replica.receive(ben.hold(share, 0))
  assert.deepEqual(await held(), [`${ann.id} 1000 true`])
  await replica.receive(ann.hold(share, 0))
  assert.deepEqual(await held(), [])
})

test('web seeds are those that who may say so named last, within the bounds of the format', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const { id: share } = ann.share('Holiday')
  const bob = world.device('phone', 'bob').sync()
  ann.write({ kind: 'seeds', share, webSeeds: ['https://a.example/', 'https://b.example/'] })
  bob.write({ kind: 'seeds', share, webSeeds: ['https://spy.example/'] })
  const replica = await openReplica(world.entries)
  const seeds = async () => (await replica.shares.get(share))?.webSeeds
  assert.deepEqual(await seeds(), ['https://a.example/', 'https://b.example/'])
  const cleo = world.device('tablet', 'cleo', 'owner').sync()
  await replica.receive(cleo.write({ kind: 'seeds', share, webSeeds: [] }))
  assert.deepEqual(await seeds(), [])
  const golden = readFileSync(join(import.meta.dirname, 'golden/seeds-v1.json'), 'utf8')
  const { type, value } = JSON.parse(golden) as { type: string; value: string }
  const content: FilesContent = {
    kind: 'seeds',
    share: '11'.repeat(32) as EntryId,
    webSeeds: ['https://files.example/'],
  }
  const draft = filesDraft(content)
  assert.deepEqual([draft.type, bytesToHex(encodeCbor(draft.value))], [type, value])
  const read = (webSeeds: readonly string[]) =>
    decodeFiles('files.seeds', [hexToBytes(share), webSeeds])
  assert.ok(read(Array.from({ length: 8 }, () => 'x'.repeat(300))))
  assert.equal(read(Array.from({ length: 9 }, () => 'x')), undefined)
  assert.equal(read(['x'.repeat(301)]), undefined)
  assert.equal(read(['']), undefined)
})

test('what is said of a share before it is here waits for it', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const share = ann.share('Holiday')
  const cleo = world.device('tablet', 'cleo', 'owner').sync()
  const rename = cleo.write({ kind: 'rename', share: share.id, name: 'Summer' })
  const replica = await openReplica([rename])
  assert.deepEqual(await replica.shares.list(), [])
  await replica.receive(share)
  assert.equal((await replica.shares.get(share.id))?.name, 'Summer')
})

test('drafts refuse what others would not take', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const id = ann.share('Holiday').id
  const { shares } = await openReplica(world.entries)
  const share = await shares.get(id)
  const actor = { person: ann.person, role: 'writer' } as const
  const other = { person: idOf<never>('ben'), role: 'writer' } as const
  assert.equal(draftShareName(share, 'Summer', actor).type, 'files.rename')
  assert.equal(draftRemoval(share, true, { ...other, role: 'admin' }).type, 'files.remove')
  assert.equal(draftRemoval(share, false, actor).type, 'files.restore')
  assert.throws(() => draftRemoval(share, true, other), { code: 'FILES_NOT_ALLOWED' })
  assert.throws(() => draftRemoval(share, true, { ...actor, role: 'reader' }), {
    code: 'FILES_NOT_ALLOWED',
  })
  assert.throws(() => draftRemoval(undefined, true, actor), { code: 'FILES_UNKNOWN_SHARE' })
  assert.throws(() => draftShareName(share, 'a/b', actor), { code: 'FILES_BAD_NAME' })
  assert.throws(() => draftShare(head('..')), { code: 'FILES_BAD_NAME' })
  assert.throws(() => draftShare({ ...head('a'), totalBytes: 2 ** 50 }), {
    code: 'FILES_BAD_SHARE',
  })
})

test('one entry tells of five hundred shares, more take several', () => {
  const holding = { share: idOf<never>('share'), heldBytes: 1, isPinned: false }
  const drafts = draftHoldings(Array.from({ length: HOLDINGS_MAX + 1 }, () => holding))
  assert.equal(drafts.length, 2)
  for (const { type, value } of drafts) assert.ok(decodeFiles(type, value))
})
