/**
 * Goal: however rotations, admissions, new devices, promotions and removals cross each other, all members end up reading
 * all that the history policy gives them, without anybody writing anything for it, and nobody reads more.
 *
 * Method: three people and their second devices act while apart and meet at random. Then all meet, time passes, and
 * nobody does anything more.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SEALS_TURN_MS } from '@hamlet/space'
import type { Space } from '@hamlet/space'
import { join, Peer, pull, syncAll } from './_world.ts'

const action = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('write', 'write', 'meet', 'rotate', 'rotate', 'device', 'role', 'admit'),
  whom: fc.nat(2),
})

class Group {
  readonly founders: readonly Peer[]
  readonly phones: readonly Peer[]
  readonly guests: readonly Peer[]
  readonly arrived = new Set<Peer>()

  constructor() {
    this.founders = ['Ada', 'Ben', 'Cleo'].map((name) => new Peer(name))
    this.phones = this.founders.map((peer) => new Peer(`${peer.name} phone`, peer))
    this.guests = this.founders.map((peer) => new Peer(`Guest of ${peer.name}`))
  }

  get all(): Peer[] {
    return [...this.founders, ...this.arrived]
  }

  get spaces(): Space[] {
    return this.all.map(({ space }) => space)
  }

  async act(who: number, what: string, whom: number): Promise<void> {
    const [peer, other] = [this.founders[who]!, this.founders[whom]!]
    for (const { clock } of this.all) clock.pass(100)
    try {
      if (what === 'write') await peer.write(`${peer.name} ${peer.clock.wall()}`)
      else if (what === 'rotate') await peer.space.rotateEpoch()
      else if (what === 'role')
        await peer.space.setRole(other.person, who === 0 ? 'relay' : 'admin')
      else if (what === 'meet' && peer !== other) await pull(peer.space, other.space)
      else if (what === 'device') await this.#addPhone(peer, this.phones[whom]!)
      else if (what === 'admit') await this.#admit(peer, this.guests[who]!)
    } catch (error) {
      assert.match(
        (error as { code: string }).code,
        /^SPACE_(FORBIDDEN|READ_ONLY|PERSON_UNKNOWN|EPOCH_LOCKED)$/,
      )
    }
  }

  async #addPhone(by: Peer, phone: Peer): Promise<void> {
    if (this.arrived.has(phone)) return
    await by.space.addDevice(phone.identity.certificate)
    await phone.openForJoin(by.space.id)
    this.arrived.add(phone)
  }

  async #admit(by: Peer, guest: Peer): Promise<void> {
    if (this.arrived.has(guest)) return
    await join(by, guest)
    this.arrived.add(guest)
  }
}

async function settle(group: Group): Promise<void> {
  for (let turn = 0; turn < 12; turn++) {
    await syncAll(...group.spaces)
    for (const { clock } of group.all) clock.pass(SEALS_TURN_MS)
    for (let i = 0; i < 10; i++) await new Promise((resolve) => void setImmediate(resolve))
  }
  await syncAll(...group.spaces)
}

async function play(
  history: 'all' | 'from-join',
  actions: readonly { readonly who: number; readonly what: string; readonly whom: number }[],
): Promise<Group> {
  const group = new Group()
  const [ada, ben, cleo] = group.founders as [Peer, Peer, Peer]
  await ada.create(history)
  await join(ada, ben, { role: 'admin' })
  await join(ada, cleo, { role: 'admin' })
  await syncAll(...group.spaces)
  for (const { who, what, whom } of actions) await group.act(who, what, whom)
  await settle(group)
  for (const { space } of group.all) assert.deepEqual(space.leftOut(), [])
  return group
}

test('with the whole history promised, all members end up reading all that was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 18 }), async (actions) => {
      const group = await play('all', actions)
      const [ada] = group.founders as [Peer]
      for (const peer of group.all) {
        if (peer.space.ownRole === 'relay' || peer.space.ownRole === undefined) continue
        assert.deepEqual(peer.messages(), ada.messages(), peer.name)
      }
      await Promise.all(group.spaces.map((space) => space.close()))
    }),
    { numRuns: 12 },
  )
})

test('with history from joining, devices of one person end up reading the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 18 }), async (actions) => {
      const group = await play('from-join', actions)
      for (const [i, founder] of group.founders.entries()) {
        const phone = group.phones[i]!
        if (!group.arrived.has(phone) || founder.space.ownRole === 'relay') continue
        if (phone.space.ownRole === undefined) continue
        assert.deepEqual(phone.messages(), founder.messages(), founder.name)
      }
      await Promise.all(group.spaces.map((space) => space.close()))
    }),
    { numRuns: 12 },
  )
})
