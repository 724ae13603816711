/**
 * Goal: an operation is taken up once, whatever crashes, restarts or sets the clock. Method: a disk that loses what was not
 * synced, at any moment of a random sequence, against a model of what had been answered; damage; a clock that jumps.
 */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createMemoryDisk } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import {
  encodeOperationRecords,
  OPERATION_WINDOW_MS,
  OperationBook,
  OPERATIONS_KEPT_MAX,
  readOperationRecords,
} from '../src/operation-book.ts'
import { crypto, NOW_MS, seededRandom, TestClock } from './_world.ts'

function idOf(number: number): string {
  return number.toString(16).padStart(64, '0')
}

function open(disk: MemoryDisk, clock: TestClock): Promise<OperationBook> {
  return OperationBook.open({ disk, crypto, clock })
}

test('an operation is new once, also for whoever asks at the same time and after a restart', async () => {
  const [disk, clock] = [createMemoryDisk(), new TestClock()]
  let book = await open(disk, clock)
  const spendings = await Promise.all([1, 2, 1].map((id) => book.spend(idOf(id), NOW_MS)))
  assert.deepEqual(spendings, ['new', 'new', 'replayed'])
  await book.close()
  disk.crash(seededRandom('power'))
  book = await open(disk, clock)
  assert.equal(await book.spend(idOf(1), NOW_MS), 'replayed')
  assert.equal(await book.spend(idOf(3), NOW_MS), 'new')
  await book.close()
})

test('what was signed too long ago, or ahead of the clock, is stale to the millisecond', async () => {
  const book = await open(createMemoryDisk(), new TestClock())
  const spend = (id: number, atMs: number) => book.spend(idOf(id), atMs)
  assert.equal(await spend(1, NOW_MS - OPERATION_WINDOW_MS), 'new')
  assert.equal(await spend(2, NOW_MS - OPERATION_WINDOW_MS - 1), 'stale')
  assert.equal(await spend(3, NOW_MS + OPERATION_WINDOW_MS), 'new')
  assert.equal(await spend(4, NOW_MS + OPERATION_WINDOW_MS + 1), 'stale')
  await book.close()
})

test('a clock that is set back does not make what was forgotten new again', async () => {
  const [disk, clock] = [createMemoryDisk(), new TestClock()]
  const book = await open(disk, clock)
  assert.equal(await book.spend(idOf(1), NOW_MS), 'new')
  clock.pass(3 * OPERATION_WINDOW_MS)
  for (let id = 2; id < 2 + 2 * OPERATIONS_KEPT_MAX; id++) await book.spend(idOf(id), clock.wall())
  assert.ok(disk.files().get('operations')!.length < 48 * (2 * OPERATIONS_KEPT_MAX + 2))
  clock.pass(-3 * OPERATION_WINDOW_MS)
  assert.equal(await book.spend(idOf(1), NOW_MS), 'stale')
  await book.close()
  const again = await open(disk, clock)
  assert.equal(await again.spend(idOf(1), NOW_MS), 'stale')
  await again.close()
})

test('more operations than are kept raise the floor, and none of them is new again', async () => {
  const [disk, clock] = [createMemoryDisk(), new TestClock()]
  const book = await open(disk, clock)
  const count = OPERATIONS_KEPT_MAX + 10
  for (let id = 1; id <= count; id++) {
    assert.equal(await book.spend(idOf(id), NOW_MS - count + id), 'new')
  }
  for (const id of [1, 2, 5, 10, 11, count]) {
    assert.notEqual(await book.spend(idOf(id), NOW_MS - count + id), 'new', String(id))
  }
  const read = readOperationRecords(crypto, disk.files().get('operations')!)
  assert.ok(read.atMsById.size <= OPERATIONS_KEPT_MAX + 10)
  await book.close()
})

test('a torn end is no damage; a damaged record before it makes everything stale that could be in it', async () => {
  const atMsById = new Map([1, 2, 3].map((id) => [idOf(id), NOW_MS] as const))
  const bytes = encodeOperationRecords(crypto, atMsById, 5)
  for (let length = 48; length <= bytes.length; length++) {
    const read = readOperationRecords(crypto, bytes.slice(0, length))
    assert.equal(read.isDamaged, false)
    assert.equal(read.atMsById.size, Math.floor(length / 48) - 1)
    assert.equal(read.floorMs, 5)
  }
  const clock = new TestClock()
  for (const offset of [60, 100]) {
    const damaged = bytes.slice()
    damaged[offset] = damaged[offset]! ^ 1
    const disk = createMemoryDisk({ files: new Map([['operations', damaged]]) })
    const book = await open(disk, clock)
    assert.equal(await book.spend(idOf(9), NOW_MS + OPERATION_WINDOW_MS), 'stale')
    clock.pass(2 * OPERATION_WINDOW_MS)
    assert.equal(await book.spend(idOf(9), clock.wall()), 'new')
    clock.pass(-2 * OPERATION_WINDOW_MS)
    await book.close()
  }
})

test('a full disk, and one that fails a sync, refuse the operation, which may then come again', async () => {
  const [disk, clock] = [createMemoryDisk(), new TestClock()]
  const book = await open(disk, clock)
  assert.equal(await book.spend(idOf(1), NOW_MS), 'new')
  disk.setCapacity(0)
  await assert.rejects(book.spend(idOf(2), NOW_MS), { code: 'STORE_FULL' })
  disk.setCapacity(Number.POSITIVE_INFINITY)
  assert.equal(await book.spend(idOf(2), NOW_MS), 'new')
  disk.setFaults({ sync: (path) => path === 'operations' })
  await assert.rejects(book.spend(idOf(3), NOW_MS), { code: 'STORE_SYNC_FAILED' })
  disk.setFaults({})
  assert.equal(await book.spend(idOf(3), NOW_MS), 'new')
  for (const id of [1, 2, 3]) assert.equal(await book.spend(idOf(id), NOW_MS), 'replayed')
  await book.close()
  disk.crash(seededRandom('power'))
  const again = await open(disk, clock)
  for (const id of [1, 2, 3]) assert.equal(await again.spend(idOf(id), NOW_MS), 'replayed')
  await again.close()
})

test('no crash at any moment makes an operation new twice', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('spend' as const), id: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('crash' as const), id: fc.nat({ max: 1000 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const [disk, clock] = [createMemoryDisk(), new TestClock()]
      const answered = new Set<number>()
      let book = await open(disk, clock)
      for (const { kind, id } of steps) {
        if (kind === 'spend') {
          const spending = await book.spend(idOf(id), NOW_MS)
          assert.ok(spending !== 'new' || !answered.has(id), `${id} twice`)
          if (spending === 'new') answered.add(id)
          continue
        }
        // One more is under way when the power goes: whether it is there afterwards is open, twice it is not.
        const underWay = book.spend(idOf(13), NOW_MS).catch(() => undefined)
        disk.crash(seededRandom(String(id)))
        await underWay
        book = await open(disk, clock)
      }
    }),
    { numRuns: 200 },
  )
})
