/**
 * AWS Signature Version 4: the canonical request, the string to sign, the keys, and the chain of chunk signatures.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html, whose examples are in the tests.
 *
 * The canonical form is made of what was sent. Clients differ in whether they sign a path and query as sent or encoded anew, and both
 * are names of the same thing; so there can be several canonical requests, and a signature over any of them counts. None of them can
 * stand for another key or another parameter, since all of them decode to what the request is then taken to mean.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { HeaderMap } from '../http/header-map.ts'
import { splitPair } from '../http/request-target.ts'
import { uriDecode, uriEncode, uriEncodePath } from '../http/uri-encoding.ts'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

// oxlint-disable-next-line no-control-regex -- ASCII is what it is
const BEYOND_ASCII = /[^\0-\x7f]/

export interface Scope {
  /** `YYYYMMDD` */
  readonly date: string
  readonly region: string
  readonly service: string
}

export interface CanonicalParts {
  readonly method: string
  /** As sent. */
  readonly rawPath: string
  /** As sent, without the question mark. */
  readonly rawQuery: string
  readonly headers: HeaderMap
  /** Lower case, ascending. */
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
}

/** Every form of the request that its client may have signed; the likely one first. */
export function canonicalRequests(parts: CanonicalParts): readonly string[] {
  const paths = new Set([encodedAnew(parts.rawPath), parts.rawPath])
  const queries = new Set([encodedQuery(parts.rawQuery), sentQuery(parts.rawQuery)])
  const requests = [...paths].flatMap((path) =>
    [...queries].map((query) => canonicalRequest(parts, path, query)),
  )
  return [...requests, ...requests.filter((each) => BEYOND_ASCII.test(each)).map(asBytes)]
}

/** Header values are bytes. One that is not ASCII is signed as these, or as the text that they are one by one. */
function asBytes(request: string): string {
  return Buffer.from(request, 'latin1').toString('utf8')
}

function canonicalRequest(parts: CanonicalParts, path: string, query: string): string {
  const headers = parts.signedHeaders.map(
    (name) => `${name}:${canonicalValue(parts.headers.get(name) ?? '')}\n`,
  )
  return [
    parts.method,
    path,
    query,
    headers.join(''),
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n')
}

function canonicalValue(value: string): string {
  return value.trim().replace(/ +/g, ' ')
}

function encodedAnew(rawPath: string): string {
  return uriEncodePath(uriDecode(rawPath) ?? rawPath)
}

function pairsOf(rawQuery: string): readonly (readonly [string, string])[] {
  const pairs = rawQuery.split('&').filter((pair) => pair !== '')
  return pairs.map(splitPair).filter(([name]) => name !== 'X-Amz-Signature')
}

function encodedQuery(rawQuery: string): string {
  const pairs = pairsOf(rawQuery).map(([name, value]): readonly [string, string] => {
    return [encodeParameter(name), encodeParameter(value)]
  })
  return joinQuery(pairs)
}

function encodeParameter(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  return uriEncode(uriDecode(spaced) ?? spaced)
}

function sentQuery(rawQuery: string): string {
  return joinQuery(pairsOf(rawQuery))
}

function joinQuery(pairs: readonly (readonly [string, string])[]): string {
  const ordered = pairs.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  return ordered.map(([name, value]) => `${name}=${value}`).join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function scopeText({ date, region, service }: Scope): string {
  return `${date}/${region}/${service}/aws4_request`
}

export function stringToSign(timestamp: string, scope: Scope, canonical: string): string {
  return [ALGORITHM, timestamp, scopeText(scope), sha256Hex(canonical)].join('\n')
}

/** 32 bytes. */
export function signingKey(secretKey: string, { date, region, service }: Scope): Uint8Array {
  const dateKey = hmac(`AWS4${secretKey}`, date)
  return hmac(hmac(hmac(dateKey, region), service), 'aws4_request')
}

export function sign(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Whether two signatures in hex are equal, in a time that does not depend on where they differ. */
export function equalSignatures(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest()
}

/** What the signatures of chunks continue from: the request's own, then each of the one before it. */
export interface ChunkSigning {
  readonly key: Uint8Array
  readonly timestamp: string
  readonly scope: Scope
  readonly seed: string
}

export function chunkSignature(
  signing: ChunkSigning,
  previous: string,
  sha256OfChunk: string,
): string {
  const text = [
    `${ALGORITHM}-PAYLOAD`,
    signing.timestamp,
    scopeText(signing.scope),
    previous,
    EMPTY_SHA256,
    sha256OfChunk,
  ].join('\n')
  return sign(signing.key, text)
}

/** `trailer`: its lines `name:value` with a line feed each, without the signature. */
export function trailerSignature(signing: ChunkSigning, previous: string, trailer: string): string {
  const text = [
    `${ALGORITHM}-TRAILER`,
    signing.timestamp,
    scopeText(signing.scope),
    previous,
    sha256Hex(trailer),
  ].join('\n')
  return sign(signing.key, text)
}
