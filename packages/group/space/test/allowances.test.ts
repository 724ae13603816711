/** What a device may write in a day: its own software refuses more, the others pace themselves, nothing is lost. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CONTROL_ENTRIES_PER_DAY_RESERVE,
  DEVICE_BYTES_PER_DAY_MAX,
  DEVICE_ENTRIES_PER_DAY_MAX,
} from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import { allowanceOf, BYTES_POLICY, ENTRIES_POLICY } from '@hamlet/space'
import type { SpaceError } from '@hamlet/space'
import { Forger } from './_forger.ts'
import { DAY_MS, hashOf, join, NOW_MS, Peer, pull, syncAll } from './_world.ts'

async function founder(policy: Record<string, CborValue> = {}): Promise<Peer> {
  const ada = new Peer('ada')
  await ada.create()
  const policies = Object.entries(policy)
  await ada.space.appendControl(
    policies.map(([name, value]) => ({ name: 'policy', policy: name, value })),
  )
  return ada
}

async function refusal(peer: Peer, texts: readonly string[]): Promise<SpaceError | undefined> {
  const drafts = texts.map((text) => ({ type: 'chat.message', value: [text] }))
  try {
    await peer.space.append(drafts)
    return undefined
  } catch (error) {
    return error as SpaceError
  }
}

function many(count: number, text = 'x'): string[] {
  return Array.from({ length: count }, () => text)
}

/** A member's device that writes as fast as it can, past its own software. */
async function flood(eve: Peer, entries: number, atMs: number): Promise<Forger> {
  const forger = await Forger.open(eve, eve.space)
  await forger.flood(entries, () => atMs)
  return forger
}

test('the ten-thousand-and-first entry of a day is refused with the time when it goes on', async () => {
  const ada = await founder()
  const own = ada.space.lengths().get(ada.device)!
  assert.equal(await refusal(ada, many(DEVICE_ENTRIES_PER_DAY_MAX - own)), undefined)
  const error = await refusal(ada, ['one more'])
  assert.equal(error?.code, 'SPACE_DAY_SPENT')
  assert.equal(error.fields?.['againAtMs'], NOW_MS + DAY_MS)
  assert.equal(ada.space.lengths().get(ada.device), DEVICE_ENTRIES_PER_DAY_MAX)
  ada.clock.pass(DAY_MS)
  assert.equal(await refusal(ada, ['one more']), undefined)
})

test('64 MiB in a day are as much as 10,000 entries', async () => {
  const ada = await founder()
  const text = 'y'.repeat(60_000)
  let [error, written] = [await refusal(ada, []), 0]
  while (error === undefined && written < 1_200) {
    error = await refusal(ada, many(100, text))
    written += 100
  }
  assert.equal(error?.code, 'SPACE_DAY_SPENT')
  assert.ok(ada.space.storedBytes <= DEVICE_BYTES_PER_DAY_MAX)
  assert.ok(ada.space.storedBytes > DEVICE_BYTES_PER_DAY_MAX - 200 * 64 * 1024)
})

test('what is due again is counted from the oldest entry of the day on', async () => {
  const ada = await founder({ [ENTRIES_POLICY]: 20 })
  ada.clock.pass(2 * DAY_MS)
  for (let hour = 0; hour < 20; hour++) {
    ada.clock.pass(3_600_000)
    assert.equal(await refusal(ada, ['each hour']), undefined)
  }
  const error = await refusal(ada, ['one too many'])
  assert.equal(error?.fields?.['againAtMs'], NOW_MS + 2 * DAY_MS + 3_600_000 + DAY_MS)
  ada.clock.set(error.fields['againAtMs'] as number)
  assert.equal(await refusal(ada, ['now']), undefined)
  assert.equal((await refusal(ada, ['not yet']))?.code, 'SPACE_DAY_SPENT')
  assert.equal((await refusal(ada, many(21)))?.fields?.['againAtMs'], undefined)
})

test('a full day holds up no invitation, no admission and no removal of rights', async () => {
  const ada = await founder({ [ENTRIES_POLICY]: 5 })
  assert.equal((await refusal(ada, many(6)))?.code, 'SPACE_DAY_SPENT')
  const ben = new Peer('ben')
  await join(ada, ben)
  await ada.space.setRole(ben.person, 'reader')
  assert.equal(ada.space.role(ben.person), 'reader')
})

function of(value: CborValue): ReadonlyMap<string, CborValue> {
  return new Map([[ENTRIES_POLICY, value]])
}

test('a policy sets the allowance for all roles, or for some', () => {
  assert.equal(allowanceOf(of(7), 'writer').entries, 7)
  const byRole = of(new Map<string, CborValue>([['admin', 50_000]]))
  assert.equal(allowanceOf(byRole, 'admin').entries, 50_000)
  assert.equal(allowanceOf(byRole, 'writer').entries, DEVICE_ENTRIES_PER_DAY_MAX)
  for (const value of [-1, 'many', 1.5, null, [3]]) {
    assert.equal(allowanceOf(of(value), 'writer').entries, DEVICE_ENTRIES_PER_DAY_MAX)
  }
  assert.equal(allowanceOf(new Map([[BYTES_POLICY, 1_000]]), 'reader').bytes, 1_000)
})

