/** Errors of the tracker. Those that answer a request carry their HTTP status; `docs/errors.md` lists the codes. */

import { HamletError } from '@hamlet/core'
import type { HamletErrorOptions } from '@hamlet/core'

export type TrackerErrorCode =
  /** The database does not answer, or gave up; what was asked for was not acknowledged and may be asked again. */
  | 'DATABASE_UNAVAILABLE'
  /** The tables could not be brought to this version. */
  | 'MIGRATION_FAILED'

/** The status of codes that answer requests. */
const STATUS: Readonly<Partial<Record<TrackerErrorCode, number>>> = {
  DATABASE_UNAVAILABLE: 503,
}

export class TrackerError extends HamletError<TrackerErrorCode> {
  override readonly name = 'TrackerError'
  readonly status: number

  constructor(code: TrackerErrorCode, message: string, options: HamletErrorOptions = {}) {
    super(code, message, options)
    this.status = STATUS[code] ?? 500
  }
}
