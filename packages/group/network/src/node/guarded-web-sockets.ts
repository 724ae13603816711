/**
 * libp2p's WebSocket transport, made to end.
 *
 * What it does wrong (`@libp2p/websockets` 10): its `abort` closes with status 1006, which every WebSocket refuses to send,
 * so nothing is closed at all; an aborted dial leaves its socket connecting; a failed handshake leaves it open; and an
 * accepted WebSocket has no listener for errors, so that one frame against the rules ends the process. A peer that stops
 * would wait for sockets to a peer that is frozen or cut off, for minutes.
 *
 * So dialing uses `ws`, as the listener does: unlike Node's own WebSocket it can be destroyed. And both ends of a
 * connection are given ways of closing that do.
 *
 * Invariants:
 * 1. Whatever ends a connection, its socket is destroyed: at once when it is aborted or breaks the rules, after a
 *    handshake or the caller's patience when it is closed.
 * 2. A dial that does not become a connection leaves nothing.
 */

import { once } from 'node:events'
import { HANDSHAKE_MS_MAX } from '@hamlet/core'
import { webSockets } from '@libp2p/websockets'
import { WebSocket } from 'ws'
import { STREAM_WINDOW_BYTES_MAX } from '../limits.ts'
import { ownListeners } from './owned-listeners.ts'
import type { AbortOptions, MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import type { WebSocketsComponents } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Nobody has more in flight than a window; data that is encrypted cannot be compressed. */
const CLIENT_OPTIONS = {
  perMessageDeflate: false,
  followRedirects: false,
  maxPayload: STREAM_WINDOW_BYTES_MAX,
}

/** What of the transport is used beyond its interface. */
interface StockTransport extends Transport {
  _connect(address: Multiaddr, options: Required<AbortOptions>): Promise<WebSocket>
}

interface WebSocketConnection extends MultiaddrConnection {
  readonly websocket: WebSocket
  sendClose(options?: AbortOptions): Promise<void>
  sendReset(error: Error): void
}

export function guardedWebSockets(): (components: WebSocketsComponents) => Transport {
  return (components) => {
    const transport = webSockets()(components) as StockTransport
    transport._connect = openWebSocket
    const dial = transport.dial.bind(transport)
    transport.dial = (address, options) =>
      dial(address, { ...options, upgrader: guardUpgrader(options.upgrader) })
    const createListener = transport.createListener.bind(transport)
    transport.createListener = (options) =>
      createListener({ ...options, upgrader: guardUpgrader(options.upgrader) })
    return ownListeners(transport, HANDSHAKE_MS_MAX)
  }
}

async function openWebSocket(
  address: Multiaddr,
  { signal }: Required<AbortOptions>,
): Promise<WebSocket> {
  signal.throwIfAborted()
  const socket = new WebSocket(urlOf(address), CLIENT_OPTIONS)
  socket.binaryType = 'arraybuffer'
  // The error that destroying it reports.
  socket.on('error', () => undefined)
  try {
    await once(socket, 'open', { signal })
    return socket
  } catch (cause) {
    socket.terminate()
    throw cause
  }
}

/** Of an address that the transport has let pass. */
function urlOf(address: Multiaddr): string {
  const parts = address.getComponents()
  const [host, port] = [parts[0]!, parts.find(({ name }) => name === 'tcp')!]
  const isSecure = parts.some(({ name }) => name === 'wss' || name === 'tls')
  const name = host.name === 'ip6' ? `[${host.value}]` : host.value
  return `${isSecure ? 'wss' : 'ws'}://${name}:${port.value}/`
}

/** Takes every connection over before libp2p does. */
function guardUpgrader(upgrader: Upgrader): Upgrader {
  return {
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
    upgradeInbound: (connection, options) =>
      orAbort(connection, () => upgrader.upgradeInbound(connection, options)),
    upgradeOutbound: (connection, options) =>
      orAbort(connection, () => upgrader.upgradeOutbound(connection, options)),
  }
}

async function orAbort<T>(connection: MultiaddrConnection, upgrade: () => Promise<T>): Promise<T> {
  endForCertain(connection as WebSocketConnection)
  try {
    return await upgrade()
  } catch (error) {
    connection.abort(error as Error)
    throw error
  }
}

function endForCertain(connection: WebSocketConnection): void {
  const { websocket } = connection
  websocket.on('error', () => websocket.terminate())
  connection.sendReset = () => websocket.terminate()
  connection.sendClose = (options) => closeWebSocket(websocket, options?.signal)
}

/** Never rejects but by the signal: nobody listens to what a listener closes. */
function closeWebSocket(websocket: WebSocket, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (websocket.readyState === WebSocket.CLOSED) return resolve()
    websocket.once('close', () => resolve())
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    websocket.close()
  })
}
