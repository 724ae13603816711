/**
 * From whatever was thrown to the reply a client sees.
 *
 * The idea: the backend's errors keep their code on the way out; only the status is chosen here, by the words a code
 * is made of, so that a new code of a new package lands where a reader of the code would look for it. What has no
 * code is a defect: it is logged and told as `INTERNAL`, without details.
 */

import { errorCode } from '@hamlet/core'

import { LOGGED_STACK_LENGTH_MAX } from './limits.ts'

export interface ErrorReply {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly fields?: Readonly<Record<string, string | number | boolean>>
}

/** How deep the cause of an error is looked for. */
const CAUSES_MAX = 5

const CODE_PATTERN = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/

/** First match decides. */
const STATUS_RULES: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/^(STORE_FULL|SAVED_NOT_SHOWN|BLOB_QUOTA)$/, 507],
  // What is wrong is in the amount, the split or the file that was sent.
  [/^(AMOUNT|SPLIT)_|^IMPORT_(UNKNOWN|NEWER)/, 400],
  [
    /^OPERATION_(CERTIFICATE_BAD|CERTIFICATE_EXPIRED|CLIENT_REVOKED|WRONG_PERSON|WRONG_DEVICE|BAD_SIGNATURE|STALE)$/,
    403,
  ],
  [/(^|_)(NOT_FOUND|UNKNOWN)(_|$)/, 404],
  [/(^|_)(READ_ONLY|FORBIDDEN|NOT_AUTHOR|NOT_ALLOWED|ADMINS_ONLY)$/, 403],
  [/(^|_)(TOO_LARGE|TOO_LONG|TOO_BIG)$/, 413],
  [/(^|_)(CLOSED|CLOSING)$/, 503],
  [/^(STORE|LOG)_/, 500],
  [/(^|_)(DISK|DAMAGED|CORRUPT|UNUSABLE)$/, 500],
  [
    /(^|_)(CONFLICT|EXISTS|ALREADY|TAKEN|REPLAYED|EXPIRED|REVOKED|USED|SPENT|DELETED|MEMBER|FROZEN|UNCONFIRMED|NEWER|ARCHIVED)(_|$)/,
    409,
  ],
]

/** `undefined` for a defect: what was thrown carries no code of Hamlet's. */
export function errorToReply(error: unknown): ErrorReply | undefined {
  const code = errorCode(error)
  // Node's own errors have codes too (`ENOENT`); only Hamlet's carry `fields`.
  if (code === undefined || !CODE_PATTERN.test(code)) return undefined
  if (!(error instanceof Error) || !('fields' in error)) return undefined
  const fields = plainFields(error.fields)
  if (isDiskFull(error)) return { status: 507, code: 'STORE_FULL', message: error.message }
  const status = statusOf(error, code)
  return { status, code, message: error.message, ...(fields === undefined ? {} : { fields }) }
}

export function errorBody(reply: ErrorReply): { readonly error: Omit<ErrorReply, 'status'> } {
  const { code, message, fields } = reply
  return { error: { code, message, ...(fields === undefined ? {} : { fields }) } }
}

/** What the log gets of a defect: where it happened, bounded. Never the request, which may hold text and tokens. */
export function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return stack.slice(0, LOGGED_STACK_LENGTH_MAX)
}

/** A full disk is told as such, whatever gave up because of it: it is what the person can do something about. */
function isDiskFull(error: Error): boolean {
  let cause = error.cause
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth++) {
    if (errorCode(cause) === 'STORE_FULL') return true
    cause = cause.cause
  }
  return false
}

function statusOf(error: Error, code: string): number {
  // An `ApiError` knows its own; one that never got a reply is a gateway's problem, not the client's.
  if ('status' in error && typeof error.status === 'number') {
    return error.status >= 400 && error.status <= 599 ? error.status : 502
  }
  return STATUS_RULES.find(([pattern]) => pattern.test(code))?.[1] ?? 400
}

function plainFields(fields: unknown): Record<string, string | number | boolean> | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined
  const plain: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(fields)) {
    const kind = typeof value
    if (kind === 'string' || kind === 'number' || kind === 'boolean') {
      plain[name] = value as string | number | boolean
    }
  }
  return Object.keys(plain).length === 0 ? undefined : plain
}