test('a log that outruns the day is taken one allowance a day, and in the end whole', async () => {
  const ada = await founder({ [ENTRIES_POLICY]: 200 })
  const eve = new Peer('eve')
  await join(ada, eve)
  const written = 2_000
  const forger = await flood(eve, written, NOW_MS + 1)
  const feed = async (blocksMax: number): Promise<string | undefined> => {
    const from = ada.space.lengths().get(eve.device) ?? 0
    if (from >= written) return 'all'
    const accepted = await ada.space.accept(eve.device, forger.range(from, blocksMax))
    return accepted.ok ? undefined : accepted.error.code
  }
  let outcome = await feed(100)
  while (outcome === undefined) outcome = await feed(100)
  assert.equal(outcome, 'SPACE_TOO_FAST')
  const taken = ada.space.lengths().get(eve.device)!
  assert.ok(taken >= 200 + CONTROL_ENTRIES_PER_DAY_RESERVE, `${taken} at first`)
  assert.ok(taken <= 2 * 200 + CONTROL_ENTRIES_PER_DAY_RESERVE + 100, `${taken} at first`)
  assert.deepEqual(ada.space.slowedDevices(), [eve.device])
  ada.clock.pass(DAY_MS / 2)
  assert.equal(ada.space.isSlowed(eve.device), false)
  let days = 0
  while ((await feed(100)) !== 'all' && days < 20) {
    ada.clock.pass(DAY_MS / 2)
    days += 0.5
  }
  assert.equal(ada.space.lengths().get(eve.device), written)
  assert.ok(days >= 2 && days <= 5, `${days} days`)
})

test('dates made up, old or ahead, do not make a flood lighter', async () => {
  for (const atMs of [1, NOW_MS - 100 * DAY_MS, NOW_MS + 1]) {
    const ada = await founder({ [ENTRIES_POLICY]: 100 })
    const eve = new Peer('eve')
    await join(ada, eve)
    const forger = await Forger.open(eve, eve.space)
    await forger.flood(1_500, (i) => atMs + i * 1_000)
    const codes = new Set<string>()
    for (let from = 0; from < 1_500; from = ada.space.lengths().get(eve.device)!) {
      const accepted = await ada.space.accept(eve.device, forger.range(from, 50))
      if (accepted.ok) continue
      codes.add(accepted.error.code)
      break
    }
    assert.deepEqual([...codes], ['SPACE_TOO_FAST'], `dated ${atMs}`)
  }
})

test('an entry of another person is not left waiting for a log that is slowed', async () => {
  const ada = await founder({ [ENTRIES_POLICY]: 100 })
  const [ben, eve] = [new Peer('ben'), new Peer('eve')]
  await join(ada, ben)
  await join(ada, eve)
  await syncAll(ada.space, ben.space, eve.space)
  const forger = await flood(eve, 1_400, NOW_MS + 1)
  const fill = async (peer: Peer, to: number): Promise<void> => {
    for (let from = 0; from < to; from = peer.space.lengths().get(eve.device)!) {
      assert.ok((await peer.space.accept(eve.device, forger.range(from, to - from))).ok)
    }
  }
  await fill(ada, 1_300)
  assert.equal(ada.space.isSlowed(eve.device), true)
  await fill(ben, 1_400)
  await ben.write('built on all of it')
  await pull(ben.space, ada.space)
  assert.ok(ada.messages().includes('built on all of it'))
})

test('who keeps to the allowance is never slowed, at whoever’s clock', async () => {
  const ada = await founder({ [ENTRIES_POLICY]: 1_500 })
  const ben = new Peer('ben')
  await join(ada, ben)
  for (let day = 0; day < 2; day++) {
    assert.equal(await refusal(ben, many(1_400)), undefined)
    ben.clock.pass(DAY_MS)
  }
  for (const offMs of [0, -365 * DAY_MS, 365 * DAY_MS]) {
    const late = new Peer(`late ${offMs}`)
    await join(ada, late)
    late.clock.set(ben.clock.wall() + offMs)
    const refusals = await pull(ben.space, late.space)
    assert.deepEqual(late.space.slowedDevices(), [])
    if (offMs >= 0) assert.equal(late.space.lengths().get(ben.device), 2_800)
    // A clock that far behind sets aside what is ahead of it; that is another limit.
    else assert.deepEqual(new Set(refusals), new Set(['SPACE_QUARANTINE_FULL']))
  }
})

test('the own log is fetched back whole, however fast it was written', async () => {
  const ada = await founder()
  const ben = new Peer('ben')
  await join(ada, ben)
  const forger = await flood(ben, 100, NOW_MS + 1)
  await ada.space.appendControl([{ name: 'policy', policy: ENTRIES_POLICY, value: 0 }])
  await pull(ada.space, ben.space)
  assert.ok((await ben.space.accept(ben.device, forger.range(0, 100))).ok)
  assert.equal(ben.space.isSlowed(ben.device), false)
  assert.ok((await ada.space.accept(ben.device, forger.range(0, 100))).ok)
  assert.equal(hashOf(ada.space), hashOf(ben.space))
})
