/** Conditions of requests: RFC 9110 section 13 for reads, and for writes what S3 has of it. */

import { S3Error } from './errors.ts'
import type { ObjectInfo, WriteCondition } from './s3-backend.ts'

export interface ReadCondition {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSinceMs?: number | undefined
  readonly ifUnmodifiedSinceMs?: number | undefined
}

/**
 * What a list of etags in a header says of one: `*`, or any of them equal. Quotes may be missing, as clients forget them.
 */
export function matchesEtag(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((each) => bareEtag(each) === etag)
}

/** Without quotes and weakness. */
export function bareEtag(text: string): string {
  return text
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
}

/** @throws S3Error `PreconditionFailed`, `NotModified` */
export function checkReadCondition(condition: ReadCondition, info: ObjectInfo): void {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = condition
  const modifiedMs = 1000 * Math.floor(info.modifiedMs / 1000)
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, info.etag)) throw failed('If-Match')
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    throw failed('If-Unmodified-Since')
  }
  if (ifNoneMatch !== undefined) {
    if (matchesEtag(ifNoneMatch, info.etag)) throw new S3Error('NotModified')
  } else if (ifModifiedSinceMs !== undefined && modifiedMs <= ifModifiedSinceMs) {
    throw new S3Error('NotModified')
  }
}

/**
 * To be called where the write is made, with what is there at that moment.
 * @throws S3Error `PreconditionFailed`, `NoSuchKey`
 */
export function checkWriteCondition(
  condition: WriteCondition | undefined,
  current: ObjectInfo | undefined,
): void {
  const { ifMatch, ifNoneMatch } = condition ?? {}
  if (ifMatch !== undefined) {
    if (current === undefined) throw new S3Error('NoSuchKey')
    if (!matchesEtag(ifMatch, current.etag)) throw failed('If-Match')
  }
  if (
    ifNoneMatch !== undefined &&
    current !== undefined &&
    matchesEtag(ifNoneMatch, current.etag)
  ) {
    throw failed('If-None-Match')
  }
}

function failed(header: string): S3Error {
  return new S3Error('PreconditionFailed', undefined, { Condition: header })
}
