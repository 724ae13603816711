import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntryId } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { LATER_TYPE } from '../../src/simulator/later-version.ts'
import { secretsForTicket, SimNode } from '../../src/simulator/sim-node.ts'
import { People } from '../../src/simulator/people.ts'
import { Reached } from '../../src/simulator/reached.ts'
import { Scheduler } from '../../src/simulator/scheduler.ts'
import { SeededRandom } from '../../src/simulator/seeded-random.ts'
import { SimLogger } from '../../src/simulator/sim-logger.ts'
import { SimNetwork } from '../../src/simulator/sim-network.ts'

const SLOT = 0
const SYNC_MS = 200
const MINUTE_MS = 60_000

/** Somebody who has founded a space, and somebody who has begun to join it; their disks are slow. */
async function setUp() {
  const scheduler = new Scheduler()
  const crypto = createNodeCrypto()
  const random = new SeededRandom(1)
  const network = new SimNetwork(scheduler, random.fork('network'), () => undefined)
  const identities = new People(crypto).draw(random.fork('people'), 2)
  const [founder, joiner] = identities.map((identity, i) => {
    const world = {
      ...{ scheduler, network, crypto, reached: new Reached(), note: () => undefined },
      loggerFor: () => new SimLogger(() => undefined),
      wrapNet: (_node: SimNode, net: ReturnType<SimNetwork['attach']>) => net,
    }
    const options = { name: `n${i}`, identity, syncMeanMs: SYNC_MS }
    return new SimNode(world, random.fork(`node ${i}`), options)
  }) as [SimNode, SimNode]
  const pass = (ms = MINUTE_MS): Promise<void> => scheduler.run(scheduler.nowMs + ms)
  for (const node of [founder, joiner]) void node.start()
  await pass()
  void founder.found(SLOT, 'space')
  await pass()
  const { space } = founder.space(SLOT)!
  const invitation = space.createInvite({
    ...{ role: 'writer', mode: 'auto', maxUses: 10, hints: [] },
    expiresAtMs: founder.clock.wall() + 10 * MINUTE_MS,
    spaceName: 'space',
    inviterName: 'n0',
  })
  await pass()
  const { link } = await invitation
  const arrive = (): Promise<void> => joiner.arrive(SLOT, space.id, secretsForTicket(space))
  return { founder, joiner, link, arrive, pass }
}

test('a space that is being opened is taken, and opening it once more is refused', async () => {
  const { joiner, link, arrive, pass } = await setUp()
  assert.equal(joiner.isTaken(SLOT), false)
  const joining = joiner.join(SLOT, link)
  await pass(1)
  assert.deepEqual([joiner.isTaken(SLOT), joiner.isBusy(SLOT)], [true, true])
  await assert.rejects(arrive(), /a space is open once on a disk/)
  await assert.rejects(joiner.join(SLOT, link), /a space is open once on a disk/)
  await pass()
  await joining
  assert.deepEqual([joiner.isMember(SLOT), joiner.isBusy(SLOT)], [true, false])
  await assert.rejects(arrive(), /a space is open once on a disk/)
  await assert.rejects(joiner.join(SLOT, link), /whoever is in a space/)
})

test('a space that is closed to be opened anew is taken until it is open again', async () => {
  const { joiner, link, arrive, pass } = await setUp()
  void joiner.join(SLOT, link)
  await pass()
  const left = joiner.space(SLOT)!.space.leave()
  await pass()
  await left
  assert.equal(joiner.wasMember(SLOT), true)
  const earlier = joiner.space(SLOT)
  const again = joiner.join(SLOT, link)
  assert.deepEqual([joiner.isTaken(SLOT), joiner.isBusy(SLOT)], [true, true])
  assert.equal(joiner.space(SLOT), undefined)
  await assert.rejects(arrive(), /a space is open once on a disk/)
  await pass()
  await again
  assert.notEqual(joiner.space(SLOT), earlier)
  assert.equal(joiner.isBusy(SLOT), false)
})

test('what was being opened when the process ended is opened by the next one', async () => {
  const { joiner, link, pass } = await setUp()
  void joiner.join(SLOT, link)
  await pass(1)
  joiner.crash(undefined, 'kept')
  assert.equal(joiner.isBusy(SLOT), false)
  void joiner.start()
  await pass()
  assert.equal(joiner.isMember(SLOT), true)
})

test('an upgraded device writes and shows what it could only name before, and the other one names it', async () => {
  const { founder, joiner, link, pass } = await setUp()
  const written: EntryId[] = []
  const ask = async (): Promise<void> => {
    const space = founder.space(SLOT)!
    const draft = { type: LATER_TYPE, value: ['which day?'] }
    const entries = space.write(draft)
    await pass()
    written.push(...(await entries).map(({ id }) => id))
  }
  void joiner.join(SLOT, link)
  founder.upgrade()
  void founder.start()
  await pass()
  await ask()
  const shownBy = async (node: SimNode): Promise<readonly string[][]> => {
    const copy = node.space(SLOT)!
    return [[...(await copy.shownPolls())].sort(), [...(await copy.namedAsNewer())].sort()]
  }
  assert.deepEqual(await shownBy(founder), [written, []])
  assert.deepEqual(await shownBy(joiner), [[], written])
  assert.ok(joiner.heldAtUpgrade(SLOT).size === 0)
  joiner.upgrade()
  assert.equal(joiner.isLater, true)
  void joiner.start()
  await pass()
  await ask()
  assert.deepEqual(await shownBy(joiner), [written.toSorted(), []])
  assert.equal(joiner.heldAtUpgrade(SLOT).get(founder.device)! > 0, true)
  for (const node of [founder, joiner]) assert.deepEqual([...node.bannedPeers], [])
})
