import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCbor, encodeCbor } from '@hamlet/core'
import {
  decodeVault,
  HELD_OBJECTS_MAX,
  isWanted,
  mayBeDropped,
  OBJECT_SHARDS_MAX,
  placesOf,
  REMOVAL_GRACE_MS,
  VAULT_TYPES,
  vaultDraft,
} from '../src/index.ts'
import type { CatalogBatch, VaultBook, VaultContent, VaultError } from '../src/index.ts'
import { idOf, openReplica, someManifest, World } from './_world.ts'

const [object] = [idOf<never>('object')]
const device = idOf<never>('device')

const CONTENTS: readonly VaultContent[] = [
  { kind: 'pledge', to: idOf<never>('ann'), bytes: 10_000_000, untilMs: 0, household: 'Mill Lane' },
  { kind: 'accept', pledge: idOf<never>('pledge') },
  {
    kind: 'objects',
    objects: [
      { manifest: someManifest(3), places: [{ shard: 3, device }] },
      { manifest: someManifest(9, 1, 1), places: [] },
    ],
  },
  { kind: 'assign', assignments: [{ object, shard: 63, device }] },
  {
    kind: 'held',
    held: [
      { object, shards: [0, 2, 63], why: 'none' },
      { object, shards: [], why: 'disk-full' },
    ],
  },
  { kind: 'leave', untilMs: 1 },
  { kind: 'remove', objects: [object], isRemoved: true },
  { kind: 'renew', untilMs: 5 },
  { kind: 'grant', bytes: 7, untilMs: 8 },
  { kind: 'claim', object, shard: 2, untilMs: 9 },
  { kind: 'fault', object, shard: 1, device, fault: 'missing', evidence: Uint8Array.of(1) },
  { kind: 'proven', proofs: [{ device, atMs: 10, answers: 5, failures: 1 }] },
  { kind: 'key', sealedKeys: Uint8Array.of(1, 2) },
  { kind: 'catalog', sealedOperations: Uint8Array.of(3) },
]

test('gives every content back as it was, and refuses others', () => {
  assert.deepEqual(
    new Set(CONTENTS.map((each) => vaultDraft(each).type)),
    new Set(VAULT_TYPES.keys()),
  )
  for (const content of CONTENTS) {
    const { type, value } = vaultDraft(content)
    assert.deepEqual(decodeVault(type, value), content)
    assert.equal(decodeVault(type, [...(value as []), 1]), undefined)
  }
  assert.equal(decodeVault('vault.other', []), undefined)
})

test('what others would not take is refused where it is written', () => {
  const wrong: readonly VaultContent[] = [
    { kind: 'held', held: [{ object, shards: [2, 1], why: 'none' }] },
    { kind: 'held', held: [] },
    { kind: 'claim', object, shard: 64, untilMs: 0 },
    { kind: 'catalog', sealedOperations: new Uint8Array(60_001) },
    {
      kind: 'objects',
      objects: [
        {
          manifest: someManifest(1),
          places: [
            { shard: 1, device },
            { shard: 1, device },
          ],
        },
      ],
    },
    { kind: 'objects', objects: [{ manifest: someManifest(1), places: [{ shard: 4, device }] }] },
  ]
  for (const content of wrong) {
    assert.throws(
      () => vaultDraft(content),
      (error: VaultError) => error.code === 'VAULT_BAD_ENTRY',
    )
  }
})

test('who holds what is what each device said last', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const ben = world.device('phone', 'ben')
  const id = ann.announce(someManifest(1), [{ shard: 0, device: ben.id }])
  ben.sync().hold(id, 0, 2)
  const replica = await openReplica(ann.person, world.entries)
  const before = await replica.book.object(id)
  assert.deepEqual(
    before?.holders.map(({ person, shards }) => [person, shards]),
    [[ben.person, [0, 2]]],
  )
  await replica.receive(ben.hold(id))
  assert.deepEqual((await replica.book.object(id))?.holders[0]?.shards, [])
})

test('the most that one entry says is held is still read by others', () => {
  const shards = Array.from({ length: OBJECT_SHARDS_MAX }, (_, shard) => shard)
  const held = Array.from({ length: HELD_OBJECTS_MAX }, () => ({
    object,
    shards,
    why: 'none' as const,
  }))
  const { type, value } = vaultDraft({ kind: 'held', held })
  const read = decodeCbor(encodeCbor([type, value]))
  assert.ok(read.ok)
  assert.throws(() => vaultDraft({ kind: 'held', held: [...held, held[0]!] }), {
    code: 'VAULT_BAD_ENTRY',
  })
})

