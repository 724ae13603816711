/** Targets of `s3`: targets of requests, signatures, chunked bodies and XML. */

import { readFileSync } from 'node:fs'
import { concatBytes, crc32c, equalBytes, hexToBytes, utf8 } from '@hamlet/core'
import { bytesToText, judgeDecoder, judgeThrowing, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { signRequest, presignUrl } from '@hamlet/s3'
import { parseAuthorization } from '../../../packages/gateways/s3/src/auth/authorization.ts'
import { parsePayloadMode } from '../../../packages/gateways/s3/src/auth/payload-mode.ts'
import {
  formatTimestamp,
  parseHttpDate,
  parseTimestamp,
} from '../../../packages/gateways/s3/src/auth/timestamp.ts'
import { ChunkDecoder } from '../../../packages/gateways/s3/src/body/chunk-decoder.ts'
import { parseCopyRange, parseRange } from '../../../packages/gateways/s3/src/http/byte-range.ts'
import { parseQuery, parseTarget } from '../../../packages/gateways/s3/src/http/request-target.ts'
import { uriEncode } from '../../../packages/gateways/s3/src/http/uri-encoding.ts'
import { decodeName } from '../../../packages/gateways/s3/src/node/key-path.ts'
import {
  decodeDescription,
  decodeTrailer,
  encodeDescription,
  TRAILER_BYTES,
} from '../../../packages/gateways/s3/src/node/object-file.ts'
import {
  decodeToken,
  encodeToken,
} from '../../../packages/gateways/s3/src/operations/page-token.ts'
import { readXml } from '../../../packages/gateways/s3/src/xml/xml-reader.ts'
import type { XmlNode } from '../../../packages/gateways/s3/src/xml/xml-reader.ts'
import { element, renderPlainRoot } from '../../../packages/gateways/s3/src/xml/xml-writer.ts'
import { root } from '../_decoders.ts'
import { texts } from '../_material.ts'

const SOURCE = 'packages/gateways/s3/src'
const CODES = /^[A-Z][A-Za-z0-9]+$/
const TIME_MS = 1_700_000_000_000
const credential = { accessKeyId: 'AKIAEXAMPLE', secretKey: 'secret' }

const requests: FuzzTarget = {
  name: 's3/target',
  decoders: [
    `${SOURCE}/http/request-target.ts#parseTarget`,
    `${SOURCE}/http/request-target.ts#parseQuery`,
  ],
  form: 'text',
  seeds: texts('/', '/photos', '/photos/2024/a%20b.jpg?versionId=1&x', '/b//../%2F?list-type=2'),
  words: texts('/', '?', '&', '=', '%', '%2F', '%00', '+', '..'),
  run(input) {
    const text = bytesToText(input)
    return judgeThrowing(
      () => parseTarget(text, 'b.localhost:1', []),
      CODES,
      ({ rawPath, bucket, key, query, rawQuery }) => {
        const named = [bucket, key].filter((part) => part !== undefined).map(uriEncode)
        require(key !== '' && named.length < 3, 'an empty key')
        require(text.startsWith(rawPath), 'another path than was sent')
        require(query.size === parseQuery(rawQuery).size, 'two readings of a query')
      },
    )
  },
}

const signed = signRequest({ url: 'http://h/b/k' }, { credential, nowMs: TIME_MS })
const presigned = new URL(
  presignUrl({ url: 'http://h/b/k' }, { credential, nowMs: TIME_MS, expiresSeconds: 60 }),
)
const none = parseTarget('/b/k', 'h')

const authorizations: FuzzTarget = {
  name: 's3/authorization',
  decoders: [`${SOURCE}/auth/authorization.ts#parseAuthorization`],
  form: 'text',
  seeds: texts(signed['authorization']!, presigned.search),
  words: texts(',', ';', '=', '/', '&', 'Signature=', 'X-Amz-Expires=', '%2F'),
  run(input) {
    const text = bytesToText(input)
    const isQuery = text.startsWith('?')
    const headers = isQuery
      ? new Map<string, string>()
      : new Map([
          ['authorization', text],
          ['x-amz-date', signed['x-amz-date']!],
        ])
    return judgeThrowing(
      () => {
        const target = isQuery ? parseTarget(`/b/k${text}`, 'h') : none
        const found = parseAuthorization(headers, target)
        if (found === undefined) throw Object.assign(new Error('none'), { code: 'None' })
        return found
      },
      CODES,
      ({ scope, signature, signedHeaders, timestamp, timeMs }) => {
        require(scope.service === 's3' && signature.length === 64, 'not of S3')
        require(signedHeaders.includes('host'), 'the host is not signed')
        require(formatTimestamp(timeMs) === timestamp, 'a second spelling of a time')
      },
    )
  },
}

const words: FuzzTarget = {
  name: 's3/header-words',
  decoders: [
    `${SOURCE}/auth/payload-mode.ts#parsePayloadMode`,
    `${SOURCE}/auth/timestamp.ts#parseTimestamp`,
    `${SOURCE}/auth/timestamp.ts#parseHttpDate`,
  ],
  form: 'text',
  seeds: texts('UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'a0'.repeat(32)),
  words: texts('STREAMING-', '-TRAILER', '20130524T000000Z', 'GMT'),
  run(input) {
    const text = bytesToText(input)
    const timeMs = parseTimestamp(text)
    require(timeMs === undefined || formatTimestamp(timeMs) === text, 'a second spelling of a time')
    const dateMs = parseHttpDate(text)
    require(dateMs === undefined || dateMs % 1000 === 0, 'a date with a fraction')
    return judgeThrowing(
      () => parsePayloadMode(text),
      CODES,
      () => undefined,
    )
  },
}

function decodeAll(pieces: readonly Uint8Array[]): Uint8Array {
  const decoder = new ChunkDecoder({ signing: undefined, trailer: true })
  const data = concatBytes(...pieces.flatMap((piece) => decoder.push(piece)))
  decoder.finish()
  return data
}

const chunks: FuzzTarget = {
  name: 's3/chunks',
  decoders: [`${SOURCE}/body/chunk-decoder.ts#ChunkDecoder`],
  form: 'text',
  seeds: texts('5\r\nhello\r\n0\r\n\r\n', '1\r\na\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
  words: texts('\r\n', '0\r\n', ';chunk-signature=', ':', 'ffffffffffff\r\n'),
  run: (input) =>
    judgeThrowing(
      () => decodeAll([input]),
      CODES,
      (data) => {
        const bytes = Array.from(input, (byte) => Uint8Array.of(byte))
        require(equalBytes(decodeAll(bytes), data), 'cut elsewhere it means something else')
        require(data.length < input.length, 'more data than came')
      },
    ),
}

function rendered({ name, children, text }: XmlNode): string {
  return renderPlainRoot(name, children.length > 0 ? children.map(toElement) : text)
}

function toElement({ name, children, text }: XmlNode): ReturnType<typeof element> {
  return element(name, children.length > 0 ? children.map(toElement) : text)
}

const xml: FuzzTarget = {
  name: 's3/xml',
  decoders: [`${SOURCE}/xml/xml-reader.ts#readXml`],
  form: 'text',
  seeds: texts(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b</Key></Object></Delete>',
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part></CompleteMultipartUpload>',
  ),
  words: texts('<', '>', '/', '</', '/>', '&#x1;', '&lt;', '<!--', '-->', '<![CDATA[', '<!DOCTYPE'),
  run: (input) =>
    judgeThrowing(
      () => readXml(input),
      CODES,
      (node) => {
        const again = readXml(utf8(rendered(node)))
        require(rendered(again) === rendered(node), 'written and read it is another')
      },
    ),
}

const names: FuzzTarget = {
  name: 's3/folder-name',
  decoders: [`${SOURCE}/node/key-path.ts#decodeName`],
  form: 'text',
  seeds: texts('+!photos', '_%c3%a9.jpg', '~xx', '_'),
  words: texts('!', '%', '%2e', '..', '/', 'A'),
  run(input) {
    const name = bytesToText(input)
    const decoded = decodeName(name)
    if (decoded === undefined) return 'refused'
    require(!/[/\\A-Z]/.test(name) && !name.startsWith('.'), 'a name that leads elsewhere')
    require(decoded.bytes.length < name.length, 'more bytes than letters')
    return 'accepted'
  },
}

const file = hexToBytes(
  readFileSync(`${root}/packages/gateways/s3/test/golden/s3-object-v1.hex`, 'utf8').trim(),
)

const objects: FuzzTarget = {
  name: 's3/object-file',
  decoders: [
    `${SOURCE}/node/object-file.ts#decodeTrailer`,
    `${SOURCE}/node/object-file.ts#decodeDescription`,
  ],
  form: 'bytes',
  // The description alone: whatever spoils a sum is refused before it is read.
  seeds: [file.subarray(5, -TRAILER_BYTES)],
  run(input) {
    const trailer = file.slice(-TRAILER_BYTES)
    trailer.set(input.subarray(0, TRAILER_BYTES))
    const isSame = equalBytes(trailer, file.subarray(-TRAILER_BYTES))
    require(isSame === (decodeTrailer(trailer, file.length) !== undefined), 'a trailer changed')
    return judgeDecoder(
      input,
      (bytes) => {
        const sums = { descriptionBytes: bytes.length, descriptionSum: crc32c(bytes) }
        const value = decodeDescription(bytes, { sizeBytes: 5, ...sums })
        return value && { ok: true, value }
      },
      { encode: (value) => encodeDescription(value).subarray(0, -TRAILER_BYTES) },
    )
  },
}

const small: FuzzTarget = {
  name: 's3/ranges-and-tokens',
  decoders: [
    `${SOURCE}/http/byte-range.ts#parseRange`,
    `${SOURCE}/http/byte-range.ts#parseCopyRange`,
    `${SOURCE}/operations/page-token.ts#decodeToken`,
  ],
  form: 'text',
  seeds: texts('bytes=1-2', 'bytes=90-99', encodeToken('a/b')),
  words: texts('bytes=', '-', ',', '0', '999999999999999'),
  run(input) {
    const text = bytesToText(input)
    const ranges = [() => parseRange(text, 100), () => parseCopyRange(text, 100)].map((parse) =>
      judgeThrowing(parse, CODES, (range) => {
        const { offset, lengthBytes } = range ?? { offset: 0, lengthBytes: 1 }
        require(offset >= 0 && lengthBytes > 0 && offset + lengthBytes <= 100, 'outside')
      }),
    )
    const token = judgeThrowing(
      () => decodeToken(text),
      CODES,
      (after) => require(encodeToken(after) === text, 'a second spelling of a token'),
    )
    // What is no range is passed over, so only tokens and ranges of copies can be wrong.
    return token === 'accepted' || ranges[1] === 'accepted' ? 'accepted' : 'refused'
  },
}

export const targets: readonly FuzzTarget[] = [
  requests,
  authorizations,
  words,
  chunks,
  xml,
  names,
  objects,
  small,
]
