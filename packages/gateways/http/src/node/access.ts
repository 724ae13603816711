/**
 * Who may call: the peer's own tokens, one-time login codes and the sessions made from them.
 *
 * The idea (`docs/security.md`, HTTP API, line 4): the file in the data directory holds a long-lived token for the
 * command line. A browser never sees it; it gets a code that works once within a minute, in the fragment of the URL
 * where no server and no log sees it, and exchanges it for a session that lives in the memory of both sides.
 *
 * Invariants:
 * 1. Secrets are kept and compared as SHA-256 hashes, every candidate being compared in constant time, so that
 *    neither a lookup nor a comparison tells how much of a guess was right.
 * 2. A code is gone after its first use, right or late.
 * 3. Failed attempts never slow down a token that is known: they have one bucket of their own.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { bytesToBase64Url } from '@hamlet/core'
import type { Clock, Random } from '@hamlet/core'

import type { TokenScope } from '../client.ts'
import { ApiError } from '../errors.ts'
import {
  AUTH_FAILURES_PER_MINUTE_MAX,
  FILE_REQUESTS_PER_SECOND_MAX,
  LOGIN_CODE_MS_MAX,
  LOGIN_CODES_MAX,
  REQUEST_BURST_MAX,
  REQUESTS_PER_SECOND_MAX,
  SESSION_IDLE_MS_MAX,
  SESSIONS_MAX,
  TOKEN_BYTES,
} from '../limits.ts'
import { RateLimit } from '../rate-limit.ts'
import type { Caller } from '../route.ts'

export interface AccessToken {
  /** 32 random bytes as base64url, 43 characters. */
  readonly token: string
  readonly scope: TokenScope
}

export interface Grant {
  readonly caller: Caller
  readonly rate: RateLimit
  /** Of requests that bring or take a file: a folder has many. */
  readonly fileRate: RateLimit
}

interface Entry extends Grant {
  readonly hash: Uint8Array
  readonly isSession: boolean
  usedAtMs: number
}

interface LoginCode {
  readonly hash: Uint8Array
  readonly scope: TokenScope
  readonly untilMs: number
}

export class Access {
  readonly #clock: Clock
  readonly #random: Random
  readonly #failures: RateLimit
  #entries: Entry[] = []
  #codes: LoginCode[] = []

  constructor(clock: Clock, random: Random, tokens: readonly AccessToken[]) {
    this.#clock = clock
    this.#random = random
    const perSecond = AUTH_FAILURES_PER_MINUTE_MAX / 60
    this.#failures = new RateLimit(clock, perSecond, AUTH_FAILURES_PER_MINUTE_MAX)
    this.setTokens(tokens)
  }

  /** Replaces every token and ends every session: rotation. */
  setTokens(tokens: readonly AccessToken[]): void {
    this.#codes = []
    this.#entries = tokens.map(({ token, scope }) => this.#entry(token, scope, false))
  }

  /** The caller a bearer token stands for, or `undefined`. */
  find(token: string): Grant | undefined {
    this.#expire()
    const entry = findByHash(this.#entries, sha256(token))
    if (entry !== undefined) entry.usedAtMs = this.#clock.monotonic()
    return entry
  }

  /** Whether the token this caller came with still counts. */
  isKnown(caller: Caller): boolean {
    return this.#entries.some((entry) => entry.caller === caller)
  }

  createLoginCode(scope: TokenScope): string {
    const code = this.#secret()
    const untilMs = this.#clock.monotonic() + LOGIN_CODE_MS_MAX
    this.#codes.push({ hash: sha256(code), scope, untilMs })
    if (this.#codes.length > LOGIN_CODES_MAX) this.#codes.shift()
    return code
  }

  /** @throws ApiError `LOGIN_CODE_REFUSED` */
  login(code: string): AccessToken {
    const found = findByHash(this.#codes, sha256(code))
    this.#codes = this.#codes.filter((candidate) => candidate !== found)
    if (found === undefined || this.#clock.monotonic() >= found.untilMs) {
      throw new ApiError('LOGIN_CODE_REFUSED', 'the login link was used or is too old', 401)
    }
    const token = this.#secret()
    this.#expire()
    this.#dropStalestSession()
    this.#entries.push(this.#entry(token, found.scope, true))
    return { token, scope: found.scope }
  }

  /** Counts a failed attempt: whether its answer must be delayed. */
  countFailure(): boolean {
    return this.#failures.take() > 0
  }

  #entry(token: string, scope: TokenScope, isSession: boolean): Entry {
    const hash = sha256(token)
    const logout = (): void => {
      this.#entries = this.#entries.filter((entry) => entry.hash !== hash)
    }
    return {
      hash,
      isSession,
      usedAtMs: this.#clock.monotonic(),
      caller: isSession ? { scope, logout } : { scope },
      rate: new RateLimit(this.#clock, REQUESTS_PER_SECOND_MAX, REQUEST_BURST_MAX),
      fileRate: new RateLimit(
        this.#clock,
        FILE_REQUESTS_PER_SECOND_MAX,
        FILE_REQUESTS_PER_SECOND_MAX,
      ),
    }
  }

  #expire(): void {
    const oldestMs = this.#clock.monotonic() - SESSION_IDLE_MS_MAX
    this.#entries = this.#entries.filter((entry) => !entry.isSession || entry.usedAtMs > oldestMs)
  }

  #dropStalestSession(): void {
    const sessions = this.#entries.filter((entry) => entry.isSession)
    if (sessions.length < SESSIONS_MAX) return
    const stalest = sessions.reduce((a, b) => (b.usedAtMs < a.usedAtMs ? b : a))
    this.#entries = this.#entries.filter((entry) => entry !== stalest)
  }

  #secret(): string {
    return bytesToBase64Url(this.#random.bytes(TOKEN_BYTES))
  }
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}

/** Looks at every item whatever is found. */
function findByHash<T extends { readonly hash: Uint8Array }>(
  items: readonly T[],
  hash: Uint8Array,
): T | undefined {
  let found: T | undefined
  for (const item of items) if (timingSafeEqual(item.hash, hash)) found = item
  return found
}
