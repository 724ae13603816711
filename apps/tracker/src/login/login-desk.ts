/** Everybody's way in: peers with their key, people and PeerNet peers with a password. */

import { randomUUID } from 'node:crypto'
import { base64UrlToBytes, hexToBytes } from '@hamlet/core'
import type { Clock, Crypto } from '@hamlet/core'
import { verifyTrackerLogin } from '@hamlet/identity'

import type { AccountStore } from '../data/account-store.ts'
import { TrackerError } from '../errors.ts'
import { rateLimited } from '../http/item-limit.ts'
import { RateLimits } from '../http/rate-limits.ts'
import { ACCOUNT_FAILURE_BURST_MAX, ACCOUNT_FAILURES_PER_MINUTE_MAX } from '../limits.ts'
import type { Challenge, Challenges } from './challenges.ts'
import type { Passwords } from './passwords.ts'
import type { SpentIds } from './spent-ids.ts'
import type { Caller, GrantedToken, Tokens } from './tokens.ts'

export interface LoginParts {
  readonly accounts: AccountStore
  readonly challenges: Challenges
  readonly passwords: Passwords
  readonly spent: SpentIds
  readonly tokens: Tokens
  readonly clock: Clock
  readonly crypto: Crypto
  readonly isRegistrationOpen: boolean
}

const SIGNATURE_BYTES = 64

export class LoginDesk {
  readonly #parts: LoginParts
  readonly #failures: RateLimits

  constructor(parts: LoginParts) {
    this.#parts = parts
    const perSecond = ACCOUNT_FAILURES_PER_MINUTE_MAX / 60
    this.#failures = new RateLimits(parts.clock, perSecond, ACCOUNT_FAILURE_BURST_MAX)
  }

  challenge(peer: string): Promise<Challenge> {
    return this.#parts.challenges.create(peer)
  }

  /** @throws TrackerError `CHALLENGE_REFUSED`, `LOGIN_SIGNATURE_REFUSED` */
  async login(
    peer: string,
    challenge: string,
    signature: string,
    host: string,
  ): Promise<GrantedToken> {
    const { accounts, challenges, clock, spent, tokens } = this.#parts
    const opened = await challenges.open(challenge, peer)
    if (opened === undefined) throw challengeRefused()
    this.#requireSignature(peer, signature, { act: 'login', host, challenge })
    // Spent only now, or whoever overhears a challenge could use it up.
    if (!(await spent.spend(`c${opened.id}`, opened.expiresAtMs))) throw challengeRefused()
    await accounts.seePeer(peer, clock.wall())
    return tokens.grant('peer', peer)
  }

  /** @throws TrackerError `LOGIN_SIGNATURE_REFUSED`, `SESSION_ENDED`, `TOKEN_REFUSED` */
  async renew(
    caller: Caller,
    token: string,
    signature: string | undefined,
    host: string,
  ): Promise<GrantedToken> {
    if (caller.kind === 'peer') {
      this.#requireSignature(caller.id, signature ?? '', { act: 'renew', host, challenge: token })
    }
    return this.#parts.tokens.renew(caller)
  }

  logout(caller: Caller): Promise<boolean> {
    return this.#parts.tokens.end(caller)
  }

  /** @throws TrackerError `PASSWORD_REFUSED`, `TRACKER_BUSY`; ApiError `RATE_LIMITED` */
  async loginWithPassword(
    name: string,
    password: string,
  ): Promise<GrantedToken & { readonly id: string }> {
    const { accounts, clock, passwords, tokens } = this.#parts
    this.#requireFewFailures(name)
    const account = await accounts.find(name)
    const { isRight, rehashed } = await passwords.judge(password, account?.password_hash)
    if (!isRight || account === undefined) {
      this.#failures.take(name)
      throw new TrackerError('PASSWORD_REFUSED', 'the name or the password is wrong')
    }
    await accounts.noteLogin(account.id, clock.wall(), rehashed)
    return { ...(await tokens.grant('account', account.id)), id: account.id }
  }

  /** @throws TrackerError `REGISTRATION_CLOSED`, `ACCOUNT_NAME_TAKEN`, `TRACKER_BUSY` */
  async register(
    name: string,
    password: string,
    options: { readonly isPeer: boolean },
  ): Promise<GrantedToken & { readonly id: string }> {
    const { accounts, clock, isRegistrationOpen, passwords, tokens } = this.#parts
    if (!isRegistrationOpen) {
      throw new TrackerError('REGISTRATION_CLOSED', 'ask whoever runs this tracker for an account')
    }
    const id = randomUUID()
    const account = {
      id,
      name,
      password_hash: await passwords.hash(password),
      created_at_ms: clock.wall(),
      logged_in_at_ms: clock.wall(),
    }
    if (!(await accounts.create(account, options))) {
      throw new TrackerError('ACCOUNT_NAME_TAKEN', 'this name has an account already')
    }
    return { ...(await tokens.grant('account', id)), id }
  }

  #requireSignature(
    peer: string,
    signature: string,
    login: { readonly act: 'login' | 'renew'; readonly host: string; readonly challenge: string },
  ): void {
    const bytes = base64UrlToBytes(signature)
    const { crypto } = this.#parts
    if (
      bytes?.length === SIGNATURE_BYTES &&
      verifyTrackerLogin(crypto, hexToBytes(peer), login, bytes)
    ) {
      return
    }
    const message = `expected the signature of the key over this challenge and the host ${login.host}`
    throw new TrackerError('LOGIN_SIGNATURE_REFUSED', message)
  }

  /** Guessing at one account from many addresses gets slower for the account, before anything is hashed. */
  #requireFewFailures(name: string): void {
    const retryAfterMs = this.#failures.wait(name)
    if (retryAfterMs > 0) throw rateLimited(retryAfterMs)
  }
}

function challengeRefused(): TrackerError {
  return new TrackerError(
    'CHALLENGE_REFUSED',
    'expected a challenge of this tracker for this key, not answered before and not older than a minute',
  )
}
