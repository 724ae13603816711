/** CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload. */

import { OwnBody } from '../body/incoming-body.ts'
import { CHECKSUM_ALGORITHMS, isCombinable } from '../checksums/checksum.ts'
import type { ChecksumAlgorithm } from '../checksums/checksum.ts'
import { bareEtag } from '../conditions.ts'
import { S3Error } from '../errors.ts'
import { parseCopyRange } from '../http/byte-range.ts'
import { uriEncodePath } from '../http/uri-encoding.ts'
import { PARTS_MAX } from '../limits.ts'
import type { ChosenPart, UploadChecksum, UploadName } from '../s3-backend.ts'
import { childText } from '../xml/xml-reader.ts'
import type { XmlNode } from '../xml/xml-reader.ts'
import { elements } from '../xml/xml-writer.ts'
import { copySourceOf, sourceCheckOf } from './copy-object.ts'
import { checksumElements, checksumHeaders, checksumIn, keptHeaders } from './object-headers.ts'
import { isoTime, numberIn, quoted } from './operation.ts'
import type { OperationContext } from './operation.ts'
import { algorithmIn, openRequestBody, readXmlBody } from './request-body.ts'
import { writeConditionOf } from './write-object.ts'

export async function createMultipartUpload(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  const checksum = uploadChecksumOf(context)
  const headers = keptHeaders(exchange.headers)
  const uploadId = await backend.beginUpload(bucket, key, { headers, checksum })
  exchange.sendXml(
    'InitiateMultipartUploadResult',
    elements({ Bucket: bucket, Key: key, UploadId: uploadId }),
    checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm,
      'x-amz-checksum-type': checksum.type,
    },
  )
}

function uploadChecksumOf({ exchange }: OperationContext): UploadChecksum | undefined {
  const algorithm = algorithmIn(exchange, 'x-amz-checksum-algorithm')
  const asked = exchange.headers.get('x-amz-checksum-type')?.toUpperCase()
  if (algorithm === undefined) {
    if (asked === undefined) return undefined
    throw new S3Error('InvalidRequest', 'A checksum type needs a checksum algorithm.')
  }
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  const isFull = type === 'FULL_OBJECT' && isCombinable(algorithm)
  if (isFull || (type === 'COMPOSITE' && algorithm !== 'CRC64NVME')) return { algorithm, type }
  throw new S3Error(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
  )
}

export function uploadNameOf({ bucket, key, exchange }: OperationContext): UploadName {
  return { bucket, key, uploadId: exchange.target.query.get('uploadId') ?? '' }
}

function partNumberOf({ exchange }: OperationContext): number {
  const number = numberIn(exchange.target.query, 'partNumber', 0)
  if (number >= 1 && number <= PARTS_MAX) return number
  throw new S3Error(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${PARTS_MAX}, inclusive`,
    { ArgumentName: 'partNumber' },
  )
}

export async function uploadPart(context: OperationContext): Promise<void> {
  const { backend, exchange } = context
  const number = partNumberOf(context)
  const name = uploadNameOf(context)
  const upload = await backend.headUpload(name)
  const sent = checksumIn(exchange.headers)
  refuseOtherAlgorithm(upload.checksum, sent?.algorithm)
  const body = openRequestBody(exchange, upload.checksum?.algorithm)
  const part = await backend.putPart(name, number, body)
  refuseOtherAlgorithm(upload.checksum, part.checksum?.algorithm)
  exchange.sendEmpty(200, {
    etag: quoted(part.etag),
    ...checksumHeaders(part.checksum),
    'x-amz-checksum-type': undefined,
  })
}

/** @throws S3Error `InvalidRequest` */
function refuseOtherAlgorithm(
  expected: UploadChecksum | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): void {
  if (expected === undefined || algorithm === undefined) return
  if (algorithm === expected.algorithm) return
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.algorithm}, actual checksum Type: ${algorithm}`,
  )
}

export async function uploadPartCopy(context: OperationContext): Promise<void> {
  const { backend, exchange } = context
  const number = partNumberOf(context)
  const name = uploadNameOf(context)
  const { checksum } = await backend.headUpload(name)
  const source = copySourceOf(exchange)
  const object = await backend.open(source.bucket, source.key)
  try {
    const { info } = object
    const header = exchange.headers.get('x-amz-copy-source-range')
    const whole = { offset: 0, lengthBytes: info.sizeBytes }
    const range = header === undefined ? whole : parseCopyRange(header, info.sizeBytes)
    sourceCheckOf(exchange)({ ...info, sizeBytes: range.lengthBytes })
    const pieces = object.read(range.offset, range.lengthBytes)
    const body = new OwnBody(pieces, range.lengthBytes, checksum?.algorithm)
    await exchange.sendXmlSlowly('CopyPartResult', async () => {
      const part = await backend.putPart(name, number, body)
      return elements({
        LastModified: isoTime(part.modifiedMs),
        ETag: quoted(part.etag),
        ...checksumElements(part.checksum, false),
      })
    })
  } finally {
    await object.close()
  }
}

export async function completeMultipartUpload(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  // The checksum in the headers is that of the object.
  const root = await readXmlBody(exchange, false)
  if (root?.name !== 'CompleteMultipartUpload') throw new S3Error('MalformedXML')
  const parts = root.children.filter(({ name }) => name === 'Part').map(chosenPart)
  if (parts.length === 0 || parts.length > PARTS_MAX) throw new S3Error('MalformedXML')
  const size = exchange.headers.get('x-amz-mp-object-size')
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw new S3Error('InvalidRequest')
  const options = {
    condition: writeConditionOf(exchange.headers),
    checksum: checksumIn(exchange.headers),
    sizeBytes: size === undefined ? undefined : Number(size),
  }
  const location = `http://${exchange.headers.get('host') ?? ''}/${bucket}/${uriEncodePath(key)}`
  await exchange.sendXmlSlowly('CompleteMultipartUploadResult', async () => {
    const { etag, checksum } = await backend.completeUpload(uploadNameOf(context), parts, options)
    return elements({
      Location: location,
      Bucket: bucket,
      Key: key,
      ETag: quoted(etag),
      ...checksumElements(checksum),
    })
  })
}

function chosenPart(node: XmlNode): ChosenPart {
  const number = childText(node, 'PartNumber')?.trim() ?? ''
  const etag = childText(node, 'ETag')
  if (!/^\d{1,9}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML')
  if (Number(number) < 1 || Number(number) > PARTS_MAX) {
    throw new S3Error('InvalidArgument', 'PartNumber must be >= 1', { ArgumentName: 'partNumber' })
  }
  const sums = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = childText(node, `Checksum${algorithm}`)
    return value === undefined ? [] : [{ algorithm, value }]
  })
  return { number: Number(number), etag: bareEtag(etag), checksum: sums[0] }
}

export async function abortMultipartUpload(context: OperationContext): Promise<void> {
  await context.backend.abortUpload(uploadNameOf(context))
  context.exchange.sendEmpty(204)
}
