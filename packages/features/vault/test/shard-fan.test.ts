import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ShardFan, STRIPES_AHEAD_MAX } from '../src/index.ts'
import { collect } from './_objects.ts'

async function* stripes(count: number, made: number[] = []): AsyncGenerator<readonly Uint8Array[]> {
  for (let index = 0; index < count; index++) {
    made.push(index)
    yield [0, 1, 2].map((shard) => Uint8Array.of(shard, index))
  }
}

test('each reader gets its pieces in order, at whatever pace', async () => {
  const fan = new ShardFan(3, stripes(20))
  const slow = (async () => {
    const pieces: Uint8Array[] = []
    for await (const piece of fan.streams[2]!) {
      await new Promise((resolve) => setImmediate(resolve))
      pieces.push(piece)
    }
    return pieces
  })()
  const [first, second] = await Promise.all([collect(fan.streams[0]!), collect(fan.streams[1]!)])
  assert.equal(first.length, 40)
  assert.deepEqual([...second.slice(0, 4)], [1, 0, 1, 1])
  assert.deepEqual(
    (await slow).map(([, index]) => index),
    Array.from({ length: 20 }, (_, index) => index),
  )
})

test('the slowest reader holds the source back', async () => {
  const made: number[] = []
  const fan = new ShardFan(3, stripes(100, made))
  const fast = collect(fan.streams[0]!)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(made.length <= STRIPES_AHEAD_MAX + 1, `${made.length} made`)
  await Promise.all([fast, collect(fan.streams[1]!), collect(fan.streams[2]!)])
  assert.equal(made.length, 100)
})

test('when one reader stops, the others are told, and the source is closed', async () => {
  let isClosed = false
  async function* source(): AsyncGenerator<readonly Uint8Array[]> {
    try {
      yield* stripes(100)
    } finally {
      isClosed = true
    }
  }
  const fan = new ShardFan(3, source())
  const other = collect(fan.streams[1]!)
  for await (const _ of fan.streams[0]!) break
  await assert.rejects(other, { name: 'AbortError' })
  await assert.rejects(collect(fan.streams[2]!), { name: 'AbortError' })
  assert.ok(isClosed)
})

async function* failing(): AsyncGenerator<readonly Uint8Array[]> {
  yield* stripes(1)
  throw new Error('the file cannot be read')
}

test('a source that fails fails every reader', async () => {
  const fan = new ShardFan(3, failing())
  const outcomes = await Promise.allSettled(fan.streams.map(collect))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
})
