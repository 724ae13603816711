/**
 * Asking web services: what a peer needs of HTTP, as a port, so that the same peer runs in Node, in a browser tab and in tests.
 *
 * Invariants of an implementation:
 * 1. Redirects are not followed: their answer is the answer.
 * 2. Where only public hosts may be asked, the host is resolved once, checked, and connected to as it was checked.
 * 3. It rejects when no whole answer of at most `bytesMax` came within `timeoutMs`, or the signal aborted.
 */

export interface WebRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Of the answer. */
  readonly bytesMax: number
  /** From the beginning to the end of the answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Hosts in public networks alone, unless whoever runs the peer allows others: for addresses that somebody else named. */
  readonly isPublicOnly?: boolean
  /** More of the same host will be asked: the connection may be used again. */
  readonly isKeptOpen?: boolean
}

export interface WebAnswer {
  readonly status: number
  readonly body: Uint8Array
}

export type WebPort = (request: WebRequest) => Promise<WebAnswer>

/** Of a peer that asks no web services. */
export async function askNobody(): Promise<never> {
  throw new Error('this peer asks no web services')
}
