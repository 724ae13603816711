/** Goal: a tracker's word on who is good never counts for more than what this device has seen itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHolders } from '../src/files/tracker-answer.ts'

const SELF = 'aa'.repeat(32)
const origin = 'https://tracker.example'
const device = (index: number): string => index.toString(16).padStart(64, '0')

const answers = fc.array(
  fc.record({ rank: fc.constantFrom(0, 0.25, 0.5, 0.9, 1), isSelf: fc.boolean() }),
  { maxLength: 40 },
)

test('whom this device thinks well of comes first, among equals whom the tracker puts first, and all that were named but this device', () => {
  fc.assert(
    fc.property(answers, (all) => {
      const peers = all.map(({ isSelf }, index) => ({
        ...{ device: isSelf ? SELF : device(index), addresses: [] },
      }))
      const ranks = new Map(all.map(({ rank }, index) => [device(index), rank]))
      const rankOf = (each: string): number => ranks.get(each) ?? 1
      const found = toHolders(peers, { origin, self: SELF, rankOf })
      const expected = all.flatMap(({ isSelf }, index) => (isSelf ? [] : [device(index)])).sort()
      assert.deepEqual(found.map((each) => each.device).sort(), expected)
      for (const [index, { device: each }] of found.entries()) {
        const next = found[index + 1]?.device
        if (next === undefined) continue
        const isEqual = rankOf(each) === rankOf(next)
        assert.ok(isEqual ? each < next : rankOf(each) > rankOf(next))
      }
    }),
  )
})

test('a tracker on the internet points nobody at a network of their own, and one nearby may', () => {
  const addresses = [
    `/ip4/192.168.1.7/tcp/4001/p2p/${device(1)}`,
    `/ip4/127.0.0.1/tcp/4001/p2p/${device(1)}`,
    `/ip4/203.0.114.9/tcp/4001/p2p/${device(1)}`,
  ]
  const from = (at: string): readonly string[] =>
    toHolders([{ device: device(1), addresses }], { origin: at, self: SELF, rankOf: () => 0 })[0]!
      .addresses
  assert.deepEqual(from(origin), addresses.slice(2))
  assert.ok(from('http://127.0.0.1:7373').includes(addresses[1]!))
})
