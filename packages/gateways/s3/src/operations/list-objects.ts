/** ListObjects in both versions, and ListObjectVersions of buckets that keep none. */

import { S3Error } from '../errors.ts'
import { uriEncodePath } from '../http/uri-encoding.ts'
import { PAGE_ENTRIES_MAX } from '../limits.ts'
import type { ListedObject, ListPage } from '../s3-backend.ts'
import { element, elements } from '../xml/xml-writer.ts'
import type { XmlContent, XmlElement } from '../xml/xml-writer.ts'
import { isoTime, numberIn, quoted, renderOwner } from './operation.ts'
import type { OperationContext, Owner } from './operation.ts'
import { decodeToken, encodeToken } from './page-token.ts'

/** What all listings have in common. */
interface ListRequest {
  readonly prefix: string
  readonly delimiter: string
  readonly maxKeys: number
  readonly isEncoded: boolean
  /** As the request asks for it. */
  readonly encode: (text: string) => string
}

export function listRequestOf(
  query: ReadonlyMap<string, string>,
  limitName = 'max-keys',
): ListRequest {
  const encoding = query.get('encoding-type')
  const isEncoded = encoding === 'url'
  if (encoding !== undefined && encoding !== '' && !isEncoded) {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
    })
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(numberIn(query, limitName, PAGE_ENTRIES_MAX), PAGE_ENTRIES_MAX),
    isEncoded,
    encode: isEncoded ? uriEncodePath : (text) => text,
  }
}

async function pageOf(
  { backend, bucket }: OperationContext,
  { prefix, delimiter, maxKeys }: ListRequest,
  after: string,
): Promise<ListPage> {
  if (maxKeys > 0) return backend.list(bucket, { prefix, delimiter, after, limit: maxKeys })
  await backend.headBucket(bucket)
  return { objects: [], prefixes: [], next: undefined }
}

export async function listObjects(context: OperationContext): Promise<void> {
  const { exchange, bucket, owner } = context
  const { query } = exchange.target
  const request = listRequestOf(query)
  const marker = query.get('marker') ?? ''
  const page = await pageOf(context, request, marker)
  const { encode, delimiter } = request
  const hasNext = page.next !== undefined && delimiter !== ''
  exchange.sendXml('ListBucketResult', [
    ...commonFields(bucket, request),
    ...elements({
      Marker: encode(marker),
      NextMarker: hasNext ? encode(page.next!) : undefined,
      IsTruncated: page.next !== undefined,
    }),
    ...renderItems(page, request, 'Contents', owner),
  ])
}

export async function listObjectsV2(context: OperationContext): Promise<void> {
  const { exchange, bucket, owner } = context
  const { query } = exchange.target
  const request = listRequestOf(query)
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const after = token === undefined || token === '' ? (startAfter ?? '') : decodeToken(token)
  const page = await pageOf(context, request, after)
  const isOwned = query.get('fetch-owner') === 'true'
  exchange.sendXml('ListBucketResult', [
    ...commonFields(bucket, request),
    ...elements({
      KeyCount: page.objects.length + page.prefixes.length,
      IsTruncated: page.next !== undefined,
      ContinuationToken: token,
      NextContinuationToken: page.next === undefined ? undefined : encodeToken(page.next),
      StartAfter: startAfter === undefined ? undefined : request.encode(startAfter),
    }),
    ...renderItems(page, request, 'Contents', isOwned ? owner : undefined),
  ])
}

export async function listObjectVersions(context: OperationContext): Promise<void> {
  const { exchange, bucket, owner } = context
  const { query } = exchange.target
  const request = listRequestOf(query)
  const marker = query.get('key-marker') ?? ''
  const page = await pageOf(context, request, marker)
  exchange.sendXml('ListVersionsResult', [
    ...commonFields(bucket, request),
    ...elements({
      KeyMarker: request.encode(marker),
      VersionIdMarker: query.get('version-id-marker') ?? '',
      NextKeyMarker: page.next === undefined ? undefined : request.encode(page.next),
      NextVersionIdMarker: page.next === undefined ? undefined : 'null',
      IsTruncated: page.next !== undefined,
    }),
    ...renderItems(page, request, 'Version', owner),
  ])
}

function commonFields(bucket: string, request: ListRequest): readonly XmlElement[] {
  const { prefix, delimiter, maxKeys, isEncoded, encode } = request
  return elements({
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: isEncoded ? 'url' : undefined,
  })
}

function renderItems(
  { objects, prefixes }: ListPage,
  { encode }: ListRequest,
  name: 'Contents' | 'Version',
  owner: Owner | undefined,
): readonly XmlElement[] {
  const version = name === 'Version' ? { VersionId: 'null', IsLatest: true } : {}
  return [
    ...objects.map((object) => element(name, renderObject(object, encode, version, owner))),
    ...prefixes.map((prefix) => element('CommonPrefixes', element('Prefix', encode(prefix)))),
  ]
}

function renderObject(
  { key, sizeBytes, etag, modifiedMs, checksum }: ListedObject,
  encode: (text: string) => string,
  version: Readonly<Record<string, XmlContent>>,
  owner: Owner | undefined,
): XmlContent {
  return elements({
    Key: encode(key),
    ...version,
    LastModified: isoTime(modifiedMs),
    ETag: quoted(etag),
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    Size: sizeBytes,
    StorageClass: 'STANDARD',
    Owner: owner && renderOwner(owner),
  })
}
