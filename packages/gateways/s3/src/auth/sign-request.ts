/** The client's side of Signature Version 4: signs a request by its headers, or an address that anybody may then use for a while. */

import { createHash } from 'node:crypto'
import type { S3Credential } from '../credentials.ts'
import { uriEncode } from '../http/uri-encoding.ts'
import {
  ALGORITHM,
  canonicalRequests,
  scopeText,
  sign,
  signingKey,
  stringToSign,
} from './signature.ts'
import type { Scope } from './signature.ts'
import { formatTimestamp } from './timestamp.ts'

export interface UnsignedRequest {
  /** @default GET */
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** Of the body, or the name of a mode. @default the SHA-256 of `body` */
  readonly contentSha256?: string
}

export interface SignOptions {
  readonly credential: S3Credential
  readonly nowMs: number
  /** @default us-east-1 */
  readonly region?: string
}

/** The headers to send, those given included, without `host`, which follows from the address. */
export function signRequest(
  request: UnsignedRequest,
  options: SignOptions,
): Readonly<Record<string, string>> {
  const timestamp = formatTimestamp(options.nowMs)
  const contentSha256 =
    request.contentSha256 ??
    createHash('sha256')
      .update(request.body ?? '')
      .digest('hex')
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': contentSha256,
    'x-amz-date': timestamp,
  }
  const { scope, signedHeaders, signature } = signParts(request, options, headers, contentSha256)
  const credential = `${options.credential.accessKeyId}/${scopeText(scope)}`
  headers['authorization'] =
    `${ALGORITHM} Credential=${credential},SignedHeaders=${signedHeaders.join(';')},Signature=${signature}`
  return headers
}

/** The address with its signature in the query. */
export function presignUrl(
  request: UnsignedRequest,
  options: SignOptions & { readonly expiresSeconds: number },
): string {
  const scope = scopeOf(options)
  const names = ['host', ...Object.keys(request.headers ?? {}).map((name) => name.toLowerCase())]
  const parameters: readonly (readonly [string, string])[] = [
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${options.credential.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', formatTimestamp(options.nowMs)],
    ['X-Amz-Expires', String(options.expiresSeconds)],
    ['X-Amz-SignedHeaders', names.sort().join(';')],
  ]
  const added = parameters.map(([name, value]) => `${name}=${uriEncode(value)}`).join('&')
  const url = `${request.url}${request.url.includes('?') ? '&' : '?'}${added}`
  const { signature } = signParts(
    { ...request, url },
    options,
    request.headers ?? {},
    request.contentSha256 ?? 'UNSIGNED-PAYLOAD',
  )
  return `${url}&X-Amz-Signature=${signature}`
}

function signParts(
  request: UnsignedRequest,
  options: SignOptions,
  headers: Readonly<Record<string, string>>,
  payloadHash: string,
): {
  readonly scope: Scope
  readonly signedHeaders: readonly string[]
  readonly signature: string
} {
  const [, host = '', target = '/'] = /^[a-z]+:\/\/([^/?]+)(.*)$/i.exec(request.url) ?? []
  const [rawPath = '/', rawQuery = ''] = target.split(/\?(.*)/s)
  const map = new Map([['host', host]])
  for (const [name, value] of Object.entries(headers)) map.set(name.toLowerCase(), value)
  const signedHeaders = [...map.keys()].sort()
  const parts = { method: request.method ?? 'GET', rawPath: rawPath || '/', rawQuery }
  const [canonical = ''] = canonicalRequests({ ...parts, headers: map, signedHeaders, payloadHash })
  const scope = scopeOf(options)
  const text = stringToSign(formatTimestamp(options.nowMs), scope, canonical)
  const signature = sign(signingKey(options.credential.secretKey, scope), text)
  return { scope, signedHeaders, signature }
}

function scopeOf({ nowMs, region = 'us-east-1' }: SignOptions): Scope {
  return { date: formatTimestamp(nowMs).slice(0, 8), region, service: 's3' }
}
