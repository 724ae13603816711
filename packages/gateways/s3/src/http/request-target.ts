/**
 * What a request names: bucket, key and parameters, taken from the raw target and the host.
 *
 * The raw path and query are kept beside what they mean, because the signature covers what was sent: `%2F` and `/`, or `+` and `%20`,
 * mean the same and are signed differently. Dots and empty segments are part of a key; nothing is resolved.
 *
 * Invariant: a target is refused unless every part of it is well-formed percent-encoding of UTF-8.
 */

import { S3Error } from '../errors.ts'
import { KEY_BYTES_MAX, QUERY_PARAMETERS_MAX } from '../limits.ts'
import { uriDecode } from './uri-encoding.ts'

const PRINTABLE_PATH = /^\/[!-~]*$/

export interface RequestTarget {
  /** As sent, without the query. */
  readonly rawPath: string
  /** As sent, without the question mark. */
  readonly rawQuery: string
  /** May be no valid name. `undefined`: the request is about all buckets. */
  readonly bucket: string | undefined
  /** `undefined`: the request is about the bucket. */
  readonly key: string | undefined
  /** In the order sent; of a name that comes twice the first counts. */
  readonly query: ReadonlyMap<string, string>
}

/**
 * @param hosts names under which a bucket may stand in front, such as `localhost`
 * @throws S3Error `InvalidURI`, `KeyTooLongError`
 */
export function parseTarget(
  target: string,
  host: string,
  hosts: readonly string[] = [],
): RequestTarget {
  if (!PRINTABLE_PATH.test(target)) throw new S3Error('InvalidURI')
  const mark = target.indexOf('?')
  const rawPath = mark === -1 ? target : target.slice(0, mark)
  const rawQuery = mark === -1 ? '' : target.slice(mark + 1)
  const path = decode(rawPath)
  const query = parseQuery(rawQuery)
  const bucketOfHost = bucketInHost(host, hosts)
  const [bucket, key] =
    bucketOfHost === undefined ? splitPath(path) : [bucketOfHost, path.slice(1) || undefined]
  if (key !== undefined) checkKey(key)
  return { rawPath, rawQuery, bucket, key, query }
}

/** `/bucket/key`, or `bucket/key`, decoded: what a copy source names. */
export function splitPath(
  path: string,
): readonly [bucket: string | undefined, key: string | undefined] {
  const rest = path.startsWith('/') ? path.slice(1) : path
  const slash = rest.indexOf('/')
  if (slash === -1) return [rest || undefined, undefined]
  return [rest.slice(0, slash), rest.slice(slash + 1) || undefined]
}

/** @throws S3Error `KeyTooLongError` */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) <= KEY_BYTES_MAX) return
  throw new S3Error('KeyTooLongError', undefined, { MaxSizeAllowed: String(KEY_BYTES_MAX) })
}

/** @throws S3Error `InvalidURI`, `InvalidArgument` */
export function parseQuery(rawQuery: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  if (rawQuery === '') return query
  const pairs = rawQuery.split('&')
  if (pairs.length > QUERY_PARAMETERS_MAX) throw new S3Error('InvalidURI')
  for (const pair of pairs) {
    if (pair === '') continue
    const [name, value] = splitPair(pair)
    const decoded = decodeQuery(name)
    if (!query.has(decoded)) query.set(decoded, decodeQuery(value))
  }
  return query
}

export function splitPair(pair: string): readonly [name: string, value: string] {
  const at = pair.indexOf('=')
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

function decodeQuery(text: string): string {
  return decode(text.replaceAll('+', ' '))
}

function decode(text: string): string {
  const decoded = uriDecode(text)
  if (decoded === undefined) throw new S3Error('InvalidURI')
  return decoded
}

function bucketInHost(host: string, hosts: readonly string[]): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  const base = hosts.find((each) => name.endsWith(`.${each}`))
  return base === undefined ? undefined : name.slice(0, -base.length - 1)
}
