import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scheduler } from '../../src/simulator/scheduler.ts'

test('events run by time, and those of one time in the order of scheduling', async () => {
  const scheduler = new Scheduler()
  const order: string[] = []
  scheduler.after(20, () => order.push('late'))
  scheduler.after(10, () => order.push('first'))
  scheduler.after(10, () => order.push('second'))
  await scheduler.run(100)
  assert.deepEqual(order, ['first', 'second', 'late'])
  assert.equal(scheduler.nowMs, 100)
  assert.equal(scheduler.eventsRun, 3)
})

test('an event runs at its own time, also when an earlier one scheduled it', async () => {
  const scheduler = new Scheduler()
  const times: number[] = []
  scheduler.after(5, () => {
    times.push(scheduler.nowMs)
    scheduler.after(7, () => times.push(scheduler.nowMs))
  })
  await scheduler.run(50)
  assert.deepEqual(times, [5, 12])
})

test('what an event causes in microtasks is over before the next event', async () => {
  const scheduler = new Scheduler()
  const order: string[] = []
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve()
    order.push('settled')
  }
  scheduler.after(1, () => void settle())
  scheduler.after(1, () => order.push('next'))
  await scheduler.run(1)
  assert.deepEqual(order, ['settled', 'next'])
})

test('a cancelled event does not run, and cancelling twice is harmless', async () => {
  const scheduler = new Scheduler()
  const cancel = scheduler.after(1, () => assert.fail('it was cancelled'))
  cancel()
  cancel()
  await scheduler.run(10)
  assert.equal(scheduler.eventsRun, 0)
})

test('running stops at the given time and goes on from there', async () => {
  const scheduler = new Scheduler()
  const times: number[] = []
  for (const atMs of [10, 20, 30]) scheduler.after(atMs, () => times.push(atMs))
  await scheduler.run(20)
  assert.deepEqual(times, [10, 20])
  await scheduler.run(25)
  assert.equal(scheduler.nowMs, 25)
  await scheduler.run(30)
  assert.deepEqual(times, [10, 20, 30])
})

test('running stops when it is told to, between two events', async () => {
  const scheduler = new Scheduler()
  let count = 0
  for (let i = 0; i < 10; i++) scheduler.after(i, () => count++)
  await scheduler.run(100, () => count === 4)
  assert.equal(count, 4)
})

test('a thousand events in any order come out sorted', async () => {
  const scheduler = new Scheduler()
  const seen: number[] = []
  for (let i = 0; i < 1_000; i++)
    scheduler.after((i * 7_919) % 1_000, () => seen.push(scheduler.nowMs))
  await scheduler.run(1_000)
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.equal(seen.length, 1_000)
})

test('a sleeper wakes after virtual time, not real time', async () => {
  const scheduler = new Scheduler()
  let wokeAtMs = -1
  void scheduler.sleep(86_400_000).then(() => {
    wokeAtMs = scheduler.nowMs
  })
  await scheduler.run(90_000_000)
  assert.equal(wokeAtMs, 86_400_000)
})
