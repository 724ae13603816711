/** A tracker on a SQLite file of its own, and peers that speak to it over HTTP as any client would. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToBase64Url, bytesToHex } from '@hamlet/core'
import type { LogFields, Logger, Signer } from '@hamlet/core'
import { signTrackerLogin } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'
import { configure } from '../src/configuration.ts'
import { serveTracker } from '../src/serve-tracker.ts'
import type { RunningTracker, ServeOptions } from '../src/serve-tracker.ts'

const crypto = createNodeCrypto()

export interface TestTracker extends AsyncDisposable {
  readonly tracker: RunningTracker
  readonly url: string
  readonly host: string
  /** What was logged as an error. */
  readonly errors: string[]
}

export async function startTestTracker(options: Partial<ServeOptions> = {}): Promise<TestTracker> {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-tracker-'))
  const errors: string[] = []
  const tracker = await serveTracker({
    ...configure(['--port', '0', '--data', folder, '--web', 'no'], {}),
    logger: collectErrors(errors),
    ...options,
  })
  return {
    tracker,
    errors,
    url: tracker.url,
    host: new URL(tracker.url).host,
    async [Symbol.asyncDispose]() {
      await tracker.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function collectErrors(errors: string[]): Logger {
  const note = (message: string, fields?: LogFields): void => {
    errors.push(`${message} ${JSON.stringify(fields)}`)
  }
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: note,
    forComponent: () => logger,
  }
  return logger
}

/** Anything, as `JSON.parse` gives it. */
export type Json = ReturnType<typeof JSON.parse>

export interface Answer<T = Json> {
  readonly status: number
  readonly body: T
  readonly headers: Headers
}

export async function call<T = Json>(
  url: string,
  method: string,
  path: string,
  options: { readonly token?: string; readonly body?: unknown } = {},
): Promise<Answer<T>> {
  const { token, body } = options
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : text) as T,
  }
}

/** A peer with a key of its own: `number` 1 to 255. */
export class TestPeer {
  readonly signer: Signer
  readonly id: string
  readonly #url: string
  token = ''

  constructor(url: string, number: number) {
    this.#url = url
    this.signer = crypto.signer(new Uint8Array(32).fill(number))
    this.id = bytesToHex(this.signer.publicKey)
  }

  async login(): Promise<this> {
    const asked = await this.call('POST', '/api/v2/login/challenge', { peer: this.id })
    assert.equal(asked.status, 200, JSON.stringify(asked.body))
    const { challenge } = asked.body as { challenge: string }
    const signature = this.sign('login', challenge)
    const answer = await this.call('POST', '/api/v2/login', { peer: this.id, challenge, signature })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    this.token = answer.body.token
    return this
  }

  sign(act: 'login' | 'renew', text: string, host = new URL(this.#url).host): string {
    return bytesToBase64Url(signTrackerLogin(this.signer, act, host, text))
  }

  call(method: string, path: string, body?: unknown): Promise<Answer> {
    const token = this.token === '' ? {} : { token: this.token }
    return call(this.#url, method, path, { ...token, body })
  }
}

export function topicOf(number: number): string {
  return number.toString(16).padStart(64, '0')
}

/** A complete holding of 1 MiB with one address. */
export function entryOf(number: number, more: object = {}) {
  const sizeBytes = 2 ** 20
  const addresses = ['/ip4/127.0.0.1/tcp/4001']
  return { topic: topicOf(number), sizeBytes, heldBytes: sizeBytes, addresses, ...more }
}
