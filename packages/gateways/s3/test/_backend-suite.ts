/**
 * What every `S3Backend` does: see the rules in `src/s3-backend.ts`. A backend's test gives its runner and a factory:
 *
 *     s3BackendSuite(test, { create: () => openMyBackend(), destroy: (backend) => backend.close() })
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { concatBytes, utf8 } from '@hamlet/core'
import type { S3Backend, UploadName } from '../src/s3-backend.ts'
import { BUCKET, bodyOf, brokenBody, bytesOf, put, readAll, readObject } from './_bodies.ts'
import type { BackendTest } from './_bodies.ts'
import { multipartTests } from './_backend-suite-multipart.ts'
import { listingTests } from './_backend-suite-listing.ts'

export interface S3BackendFactory<Backend extends S3Backend> {
  /** Without buckets. Parts may be as small as one byte (`partBytesMin: 1`). */
  create(): Promise<Backend>
  /** The same store as seen by a process started now, for those that outlive one. */
  reopen?(backend: Backend): Promise<Backend>
  destroy(backend: Backend): Promise<void>
}

export type TestFunction = (title: string, body: () => Promise<void>) => unknown
const OTHER = 'other-bucket'

/** Keys that are no paths, each its own object. */
export const ODD_KEYS = [
  '.',
  '..',
  '/',
  '//',
  'a',
  'A',
  'a/',
  'a//b',
  'a/b',
  'a/../b',
  '../../etc/passwd',
  '/etc/passwd',
  '_a',
  '+a',
  '~a',
  '.bucket',
  '.uploads/x',
  'con',
  'nul.txt',
  'a b',
  'a%20b',
  'a+b',
  'line\nbreak\r',
  'null\u0000byte',
  'tab\u0001\u007f',
  'é',
  'e\u0301',
  '\u{1f600}',
  '\ufffd',
  'a\\b:c*?"<>|',
  'x'.repeat(79),
  'x'.repeat(80),
  'x'.repeat(81),
  `${'x'.repeat(80)}/`,
  `${'x'.repeat(80)}/y`,
  'é'.repeat(512),
  '/'.repeat(1024),
  'z'.repeat(1024),
  `${'Q'.repeat(300)}/${'\u0001'.repeat(300)}`,
] as const

export function s3BackendSuite<Backend extends S3Backend>(
  test: TestFunction,
  factory: S3BackendFactory<Backend>,
): void {
  const withBackend: BackendTest = (title, body) => {
    test(`s3 backend: ${title}`, async () => {
      const backend = await factory.create()
      try {
        await body(backend)
      } finally {
        await factory.destroy(backend)
      }
    })
  }
  bucketTests(withBackend)
  objectTests(withBackend)
  conditionTests(withBackend)
  copyTests(withBackend)
  listingTests(withBackend)
  multipartTests(withBackend)
  if (factory.reopen !== undefined) reopenTest(test, factory, factory.reopen.bind(factory))
}

function bucketTests(test: BackendTest): void {
  test('buckets are created once, listed by name and removed when empty', async (backend) => {
    assert.deepEqual(await backend.listBuckets(), [])
    await backend.createBucket(BUCKET)
    await backend.createBucket(OTHER)
    await assert.rejects(backend.createBucket(BUCKET), { code: 'BucketAlreadyOwnedByYou' })
    const names = (await backend.listBuckets()).map(({ name }) => name)
    assert.deepEqual(names, [OTHER, BUCKET])
    assert.ok((await backend.headBucket(BUCKET)).createdMs > 0)
    await put(backend, 'deep/down/below', 'x')
    await assert.rejects(backend.deleteBucket(BUCKET), { code: 'BucketNotEmpty' })
    await backend.delete(BUCKET, 'deep/down/below')
    await backend.deleteBucket(BUCKET)
    await assert.rejects(backend.headBucket(BUCKET), { code: 'NoSuchBucket' })
    assert.equal((await backend.listBuckets()).length, 1)
  })

  test('nothing is found in a bucket that is not there', async (backend) => {
    const name: UploadName = { bucket: BUCKET, key: 'k', uploadId: '0'.repeat(32) }
    const query = { prefix: '', delimiter: '', after: '', limit: 1 }
    await backend.createBucket(OTHER)
    await put(backend, 'k', 'x', OTHER)
    const source = { bucket: OTHER, key: 'k' }
    const calls: readonly (() => Promise<unknown>)[] = [
      () => backend.headBucket(BUCKET),
      () => backend.deleteBucket(BUCKET),
      () => backend.list(BUCKET, query),
      () => backend.head(BUCKET, 'k'),
      () => backend.open(BUCKET, 'k'),
      () => put(backend, 'k', 'x'),
      () => backend.delete(BUCKET, 'k'),
      () => backend.copy(source, name, {}),
      () => backend.copy(name, source, {}),
      () => backend.beginUpload(BUCKET, 'k', { headers: {} }),
      () => backend.putPart(name, 1, bodyOf(utf8('x'))),
      () => backend.listParts(name),
      () => backend.listUploads(BUCKET),
      () => backend.completeUpload(name, [], {}),
      () => backend.abortUpload(name),
    ]
    for (const call of calls) {
      await assert.rejects(call, { code: 'NoSuchBucket' }, String(call))
    }
  })
}

