/** A disk without room: a write that does not fit is refused, the peer lives, and what it acknowledged is there. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertPlainRefusal, diary, texts } from './_diary.ts'
import { TestPeers } from './_peers.ts'

const TIMEOUT_MS = 110_000

describe('a full disk', { timeout: TIMEOUT_MS }, () => {
  test('a write that does not fit is refused as such, the peer lives, and what it acknowledged is there', async () => {
    const peers = await TestPeers.create()
    try {
      const { emil, written } = await diary(peers)
      await emil.upWithin(256)
      const acknowledged = [...written]
      let refusal = ''
      for (let i = 0; i < 60 && refusal === ''; i++) {
        const text = `page with much on it ${i} ${'x'.repeat(12_000)}`
        try {
          await emil.send('Diary', text)
          acknowledged.push(text)
        } catch (error) {
          refusal = String(error)
        }
      }
      assert.match(refusal, /STORE_FULL|SAVED_NOT_SHOWN/)
      assert.ok(acknowledged.length > written.length)
      const last = 'y'.repeat(12_000)
      const command = await emil.run('send', 'Diary', last)
      assertPlainRefusal(
        command,
        /The disk is full\. What you wrote is not saved|It is saved on this/,
      )
      assert.equal((await emil.request<unknown[]>('GET', '/spaces')).length, 1)
      assert.equal(await emil.stop(), 0)
      await emil.up()
      const kept = await texts(emil, 'Diary')
      assert.deepEqual(kept.slice(0, acknowledged.length), acknowledged)
      const saidSaved = command.stderr.includes('It is saved on this device')
      assert.equal(kept.includes(last), saidSaved, 'what is said of the refused write is true')
      await emil.send('Diary', 'there is room again')
    } finally {
      await peers.close()
    }
  })
})
