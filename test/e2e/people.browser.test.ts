// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * Removing somebody in real windows on real peers: Cleo writes on a train, Anna removes her meanwhile, Cleo comes back.
 * Her window says what happened, nobody's rooms show what she wrote, and Anna adopts it from the page.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { HamletApi } from '@hamlet/http/api'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { ensureWebBuild } from '../../apps/web/scripts/build.ts'
import { NARROW, TestBrowser, WIDE } from '../../apps/web/test/_browser.ts'
import type { TestPage } from '../../apps/web/test/_browser.ts'
import { eventually } from './_peers.ts'

const ARRIVAL_MS = 40_000

let root: string
let browser: TestBrowser
const running = new Map<string, RunningPeer>()

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hamlet-people-'))
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
  await Promise.all([...running.values()].map((peer) => peer.close()))
  await rm(root, { recursive: true, force: true })
})

async function up(name: string): Promise<RunningPeer> {
  const peer = await runPeer({
    dataDirectory: join(root, name),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    relay: false,
    webDirectory: await ensureWebBuild(),
    localDiscovery: false,
  })
  running.set(name, peer)
  return peer
}

async function down(name: string): Promise<void> {
  await running.get(name)!.close()
  running.delete(name)
}

/** Anna's space with Cleo in it; both know each other. */
async function home(anna: HamletApi, cleo: HamletApi): Promise<string> {
  await anna.setName('Anna')
  const { id } = await anna.createSpace('Maple Street 12')
  const { link } = await anna.createInvite(id, { mode: 'auto' })
  await cleo.join(link!, 'Cleo')
  await eventually(
    'Cleo is in',
    () => cleo.spaces(),
    (spaces) => spaces.length === 1,
    ARRIVAL_MS,
  )
  await cleo.send(id, { text: 'Hello from Cleo' })
  const arrived = async () => (await anna.messages(id)).messages.length
  await eventually('Anna reads it', arrived, (count) => count === 1, ARRIVAL_MS)
  return id
}

async function openPeople(peer: RunningPeer, space: string): Promise<TestPage> {
  const opened = await browser.open(peer.createLoginUrl())
  await opened.page.getByRole('contentinfo').waitFor({ timeout: ARRIVAL_MS })
  await opened.page.evaluate((route) => (location.hash = route), `#/s/${space}/people`)
  await opened.page.getByRole('heading', { name: 'Members' }).waitFor()
  opened.page.setDefaultTimeout(ARRIVAL_MS)
  return opened
}

test('a removal while people are apart, seen from both windows', { timeout: 280_000 }, async () => {
  const first = await up('anna')
  const space = await home(first.api, (await up('cleo')).api)
  await down('anna')
  await running.get('cleo')!.api.send(space, { text: 'The train is late, start without me.' })
  await down('cleo')

  const anna = await up('anna')
  await using window = await openPeople(anna, space)
  const { page } = window
  await page.getByRole('button', { name: 'What to do about Cleo' }).click()
  await page.getByRole('menuitem', { name: /Remove/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It cannot take back what they have read').waitFor()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Anna removed Cleo').waitFor()

  const cleo = await up('cleo')
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