function objectTests(test: BackendTest): void {
  test('objects of any size come back, whole and in part', async (backend) => {
    await backend.createBucket(BUCKET)
    for (const size of [0, 1, 1000, 300_001]) {
      const bytes = bytesOf(size)
      const headers = { 'content-type': 'text/x', 'x-amz-meta-Ä': 'ö' }
      const body = bodyOf(bytes, 'CRC32C')
      const info = await backend.put(BUCKET, 'k', body, { headers })
      assert.equal(info.etag, createHash('md5').update(bytes).digest('hex'))
      assert.equal(info.sizeBytes, size)
      assert.deepEqual(await readObject(backend, BUCKET, 'k'), bytes)
      const head = await backend.head(BUCKET, 'k')
      assert.deepEqual(head.headers, headers)
      assert.deepEqual(head.checksum, body.facts().checksum)
      assert.equal(head.modifiedMs, info.modifiedMs)
      const object = await backend.open(BUCKET, 'k')
      for (const [offset, length] of [
        [0, 1],
        [1, size >> 1],
        [size - 1, 1],
        [size, 0],
      ] as const) {
        if (offset < 0 || offset + length > size) continue
        const part = await readAll(object.read(offset, length))
        assert.deepEqual(part, bytes.subarray(offset, offset + length))
      }
      await object.close()
      await object.close()
    }
  })

  test('what is not there is not found, and removing it is no error', async (backend) => {
    await backend.createBucket(BUCKET)
    await put(backend, 'a/b', 'x')
    for (const key of ['a', 'a/', 'a/b/', 'a/b/c', 'b']) {
      await assert.rejects(backend.head(BUCKET, key), { code: 'NoSuchKey' })
      await assert.rejects(backend.open(BUCKET, key), { code: 'NoSuchKey' })
      await backend.delete(BUCKET, key)
    }
    await backend.delete(BUCKET, 'a/b')
    await assert.rejects(backend.head(BUCKET, 'a/b'), { code: 'NoSuchKey' })
  })

  test('every odd key is an object of its own, listed in the order of bytes', async (backend) => {
    await backend.createBucket(BUCKET)
    for (const key of ODD_KEYS) await put(backend, key, key)
    const { objects, next } = await backend.list(BUCKET, {
      prefix: '',
      delimiter: '',
      after: '',
      limit: 1000,
    })
    const order = ODD_KEYS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(
      objects.map(({ key }) => key),
      order,
    )
    assert.equal(next, undefined)
    for (const key of ODD_KEYS) {
      assert.deepEqual(await readObject(backend, BUCKET, key), utf8(key))
      await backend.delete(BUCKET, key)
      await assert.rejects(backend.head(BUCKET, key), { code: 'NoSuchKey' })
    }
    await backend.deleteBucket(BUCKET)
  })

  test('a reader keeps the object that it opened', async (backend) => {
    await backend.createBucket(BUCKET)
    const bytes = bytesOf(600_000)
    await put(backend, 'k', bytes)
    const object = await backend.open(BUCKET, 'k')
    const reading = object.read(0, bytes.length)[Symbol.asyncIterator]()
    const first = await reading.next()
    await put(backend, 'k', 'new')
    await backend.delete(BUCKET, 'k')
    const rest = await readAll({ [Symbol.asyncIterator]: () => reading })
    assert.deepEqual(concatBytes(first.value as Uint8Array, rest), bytes)
    await object.close()
  })

  test('of a body that is not what was announced nothing stays', async (backend) => {
    await backend.createBucket(BUCKET)
    await put(backend, 'k', 'old')
    for (const key of ['k', 'new']) {
      const broken = backend.put(BUCKET, key, brokenBody(bytesOf(1000)), { headers: {} })
      await assert.rejects(broken, { code: 'BadDigest' })
    }
    assert.deepEqual(await readObject(backend, BUCKET, 'k'), utf8('old'))
    await assert.rejects(backend.head(BUCKET, 'new'), { code: 'NoSuchKey' })
  })

  test('readers see the old object or the new one, whoever writes at the same time', async (backend) => {
    await backend.createBucket(BUCKET)
    const versions = [1, 2, 3].map((seed) => bytesOf(50_000 * seed, seed))
    await put(backend, 'k', versions[0]!)
    const writes = Array.from({ length: 12 }, (_, i) => put(backend, 'k', versions[i % 3]!))
    const reads = Array.from({ length: 12 }, async () => {
      const found = await readObject(backend, BUCKET, 'k')
      assert.ok(versions.some((version) => Buffer.compare(version, found) === 0))
    })
    await Promise.all([...writes, ...reads])
  })
}

