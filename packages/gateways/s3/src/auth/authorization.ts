/**
 * Reading what a request says about its signature: the `Authorization` header, or the parameters of a presigned address.
 *
 * Nothing is trusted here yet; what is malformed is refused with the error that S3 has for it.
 */

import { S3Error } from '../errors.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { RequestTarget } from '../http/request-target.ts'
import { PRESIGNED_SECONDS_MAX, SIGNED_HEADERS_MAX } from '../limits.ts'
import { ALGORITHM } from './signature.ts'
import type { Scope } from './signature.ts'
import { formatTimestamp, parseHttpDate, parseTimestamp } from './timestamp.ts'

export interface Authorization {
  readonly kind: 'header' | 'presigned'
  readonly accessKeyId: string
  readonly scope: Scope
  /** Lower case, ascending. */
  readonly signedHeaders: readonly string[]
  /** 64 hex digits. */
  readonly signature: string
  /** As signed. */
  readonly timestamp: string
  readonly timeMs: number
  /** Of a presigned address. */
  readonly expiresSeconds?: number
}

const CREDENTIAL =
  /^([A-Za-z0-9_.-]{1,128})\/(\d{8})\/([A-Za-z0-9_-]{0,64})\/([a-z0-9]{1,32})\/aws4_request$/
const SIGNATURE = /^[0-9a-f]{64}$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/
const FIELD = /^\s*(Credential|SignedHeaders|Signature)=(\S*)\s*$/

/** `undefined`: the request is not signed at all. */
export function parseAuthorization(
  headers: HeaderMap,
  target: RequestTarget,
): Authorization | undefined {
  const header = headers.get('authorization') || undefined
  const isPresigned = target.query.has('X-Amz-Algorithm') || target.query.has('X-Amz-Signature')
  if (header !== undefined && isPresigned) {
    throw new S3Error('InvalidArgument', 'Only one way to authorize is allowed')
  }
  if (header !== undefined) return parseHeader(header, headers)
  if (isPresigned) return parsePresigned(target.query)
  const isOld = target.query.has('AWSAccessKeyId') && target.query.has('Signature')
  if (isOld) throw unsupported()
  return undefined
}

function unsupported(): S3Error {
  return new S3Error(
    'InvalidRequest',
    `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
  )
}

function parseHeader(header: string, headers: HeaderMap): Authorization {
  if (!header.startsWith(`${ALGORITHM} `)) throw unsupported()
  const fields = new Map<string, string>()
  for (const part of header.slice(ALGORITHM.length).split(',')) {
    const [, name, value] = FIELD.exec(part) ?? []
    if (name === undefined || fields.has(name)) throw malformed('its fields are not three')
    fields.set(name, value!)
  }
  const credential = parseCredential(fields.get('Credential') ?? '', malformed)
  const time = timeOf(headers)
  if (!time.timestamp.startsWith(credential.scope.date)) {
    throw new S3Error('AccessDenied', 'The date of the credential is not that of the request')
  }
  return {
    kind: 'header',
    ...credential,
    signedHeaders: parseSignedHeaders(fields.get('SignedHeaders') ?? '', malformed),
    signature: parseSignature(fields.get('Signature') ?? '', malformed),
    ...time,
  }
}

function parsePresigned(query: ReadonlyMap<string, string>): Authorization {
  const need = (name: string): string => {
    const value = query.get(name)
    if (value === undefined) throw wrongQuery(`${name} is missing`)
    return value
  }
  if (need('X-Amz-Algorithm') !== ALGORITHM) throw wrongQuery(`X-Amz-Algorithm is ${ALGORITHM}`)
  const credential = parseCredential(need('X-Amz-Credential'), wrongQuery)
  const timestamp = need('X-Amz-Date')
  const timeMs = parseTimestamp(timestamp)
  if (timeMs === undefined || !timestamp.startsWith(credential.scope.date)) {
    throw wrongQuery('X-Amz-Date is no time of the day in X-Amz-Credential')
  }
  return {
    kind: 'presigned',
    ...credential,
    signedHeaders: parseSignedHeaders(need('X-Amz-SignedHeaders'), wrongQuery),
    signature: parseSignature(need('X-Amz-Signature'), wrongQuery),
    timestamp,
    timeMs,
    expiresSeconds: parseExpires(need('X-Amz-Expires')),
  }
}

function parseExpires(text: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (seconds >= 1 && seconds <= PRESIGNED_SECONDS_MAX) return seconds
  throw new S3Error('AccessDenied', `X-Amz-Expires is from 1 to ${PRESIGNED_SECONDS_MAX} seconds`)
}

type Refuse = (why: string) => S3Error

function malformed(why: string): S3Error {
  return new S3Error(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed: ${why}`,
  )
}

function wrongQuery(why: string): S3Error {
  return new S3Error('AuthorizationQueryParametersError', why)
}

function parseCredential(
  text: string,
  refuse: Refuse,
): { readonly accessKeyId: string; readonly scope: Scope } {
  const found = CREDENTIAL.exec(text)
  if (!found) throw refuse('the credential is not id/date/region/s3/aws4_request')
  const [, accessKeyId, date, region, service] = found as unknown as readonly string[]
  if (service !== 's3') throw refuse('the service of the credential is not s3')
  return { accessKeyId: accessKeyId!, scope: { date: date!, region: region!, service } }
}

function parseSignedHeaders(text: string, refuse: Refuse): readonly string[] {
  const names = text.split(';')
  const isOrdered = names.every((name, i) => i === 0 || names[i - 1]! < name)
  if (names.length > SIGNED_HEADERS_MAX || !isOrdered || !names.every((n) => HEADER_NAME.test(n))) {
    throw refuse('the signed headers are not a list of names in order')
  }
  if (!names.includes('host')) throw refuse('the host is not signed')
  return names
}

function parseSignature(text: string, refuse: Refuse): string {
  if (!SIGNATURE.test(text)) throw refuse('the signature is not 64 hex digits')
  return text
}

function timeOf(headers: HeaderMap): { readonly timestamp: string; readonly timeMs: number } {
  const amzDate = headers.get('x-amz-date')
  const timeMs = amzDate === undefined ? dateOf(headers) : parseTimestamp(amzDate)
  if (timeMs === undefined) {
    throw new S3Error('AccessDenied', 'A request needs a valid Date or x-amz-date header')
  }
  return { timestamp: amzDate ?? formatTimestamp(timeMs), timeMs }
}

function dateOf(headers: HeaderMap): number | undefined {
  const date = headers.get('date')
  if (date === undefined) return undefined
  return parseTimestamp(date) ?? parseHttpDate(date)
}
