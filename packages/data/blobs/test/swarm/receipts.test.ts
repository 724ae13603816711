import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SWARM_SILENT_MS_MAX } from '@hamlet/blobs'
import { CountingAccounts, SlowAccounts } from './_ledger.ts'
import { MemoryBlob } from './_memory-blob.ts'
import { blobBytes, isSame, OPEN, SwarmWorld } from './_swarm-world.ts'
import type { TestPeer } from './_swarm-world.ts'

const MIB = 1024 * 1024
const blob = MemoryBlob.of(blobBytes(8 * MIB + 99))

interface Side {
  readonly peer: TestPeer
  readonly accounts: CountingAccounts
}

function add(world: SwarmWorld, name: string, accounts: CountingAccounts): Side {
  return { peer: world.add(name, { accounts }), accounts }
}

suite('receipts', () => {
  for (const [stepOfGiver, stepOfTaker] of [
    [1, 1],
    [1, 16],
    [16, 1],
  ] as const) {
    test(`come to what was verified, with steps of ${stepOfGiver} and ${stepOfTaker} MiB`, async () => {
      const world = new SwarmWorld()
      const giver = add(world, 'giver', new CountingAccounts(stepOfGiver * MIB))
      const taker = add(world, 'taker', new CountingAccounts(stepOfTaker * MIB))
      giver.peer.engine.share(blob, OPEN)
      const partial = new MemoryBlob(blob.id)
      const { done } = taker.peer.engine.download(partial, OPEN)
      taker.peer.engine.addSource(blob.id, giver.peer.device)
      await world.within(20_000, done)
      await world.pass(2000)
      assert.equal(giver.accounts.earned.get(taker.peer.device), blob.id.sizeBytes)
      const { totalBytes, settledBytes } = taker.accounts.paid.get(giver.peer.device)!
      assert.deepEqual([totalBytes, settledBytes], [blob.id.sizeBytes, blob.id.sizeBytes])
    })
  }

  test('that become durable later are sent later, and come to the same', async () => {
    const world = new SwarmWorld()
    const [givers, takers] = [new SlowAccounts(), new SlowAccounts()]
    const giver = world.add('giver', { accounts: givers })
    const taker = world.add('taker', { accounts: takers })
    giver.engine.share(blob, OPEN)
    const { done } = taker.engine.download(new MemoryBlob(blob.id), OPEN)
    taker.engine.addSource(blob.id, giver.device)
    await world.within(20_000, done)
    await world.pass(2000)
    assert.equal(givers.counting.earned.get(taker.device), blob.id.sizeBytes)
    assert.equal(takers.counting.unsettled(giver.device), undefined)
    assert.equal(givers.sentCounts.get(taker.device), 33)
  })

  test('that do not become durable are not sent, and nothing else breaks', async () => {
    const world = new SwarmWorld()
    const [givers, takers] = [new SlowAccounts(), new SlowAccounts()]
    takers.isFailing = true
    const giver = world.add('giver', { accounts: givers })
    const taker = world.add('taker', { accounts: takers })
    giver.engine.share(blob, OPEN)
    const partial = new MemoryBlob(blob.id)
    taker.engine.download(partial, OPEN)
    taker.engine.addSource(blob.id, giver.device)
    await world.pass(5000)
    // One chunk, and perhaps the 99 bytes at the end.
    assert.ok(partial.heldCount === 1 || partial.heldCount === 2)
    assert.equal(givers.counting.earned.size, 0)
  })

  test('that are not signed end it after a chunk, and the slot goes to who does sign', async () => {
    const world = new SwarmWorld()
    const giver = world.add('giver', { accounts: new CountingAccounts(), slots: 1 })
    giver.engine.share(blob, OPEN)
    const thief = add(world, 'thief', new CountingAccounts())
    thief.accounts.isSigning = false
    const stolen = new MemoryBlob(blob.id)
    thief.peer.engine.download(stolen, OPEN)
    thief.peer.engine.addSource(blob.id, giver.device)
    await world.pass(5000)
    assert.equal(stolen.heldCount, 1)
    const payer = add(world, 'payer', new CountingAccounts())
    const partial = new MemoryBlob(blob.id)
    const { done } = payer.peer.engine.download(partial, OPEN)
    payer.peer.engine.addSource(blob.id, giver.device)
    await world.within(60_000, done)
    assert.ok(isSame(partial.bytes, blob.bytes))
    await world.pass(30 * 60_000)
    assert.ok(stolen.heldCount <= 4, `${stolen.heldCount}`)
  })

  test('what came before the giver stopped is signed for, once they meet again', async () => {
    const world = new SwarmWorld(4, { bytesPerSecond: MIB })
    const giver = add(world, 'giver', new CountingAccounts(16 * MIB))
    const other = world.add('other')
    const taker = add(world, 'taker', new CountingAccounts(16 * MIB))
    const stop = giver.peer.engine.share(blob, OPEN)
    const partial = new MemoryBlob(blob.id)
    const { done } = taker.peer.engine.download(partial, OPEN)
    taker.peer.engine.addSource(blob.id, giver.peer.device)
    await world.pass(4000)
    stop()
    other.engine.share(blob, OPEN)
    taker.peer.engine.addSource(blob.id, other.device)
    await world.within(60_000, done)
    const { paid } = taker.accounts
    const totals = [...paid.values()].map(({ totalBytes }) => totalBytes)
    assert.equal(totals[0]! + totals[1]!, blob.id.sizeBytes)
  })

  test('who stops in the middle, and begins again once it is forgiven, is answered again', async () => {
    const world = new SwarmWorld(3)
    const giver = world.add('giver', { accounts: new CountingAccounts(), slots: 1 })
    giver.engine.share(blob, OPEN)
    const { peer, accounts } = add(world, 'taker', new CountingAccounts())
    accounts.isSigning = false
    const partial = new MemoryBlob(blob.id)
    const first = peer.engine.download(partial, OPEN)
    peer.engine.addSource(blob.id, giver.device)
    await world.pass(4000)
    first.stop()
    await world.pass(60_000)
    accounts.isSigning = true
    const { done } = peer.engine.download(partial, OPEN)
    peer.engine.addSource(blob.id, giver.device)
    await world.within(60_000, done)
  })

  test('what is lost with a line does not stop who signs', async () => {
    const world = new SwarmWorld(2, { bytesPerSecond: MIB })
    const giver = add(world, 'giver', new CountingAccounts())
    const taker = add(world, 'taker', new CountingAccounts())
    giver.peer.engine.share(blob, OPEN)
    const partial = new MemoryBlob(blob.id)
    const { done } = taker.peer.engine.download(partial, OPEN)
    taker.peer.engine.addSource(blob.id, giver.peer.device)
    const beat = (): void => {
      world.network.reset(giver.peer.device, taker.peer.device)
      world.scheduler.after(4000, beat)
    }
    world.scheduler.after(1500, beat)
    await world.within(10 * 60_000, done)
    await world.pass(SWARM_SILENT_MS_MAX)
    const { totalBytes } = taker.accounts.paid.get(giver.peer.device)!
    assert.equal(totalBytes, blob.id.sizeBytes)
    assert.ok(giver.accounts.earned.get(taker.peer.device)! <= totalBytes)
  })
})
