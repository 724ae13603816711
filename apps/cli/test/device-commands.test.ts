/** Commands about one's own devices, against a running peer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceLink, OwnDevice, Recovery } from '@hamlet/http'
import type { MemoryApi } from '@hamlet/http/testing'

import { startTestPeer } from './_cli.ts'

test('a device is linked by a code, a number and a yes at the terminal', async () => {
  await using peer = await startTestPeer()
  const phone = peer.world.addPerson('')
  await phone.setDeviceName('Phone')
  const result = await peer.cli(['device', 'link'], {
    terminal: true,
    answers: ['y'],
    onStdout: scan(phone),
  })
  assert.equal(result.code, 0)
  assert.match(result.stderr, /[▀▄█]{10}/)
  assert.match(result.stderr, /if it is yours: {2}\d{3} \d{3}\n/)
  assert.match(result.stdout, /^hamlet:link#\S+\nPhone is linked\.\n$/)
  assert.equal(phone.id, peer.api.id)
})

/** Reads a code as soon as it is shown. */
function scan(phone: MemoryApi): (text: string) => void {
  return (text) => {
    if (text.startsWith('hamlet:link#')) void phone.useLinkCode(text)
  }
}

test('a no at the terminal links nothing', async () => {
  await using peer = await startTestPeer()
  const phone = peer.world.addPerson('')
  const result = await peer.cli(['device', 'link'], {
    terminal: true,
    answers: ['n'],
    onStdout: scan(phone),
  })
  assert.match(result.stdout, /No link is under way\.\n$/)
  assert.notEqual(phone.id, peer.api.id)
})

test('scripts show a code, look, confirm and list', async () => {
  await using peer = await startTestPeer()
  const phone = peer.world.addPerson('')
  await phone.setDeviceName('Phone')
  const { code } = await peer.json<DeviceLink>('device', 'link')
  assert.equal((await peer.json<DeviceLink>('device', 'status')).state, 'waiting')
  await phone.useLinkCode(code!)
  const met = await peer.json<DeviceLink>('device', 'status')
  assert.match(met.number!, /^\d{6}$/)
  assert.equal((await peer.json<DeviceLink>('device', 'confirm')).state, 'done')
  const devices = await peer.json<OwnDevice[]>('device', 'list')
  assert.deepEqual(
    devices.map(({ name, thisDevice }) => [name, thisDevice]),
    [
      ['memory', true],
      ['Phone', false],
    ],
  )
  const shown = await peer.cli(['device', 'list'])
  assert.match(shown.stdout, /^ID +NAME +SPACES +LAST SEEN\n/)
  assert.match(shown.stdout, /Phone +0 +connected/)
  const whole = await peer.cli(['device', 'reset', phone.device.slice(0, 8)])
  assert.match(whole.stderr, /one history/)
  phone.halted = true
  const reset = await peer.cli(['device', 'reset', phone.device.slice(0, 8)])
  assert.equal(reset.stdout, 'Phone may write again in 0 spaces.\n')
  assert.match(reset.stderr, /the longer history counts/)
  const revoked = await peer.cli(['device', 'revoke', phone.device.slice(0, 8)])
  assert.match(revoked.stdout, /^Phone is out of 0 spaces\. What it writes now counts nowhere\.\n$/)
  assert.match(revoked.stderr, /What it has read it keeps/)
  assert.equal((await peer.json<OwnDevice[]>('device', 'list')).length, 1)
})

test('with the code of an old device this one is linked, when it is confirmed there', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { code } = await ben.startLink()
  const waiting = peer.cli(['device', 'link', '-'], { stdin: `${code}\n` })
  while ((await ben.deviceLink()).state !== 'comparing') {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await ben.confirmLink()
  const result = await waiting
  assert.match(result.stdout, /^This device is Ben's now\. Its spaces are on the way\.\n$/)
  const refused = await peer.cli(['device', 'link', 'nonsense'])
  assert.equal(refused.code, 1)
})

test('a link that ends badly is an error with its reason', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { code } = await ben.startLink()
  const waiting = peer.cli(['device', 'link', code!, '--json'])
  while ((await ben.deviceLink()).state !== 'comparing') {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await ben.cancelLink()
  const result = await waiting
  assert.equal(result.code, 1)
  assert.match(result.stderr, /"code":"LINK_ENDED".*"reason":"LINK_REFUSED"/)
})

test('a device is named, and words come from standard input only', async () => {
  await using peer = await startTestPeer()
  const named = await peer.cli(['device', 'name', 'Kitchen laptop'])
  assert.equal(named.stdout, 'This device is now called Kitchen laptop.\n')
  const words = 'abandon '.repeat(24)
  const result = await peer.cli(['recover', '--from', '/ip4/192.168.1.2/tcp/4001/p2p/abc'], {
    stdin: words,
  })
  assert.match(result.stdout, /^You are you again\. Looking for your spaces: Nobody/)
  assert.equal((await peer.cli(['recover', words])).code, 2)
  assert.equal((await peer.json<Recovery>('recover', '--status')).state, 'searching')
  assert.equal((await peer.cli(['recover', '--stop'])).stdout, 'No search is under way.\n')
  const short = await peer.cli(['recover'], { stdin: 'too few' })
  assert.equal(short.code, 1)
})
