/**
 * The harness as a whole finds what it is there to find: a device that, at each `kill -9`, loses the end of its own
 * log, as one that acknowledges before its disk has it would.
 *
 * @timeoutSeconds 240 @mostlyWaits
 */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runWorld } from './world-run.ts'

const LOST_BYTES = 1500

/** Cuts the end off every log, in the middle of an entry. */
async function loseTheEnd(dataDirectory: string): Promise<void> {
  const names = await readdir(join(dataDirectory, 'peer', 'spaces'), { recursive: true })
  const segments = names.filter((name) => name.endsWith('.seg'))
  assert.ok(segments.length > 0)
  for (const name of segments) {
    const path = join(dataDirectory, 'peer', 'spaces', name)
    await truncate(path, Math.max(0, (await stat(path)).size - LOST_BYTES))
  }
}

/** On a busy machine a kill may come when nothing new was acknowledged: then another run shows it. */
const SEEDS = [3, 4, 5]

test('a device that forgets what it acknowledged is found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-blackbox-'))
  const seen: string[] = []
  for (const seed of SEEDS) {
    const { anomalies, faults } = await runWorld({
      ...{ seed, hosts: 1, chaosMs: 9000, thinkMs: 80, settleMs: 10_000 },
      folder: join(folder, `seed-${seed}`),
      plan: { classes: { kill: { pauseMs: 2500, lengthMs: 100 } }, weather: ['cable'] },
      system: { obstacle: 'one host needs none', faketime: undefined },
      sabotage: loseTheEnd,
    })
    // Either nobody has a message that was acknowledged, when all has settled, or the history shows that it went.
    const isFound = anomalies.some(({ kind, detail }) => {
      return (
        kind === 'lost write' || (kind === 'did not converge' && detail.startsWith('nobody has'))
      )
    })
    if (isFound) {
      await rm(folder, { recursive: true })
      return
    }
    seen.push(`${faults.kill ?? 0} kills, ${JSON.stringify(anomalies)}`)
  }
  assert.fail(`found nothing in ${seen.join('; ')}`)
})
