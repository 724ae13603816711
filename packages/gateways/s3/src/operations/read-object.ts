/** GetObject, HeadObject, GetObjectAttributes, GetObjectAcl. */

import { parseHttpDate } from '../auth/timestamp.ts'
import { checkReadCondition } from '../conditions.ts'
import type { ReadCondition } from '../conditions.ts'
import { isS3Error, S3Error } from '../errors.ts'
import { parseRange } from '../http/byte-range.ts'
import type { ByteRange } from '../http/byte-range.ts'
import type { AnswerHeaders } from '../http/exchange.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { PARTS_MAX } from '../limits.ts'
import type { ObjectInfo } from '../s3-backend.ts'
import { elements } from '../xml/xml-writer.ts'
import { answerHeaders, checksumElements, checksumHeaders } from './object-headers.ts'
import { checkVersion, numberIn } from './operation.ts'
import type { OperationContext } from './operation.ts'

const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

export async function getObject(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  checkVersion(exchange.target.query.get('versionId'))
  const object = await backend.open(bucket, key)
  try {
    const plan = planAnswer(context, object.info)
    if (plan === undefined) return
    const { status, headers, range } = plan
    await exchange.sendPieces(status, headers, object.read(range.offset, range.lengthBytes))
  } finally {
    await object.close()
  }
}

export async function headObject(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  checkVersion(exchange.target.query.get('versionId'))
  const plan = planAnswer(context, await backend.head(bucket, key))
  if (plan !== undefined) exchange.sendEmpty(plan.status, plan.headers)
}

interface AnswerPlan {
  readonly status: number
  readonly headers: AnswerHeaders
  /** May be empty for an object without bytes. */
  readonly range: ByteRange
}

/** `undefined`: what the client has is still right, or there are no such bytes; it was told so. */
function planAnswer({ exchange }: OperationContext, info: ObjectInfo): AnswerPlan | undefined {
  const { headers, target } = exchange
  const known = answerHeaders(info)
  try {
    checkReadCondition(conditionIn(headers, ''), info)
    const range = rangeOf(headers, target.query, info)
    const isChecked = headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
    return {
      status: range === undefined ? 200 : 206,
      headers: {
        ...known,
        ...overridesOf(target.query),
        ...(isChecked && range === undefined ? checksumHeaders(info.checksum) : {}),
        ...lengthHeaders(info, range),
        ...(target.query.has('partNumber') ? { 'x-amz-mp-parts-count': partsCount(info) } : {}),
      },
      range: range ?? { offset: 0, lengthBytes: info.sizeBytes },
    }
  } catch (error) {
    if (!isS3Error(error)) throw error
    if (error.code === 'NotModified') exchange.sendError(error, withoutType(known))
    else if (error.code === 'InvalidRange') {
      exchange.sendError(error, { 'content-range': `bytes */${info.sizeBytes}` })
    } else throw error
    return undefined
  }
}

function withoutType(headers: AnswerHeaders): AnswerHeaders {
  return { ...headers, 'content-type': undefined, 'content-encoding': undefined }
}

function partsCount({ partSizes }: ObjectInfo): number | undefined {
  return partSizes?.length
}

function lengthHeaders({ sizeBytes }: ObjectInfo, range: ByteRange | undefined): AnswerHeaders {
  if (range === undefined) return { 'content-length': sizeBytes }
  const last = range.offset + range.lengthBytes - 1
  return {
    'content-length': range.lengthBytes,
    'content-range': `bytes ${range.offset}-${last}/${sizeBytes}`,
  }
}

function overridesOf(query: ReadonlyMap<string, string>): AnswerHeaders {
  const overrides: Record<string, string> = {}
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new S3Error('InvalidArgument', undefined, { ArgumentName: `response-${name}` })
    }
    overrides[name] = value
  }
  return overrides
}

function rangeOf(
  headers: HeaderMap,
  query: ReadonlyMap<string, string>,
  info: ObjectInfo,
): ByteRange | undefined {
  const header = headers.get('range')
  if (!query.has('partNumber')) return parseRange(header, info.sizeBytes)
  if (header !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber')
  }
  const number = numberIn(query, 'partNumber', 0)
  if (number < 1 || number > PARTS_MAX) {
    throw new S3Error('InvalidArgument', undefined, { ArgumentName: 'partNumber' })
  }
  const sizes = info.partSizes ?? [info.sizeBytes]
  const lengthBytes = sizes[number - 1]
  if (lengthBytes === undefined) throw new S3Error('InvalidPartNumber')
  const offset = sizes.slice(0, number - 1).reduce((sum, each) => sum + each, 0)
  return lengthBytes === 0 ? undefined : { offset, lengthBytes }
}

/** `prefix`: `x-amz-copy-source-` for those of a copy's source. */
export function conditionIn(headers: HeaderMap, prefix: string): ReadCondition {
  const time = (name: string): number | undefined => {
    const text = headers.get(prefix + name)
    return text === undefined ? undefined : parseHttpDate(text)
  }
  return {
    ifMatch: headers.get(`${prefix}if-match`),
    ifNoneMatch: headers.get(`${prefix}if-none-match`),
    ifModifiedSinceMs: time('if-modified-since'),
    ifUnmodifiedSinceMs: time('if-unmodified-since'),
  }
}

export async function getObjectAttributes(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  checkVersion(exchange.target.query.get('versionId'))
  const asked = new Set(
    (exchange.headers.get('x-amz-object-attributes') ?? '').split(',').map((each) => each.trim()),
  )
  const info = await backend.head(bucket, key)
  const count = partsCount(info)
  const has = (name: string): boolean => asked.has(name)
  exchange.sendXml(
    'GetObjectAttributesResponse',
    elements({
      ETag: has('ETag') ? info.etag : undefined,
      Checksum:
        has('Checksum') && info.checksum ? elements(checksumElements(info.checksum)) : undefined,
      ObjectParts:
        has('ObjectParts') && count !== undefined ? elements({ PartsCount: count }) : undefined,
      StorageClass: has('StorageClass') ? 'STANDARD' : undefined,
      ObjectSize: has('ObjectSize') ? info.sizeBytes : undefined,
    }),
    { 'last-modified': new Date(info.modifiedMs).toUTCString() },
  )
}
