/** `FilesApi` over a real socket: everything a client can ask, files as streams both ways. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'

import { createSocketClient } from '../src/node/socket-client.ts'
import type { HttpClient } from '../src/client.ts'
import type { Share } from '../src/files-api.ts'
import { startTestServer } from './_server.ts'

const PIECE_BYTES = 65_536

/** The same bytes for the same size. */
function bytesOf(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8)) & 255)
}

async function* inPieces(bytes: Uint8Array, pieceBytes = PIECE_BYTES): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const gathered: Uint8Array[] = []
  for await (const piece of pieces) gathered.push(piece)
  return new Uint8Array(Buffer.concat(gathered))
}

async function share(
  client: HttpClient,
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
  space?: string,
): Promise<Share> {
  const upload = await client.startUpload({
    ...(space === undefined ? {} : { space }),
    name,
    isFolder: true,
  })
  for (const [path, bytes] of Object.entries(files)) {
    await client.putFile(upload.id, path, inPieces(bytes))
  }
  return await client.finishUpload(upload.id)
}

suite('files', () => {
  for (const kind of ['loopback', 'the Unix socket'] as const) {
    test(`of every size around a leaf go in and out as they are over ${kind}`, async () => {
      await using setup = await startTestServer()
      const token = setup.tokens.admin
      const { socketPath } = setup
      const client =
        kind === 'loopback' ? setup.client() : createSocketClient({ socketPath, token })
      const sizes = [0, 1, 16_383, 16_384, 16_385, 3_000_000]
      const files = Object.fromEntries(sizes.map((size) => [`sizes/${size} ü%.bin`, bytesOf(size)]))
      const { id, fileCount, totalBytes } = await share(client, 'Sizes', files)
      assert.deepEqual([fileCount, totalBytes], [6, 3_049_153])
      for (const [path, bytes] of Object.entries(files)) {
        assert.deepEqual(await gather(client.readFile(id, path)), bytes, path)
        const { blob, sizeBytes } = await client.sharedFile(id, path)
        const hash = createHash('sha256').update(bytes).digest('hex')
        assert.deepEqual([blob, sizeBytes], [`${hash}-${bytes.length}`, bytes.length])
      }
    })
  }

  test('are read from any byte to any other', async () => {
    await using setup = await startTestServer()
    const client = setup.client()
    const bytes = bytesOf(100_000)
    const { id } = await share(client, 'Spans', { 'a.bin': bytes })
    const read = (span: object) => gather(client.readFile(id, 'a.bin', span))
    assert.deepEqual(await read({ offset: 99_999 }), bytes.subarray(99_999))
    assert.deepEqual(
      await read({ offset: 16_000, lengthBytes: 500 }),
      bytes.subarray(16_000, 16_500),
    )
    assert.deepEqual(await read({ lengthBytes: 1 }), bytes.subarray(0, 1))
    assert.deepEqual(await read({ lengthBytes: 0 }), new Uint8Array())
    await assert.rejects(read({ offset: 100_000 }), { code: 'RANGE_REFUSED', status: 416 })
    await assert.rejects(gather(client.readFile(id, 'b.bin')), { code: 'FILE_NOT_FOUND' })
  })

  test('come in as a page sends them, with their length', async () => {
    await using setup = await startTestServer()
    const bytes = bytesOf(70_000)
    for (const client of [
      setup.client(),
      createSocketClient({ socketPath: setup.socketPath, token: setup.tokens.admin }),
    ]) {
      const { id } = await client.startUpload({ name: 'a.bin', isFolder: false })
      const file = new Blob([bytes as Uint8Array<ArrayBuffer>])
      assert.deepEqual(await client.putFile(id, 'a.bin', file), {
        ...{ id, fileCount: 1, totalBytes: 70_000 },
      })
      const { id: shared } = await client.finishUpload(id)
      assert.deepEqual(await gather(client.readFile(shared, 'a.bin')), bytes)
    }
  })

  test('that are too many for the quota are refused while they come, and the reason arrives', async () => {
    await using setup = await startTestServer()
    const { socketPath } = setup
    for (const client of [
      setup.client(),
      createSocketClient({ socketPath, token: setup.tokens.admin }),
    ]) {
      await client.setTransferLimits({ quotaBytes: 200_000 })
      const { id } = await client.startUpload({ name: 'big', isFolder: false })
      let sentBytes = 0
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          sentBytes += PIECE_BYTES
          yield new Uint8Array(PIECE_BYTES)
        }
      }
      const refused = client.putFile(id, 'big', endless())
      await assert.rejects(refused, { code: 'BLOB_QUOTA', status: 507 })
      assert.ok(sentBytes < 100_000_000, `${sentBytes} bytes were sent`)
      await assert.rejects(client.finishUpload(id), { code: 'FILES_BAD_SHARE' })
    }
  })

  test('whose source fails leave nothing half behind', async () => {
    // What the failed request leaves of its connection is not waited for.
    await using setup = await startTestServer({ timeouts: { drainMs: 100 } })
    const { socketPath } = setup
    for (const client of [
      setup.client(),
      createSocketClient({ socketPath, token: setup.tokens.admin }),
    ]) {
      const { id } = await client.startUpload({ name: 'a', isFolder: true })
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield bytesOf(100_000)
        throw new Error('the stick was pulled out')
      }
      await assert.rejects(client.putFile(id, 'a.bin', failing()), /the stick was pulled out/)
      const whole = await setup.api.putFile(id, 'a.bin', inPieces(bytesOf(10)))
      assert.deepEqual(whole, { id, fileCount: 1, totalBytes: 10 })
    }
    assert.deepEqual(setup.errors, [])
  })
})

