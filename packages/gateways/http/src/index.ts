/** Browser-safe: the interface, its errors and the client. The server is `@hamlet/http/node`. */
export type * from './hamlet-api.ts'
export { createHttpClient } from './client.ts'
export type {
  FetchFunction,
  FileTicket,
  HttpClient,
  HttpClientOptions,
  Session,
  TokenScope,
} from './client.ts'
export { ApiError, HttpServerError } from './errors.ts'
export type { ApiErrorCode, HttpServerErrorCode } from './errors.ts'
