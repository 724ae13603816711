// Worlds of swarms: a smoke set, and oracles that find what is planted. `npm run simulate -- --swarms` runs many.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  readKeptSwarmSeeds,
  runSwarmOptions,
  runSwarmSeed,
} from '../src/simulator/swarms/run-swarm-seed.ts'
import type { SwarmPlantedBug, SwarmWorldOptions } from '../src/simulator/swarms/swarm-options.ts'
import { SWARM_STATES } from '../src/simulator/swarms/swarm-reached.ts'

const MIB = 1024 * 1024
const SMOKE_SEEDS = 16

/** Two who load what a third has, and nothing goes wrong. */
const PLAIN: Partial<SwarmWorldOptions> = {
  ...{ nodes: 3, chaosMs: 5_000, acts: 0, hostiles: [], slots: 8, stepBytes: MIB },
  blobs: [
    { sizeBytes: MIB, seeds: [0], leechers: [1, 2], isPublic: true, isTold: false, web: 'none' },
    { sizeBytes: MIB, seeds: [1], leechers: [0], isPublic: true, isTold: false, web: 'none' },
  ],
  ...{ uploadBytesPerSecond: 0, downloadBytesPerSecond: 0, partitions: 'none' },
  ...{ clogEveryMs: 0, resetEveryMs: 0, crashEveryMs: 0, pauseEveryMs: 0, nightAtMs: 0 },
  ...{ diskFullEveryMs: 0, syncFailEveryMs: 0, readFailEveryMs: 0, appendFailEveryMs: 0 },
}

suite('worlds of swarms', () => {
  test(`every promise holds in ${SMOKE_SEEDS} of them, and a seed gives one history`, async () => {
    const reached = new Set<string>()
    for (let seed = 1; seed <= SMOKE_SEEDS; seed++) {
      const report = await runSwarmSeed(seed, { twice: seed === 1 })
      const told =
        report.problem && `seed ${seed}: ${report.problem.oracle} ${report.problem.detail}`
      assert.equal(told, undefined)
      for (const [state, count] of Object.entries(report.reached)) if (count > 0) reached.add(state)
    }
    assert.ok(reached.size > SWARM_STATES.length / 3, [...reached].join())
  })

  const planted: readonly (readonly [SwarmPlantedBug, string])[] = [
    ['wrong-chunk', 'blame'],
    ['answers-twice', 'blame'],
    ['asks-nothing', 'arrival'],
    ['signs-for-more', 'accounts'],
    ['chance', 'determinism'],
  ]
  for (const [plantedBug, oracle] of planted) {
    test(`a peer that has the bug “${plantedBug}” is found by ${oracle}`, async () => {
      const report = await runSwarmSeed(1, { change: { ...PLAIN, plantedBug }, twice: true })
      assert.equal(report.problem?.oracle, oracle, report.problem?.detail)
    })
  }

  for (const { name, found, options } of readKeptSwarmSeeds()) {
    test(`kept world of swarms ${name}: ${found}`, async () => {
      const { problem } = await runSwarmOptions(options)
      assert.equal(problem, undefined)
    })
  }

  test('without a bug nothing is found in the same world', async () => {
    const report = await runSwarmSeed(1, { change: PLAIN, twice: true })
    assert.equal(report.problem, undefined)
    assert.ok(report.ranTwice)
  })
})
