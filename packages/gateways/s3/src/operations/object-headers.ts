/** Headers of objects: what a request gives to be kept, what is refused because it could not be kept, and what an answer has. */

import { algorithmOfHeader, checksumHeader } from '../checksums/checksum.ts'
import type { Checksum } from '../checksums/checksum.ts'
import { S3Error } from '../errors.ts'
import type { AnswerHeaders } from '../http/exchange.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { USER_METADATA_BYTES_MAX } from '../limits.ts'
import type { ObjectHeaders, ObjectInfo } from '../s3-backend.ts'
import { quoted } from './operation.ts'

const META = 'x-amz-meta-'
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]
const DEFAULT_TYPE = 'binary/octet-stream'
const ACLS = new Set(['private', 'bucket-owner-full-control', 'bucket-owner-read'])

/** Promises of other servers that would be broken here without a word. */
const NOT_HERE =
  /^x-amz-(?:server-side-encryption|tagging$|object-lock-|bucket-object-lock-|website-redirect-location|write-offset-bytes|mfa$)/

/** @throws S3Error `NotImplemented`, `AccessControlListNotSupported`, `InvalidStorageClass` */
export function refuseUnknownFeatures(headers: HeaderMap): void {
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-')) continue
    const isOff = value === '' || value === 'false'
    if (NOT_HERE.test(name) && !isOff) {
      throw new S3Error('NotImplemented', undefined, { Header: name })
    }
    if (name.startsWith('x-amz-grant-') || (name === 'x-amz-acl' && !ACLS.has(value))) {
      throw new S3Error('AccessControlListNotSupported')
    }
    if (name === 'x-amz-storage-class' && value !== 'STANDARD') {
      throw new S3Error('InvalidStorageClass')
    }
  }
}

/** @throws S3Error `MetadataTooLarge` */
export function keptHeaders(headers: HeaderMap): ObjectHeaders {
  const kept: Record<string, string> = { 'content-type': DEFAULT_TYPE }
  for (const name of KEPT) {
    const value = headers.get(name)
    const bare = name === 'content-encoding' && value !== undefined ? withoutChunked(value) : value
    if (bare !== undefined && bare !== '') kept[name] = bare
  }
  let metadataBytes = 0
  for (const [name, value] of headers) {
    if (!name.startsWith(META)) continue
    metadataBytes += name.length - META.length + value.length
    kept[name] = value
  }
  if (metadataBytes > USER_METADATA_BYTES_MAX) throw new S3Error('MetadataTooLarge')
  return kept
}

/** `aws-chunked` is of the transfer, not of the object. */
function withoutChunked(encoding: string): string {
  const codings = encoding.split(',').map((each) => each.trim())
  return codings.filter((each) => each !== '' && each !== 'aws-chunked').join(', ')
}

export function answerHeaders(info: ObjectInfo): AnswerHeaders {
  return {
    ...info.headers,
    etag: quoted(info.etag),
    'last-modified': new Date(info.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    // What people stored must not act as a page of this server.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  }
}

export function checksumHeaders(checksum: Checksum | undefined): AnswerHeaders {
  if (checksum === undefined) return {}
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  }
}

/** Elements of XML, such as `ChecksumCRC32`. */
export function checksumElements(
  checksum: Checksum | undefined,
  withType = true,
): Readonly<Record<string, string>> {
  if (checksum === undefined) return {}
  const value = { [`Checksum${checksum.algorithm}`]: checksum.value }
  return withType ? { ...value, ChecksumType: checksum.type } : value
}

/** The checksum in the headers, if there is one. @throws S3Error `InvalidRequest` when there are several */
export function checksumIn(
  headers: HeaderMap,
): { readonly algorithm: Checksum['algorithm']; readonly value: string } | undefined {
  const found = [...headers].flatMap(([name, value]) => {
    const algorithm = algorithmOfHeader(name)
    return algorithm === undefined ? [] : [{ algorithm, value: value.trim() }]
  })
  if (found.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  return found[0]
}
