import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '../../src/simulator/seeded-random.ts'

test('one seed gives one stream, another seed another', () => {
  assert.deepEqual(draw(7), draw(7))
  assert.notDeepEqual(draw(7), draw(8))
})

test('the stream of a seed never changes, so that seeds in reports stay replayable', () => {
  const random = new SeededRandom(1)
  assert.deepEqual(
    [random.uint32(), random.uint32(), random.uint32()],
    [2_442_144_158, 3_238_099_751, 3_819_917_871],
  )
})

test('a fork depends on its label and not on what was drawn before', () => {
  const fresh = new SeededRandom(3)
  const used = new SeededRandom(3)
  used.bytes(100)
  assert.equal(fresh.fork('disk').uint32(), used.fork('disk').uint32())
  assert.notEqual(fresh.fork('disk').uint32(), fresh.fork('net').uint32())
})

test('integers cover their range, both ends included, about evenly', () => {
  const random = new SeededRandom(11)
  const counts = new Map<number, number>()
  for (let i = 0; i < 6_000; i++) {
    const drawn = random.int(1, 6)
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
  }
  assert.deepEqual(
    [...counts.keys()].toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6],
  )
  for (const count of counts.values()) assert.ok(count > 800 && count < 1_200, `${count} of 6,000`)
})

test('chances and means are what they say', () => {
  const random = new SeededRandom(12)
  let hits = 0
  let sum = 0
  for (let i = 0; i < 10_000; i++) {
    if (random.chance(0.3)) hits++
    sum += random.exponential(50)
  }
  assert.ok(hits > 2_800 && hits < 3_200, `${hits} hits of 3,000 expected`)
  assert.ok(sum / 10_000 > 47 && sum / 10_000 < 53, `mean ${sum / 10_000}`)
  assert.equal(random.chance(0), false)
  assert.equal(random.chance(1), true)
})

test('a shuffle is a permutation and leaves its input as it was', () => {
  const input = [1, 2, 3, 4, 5, 6, 7, 8]
  const shuffled = new SeededRandom(4).shuffle(input)
  assert.deepEqual(input, [1, 2, 3, 4, 5, 6, 7, 8])
  assert.notDeepEqual(shuffled, input)
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    input,
  )
})

test('bytes have the length asked for, whatever it is', () => {
  for (const count of [0, 1, 3, 4, 5, 33]) {
    assert.equal(new SeededRandom(5).bytes(count).length, count)
  }
})

function draw(seed: number): number[] {
  const random = new SeededRandom(seed)
  return Array.from({ length: 20 }, () => random.uint32())
}
