/**
 * Errors of the HTTP gateway.
 *
 * `ApiError` is what every method of `HamletApi` rejects with, on either side of the wire: its `code` is one of those
 * below or one of the backend's own, carried through unchanged. `HttpServerError` says why a server could not start.
 */

import { HamletError } from '@hamlet/core'
import type { HamletErrorOptions } from '@hamlet/core'

export type ApiErrorCode =
  /** A parameter, a query or a body is not what the route asks for; `fields` names where. */
  | 'INVALID_INPUT'
  /** No token, or one that is not known any more. */
  | 'UNAUTHORIZED'
  /** The one-time code of the login link is wrong, was used or is older than a minute. */
  | 'LOGIN_CODE_REFUSED'
  /** The token does not reach as far as this route. */
  | 'SCOPE_FORBIDDEN'
  /** The `Host` of the request is not this server's. */
  | 'HOST_REFUSED'
  /** The request comes from a page of another origin. */
  | 'ORIGIN_REFUSED'
  /** No such route or file. */
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  /** A change whose `Content-Type` is not `application/json`, or a file whose is not `application/octet-stream`. */
  | 'MEDIA_TYPE_REFUSED'
  | 'BODY_TOO_LARGE'
  /** The files of a share are asked for as one, and their list is not here yet. */
  | 'FILES_LIST_MISSING'
  /** The file ends before the bytes that were asked for begin. */
  | 'RANGE_REFUSED'
  /** More requests per second than one token may make; `fields.retryAfterMs` says how long to wait. */
  | 'RATE_LIMITED'
  /** An operation of a client has a name that is not known here. */
  | 'OPERATION_UNKNOWN'
  /** The data of a client's operation is not what that operation asks for; `fields.field` names where. */
  | 'OPERATION_DATA_INVALID'
  /** The request is not well-formed HTTP/1.1, or uses a part of it that is refused here. */
  | 'BAD_REQUEST'
  /** The server is closing. */
  | 'CLOSING'
  /** A defect; the log of the peer has the details. */
  | 'INTERNAL'
  /** Client side: nothing answers at the address. */
  | 'PEER_UNREACHABLE'
  /** Client side: what answered is not Hamlet's API, or the reply broke off. */
  | 'BAD_REPLY'

/** `code`: an `ApiErrorCode`, or the code of the package the backend's error came from. */
export class ApiError extends HamletError {
  override readonly name = 'ApiError'
  /** The HTTP status it travels under; 0 when no reply came. */
  readonly status: number

  constructor(code: string, message: string, status: number, options: HamletErrorOptions = {}) {
    super(code, message, options)
    this.status = status
  }
}

export type HttpServerErrorCode =
  /** The address to listen on is not 127.0.0.1, ::1 or localhost. */
  | 'HTTP_NOT_LOOPBACK'
  /** Another program listens on the port or the socket. */
  | 'HTTP_PORT_TAKEN'
  /** The system refused to listen, for the reason in `cause`. */
  | 'HTTP_LISTEN_FAILED'
  /** The folder of the socket or the file of the token is open to other users. */
  | 'HTTP_UNSAFE_PERMISSIONS'
  /** The token's file does not hold a token. */
  | 'HTTP_TOKEN_UNREADABLE'

export class HttpServerError extends HamletError<HttpServerErrorCode> {
  override readonly name = 'HttpServerError'
}
