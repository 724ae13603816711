/** What a tracker does by itself, and figures that are counted in memory first. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createNodeClock } from '@hamlet/identity/node'
import { Housekeeping } from '../src/housekeeping.ts'
import { ACTIVITY_MS_MAX, HOLDING_MS_MAX, SWEEP_MS } from '../src/limits.ts'
import { entryOf, startTestTracker, TestPeer, topicOf } from './_tracker.ts'

const real = createNodeClock()
let aheadMs = 0
const clock = { ...real, wall: () => real.wall() + aheadMs }
const setup = await startTestTracker({ clock })
const { parts } = setup.tracker
after(() => setup[Symbol.asyncDispose]())

async function countsOf(name: string): Promise<number> {
  const rows = await parts.sql.read((db) =>
    db.selectFrom('activity').selectAll().where('name', '=', name).execute(),
  )
  return rows.reduce((sum, { value }) => sum + value, 0)
}

test('of several processes one sweeps at a time, and another one when it is gone', async () => {
  const [one, two] = [new Housekeeping(parts), new Housekeeping(parts)]
  assert.deepEqual([await one.sweep(), await two.sweep(), await one.sweep()], [true, false, false])
  aheadMs += SWEEP_MS
  assert.equal(await two.sweep(), true)
})

test('what is not announced again within half an hour is swept away', async () => {
  const peer = await new TestPeer(setup.url, 1).login()
  await peer.call('POST', '/api/v2/announce', { entries: [entryOf(1)] })
  aheadMs += HOLDING_MS_MAX
  assert.equal(await new Housekeeping(parts).sweep(), true)
  const swarm = (await parts.swarms.lookup(topicOf(1), 0))!
  assert.deepEqual([swarm.peers, swarm.swarm.peer_count], [[], 0])
})

test('what is counted in two processes adds up, and is forgotten after a month', async () => {
  parts.activity.add('lookups', 2)
  await parts.activity.flush()
  parts.activity.add('lookups', 3)
  await parts.activity.flush()
  await parts.activity.flush()
  assert.equal(await countsOf('lookups'), 5)
  assert.equal(await countsOf('announces'), 1)
  aheadMs += ACTIVITY_MS_MAX + 120_000
  assert.equal(await new Housekeeping(parts).sweep(), true)
  assert.equal(await countsOf('lookups'), 0)
})
