/**
 * Tokens: JWTs of at most fifteen minutes (RFC 7519, judged as RFC 8725 asks).
 *
 *     header   alg EdDSA, kid, typ `at+jwt`; nothing else
 *     payload  iss, aud, sub, iat, nbf, exp, jti, auth_time, kind; of a peer `cnf`, the key it has proven (RFC 7800)
 *
 * Invariants:
 * 1. A token is renewed once and ends by that; its `jti` is spent, as it is by logging out. Spent ids are kept by the
 *    database until the token's end; a process may take one of another process for good for `SPENT_STALE_MS_MAX`.
 * 2. A peer renews with a signature of the key in `cnf`, so a stolen token ends within its fifteen minutes.
 * 3. A person's tokens are renewed for `SESSION_MS_MAX` after the password was given.
 */

import { importJWK, SignJWT } from 'jose'
import { bytesToBase64Url, bytesToHex, decodeUtf8, base64UrlToBytes } from '@hamlet/core'
import type { Clock, Random } from '@hamlet/core'

import { TrackerError } from '../errors.ts'
import { SESSION_MS_MAX, TOKEN_MS_MAX } from '../limits.ts'
import { isKeyId, readJwsHeader, verifyJws } from './jws.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { SpentIds } from './spent-ids.ts'

/** `peer`: a device that has proven its key. `account`: a person, or a PeerNet peer, that has given a password. */
export type CallerKind = 'peer' | 'account'

export interface Caller {
  readonly kind: CallerKind
  /** 64 hex digits of the device's key, or the id of the account. */
  readonly id: string
  readonly tokenId: string
  readonly authenticatedAtMs: number
  readonly expiresAtMs: number
}

export interface GrantedToken {
  readonly token: string
  readonly expiresAtMs: number
}

export interface TokenPorts {
  readonly keys: SigningKeys
  readonly spent: SpentIds
  readonly clock: Clock
  readonly random: Random
}

const ISSUER = 'hamlet-tracker'
const AUDIENCE = 'hamlet-tracker-api'
const TYPE = 'at+jwt'
/** Clocks of processes that share a database may differ by this. */
const SKEW_MS = 5000

export class Tokens {
  readonly #ports: TokenPorts

  constructor(ports: TokenPorts) {
    this.#ports = ports
  }

  async grant(kind: CallerKind, id: string, authenticatedAtMs?: number): Promise<GrantedToken> {
    const { keys, clock, random } = this.#ports
    const key = await keys.current()
    const seconds = Math.floor(clock.wall() / 1000)
    const endSeconds = seconds + TOKEN_MS_MAX / 1000
    const claims = {
      kind,
      auth_time: Math.floor((authenticatedAtMs ?? clock.wall()) / 1000),
      ...(kind === 'peer' ? { cnf: { jwk: confirmationKey(id) } } : {}),
    }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: key.id, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(id)
      .setIssuedAt(seconds)
      .setNotBefore(seconds)
      .setExpirationTime(endSeconds)
      .setJti(bytesToHex(random.bytes(16)))
      .sign(await importJWK(key.privateKey, 'EdDSA'))
    return { token, expiresAtMs: endSeconds * 1000 }
  }

  /** @throws TrackerError `TOKEN_REFUSED`, `TOKEN_EXPIRED` */
  async verify(token: string): Promise<Caller> {
    const caller = readClaims(await this.#payloadOf(token))
    const nowMs = this.#ports.clock.wall()
    if (caller === undefined || caller.startsAtMs > nowMs + SKEW_MS) throw refused()
    if (caller.expiresAtMs <= nowMs) {
      throw new TrackerError('TOKEN_EXPIRED', 'this token is too old; log in again')
    }
    if (await this.#ports.spent.isSpent(caller.tokenId)) throw refused()
    return caller
  }

  /** A new token for a good one, which ends. @throws TrackerError `TOKEN_REFUSED`, `SESSION_ENDED` */
  async renew(caller: Caller): Promise<GrantedToken> {
    const { clock } = this.#ports
    const sinceMs = clock.wall() - caller.authenticatedAtMs
    if (caller.kind === 'account' && sinceMs >= SESSION_MS_MAX) {
      throw new TrackerError('SESSION_ENDED', 'the password is needed again')
    }
    if (!(await this.end(caller))) throw refused()
    const isPeer = caller.kind === 'peer'
    return this.grant(caller.kind, caller.id, isPeer ? undefined : caller.authenticatedAtMs)
  }

  /** Whether this was what ended the token. */
  async end(caller: Caller): Promise<boolean> {
    return this.#ports.spent.spend(caller.tokenId, caller.expiresAtMs)
  }

  async #payloadOf(token: string): Promise<Uint8Array> {
    const header = readJwsHeader(token)
    if (header === undefined || header.typ !== TYPE || !isKeyId(header.kid)) throw refused()
    const key = await this.#ports.keys.find(header.kid)
    const payload = key === undefined ? undefined : await verifyJws(token, key.publicKey)
    if (payload === undefined) throw refused()
    return payload
  }
}

function refused(): TrackerError {
  return new TrackerError('TOKEN_REFUSED', 'this token is not good here')
}

/** RFC 8037. */
function confirmationKey(peer: string): object {
  return { kty: 'OKP', crv: 'Ed25519', x: bytesToBase64Url(Buffer.from(peer, 'hex')) }
}

/** Every claim is judged, though the signature is ours: a token of another version must not slip through. */
function readClaims(payload: Uint8Array): (Caller & { readonly startsAtMs: number }) | undefined {
  const claims = parseObject(payload)
  if (claims === undefined || claims['iss'] !== ISSUER || claims['aud'] !== AUDIENCE)
    return undefined
  const { sub, kind, jti, exp, nbf, iat, auth_time: authTime, cnf } = claims
  if (typeof sub !== 'string' || typeof jti !== 'string') return undefined
  if (kind !== 'peer' && kind !== 'account') return undefined
  if (!isSeconds(exp) || !isSeconds(nbf) || !isSeconds(iat) || !isSeconds(authTime))
    return undefined
  if (exp - iat > TOKEN_MS_MAX / 1000) return undefined
  if (kind === 'peer' && confirmedPeer(cnf) !== sub) return undefined
  return {
    kind,
    id: sub,
    tokenId: jti,
    startsAtMs: nbf * 1000,
    authenticatedAtMs: authTime * 1000,
    expiresAtMs: exp * 1000,
  }
}

function confirmedPeer(cnf: unknown): string | undefined {
  const x = (cnf as { jwk?: { x?: unknown } } | undefined)?.jwk?.x
  const bytes = typeof x === 'string' ? base64UrlToBytes(x) : undefined
  return bytes === undefined ? undefined : bytesToHex(bytes)
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function parseObject(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    return JSON.parse(decodeUtf8(payload) ?? '') as Record<string, unknown>
  } catch {
    return undefined
  }
}
