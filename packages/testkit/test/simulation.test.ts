/**
 * The smoke set of simulated worlds, and the proof that the simulator would notice.
 *
 * Worlds run the real log, space, sync and chat code; see docs/testing.md. `npm run simulate -- --seed S --small`
 * replays a world of this file.
 * @timeoutSeconds 600
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Campaign, formatCampaign } from '../src/simulator/campaign.ts'
import { CANARIES } from '../src/simulator/canaries.ts'
import type { Canary } from '../src/simulator/canaries.ts'
import { readKeptSeeds } from '../src/simulator/kept-seeds.ts'
import { REACHED_STATES } from '../src/simulator/reached.ts'
import { runOptions, runSeed } from '../src/simulator/run-seed.ts'
import { runWorlds } from '../src/simulator/run-worlds.ts'
import type { WorldReport } from '../src/simulator/world.ts'

/** Few that reach every state, the rarest of them included. */
const SMOKE_SEEDS = 80
const FIRST_SEED = 50
/** Run twice by the same process, and once more by another, to compare their traces. */
const TWICE_EVERY = 20
const AGAIN_EVERY = 40
/** A planted bug must be found within so many worlds. */
const CANARY_SEEDS = 25
const CANARY_FIRST_SEED = 1

const reportsBySeed = new Map<number, WorldReport>()

test('in every world of the smoke set all promises hold, and together they reach every state', async () => {
  const campaign = new Campaign('small')
  const seeds = Array.from({ length: SMOKE_SEEDS }, (_, i) => FIRST_SEED + i)
  const problems: string[] = []
  const options = { profile: 'small', twiceEvery: TWICE_EVERY } as const
  await runWorlds(seeds, options, {
    report: (report) => {
      campaign.add(report)
      const { seed } = report.options
      reportsBySeed.set(seed, report)
      if (report.problem === undefined) return
      const { oracle, detail } = report.problem
      problems.push(`${oracle}: ${detail}\n  npm run simulate -- --small --seed ${seed}`)
    },
    lost: (seed, reason) => void problems.push(`seed ${seed}: ${reason}`),
  })
  console.log(formatCampaign(campaign.sum()))
  assert.deepEqual(problems, [])
  assert.equal(campaign.seeds, SMOKE_SEEDS)
  assert.deepEqual(campaign.reached.missing(false), [], `all of: ${REACHED_STATES.join(', ')}`)
})

test('the same seed gives the same trace in another process', async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SMOKE_SEEDS; seed += AGAIN_EVERY) {
    const again = await runSeed(seed, { profile: 'small' })
    assert.equal(again.traceHash, reportsBySeed.get(seed)!.traceHash, `seed ${seed}`)
  }
})

test('different seeds give different traces', () => {
  const hashes = new Set([...reportsBySeed.values()].map(({ traceHash }) => traceHash))
  assert.equal(hashes.size, SMOKE_SEEDS)
})

for (const { name, found, options } of readKeptSeeds()) {
  test(`kept world ${name}: ${found}`, async () => {
    const { problem } = await runOptions(options)
    assert.equal(problem, undefined)
  })
}

for (const canary of CANARIES) {
  test(`a planted bug is found out: ${canary.bug}`, async () => {
    assert.match(await findPlanted(canary), canary.noticedBy)
  })
}

/** The first oracle that notices the planted bug. */
async function findPlanted({ bug, change }: Canary): Promise<string> {
  for (let i = 0; i < CANARY_SEEDS; i++) {
    const options = {
      profile: 'quick',
      // Only a second run shows chance.
      twice: bug === 'chance',
      change: { ...change, plantedBug: bug },
    } as const
    const { problem } = await runSeed(CANARY_FIRST_SEED + i, options)
    if (problem !== undefined) return problem.oracle
  }
  assert.fail(`no oracle noticed ${bug} in ${CANARY_SEEDS} worlds`)
}
