/** `hamlet files`, `transfers`, `reputation`, `receipts` and `tracker`, against a running peer. */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Share, ShareDetail, Transfer } from '@hamlet/http'

import { parseBytes, Speed, timeLeftWords, wayWords } from '../src/files/rates.ts'
import { runCli, startTestPeer } from './_cli.ts'
import type { TestPeer } from './_cli.ts'
import { household } from './_household.ts'

async function* pieces(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

async function shareAs(
  person: TestPeer['api'],
  space: string | undefined,
  name: string,
  paths: readonly string[],
): Promise<Share> {
  const place = space === undefined ? {} : { space }
  const { id } = await person.startUpload({ ...place, name, isFolder: true })
  for (const path of paths) await person.putFile(id, path, pieces('hello hello'))
  return await person.finishUpload(id)
}

test('shares are listed from everywhere, with where they are and how safe they are', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  assert.match((await peer.cli(['files', 'list'])).stdout, /^Nothing is shared here/)
  await shareAs(ben, space, 'Photos \u001b[31m', ['a.png'])
  const { id } = await shareAs(peer.api, undefined, 'Mine', ['a', 'b'])
  await peer.api.pinShare(id, true)
  const { stdout } = await peer.cli(['files', 'list'])
  assert.ok(!stdout.includes('\u001b'))
  assert.match(stdout, /^ID +NAME +FILES +SIZE +HERE +COPIES +IN +SHARED\n/)
  assert.match(stdout, /Mine \(pinned\) +2 +22 B +all +1 +\(link\)/)
  assert.match(stdout, /Photos .* +1 +11 B +nothing +1 +Household/)
  const listed = await peer.json<readonly Share[]>('files', 'list', 'Household')
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['Photos \u001b[31m'],
  )
})

test('a share is looked into, renamed, removed, restored, pinned, freed and linked', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const { id } = await shareAs(peer.api, space, 'Photos', ['a.png', 'deep/b.png'])
  const info = await peer.cli(['files', 'info', 'Photos'])
  assert.match(
    info.stdout,
    /^Photos {2}[0-9a-f]{8}\n2 files, 22 B, .*here: all; 1 copies on 1 device/,
  )
  assert.match(info.stdout, /deep\/b\.png +11 B +all/)
  assert.match(info.stdout, /this device +100 %/)
  const detail = await peer.json<ShareDetail>('files', 'info', id.slice(0, 8))
  assert.equal(detail.files?.length, 2)
  const renamed = await peer.cli(['files', 'rename', 'photos', 'Pictures'])
  assert.equal(renamed.stdout, 'Photos is called Pictures now.\n')
  assert.match((await peer.cli(['files', 'pin', 'Pictures'])).stdout, /is kept here/)
  assert.equal((await peer.json<Share>('files', 'unpin', 'Pictures')).isPinned, false)
  assert.match(
    (await peer.cli(['files', 'link', 'Pictures'])).stdout,
    /^hamlet:share#.*\nhttp:.*\n$/,
  )
  assert.match((await peer.cli(['files', 'remove', 'Pictures'])).stdout, /hamlet files restore/)
  assert.equal((await peer.cli(['files', 'info', 'Pictures'])).code, 1)
  assert.match((await peer.cli(['files', 'list', '--removed'])).stdout, /Pictures \(removed\)/)
  assert.match((await peer.cli(['files', 'restore', 'Pictures'])).stdout, /is shared again/)
  assert.equal((await peer.json<Share>('files', 'free', 'Pictures')).heldBytes, 0)
})

test('only who shared it and admins remove it, and are told so', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  await shareAs(ben, space, 'Photos', ['a.png'])
  await peer.json('files', 'remove', 'Photos')
  await peer.json('files', 'restore', 'Photos')
  const other = peer.world.addPerson('Dora')
  const { id } = await other.createSpace('Choir')
  const { link } = await other.createInvite(id, { mode: 'auto', role: 'writer' })
  await peer.api.join(link!)
  await shareAs(other, id, 'Scores', ['a.pdf'])
  const refused = await peer.cli(['files', 'remove', 'Scores', '--json'])
  assert.deepEqual([refused.code, /"FILES_NOT_ALLOWED"/.test(refused.stderr)], [1, true])
})

test('transfers are shown, paused, resumed, watched and ended', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  assert.match((await peer.cli(['transfers'])).stdout, /^Nothing is loading/)
  const { id } = await shareAs(ben, space, 'Films', ['a.mp4'])
  await peer.api.startTransfer(id)
  const { stdout } = await peer.cli(['transfers'])
  assert.match(stdout, /Films +loading +27 % +1\.0 MB\/s +1 s left +1 device\n/)
  assert.equal((await peer.cli(['transfers', 'pause', 'Films'])).stdout, 'Films is paused.\n')
  const [paused] = await peer.json<readonly Transfer[]>('transfers')
  assert.equal(paused?.state, 'paused')
  assert.equal((await peer.json<Transfer>('transfers', 'resume', 'Films')).state, 'loading')
  const stop = new AbortController()
  let lines = 0
  await peer.cli(['transfers', '--watch', '--json'], {
    signal: stop.signal,
    onStdout: () => {
      lines++
      if (lines === 3) stop.abort()
    },
  })
  assert.ok(lines >= 3)
  assert.match((await peer.cli(['transfers', 'cancel', 'Films'])).stdout, /What has come stays/)
  assert.match((await peer.cli(['transfers', 'cancel', 'Films'])).stderr, /no transfer "Films"/i)
})

