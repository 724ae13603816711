/**
 * Goal: however a device's copies write, meet and are reset, whoever holds the same agrees on what counts, in whatever order
 * it came; and nothing that somebody built on is ever taken back.
 *
 * Method: Ada, Ben and Cleo write and meet at random while Eve's device runs as up to four copies on one key. Then all
 * honest ones meet until nothing moves, some restart, and a copy made from nothing is compared.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EntryId } from '@hamlet/core'
import { hashOf, join, Peer, pull, syncAll } from './_world.ts'

const ACCEPTABLE =
  /^SPACE_(FORBIDDEN|READ_ONLY|PERSON_UNKNOWN|FORKED|NOT_FORKED|FROZEN|NOT_MEMBER|CLOCK_BEHIND|ALREADY_MEMBER|DEVICE_UNKNOWN|EPOCH_LOCKED|LOCKED)$/

const act = fc.record({
  who: fc.nat(2),
  copy: fc.nat(3),
  what: fc.constantFrom(
    'write',
    'say',
    'say',
    'meet',
    'meet',
    'show',
    'show',
    'twin',
    'grant',
    'invite',
    'reset',
    'restart',
  ),
  whom: fc.nat(2),
})

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

class ForkWorld {
  readonly honest: readonly [Peer, Peer, Peer]
  readonly copies: Peer[]
  #nowMs: number
  #count = 0
  #guests = 0

  private constructor(honest: readonly [Peer, Peer, Peer], eve: Peer) {
    this.honest = honest
    this.copies = [eve]
    this.#nowMs = honest[0].clock.wall()
  }

  static async create(): Promise<ForkWorld> {
    const [ada, ben, cleo, eve] = ['Ada', 'Ben', 'Cleo', 'Eve'].map((name) => new Peer(name))
    await ada!.create()
    await join(ada!, ben!, { role: 'admin' })
    await join(ada!, cleo!)
    await join(ada!, eve!, { role: 'admin' })
    await ada!.write('hello')
    await syncAll(ada!.space, ben!.space, cleo!.space, eve!.space)
    return new ForkWorld([ada!, ben!, cleo!], eve!)
  }

  async perform(next: Act): Promise<void> {
    const peer = this.honest[next.who]!
    const copy = this.copies[next.copy % this.copies.length]!
    this.#nowMs += 1000
    for (const { clock } of [peer, copy]) clock.set(this.#nowMs)
    try {
      await this.#do(next, peer, copy)
    } catch (error) {
      assert.match((error as { code?: string }).code ?? String(error), ACCEPTABLE)
    }
  }

  async #do({ what, whom }: Act, peer: Peer, copy: Peer): Promise<void> {
    const other = this.honest[whom]!
    if (what === 'write') await peer.write(`${peer.name} ${this.#count++}`)
    else if (what === 'say') await copy.write(`copy ${this.copies.indexOf(copy)} ${this.#count++}`)
    else if (what === 'meet' && other !== peer) await pull(peer.space, other.space)
    else if (what === 'show')
      await (whom === 0 ? pull(peer.space, copy.space) : pull(copy.space, peer.space))
    else if (what === 'twin' && this.copies.length < 4) this.copies.push(await copy.twin())
    else if (what === 'grant')
      await copy.space.setRole(this.honest[2].person, whom === 0 ? 'reader' : 'writer')
    else if (what === 'invite') await this.#letIn(copy)
    else if (what === 'reset') await peer.space.resetDevice(copy.device, copy.root)
    else if (what === 'restart') {
      await peer.space.close()
      await peer.reopen()
    }
  }

  async #letIn(copy: Peer): Promise<void> {
    if (this.#guests >= 2) return
    const guest = new Peer(`Guest ${this.#guests++}`)
    guest.clock.set(this.#nowMs)
    await join(copy, guest)
    await guest.write(`${guest.name} is in`)
    await pull(guest.space, copy.space)
  }

  /** Everybody honest gets everything anybody honest has. */
  async heal(): Promise<void> {
    const spaces = this.honest.map(({ space }) => space)
    for (let round = 0; round < 4; round++) {
      await syncAll(...spaces)
      this.#nowMs += 1000
      for (const { clock } of this.honest) clock.set(this.#nowMs)
    }
  }
}

/** Texts of entries that lie in the past of an entry of somebody else who is honest: they must stay. */
function witnessed(world: ForkWorld): Set<EntryId> {
  const ids = new Set<EntryId>()
  for (const { space } of world.honest) {
    for (const device of world.honest.map((peer) => peer.device)) {
      for (const { deps } of space.entries(device)) for (const { id } of deps) ids.add(id)
    }
  }
  return ids
}

function countedIds(peer: Peer): Set<EntryId> {
  const ids = new Set<EntryId>()
  for (const [log, length] of peer.space.appliedLengths()) {
    for (const entry of peer.space.entries(log, 0, length)) {
      if (peer.space.openContent(entry).kind === 'content') ids.add(entry.id)
    }
  }
  return ids
}

test('copies of one device split no group', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 40 }), async (acts) => {
      const world = await ForkWorld.create()
      for (const next of acts) await world.perform(next)
      const before = witnessed(world)
      await world.heal()
      const [first, ...others] = world.honest
      for (const peer of others) {
        assert.equal(hashOf(peer.space), hashOf(first.space), `${peer.name} holds the same`)
        assert.deepEqual(peer.messages(), first.messages(), `${peer.name} reads the same`)
        assert.deepEqual(peer.space.members(), first.space.members())
      }
      for (const { space } of world.honest) {
        assert.deepEqual(space.pendingCounts(), { waiting: 0, held: 0 })
        assert.deepEqual(space.rejected(), [])
      }
      const copy = new Peer('Cleo', world.honest[2], false, world.honest[2].identity)
      copy.clock.set(first.clock.wall())
      await copy.openForJoin(first.space.id)
      await pull(first.space, copy.space)
      assert.equal(hashOf(copy.space), hashOf(first.space))
      assert.deepEqual(copy.space.members(), first.space.members())
      const counted = countedIds(first)
      for (const id of before) {
        const entry = [...first.space.appliedLengths()]
          .flatMap(([log, length]) => [...first.space.entries(log, 0, length)])
          .find((each) => each.id === id)
        if (entry?.device !== world.copies[0]!.device || entry.epoch === undefined) continue
        const opened = first.space.openContent(entry)
        if (opened.kind === 'void') assert.notEqual(opened.reason, 'forked')
        else assert.ok(counted.has(id))
      }
    }),
    { numRuns: Number(process.env['FORK_RUNS'] ?? 30) },
  )
})