function conditionTests(test: BackendTest): void {
  test('of many who create one object one does', async (backend) => {
    await backend.createBucket(BUCKET)
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        backend.put(BUCKET, 'lock', bodyOf(utf8(`${i}`)), {
          headers: {},
          condition: { ifNoneMatch: '*' },
        }),
      ),
    )
    const won = results.flatMap((each, i) => (each.status === 'fulfilled' ? [i] : []))
    assert.equal(won.length, 1)
    for (const each of results) {
      if (each.status === 'rejected') {
        assert.equal((each.reason as { code: string }).code, 'PreconditionFailed')
      }
    }
    assert.deepEqual(await readObject(backend, BUCKET, 'lock'), utf8(`${won[0]}`))
  })

  test('of many who replace one version one does', async (backend) => {
    await backend.createBucket(BUCKET)
    const etag = await put(backend, 'k', 'first')
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        backend.put(BUCKET, 'k', bodyOf(utf8(`${i}`)), {
          headers: {},
          condition: { ifMatch: `"${etag}"` },
        }),
      ),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('writes and removals ask for what must be there', async (backend) => {
    await backend.createBucket(BUCKET)
    const write = (condition: object) =>
      backend.put(BUCKET, 'k', bodyOf(utf8('x')), { headers: {}, condition })
    await assert.rejects(write({ ifMatch: '*' }), { code: 'NoSuchKey' })
    const { etag } = await write({ ifNoneMatch: '"abc"' })
    await assert.rejects(write({ ifNoneMatch: etag }), { code: 'PreconditionFailed' })
    await assert.rejects(write({ ifMatch: '"abc"' }), { code: 'PreconditionFailed' })
    await write({ ifMatch: '*' })
    await assert.rejects(backend.delete(BUCKET, 'k', { ifMatch: '"abc"' }), {
      code: 'PreconditionFailed',
    })
    await backend.delete(BUCKET, 'k', { ifMatch: etag })
    await assert.rejects(backend.delete(BUCKET, 'k', { ifMatch: '*' }), { code: 'NoSuchKey' })
  })
}

function copyTests(test: BackendTest): void {
  test('an object is copied with what is known of it, or with new headers', async (backend) => {
    await backend.createBucket(BUCKET)
    await backend.createBucket(OTHER)
    const bytes = bytesOf(100_000)
    const source = { bucket: BUCKET, key: 'a' }
    await backend.put(BUCKET, 'a', bodyOf(bytes, 'SHA256'), { headers: { 'x-amz-meta-a': '1' } })
    const copied = await backend.copy(source, { bucket: OTHER, key: 'b/c' }, {})
    const head = await backend.head(OTHER, 'b/c')
    assert.deepEqual(head.headers, { 'x-amz-meta-a': '1' })
    assert.equal(head.etag, copied.etag)
    assert.equal(head.checksum?.algorithm, 'SHA256')
    assert.deepEqual(await readObject(backend, OTHER, 'b/c'), bytes)
    await backend.copy(source, source, { headers: { 'x-amz-meta-b': '2' } })
    assert.deepEqual((await backend.head(BUCKET, 'a')).headers, { 'x-amz-meta-b': '2' })
    assert.deepEqual(await readObject(backend, BUCKET, 'a'), bytes)
  })

  test('a copy asks for its source and its target to be as expected', async (backend) => {
    await backend.createBucket(BUCKET)
    const etag = await put(backend, 'a', 'x')
    const source = { bucket: BUCKET, key: 'a' }
    const target = { bucket: BUCKET, key: 'b' }
    const gone = backend.copy({ bucket: BUCKET, key: 'none' }, target, {})
    await assert.rejects(gone, { code: 'NoSuchKey' })
    const checked = backend.copy(source, target, {
      checkSource(info) {
        assert.equal(info.etag, etag)
        throw new RangeError('not this one')
      },
    })
    await assert.rejects(checked, RangeError)
    await assert.rejects(backend.head(BUCKET, 'b'), { code: 'NoSuchKey' })
    await backend.copy(source, target, { condition: { ifNoneMatch: '*' } })
    const again = backend.copy(source, target, { condition: { ifNoneMatch: '*' } })
    await assert.rejects(again, { code: 'PreconditionFailed' })
  })
}

function reopenTest<Backend extends S3Backend>(
  test: TestFunction,
  factory: S3BackendFactory<Backend>,
  reopen: (backend: Backend) => Promise<Backend>,
): void {
  test('s3 backend: a process that starts now sees all that was acknowledged', async () => {
    let backend = await factory.create()
    try {
      await backend.createBucket(BUCKET)
      await put(backend, 'a/b', 'x')
      const uploadId = await backend.beginUpload(BUCKET, 'u', { headers: { 'x-amz-meta-a': '1' } })
      const name = { bucket: BUCKET, key: 'u', uploadId }
      const { etag } = await backend.putPart(name, 7, bodyOf(utf8('part')))
      backend = await reopen(backend)
      assert.deepEqual(await readObject(backend, BUCKET, 'a/b'), utf8('x'))
      assert.equal((await backend.listParts(name))[0]?.etag, etag)
      await backend.completeUpload(name, [{ number: 7, etag }], {})
      assert.deepEqual(await readObject(backend, BUCKET, 'u'), utf8('part'))
      assert.deepEqual((await backend.head(BUCKET, 'u')).headers, { 'x-amz-meta-a': '1' })
    } finally {
      await factory.destroy(backend)
    }
  })
}
