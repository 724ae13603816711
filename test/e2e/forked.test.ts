// @timeoutSeconds 180: several processes on a busy machine.
/**
 * One device, two histories, on real processes: a laptop's folder is copied, and both copies are used apart. What somebody
 * answered stays, the device is halted when it meets the others, and its person's phone lets it go on.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { copyFolder, found, letIn, linkPhone } from './_people.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 170_000
const PATIENCE_MS = 60_000
const SPACE = 'Home'

interface DeviceLine {
  readonly id: string
  readonly thisDevice: boolean
  readonly halted: number
}

async function shows(peer: TestPeer, ...expected: readonly string[]): Promise<void> {
  await eventually(
    `what ${peer.name} shows`,
    async () => {
      const spaces = await peer.request<readonly { name: string }[]>('GET', '/spaces')
      if (!spaces.some(({ name }) => name === SPACE)) return []
      return (await peer.messages(SPACE)).map(({ text }) => text)
    },
    (texts) => texts.join('|') === expected.join('|'),
    PATIENCE_MS,
  )
}

async function warnings(peer: TestPeer): Promise<readonly string[]> {
  const status = await peer.request<{ warnings: readonly { code: string }[] }>('GET', '/status')
  return status.warnings.map(({ code }) => code)
}

async function isHalted(peer: TestPeer): Promise<boolean> {
  return (await warnings(peer)).includes('SPACE_FORKED')
}

/** Those about the history of the device. */
async function doubts(peer: TestPeer): Promise<readonly string[]> {
  return (await warnings(peer)).filter((code) => code.startsWith('SPACE_'))
}

async function canSend(peer: TestPeer, text: string): Promise<boolean> {
  return (await peer.run('send', SPACE, text)).exitCode === 0
}

/** Of the person's other devices, in how many spaces each is halted. */
async function haltedOthers(peer: TestPeer): Promise<readonly number[]> {
  const devices = await peer.json<readonly DeviceLine[]>('device', 'list')
  return devices.filter(({ thisDevice }) => !thisDevice).map(({ halted }) => halted)
}

async function assertRefused(peer: TestPeer, text: string, why: RegExp): Promise<void> {
  const refused = await peer.run('send', SPACE, text)
  assert.equal(refused.exitCode, 1, refused.stdout)
  assert.match(refused.stderr, why)
}

describe('a device that was copied', () => {
  let peers: TestPeers
  before(async () => (peers = await TestPeers.create()))
  after(() => peers.close())

  test(
    'is halted when its histories meet, keeps what was answered, and goes on when the phone says so',
    { timeout: TIMEOUT_MS },
    async () => {
      const [laptop, phone, ben] = [peers.peer('laptop'), peers.peer('phone'), peers.peer('ben')]
      await Promise.all([laptop, phone, ben].map((peer) => peer.up()))
      await found(laptop, 'Anna', SPACE)
      await letIn(laptop, ben, 'Ben', SPACE)
      const { code } = await laptop.request<{ code: string }>('POST', '/device-link', {})
      await linkPhone(laptop, phone, code)
      await laptop.send(SPACE, 'before the copy')
      for (const peer of [phone, ben]) await shows(peer, 'before the copy')
      const { device } = await laptop.request<{ device: string }>('GET', '/status')

      await Promise.all([laptop.kill(), phone.kill()])
      const copy = peers.peer('copy')
      await copyFolder(laptop.data, copy.data)

      // The folder itself goes on beside Ben, who answers.
      await laptop.up()
      assert.deepEqual(await doubts(laptop), [])
      await laptop.send(SPACE, 'from the laptop')
      await shows(ben, 'before the copy', 'from the laptop')
      await ben.send(SPACE, 'Ben answers')
      await shows(laptop, 'before the copy', 'from the laptop', 'Ben answers')
      await laptop.send(SPACE, 'thank you')
      const history = ['before the copy', 'from the laptop', 'Ben answers', 'thank you']
      await shows(ben, ...history)
      await Promise.all([laptop.kill(), ben.kill()])

      // The copy knows what it is, and writes only when it is told to; nobody is there to hear it.
      await copy.up()
      assert.deepEqual(await doubts(copy), ['SPACE_UNCONFIRMED'])
      await assertRefused(copy, 'too early', /put back from a backup/)
      const told = await copy.run('space', 'write-anyway', SPACE)
      assert.equal(told.exitCode, 0, told.stderr)
      await copy.send(SPACE, 'from the copy')
      await shows(copy, 'before the copy', 'from the copy')

      // They meet. Nobody had answered her thanks, so they do not count either.
      const answered = history.slice(0, -1)
      await ben.up()
      await eventually(
        'the copy says that it is halted',
        () => isHalted(copy),
        Boolean,
        PATIENCE_MS,
      )
      await assertRefused(copy, 'on and on', /two histories/)
      await shows(ben, ...answered)
      await phone.up()
      for (const peer of [copy, phone]) await shows(peer, ...answered)
      const halted = await eventually(
        'the phone lists it as halted',
        () => haltedOthers(phone),
        (found) => found.join() === '1',
        PATIENCE_MS,
      )
      assert.deepEqual(halted, [1])
      const listed = await phone.run('device', 'list')
      assert.match(listed.stdout, new RegExp(`${device.slice(0, 8)}.*halted in 1 space`))

      // What the phone has heard of the laptop ends before them.
      const reset = await phone.run('device', 'reset', device.slice(0, 8))
      assert.equal(reset.exitCode, 0, reset.stderr)
      assert.match(reset.stdout, /may write again in 1 space/)
      // Once it has heard of that, and has fetched the history it did not write here.
      await eventually('it writes again', () => canSend(copy, 'on we go'), Boolean, PATIENCE_MS)
      assert.deepEqual(await doubts(copy), [])
      for (const peer of [copy, phone, ben]) await shows(peer, ...answered, 'on we go')
      assert.deepEqual(await haltedOthers(phone), [0])
    },
  )
})
