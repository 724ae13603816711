/** Goal: the same entries give the same backups, in whatever causal order they come, and however often. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ObjectId } from '../src/index.ts'
import { causalOrder, openReplica, someManifest, World } from './_world.ts'
import type { KeepingDevice } from './_world.ts'

const KINDS = ['announce', 'assign', 'hold', 'remove', 'pledge', 'leave', 'grant', 'sync'] as const
const act = fc.record({
  device: fc.nat(2),
  object: fc.nat(2),
  kind: fc.constantFrom(...KINDS, 'claim', 'fault', 'proven', 'catalog'),
  number: fc.nat(3),
})

interface Scene {
  readonly devices: readonly KeepingDevice[]
  readonly objects: readonly ObjectId[]
}

function play(scene: Scene, kind: string, by: number, object: ObjectId, number: number): void {
  const device = scene.devices[by]!
  const other = scene.devices[(by + 1 + number) % 3]!
  switch (kind) {
    case 'sync':
      return void device.sync()
    case 'announce':
      return void device.announce(someManifest(number), [{ shard: number, device: other.id }])
    case 'assign':
      return void device.assign(object, number, other.id)
    case 'hold':
      return void device.hold(object, ...[0, 1, 2, 3].slice(0, number))
    case 'remove':
      return void device.write({ kind, objects: [object], isRemoved: number % 2 === 0 })
    case 'pledge':
      return void device.pledge(other, number * 1000, `home ${number}`)
    case 'leave':
      return void device.write({ kind, untilMs: number })
    case 'grant':
      return void device.write({ kind, bytes: number, untilMs: number * 1000 })
    case 'claim':
      return void device.write({ kind, object, shard: number, untilMs: number })
    case 'fault':
      return void device.write({
        ...{ kind, object, shard: number, device: other.id },
        fault: 'wrong-bytes',
        evidence: Uint8Array.of(number),
      })
    case 'proven': {
      const proofs = [{ device: other.id, atMs: number, answers: number, failures: 0 }]
      return void device.write({ kind, proofs })
    }
    default:
      return void device.write({ kind: 'catalog', sealedOperations: Uint8Array.of(number) })
  }
}

test('replicas agree whatever causal order the entries come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 30 }),
      fc.array(fc.nat(50), { minLength: 1, maxLength: 10 }),
      async (acts, choices) => {
        const world = new World()
        const devices = [
          world.device('a', 'ann'),
          world.device('b', 'ben'),
          world.device('c', 'ann', 'admin'),
        ]
        const objects = [0, 1, 2].map((seed) => devices[seed]!.announce(someManifest(seed)))
        for (const { device, object, kind, number } of acts) {
          play({ devices, objects }, kind, device, objects[object]!, number)
          world.wallMs += number
        }
        const { person } = devices[0]!
        const straight = await openReplica(person, world.entries)
        const other = await openReplica(person)
        const order = causalOrder(world.entries, choices)
        for (const [at, entry] of order.entries()) {
          await other.receive(entry)
          // Asked on the way too, so that what is kept in memory is brought up to date in steps.
          if (at % 7 === 0) await other.book.objects()
        }
        assert.equal(await other.state(), await straight.state())
        assert.deepEqual(await other.book.objects(), await straight.book.objects())
        assert.deepEqual(await other.book.pledges(), await straight.book.pledges())
      },
    ),
    { numRuns: 40 },
  )
})
