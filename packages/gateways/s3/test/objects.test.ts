/** Objects over HTTP: what is answered to whom, header by header. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { bytesOf } from './_bodies.ts'
import { fetchAnswer, startServer, textsOf, xmlOf } from './_server.ts'
import type { TestServer } from './_server.ts'

let peer: TestServer

before(async () => {
  peer = await startServer()
  assert.equal((await peer.send('PUT', '/photos')).status, 200)
})

after(() => peer[Symbol.asyncDispose]())

function md5(bytes: Uint8Array, form: 'hex' | 'base64' = 'hex'): string {
  return createHash('md5').update(bytes).digest(form)
}

test('an object comes back with its bytes, its etag, its metadata and nothing else', async () => {
  const body = bytesOf(300_000)
  const headers = {
    'content-type': 'image/x',
    'cache-control': 'max-age=5',
    'content-encoding': 'own,aws-chunked',
    'x-amz-meta-mtime': '1700000000.5',
  }
  const written = await peer.send('PUT', '/photos/a/b%20c.jpg', { body, headers })
  assert.equal(written.status, 200)
  assert.equal(written.headers.get('etag'), `"${md5(body)}"`)
  assert.match(written.headers.get('x-amz-request-id')!, /^[0-9A-F]{16}$/)
  assert.deepEqual((await peer.send('GET', '/photos/a/b%20c.jpg')).bytes, body)
  const head = await peer.send('HEAD', '/photos/a/b%20c.jpg')
  assert.equal(head.status, 200)
  assert.equal(head.bytes.length, 0)
  assert.equal(head.headers.get('content-length'), '300000')
  assert.equal(head.headers.get('content-encoding'), 'own')
  assert.equal(head.headers.get('x-amz-meta-mtime'), '1700000000.5')
  assert.equal(head.headers.get('cache-control'), 'max-age=5')
  assert.equal(head.headers.get('accept-ranges'), 'bytes')
  assert.ok(Date.parse(head.headers.get('last-modified')!) <= Date.now())
})

test('ranges are answered as RFC 9110 has them', async () => {
  const body = bytesOf(1000)
  await peer.send('PUT', '/photos/ranged', { body })
  const cases: readonly (readonly [string, number, number, number])[] = [
    ['bytes=0-0', 206, 0, 1],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=990-', 206, 990, 1000],
    ['bytes=990-5000', 206, 990, 1000],
    ['bytes=-1', 206, 999, 1000],
    ['bytes=-5000', 206, 0, 1000],
    ['bytes=5-4', 200, 0, 1000],
    ['bytes=0-1,3-4', 200, 0, 1000],
    ['lines=0-1', 200, 0, 1000],
  ]
  for (const [range, status, from, to] of cases) {
    const answer = await peer.send('GET', '/photos/ranged', { headers: { range } })
    assert.equal(answer.status, status, range)
    assert.deepEqual(answer.bytes, body.subarray(from, to), range)
    const expected = status === 206 ? `bytes ${from}-${to - 1}/1000` : null
    assert.equal(answer.headers.get('content-range'), expected)
  }
  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    const answer = await peer.send('GET', '/photos/ranged', { headers: { range } })
    assert.equal(answer.status, 416)
    assert.equal(answer.code, 'InvalidRange')
    assert.equal(answer.headers.get('content-range'), 'bytes */1000')
  }
})

test('conditions of reads are judged in the order of the RFC', async () => {
  const { headers } = await peer.send('PUT', '/photos/read', { body: 'x' })
  const etag = headers.get('etag')!
  const past = new Date(Date.now() - 3_600_000).toUTCString()
  const future = new Date(Date.now() + 3_600_000).toUTCString()
  const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ 'if-match': etag }, 200],
    [{ 'if-match': '"other", *' }, 412],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `"other", ${etag}` }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-modified-since': past }, 200],
    [{ 'if-modified-since': future }, 304],
    [{ 'if-unmodified-since': past }, 412],
    [{ 'if-unmodified-since': future }, 200],
    [{ 'if-match': etag, 'if-unmodified-since': past }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': future }, 200],
  ]
  for (const [headers, status] of cases) {
    const isListed = headers['if-match'] === '"other", *'
    const answer = await peer.send('GET', '/photos/read', { headers })
    assert.equal(answer.status, isListed ? 412 : status, JSON.stringify(headers))
    if (status === 304) assert.equal(answer.headers.get('etag'), etag)
  }
})

