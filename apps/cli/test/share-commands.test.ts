/** `hamlet share` and `hamlet get`, against a running peer. */

import assert from 'node:assert/strict'
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Share, ShareLink } from '@hamlet/http'

import { startTestPeer } from './_cli.ts'
import type { TestPeer } from './_cli.ts'
import { household } from './_household.ts'

interface Shared extends ShareLink {
  readonly share: Share
}

interface Setup extends AsyncDisposable {
  readonly peer: TestPeer
  readonly folder: string
  file(path: string, content: string | Uint8Array): Promise<string>
  /** Shared by somebody else in the household, so that it has to be loaded. */
  ofBen(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<Share>
  read(path: string): Promise<string>
}

async function setUp(): Promise<Setup> {
  const peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-files-'))
  return {
    peer,
    folder,
    async file(path, content) {
      const file = join(folder, path)
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, content)
      return file
    },
    async ofBen(name, files) {
      const { id } = await ben.startUpload({ space, name, isFolder: true })
      for (const [path, content] of Object.entries(files)) {
        await ben.putFile(id, path, pieces(content))
      }
      return await ben.finishUpload(id)
    },
    read: (path) => readFile(join(folder, path), 'utf8'),
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

async function* pieces(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

suite('hamlet share', () => {
  test('shares a file with whoever gets the link', async () => {
    await using setup = await setUp()
    const file = await setup.file('a.txt', 'hello')
    const told = await setup.peer.cli(['share', file])
    assert.match(told.stdout, /^Shared a\.txt: 1 file, 5 B\.\nhamlet:share#[0-9a-f]{64}\n$/)
    const [share] = await setup.peer.api.shares()
    assert.deepEqual([share?.name, share?.isFolder, share?.isPublic], ['a.txt', false, false])
    assert.equal((await setup.peer.api.sharedFile(share!.id, 'a.txt')).sizeBytes, 5)
  })

  test('shares a folder with a space, by the names that every system takes', async () => {
    await using setup = await setUp()
    for (const size of [0, 1, 16_383, 16_384, 16_385]) {
      await setup.file(`Photos/sizes/${size}.bin`, new Uint8Array(size))
    }
    await setup.file('Photos/What?.txt', 'a')
    await setup.file('Photos/What*.txt', 'b')
    await symlink('/etc/passwd', join(setup.folder, 'Photos', 'passwd'))
    const told = await setup.peer.cli([
      'share',
      join(setup.folder, 'Photos'),
      '--space',
      'Household',
    ])
    assert.match(
      told.stdout,
      /^Shared Photos: 7 files, 50 kB\.\nEverybody in Household can load it\.\n/,
    )
    assert.match(told.stderr, /Left out, since it is no plain file: .*passwd/)
    assert.match(told.stderr, /Shared under a name that every system takes: .*What\?\.txt as What_/)
    const [share] = await setup.peer.api.shares((await setup.peer.api.spaces())[0]!.id)
    const { files } = await setup.peer.api.shareDetail(share!.id)
    assert.deepEqual(files!.map(({ path }) => path).toSorted(), [
      'What_ (2).txt',
      'What_.txt',
      'sizes/0.bin',
      'sizes/1.bin',
      'sizes/16383.bin',
      'sizes/16384.bin',
      'sizes/16385.bin',
    ])
  })

  test('shares several under one name, in public, and tells what was made', async () => {
    await using setup = await setUp()
    const paths = [await setup.file('a.txt', 'a'), await setup.file('b/c.txt', 'c')]
    const folder = join(setup.folder, 'b')
    const unnamed = await setup.peer.cli(['share', paths[0]!, folder])
    assert.deepEqual([unnamed.code, /--name/.test(unnamed.stderr)], [2, true])
    const made = await setup.peer.json<Shared>(
      'share',
      paths[0]!,
      folder,
      '--name',
      'Mine',
      '--public',
    )
    assert.deepEqual(
      [made.share.name, made.share.isPublic, made.share.fileCount, made.share.isFolder],
      ['Mine', true, 2, true],
    )
    assert.match(made.link, /^hamlet:share/)
    const { files } = await setup.peer.api.shareDetail(made.share.id)
    // They are sent side by side, in any order.
    assert.deepEqual(files!.map(({ path }) => path).toSorted(), ['a.txt', 'b/c.txt'])
  })

  test('says why it shares nothing, and leaves nothing half', async () => {
    await using setup = await setUp()
    const { peer, folder } = setup
    const file = await setup.file('a.txt', 'hello')
    const both = await peer.cli(['share', file, '--public', '--space', 'Household'])
    assert.equal(both.code, 2)
    const missing = await peer.cli(['share', join(folder, 'nothing')])
    assert.deepEqual([missing.code, /cannot read/i.test(missing.stderr)], [1, true])
    await mkdir(join(folder, 'empty'))
    assert.match((await peer.cli(['share', join(folder, 'empty')])).stderr, /no file to share/)
    await peer.api.setTransferLimits({ quotaBytes: 3 })
    const full = await peer.cli(['share', file, '--json'])
    assert.deepEqual([full.code, /"BLOB_QUOTA"/.test(full.stderr)], [1, true])
    assert.deepEqual(await peer.api.shares(), [])
  })

  test('ends when it is told to, and shares nothing', async () => {
    await using setup = await setUp()
    const file = await setup.file('a.bin', new Uint8Array(1_000_000))
    const told = await setup.peer.cli(['share', file], { signal: AbortSignal.abort() })
    assert.deepEqual([told.code, /nothing was shared/i.test(told.stderr)], [1, true])
    assert.deepEqual(await setup.peer.api.shares(), [])
  })

  test('shows on a terminal how far it is', async () => {
    await using setup = await setUp()
    const file = await setup.file('a.bin', new Uint8Array(1_000_000))
    const { stderr } = await setup.peer.cli(['share', file], { terminal: true })
    assert.match(stderr, /Sharing \[#*\.*\] \d+ % {2}[\d.]+ [kM]B of 1\.0 MB/)
  })
})

suite('hamlet get', () => {
  test('loads a share by its name and writes it out, sizes and odd names included', async () => {
    await using setup = await setUp()
    const sizes = [0, 1, 16_383, 16_384, 16_385]
    const named = sizes.map((size) => [`sizes/${size}`, new Uint8Array(size).fill(7)] as const)
    await setup.ofBen('Photos', { 'Read.me': 'a', 'read.me': 'b', ...Object.fromEntries(named) })
    const told = await setup.peer.cli(['get', 'Photos', '-o', setup.folder], { terminal: true })
    assert.match(told.stdout, /^7 files, 50 kB, in .*Photos\n$/)
    assert.match(told.stderr, /Loading \[.*from 1 device/)
    assert.match(told.stderr, /Writing \[/)
    for (const size of sizes) {
      assert.equal((await readFile(join(setup.folder, `Photos/sizes/${size}`))).length, size)
    }
    assert.equal(await setup.read('Photos/Read.me'), 'a')
    assert.equal(await setup.read('Photos/read (2).me'), 'b')
    assert.deepEqual(await readdir(setup.folder), ['Photos'])
  })

  test('takes up a link, chooses, and says in JSON what came', async () => {
    await using setup = await setUp()
    const share = await setup.ofBen('Photos', { 'a/1': 'one', 'a/2': 'two', b: 'three' })
    const { link } = await setup.peer.api.shareLink(share.id)
    const select = ['--select', 'a/', '-o', setup.folder]
    const facts = await setup.peer.json<object>('get', link, ...select)
    const path = join(setup.folder, 'Photos')
    assert.deepEqual(facts, { share: share.id, name: 'Photos', path, files: 2, bytes: 6 })
    await assert.rejects(access(join(path, 'b')))
    const wrong = await setup.peer.cli(['get', link, '--select', 'c', '-o', setup.folder])
    assert.deepEqual([wrong.code, /there is no file c in it/i.test(wrong.stderr)], [1, true])
    const nobody = await setup.peer.cli(['get', 'Films'])
    assert.match(nobody.stderr, /there is no share "Films"/i)
  })

  test('takes a public blob by its id', async () => {
    await using setup = await setUp()
    const file = await setup.file('in/a.txt', 'hello')
    const { share } = await setup.peer.json<Shared>('share', file, '--public')
    const { blob } = await setup.peer.api.sharedFile(share.id, 'a.txt')
    const facts = await setup.peer.json<{ path: string }>('get', blob, '-o', setup.folder)
    assert.equal(await readFile(facts.path, 'utf8'), 'hello')
  })

  test('writes over nothing, unless it is told to', async () => {
    await using setup = await setUp()
    await setup.ofBen('Photos', { a: 'theirs' })
    await setup.file('Photos/a', 'mine')
    const refused = await setup.peer.cli(['get', 'Photos', '-o', setup.folder, '--json'])
    assert.deepEqual([refused.code, /"FILE_EXISTS"/.test(refused.stderr)], [1, true])
    assert.deepEqual(await setup.peer.api.transfers(), [], 'nothing was loaded for it')
    assert.equal(await setup.read('Photos/a'), 'mine')
    assert.deepEqual(await readdir(setup.folder), ['Photos'], 'and nothing was begun')
    await setup.peer.json('get', 'Photos', '-o', setup.folder, '--force')
    assert.equal(await setup.read('Photos/a'), 'theirs')
  })

  test('goes on where it stopped, after the disk was full or the peer gone', async () => {
    await using setup = await setUp()
    await setup.ofBen('Photos', { a: 'one', b: new Uint8Array(100_000) })
    setup.peer.api.failReads = { code: 'STORE_FULL', afterBytes: 20_000 }
    const cut = await setup.peer.cli(['get', 'Photos', '-o', setup.folder, '--json'])
    assert.equal(cut.code, 1)
    const [staged] = (await readdir(setup.folder)).filter((name) => name.startsWith('.hamlet-'))
    assert.deepEqual(await readdir(join(setup.folder, staged!)), ['0'])
    setup.peer.api.failReads = undefined
    const before = setup.peer.api.readBytes
    await setup.peer.json('get', 'Photos', '-o', setup.folder)
    assert.equal(setup.peer.api.readBytes - before, 100_000, 'the whole file was not read again')
    assert.deepEqual(await readdir(setup.folder), ['Photos'])
    await setup.peer.stop()
    const gone = await setup.peer.cli(['get', 'Photos', '-o', setup.folder])
    assert.deepEqual([gone.code, /not running/.test(gone.stderr)], [1, true])
  })

  test('names of a hostile share lead nowhere', async () => {
    await using setup = await setUp()
    for (const [index, path] of ['CON', 'a\u202ebc', 'x:y', 'a\u0000b', 'end.', 'q?'].entries()) {
      await setup.ofBen(`Bad ${index}`, { [path]: 'x' })
      const told = await setup.peer.cli(['get', `Bad ${index}`, '-o', setup.folder, '--json'])
      assert.deepEqual([told.code, /"FILE_NAME_[A-Z_]+"/.test(told.stderr)], [1, true], path)
    }
    await setup.ofBen('../up/../../x', { a: 'x' })
    const facts = await setup.peer.json<{ path: string }>(
      'get',
      '../up/../../x',
      '-o',
      setup.folder,
    )
    assert.equal(facts.path, join(setup.folder, '.._up_.._.._x'))
  })

  test('says that a transfer failed, was paused, or was ended by the person', async () => {
    await using setup = await setUp()
    const { id } = await setup.ofBen('Photos', { a: 'one' })
    const stop = new AbortController()
    const getting = setup.peer.cli(['get', 'Photos', '-o', setup.folder], {
      signal: stop.signal,
      onStderr: (text) => text.includes('is paused') && stop.abort(),
    })
    while ((await setup.peer.api.transfers()).length === 0) await new Promise(setImmediate)
    await setup.peer.api.pauseTransfer(id)
    const ended = await getting
    assert.deepEqual([ended.code, /goes on where it stopped/.test(ended.stderr)], [1, true])
    setup.peer.api.failTransfers = 'BLOB_MISSING'
    const failed = await setup.peer.cli(['get', 'Photos', '-o', setup.folder, '--json'])
    assert.match(failed.stderr, /"TRANSFER_FAILED".*"reason":"BLOB_MISSING"/)
  })
})
