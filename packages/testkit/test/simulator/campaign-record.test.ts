import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Campaign } from '../../src/simulator/campaign.ts'
import {
  findOverlap,
  freshSeed,
  readCampaigns,
  recordCampaign,
} from '../../src/simulator/campaign-record.ts'
import type { RecordedCampaign } from '../../src/simulator/campaign-record.ts'
import { runSeed } from '../../src/simulator/run-seed.ts'

function recorded(label: string, from: number, to: number): RecordedCampaign {
  return { label, ...new Campaign('quick').sum(), from, to }
}

test('a campaign notes its seeds, its processor time and what failed', async () => {
  const campaign = new Campaign('quick')
  for (const seed of [12, 11]) campaign.add(await runSeed(seed, { profile: 'quick' }), 50)
  campaign.addLost(13, 'its process died')
  const sum = campaign.sum()
  assert.deepEqual([sum.from, sum.to, sum.seeds, sum.processorMs], [11, 13, 3, 100])
  assert.deepEqual(sum.failed, [13])
  assert.deepEqual(sum.failures, [{ seed: 13, oracle: 'no report', detail: 'its process died' }])
})

test('of a failure the first line is kept, without the places of the machine that a stack names', () => {
  const campaign = new Campaign('quick')
  campaign.addLost(7, 'could not start: Error: damaged\n    at open (file:///anywhere/log.ts:1:1)')
  const [failure] = campaign.sum().failures!
  assert.equal(failure!.detail, 'could not start: Error: damaged')
})

test('a campaign that goes on takes the place of what it was, and others stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'campaigns-'))
  const file = join(folder, 'campaigns.json')
  recordCampaign(file, recorded('one', 1_000_000, 1_000_000))
  recordCampaign(file, recorded('two', 2_000_000, 2_000_005))
  recordCampaign(file, recorded('one', 1_000_000, 1_000_900))
  const all = readCampaigns(file).map(({ label, to }) => [label, to])
  rmSync(folder, { recursive: true })
  assert.deepEqual(all, [
    ['two', 2_000_005],
    ['one', 1_000_900],
  ])
})

test('a new campaign begins where none has been, also beside one that is under way', () => {
  const { from: _, to: __, ...unknown } = recorded('of the first day', 0, 0)
  assert.equal(freshSeed([]), 1_000_000)
  assert.equal(freshSeed([unknown]), 1_000_000)
  assert.equal(freshSeed([unknown, recorded('begun', 1_000_000, 1_000_000)]), 2_000_000)
  assert.equal(freshSeed([recorded('long', 2_000_000, 2_999_999), unknown]), 3_000_000)
})

test('seeds that were run already are found, of the same profile only', () => {
  const one = recorded('one', 1_000_000, 1_000_900)
  assert.equal(findOverlap([one], 'quick', [1_000_900, 1_001_000]), one)
  assert.equal(findOverlap([one], 'quick', [5, Infinity]), one)
  assert.equal(findOverlap([one], 'quick', [1_000_901, 1_001_000]), undefined)
  assert.equal(findOverlap([one], 'full', [1_000_000, 1_000_100]), undefined)
})
