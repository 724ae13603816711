/** Where a request comes from and whom it asked for. */

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** `host` or `host:port` as a `Host` header has them: what is configured, and loopback with the port. */
export function ownHosts(port: number, names: readonly string[]): ReadonlySet<string> {
  const loopback = ['127.0.0.1', 'localhost', '[::1]']
  return new Set([
    ...loopback.map((name) => `${name}:${port}`),
    // Clients leave the default port out.
    ...(port === 80 || port === 443 ? loopback : []),
    ...names,
  ])
}

/**
 * The client's address. A trusted proxy appends the address it was asked from, so only the last one counts: what stands
 * before it is what the client wrote.
 */
export function clientAddress(request: IncomingMessage, trustsProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? ''
  if (!trustsProxy) return direct
  const last = request.headersDistinct['x-forwarded-for']?.at(-1)?.split(',').at(-1)?.trim() ?? ''
  return isIP(last) === 0 ? direct : last
}
