/**
 * One short world of real peers in network namespaces: delay, loss, partitions, pauses, wrong clocks and `kill -9`.
 * Where namespaces are not allowed the same world runs on loopback without the faults of the network, and says so.
 *
 * @timeoutSeconds 420 @mostlyWaits
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { shortFaultPlan } from './fault-plan.ts'
import { describeWorld } from './report.ts'
import { provideSystemParts } from './system-parts.ts'
import { runWorld } from './world-run.ts'

const CHAOS_MS = 25_000
const SEED = 1

test('three peers under faults keep every promise that a client can check', async () => {
  const system = await provideSystemParts()
  const hasNetwork = system.obstacle === undefined
  const hasClock = system.faketime !== undefined
  // What was not run is said in the line that npm test repeats at its end.
  if (!hasNetwork) console.log(`SKIPPED black box: network faults (${system.obstacle})`)
  if (!hasClock) console.log('SKIPPED black box: wrong clocks (no libfaketime)')
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-blackbox-'))
  const plan = shortFaultPlan(hasNetwork, hasClock)
  const report = await runWorld({
    ...{ seed: SEED, hosts: 3, chaosMs: CHAOS_MS, plan, thinkMs: 250, changeMs: 5000, system },
    folder: join(folder, `seed-${SEED}`),
  })
  console.log(describeWorld(report))
  assert.deepEqual(report.anomalies, [], `logs and history: ${folder}`)
  assert.equal(report.kind, hasNetwork ? 'namespaces' : 'loopback')
  assert.ok((report.faults.kill ?? 0) > 0, 'a process was killed')
  if (hasNetwork)
    assert.ok(report.frames!.blocked > 0 && report.frames!.lost > 0, 'frames were lost')
  const acknowledged = (kind: string): number =>
    report.operations.filter((each) => each.kind === kind && each.outcome === 'ok').length
  assert.ok(acknowledged('send') > 30, `only ${acknowledged('send')} messages were acknowledged`)
  assert.ok(acknowledged('change') > 0, 'somebody was removed, or the like')
  await rm(folder, { recursive: true })
})
