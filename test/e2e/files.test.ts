// @timeoutSeconds 400 @mostlyWaits: starts of real processes.
/**
 * Files between people on real processes, by the command line: a download that is killed with its peer and goes on, a
 * source that comes late, a token that is none any more, a peer that is gone.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'
import { found, letIn } from './_people.ts'

const TIMEOUT_MS = 390_000
const FILM_BYTES = 4_000_000
const UP_BYTES_PER_SECOND = 1_000_000

interface ShareLine {
  readonly share: { readonly id: string }
  readonly link: string
}

let peers: TestPeers
let ana: TestPeer
let ben: TestPeer

suite('files between people', { timeout: TIMEOUT_MS }, () => {
  before(async () => {
    peers = await TestPeers.create()
    ana = peers.peer('ana')
    ben = peers.peer('ben')
    await ana.up()
    await ben.up('--bootstrap', ana.ready.addresses[0]!)
    await found(ana, 'Ana', 'Home')
    await letIn(ana, ben, 'Ben', 'Home')
  })
  after(() => peers.close())

  test('a download that was killed, its peer too, goes on where it stopped', async () => {
    const film = peers.directory('film.mp4')
    await writeFile(film, bytesOf(FILM_BYTES))
    await limitUp(UP_BYTES_PER_SECOND)
    const { link, share } = await ana.json<ShareLine>('share', film)
    const into = peers.directory('film-out')
    const getting = ben.start('get', link, '-o', into)
    const heldBytes = async (): Promise<number> => {
      const shares = await ben.request<readonly { id: string; heldBytes: number }[]>(
        'GET',
        '/shares',
      )
      return shares.find(({ id }) => id === share.id)?.heldBytes ?? 0
    }
    const isHalf = (bytes: number): boolean => bytes > FILM_BYTES / 4
    const before = await eventually('some of it is there', heldBytes, isHalf, 60_000)
    assert.ok(before < FILM_BYTES, 'and not all')
    const ended = once(getting, 'close')
    getting.kill('SIGKILL')
    await Promise.all([ended, ben.kill()])
    await ben.up('--bootstrap', ana.ready.addresses[0]!)
    const kept = await ben.json<readonly { id: string; heldBytes: number }[]>('files', 'list')
    assert.ok(kept.find(({ id }) => id === share.id)!.heldBytes > 0, 'what had come is still there')
    await ben.json('get', link, '-o', into)
    assert.deepEqual(await readFile(join(into, 'film.mp4')), Buffer.from(bytesOf(FILM_BYTES)))
    assert.deepEqual(await readdir(into), ['film.mp4'])
    await limitUp(0)
  })

  test('who has it comes back later, and it is loaded then', async () => {
    const note = peers.directory('note.txt')
    await writeFile(note, 'Milk is out')
    const { link } = await ana.json<ShareLine>('share', note)
    await ana.stop()
    const into = peers.directory('note-out')
    const getting = ben.run('get', link, '-o', into)
    await eventually(
      'it waits',
      () => ben.request<readonly { name: string; state: string }[]>('GET', '/transfers'),
      (transfers) => transfers.some(({ state }) => state === 'waiting' || state === 'loading'),
      60_000,
    )
    await ana.up()
    const { exitCode, stderr } = await getting
    assert.equal(exitCode, 0, stderr)
    assert.equal(await readFile(join(into, 'note.txt'), 'utf8'), 'Milk is out')
  })

  test('a token that is none any more, and a peer that is gone, are told in words', async () => {
    const token = join(ben.data, 'run', 'token')
    await rename(token, `${token}.kept`)
    await writeFile(token, `${'A'.repeat(43)}\n`, { mode: 0o600 })
    const refused = await ben.run('files', 'list')
    assert.deepEqual(
      [refused.exitCode, /does not accept the token/.test(refused.stderr)],
      [1, true],
    )
    await rename(`${token}.kept`, token)
    await ben.kill()
    const gone = await ben.run('get', 'film.mp4')
    assert.deepEqual([gone.exitCode, /Hamlet is not running/.test(gone.stderr)], [1, true])
  })
})

async function limitUp(upBytesPerSecond: number): Promise<void> {
  await ana.request('PUT', '/transfer-limits', { upBytesPerSecond })
}

/** The same bytes for the same size. */
function bytesOf(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  let state = sizeBytes + 1
  for (let index = 0; index < sizeBytes; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}
