/**
 * One request and its answer: what was sent and by whom, the body when it is wanted, and the ways to answer.
 *
 * Invariants:
 * 1. Exactly one answer is sent, with `x-amz-request-id`. One to HEAD has no body.
 * 2. A client that waits for `100 Continue` is told to go on only when its body is read for the first time.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '@hamlet/core'
import type { Authentication } from '../auth/authenticate.ts'
import { isS3Error, S3Error } from '../errors.ts'
import { KEEP_ALIVE_MS } from '../limits.ts'
import { elements, renderPlainRoot, renderRoot, XML_DECLARATION } from '../xml/xml-writer.ts'
import type { XmlContent } from '../xml/xml-writer.ts'
import type { HeaderMap } from './header-map.ts'
import type { RequestTarget } from './request-target.ts'

export interface ExchangeFacts {
  readonly requestId: string
  readonly target: RequestTarget
  readonly headers: HeaderMap
  /** Whether the client waits for `100 Continue` and nobody has said so yet. */
  readonly mustContinue: boolean
  readonly clock: Clock
}

export type AnswerHeaders = Readonly<Record<string, string | number | undefined>>

const XML_TYPE = 'application/xml'

export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly target: RequestTarget
  readonly clock: Clock
  #headers: HeaderMap
  #mustContinue: boolean
  #authentication: Authentication | undefined

  constructor(request: IncomingMessage, response: ServerResponse, facts: ExchangeFacts) {
    this.request = request
    this.response = response
    this.requestId = facts.requestId
    this.target = facts.target
    this.#headers = facts.headers
    this.clock = facts.clock
    this.#mustContinue = facts.mustContinue
  }

  /** As sent, and for a presigned address with those in its query. */
  get headers(): HeaderMap {
    return this.#headers
  }

  addHeaders(added: HeaderMap): void {
    this.#headers = new Map([...added, ...this.#headers])
  }

  get method(): string {
    return this.request.method ?? ''
  }

  get authentication(): Authentication {
    if (this.#authentication === undefined) throw new S3Error('AccessDenied')
    return this.#authentication
  }

  set authentication(authentication: Authentication) {
    this.#authentication = authentication
  }

  /** Whether a body that was not read may still be under way. */
  get isWaiting(): boolean {
    return this.#mustContinue
  }

  /** The bytes of the body as they come; the connection stays open for the answer when its reader stops early. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    if (this.#mustContinue) {
      this.#mustContinue = false
      this.response.writeContinue()
    }
    yield* this.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  }

  sendXml(root: string, content: XmlContent, headers: AnswerHeaders = {}): void {
    this.#send(200, headers, `${XML_DECLARATION}${renderRoot(root, content)}`)
  }

  sendEmpty(status: number, headers: AnswerHeaders = {}): void {
    this.#send(status, headers, undefined)
  }

  sendError(error: S3Error, headers: AnswerHeaders = {}): void {
    if (error.status === 304) return this.#send(304, headers, undefined)
    this.#send(error.status, headers, `${XML_DECLARATION}${this.#renderError(error)}`)
  }

  #renderError({ code, message, details }: S3Error): string {
    const resource = this.target.rawPath
    const fields = { Code: code, Message: message, ...details, Resource: resource }
    return renderPlainRoot(
      'Error',
      elements({ ...fields, RequestId: this.requestId, HostId: 'hamlet' }),
    )
  }

  #send(status: number, headers: AnswerHeaders, body: string | undefined): void {
    const { response } = this
    const hasBody = body !== undefined && this.method !== 'HEAD'
    this.#writeHead(status, {
      ...headers,
      ...(body === undefined ? {} : { 'content-type': XML_TYPE }),
      ...(hasBody || status === 204 || status === 304 || this.method === 'HEAD'
        ? {}
        : { 'content-length': 0 }),
      ...(hasBody ? { 'content-length': Buffer.byteLength(body) } : {}),
    })
    response.end(hasBody ? body : undefined)
  }

  #writeHead(status: number, headers: AnswerHeaders): void {
    const { response } = this
    response.setHeader('x-amz-request-id', this.requestId)
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) response.setHeader(name, value)
    }
    // Whether the client will send the body it announced is not known: nothing may follow on this connection.
    if (this.#mustContinue) response.setHeader('connection', 'close')
    response.writeHead(status)
  }

  /** As fast as the client takes it. What fails on the way breaks the connection: half an answer must not look whole. */
  async sendPieces(
    status: number,
    headers: AnswerHeaders,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const { response } = this
    this.#writeHead(status, headers)
    try {
      for await (const piece of pieces) {
        if (response.destroyed) return
        if (!response.write(piece)) await drained(response)
      }
    } catch (error) {
      response.destroy()
      throw error
    }
    response.end()
  }

  /** An answer that may take long: if it does, the status is sent first and then a blank now and then, as S3 does. */
  async sendXmlSlowly(root: string, work: () => Promise<XmlContent>): Promise<void> {
    const { response, clock } = this
    let hasBegun = false
    const keepAlive = (): void => {
      if (!hasBegun) {
        this.#writeHead(200, { 'content-type': XML_TYPE })
        response.write(XML_DECLARATION)
      }
      hasBegun = true
      response.write(' ')
      cancel = clock.after(KEEP_ALIVE_MS, keepAlive)
    }
    let cancel = clock.after(KEEP_ALIVE_MS, keepAlive)
    try {
      const content = await work()
      if (hasBegun) response.end(renderRoot(root, content))
      else this.sendXml(root, content)
    } catch (error) {
      if (!hasBegun) throw error
      const known = isS3Error(error) ? error : new S3Error('InternalError')
      response.end(this.#renderError(known))
      if (!isS3Error(error)) throw error
    } finally {
      cancel()
    }
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
