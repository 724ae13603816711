/** Method: the examples that AWS publishes for Signature Version 4 with S3, with their keys, requests and signatures. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryCredentials } from '../src/credentials.ts'
import { authenticate } from '../src/auth/authenticate.ts'
import { signRequest, presignUrl } from '../src/auth/sign-request.ts'
import { headerMap } from '../src/http/header-map.ts'
import { parseTarget } from '../src/http/request-target.ts'
import { EMPTY_SHA256 } from '../src/auth/signature.ts'

const HOST = 'examplebucket.s3.amazonaws.com'
const NOW_MS = Date.UTC(2013, 4, 24)
const credential = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const credentials = new MemoryCredentials([credential])

interface Example {
  readonly what: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly signature: string
}

const EXAMPLES: readonly Example[] = [
  {
    what: 'GET of an object',
    method: 'GET',
    target: '/test.txt',
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY_SHA256 },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    what: 'PUT of an object',
    method: 'PUT',
    target: '/test$file.text',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    what: 'GET of a bucket’s lifecycle',
    method: 'GET',
    target: '/?lifecycle',
    headers: { 'x-amz-content-sha256': EMPTY_SHA256 },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    what: 'a listing',
    method: 'GET',
    target: '/?max-keys=2&prefix=J',
    headers: { 'x-amz-content-sha256': EMPTY_SHA256 },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
]

function requestOf(
  { method, target, headers }: Omit<Example, 'what' | 'signature'>,
  signature: string,
) {
  const all: Record<string, string> = { host: HOST, 'x-amz-date': '20130524T000000Z', ...headers }
  const signed = Object.keys(all).sort().join(';')
  const scope = `${credential.accessKeyId}/20130524/us-east-1/s3/aws4_request`
  all['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signed},Signature=${signature}`
  return {
    method,
    target: parseTarget(target, HOST, ['s3.amazonaws.com']),
    headers: headerMap(Object.entries(all).flat()),
  }
}

const options = { credentials, region: 'us-east-1', nowMs: NOW_MS }

for (const example of EXAMPLES) {
  test(`${example.what} signed as AWS publishes it is taken, and with one digit changed is not`, async () => {
    const request = requestOf(example, example.signature)
    assert.equal(request.target.bucket, 'examplebucket')
    const found = await authenticate(request, options)
    assert.equal(found.credential, credential)
    const wrong = `${example.signature.slice(0, -1)}${example.signature.endsWith('0') ? 1 : 0}`
    await assert.rejects(authenticate(requestOf(example, wrong), options), {
      code: 'SignatureDoesNotMatch',
    })
  })

  test(`${example.what} is signed as AWS publishes it`, () => {
    const { 'x-amz-content-sha256': contentSha256, ...headers } = example.headers
    const sent = { headers, contentSha256: contentSha256! }
    const request = { method: example.method, url: `https://${HOST}${example.target}`, ...sent }
    const signed = signRequest(request, { credential, nowMs: NOW_MS })
    assert.match(signed['authorization']!, new RegExp(`${example.signature}$`))
  })
}

const PRESIGNED = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'

function presignedTarget(signature: string): string {
  const scope = 'AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request'
  const date = 'X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host'
  const algorithm = 'X-Amz-Algorithm=AWS4-HMAC-SHA256'
  return `/test.txt?${algorithm}&X-Amz-Credential=${scope}&${date}&X-Amz-Signature=${signature}`
}

test('a presigned address as AWS publishes it works for its day and not a second longer', async () => {
  const url = presignUrl(
    { url: `https://${HOST}/test.txt` },
    { credential, nowMs: NOW_MS, expiresSeconds: 86_400 },
  )
  assert.equal(url, `https://${HOST}${presignedTarget(PRESIGNED)}`)
  const request = {
    method: 'GET',
    target: parseTarget(presignedTarget(PRESIGNED), HOST, ['s3.amazonaws.com']),
    headers: headerMap(['Host', HOST]),
  }
  const { isPresigned, payload } = await authenticate(request, options)
  assert.equal(isPresigned, true)
  assert.deepEqual(payload, { kind: 'unsigned' })
  const last = NOW_MS + 86_400_000
  await authenticate(request, { ...options, nowMs: last })
  await assert.rejects(authenticate(request, { ...options, nowMs: last + 1 }), {
    code: 'AccessDenied',
    message: 'Request has expired',
  })
  await assert.rejects(authenticate(request, { ...options, nowMs: NOW_MS - 900_001 }), {
    message: 'Request is not yet valid',
  })
  await assert.rejects(authenticate({ ...request, method: 'PUT' }, options), {
    code: 'SignatureDoesNotMatch',
  })
})

test('a request counts for 15 minutes around its time', async () => {
  const request = requestOf(EXAMPLES[0]!, EXAMPLES[0]!.signature)
  for (const nowMs of [NOW_MS - 900_000, NOW_MS + 900_000]) {
    await authenticate(request, { ...options, nowMs })
  }
  for (const nowMs of [NOW_MS - 900_001, NOW_MS + 900_001]) {
    const late = authenticate(request, { ...options, nowMs })
    await assert.rejects(late, { code: 'RequestTimeTooSkewed' })
  }
})

test('whatever of a request is changed, its signature does not hold', async () => {
  const example = EXAMPLES[3]!
  const changes: readonly Partial<Example>[] = [
    { method: 'HEAD' },
    { target: '/?max-keys=3&prefix=J' },
    { target: '/?max-keys=2&prefix=J&x=' },
    { target: '/a?max-keys=2&prefix=J' },
    { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
  ]
  for (const change of changes) {
    const request = requestOf({ ...example, ...change }, example.signature)
    await assert.rejects(authenticate(request, options), { code: 'SignatureDoesNotMatch' })
  }
})

test('there is no anonymous, old, doubled or half-signed access', async () => {
  const { target, headers } = requestOf(EXAMPLES[0]!, EXAMPLES[0]!.signature)
  const refused = async (changed: Readonly<Record<string, string | undefined>>, code: string) => {
    const map = new Map(headers)
    for (const [name, value] of Object.entries(changed)) {
      if (value === undefined) map.delete(name)
      else map.set(name, value)
    }
    await assert.rejects(authenticate({ method: 'GET', target, headers: map }, options), { code })
  }
  const authorization = headers.get('authorization')!
  await refused({ authorization: undefined }, 'AccessDenied')
  await refused({ authorization: 'AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo=' }, 'InvalidRequest')
  await refused({ authorization: `${authorization},Signature=0` }, 'AuthorizationHeaderMalformed')
  await refused(
    { authorization: authorization.replace('host;', '') },
    'AuthorizationHeaderMalformed',
  )
  await refused(
    { authorization: authorization.replace('/s3/', '/iam/') },
    'AuthorizationHeaderMalformed',
  )
  await refused(
    { authorization: authorization.replace('us-east-1', 'eu-west-1') },
    'AuthorizationHeaderMalformed',
  )
  await refused({ authorization: authorization.replace('20130524', '20130525') }, 'AccessDenied')
  await refused({ authorization: authorization.replace('AKIA', 'AKIB') }, 'InvalidAccessKeyId')
  await refused({ 'x-amz-meta-a': 'not signed' }, 'AccessDenied')
  await refused({ 'x-amz-date': '20130532T000000Z' }, 'AccessDenied')
  await refused({ 'x-amz-content-sha256': 'SOME-OTHER' }, 'InvalidArgument')
})

test('a path and query signed as sent or encoded anew are both taken', async () => {
  const sent: readonly string[] = [
    '/b/a%20b',
    '/b/a+b',
    '/b/a%2Bb',
    '/b/(x)!*',
    '/b/%28x%29',
    '/b/a%2Fb',
    '/b//a/../c',
    '/b/%e4%bd%a0',
    '/b/a?prefix=x+y&delimiter=%2f',
    '/b/a?delete&x=(1)',
  ]
  for (const url of sent) {
    const headers = signRequest({ url: `http://h${url}` }, { credential, nowMs: NOW_MS })
    const all = headerMap(['host', 'h', ...Object.entries(headers).flat()])
    await authenticate({ method: 'GET', target: parseTarget(url, 'h'), headers: all }, options)
  }
})
