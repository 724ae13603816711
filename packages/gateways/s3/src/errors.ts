/**
 * Errors of the gateway: what is answered to clients, under the names that S3 gives them, and why a server does not start.
 *
 * Clients compare the code of an answer and little else, so a code of S3 means what S3 means by it; its status and its usual text
 * are in `error-codes.ts`. A backend throws `S3Error` too, and anything else it throws is answered as `InternalError`.
 */

import { HamletError } from '@hamlet/core'
import type { HamletErrorOptions } from '@hamlet/core'
import { S3_ERRORS } from './error-codes.ts'
import type { S3ErrorCode } from './error-codes.ts'

/** Further elements of the error's XML, such as `Key` or `UploadId`. */
export type S3ErrorDetails = Readonly<Record<string, string>>

export class S3Error extends HamletError<S3ErrorCode> {
  override readonly name = 'S3Error'
  readonly status: number
  readonly details: S3ErrorDetails

  constructor(
    code: S3ErrorCode,
    message: string = S3_ERRORS[code].message,
    details: S3ErrorDetails = {},
    options: HamletErrorOptions = {},
  ) {
    super(code, message, options)
    this.status = S3_ERRORS[code].status
    this.details = details
  }
}

/** Why a server or a folder cannot be opened. */
export type S3ServerErrorCode =
  | 'S3_NOT_LOOPBACK'
  | 'S3_PORT_TAKEN'
  | 'S3_LISTEN_FAILED'
  | 'S3_FOLDER_FOREIGN'
  | 'S3_FOLDER_IN_USE'

export class S3ServerError extends HamletError<S3ServerErrorCode> {
  override readonly name = 'S3ServerError'
}

/** An {@link S3Error} by its shape: two copies of this package may be loaded. */
export function isS3Error(error: unknown): error is S3Error {
  return error instanceof Error && error.name === 'S3Error'
}
