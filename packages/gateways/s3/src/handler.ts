/**
 * The gateway as a listener of node:http: `createServer(createS3Handler({ … }))`.
 *
 * It takes requests as node has parsed them, since signatures cover the path and query exactly as sent; nothing may stand before it
 * that rewrites them. A request passes, in this order, and is answered at the first refusal: its target, its signature, the operation,
 * the right to write, the names, features that are not there; then the operation reads its body.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { bytesToHex, silentLogger } from '@hamlet/core'
import type { Clock, Logger, Random } from '@hamlet/core'
import { authenticate } from './auth/authenticate.ts'
import type { CredentialStore } from './credentials.ts'
import { chooseOperation } from './dispatch.ts'
import { isS3Error, S3Error } from './errors.ts'
import { Exchange } from './http/exchange.ts'
import { headerMap } from './http/header-map.ts'
import type { HeaderMap } from './http/header-map.ts'
import { parseTarget } from './http/request-target.ts'
import type { RequestTarget } from './http/request-target.ts'
import { REFUSED_BODY_BYTES_MAX } from './limits.ts'
import { isBucketName } from './names.ts'
import { refuseUnknownFeatures } from './operations/object-headers.ts'
import type { Operation } from './operations/operation.ts'
import type { S3Backend } from './s3-backend.ts'

export interface S3HandlerOptions {
  readonly backend: S3Backend
  readonly credentials: CredentialStore
  readonly clock: Clock
  /** For ids of requests. */
  readonly random: Random
  /** What requests must be signed for. @default any */
  readonly region?: string
  /** Names that may have a bucket in front: with `localhost`, `photos.localhost` is the bucket `photos`. @default none */
  readonly hosts?: readonly string[]
  /** Told of defects, with the id of the request; never of keys or contents. @default none */
  readonly logger?: Logger
}

export interface S3Handler {
  (request: IncomingMessage, response: ServerResponse): void
  /** For the server's `checkContinue` event: then a refused request does not send its body first. */
  readonly checkContinue: (request: IncomingMessage, response: ServerResponse) => void
}

export function createS3Handler(options: S3HandlerOptions): S3Handler {
  const gateway = new Gateway(options)
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void gateway.handle(request, response, false)
  }
  return Object.assign(handle, {
    checkContinue(request: IncomingMessage, response: ServerResponse): void {
      void gateway.handle(request, response, true)
    },
  })
}

const NO_TARGET: RequestTarget = {
  rawPath: '/',
  rawQuery: '',
  bucket: undefined,
  key: undefined,
  query: new Map(),
}

class Gateway {
  readonly #options: S3HandlerOptions
  readonly #logger: Logger

  constructor(options: S3HandlerOptions) {
    this.#options = options
    this.#logger = options.logger ?? silentLogger
  }

  /** Never rejects. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    mustContinue: boolean,
  ): Promise<void> {
    const { random, clock } = this.#options
    const requestId = bytesToHex(random.bytes(8)).toUpperCase()
    const headers = headerMap(request.rawHeaders)
    const facts = { requestId, headers, mustContinue, clock }
    let exchange = new Exchange(request, response, { ...facts, target: NO_TARGET })
    // Whoever goes away is not told; the stream's own error is noticed where it is read or written.
    response.on('error', () => undefined)
    try {
      const target = parseTarget(request.url ?? '', headers.get('host') ?? '', this.#options.hosts)
      exchange = new Exchange(request, response, { ...facts, target })
      await this.#answer(exchange)
    } catch (error) {
      this.#refuse(exchange, error)
    }
    dropBody(request, exchange.isWaiting)
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { credentials, region, clock } = this.#options
    const { method, target, headers } = exchange
    const nowMs = clock.wall()
    const authentication = await authenticate(
      { method, target, headers },
      { credentials, region, nowMs },
    )
    if (authentication.isPresigned) exchange.addHeaders(headersInQuery(target))
    exchange.authentication = authentication
    await this.#run(exchange, chooseOperation(exchange))
  }

  async #run(exchange: Exchange, operation: Operation): Promise<void> {
    const { target, headers, authentication } = exchange
    const { credential } = authentication
    if (operation.writes && credential.readOnly === true) throw new S3Error('AccessDenied')
    const id = credential.accessKeyId
    const expectedOwner = headers.get('x-amz-expected-bucket-owner')
    if (expectedOwner !== undefined && expectedOwner !== id) throw new S3Error('AccessDenied')
    if (target.bucket !== undefined && !isBucketName(target.bucket)) {
      const isCreated = operation.name === 'CreateBucket'
      throw new S3Error(isCreated ? 'InvalidBucketName' : 'NoSuchBucket', undefined, {
        BucketName: target.bucket,
      })
    }
    if (operation.writes) refuseUnknownFeatures(headers)
    await operation.run({
      exchange,
      backend: this.#options.backend,
      bucket: target.bucket ?? '',
      key: target.key ?? '',
      owner: { id, displayName: credential.displayName ?? id },
      region: this.#options.region,
    })
  }

  #refuse(exchange: Exchange, error: unknown): void {
    const { response, requestId } = exchange
    if (!isS3Error(error)) this.#report(requestId, error)
    if (response.headersSent) {
      // Half an answer is out: only a broken connection says that it is not whole.
      if (!response.writableEnded) response.destroy()
      return
    }
    exchange.sendError(isS3Error(error) ? error : new S3Error('InternalError'))
  }

  #report(requestId: string, error: unknown): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    this.#logger.error('a request failed', { requestId, name, message: message.slice(0, 500) })
  }
}

/** A presigned address may carry in its query what else would be headers. */
function headersInQuery({ query }: RequestTarget): HeaderMap {
  const named = [...query].map(([name, value]) => [name.toLowerCase(), value] as const)
  return new Map(named.filter(([name]) => name.startsWith('x-amz-')))
}

/** What is left of a body that nobody wants is read for a while, so that the client sees the answer. */
function dropBody(request: IncomingMessage, isWaiting: boolean): void {
  if (request.complete || request.destroyed || isWaiting) return
  let bytes = 0
  request.on('data', (piece: Uint8Array) => {
    bytes += piece.length
    if (bytes > REFUSED_BODY_BYTES_MAX) request.destroy()
  })
  request.on('error', () => undefined)
}
