// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * Removing somebody in real windows on real peers: Cleo writes on a train, Anna removes her meanwhile, Cleo comes back.
 * Her window says what happened, nobody's rooms show what she wrote, and Anna adopts it from the page.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { HamletApi } from '@hamlet/http/api'
import type { RunningPeer } from '@hamlet/peer/node'
import { NARROW, WIDE } from '../../apps/web/test/_browser.ts'
import type { TestPage } from '../../apps/web/test/_browser.ts'
import { eventually } from './_peers.ts'
import { ARRIVAL_MS, foundWith, Windows } from './_windows.ts'

let windows: Windows

before(async () => {
  windows = await Windows.start()
})

after(async () => {
  await windows[Symbol.asyncDispose]()
})

/** Anna's space with Cleo in it; both know each other. */
async function home(anna: HamletApi, cleo: HamletApi): Promise<string> {
  const id = await foundWith(anna, 'Maple Street 12', cleo, 'Cleo')
  await cleo.send(id, { text: 'Hello from Cleo' })
  const arrived = async () => (await anna.messages(id)).messages.length
  await eventually('Anna reads it', arrived, (count) => count === 1, ARRIVAL_MS)
  return id
}

async function openPeople(peer: RunningPeer, space: string): Promise<TestPage> {
  const opened = await windows.open(peer, `/s/${space}/people`)
  await opened.page.getByRole('heading', { name: 'Members' }).waitFor()
  return opened
}

test('a removal while people are apart, seen from both windows', { timeout: 280_000 }, async () => {
  const first = await windows.up('anna')
  const guest = await windows.up('cleo')
  const space = await home(first.api, guest.api)
  await windows.down('anna')
  await guest.api.send(space, { text: 'The train is late, start without me.' })
  await windows.down('cleo')

  const anna = await windows.up('anna')
  await using window = await openPeople(anna, space)
  const { page } = window
  await page.getByRole('button', { name: 'What to do about Cleo' }).click()
  await page.getByRole('menuitem', { name: /Remove/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It cannot take back what they have read').waitFor()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Anna removed Cleo').waitFor()

  const cleo = await windows.up('cleo')
  await page.getByRole('heading', { name: 'Set aside' }).waitFor()
  const kept = page.getByRole('listitem').filter({ hasText: 'The train is late' })
  await kept.getByText(/after Anna removed them/).waitFor()
  await window.inspect('people-aside', [WIDE, NARROW])
  assert.equal((await anna.api.messages(space)).messages.length, 1)
  await kept.getByRole('button', { name: 'Adopt' }).click()
  await kept.getByText('Adopted by Anna').waitFor()
  const { messages } = await anna.api.messages(space)
  assert.deepEqual(
    messages.map(({ text, authorName }) => [authorName, text]),
    [
      ['Cleo', 'Hello from Cleo'],
      ['Anna', 'The train is late, start without me.'],
    ],
  )
  window.assertQuiet()

  await using hers = await openPeople(cleo, space)
  await hers.page.getByText(/Anna removed you from this space on/).waitFor()
  await hers.page.getByText('Anna removed Cleo').waitFor()
  assert.equal(await hers.page.getByRole('button', { name: 'Invite' }).count(), 0)
  await hers.inspect('people-removed', [WIDE, NARROW])
  hers.assertQuiet()
})
