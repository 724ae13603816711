/** Whoever keeps to the allowance is taken at once, in whatever pieces and whenever it is fetched. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ENTRIES_POLICY } from '@hamlet/space'
import { DAY_MS, join, Peer } from './_world.ts'

/** More than the reserve for control entries, so that what is not told apart by days would be too much. */
const PER_DAY = 1_200

const plan = fc.record({
  bursts: fc.array(
    fc.record({
      count: fc.integer({ min: PER_DAY / 2, max: PER_DAY }),
      afterMs: fc.integer({ min: 0, max: 2 * DAY_MS }),
    }),
    { minLength: 3, maxLength: 5 },
  ),
  blocksMax: fc.integer({ min: 20, max: 2_000 }),
  laterMs: fc.integer({ min: 0, max: 400 * DAY_MS }),
})

test('what the writer lets pass no receiver slows, and what it refuses goes on when it said', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ bursts, blocksMax, laterMs }) => {
      const ada = new Peer('ada')
      await ada.create()
      const ben = new Peer('ben')
      await join(ada, ben)
      await ada.space.setPolicy(ENTRIES_POLICY, PER_DAY)
      await pullAll(ada, ben, 1000)
      for (const { count, afterMs } of bursts) {
        ben.clock.pass(afterMs)
        await writeWhenAllowed(ben, count)
      }
      ada.clock.set(ben.clock.wall() + laterMs)
      await pullAll(ben, ada, blocksMax)
      assert.equal(ada.space.lengths().get(ben.device), ben.space.lengths().get(ben.device))
      assert.deepEqual(ada.space.slowedDevices(), [])
    }),
    { numRuns: 4 },
  )
})

/** Writes, or waits exactly as long as it is told and writes then. */
async function writeWhenAllowed(peer: Peer, count: number): Promise<void> {
  const drafts = Array.from({ length: count }, () => ({ type: 'chat.message', value: ['x'] }))
  try {
    await peer.space.append(drafts)
  } catch (error) {
    const { code, fields } = error as { code: string; fields: { againAtMs: number } }
    assert.equal(code, 'SPACE_DAY_SPENT')
    assert.ok(fields.againAtMs > peer.clock.wall())
    peer.clock.set(fields.againAtMs)
    await peer.space.append(drafts)
  }
}

async function pullAll(from: Peer, to: Peer, blocksMax: number): Promise<void> {
  for (const [device, length] of from.space.lengths()) {
    let stored = to.space.lengths().get(device) ?? 0
    while (stored < length) {
      const range = from.space.rangeFrom(device, stored, { bytesMax: 1_000_000, blocksMax })!
      const accepted = await to.space.accept(device, range)
      assert.ok(accepted.ok, accepted.ok ? '' : accepted.error.code)
      stored = accepted.value.to
    }
  }
}
