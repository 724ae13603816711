/**
 * Signed text in JWS compact form (RFC 7515), judged as RFC 8725 asks.
 *
 * Invariants:
 * 1. The algorithm follows from the key. A header may repeat it, never choose it: `none` and the confusion of a public
 *    key with a secret have no way in.
 * 2. A header names no keys: one with `jwk`, `jku`, `x5u`, `x5c` or `crit` is refused before anything is verified.
 * 3. Three parts of canonical base64url; JSON serialisation, padding and unused bits that are set are refused.
 */

import { compactVerify, importJWK } from 'jose'
import type { JWK } from 'jose'
import { base64UrlToBytes, decodeUtf8 } from '@hamlet/core'

import { TOKEN_LENGTH_MAX } from '../limits.ts'

export interface JwsHeader {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
}

/** Only the payload may be empty. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/
const REFUSED_HEADERS = ['jku', 'x5u', 'jwk', 'x5c', 'x5t', 'crit', 'b64', 'zip']

/** The header, or `undefined` when the text has not the form that is verified at all. */
export function readJwsHeader(jws: string, lengthMax = TOKEN_LENGTH_MAX): JwsHeader | undefined {
  if (jws.length > lengthMax) return undefined
  if (!COMPACT.test(jws)) return undefined
  const parts = jws.split('.')
  if (parts.some((part) => base64UrlToBytes(part) === undefined)) return undefined
  const header = readJson(parts[0]!)
  if (header === undefined || REFUSED_HEADERS.some((name) => Object.hasOwn(header, name))) {
    return undefined
  }
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || alg === 'none') return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  if (typ !== undefined && typeof typ !== 'string') return undefined
  return { alg, ...(kid === undefined ? {} : { kid }), ...(typ === undefined ? {} : { typ }) }
}

/** Whether a header's `kid` may be looked up at all. */
export function isKeyId(kid: string | undefined): kid is string {
  return kid !== undefined && KEY_ID.test(kid)
}

/** The payload when the signature is `key`'s, made by the algorithm that is `key`'s; else `undefined`. */
export async function verifyJws(
  jws: string,
  key: JWK,
  lengthMax = TOKEN_LENGTH_MAX,
): Promise<Uint8Array | undefined> {
  const header = readJwsHeader(jws, lengthMax)
  const algorithm = key.alg ?? algorithmOf(key)
  if (header === undefined || algorithm === undefined || header.alg !== algorithm) return undefined
  if (!isForVerifying(key)) return undefined
  try {
    const imported = await importOnce(key, algorithm)
    const { payload } = await compactVerify(jws, imported, { algorithms: [algorithm] })
    return payload
  } catch {
    return undefined
  }
}

const imports = new WeakMap<JWK, ReturnType<typeof importJWK>>()

/** Importing costs more than verifying, and every request comes with a signature of the same key. */
function importOnce(key: JWK, algorithm: string): ReturnType<typeof importJWK> {
  const known = imports.get(key)
  if (known !== undefined) return known
  const imported = importJWK(key, algorithm)
  imports.set(key, imported)
  return imported
}

function isForVerifying({ use, key_ops: operations }: JWK): boolean {
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || operations.includes('verify')
}

/** Of keys of which only one algorithm can be meant. */
function algorithmOf({ kty, crv }: JWK): string | undefined {
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  if (kty !== 'EC') return undefined
  return { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }[crv ?? '']
}

export function readJson(part: string): Record<string, unknown> | undefined {
  try {
    const bytes = base64UrlToBytes(part)
    const text = bytes === undefined ? undefined : decodeUtf8(bytes)
    if (text === undefined) return undefined
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
