/**
 * Every world of the lab in short: it plays to the end, nothing is lost, and the choice shows.
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { studyOwnership } from '../../bench/lab/world/ownership.ts'
import { studyRemoval } from '../../bench/lab/world/removal.ts'
import { runTask, tasksOf, WORLD_NAMES } from '../../bench/lab/worlds.ts'
import type { PlayResult, WorldName } from '../../bench/lab/worlds.ts'

const SEED = 1
const played = new Map<WorldName, readonly PlayResult[]>()

for (const world of WORLD_NAMES) {
  test(`${world}: all copies agree in the end, and nothing acknowledged is lost`, async () => {
    const results: PlayResult[] = []
    for (const task of tasksOf(world, SEED, true)) results.push(await runTask(task))
    played.set(world, results)
    for (const { task, measures } of results) {
      assert.equal(measures.disagreement, null, task.label)
      assert.equal(measures.lost, 0, task.label)
      assert.equal(measures.missing, 0, task.label)
      assert.ok(measures.writes.count > 0 && measures.reads.local!.availability.count > 0)
    }
  })
}

test('Hamlet acknowledges every write at once; the quorum none without a majority', () => {
  for (const { task, measures } of [...played.values()].flat()) {
    if (task.options.system === 'hamlet') assert.equal(measures.writes.within1s, 1, task.world)
  }
  const [, quorum] = played.get('family')!
  const hut = quorum!.measures.phases.find(({ label }) => label.includes('hut'))!
  assert.equal(hut.writes.within10s, 0)
  assert.equal(hut.reads.within10s, 0)
  assert.equal(played.get('large')![1]!.measures.writes.withinPlay, 0)
})

test('a majority read lacks no acknowledged write, unless a member lies', () => {
  for (const { task, measures } of [...played.values()].flat()) {
    const missed = measures.reads.quorum?.missedAcknowledged ?? 0
    if (task.options.isHostile !== true) assert.equal(missed, 0, `${task.world} ${task.label}`)
  }
  const lied = played.get('hostile')!.find(({ task }) => task.label === 'Quorum, hostile admin')!
  assert.ok(lied.measures.reads.quorum!.missedAcknowledged > 0)
})

test('removed people come back with everything they wrote, and the admin who removed them is out', async () => {
  const steps = await studyRemoval(SEED)
  const countOf = (words: string): number | undefined =>
    steps.find(({ what }) => what.includes(words))?.count
  assert.equal(steps[0]!.code, 'refused, SPACE_FORBIDDEN')
  assert.equal(countOf('set aside'), 10)
  assert.equal(countOf('sees again'), 10)
  assert.equal(countOf('the admin wrote since then'), 0)
  assert.equal(countOf('sealed to the admin'), 0)
  assert.equal(countOf('Members in the end'), 5)
})

test('a space is handed over at once, and a lost owner is replaced by three admins and not by two', async () => {
  const steps = await studyOwnership(SEED)
  const of = (words: string) => steps.find(({ what }) => what.includes(words))
  assert.equal(of('former owner tries')?.code, 'refused, SPACE_FORBIDDEN')
  assert.equal(of('written elsewhere')?.count, 1)
  assert.equal(of('there are two admins')?.code, 'no number is enough')
  assert.equal(of('there are three')?.count, 3)
  assert.equal(of('What the lost owner is then')?.code, 'admin')
  assert.equal(of('removed without the right')?.code, 'admin')
  assert.equal(of('lost owner’s that everybody reads')?.count, 3)
  assert.equal(of('Owners in the end')?.count, 1)
})