test('limits are shown and set in the units people use', async () => {
  await using peer = await startTestPeer()
  const told = await peer.cli(['transfers', 'limit', '--up', '500kB', '--quota', '20GB'])
  assert.match(told.stdout, /^Loading: as fast as it goes\nServing: at most 500 kB\/s\n/)
  assert.match(told.stdout, /Kept here: 0 B of 20000\.0 MB, 0 B of it pinned\n$/)
  assert.deepEqual(await peer.json('transfers', 'limit', '--up', 'off'), {
    ...{ downBytesPerSecond: 0, upBytesPerSecond: 0, quotaBytes: 20_000_000_000 },
    ...{ usedBytes: 0, pinnedBytes: 0 },
  })
  assert.equal((await peer.cli(['transfers', 'limit', '--down', 'fast'])).code, 2)
})

test('amounts of bytes are read as they are meant, and nothing else is', () => {
  const cases = { '500kB': 500_000, '2.5 MB': 2_500_000, '1,5g': 1_500_000_000, 7: 7, off: 0 }
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parseBytes(text), bytes, text)
  for (const text of ['', 'kB', '-1', '1PB', '1e3', '99999999TB', '0.0001']) {
    assert.throws(() => parseBytes(text), { code: 'USAGE' }, text)
  }
})

test('how fast and how long is said from the last seconds', () => {
  let nowMs = 0
  const speed = new Speed(() => nowMs)
  assert.equal(speed.bytesPerSecond, 0)
  for (let step = 0; step <= 100; step++) {
    nowMs = step * 100
    speed.note(step * (step < 50 ? 1000 : 200_000))
  }
  assert.equal(Math.round(speed.bytesPerSecond), 2_000_000)
  assert.equal(
    wayWords(10_000_000, 30_000_000, 2_000_000),
    '10.0 MB of 30.0 MB, 2.0 MB/s, 10 s left',
  )
  assert.equal(wayWords(1, 2, 0), '1 B of 2 B')
  assert.deepEqual([99.5, 600, 20_000].map(timeLeftWords), [
    '100 s left',
    '10 min left',
    '6 h left',
  ])
})

test('standing is told as facts, with its reasons, in each space or one', async () => {
  await using peer = await startTestPeer()
  await household(peer)
  const { stdout } = await peer.cli(['reputation'])
  assert.match(
    stdout,
    /^Household\nPERSON +GAVE +TOOK +BALANCE +CONTRIBUTION +RELIABILITY +SINCE\n/,
  )
  assert.match(stdout, /Ana \(you\) +0 B/)
  const ofBen = await peer.cli(['reputation', 'Ben', '--space', 'Household'])
  assert.match(ofBen.stdout, /Balance: 0 B\nNo receipt counts yet/)
  assert.match((await peer.cli(['reputation', 'Zoe'])).stderr, /no member "Zoe"/i)
})

test('receipts go to standard output or into a file', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const text = `receipts of ${space}\n`
  assert.equal((await peer.cli(['receipts', 'export', 'Household'])).stdout, text)
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-receipts-'))
  try {
    const file = join(folder, 'receipts.txt')
    await peer.json('receipts', 'export', 'Household', '-o', file)
    assert.equal(await readFile(file, 'utf8'), text)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('trackers are used, shown and forgotten', async () => {
  await using peer = await startTestPeer()
  assert.match((await peer.cli(['tracker', 'status'])).stdout, /^No tracker is used/)
  const url = 'https://tracker.example'
  const used = await peer.cli(['tracker', 'register', url])
  assert.equal(used.stdout, `${url} is used from now on.\n`)
  assert.match(
    (await peer.cli(['tracker', 'status'])).stdout,
    /tracker\.example +unknown +never +0/,
  )
  assert.equal((await peer.cli(['tracker', 'register', 'nonsense'])).code, 1)
  await peer.json('tracker', 'forget', url)
  assert.deepEqual(await peer.json('tracker', 'status'), [])
})

test('a tracker is run until it is stopped, with what it keeps in the data directory', async () => {
  const data = await mkdtemp(join(tmpdir(), 'hamlet-tracker-'))
  const settings = ['--port', '0', '--web', 'no', '--log-level', 'silent', '--data', data]
  const stop = new AbortController()
  const health: Promise<number>[] = []
  try {
    const told = await runCli(['tracker', 'serve', '--json', ...settings], {
      signal: stop.signal,
      onStdout(text) {
        const { url } = JSON.parse(text) as { readonly url: string }
        const asked = fetch(`${url}/health`).then(({ status }) => status)
        health.push(asked.finally(() => stop.abort()))
      },
    })
    assert.equal(told.code, 0)
    assert.deepEqual(await Promise.all(health), [200])
    assert.ok((await readdir(join(data, 'tracker'))).includes('tracker.sqlite'))
    const wrong = await runCli(['tracker', 'serve', ...settings, '--port', 'http'])
    assert.deepEqual([wrong.code, /--port.*expected 0 to 65535/.test(wrong.stderr)], [2, true])
  } finally {
    await rm(data, { recursive: true })
  }
})
