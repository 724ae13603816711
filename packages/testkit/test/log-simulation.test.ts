/**
 * The smoke set of simulated worlds of logs, and the proof that their oracles would notice.
 *
 * See docs/testing.md. `npm run simulate -- --logs --seed S` replays a world of this file.
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Campaign, formatCampaign } from '../src/simulator/campaign.ts'
import { LOG_CANARIES } from '../src/simulator/logs/log-canaries.ts'
import type { LogCanary } from '../src/simulator/logs/log-canaries.ts'
import type { LogWorldReport } from '../src/simulator/logs/log-world.ts'
import { readKeptLogSeeds, runLogOptions, runLogSeed } from '../src/simulator/logs/run-log-seed.ts'
import { runWorlds } from '../src/simulator/run-worlds.ts'

const SMOKE_SEEDS = 50
const FIRST_SEED = 1
const TWICE_EVERY = 20
/** Run once more by this process, to compare with what a worker made of them. */
const AGAIN_EVERY = 40
/** A planted bug must be found within so many worlds. */
const CANARY_SEEDS = 25

const hashesBySeed = new Map<number, string>()

test('in every world of logs all promises hold, and together they reach every state', async () => {
  const campaign = new Campaign('logs')
  const seeds = Array.from({ length: SMOKE_SEEDS }, (_, i) => FIRST_SEED + i)
  const problems: string[] = []
  const options = { profile: 'logs', twiceEvery: TWICE_EVERY } as const
  await runWorlds<LogWorldReport>(seeds, options, {
    report: (report) => {
      campaign.add(report)
      const { seed } = report.options
      hashesBySeed.set(seed, report.traceHash)
      if (report.problem === undefined) return
      const { oracle, detail } = report.problem
      problems.push(`${oracle}: ${detail}\n  npm run simulate -- --logs --seed ${seed}`)
    },
    lost: (seed, reason) => void problems.push(`seed ${seed}: ${reason}`),
  })
  console.log(formatCampaign(campaign.sum()))
  assert.deepEqual(problems, [])
  assert.equal(campaign.seeds, SMOKE_SEEDS)
  assert.deepEqual(campaign.reached.missing(false), [])
})

test('the same seed gives the same trace in another process, and another one a different trace', async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SMOKE_SEEDS; seed += AGAIN_EVERY) {
    const { traceHash } = await runLogSeed(seed)
    assert.equal(traceHash, hashesBySeed.get(seed), `seed ${seed}`)
  }
  assert.equal(new Set(hashesBySeed.values()).size, SMOKE_SEEDS)
})

test('a campaign in which nothing happened reached nothing', () => {
  const { reached } = new Campaign('logs')
  assert.deepEqual(reached.missing(true), reached.states)
})

for (const { name, found, options } of readKeptLogSeeds()) {
  test(`kept world of logs ${name}: ${found}`, async () => {
    const { problem } = await runLogOptions(options)
    assert.equal(problem, undefined)
  })
}

for (const canary of LOG_CANARIES) {
  test(`a bug planted in a world of logs is found out: ${canary.bug}`, async () => {
    assert.match(await findPlanted(canary), canary.noticedBy)
  })
}

/** The first oracle that notices the planted bug. */
async function findPlanted({ bug, change }: LogCanary): Promise<string> {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + CANARY_SEEDS; seed++) {
    const { problem } = await runLogSeed(seed, {
      // Only a second run shows chance.
      twice: bug === 'chance',
      change: { ...change, plantedBug: bug },
    })
    if (problem !== undefined) return problem.oracle
  }
  assert.fail(`no oracle noticed ${bug} in ${CANARY_SEEDS} worlds`)
}
