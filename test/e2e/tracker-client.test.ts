/**
 * Goal: two peers that share no space find each other by a tracker alone, and a tracker that is gone costs nothing but its answers. A real
 * tracker on SQLite, asked over real HTTP by whole peers with a network in memory.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { base64ToBytes, bytesToBase64Url, concatBytes } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { decodeShareLink, encodeShareLink } from '@hamlet/files'
import { openReceipt } from '@hamlet/files/credits'
import { signTrackerLogin } from '@hamlet/identity'
import { createNodeClock } from '@hamlet/identity/node'
import { createWebPort } from '@hamlet/peer/node'
import { configure, serveTracker } from '@hamlet/tracker'
import { codeOf, crypto, NOW_MS, pass, people } from '../../packages/peer/test/_world.ts'
import type { Person } from '../../packages/peer/test/_world.ts'

const WAIT_MS_MAX = 20_000
const TOKEN_LIFE_MS = 15 * 60_000
const FILM = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff)

/** The system's time, or so much later. */
class LateClock implements Clock {
  readonly #clock = createNodeClock()
  lateMs = 0

  wall(): number {
    return this.#clock.wall() + this.lateMs
  }

  monotonic(): number {
    return this.#clock.monotonic() + this.lateMs
  }

  after(delayMs: number, callback: () => void) {
    return this.#clock.after(delayMs, callback)
  }
}

async function runTracker(clock: Clock = createNodeClock()) {
  const flags = ['--port', '0', '--database', ':memory:', '--web', 'no', '--log-level', 'silent']
  return await serveTracker({ ...configure(flags, {}), clock })
}

async function strangers(): Promise<readonly [Person, Person]> {
  const both = await people('anna', 'ben')
  for (const person of both) {
    // Nobody is found by the DHT.
    person.world.holders.set = () => person.world.holders
    person.web = createWebPort()
    await person.reopen()
  }
  return both
}

async function shareFilm({ api }: Person, trackers?: readonly string[], isPublic = true) {
  const named = trackers === undefined ? {} : { trackers }
  const upload = await api.startUpload({ name: 'film.mp4', isFolder: false, isPublic, ...named })
  await api.putFile(upload.id, 'film.mp4', pieces(FILM))
  return await api.finishUpload(upload.id)
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(...parts)
}

/** Lets time pass, for peers by hand and for the tracker as it does. */
async function until(
  everybody: readonly Person[],
  isSo: () => Promise<boolean>,
  stepMs = 500,
): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, 'it did not come to it')
    await pass(everybody, stepMs)
    await sleep(10)
  }
}

async function announcedOf({ api }: Person): Promise<number> {
  return (await api.trackers()).reduce((sum, { announced }) => sum + announced, 0)
}

async function isDone({ api }: Person): Promise<boolean> {
  return (await api.transfers()).some(({ state }) => state === 'done')
}

/** The link without devices and addresses. */
async function bareLink({ api }: Person, share: string): Promise<string> {
  const decoded = decodeShareLink((await api.shareLink(share)).link)
  assert.ok(decoded.ok)
  return encodeShareLink({ ...decoded.value, devices: [], addresses: [] })
}

/** Asks the tracker as a device that is logged in. */
async function logIn(url: string, { device, deviceSigner }: Person['identity']) {
  const ask = async (path: string, body?: object, token = ''): Promise<Record<string, unknown>> => {
    const bearer = token === '' ? {} : { authorization: `Bearer ${token}` }
    const headers = { 'content-type': 'application/json', ...bearer }
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(url + path, { headers, ...post })
    const said = await answer.text()
    assert.equal(answer.status, 200, said)
    return JSON.parse(said) as Record<string, unknown>
  }
  const { challenge } = await ask('/api/v2/login/challenge', { peer: device })
  const signed = signTrackerLogin(deviceSigner, 'login', new URL(url).host, String(challenge))
  const signature = bytesToBase64Url(signed)
  const { token } = await ask('/api/v2/login', { peer: device, challenge, signature })
  return (path: string) => ask(path, undefined, String(token))
}

test('a public share is found by the tracker in its link, and whoever has it tells so too', async () => {
  await using tracker = await runTracker()
  const [anna, ben] = await strangers()
  const added = await anna.api.addTracker(`${tracker.url}/`)
  assert.deepEqual([added.url, added.state], [tracker.url, 'working'])
  const { id } = await shareFilm(anna)
  await until([anna], async () => (await announcedOf(anna)) === 2)
  const shared = await ben.api.openShareLink(await bareLink(anna, id))
  await ben.api.startTransfer(shared.id)
  await until([anna, ben], () => isDone(ben))
  assert.deepEqual(await collect(ben.api.readFile(shared.id, 'film.mp4')), FILM)
  await until([anna, ben], async () => (await announcedOf(ben)) === 2)
  // Only the link names it to Ben, and he may do without.
  await ben.api.removeTracker(tracker.url)
  await until([anna, ben], async () => (await ben.api.trackers()).length === 0)
  await ben.reopen()
  const again = decodeShareLink((await ben.api.shareLink(shared.id)).link)
  assert.deepEqual(again.ok && again.value.trackers, [])
  assert.equal(await codeOf(ben.api.removeTracker(tracker.url)), 'TRACKER_NOT_FOUND')
  await anna.api.removeShare(id)
  await until([anna, ben], async () => (await announcedOf(anna)) === 0)
  await Promise.all([anna.close(), ben.close()])
})

