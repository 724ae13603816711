import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planRebalance, planRepair, rebalanceBudget, repairThresholds } from '@hamlet/vault'
import type { HeldShard, HolderState, RepairRequest } from '@hamlet/vault'
import { deviceOf, madeCircle, madeHelper, personOf, SHARD_BYTES } from './_circle.ts'
import { schemeOf, tableRows } from './_printed.ts'

/** Scheme, accepted at, repair at, urgent at: the table of section 7 of the reference on vaults. */
const THRESHOLDS = `
1-of-1  | 1 | 0 | 0
1-of-2  | 2 | 1 | 1
1-of-3  | 2 | 2 | 1
2-of-4  | 3 | 3 | 2
3-of-6  | 5 | 4 | 3
3-of-8  | 6 | 6 | 4
3-of-10 | 7 | 7 | 4
4-of-12 | 9 | 8 | 5`

/** Shard i lies with person i; what is not named is ok. */
function lying(
  scheme: string,
  states: Readonly<Record<number, HolderState>> = {},
  more: Partial<RepairRequest> = {},
): RepairRequest {
  const { needed, total } = schemeOf(scheme)
  const held = Array.from({ length: total }, (_, shard): HeldShard => {
    return { shard, device: deviceOf(shard), state: states[shard] ?? 'ok' }
  })
  return { needed, total, shardBytes: SHARD_BYTES, held, helpers: madeCircle(total + 2), ...more }
}

/** 3-of-10, of which the first so many are gone, in a circle of 14. */
function gone(count: number): RepairRequest {
  const states: Record<number, HolderState> = {}
  for (let shard = 0; shard < count; shard++) states[shard] = 'gone'
  return lying('3-of-10', states, { helpers: madeCircle(14) })
}

test('an object is accepted, repaired and urgent at as many people as the table says', () => {
  for (const [name, ...cells] of tableRows(THRESHOLDS)) {
    const { needed, total } = schemeOf(name!)
    const { acceptAt, repairAt, urgentAt } = repairThresholds(needed, total)
    assert.deepEqual([acceptAt, repairAt, urgentAt], cells.map(Number), name)
  }
})

test('where everybody has their shard there is nothing to do, also while some are away', () => {
  const { health, tasks, holders, readable } = planRepair(lying('3-of-6', { 1: 'late', 2: 'due' }))
  assert.deepEqual([health, tasks, holders, readable], ['healthy', [], 6, 5])
})

test('in a small circle a lost shard is rebuilt at once, out of what can be read, for somebody new', () => {
  const { health, tasks } = planRepair(lying('2-of-4', { 0: 'gone', 1: 'late' }))
  assert.equal(health, 'repair')
  assert.equal(tasks.length, 1)
  const [{ shard, how, from, to }] = tasks as [(typeof tasks)[number]]
  assert.deepEqual([shard, how], [0, 'rebuild'])
  assert.deepEqual(
    from.map((place) => place.shard),
    [2, 3],
  )
  assert.ok([personOf(4), personOf(5)].includes(to.person))
  assert.equal(planRepair(lying('3-of-8', { 0: 'failed' })).tasks.length, 1)
  assert.equal(planRepair(lying('3-of-8', { 0: 'failed' })).health, 'below-target')
})

test('a large circle waits until repair is worth it, and then rebuilds all that is lost', () => {
  assert.deepEqual([planRepair(gone(2)).health, planRepair(gone(2)).tasks], ['below-target', []])
  assert.equal(planRepair({ ...gone(2), isEager: true }).tasks.length, 2)
  assert.deepEqual([planRepair(gone(3)).health, planRepair(gone(3)).tasks.length], ['repair', 3])
  assert.deepEqual([planRepair(gone(6)).health, planRepair(gone(6)).tasks.length], ['urgent', 4])
  assert.equal(planRepair(gone(6)).homeless.length, 2)
})

test('whoever leaves hands their shard over, also where repair would wait', () => {
  const request = lying('3-of-10', { 4: 'leaving' })
  const { tasks } = planRepair(request)
  assert.deepEqual(
    tasks.map(({ shard, how, from }) => [shard, how, from.map(({ device }) => device)]),
    [[4, 'copy', [deviceOf(4)]]],
  )
})

test('what cannot be read now is not rebuilt, what leaves is copied all the same', () => {
  const request = lying('2-of-4', { 0: 'gone', 1: 'late', 2: 'late', 3: 'leaving' })
  const { health, tasks, readable } = planRepair(request)
  assert.deepEqual([health, readable], ['unreadable-now', 1])
  assert.deepEqual(
    tasks.map(({ shard, how }) => [shard, how]),
    [[3, 'copy']],
  )
})

test('with fewer shards than are needed it is lost, until somebody comes back', () => {
  const lost = lying('2-of-4', { 0: 'gone', 1: 'gone', 2: 'gone' })
  assert.equal(planRepair(lost).health, 'lost')
  assert.deepEqual(planRepair(lost).tasks, [])
  assert.equal(planRepair(lying('2-of-4', { 0: 'gone', 1: 'gone' })).health, 'urgent')
})

test('a shard that came back cancels its repair', () => {
  assert.equal(planRepair(lying('1-of-3', { 0: 'gone' })).tasks.length, 1)
  assert.equal(planRepair(lying('1-of-3', { 0: 'ok' })).tasks.length, 0)
})

