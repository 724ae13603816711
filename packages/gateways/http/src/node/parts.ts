/** What another server of Hamlet's is made of besides its routes: forms of requests and replies, files, rates. */

export { errorBody, errorToReply, stackOf } from '../error-reply.ts'
export type { ErrorReply } from '../error-reply.ts'
export { ApiError, HttpServerError } from '../errors.ts'
export {
  BODY_BYTES_MAX,
  HEADER_BYTES_MAX,
  HEADERS_MAX,
  HEADERS_MS_MAX,
  IDLE_MS_MAX,
  REQUEST_MS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
} from '../limits.ts'
export { RateLimit } from '../rate-limit.ts'
export { collectBody } from './collect-body.ts'
export { listenOnPort } from './listen.ts'
export { refuseConnection, sendError, setSecurityHeaders } from './replies.ts'
export { bodyTooLarge, isApi, judgeRequest } from './request-guard.ts'
export { openStaticFiles } from './static-files.ts'
export type { StaticFiles } from './static-files.ts'
