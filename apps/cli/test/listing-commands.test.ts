/** Commands about public spaces, against a running peer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DiscoveredSpace, PublishedSpace } from '@hamlet/http'

import { startTestPeer } from './_cli.ts'

test('a space is published, found by its topic, and taken back', async () => {
  await using peer = await startTestPeer()
  await peer.api.createSpace('Allotments')
  const flags = ['--topic', 'gardens', '--description', 'Seeds \u001b[31mand tools']
  const told = await peer.cli(['space', 'publish', 'Allotments', ...flags])
  assert.equal(told.stdout, 'Allotments can be found now: hamlet discover gardens\n')
  assert.match(told.stderr, /Strangers can read/)
  const found = await peer.cli(['discover', 'gardens'])
  assert.match(
    found.stdout,
    /^Allotments {2}\(by [0-9a-f]{8}\)\n {2}Seeds .*and tools\n {2}You are in it\.\n$/,
  )
  assert.ok(!found.stdout.includes('\u001b'), 'what strangers wrote cannot steer the terminal')
  assert.deepEqual(await peer.json<DiscoveredSpace[]>('discover'), [])
  const again = await peer.json<PublishedSpace>('space', 'publish', 'Allotments')
  assert.equal(again.topic, 'public')
  const off = await peer.json<object>('space', 'publish', 'Allotments', '--off')
  assert.deepEqual(off, { space: again.space, published: false })
  assert.match((await peer.cli(['discover'])).stdout, /^Nobody who can be reached/)
})

test('what somebody else published comes with the command that asks to join', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { id } = await ben.createSpace('Choir')
  const { link } = await ben.publishSpace(id)
  assert.ok((await peer.cli(['discover'])).stdout.includes(`hamlet join '${link}'`))
  const refused = await peer.cli(['discover', 'No!', '--json'])
  assert.match(refused.stderr, /INVALID_INPUT/)
})
