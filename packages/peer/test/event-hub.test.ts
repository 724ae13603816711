/** Events to any number of listeners: in order, bounded, and never in the way of the peer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HamletEvent } from '@hamlet/http/api'
import { EVENT_QUEUE_MAX, EVENT_SETTLE_MS, EventHub } from '@hamlet/peer'
import { TestClock } from './_world.ts'

async function take(stream: AsyncGenerator<HamletEvent>, count: number): Promise<HamletEvent[]> {
  const events: HamletEvent[] = []
  while (events.length < count) {
    const { value, done } = await stream.next()
    if (done === true) break
    events.push(value)
  }
  return events
}

/** A stream that listens already: a generator only begins when it is asked. */
function listen(hub: EventHub): { stream: AsyncGenerator<HamletEvent>; first: Promise<unknown> } {
  const stream = hub.stream()
  return { stream, first: stream.next() }
}

test('every listener gets every event in order', async () => {
  const hub = new EventHub(new TestClock())
  const [one, two] = [listen(hub), listen(hub)]
  hub.emit({ type: 'status' })
  hub.emit({ type: 'peers' })
  for (const { stream, first } of [one, two]) {
    assert.deepEqual(await first, { value: { type: 'status' }, done: false })
    assert.deepEqual(await take(stream, 1), [{ type: 'peers' }])
  }
})

test('a listener that does not read loses its queue and is told to ask again', async () => {
  const hub = new EventHub(new TestClock())
  const { stream, first } = listen(hub)
  hub.emit({ type: 'status' })
  await first
  for (let i = 0; i <= EVENT_QUEUE_MAX; i++) hub.emit({ type: 'peers' })
  assert.deepEqual(await take(stream, 1), [{ type: 'resync' }])
  hub.emit({ type: 'joins' })
  assert.deepEqual(await take(stream, 1), [{ type: 'joins' }])
})

test('equal hints in a row become one, those of different spaces do not', async () => {
  const clock = new TestClock()
  const hub = new EventHub(clock)
  const { stream, first } = listen(hub)
  for (let i = 0; i < 5; i++) hub.emitSoon({ type: 'space', space: 'a' })
  hub.emitSoon({ type: 'space', space: 'b' })
  hub.emitSoon({ type: 'members', space: 'a' })
  clock.pass(EVENT_SETTLE_MS)
  hub.emit({ type: 'status' })
  assert.deepEqual(await first, { value: { type: 'space', space: 'a' }, done: false })
  assert.deepEqual(await take(stream, 3), [
    { type: 'space', space: 'b' },
    { type: 'members', space: 'a' },
    { type: 'status' },
  ])
})

test('a stream ends when its signal aborts and when the hub closes, also before it began', async () => {
  const hub = new EventHub(new TestClock())
  const abort = new AbortController()
  const aborted = hub.stream(abort.signal).next()
  const closed = hub.stream().next()
  abort.abort()
  assert.deepEqual(await aborted, { value: undefined, done: true })
  hub.close()
  assert.deepEqual(await closed, { value: undefined, done: true })
  assert.deepEqual(await hub.stream().next(), { value: undefined, done: true })
  hub.emit({ type: 'status' })
})
