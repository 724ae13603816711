/**
 * Goal: devices that hold the same logs agree on everything, whatever the order, the ranges and the restarts.
 *
 * Method: three people write while apart and meet at random; a fourth device then takes all logs in random pieces, some
 * twice, with restarts in between.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashOf, join, INVITE, Peer, pull, syncAll } from './_world.ts'

const action = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('write', 'write', 'meet', 'rotate', 'grant', 'invite'),
  whom: fc.nat(2),
})

async function act(
  peers: readonly Peer[],
  { who, what, whom }: { who: number; what: string; whom: number },
): Promise<void> {
  const [peer, other] = [peers[who]!, peers[whom]!]
  peer.clock.pass(1000 + who)
  try {
    if (what === 'write') await peer.write(`${peer.name} ${peer.clock.wall()}`)
    else if (what === 'rotate') await peer.space.rotateEpoch()
    else if (what === 'grant')
      await peer.space.setRole(other.person, who === 0 ? 'admin' : 'reader')
    else if (what === 'invite') await peer.space.createInvite({ ...INVITE, role: 'reader' })
    else if (peer !== other) await pull(peer.space, other.space)
  } catch (error) {
    assert.match((error as { code: string }).code, /^SPACE_(FORBIDDEN|READ_ONLY|PERSON_UNKNOWN)$/)
  }
}

test('any order of delivery gives the same members, messages and frontier', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 5, maxLength: 25 }),
      fc.array(
        fc.record({ pick: fc.nat(), blocks: fc.integer({ min: 1, max: 4 }), reopen: fc.nat(9) }),
        {
          minLength: 30,
          maxLength: 30,
        },
      ),
      async (actions, deliveries) => {
        const peers = ['Ada', 'Ben', 'Cleo'].map((name) => new Peer(name))
        const [ada, ben, cleo] = peers as [Peer, Peer, Peer]
        await ada.create()
        await join(ada, ben)
        await join(ada, cleo, { role: 'admin' })
        for (const next of actions) await act(peers, next)
        for (const { clock } of peers) clock.pass(60_000)
        await syncAll(ada.space, ben.space, cleo.space)
        // Whoever writes next chains an epoch that left a newcomer out.
        await ada.write('the end')
        await syncAll(ada.space, ben.space, cleo.space)
        const replica = new Peer('Cleo')
        await replica.openForJoin(ada.space.id)
        await replica.space.accept(
          ada.device,
          ada.space.rangeFrom(ada.device, 0, { bytesMax: 1, blocksMax: 1 })!,
        )
        for (const { pick, blocks, reopen } of deliveries) {
          const devices = [...ada.space.lengths()].sort(([a], [b]) => (a < b ? -1 : 1))
          const [device] = devices[pick % devices.length]!
          const at = replica.space.lengths().get(device) ?? 0
          const from = Math.max(0, at - (pick % 2))
          const range = ada.space.rangeFrom(device, from, {
            bytesMax: 1_000_000,
            blocksMax: blocks,
          })
          if (range !== undefined && replica.space.acceptsDevice(device))
            await replica.space.accept(device, range)
          if (reopen > 0) continue
          await replica.space.close()
          await replica.reopen()
        }
        replica.clock.set(ada.clock.wall())
        await pull(ada.space, replica.space)
        for (const { space, messages } of [ben, cleo, replica].map((peer) => ({
          space: peer.space,
          messages: peer.messages(),
        }))) {
          assert.equal(hashOf(space), hashOf(ada.space))
          assert.deepEqual(space.controlState(), ada.space.controlState())
          assert.deepEqual(space.appliedLengths(), ada.space.appliedLengths())
          assert.deepEqual(messages, ada.messages())
        }
        assert.deepEqual(ada.space.pendingCounts(), { waiting: 0, held: 0 })
        assert.deepEqual(ada.space.rejected(), [])
      },
    ),
    { numRuns: 8 },
  )
})
