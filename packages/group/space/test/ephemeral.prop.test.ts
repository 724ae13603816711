/**
 * Goal: where messages disappear, whatever crosses: nobody reads anything beyond its time, who is in reads what is new,
 * and all who are in meet by the same newest secret, which nobody who is out has.
 *
 * Method: three people act while apart and meet at random, hours pass, somebody comes and somebody goes. Then all meet.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import fc from 'fast-check'
import { ephemeralFor, SEALS_TURN_MS } from '@hamlet/space'
import { DAY_MS, join, Peer, pull, syncAll } from './_world.ts'

const HOUR_MS = 3_600_000
const EPHEMERAL = ephemeralFor(DAY_MS)

const action = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('write', 'write', 'write', 'meet', 'hours', 'hours', 'admit', 'remove'),
  whom: fc.nat(2),
})

class Group {
  readonly founders: readonly Peer[] = ['Ada', 'Ben', 'Cleo'].map((name) => new Peer(name))
  readonly guests: Peer[] = []

  get all(): Peer[] {
    return [...this.founders, ...this.guests]
  }

  async act(who: number, what: string, whom: number): Promise<void> {
    const [peer, other] = [this.founders[who]!, this.founders[whom]!]
    try {
      if (what === 'write') await peer.write(String(peer.clock.wall()))
      else if (what === 'hours') await pass(this.all, (2 + whom) * 2 * HOUR_MS)
      else if (what === 'meet' && peer !== other) await pull(peer.space, other.space)
      else if (what === 'remove' && whom === 2) await peer.space.remove(other.person)
      else if (what === 'admit') await this.#admit(peer)
    } catch (error) {
      const { code } = error as { code: string }
      assert.match(code, /^SPACE_(FORBIDDEN|PERSON_UNKNOWN|NOT_MEMBER|EPOCH_LOCKED)$/)
    }
  }

  async #admit(host: Peer): Promise<void> {
    if (this.guests.length >= 2) return
    const guest = new Peer(`Guest ${this.guests.length}`)
    guest.clock.set(host.clock.wall())
    await join(host, guest)
    this.guests.push(guest)
  }
}

async function pass(peers: readonly Peer[], ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= HOUR_MS) {
    for (const { clock } of peers) clock.pass(Math.min(left, HOUR_MS))
    for (let i = 0; i < 5; i++) await new Promise((resolve) => void setImmediate(resolve))
  }
}

test('nothing is read beyond its time, who is in reads what is new, and all who are in meet', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 6, maxLength: 20 }), async (actions) => {
      const group = new Group()
      const [ada, ben, cleo] = group.founders as [Peer, Peer, Peer]
      await ada.create(undefined, EPHEMERAL)
      await join(ada, ben, { role: 'admin' })
      await join(ada, cleo, { role: 'writer' })
      await syncAll(...group.all.map(({ space }) => space))
      for (const { who, what, whom } of actions) await group.act(who, what, whom)
      for (let turn = 0; turn < 5; turn++) {
        await syncAll(...group.all.map(({ space }) => space))
        await pass(group.all, SEALS_TURN_MS)
      }
      const last = ada.clock.wall()
      await ada.write(String(last))
      await syncAll(...group.all.map(({ space }) => space))
      const isIn = ({ device }: Peer): boolean => ada.space.deviceOwner(device) !== undefined
      for (const peer of group.all.filter(isIn)) {
        const ages = peer.messages().map((text) => last - Number(text))
        // A timer that is due is looked at within the hour.
        const oldest = EPHEMERAL.keepMs + EPHEMERAL.rotateMs + HOUR_MS
        assert.ok(ages.every((age) => age <= oldest))
        assert.ok(peer.messages().includes(String(last)), `${peer.name} reads what is new`)
        assert.equal(newestOf(peer), newestOf(ada), peer.name)
      }
      for (const peer of group.all.filter((each) => !isIn(each))) {
        assert.ok(!peer.messages().includes(String(last)))
        assert.ok(!secretsOf(peer).includes(newestOf(ada)))
      }
      await Promise.all(group.all.map(({ space }) => space.close()))
    }),
    { numRuns: 12 },
  )
})

function newestOf(peer: Peer): string {
  return secretsOf(peer)[0]!
}

function secretsOf({ space }: Peer): string[] {
  return space.discoverySecrets().map(bytesToHex)
}
