/**
 * Web services, asked by Node's own client: no redirects, and an end to every answer.
 *
 * Where only public hosts may be asked, names are resolved once, everything that is not public is left out of the answer, and the
 * connection goes to what is left; a host that is a number is judged as it stands. So neither a name that leads inwards nor one that
 * leads elsewhere the second time (DNS rebinding) reaches this machine or its network.
 */

import { lookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { concatBytes } from '@hamlet/core'
import { isDialableUntrusted } from '@hamlet/network/addresses'
import type { WebAnswer, WebPort, WebRequest } from '../web-port.ts'

const HEADERS_BYTES_MAX = 16_384
const KEPT_MS = 10_000
const KEPT_SOCKETS_MAX = 8

export interface WebOptions {
  /** Hosts that are not public may be asked too, by whoever says so for this peer. */
  readonly isNearAllowed?: boolean
}

/** A port with connections of its own. */
export function createWebPort({ isNearAllowed = false }: WebOptions = {}): WebPort {
  const kept = { keepAlive: true, timeout: KEPT_MS, maxSockets: KEPT_SOCKETS_MAX }
  // Checked connections are used for checked questions alone.
  const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) }
  return (asked) => ask(asked, agents, asked.isPublicOnly === true && !isNearAllowed)
}

interface Agents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

async function ask(asked: WebRequest, agents: Agents, isChecked: boolean): Promise<WebAnswer> {
  const timeout = AbortSignal.timeout(asked.timeoutMs)
  const answer = await begin(asked, agents, isChecked, AbortSignal.any([asked.signal, timeout]))
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > asked.bytesMax) {
      answer.destroy()
      throw new Error(`an answer of more than ${asked.bytesMax} bytes`)
    }
    parts.push(part)
  }
  return { status: answer.statusCode ?? 0, body: concatBytes(...parts) }
}

function begin(
  asked: WebRequest,
  agents: Agents,
  isChecked: boolean,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method, headers, body, isKeptOpen = false } = asked
  const url = new URL(asked.url)
  const isSecure = url.protocol === 'https:'
  if (isChecked) throwIfNear(url)
  const agent = !isKeptOpen ? false : isSecure ? agents.https : agents.http
  const options = { method, headers, signal, agent, maxHeaderSize: HEADERS_BYTES_MAX }
  const request = isSecure ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { ...options, ...(isChecked ? { lookup: lookupPublic } : {}) },
      resolve,
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Hosts that are numbers are not looked up. */
function throwIfNear({ hostname, protocol, port }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, '')
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  if (isIP(host) !== 0 && !isPublic(host)) throw new Error('a host that is not public')
  if (number < 1024 && number !== 443 && number !== 80) throw new Error('a port of other services')
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const addresses = (found as readonly LookupAddress[] | undefined)?.filter(({ address }) =>
      isPublic(address),
    )
    const [first] = addresses ?? []
    const failure = error ?? (first === undefined ? new Error('a host that is not public') : null)
    if (options.all === true) callback(failure, [...(addresses ?? [])])
    else callback(failure, first?.address ?? '', first?.family)
  })
}

function isPublic(address: string): boolean {
  return isDialableUntrusted(`/ip${isIP(address)}/${address}/tcp/443`)
}