test('a tracker that stops half-way is told as failed, and everything else goes on', async () => {
  const tracker = await runTracker()
  const [anna, ben] = await strangers()
  await anna.api.addTracker(tracker.url)
  const { id } = await shareFilm(anna)
  await until([anna], async () => (await announcedOf(anna)) === 2)
  const link = await bareLink(anna, id)
  const { id: found } = await ben.api.openShareLink(link)
  await ben.api.startTransfer(found)
  await until([anna, ben], async () => (await ben.api.shareDetail(found)).files !== undefined, 50)
  await tracker.close()
  await until([anna, ben], () => isDone(ben))
  assert.deepEqual(await collect(ben.api.readFile(found, 'film.mp4')), FILM)
  const seen = async () => (await ben.api.trackers())[0]
  await until([anna, ben], async () => (await seen())?.state === 'failed')
  assert.equal((await seen())?.reason, 'TRACKER_UNREACHABLE')
  const again = await anna.api.addTracker(tracker.url)
  assert.equal(again.state, 'failed')
  await anna.reopen()
  assert.deepEqual(
    (await anna.api.trackers()).map(({ url }) => url),
    [tracker.url],
  )
  await anna.api.removeTracker(tracker.url)
  assert.deepEqual(await anna.api.trackers(), [])
  assert.equal(await codeOf(anna.api.removeTracker(tracker.url)), 'TRACKER_NOT_FOUND')
  await Promise.all([anna.close(), ben.close()])
})

test('whose token has expired logs in again, and a sealed share is told only where it was named', async () => {
  const clock = new LateClock()
  await using tracker = await runTracker(clock)
  const [anna, ben] = await strangers()
  await anna.api.addTracker(tracker.url)
  await shareFilm(anna, undefined, false)
  await pass([anna], 5_000)
  assert.equal(await announcedOf(anna), 0)
  // The clock of the tracker runs ahead: what it gave is worth nothing, and nobody has told Anna.
  clock.lateMs += TOKEN_LIFE_MS + 60_000
  const { id } = await shareFilm(anna, [tracker.url], false)
  await until([anna], async () => (await announcedOf(anna)) === 2)
  assert.equal((await anna.api.trackers())[0]?.state, 'working')
  const { id: found } = await ben.api.openShareLink(await bareLink(anna, id))
  await ben.api.startTransfer(found)
  await until([anna, ben], () => isDone(ben))
  assert.deepEqual(await collect(ben.api.readFile(found, 'film.mp4')), FILM)
  // By Anna's own clock it is time to renew it; then it is kept up beyond the time a tracker remembers.
  await pass([anna], TOKEN_LIFE_MS - 30_000)
  await until([anna], async () => (await announcedOf(anna)) === 2)
  assert.equal((await anna.api.trackers())[0]?.state, 'working')
  await Promise.all([anna.close(), ben.close()])
})

test('what was signed in a public swarm is at the tracker, under the names of devices', async () => {
  const clock = new LateClock()
  clock.lateMs = NOW_MS - Date.now()
  await using tracker = await runTracker(clock)
  const [anna, ben] = await strangers()
  await anna.api.addTracker(tracker.url)
  const { id } = await shareFilm(anna)
  await until([anna], async () => (await announcedOf(anna)) === 2)
  const shared = await ben.api.openShareLink(await bareLink(anna, id))
  await ben.api.startTransfer(shared.id)
  await until([anna, ben], () => isDone(ben))
  const asker = await logIn(tracker.url, ben.identity)
  const mirrored = async () => {
    const { receipts } = await asker('/api/v2/receipts?group=public')
    return (receipts as { receipt: string }[]).flatMap(({ receipt }) => {
      const opened = openReceipt(crypto, base64ToBytes(receipt)!)
      return opened.ok ? [opened.value] : []
    })
  }
  await until([anna, ben], async () =>
    (await mirrored()).some((each) => each.totalBytes > FILM.length),
  )
  const last = (await mirrored()).at(-1)!
  // Strangers learn which devices they are, and not whose.
  assert.deepEqual(
    [last.payer, last.payerPerson, last.payee, last.payeePerson],
    [ben, ben, anna, anna].map(({ identity }) => identity.device),
  )
  await Promise.all([anna.close(), ben.close()])
})

test('what is no web address of a tracker is refused', async () => {
  const [anna] = await people('anna')
  for (const url of [
    '',
    'tracker',
    'ftp://a.b',
    'https://a.b/path',
    'https://u:p@a.b',
    'https://a.b/?q',
  ]) {
    assert.equal(await codeOf(anna.api.addTracker(url)), 'TRACKER_URL_INVALID', url)
  }
  const upload = { name: 'a', isFolder: false, trackers: ['nowhere'] }
  assert.equal(await codeOf(anna.api.startUpload(upload)), 'TRACKER_URL_INVALID')
  await anna.close()
})
