/** CopyObject, and the source that a copy or a copied part names. */

import { OwnBody } from '../body/incoming-body.ts'
import type { ChecksumAlgorithm } from '../checksums/checksum.ts'
import { checkReadCondition } from '../conditions.ts'
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { checkKey, splitPath } from '../http/request-target.ts'
import { uriDecode } from '../http/uri-encoding.ts'
import { PUT_BYTES_MAX } from '../limits.ts'
import { isBucketName } from '../names.ts'
import type { ObjectHeaders, ObjectInfo, ObjectName } from '../s3-backend.ts'
import { elements } from '../xml/xml-writer.ts'
import type { XmlContent } from '../xml/xml-writer.ts'
import { checksumElements, keptHeaders } from './object-headers.ts'
import { checkVersion, isoTime, quoted } from './operation.ts'
import type { OperationContext } from './operation.ts'
import { conditionIn } from './read-object.ts'
import { algorithmIn } from './request-body.ts'
import { writeConditionOf } from './write-object.ts'

const SOURCE = 'x-amz-copy-source'

/** @throws S3Error `InvalidArgument`, `NoSuchBucket`, `NoSuchVersion` */
export function copySourceOf({ headers }: Exchange): ObjectName {
  const header = headers.get(SOURCE) ?? ''
  const [encoded = '', query] = header.split(/\?versionId=(.*)$/)
  checkVersion(query)
  const decoded = uriDecode(Buffer.from(encoded, 'latin1').toString('utf8'))
  const [bucket, key] = decoded === undefined ? [] : splitPath(decoded)
  if (bucket === undefined || key === undefined) {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key', {
      ArgumentName: SOURCE,
    })
  }
  checkKey(key)
  if (!isBucketName(bucket)) throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket })
  return { bucket, key }
}

/** What a copy's source has to be like. */
export function sourceCheckOf({ headers }: Exchange): (info: ObjectInfo) => void {
  const condition = conditionIn(headers, `${SOURCE}-`)
  return (info) => {
    try {
      checkReadCondition(condition, info)
    } catch {
      // Also what a read would answer with 304.
      throw new S3Error('PreconditionFailed')
    }
    if (info.sizeBytes > PUT_BYTES_MAX) throw new S3Error('InvalidRequest', 'copy it in parts')
  }
}

export async function copyObject(context: OperationContext): Promise<void> {
  const { exchange, bucket, key } = context
  const source = copySourceOf(exchange)
  const directive = exchange.headers.get('x-amz-metadata-directive')?.toUpperCase() ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Error('InvalidArgument', 'Unknown metadata directive.')
  }
  const isReplaced = directive === 'REPLACE'
  if (!isReplaced && source.bucket === bucket && source.key === key) {
    throw new S3Error(
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing the metadata.',
    )
  }
  const headers = isReplaced ? keptHeaders(exchange.headers) : undefined
  const algorithm = algorithmIn(exchange, 'x-amz-checksum-algorithm')
  await exchange.sendXmlSlowly('CopyObjectResult', async () => {
    return renderCopied(await copy(context, source, headers, algorithm))
  })
}

/** With a checksum that the source has not, the bytes are read once for it. */
async function copy(
  { backend, bucket, key, exchange }: OperationContext,
  source: ObjectName,
  headers: ObjectHeaders | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<ObjectInfo> {
  const condition = writeConditionOf(exchange.headers)
  const checkSource = sourceCheckOf(exchange)
  if (algorithm === undefined) {
    return backend.copy(source, { bucket, key }, { headers, condition, checkSource })
  }
  const object = await backend.open(source.bucket, source.key)
  try {
    const { info } = object
    checkSource(info)
    const body = new OwnBody(object.read(0, info.sizeBytes), info.sizeBytes, algorithm)
    return await backend.put(bucket, key, body, { headers: headers ?? info.headers, condition })
  } finally {
    await object.close()
  }
}

function renderCopied({ etag, modifiedMs, checksum }: ObjectInfo): XmlContent {
  return elements({
    LastModified: isoTime(modifiedMs),
    ETag: quoted(etag),
    ...checksumElements(checksum),
  })
}