test('conditions of writes are kept, and a refused body is not stored', async () => {
  const create = { headers: { 'if-none-match': '*' }, body: 'first' }
  const created = await peer.send('PUT', '/photos/lock', create)
  assert.equal(created.status, 200)
  const again = await peer.send('PUT', '/photos/lock', create)
  assert.equal(again.status, 412)
  assert.equal(again.code, 'PreconditionFailed')
  const match = { 'if-match': created.headers.get('etag')! }
  assert.equal((await peer.send('PUT', '/photos/lock', { headers: match, body: '2' })).status, 200)
  assert.equal((await peer.send('PUT', '/photos/lock', { headers: match, body: '3' })).status, 412)
  const gone = await peer.send('PUT', '/photos/none', { headers: match, body: '3' })
  assert.equal(gone.code, 'NoSuchKey')
  assert.equal((await peer.send('DELETE', '/photos/lock', { headers: match })).status, 412)
  assert.equal((await peer.send('GET', '/photos/lock')).text, '2')
})

test('a digest that does not fit keeps the body out, whichever it is', async () => {
  const body = utf8('hello')
  const good: Readonly<Record<string, string>> = {
    'content-md5': md5(body, 'base64'),
    'x-amz-checksum-crc32': 'NhCmhg==',
    'x-amz-checksum-crc32c': 'mnG7TA==',
    'x-amz-checksum-crc64nvme': 'M3eFcAZSQlc=',
    'x-amz-checksum-sha1': createHash('sha1').update(body).digest('base64'),
    'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
  }
  for (const [name, value] of Object.entries(good)) {
    const kept = await peer.send('PUT', '/photos/sum', { body, headers: { [name]: value } })
    assert.equal(kept.status, 200, name)
    if (name !== 'content-md5') assert.equal(kept.headers.get(name), value)
    const other = await peer.send('PUT', '/photos/bad', {
      body: 'hallo',
      headers: { [name]: value },
    })
    assert.equal(other.code, 'BadDigest', name)
    const short = await peer.send('PUT', '/photos/bad', { body, headers: { [name]: 'AAA=' } })
    assert.equal(short.code, name === 'content-md5' ? 'InvalidDigest' : 'InvalidRequest')
  }
  const two = { 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-crc32c': 'mnG7TA==' }
  const several = await peer.send('PUT', '/photos/bad', { body, headers: two })
  assert.equal(several.code, 'InvalidRequest')
  const hash = { body, contentSha256: createHash('sha256').update('other').digest('hex') }
  const wrong = await peer.send('PUT', '/photos/bad', hash)
  assert.equal(wrong.code, 'XAmzContentSHA256Mismatch')
  assert.equal((await peer.send('HEAD', '/photos/bad')).status, 404)
  const mode = { 'x-amz-checksum-mode': 'ENABLED' }
  const read = await peer.send('GET', '/photos/sum', { headers: mode })
  assert.equal(read.headers.get('x-amz-checksum-sha256'), good['x-amz-checksum-sha256'])
  assert.equal(read.headers.get('x-amz-checksum-type'), 'FULL_OBJECT')
})

test('an unsigned trailer carries the checksum of a body in chunks', async () => {
  const send = (trailer: string, announced?: string) =>
    peer.send('PUT', '/photos/trailed', {
      body: `5\r\nhello\r\n0\r\n${trailer}\r\n`,
      contentSha256: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: {
        'x-amz-decoded-content-length': '5',
        ...(announced === undefined ? {} : { 'x-amz-trailer': announced }),
      },
    })
  const name = 'x-amz-checksum-crc64nvme'
  const kept = await send(`${name}:M3eFcAZSQlc=\r\n`, name)
  assert.equal(kept.status, 200)
  assert.equal(kept.headers.get(name), 'M3eFcAZSQlc=')
  assert.equal((await send('')).headers.get(name), 'M3eFcAZSQlc=')
  assert.equal((await send(`${name}:AAAAAAAAAAA=\r\n`, name)).code, 'BadDigest')
  assert.equal((await send('', name)).code, 'MalformedTrailerError')
  assert.equal((await send(`${name}:M3eFcAZSQlc=\r\n`)).code, 'MalformedTrailerError')
  assert.equal((await send('', 'x-amz-checksum-md4')).code, 'InvalidRequest')
  assert.equal((await peer.send('GET', '/photos/trailed')).text, 'hello')
})

test('an object is copied, and onto itself only with other metadata', async () => {
  await peer.send('PUT', '/photos/from', { body: 'x', headers: { 'x-amz-meta-a': '1' } })
  const source = { 'x-amz-copy-source': '/photos/from' }
  const copied = await peer.send('PUT', '/photos/to', { headers: source })
  assert.equal(textsOf(xmlOf(copied), 'ETag')[0], `"${md5(utf8('x'))}"`)
  assert.equal((await peer.send('HEAD', '/photos/to')).headers.get('x-amz-meta-a'), '1')
  const itself = await peer.send('PUT', '/photos/from', { headers: source })
  assert.equal(itself.code, 'InvalidRequest')
  const replace = { ...source, 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-b': '2' }
  assert.equal((await peer.send('PUT', '/photos/from', { headers: replace })).status, 200)
  const head = await peer.send('HEAD', '/photos/from')
  assert.equal(head.headers.get('x-amz-meta-b'), '2')
  assert.equal(head.headers.get('x-amz-meta-a'), null)
  const summed = { ...source, 'x-amz-checksum-algorithm': 'CRC32' }
  const withSum = await peer.send('PUT', '/photos/summed', { headers: summed })
  assert.deepEqual(textsOf(xmlOf(withSum), 'ChecksumCRC32'), ['jNwWgw=='])
  for (const [from, code] of [
    ['/photos/none', 'NoSuchKey'],
    ['/other/from', 'NoSuchBucket'],
    ['/photos', 'InvalidArgument'],
    ['%zz', 'InvalidArgument'],
    ['/photos/from?versionId=1', 'NoSuchVersion'],
  ] as const) {
    const answer = await peer.send('PUT', '/photos/to', { headers: { 'x-amz-copy-source': from } })
    assert.equal(answer.code, code, from)
  }
  const unless = { ...source, 'x-amz-copy-source-if-none-match': '*' }
  assert.equal((await peer.send('PUT', '/photos/to', { headers: unless })).status, 412)
})

test('keys are removed one by one and many at once, and missing ones are no error', async () => {
  for (const key of ['r1', 'r2', 'r%263']) await peer.send('PUT', `/photos/${key}`, { body: 'x' })
  assert.equal((await peer.send('DELETE', '/photos/r1')).status, 204)
  assert.equal((await peer.send('DELETE', '/photos/r1')).status, 204)
  const body =
    '<Delete><Object><Key>r2</Key></Object><Object><Key>r&amp;3</Key></Object>' +
    '<Object><Key>none</Key></Object><Object><Key>r2</Key><VersionId>x</VersionId></Object></Delete>'
  const removed = xmlOf(await peer.send('POST', '/photos?delete', { body }))
  assert.deepEqual(textsOf(removed, 'Key'), ['r2', 'r&3', 'none', 'r2'])
  assert.deepEqual(textsOf(removed, 'Code'), ['NoSuchVersion'])
  const quiet = body.replace('<Delete>', '<Delete><Quiet>true</Quiet>')
  const silent = xmlOf(await peer.send('POST', '/photos?delete', { body: quiet }))
  assert.deepEqual(textsOf(silent, 'Key'), ['r2'])
  for (const wrong of ['', '<Delete/>', '<Other/>', '<Delete><Object/></Delete>']) {
    assert.equal((await peer.send('POST', '/photos?delete', { body: wrong })).code, 'MalformedXML')
  }
})

test('what is not there, not allowed or not known is said as S3 says it', async () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['GET', '/photos/none', 404, 'NoSuchKey'],
    ['GET', '/nobucket/none', 404, 'NoSuchBucket'],
    ['GET', '/nobucket', 404, 'NoSuchBucket'],
    ['GET', '/Bad_Name', 404, 'NoSuchBucket'],
    ['PUT', '/Bad_Name', 400, 'InvalidBucketName'],
    ['DELETE', '/nobucket', 404, 'NoSuchBucket'],
    ['POST', '/photos', 405, 'MethodNotAllowed'],
    ['PATCH', '/photos/x', 405, 'MethodNotAllowed'],
    ['PUT', '/', 405, 'MethodNotAllowed'],
    ['GET', '/photos?policy', 404, 'NoSuchBucketPolicy'],
    ['GET', '/photos?inventory', 501, 'NotImplemented'],
    ['PUT', '/photos?versioning', 501, 'NotImplemented'],
    ['PUT', '/photos/x?acl', 501, 'NotImplemented'],
    ['GET', '/photos/x?torrent', 501, 'NotImplemented'],
    ['GET', '/photos/read?versionId=7', 404, 'NoSuchVersion'],
    ['GET', `/photos/${'k'.repeat(1025)}`, 400, 'KeyTooLongError'],
    ['GET', '/photos/%ff', 400, 'InvalidURI'],
  ]
  for (const [method, target, status, code] of cases) {
    const answer = await peer.send(method, target)
    assert.equal(answer.code, code, `${method} ${target}`)
    assert.equal(answer.status, status)
    const requestId = answer.headers.get('x-amz-request-id')
    assert.deepEqual(textsOf(xmlOf(answer), 'RequestId'), [requestId])
  }
  const head = await peer.send('HEAD', '/photos/none')
  assert.deepEqual([head.status, head.bytes.length], [404, 0])
})

