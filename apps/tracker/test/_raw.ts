/** HTTP as bytes on a socket, for what no client library would send. */

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface RawReply {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** Everything that came, also when it is no HTTP. */
  readonly text: string
}

/** Sends the bytes, then reads until the server closes the connection, a reply is whole or `waitMs` passed. */
export async function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  waitMs = 5000,
): Promise<RawReply> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(bytes)
  const text = await readReply(socket, waitMs)
  socket.destroy()
  return parseReply(text)
}

/** A request from its lines; `Host` is the server's own unless a line says otherwise. */
export function requestText(port: number, lines: readonly string[], body = ''): string {
  const hasHost = lines.some((line) => /^host:/i.test(line))
  const head = hasHost ? lines : [lines[0]!, `Host: 127.0.0.1:${port}`, ...lines.slice(1)]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

export async function readReply(socket: Socket, waitMs: number): Promise<string> {
  let text = ''
  const timer = setTimeout(() => socket.destroy(), waitMs)
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (isWhole(text)) socket.destroy()
  })
  await once(socket, 'close')
  clearTimeout(timer)
  return text
}

function isWhole(text: string): boolean {
  const { headers, body } = parseReply(text)
  const length = headers.get('content-length')
  return length !== undefined && body.length >= Number(length)
}

function parseReply(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = (end < 0 ? '' : text.slice(0, end)).split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0)
  return { status, headers: new Map(headers), body: end < 0 ? '' : text.slice(end + 4), text }
}
