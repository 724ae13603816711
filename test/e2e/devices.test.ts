// @timeoutSeconds 300: several processes on a busy machine.
/**
 * A person's devices, on real processes: a phone is linked by a code and a number; a laptop is destroyed and its person
 * comes back with the words and one member's address; a phone is stolen, and what the thief writes is seen nowhere.
 */

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { ended, found, letIn, linkOf, linkPhone } from './_people.ts'
import type { LinkLine } from './_people.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 280_000
const PATIENCE_MS = 60_000

interface StatusLine {
  readonly person: string
  readonly device: string
  readonly name: string
}

async function texts(peer: TestPeer, space: string): Promise<string[]> {
  try {
    return (await peer.messages(space)).map(({ text }) => text)
  } catch {
    return []
  }
}

async function reads(peer: TestPeer, space: string, ...wanted: readonly string[]): Promise<void> {
  await eventually(
    `${peer.name} reads ${wanted.join(', ')}`,
    () => texts(peer, space),
    (found) => wanted.every((text) => found.includes(text)),
    PATIENCE_MS,
  )
}

function status(peer: TestPeer): Promise<StatusLine> {
  return peer.request<StatusLine>('GET', '/status')
}

describe('devices of one person', () => {
  let peers: TestPeers
  before(async () => (peers = await TestPeers.create()))
  after(() => peers.close())

  test(
    'a phone is linked, both devices read and write; stolen and revoked, it is heard no more',
    {
      timeout: TIMEOUT_MS,
    },
    async () => {
      const [laptop, phone, ben] = [peers.peer('laptop'), peers.peer('phone'), peers.peer('ben')]
      await Promise.all([laptop, phone, ben].map((peer) => peer.up()))
      await found(laptop, 'Anna', 'Old')
      await laptop.send('Old', 'before the phone')
      await letIn(laptop, ben, 'Ben', 'Old')
      await phone.request('PUT', '/device-name', { name: 'Phone' })

      // A newer code takes the place of the older one, which is then worth nothing.
      const stale = await laptop.json<LinkLine>('device', 'link')
      const { code } = await laptop.request<LinkLine>('POST', '/device-link', {})
      await phone.json('device', 'link', stale.code!, '--no-wait')
      assert.equal((await ended(phone)).error?.code, 'LINK_CODE_WRONG')
      assert.equal((await linkOf(laptop)).state, 'waiting')

      await linkPhone(laptop, phone, code!)
      const [one, other] = [await status(laptop), await status(phone)]
      assert.deepEqual([other.person, other.name], [one.person, 'Anna'])
      assert.notEqual(other.device, one.device)
      await reads(phone, 'Old', 'before the phone')

      // The laptop is killed and comes back; both speak for the same person.
      await laptop.kill()
      await phone.send('Old', 'from the phone, the laptop being off')
      await laptop.up()
      await laptop.send('Old', 'from the laptop')
      await reads(laptop, 'Old', 'from the phone, the laptop being off')
      await reads(phone, 'Old', 'from the laptop')
      await reads(ben, 'Old', 'from the phone, the laptop being off', 'from the laptop')

      await phone.kill()
      const revoked = await laptop.json<{ spaces: number }>(
        'device',
        'revoke',
        other.device.slice(0, 8),
      )
      assert.equal(revoked.spaces, 1)
      await laptop.send('Old', 'after the theft')
      await reads(ben, 'Old', 'after the theft')
      // The thief switches it on: what it writes before it hears of it, and after.
      await phone.up()
      await phone.run('send', 'Old', 'by the thief')
      await new Promise((resolve) => setTimeout(resolve, 4_000))
      await phone.run('send', 'Old', 'by the thief again')
      await laptop.send('Old', 'still here')
      await reads(ben, 'Old', 'still here')
      for (const honest of [laptop, ben]) {
        const seen = await texts(honest, 'Old')
        assert.equal(
          seen.some((text) => text.startsWith('by the thief')),
          false,
          seen.join(),
        )
        assert.equal(seen.includes('from the phone, the laptop being off'), true)
      }
      const stolen = await texts(phone, 'Old')
      assert.equal(stolen.includes('still here'), false, 'the thief reads nothing new')
      assert.equal((await laptop.json<unknown[]>('device', 'list')).length, 1)
    },
  )

  test(
    'a laptop is destroyed, and its person comes back from one member',
    {
      timeout: TIMEOUT_MS,
    },
    async () => {
      const [laptop, ben] = [peers.peer('lost'), peers.peer('friend')]
      await Promise.all([laptop.up(), ben.up()])
      await found(laptop, 'Cleo', 'Ours')
      await laptop.send('Ours', 'do not lose this')
      await letIn(laptop, ben, 'Ben', 'Ours')
      await reads(ben, 'Ours', 'do not lose this')
      const { words } = await laptop.json<{ words: readonly string[] }>('words')
      const before = await status(laptop)
      await laptop.kill()
      await rm(laptop.data, { recursive: true })

      await laptop.up()
      assert.notEqual((await status(laptop)).person, before.person, 'nothing is left')
      const address = ben.ready.addresses.find((each) => each.includes('/tcp/'))!
      const recovered = await laptop.runWith(words.join(' '), 'recover', '--from', address)
      assert.equal(recovered.exitCode, 0, recovered.stderr)
      await reads(laptop, 'Ours', 'do not lose this')
      const again = await eventually(
        'the name is found',
        () => status(laptop),
        ({ name }) => name === 'Cleo',
        PATIENCE_MS,
      )
      assert.equal(again.person, before.person)
      assert.notEqual(again.device, before.device)
      const space = await laptop.json<{ role: string }>('space', 'show', 'Ours')
      assert.equal(space.role, 'owner')
      await laptop.send('Ours', 'I am back')
      await reads(ben, 'Ours', 'I am back')
    },
  )
})
