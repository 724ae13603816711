/** Goal: the same entries give the same shares, in whatever causal order they come, and however often. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EntryId } from '@hamlet/core'
import { causalOrder, openReplica, World } from './_world.ts'
import type { SharingDevice } from './_world.ts'

const act = fc.record({
  device: fc.nat(2),
  target: fc.nat(3),
  kind: fc.constantFrom('share', 'rename', 'remove', 'restore', 'hold', 'sync'),
  number: fc.nat(9),
})

function play(device: SharingDevice, kind: string, share: EntryId, number: number): void {
  if (kind === 'sync') device.sync()
  else if (kind === 'share') device.share(`share ${number}`)
  else if (kind === 'rename') device.write({ kind, share, name: `name ${number}` })
  else if (kind === 'hold') device.hold(share, number, number % 2 === 0)
  else device.write({ kind: kind as 'remove' | 'restore', share })
}

test('replicas agree whatever causal order the entries come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 25 }),
      fc.array(fc.nat(50), { minLength: 1, maxLength: 10 }),
      async (acts, choices) => {
        const world = new World()
        const devices = [
          world.device('a', 'ann'),
          world.device('b', 'ben'),
          world.device('c', 'cleo', 'admin'),
        ]
        const shares = [0, 1].map((number) => devices[number]!.share(`first ${number}`).id)
        const made = (): EntryId[] =>
          world.entries.filter(({ type }) => type === 'files.share').map(({ id }) => id)
        for (const { device, target, kind, number } of acts) {
          play(devices[device]!, kind, made()[target] ?? shares[0]!, number)
          world.wallMs += number
        }
        const straight = await openReplica(world.entries)
        const order = causalOrder(world.entries, choices)
        const other = await openReplica()
        for (const entry of order) await other.receive(entry)
        assert.equal(await other.state(), await straight.state())
        assert.deepEqual(await other.shares.list(), await straight.shares.list())
      },
    ),
    { numRuns: 40 },
  )
})
