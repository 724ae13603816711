/** What libp2p threw, as a NetworkError: its classes lose their names on the way through its upgrader and dialer. */

import { NetworkError } from '../errors.ts'

export function asDialError(cause: unknown, device: string): NetworkError {
  if (cause instanceof NetworkError) return cause
  const all = flatten(cause)
  const options = { cause, fields: { device } }
  if (all.some(({ message }) => /unexpected peer|expected peer/i.test(message))) {
    const message = 'another device answers at this address'
    return new NetworkError('NETWORK_WRONG_PEER', message, options)
  }
  if (all.some(({ name }) => name === 'AbortError')) {
    return new NetworkError('NETWORK_ABORTED', 'the dial was aborted', options)
  }
  const reason = all.map(({ message }) => message).join('; ')
  const message = `the device cannot be reached: ${reason.slice(0, 500)}`
  return new NetworkError('NETWORK_UNREACHABLE', message, options)
}

export function asListenError(cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  const address = /EADDRINUSE: address already in use (\S+)/.exec(text)?.[1]
  if (address !== undefined) {
    const message = `the address ${address} is already in use`
    return new NetworkError('NETWORK_PORT_TAKEN', message, { cause, fields: { address } })
  }
  const reason = /\b(E[A-Z]{3,}: [^\n]+)/.exec(text)?.[1] ?? text.split('\n')[0]!
  return new NetworkError('NETWORK_LISTEN_FAILED', `cannot listen: ${reason}`, { cause })
}

function flatten(error: unknown): readonly Error[] {
  if (error instanceof AggregateError) return error.errors.flatMap(flatten)
  return [error instanceof Error ? error : new Error(String(error))]
}