test('a share is listed, named, removed, restored, pinned, linked and taken up', async () => {
  await using setup = await startTestServer()
  const client = setup.client()
  const { id: space } = await client.createSpace('Household')
  const { id, ...made } = await share(client, 'Photos', { 'a.png': bytesOf(5) }, space)
  assert.deepEqual(
    { space: made.space, name: made.name, mediaType: made.mediaType, whole: made.wholeCopies },
    { space, name: 'Photos', mediaType: 'image/png', whole: 1 },
  )
  assert.equal((await client.renameShare(id, 'Pictures')).name, 'Pictures')
  assert.equal((await client.pinShare(id, true)).isPinned, true)
  assert.equal((await client.pinShare(id, false)).isPinned, false)
  await client.removeShare(id)
  assert.deepEqual(await client.shares(space), [])
  assert.equal((await client.shares(space, { removed: true }))[0]!.isRemoved, true)
  assert.equal((await client.restoreShare(id)).isRemoved, false)
  const { files, holders } = await client.shareDetail(id)
  assert.deepEqual(
    files?.map(({ path }) => path),
    ['a.png'],
  )
  assert.equal(holders[0]?.heldBytes, 5)
  const { link } = await client.shareLink(id)
  assert.equal((await client.openShareLink(link)).id, id)
  assert.deepEqual(await client.shares(), [], 'it is in its space')
  assert.equal((await client.forgetShareBytes(id)).heldBytes, 0)
  await assert.rejects(client.openShareLink('hamlet:nonsense'), { code: 'SHARE_LINK_MALFORMED' })
  const dropped = await client.startUpload({ name: 'b', isFolder: false })
  await client.cancelUpload(dropped.id)
  await assert.rejects(client.finishUpload(dropped.id), { code: 'UPLOAD_NOT_FOUND', status: 404 })
})

test('a transfer is started, watched, paused, resumed, chosen from and ended', async () => {
  await using setup = await startTestServer()
  const ben = setup.world.addPerson('Ben')
  const client = setup.client()
  const { id: space } = await client.createSpace('Household')
  const { link } = await client.createInvite(space, { mode: 'auto' })
  await ben.join(link!)
  const upload = await ben.startUpload({ space, name: 'Films', isFolder: true })
  for (const name of ['a', 'b']) await ben.putFile(upload.id, `${name}.mp4`, inPieces(bytesOf(400)))
  const { id } = await ben.finishUpload(upload.id)
  const started = await client.startTransfer(id, { select: ['a.mp4'], priority: 'high' })
  assert.deepEqual([started.state, started.wantedBytes, started.heldBytes], ['loading', 400, 0])
  const [moved] = await client.transfers()
  assert.deepEqual([moved?.heldBytes, moved?.sources[0]?.id], [100, ben.device])
  assert.equal((await client.pauseTransfer(id)).state, 'paused')
  assert.equal((await client.transfers())[0]?.heldBytes, 100, 'it stands still')
  assert.equal((await client.resumeTransfer(id)).state, 'loading')
  const chosen = await client.setFilePriority(id, 'b.mp4', 'low')
  assert.equal(chosen.wantedBytes, 800)
  await client.cancelTransfer(id)
  assert.deepEqual(await client.transfers(), [])
  await assert.rejects(client.pauseTransfer(id), { code: 'TRANSFER_NOT_FOUND' })
})

test('limits, storage, trackers, standing and receipts are asked for and set', async () => {
  await using setup = await startTestServer()
  const client = setup.client()
  const { id: space } = await client.createSpace('Household')
  assert.equal((await client.setTransferLimits({ upBytesPerSecond: 5 })).upBytesPerSecond, 5)
  const limits = { downBytesPerSecond: 0, upBytesPerSecond: 5, quotaBytes: 0 }
  assert.deepEqual(await client.transferLimits(), limits)
  await share(client, 'a', { a: bytesOf(7) })
  assert.deepEqual(await client.fileStorage(), { usedBytes: 7, pinnedBytes: 0, blobs: 1 })
  const url = 'https://tracker.example/?a=b&c'
  assert.equal((await client.addTracker(url)).url, url)
  assert.equal((await client.trackers()).length, 1)
  await client.removeTracker(url)
  await assert.rejects(client.removeTracker(url), { code: 'TRACKER_NOT_FOUND' })
  const { person } = await client.status()
  assert.deepEqual(
    (await client.standing(space, person)).map(({ isSelf }) => isSelf),
    [true],
  )
  assert.deepEqual((await client.standing(space)).length, 1)
  assert.equal(await client.exportReceipts(space), `receipts of ${space}\n`)
})

test('who only reads may look and take, and changes nothing', async () => {
  await using setup = await startTestServer()
  const { id } = await share(setup.client(), 'a', { 'a.txt': bytesOf(3) })
  const reader = setup.client('read')
  assert.equal((await gather(reader.readFile(id, 'a.txt'))).length, 3)
  const forbidden = { code: 'SCOPE_FORBIDDEN' }
  await assert.rejects(reader.startUpload({ name: 'b', isFolder: false }), forbidden)
  await assert.rejects(reader.removeShare(id), forbidden)
  await assert.rejects(reader.startTransfer(id), forbidden)
  await assert.rejects(setup.client('write').setTransferLimits({ quotaBytes: 1 }), forbidden)
  await assert.rejects(setup.client('write').addTracker('https://a.example'), forbidden)
})

test('changes are told as events', async () => {
  await using setup = await startTestServer()
  const client = setup.client()
  const abort = new AbortController()
  const seen: string[] = []
  for await (const event of client.events({ signal: abort.signal })) {
    seen.push(event.type)
    if (event.type === 'resync') await share(client, 'a', { a: bytesOf(1) })
    if (event.type === 'files') break
  }
  abort.abort()
  assert.deepEqual(seen, ['resync', 'files'])
})
