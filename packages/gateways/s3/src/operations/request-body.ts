/** Opens the body of a request by what its headers announce. */

import { algorithmOfHeader, isChecksumAlgorithm, isChecksumValue } from '../checksums/checksum.ts'
import type { ChecksumAlgorithm } from '../checksums/checksum.ts'
import { checkContentMd5, RequestBody } from '../body/incoming-body.ts'
import type { BodyExpectations } from '../body/incoming-body.ts'
import { concatBytes } from '@hamlet/core'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { PUT_BYTES_MAX, XML_BYTES_MAX } from '../limits.ts'
import { readXml } from '../xml/xml-reader.ts'
import type { XmlNode } from '../xml/xml-reader.ts'
import { checksumIn } from './object-headers.ts'

/**
 * @param algorithm computed if the client sends no checksum
 * @param hasChecksum whether a checksum in the headers is of this body
 * @throws S3Error `MissingContentLength`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`, `InvalidArgument`
 */
export function openRequestBody(
  exchange: Exchange,
  algorithm?: ChecksumAlgorithm,
  sizeBytesMax: number = PUT_BYTES_MAX,
  hasChecksum = true,
): RequestBody {
  const { headers, authentication } = exchange
  const { payload, signing } = authentication
  const contentMd5 = headers.get('content-md5')
  if (contentMd5 !== undefined) checkContentMd5(contentMd5)
  const sizeBytes = sizeOf(exchange)
  if (sizeBytes !== undefined && sizeBytes > sizeBytesMax) throw new S3Error('EntityTooLarge')
  const checksum = hasChecksum ? checksumOf(exchange, algorithm) : undefined
  const expected = { payload, signing, sizeBytes, sizeBytesMax, contentMd5, checksum }
  return new RequestBody(exchange.bytes(), expected)
}

function sizeOf({ headers, authentication }: Exchange): number | undefined {
  const isChunked = authentication.payload.kind === 'chunks'
  const text = headers.get(isChunked ? 'x-amz-decoded-content-length' : 'content-length')
  // A body in HTTP's own chunks ends where it says, so it needs no length.
  if (text === undefined && !isChunked && headers.has('transfer-encoding')) return undefined
  if (text === undefined) throw new S3Error('MissingContentLength')
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', 'a length is no number')
  return Number(text)
}

function checksumOf(
  { headers, authentication }: Exchange,
  algorithm: ChecksumAlgorithm | undefined,
): BodyExpectations['checksum'] {
  const sent = checksumIn(headers)
  if (sent !== undefined) {
    if (!isChecksumValue(sent.algorithm, sent.value)) {
      const name = `x-amz-checksum-${sent.algorithm.toLowerCase()}`
      throw new S3Error('InvalidRequest', `Value for ${name} header is invalid.`)
    }
    return { ...sent, inTrailer: false }
  }
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase()
  const ofTrailer = trailer === undefined ? undefined : algorithmOfHeader(trailer)
  if (trailer !== undefined && ofTrailer === undefined) {
    throw new S3Error('InvalidRequest', 'The value of the x-amz-trailer header is not supported.')
  }
  const { payload } = authentication
  const hasTrailer = payload.kind === 'chunks' && payload.trailer
  if (ofTrailer !== undefined && hasTrailer) {
    return { algorithm: ofTrailer, value: undefined, inTrailer: true }
  }
  const asked = headers.get('x-amz-sdk-checksum-algorithm')?.toUpperCase()
  if (asked !== undefined && !hasTrailer) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    )
  }
  // As AWS does for a body with room for a trailer and none in it.
  const computed = algorithm ?? (hasTrailer ? 'CRC64NVME' : undefined)
  return computed && { algorithm: computed, value: undefined, inTrailer: false }
}

/** The algorithm named in a header such as `x-amz-checksum-algorithm`. @throws S3Error `InvalidRequest` */
export function algorithmIn(exchange: Exchange, header: string): ChecksumAlgorithm | undefined {
  const text = exchange.headers.get(header)?.toUpperCase()
  if (text === undefined || text === '') return undefined
  if (isChecksumAlgorithm(text)) return text
  throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.')
}

/**
 * The XML in a body, or `undefined` when there is none.
 * @param hasChecksum whether a checksum in the headers is of this body
 * @throws S3Error `MalformedXML`
 */
export async function readXmlBody(
  exchange: Exchange,
  hasChecksum = true,
): Promise<XmlNode | undefined> {
  const body = openRequestBody(exchange, undefined, XML_BYTES_MAX, hasChecksum)
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  const bytes = concatBytes(...pieces)
  return bytes.length === 0 ? undefined : readXml(bytes)
}