test('where a shard shall be is the word of its owner, or of others while the owner lets them', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const ben = world.device('phone', 'ben')
  const cleo = world.device('tablet', 'cleo')
  const id = ann.announce(someManifest(1), [{ shard: 0, device: ben.id }])
  world.wallMs += 10
  ben.sync().assign(id, 0, cleo.id)
  const replica = await openReplica(ann.person, world.entries)
  const places = async () => {
    const known = await replica.book.object(id)
    return placesOf(known!, await replica.book.grants()).map((place) => place.device)
  }
  assert.deepEqual(await places(), [ben.id])
  const grant: VaultContent = { kind: 'grant', bytes: 1000, untilMs: world.wallMs + 100 }
  await replica.receive(ann.sync().write(grant))
  assert.deepEqual(await places(), [cleo.id])
  world.wallMs += 1000
  await replica.receive(ben.sync().assign(id, 0, ann.id))
  assert.deepEqual(await places(), [ben.id], 'said after the grant had ended')
})

test('what its owner removed is kept for the time of grace, and comes back with a word', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const id = ann.announce(someManifest(1))
  const replica = await openReplica(ann.person, world.entries)
  world.wallMs += 1000
  await replica.receive(ann.write({ kind: 'remove', objects: [id], isRemoved: true }))
  const removed = (await replica.book.object(id))!
  const removedAtMs = removed.owners[0]!.removedAtMs!
  assert.ok(!isWanted(removed))
  assert.ok(!mayBeDropped(removed, removedAtMs + REMOVAL_GRACE_MS - 1))
  assert.ok(mayBeDropped(removed, removedAtMs + REMOVAL_GRACE_MS))
  world.wallMs += 1000
  await replica.receive(ann.write({ kind: 'remove', objects: [id], isRemoved: false }))
  assert.ok(isWanted((await replica.book.object(id))!))
})

test('nobody removes what is another’s', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const id = ann.announce(someManifest(1))
  const ben = world.device('phone', 'ben', 'admin').sync()
  ben.write({ kind: 'remove', objects: [id], isRemoved: true })
  const { book } = await openReplica(ann.person, world.entries)
  assert.ok(isWanted((await book.object(id))!))
})

test('a pledge is accepted by whom it is for, the newest counts, and none is withdrawn', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const ben = world.device('phone', 'ben')
  const pledge = ben.pledge(ann, 5000, 'Mill Lane')
  ben.write({ kind: 'accept', pledge })
  const replica = await openReplica(ann.person, world.entries)
  assert.deepEqual(
    (await replica.book.pledges()).map(({ bytes, isAccepted }) => [bytes, isAccepted]),
    [[5000, false]],
  )
  await replica.receive(ann.sync().write({ kind: 'accept', pledge }))
  assert.equal((await replica.book.pledges())[0]!.isAccepted, true)
  world.wallMs += 1
  const withdrawn: VaultContent = {
    ...{ kind: 'pledge', to: ann.person, untilMs: 0 },
    ...{ bytes: 0, household: '' },
  }
  await replica.receive(ben.write(withdrawn))
  assert.deepEqual(await replica.book.pledges(), [])
})

test('room that is taken counts what the helper holds of what is still wanted', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const ben = world.device('phone', 'ben')
  const [first, second] = [ann.announce(someManifest(0)), ann.announce(someManifest(100))]
  ben.sync().hold(first, 0, 1)
  ben.hold(second, 0)
  ann.sync().write({ kind: 'remove', objects: [second], isRemoved: true })
  const { book } = await openReplica(ann.person, world.entries)
  assert.equal(await book.usedBytes(new Set([ben.id]), ann.person), 2 * 500)
  assert.equal(await book.usedBytes(new Set([ben.id]), ben.person), 0)
})

test('operations of one’s own catalog come in the order of entries, and nobody else’s are kept', async () => {
  const world = new World()
  const ann = world.device('laptop', 'ann')
  const phone = world.device('phone', 'ann')
  const ben = world.device('tablet', 'ben')
  for (const [at, device] of [ann, phone, ben, ann].entries()) {
    world.wallMs += 1
    device.sync().write({ kind: 'catalog', sealedOperations: Uint8Array.of(at) })
  }
  const { book } = await openReplica(ann.person, world.entries)
  const batches = await batchesOf(book)
  assert.deepEqual(
    batches.map(({ device: by, seq, sealedOperations }) => [by, seq, sealedOperations[0]]),
    [
      [ann.id, 0, 0],
      [phone.id, 0, 1],
      [ann.id, 1, 3],
    ],
  )
  assert.equal((await batchesOf(book, batches[1]!.position)).length, 1)
})

async function batchesOf(book: VaultBook, position = ''): Promise<readonly CatalogBatch[]> {
  const batches: CatalogBatch[] = []
  for await (const batch of book.catalog(position)) batches.push(batch)
  return batches
}
