// @timeoutSeconds 240: a real peer is started for every crash.
/** A message that is sent again, because the peer was killed before it replied, is there exactly once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { texts } from './_diary.ts'
import { TestPeers } from './_peers.ts'

const TIMEOUT_MS = 220_000
/** From the request to the kill: before, during and after the write. */
const KILL_AFTER_MS = [0, 2, 5, 10, 30]

test(
  'a message sent again under its key after a crash of the peer is there once',
  { timeout: TIMEOUT_MS },
  async () => {
    const peers = await TestPeers.create()
    try {
      const emil = peers.peer('emil')
      await emil.up()
      await emil.request('PUT', '/name', { name: 'Emil' })
      await emil.request('POST', '/spaces', { name: 'Diary' })
      const path = `/spaces/${await emil.spaceId('Diary')}/messages`
      const said: string[] = []
      for (const afterMs of KILL_AFTER_MS) {
        const message = { text: `killed after ${afterMs} ms`, key: `the-page-of-today-${afterMs}` }
        const outcome = emil.request('POST', path, message).then(
          () => 'acknowledged',
          () => 'no reply',
        )
        await new Promise((resolve) => setTimeout(resolve, afterMs))
        await emil.kill()
        await outcome
        await emil.up()
        await emil.request('POST', path, message)
        await emil.request('POST', path, message)
        said.push(message.text)
        assert.deepEqual(await texts(emil, 'Diary'), said)
      }
    } finally {
      await peers.close()
    }
  },
)
