/** Listings and uploads over HTTP: paging, encodings, and the rules of parts. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer, textsOf, xmlOf } from './_server.ts'
import type { TestServer } from './_server.ts'

let peer: TestServer

const KEYS = ['a', 'a b&<c>.txt', 'dir/1', 'dir/2', 'dir/sub/3', 'z\u0001', 'é']

before(async () => {
  peer = await startServer({ partBytesMin: 5 })
  await peer.send('PUT', '/lists')
  for (const key of KEYS) await peer.send('PUT', `/lists/${encodeURIComponent(key)}`, { body: key })
})

after(() => peer[Symbol.asyncDispose]())

async function get(target: string) {
  const answer = await peer.send('GET', target)
  assert.equal(answer.status, 200, answer.text)
  return answer
}

test('both versions of a listing page through everything, with opaque tokens', async () => {
  for (const version of ['', 'list-type=2&']) {
    const keys: string[] = []
    const prefixes: string[] = []
    let next: string | undefined = ''
    while (next !== undefined) {
      const answer = await get(
        `/lists?${version}max-keys=2&delimiter=%2F&encoding-type=url&${next}`,
      )
      const root = xmlOf(answer)
      keys.push(...textsOf(root, 'Key').map(decodeURIComponent))
      prefixes.push(
        ...root.children.flatMap((each) =>
          each.name === 'CommonPrefixes' ? textsOf(each, 'Prefix') : [],
        ),
      )
      const isMore = textsOf(root, 'IsTruncated')[0] === 'true'
      const token = textsOf(root, version === '' ? 'NextMarker' : 'NextContinuationToken')[0]
      assert.equal(token !== undefined, isMore)
      if (version !== '' && token !== undefined)
        assert.ok(!KEYS.some((key) => token.includes(key + key)))
      const value = version === '' ? `marker=${token}` : `continuation-token=${token}`
      next = isMore ? value : undefined
    }
    assert.deepEqual(keys, ['a', 'a b&<c>.txt', 'z\u0001', 'é'])
    assert.deepEqual(prefixes, ['dir/'])
  }
})

test('keys are escaped, and those that XML cannot say travel url-encoded', async () => {
  const plain = await get('/lists?prefix=a')
  assert.match(plain.text, /<Key>a b&amp;&lt;c&gt;\.txt<\/Key>/)
  const encoded = await get('/lists?encoding-type=url')
  assert.match(encoded.text, /<Key>z%01<\/Key><LastModified>[^<]*<\/LastModified><ETag>&quot;/)
  assert.match(encoded.text, /<EncodingType>url<\/EncodingType>/)
  assert.match(encoded.text, /<Key>%C3%A9<\/Key>/)
})

test('owners, versions, limits and starts are as asked for', async () => {
  const v2 = await get('/lists?list-type=2&start-after=dir%2F1&max-keys=1')
  assert.deepEqual(textsOf(xmlOf(v2), 'Key'), ['dir/2'])
  assert.doesNotMatch(v2.text, /<Owner>/)
  const owned = await get('/lists?list-type=2&fetch-owner=true&max-keys=1')
  assert.deepEqual(textsOf(xmlOf(owned), 'ID'), [peer.credential.accessKeyId])
  const versions = xmlOf(await get('/lists?versions&prefix=dir%2F'))
  assert.deepEqual(textsOf(versions, 'VersionId'), ['null', 'null', 'null'])
  const none = xmlOf(await get('/lists?max-keys=0'))
  assert.deepEqual(textsOf(none, 'IsTruncated'), ['false'])
  for (const wrong of [
    'max-keys=-1',
    'max-keys=x',
    'list-type=2&continuation-token=!',
    'encoding-type=x',
  ]) {
    assert.equal((await peer.send('GET', `/lists?${wrong}`)).code, 'InvalidArgument', wrong)
  }
})

test('buckets are listed with their owner, and settings are those of a bucket without any', async () => {
  await peer.send('PUT', '/another')
  const all = xmlOf(await get('/'))
  assert.deepEqual(textsOf(all, 'Name'), ['another', 'lists'])
  const first = xmlOf(await get('/?max-buckets=1'))
  const [token] = textsOf(first, 'ContinuationToken')
  assert.deepEqual(textsOf(xmlOf(await get(`/?continuation-token=${token}`)), 'Name'), ['lists'])
  assert.match(
    (await get('/lists?location')).text,
    /<LocationConstraint [^>]*><\/LocationConstraint>/,
  )
  assert.match(
    (await get('/lists?versioning')).text,
    /<VersioningConfiguration [^>]*><\/Versioning/,
  )
  assert.match((await get('/lists?acl')).text, /<Permission>FULL_CONTROL<\/Permission>/)
  assert.equal((await peer.send('HEAD', '/lists')).headers.get('x-amz-bucket-region'), 'us-east-1')
  assert.equal((await peer.send('PUT', '/another')).status, 200)
  assert.equal((await peer.send('DELETE', '/lists')).code, 'BucketNotEmpty')
  assert.equal((await peer.send('DELETE', '/another')).status, 204)
})

async function begin(key: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const begun = await peer.send('POST', `/lists/${key}?uploads`, { headers })
  return textsOf(xmlOf(begun), 'UploadId')[0]!
}

function partsXml(parts: readonly (readonly [number, string])[]): string {
  const items = parts.map(
    ([n, etag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag></Part>`,
  )
  return `<CompleteMultipartUpload>${items.join('')}</CompleteMultipartUpload>`
}

test('an upload in parts becomes one object, whose parts can be read', async () => {
  const id = await begin('parts', { 'x-amz-meta-a': '1', 'x-amz-checksum-algorithm': 'CRC32' })
  const target = `/lists/parts?uploadId=${id}`
  const etags: string[] = []
  for (const [i, body] of ['first', 'second', 'x'].entries()) {
    const part = await peer.send('PUT', `${target}&partNumber=${i + 1}`, { body })
    assert.ok(part.headers.get('x-amz-checksum-crc32'))
    etags.push(part.headers.get('etag')!)
  }
  const listed = xmlOf(await get(`${target}&max-parts=2`))
  assert.deepEqual(textsOf(listed, 'Size'), ['5', '6'])
  assert.deepEqual(textsOf(listed, 'NextPartNumberMarker'), ['2'])
  const rest = xmlOf(await get(`${target}&part-number-marker=2`))
  assert.deepEqual(textsOf(rest, 'PartNumber'), ['3'])
  const uploads = xmlOf(await get('/lists?uploads'))
  assert.deepEqual(textsOf(uploads, 'UploadId'), [id])
  const parts = etags.map((etag, i) => [i + 1, etag] as const)
  const done = await peer.send('POST', target, { body: partsXml(parts) })
  assert.match(textsOf(xmlOf(done), 'ETag')[0]!, /^"[0-9a-f]{32}-3"$/)
  assert.match(textsOf(xmlOf(done), 'ChecksumCRC32')[0]!, /-3$/)
  assert.equal((await get('/lists/parts')).text, 'firstsecondx')
  const second = await peer.send('GET', '/lists/parts?partNumber=2')
  assert.deepEqual([second.status, second.text], [206, 'second'])
  assert.equal(second.headers.get('x-amz-mp-parts-count'), '3')
  assert.equal((await peer.send('GET', '/lists/parts?partNumber=4')).code, 'InvalidPartNumber')
  const again = await peer.send('POST', target, { body: partsXml(parts) })
  assert.equal(again.status, 200)
})

test('the checksum that a completion names is that of the object', async () => {
  const types = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' }
  const id = await begin('summed', types)
  const target = `/lists/summed?uploadId=${id}`
  const { headers } = await peer.send('PUT', `${target}&partNumber=1`, { body: 'hello' })
  const body = partsXml([[1, headers.get('etag')!]])
  const complete = (value: string) =>
    peer.send('POST', target, { body, headers: { 'x-amz-checksum-crc32': value } })
  assert.equal((await complete('AAAAAA==')).code, 'BadDigest')
  const done = await complete('NhCmhg==')
  assert.deepEqual(textsOf(xmlOf(done), 'ChecksumCRC32'), ['NhCmhg=='])
})

test('what does not fit the rules of parts is refused by name', async () => {
  const id = await begin('wrong')
  const target = `/lists/wrong?uploadId=${id}`
  const etags: string[] = []
  for (const [i, body] of ['tiny', 'last'].entries()) {
    etags.push(
      (await peer.send('PUT', `${target}&partNumber=${i + 1}`, { body })).headers.get('etag')!,
    )
  }
  const [one, two] = etags as [string, string]
  const cases: readonly (readonly [string, string])[] = [
    ['', 'MalformedXML'],
    ['<Other/>', 'MalformedXML'],
    [partsXml([]), 'MalformedXML'],
    [
      partsXml([
        [2, two],
        [1, one],
      ]),
      'InvalidPartOrder',
    ],
    [partsXml([[1, two]]), 'InvalidPart'],
    [partsXml([[3, one]]), 'InvalidPart'],
    [partsXml([[0, one]]), 'InvalidArgument'],
    [
      partsXml([
        [1, one],
        [2, two],
      ]),
      'EntityTooSmall',
    ],
  ]
  for (const [body, code] of cases) {
    assert.equal((await peer.send('POST', target, { body })).code, code, body)
  }
  for (const number of ['0', '10001', 'x']) {
    const part = await peer.send('PUT', `${target}&partNumber=${number}`, { body: 'x' })
    assert.equal(part.code, 'InvalidArgument')
  }
  const copy = (range: string) =>
    peer.send('PUT', `${target}&partNumber=3`, {
      headers: { 'x-amz-copy-source': '/lists/dir%2F1', 'x-amz-copy-source-range': range },
    })
  assert.equal((await copy('bytes=0-4')).status, 200)
  assert.equal((await copy('bytes=0-5')).code, 'InvalidRange')
  assert.equal((await copy('bytes=1-')).code, 'InvalidArgument')
  const types = { 'x-amz-checksum-algorithm': 'SHA1', 'x-amz-checksum-type': 'FULL_OBJECT' }
  const full = await peer.send('POST', '/lists/wrong?uploads', { headers: types })
  assert.equal(full.code, 'InvalidRequest')
  assert.equal((await peer.send('DELETE', target)).status, 204)
  assert.equal((await peer.send('DELETE', target)).code, 'NoSuchUpload')
  assert.equal(
    (await peer.send('PUT', `${target}&partNumber=1`, { body: 'x' })).code,
    'NoSuchUpload',
  )
})
