/**
 * The base of every operational error. A subclass per package narrows `code` to a union of its own literals; codes are
 * API (listed in `docs/errors.md`, compared with the source by a test), messages are not. Compare `code`, never
 * `instanceof`: two copies of a package may be loaded.
 */
export interface HamletErrorOptions {
  readonly cause?: unknown
  /** Structured facts: what was expected, what came. No secrets, no whole payloads. */
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>
}

export class HamletError<Code extends string = string> extends Error {
  override readonly name: string = 'HamletError'
  readonly code: Code
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>

  constructor(code: Code, message: string, options: HamletErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.fields = options.fields ?? {}
  }
}

/** The `code` of whatever was thrown, or `undefined` when it has none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Why bytes were refused as canonical CBOR, or a CBOR value as the fields of a format. */
export type CborErrorCode =
  /** The input ends inside an item, or a length points past its end. */
  | 'CBOR_TRUNCATED'
  /** Bytes follow the value. */
  | 'CBOR_TRAILING_BYTES'
  /** A longer or differently ordered form of a value that has exactly one. */
  | 'CBOR_NOT_CANONICAL'
  /** Well-formed CBOR outside the dag-cbor profile. */
  | 'CBOR_UNSUPPORTED'
  /** Text that is not UTF-8. */
  | 'CBOR_BAD_TEXT'
  /** More bytes, depth, items or string than the caller allows. */
  | 'CBOR_LIMIT'
  /** A valid value that is not the one the format asks for at this place. */
  | 'CBOR_FIELD'

export class CborError extends HamletError<CborErrorCode> {
  override readonly name = 'CborError'
}

export type NameErrorCode =
  | 'NAME_EMPTY'
  | 'NAME_TOO_LONG'
  | 'NAME_BAD_CHARACTER'
  | 'NAME_NOT_NORMAL'

export class NameError extends HamletError<NameErrorCode> {
  override readonly name = 'NameError'
}