test('of what lies twice the copy is let go that leaves everybody a shard of their own', () => {
  // Person 0 came back with shard 0, which person 4 has by now; shard 1 was rebuilt with person 0 meanwhile.
  const request = lying('2-of-4')
  const held: readonly HeldShard[] = [
    ...request.held.filter(({ shard }) => shard !== 1),
    { shard: 1, device: deviceOf(0), state: 'ok' },
    { shard: 0, device: deviceOf(4), state: 'ok' },
  ]
  const { health, surplus, tasks } = planRepair({ ...request, held })
  assert.deepEqual([health, tasks], ['healthy', []])
  assert.deepEqual(surplus, [{ shard: 0, device: deviceOf(0), state: 'ok' }])
  const unsure = held.map((place) => (place.shard === 3 ? { ...place, state: 'late' } : place))
  assert.deepEqual(planRepair({ ...request, held: unsure as readonly HeldShard[] }).surplus, [])
})

test('a rebuilt shard goes to somebody without any while there is one', () => {
  const request = lying('2-of-4', { 1: 'gone' }, { helpers: madeCircle(6) })
  const held: readonly HeldShard[] = [
    ...request.held,
    { shard: 0, device: deviceOf(4), state: 'ok' },
  ]
  const [task] = planRepair({ ...request, held }).tasks
  assert.equal(task!.to.device, deviceOf(5))
})

test('nothing new goes to those who are late, failed or leave, and not beyond the room there is', () => {
  const helpers = madeCircle(4)
  const failed = planRepair(lying('2-of-4', { 0: 'failed', 1: 'late' }, { helpers }))
  assert.deepEqual([failed.tasks, failed.homeless], [[], [0]])
  const full = [...helpers, madeHelper(5, { room: 0 })]
  assert.deepEqual(planRepair(lying('2-of-4', { 0: 'gone' }, { helpers: full })).homeless, [0])
})

test('two shards with one person count once, and where devices are what counts, twice', () => {
  const helpers = [madeHelper(0, { devices: [{}, {}] }), madeHelper(1)]
  const held: readonly HeldShard[] = [
    { shard: 0, device: deviceOf(0, 0), state: 'ok' },
    { shard: 1, device: deviceOf(0, 1), state: 'ok' },
    { shard: 2, device: deviceOf(1), state: 'ok' },
  ]
  const request = { needed: 1, total: 3, shardBytes: SHARD_BYTES, held, helpers }
  assert.equal(planRepair(request).holders, 2)
  assert.equal(planRepair(request).health, 'repair')
  assert.equal(planRepair({ ...request, countBy: 'devices' }).health, 'healthy')
})

test('a shard moves to a newcomer for people and households, within the budget, and never for even disks', () => {
  const both = madeHelper(0, { devices: [{}, {}] })
  const held: readonly HeldShard[] = [
    { shard: 0, device: deviceOf(0, 0), state: 'ok' },
    { shard: 1, device: deviceOf(0, 1), state: 'ok' },
  ]
  const request = { needed: 1, total: 2, shardBytes: SHARD_BYTES, held, helpers: [both] }
  assert.deepEqual(planRebalance(request, 1000), [])
  const more = { ...request, helpers: [both, madeHelper(1)] }
  const [move] = planRebalance(more, 1000)
  assert.deepEqual([move!.how, move!.to.person], ['copy', personOf(1)])
  assert.deepEqual(planRebalance(more, SHARD_BYTES - 1), [])
  const roomier = [...madeCircle(4), madeHelper(7, { room: 1000, devices: [{ room: 1000 }] })]
  assert.deepEqual(planRebalance(lying('2-of-4', {}, { helpers: roomier }), 1e9), [])
})

test('a twentieth of what is stored may move in a day, and one shard in any case', () => {
  assert.equal(rebalanceBudget(10_000, 100, []), 500)
  assert.equal(rebalanceBudget(10_000, 100, [{ bytes: 450, agoMs: 1000 }]), 50)
  assert.equal(rebalanceBudget(10_000, 100, [{ bytes: 9000, agoMs: 1000 }]), 0)
  assert.equal(rebalanceBudget(10_000, 100, [{ bytes: 9000, agoMs: 86_400_000 }]), 500)
  assert.equal(rebalanceBudget(300, 100, []), 100)
})

const states: readonly HolderState[] = ['ok', 'due', 'late', 'failed', 'gone', 'leaving']

test('once all tasks of a plan are done, nothing is left to do for anybody', () => {
  const arb = fc.record({
    scheme: fc.constantFrom('1-of-2', '1-of-3', '2-of-4', '3-of-6', '3-of-10'),
    states: fc.array(fc.constantFrom(...states), { minLength: 12, maxLength: 12 }),
    more: fc.nat(4),
  })
  fc.assert(
    fc.property(arb, ({ scheme, states: given, more }) => {
      const { total } = schemeOf(scheme)
      const request = lying(scheme, given, { helpers: madeCircle(total + more) })
      const plan = planRepair(request)
      const targets = plan.tasks.map(({ to }) => to.device)
      assert.equal(new Set(targets).size, targets.length)
      for (const { how, from } of plan.tasks) {
        assert.ok(how === 'copy' ? from.length > 0 : from.length >= request.needed)
      }
      const done = plan.tasks.map(({ shard, to }): HeldShard => {
        return { shard, device: to.device, state: 'ok' }
      })
      const rest = request.held.filter(({ device }) => !targets.includes(device))
      const after = planRepair({ ...request, held: [...rest, ...done] })
      assert.deepEqual(after.tasks, [])
      assert.ok(after.holders >= plan.holders)
      assert.ok(plan.health === 'lost' || after.holders === plan.holders + plan.tasks.length)
    }),
    { numRuns: 200 },
  )
})
