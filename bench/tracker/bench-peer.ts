/** A client of the tracker under measurement. */

import { TestPeer } from '../../apps/tracker/test/_tracker.ts'
import { check } from '../_support/measure.ts'

/** A peer with an address of its own, as a proxy would tell it. */
export class BenchPeer {
  readonly number: number
  readonly #url: string
  readonly #peer: TestPeer

  constructor(url: string, number: number) {
    this.number = number
    this.#url = url
    this.#peer = new TestPeer(url, number)
  }

  async login(): Promise<void> {
    await this.#peer.login()
  }

  /** The answer, which has to be 200. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#peer.token}`,
        'content-type': 'application/json',
        'x-forwarded-for': `198.51.100.${this.number}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    check(response.status === 200, `${method} ${path} gave ${response.status}`)
    return (await response.json()) as T
  }

  async announce(topics: readonly string[], first: number, count: number): Promise<void> {
    const entries = Array.from({ length: count }, (_, index) => ({
      topic: topics[(first + index) % topics.length]!,
      ...{ sizeBytes: 1000, heldBytes: 1000, addresses: ['/ip4/203.0.113.9/tcp/4001'] },
    }))
    const path = '/api/v2/announce'
    const { refused } = await this.call<{ refused: object[] }>('POST', path, { entries })
    check(refused.length === 0, 'an announcement')
  }
}
