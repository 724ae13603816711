/** Part of the suite of backends: uploads in parts. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { concatBytes, hexToBytes, utf8 } from '@hamlet/core'
import type { ChecksumAlgorithm, ChecksumType } from '../src/checksums/checksum.ts'
import type { ChosenPart, S3Backend, UploadName } from '../src/s3-backend.ts'
import { BUCKET, bodyOf, brokenBody, bytesOf, put, readObject } from './_bodies.ts'
import type { BackendTest } from './_bodies.ts'

async function begin(
  backend: S3Backend,
  key = 'big/file',
  checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType },
): Promise<UploadName> {
  const headers = { 'content-type': 'video/x' }
  const uploadId = await backend.beginUpload(BUCKET, key, { headers, checksum })
  return { bucket: BUCKET, key, uploadId }
}

async function chosen(backend: S3Backend, name: UploadName): Promise<readonly ChosenPart[]> {
  const parts = await backend.listParts(name)
  return parts.map(({ number, etag }) => ({ number, etag }))
}

function md5(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest()
}

export function multipartTests(test: BackendTest): void {
  test('parts in any order, and sent again, make one object', async (backend) => {
    await backend.createBucket(BUCKET)
    const name = await begin(backend)
    const [first, second, third] = [bytesOf(70_000, 1), bytesOf(300_000, 2), bytesOf(1, 3)]
    await backend.putPart(name, 9000, bodyOf(third))
    await backend.putPart(name, 1, bodyOf(utf8('something else')))
    await backend.putPart(name, 2, bodyOf(second))
    await backend.putPart(name, 1, bodyOf(first))
    await assert.rejects(backend.head(BUCKET, 'big/file'), { code: 'NoSuchKey' })
    const parts = await backend.listParts(name)
    assert.deepEqual(
      parts.map(({ number, sizeBytes }) => [number, sizeBytes]),
      [
        [1, first.length],
        [2, second.length],
        [9000, 1],
      ],
    )
    const info = await backend.completeUpload(name, await chosen(backend, name), {})
    const whole = concatBytes(first, second, third)
    const joined = concatBytes(md5(first), md5(second), md5(third))
    assert.equal(info.etag, `${createHash('md5').update(joined).digest('hex')}-3`)
    assert.deepEqual(await readObject(backend, BUCKET, 'big/file'), whole)
    const head = await backend.head(BUCKET, 'big/file')
    assert.equal(head.etag, info.etag)
    assert.deepEqual(head.headers, { 'content-type': 'video/x' })
    assert.deepEqual(head.partSizes, [first.length, second.length, 1])
    assert.deepEqual(await backend.listUploads(BUCKET), [])
  })

  test('completing again gives the same, until the object is another', async (backend) => {
    await backend.createBucket(BUCKET)
    const name = await begin(backend)
    const { etag } = await backend.putPart(name, 1, bodyOf(utf8('x')))
    const parts = [{ number: 1, etag }]
    const info = await backend.completeUpload(name, parts, {})
    assert.equal((await backend.completeUpload(name, parts, {})).etag, info.etag)
    await put(backend, name.key, 'other')
    await assert.rejects(backend.completeUpload(name, parts, {}), { code: 'NoSuchUpload' })
    await assert.rejects(backend.abortUpload(name), { code: 'NoSuchUpload' })
  })

  test('what does not fit the parts is refused, and the upload stays', async (backend) => {
    await backend.createBucket(BUCKET)
    const name = await begin(backend)
    const one = await backend.putPart(name, 1, bodyOf(utf8('one')))
    const two = await backend.putPart(name, 2, bodyOf(utf8('two')))
    const refused = async (parts: readonly ChosenPart[], code: string, options = {}) => {
      await assert.rejects(backend.completeUpload(name, parts, options), { code })
    }
    await refused([{ number: 1, etag: two.etag }], 'InvalidPart')
    await refused([{ number: 3, etag: one.etag }], 'InvalidPart')
    await refused([two, one], 'InvalidPartOrder')
    await refused([one, one], 'InvalidPartOrder')
    await refused([one, two], 'InvalidRequest', { sizeBytes: 5 })
    const checksum = { algorithm: 'CRC32', value: 'AAAAAA==' }
    await refused([one, two], 'BadDigest', { checksum })
    await put(backend, name.key, 'there')
    await refused([one, two], 'PreconditionFailed', { condition: { ifNoneMatch: '*' } })
    await backend.completeUpload(name, [one, two], { condition: { ifMatch: '*' }, sizeBytes: 6 })
    assert.deepEqual(await readObject(backend, BUCKET, name.key), utf8('onetwo'))
  })

  test('parts that are left out are not in the object', async (backend) => {
    await backend.createBucket(BUCKET)
    const name = await begin(backend)
    await backend.putPart(name, 1, bodyOf(utf8('one')))
    const two = await backend.putPart(name, 2, bodyOf(utf8('two')))
    await backend.completeUpload(name, [two], {})
    assert.deepEqual(await readObject(backend, BUCKET, name.key), utf8('two'))
  })

  test('an object of parts has the checksum of its whole or of its parts', async (backend) => {
    await backend.createBucket(BUCKET)
    const [first, second] = [bytesOf(1000, 1), bytesOf(2000, 2)]
    for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
      const name = await begin(backend, 'k', { algorithm, type: 'FULL_OBJECT' })
      await backend.putPart(name, 1, bodyOf(first, algorithm))
      await backend.putPart(name, 2, bodyOf(second, algorithm))
      const { checksum } = await backend.completeUpload(name, await chosen(backend, name), {})
      const whole = bodyOf(concatBytes(first, second), algorithm)
      await backend.put(BUCKET, 'whole', whole, { headers: {} })
      assert.deepEqual(checksum, whole.facts().checksum)
      assert.deepEqual((await backend.head(BUCKET, 'k')).checksum, checksum)
    }
    const name = await begin(backend, 'k', { algorithm: 'SHA256', type: 'COMPOSITE' })
    assert.deepEqual((await backend.headUpload(name)).checksum, {
      algorithm: 'SHA256',
      type: 'COMPOSITE',
    })
    await backend.putPart(name, 1, bodyOf(first, 'SHA256'))
    const { checksum } = await backend.completeUpload(name, await chosen(backend, name), {})
    const sum = createHash('sha256').update(first).digest()
    const value = `${createHash('sha256').update(sum).digest('base64')}-1`
    assert.deepEqual(checksum, { algorithm: 'SHA256', type: 'COMPOSITE', value })
  })

  test('of a part that is not what was announced nothing stays', async (backend) => {
    await backend.createBucket(BUCKET)
    const name = await begin(backend)
    const one = await backend.putPart(name, 1, bodyOf(utf8('one')))
    const broken = backend.putPart(name, 1, brokenBody(utf8('two')))
    await assert.rejects(broken, { code: 'BadDigest' })
    assert.deepEqual(await chosen(backend, name), [{ number: 1, etag: one.etag }])
  })

  test('uploads are listed by key and time, and are gone when aborted', async (backend) => {
    await backend.createBucket(BUCKET)
    const names = [await begin(backend, 'b'), await begin(backend, 'a'), await begin(backend, 'b')]
    const listed = await backend.listUploads(BUCKET)
    assert.deepEqual(
      listed.map(({ key }) => key),
      ['a', 'b', 'b'],
    )
    const ids = new Set(listed.map(({ uploadId }) => uploadId))
    assert.deepEqual(ids, new Set(names.map(({ uploadId }) => uploadId)))
    const name = names[0]!
    await backend.putPart(name, 1, bodyOf(utf8('x')))
    await backend.abortUpload(name)
    await assert.rejects(backend.abortUpload(name), { code: 'NoSuchUpload' })
    await assert.rejects(backend.listParts(name), { code: 'NoSuchUpload' })
    const late = backend.putPart(name, 1, bodyOf(utf8('x')))
    await assert.rejects(late, { code: 'NoSuchUpload' })
    await assert.rejects(backend.completeUpload(name, [], {}), { code: 'NoSuchUpload' })
    assert.equal((await backend.listUploads(BUCKET)).length, 2)
    const elsewhere = { ...names[1]!, key: 'other' }
    await assert.rejects(backend.headUpload(elsewhere), { code: 'NoSuchUpload' })
    for (const uploadId of ['', '..', '../../x', 'g'.repeat(32)]) {
      const wrong = backend.headUpload({ ...names[1]!, uploadId })
      await assert.rejects(wrong, { code: 'NoSuchUpload' })
    }
    await backend.deleteBucket(BUCKET)
  })

  test('an etag of parts is of their digests, not of their text', async (backend) => {
    await backend.createBucket(BUCKET)
    const name = await begin(backend)
    const { etag } = await backend.putPart(name, 1, bodyOf(utf8('x')))
    const info = await backend.completeUpload(name, [{ number: 1, etag }], {})
    const expected = createHash('md5').update(hexToBytes(etag)).digest('hex')
    assert.equal(info.etag, `${expected}-1`)
  })
}