test('promises that could not be kept are not made', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['x-amz-server-side-encryption', 'AES256', 'NotImplemented'],
    ['x-amz-tagging', 'a=b', 'NotImplemented'],
    ['x-amz-object-lock-mode', 'GOVERNANCE', 'NotImplemented'],
    ['x-amz-acl', 'public-read', 'AccessControlListNotSupported'],
    ['x-amz-grant-read', 'id=x', 'AccessControlListNotSupported'],
    ['x-amz-storage-class', 'GLACIER', 'InvalidStorageClass'],
    ['x-amz-meta-large', 'x'.repeat(2048), 'MetadataTooLarge'],
    ['x-amz-expected-bucket-owner', 'somebody', 'AccessDenied'],
  ]
  for (const [name, value, code] of cases) {
    const answer = await peer.send('PUT', '/photos/p', { body: 'x', headers: { [name]: value } })
    assert.equal(answer.code, code, name)
  }
  const fine = { 'x-amz-acl': 'private', 'x-amz-storage-class': 'STANDARD' }
  assert.equal((await peer.send('PUT', '/photos/p', { body: 'x', headers: fine })).status, 200)
})

test('a key that may only read changes nothing', async () => {
  const credential = peer.readOnly
  assert.equal((await peer.send('GET', '/photos', { credential })).status, 200)
  for (const [method, target] of [
    ['PUT', '/photos/w'],
    ['DELETE', '/photos/read'],
    ['POST', '/photos/w?uploads'],
    ['POST', '/photos?delete'],
    ['DELETE', '/photos'],
  ] as const) {
    assert.equal((await peer.send(method, target, { credential })).code, 'AccessDenied')
  }
})

test('a presigned address reads or writes one object and nothing else', async () => {
  const put = await fetchAnswer(peer.presign('PUT', '/photos/shared'), {
    method: 'PUT',
    body: 'yes',
  })
  assert.equal(put.status, 200)
  const url = peer.presign('GET', '/photos/shared?response-content-type=text%2Fplain')
  const read = await fetchAnswer(url)
  assert.equal(read.text, 'yes')
  assert.equal(read.headers.get('content-type'), 'text/plain')
  assert.equal(read.headers.get('content-security-policy'), "default-src 'none'; sandbox")
  assert.equal(
    (await fetchAnswer(url, { method: 'PUT', body: 'no' })).code,
    'SignatureDoesNotMatch',
  )
  const elsewhere = await fetchAnswer(url.replace('shared', 'read'))
  assert.equal(elsewhere.code, 'SignatureDoesNotMatch')
  const unsigned = await fetchAnswer(`${peer.server.url}/photos/shared`)
  assert.deepEqual([unsigned.status, unsigned.code], [403, 'AccessDenied'])
})
