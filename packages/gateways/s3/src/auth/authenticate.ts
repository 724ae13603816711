/**
 * Who sent a request: checks its signature, its time and its region before anything else is looked at.
 *
 * Invariants:
 * 1. There is no anonymous access: without a valid signature of a known key nothing is answered but an error.
 * 2. Every `x-amz-*` header that was sent is signed, so that nobody on the way adds a meaning.
 * 3. A signature counts for 15 minutes around its time, or, of a presigned address, until it expires.
 */

import type { CredentialStore, S3Credential } from '../credentials.ts'
import { S3Error } from '../errors.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { RequestTarget } from '../http/request-target.ts'
import { CLOCK_SKEW_MS_MAX } from '../limits.ts'
import { parseAuthorization } from './authorization.ts'
import type { Authorization } from './authorization.ts'
import { parsePayloadMode } from './payload-mode.ts'
import type { PayloadMode } from './payload-mode.ts'
import { canonicalRequests, equalSignatures, sign, signingKey, stringToSign } from './signature.ts'
import type { ChunkSigning } from './signature.ts'

export interface Authentication {
  readonly credential: S3Credential
  readonly payload: PayloadMode
  readonly signing: ChunkSigning
  readonly isPresigned: boolean
}

export interface AuthenticateOptions {
  readonly credentials: CredentialStore
  /** `undefined`: whatever region the client names. */
  readonly region: string | undefined
  readonly nowMs: number
}

export interface RequestFacts {
  readonly method: string
  readonly target: RequestTarget
  readonly headers: HeaderMap
}

/** @throws S3Error */
export async function authenticate(
  request: RequestFacts,
  options: AuthenticateOptions,
): Promise<Authentication> {
  const authorization = parseAuthorization(request.headers, request.target)
  if (authorization === undefined) throw new S3Error('AccessDenied')
  checkRegion(authorization, options.region)
  checkTime(authorization, options.nowMs)
  checkSignedHeaders(authorization, request.headers)
  const payloadText = payloadTextOf(authorization, request)
  const payload = parsePayloadMode(payloadText)
  const credential = await options.credentials.find(authorization.accessKeyId)
  if (credential === undefined) throw new S3Error('InvalidAccessKeyId')
  const key = signingKey(credential.secretKey, authorization.scope)
  checkSignature(request, authorization, payloadText, key)
  const { timestamp, scope, signature } = authorization
  const signing = { key, timestamp, scope, seed: signature }
  return { credential, payload, signing, isPresigned: authorization.kind === 'presigned' }
}

function checkRegion({ scope }: Authorization, region: string | undefined): void {
  if (region === undefined || scope.region === region) return
  throw new S3Error(
    'AuthorizationHeaderMalformed',
    `The region '${scope.region}' is wrong; expecting '${region}'`,
    { Region: region },
  )
}

function checkTime({ timeMs, expiresSeconds }: Authorization, nowMs: number): void {
  if (expiresSeconds === undefined) {
    if (Math.abs(nowMs - timeMs) <= CLOCK_SKEW_MS_MAX) return
    throw new S3Error('RequestTimeTooSkewed', undefined, {
      ServerTime: new Date(nowMs).toISOString(),
      MaxAllowedSkewMilliseconds: String(CLOCK_SKEW_MS_MAX),
    })
  }
  if (timeMs > nowMs + CLOCK_SKEW_MS_MAX) {
    throw new S3Error('AccessDenied', 'Request is not yet valid')
  }
  if (nowMs > timeMs + 1000 * expiresSeconds) {
    throw new S3Error('AccessDenied', 'Request has expired')
  }
}

function checkSignedHeaders({ signedHeaders }: Authorization, headers: HeaderMap): void {
  const signed = new Set(signedHeaders)
  for (const name of headers.keys()) {
    if (!name.startsWith('x-amz-') || signed.has(name)) continue
    throw new S3Error(
      'AccessDenied',
      'There were headers present in the request which were not signed',
      {
        HeadersNotSigned: name,
      },
    )
  }
}

function payloadTextOf({ kind }: Authorization, { headers, target }: RequestFacts): string {
  const value =
    headers.get('x-amz-content-sha256') ??
    (kind === 'presigned'
      ? (target.query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD')
      : undefined)
  if (value !== undefined) return value
  throw new S3Error(
    'InvalidRequest',
    'Missing required header for this request: x-amz-content-sha256',
  )
}

function checkSignature(
  { method, target, headers }: RequestFacts,
  { scope, timestamp, signedHeaders, signature }: Authorization,
  payloadHash: string,
  key: Uint8Array,
): void {
  const { rawPath, rawQuery } = target
  const parts = { method, rawPath, rawQuery, headers, signedHeaders, payloadHash }
  let isRight = false
  for (const canonical of canonicalRequests(parts)) {
    const expected = sign(key, stringToSign(timestamp, scope, canonical))
    isRight = equalSignatures(expected, signature) || isRight
  }
  if (!isRight) throw new S3Error('SignatureDoesNotMatch')
}
