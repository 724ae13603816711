/**
 * Goal: real accounts keep up with a real swarm: what was given is signed by both, durable, and the same on both sides.
 * Method: two engines on the simulated network, blob stores and accounts on memory disks.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobStore, SwarmEngine, swarmTopic } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { silentLogger, silentMetrics } from '@hamlet/core'
import {
  AccountBook,
  blindSwarm,
  createDiskAccountStore,
  verifyReceipt,
} from '@hamlet/files/credits'
import type { Receipt } from '@hamlet/files/credits'
import { createMemoryDisk } from '@hamlet/store'
import { Scheduler, SeededRandom, SimClock, SimNetwork } from '@hamlet/testkit/simulated-ports'
import { anna, ben, crypto, GROUP, MIB, personOf, SECRET } from './_people.ts'
import type { TestDevice } from './_people.ts'

const ACCESS = { isPublic: false, isAllowed: () => true }
const scheduler = new Scheduler()
const random = new SeededRandom(7)
const network = new SimNetwork(scheduler, random.fork('network'), () => undefined)

async function join(self: TestDevice) {
  const clock = new SimClock(scheduler)
  const disk = createMemoryDisk()
  const store = createDiskAccountStore(disk)
  const receipts: Receipt[] = []
  const accounts = await AccountBook.open({
    crypto,
    clock,
    signer: self.signer,
    self,
    store,
    personOf: personOf([anna, ben]),
    termsOf: (_, blob) => {
      const swarm = blindSwarm(crypto, SECRET, swarmTopic(crypto, blob as BlobId))
      return { groups: [{ group: GROUP, swarm }], isFree: false }
    },
    onReceipt: (receipt) => receipts.push(receipt),
  })
  const net = network.attach(self.device)
  const ports = { clock, crypto, net, random: random.fork(self.device) }
  const engine = new SwarmEngine(
    { ...ports, logger: silentLogger, metrics: silentMetrics },
    { accounts },
  )
  const blobs = await BlobStore.open({ disk: createMemoryDisk(), clock, crypto })
  return { engine, blobs, receipts, store, accounts }
}

test('two engines with accounts end with one receipt over all that went, durable on both sides', async () => {
  const [annas, bens] = [await join(anna), await join(ben)]
  const id = await bens.blobs.put(new Uint8Array(5 * MIB + 77).map((_, i) => i * 31))
  bens.engine.share((await bens.blobs.serve(id))!, ACCESS)
  const download = annas.engine.download(await annas.blobs.begin(id), ACCESS)
  annas.engine.addSource(id, ben.device)
  let isDone = false
  const done = download.done.then(() => (isDone = true))
  await scheduler.run(scheduler.nowMs + 60_000, () => isDone)
  await done
  await scheduler.run(scheduler.nowMs + 5000)
  await annas.accounts.flush()
  const latest = annas.receipts.at(-1)!
  assert.equal(latest.totalBytes, id.sizeBytes)
  assert.deepEqual(bens.receipts.at(-1), latest)
  assert.ok(verifyReceipt(crypto, latest))
  assert.ok(latest.seq >= 5)
  const [terms] = annas.accounts.terms(ben.device, id)
  assert.equal(await annas.accounts.unsettled(ben.device, { id, terms }), undefined)
  assert.equal((await annas.store.load()).size, 1)
  assert.equal((await bens.store.load()).size, 1)
})
