/**
 * Speaking to one tracker: logged in as this device, one request at a time.
 *
 * The idea: a token is taken when something is asked for, renewed while it is good, and got anew by a signed challenge when it is
 * not, or when the tracker says so. A tracker that fails is left alone for a while, longer each time; whoever asks meanwhile
 * is told at once.
 *
 * Invariant: what is signed names the host of this tracker, so nobody it passes a challenge on from can use the answer.
 */

import { bytesToBase64Url, errorCode } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import type { KnownTracker } from '@hamlet/http/api'
import { signTrackerLogin } from '@hamlet/identity'
import type { TrackerLoginAct } from '@hamlet/identity'
import { PeerError } from '../errors.ts'
import type { PeerIdentity } from '../peer-identity.ts'
import type { WebAnswer, WebPort } from '../web-port.ts'
import {
  decodeTrackerChallenge,
  decodeTrackerError,
  decodeTrackerToken,
  TRACKER_ANSWER_BYTES_MAX,
} from './tracker-wire.ts'

/** One answer of a tracker. */
export const TRACKER_ASK_MS_MAX = 10_000
/** How long a tracker that failed is left alone; twice as long each time. */
export const TRACKER_WAIT_MS_MIN = 5_000
export const TRACKER_WAIT_MS_MAX = 600_000

/** A token is not used in the last part of its life. */
const TOKEN_SPARE_MS = 60_000
/** Whatever a clock says. */
const TOKEN_MS_MIN = 120_000
const TOKEN_MS_MAX = 900_000

const UNAUTHORIZED = 401
const NOT_FOUND = 404
const OK_MAX = 299
const OK_MIN = 200

export interface TrackerLineParts {
  readonly clock: Clock
  readonly identity: PeerIdentity
  readonly web: WebPort
  readonly signal: AbortSignal
}

export class TrackerLine {
  readonly origin: string
  readonly #parts: TrackerLineParts
  #token: { readonly text: string; readonly untilMs: number } | undefined
  #state: KnownTracker['state'] = 'unknown'
  #reason: string | undefined
  #checkedAtMs: number | undefined
  #failures = 0
  #restsUntilMs = Number.NEGATIVE_INFINITY
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: TrackerLineParts, origin: string) {
    this.#parts = parts
    this.origin = origin
  }

  status(announced: number): KnownTracker {
    const [checkedAtMs, reason] = [this.#checkedAtMs, this.#reason]
    return {
      ...{ url: this.origin, state: this.#state, announced },
      ...(checkedAtMs === undefined ? {} : { checkedAtMs }),
      ...(reason === undefined ? {} : { reason }),
    }
  }

  get isResting(): boolean {
    return this.#parts.clock.monotonic() < this.#restsUntilMs
  }

  /** Asks again, however often it failed. */
  wake(): void {
    this.#restsUntilMs = Number.NEGATIVE_INFINITY
  }

  /** Logs in anew, to see whether it lets this device in. Never rejects. */
  async check(): Promise<void> {
    this.#token = undefined
    await this.#inTurn(() => this.#guarded(() => this.#currentToken())).catch(() => undefined)
  }

  /** @throws PeerError `TRACKER_FAILED`; `undefined`: it knows nothing of what was asked. */
  async ask<T>(
    path: string,
    body: unknown,
    decode: (bytes: Uint8Array) => T | undefined,
  ): Promise<T | undefined> {
    return await this.#inTurn(() =>
      this.#guarded(async () => {
        const answer = await this.#askLoggedIn(path, body)
        if (answer.status === NOT_FOUND) return undefined
        return take(answer, decode)
      }),
    )
  }

  async #askLoggedIn(path: string, body: unknown): Promise<WebAnswer> {
    const answer = await this.#send(path, body, await this.#currentToken())
    if (answer.status !== UNAUTHORIZED) return answer
    // It was ended, or the tracker has other keys by now.
    this.#token = undefined
    return await this.#send(path, body, await this.#currentToken())
  }

  async #currentToken(): Promise<string> {
    const nowMs = this.#parts.clock.monotonic()
    const known = this.#token
    if (known !== undefined && nowMs < known.untilMs - TOKEN_SPARE_MS) return known.text
    this.#token = undefined
    if (known !== undefined && nowMs < known.untilMs) {
      const signature = this.#sign('renew', known.text)
      const renewed = await this.#send('/api/v2/login/renew', { signature }, known.text)
      if (isOk(renewed)) return this.#keep(renewed)
    }
    const peer = this.#parts.identity.current.device
    const asked = await this.#send('/api/v2/login/challenge', { peer })
    const challenge = take(asked, decodeTrackerChallenge)
    const signature = this.#sign('login', challenge)
    return this.#keep(await this.#send('/api/v2/login', { peer, challenge, signature }))
  }

  #keep(answer: WebAnswer): string {
    const { token, expiresAtMs } = take(answer, decodeTrackerToken)
    const { clock } = this.#parts
    const lifeMs = Math.min(Math.max(expiresAtMs - clock.wall(), TOKEN_MS_MIN), TOKEN_MS_MAX)
    this.#token = { text: token, untilMs: clock.monotonic() + lifeMs }
    return token
  }

  #sign(act: TrackerLoginAct, text: string): string {
    const { host } = new URL(this.origin)
    const { deviceSigner } = this.#parts.identity.current
    return bytesToBase64Url(signTrackerLogin(deviceSigner, act, host, text))
  }

  #send(path: string, body: unknown, token?: string): Promise<WebAnswer> {
    const { web, signal } = this.#parts
    return web({
      method: body === undefined ? 'GET' : 'POST',
      url: this.origin + path,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      bytesMax: TRACKER_ANSWER_BYTES_MAX,
      timeoutMs: TRACKER_ASK_MS_MAX,
      signal,
    })
  }

  /** Keeps account of how the tracker does. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    const { clock, signal } = this.#parts
    signal.throwIfAborted()
    if (this.isResting) throw failed(this.#reason ?? 'TRACKER_UNREACHABLE')
    try {
      const result = await work()
      this.#checkedAtMs = clock.wall()
      ;[this.#state, this.#reason, this.#failures] = ['working', undefined, 0]
      return result
    } catch (error) {
      signal.throwIfAborted()
      const reason = errorCode(error) === 'TRACKER_FAILED' ? reasonOf(error) : 'TRACKER_UNREACHABLE'
      const waitMs = Math.min(TRACKER_WAIT_MS_MIN * 2 ** this.#failures++, TRACKER_WAIT_MS_MAX)
      this.#restsUntilMs = clock.monotonic() + waitMs
      this.#checkedAtMs = clock.wall()
      ;[this.#state, this.#reason] = ['failed', reason]
      throw failed(reason, error)
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return await done
  }
}

function isOk({ status }: WebAnswer): boolean {
  return status >= OK_MIN && status <= OK_MAX
}

function take<T>(answer: WebAnswer, decode: (bytes: Uint8Array) => T | undefined): T {
  if (!isOk(answer)) throw failed(decodeTrackerError(answer.body) ?? `HTTP_${answer.status}`)
  const value = decode(answer.body)
  if (value === undefined) throw failed('TRACKER_MALFORMED')
  return value
}

function failed(reason: string, cause?: unknown): PeerError {
  return new PeerError('TRACKER_FAILED', `The tracker did not do it: ${reason}.`, {
    fields: { reason },
    cause,
  })
}

function reasonOf(error: unknown): string {
  return String((error as PeerError).fields['reason'])
}
